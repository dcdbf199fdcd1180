#include "drivers/modbus/bus.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <tuple>
#include <utility>

#include "drivers/modbus/link.hpp"

namespace exhaust::modbus {

Bus::Bus(asio::io_context& io, Endpoint endpoint, ModbusLine line)
    : io_(io), endpoint_(std::move(endpoint)), line_(line), link_(std::make_unique<Link>(endpoint_, line_)) {}

Bus::~Bus() {
  thread_.stop();
  thread_.join();
}

/// Runs `work`, which does not throw, on the bus thread and resumes the caller on its own executor.
template <class Work>
auto Bus::on_bus_thread(Work work) -> asio::awaitable<decltype(work())> {
  using Out = decltype(work());
  auto start = [this](auto handler, Work job) {
    auto home =
        asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
    asio::post(thread_, [home, handler = std::move(handler), job = std::move(job)]() mutable {
      asio::post(home, [handler = std::move(handler), out = job()]() mutable {
        std::move(handler)(std::move(out));
      });
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Out)>(std::move(start), asio::use_awaitable,
                                                                        std::move(work));
}

asio::awaitable<Result<void>> Bus::connect(Deadline deadline) {
  if (waiting_ >= kMostWaiting)
    co_return fail(ErrorKind::kRefused, to_string(endpoint_) + ": the bus's queue is full");
  ++waiting_;
  auto connected = co_await on_bus_thread([link = link_.get(), deadline] { return link->connect(deadline); });
  --waiting_;
  co_return connected;
}

asio::awaitable<Result<Exchange>> Bus::read(ReadRequest request, Deadline deadline,
                                            std::vector<BusFrame>& told) {
  if (waiting_ >= kMostWaiting)
    co_return fail(ErrorKind::kRefused, to_string(endpoint_) + ": the bus's queue is full");
  ++waiting_;
  auto done = co_await on_bus_thread(
      [link = link_.get(), request, deadline, &told] { return link->read(request, deadline, told); });
  --waiting_;
  co_return done;
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
