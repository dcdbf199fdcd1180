#include "drivers/modbus/bus.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <tuple>
#include <utility>

#include "daemon/core/log.hpp"
#include "drivers/modbus/link.hpp"

namespace exhaust::modbus {

namespace {

using std::chrono::steady_clock;

std::unexpected<Error> queue_full(const Endpoint& endpoint) {
  return fail(ErrorKind::kRefused, to_string(endpoint) + ": the bus's queue is full");
}

}  // namespace

Bus::Bus(asio::io_context& io, Endpoint endpoint, ModbusLine line)
    : io_(io),
      endpoint_(std::move(endpoint)),
      line_(line),
      link_(std::make_unique<Link>(endpoint_, line_, [this] { thread_.deliver(); })),
      thread_(io) {}

Bus::~Bus() = default;  // here, where a Link is known

/// Runs `work`, which does not throw, on the bus thread and resumes the caller on its own executor.
template <class Work>
auto Bus::on_bus_thread(Work work) -> asio::awaitable<decltype(work())> {
  using Out = decltype(work());
  auto start = [this](auto handler, Work job) {
    thread_.give([this, handler = std::move(handler), job = std::move(job)]() mutable {
      thread_.bring([handler = std::move(handler), out = job()]() mutable {
        const auto home = asio::get_associated_executor(handler);
        asio::dispatch(home, [handler = std::move(handler), out = std::move(out)]() mutable {
          std::move(handler)(std::move(out));
        });
      });
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Out)>(std::move(start), asio::use_awaitable,
                                                                       std::move(work));
}

bool Bus::numbered() const {
  return framing_of(endpoint_) == Framing::kTcp && line_.transaction_id == TransactionId::kChecked;
}

asio::awaitable<Result<void>> Bus::connect(Deadline deadline) {
  if (turns_.size() + connecting_ >= kMostWaiting) co_return queue_full(endpoint_);
  ++connecting_;
  auto connected = co_await on_bus_thread([link = link_.get(), deadline] { return link->connect(deadline); });
  --connecting_;
  co_return connected;
}

void Bus::give_turns() {
  while (const auto ticket = turns_.next()) {
    const auto waiting = waiting_.extract(*ticket);
    waiting.mapped()->cancel();
  }
}

/// False when the deadline came first.
asio::awaitable<bool> Bus::my_turn(std::uint8_t unit, Deadline deadline) {
  const auto ticket = turns_.wait(unit);
  asio::steady_timer turn(io_, deadline);
  waiting_[ticket] = &turn;
  give_turns();
  boost::system::error_code ended;
  if (waiting_.contains(ticket)) co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  // Also when the turn came together with the deadline it is ours, and has to be given back.
  if (waiting_.erase(ticket) == 0) co_return true;
  turns_.withdraw(ticket);
  co_return false;
}

asio::awaitable<Result<Exchange>> Bus::read(ReadRequest request, Deadline deadline,
                                            std::vector<BusFrame>& told) {
  if (turns_.size() + connecting_ >= kMostWaiting) co_return queue_full(endpoint_);
  auto& watch = watches_[request.unit];
  const auto about = "unit " + std::to_string(request.unit) + " ";
  const auto now = steady_clock::now();
  // With nobody else on the line there is nobody to protect.
  if (users_ > 1) {
    if (auto admitted = watch.admit(now); !admitted) {
      co_return fail(admitted.error().kind, about + "is " + admitted.error().detail);
    }
  }
  if (watch.guarded_until() > now) {
    if (watch.guarded_until() >= deadline) {
      watch.asked(Asked::kNot, now, request.patience, request.response_timeout, false, {});
      co_return fail(ErrorKind::kTimeout,
                     about + "may still answer an earlier request; it is asked again later");
    }
    asio::steady_timer guard(io_, watch.guarded_until());
    co_await guard.async_wait(asio::use_awaitable);
  }
  const bool turn = co_await my_turn(request.unit, deadline);
  if (!turn) {
    watch.asked(Asked::kNot, now, request.patience, request.response_timeout, false, {});
    co_return fail(ErrorKind::kTimeout, "the bus was busy until the deadline");
  }
  auto outcome = co_await on_bus_thread(
      [link = link_.get(), request, deadline] { return link->read(request, deadline); });
  turns_.done(request.unit);
  give_turns();
  const bool was_silent = watch.silent();
  watch.asked(outcome.asked, steady_clock::now(), request.patience, request.response_timeout, !numbered(),
              outcome.busy);
  if (users_ > 1 && watch.silent() != was_silent) {
    const log::Fields fields{{"LINE", to_string(endpoint_)}, {"UNIT", std::to_string(request.unit)}};
    watch.silent() ? log::warning("unit silent, asked seldom from now on", fields)
                   : log::info("unit answers again", fields);
  }
  for (auto& frame : outcome.told) told.push_back(std::move(frame));
  co_return std::move(outcome.exchange);
}

asio::awaitable<void> Bus::leave() {
  if (--users_ > 0) co_return;
  const bool closed = co_await on_bus_thread([link = link_.get()] {
    link->close();
    return true;
  });
  (void)closed;
}

Result<Bus*> BusTable::at(const Endpoint& endpoint, const ModbusLine& line) {
  const bool serial = endpoint.kind == Endpoint::Kind::kSerial;
  auto& bus = buses_[serial ? endpoint.path : to_string(endpoint)];
  if (!bus) bus = std::make_unique<Bus>(io_, endpoint, line);
  const auto format = [](const Endpoint& e) {
    return std::tuple(e.baud, e.parity, e.data_bits, e.stop_bits);
  };
  if (serial && format(bus->endpoint()) != format(endpoint)) {
    return fail(ErrorKind::kSettings, endpoint.path + " is named with two different speeds or formats");
  }
  if (bus->line() != line) {
    return fail(ErrorKind::kSettings,
                to_string(endpoint) + " is named with two different pauses or transaction rules");
  }
  return bus.get();
}

}  // namespace exhaust::modbus
