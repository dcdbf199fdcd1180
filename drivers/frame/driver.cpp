#include "drivers/frame/driver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "drivers/frame/stdbus.hpp"
#include "drivers/line/byte_line.hpp"
#include "drivers/outlet.hpp"

namespace exhaust {

namespace {

using boost::system::error_code;
using stdbus::StdbusFrame;

/// The speed board of a Stdbus. It speaks when it is asked and when a vehicle passes, so a coroutine reads
/// all the time, and a poll is a question whose answer that coroutine sees.
///
/// Threading: the io thread.
class StdbusGate final : public Driver {
 public:
  StdbusGate(DriverContext context, const DeviceSettings& device)
      : io_(context.io),
        device_(device),
        settings_(std::get<FrameSettings>(device.driver)),
        line_(io_),
        outlet_(std::move(context), device, &decode_frame),
        answered_(io_),
        line_free_(io_),
        reader_ended_(io_, asio::steady_timer::time_point::max()) {}

  asio::awaitable<Result<void>> open(Deadline deadline) override;
  asio::awaitable<Result<void>> poll(Deadline deadline) override;
  asio::awaitable<void> close() override;
  const Counters& counters() const override { return counters_; }

 private:
  asio::awaitable<void> read_all();
  asio::awaitable<void> take(stdbus::Received received);
  asio::awaitable<Result<void>> write(StdbusFrame frame, Deadline deadline);
  Result<void> deliver(const stdbus::Received& received);
  StdbusFrame question() const;
  bool is_from_the_gate(const StdbusFrame& frame) const;
  std::optional<stdbus::Received> next_frame();
  void break_line(Error why);

  asio::io_context& io_;
  DeviceSettings device_;
  FrameSettings settings_;
  ByteLine line_;
  Outlet outlet_;
  stdbus::StdbusReader reader_;
  Counters counters_;
  asio::steady_timer answered_;      ///< expires with the poll; cancelled by the answer or a broken line
  asio::steady_timer line_free_;     ///< cancelled when a write has ended
  asio::steady_timer reader_ended_;  ///< never expires; cancelled as a signal
  std::optional<Result<void>> answer_;  ///< to the poll that waits, once it is here
  std::optional<Error> broken_;
  bool polling_ = false;
  bool writing_ = false;
  bool reading_ = false;
};

asio::awaitable<Result<void>> StdbusGate::open(Deadline deadline) {
  co_await close();
  if (settings_.decoder != "stdbus-gate") {
    co_return fail(ErrorKind::kSettings,
                   "decoder '" + settings_.decoder + "' is not known: expected stdbus-gate");
  }
  auto opened = co_await line_.open(settings_.endpoint, deadline);
  if (!opened) co_return opened;
  reader_.reset();
  broken_.reset();
  outlet_.begin_session();
  reading_ = true;
  asio::co_spawn(io_, read_all(), [this](std::exception_ptr failure) {
    if (failure) break_line({ErrorKind::kDisconnected, "reading the gate failed"});
    reading_ = false;
    reader_ended_.cancel();
  });
  co_return Result<void>{};
}

asio::awaitable<Result<void>> StdbusGate::poll(Deadline deadline) {
  if (!line_.is_open()) co_return fail(ErrorKind::kDisconnected, "the line is not open");
  if (broken_) co_return std::unexpected(*broken_);
  answer_.reset();
  polling_ = true;
  auto asked = co_await write(question(), deadline);
  while (asked && !answer_ && !broken_ && std::chrono::steady_clock::now() < deadline) {
    error_code ignored;
    answered_.expires_at(deadline);
    co_await answered_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  polling_ = false;
  if (answer_) co_return *answer_;
  if (broken_) co_return std::unexpected(*broken_);
  if (!asked) co_return asked;
  co_return fail(ErrorKind::kTimeout, "the gate did not answer");
}

asio::awaitable<void> StdbusGate::close() {
  line_.close();
  while (reading_) {
    error_code ignored;
    co_await reader_ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

asio::awaitable<void> StdbusGate::read_all() {
  std::string bytes;
  while (true) {
    bytes.clear();
    const auto count = co_await line_.read_some(bytes, Deadline::max());
    if (!count) {
      break_line(count.error());
      co_return;
    }
    reader_.feed(as_bytes(bytes));
    auto received = next_frame();
    while (received) {
      co_await take(std::move(*received));
      received = next_frame();
    }
  }
}

asio::awaitable<void> StdbusGate::take(stdbus::Received received) {
  const auto& frame = received.frame;
  if (!is_from_the_gate(frame)) {
    outlet_.dropped(received.raw);
    ++counters_["other_frames"];
  } else if (frame.sub == stdbus::kReadAnswer) {
    ++counters_[polling_ ? "answers" : "late_answers"];
    answer_ = deliver(received);
    answered_.cancel();
  } else if (frame.sub == stdbus::kWrite) {
    ++counters_["reports"];
    // A report that cannot be understood is acknowledged as well: repeating it would not make it better.
    deliver(received);
    const auto deadline = std::chrono::steady_clock::now() + device_.response_timeout;
    auto acknowledgement = stdbus::answer_to(frame, stdbus::kWriteAnswer);
    const auto acknowledged = co_await write(std::move(acknowledgement), deadline);
    if (!acknowledged) ++counters_["acknowledge_failures"];
  } else {
    outlet_.dropped(received.raw);
    ++counters_["other_frames"];
  }
}

/// Questions and acknowledgements take turns: the line takes one write at a time.
asio::awaitable<Result<void>> StdbusGate::write(StdbusFrame frame, Deadline deadline) {
  while (writing_) {
    if (std::chrono::steady_clock::now() >= deadline) co_return fail(ErrorKind::kTimeout, "the line is busy");
    error_code ignored;
    line_free_.expires_at(deadline);
    co_await line_free_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  writing_ = true;
  const auto bytes = stdbus::encode(frame);
  outlet_.sent(bytes);
  auto written = co_await line_.write(std::string(as_text(bytes)), deadline);
  writing_ = false;
  line_free_.cancel();
  co_return written;
}

Result<void> StdbusGate::deliver(const stdbus::Received& received) {
  auto delivered = outlet_.measurement(received.raw);
  if (!delivered) ++counters_["bad_payloads"];
  return delivered;
}

StdbusFrame StdbusGate::question() const {
  return {.addresses = {settings_.host_address, settings_.board_address},
          .command = stdbus::kSpeedCommand,
          .sub = stdbus::kRead};
}

bool StdbusGate::is_from_the_gate(const StdbusFrame& frame) const {
  return frame.command == stdbus::kSpeedCommand && frame.addresses.size() >= 2 &&
         frame.addresses.front() == settings_.board_address &&
         frame.addresses.back() == settings_.host_address;
}

std::optional<stdbus::Received> StdbusGate::next_frame() {
  auto received = reader_.next();
  counters_["bad_crc"] = reader_.bad_crc();
  counters_["bad_frames"] = reader_.bad_frames();
  counters_["skipped_bytes"] = reader_.skipped_bytes();
  return received;
}

void StdbusGate::break_line(Error why) {
  broken_ = std::move(why);
  answered_.cancel();
}

}  // namespace

Result<std::vector<Reading>> decode_frame(const DeviceSettings&, ByteView measurement) {
  stdbus::StdbusReader reader;
  reader.feed(measurement);
  const auto received = reader.next();
  if (!received || received->raw.size() != measurement.size()) return fail(ErrorKind::kBadFrame, "not one whole Stdbus frame");
  const auto speed = stdbus::decode_speed(received->frame.payload);
  if (!speed) return std::unexpected(speed.error());
  Reading reading;
  reading.count = speed->count;
  reading.body = SpeedReading{.speed_km_h = speed->speed_km_h,
                              .acceleration_m_s2 = speed->acceleration_m_s2,
                              .direction = speed->direction,
                              .solicited = received->frame.sub == stdbus::kReadAnswer};
  return std::vector{std::move(reading)};
}

std::unique_ptr<Driver> make_frame_driver(DriverContext context, const DeviceSettings& device) {
  return std::make_unique<StdbusGate>(std::move(context), device);
}

}  // namespace exhaust
