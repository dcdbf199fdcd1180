#include "drivers/mq007/driver.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "drivers/line/byte_line.hpp"
#include "drivers/mq007/command.hpp"
#include "drivers/mq007/discovery.hpp"
#include "drivers/mq007/frame.hpp"
#include "drivers/mq007/watch.hpp"
#include "drivers/outlet.hpp"

namespace exhaust {

namespace {

using boost::system::error_code;

/// Its end is the unit's word of how well it measures: a self-check.
bool is_end_of_calibration(const auto&) { return false; }
bool is_end_of_calibration(const mq007::CalibrationStatus& status) { return status.finished; }

/// The unit tells its connections apart by their order.
enum Which : std::size_t { kData, kCommand, kKeepAlive, kConnections };

/// Three coroutines read, one shakes hands; a poll only says whether they still can.
///
/// Threading: the io thread.
class Mq007Unit final : public Driver {
 public:
  Mq007Unit(DriverContext context, const DeviceSettings& device)
      : context_(context),
        device_(device),
        settings_(std::get<Mq007Settings>(device.driver)),
        outlet_(std::move(context), device, &decode_mq007),
        watch_(settings_),
        lines_{ByteLine(context_.io), ByteLine(context_.io), ByteLine(context_.io)},
        next_shake_(context_.io),
        someone_ended_(context_.io, asio::steady_timer::time_point::max()) {
    for (const char* word :
         {"triggers", "car_left", "results", "bad_results", "not_testing", "statuses", "status_not_understood",
          "calibration_messages", "calibration_not_understood", "other_messages", "bad_length", "bad_tail", "oversize",
          "skipped_bytes", "discovery_rounds", "bad_answers", "other_units", "shake_hands", "shake_answers",
          "dead_links"}) {
      counters_[word] = 0;
    }
  }

  asio::awaitable<Result<void>> open(Deadline deadline) override;
  asio::awaitable<Result<void>> poll(Deadline deadline) override;
  asio::awaitable<void> close() override;
  const Counters& counters() const override { return counters_; }

 private:
  asio::awaitable<Result<void>> connect(Deadline deadline);
  asio::awaitable<Result<void>> introduce(Deadline deadline);
  asio::awaitable<Result<void>> send(Which which, Bytes bytes, Deadline deadline);
  asio::awaitable<void> read_frames(Which which);
  asio::awaitable<void> read_answers();
  asio::awaitable<void> shake_hands();
  void spawn(asio::awaitable<void> work);
  void take(ByteView frame);
  void take_measurement(const mq007::Message& message, ByteView frame);
  void take_calibration(const mq007::Message& message, ByteView frame);
  template <class Said>
  void look(const Result<Said>& said, const char* not_understood, ByteView frame);
  void count_frame_errors();
  void break_link(Error why);

  DriverContext context_;
  DeviceSettings device_;
  Mq007Settings settings_;
  Outlet outlet_;
  mq007::Watch watch_;
  std::array<ByteLine, kConnections> lines_;
  std::array<mq007::FrameReader, kKeepAlive> readers_;
  Counters counters_;
  asio::steady_timer next_shake_;
  asio::steady_timer someone_ended_;  ///< never expires; cancelled as a signal
  MonotonicTime answered_{};          ///< when the unit last answered SHAKE_HAND
  std::optional<Error> broken_;       ///< why the session has ended
  std::size_t running_ = 0;           ///< coroutines that use *this
};

asio::awaitable<Result<void>> Mq007Unit::open(Deadline deadline) {
  co_await close();
  auto connected = co_await connect(deadline);
  if (connected) connected = co_await introduce(deadline);
  if (!connected) {
    for (auto& line : lines_) line.close();
    co_return connected;
  }
  for (auto& reader : readers_) reader.reset();
  broken_.reset();
  answered_ = std::chrono::steady_clock::now();
  spawn(read_frames(kData));
  spawn(read_frames(kCommand));
  spawn(read_answers());
  spawn(shake_hands());
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Mq007Unit::connect(Deadline deadline) {
  outlet_.begin_session();
  auto unit = Result<Endpoint>(settings_.endpoint.value_or(Endpoint{}));
  if (!settings_.endpoint) unit = co_await mq007::discover(context_.io, settings_, &outlet_, &counters_, deadline);
  if (!unit) co_return std::unexpected(unit.error());
  for (auto& line : lines_) {
    auto opened = co_await line.open(*unit, deadline);
    if (!opened) co_return opened;
  }
  co_return Result<void>{};
}

/// What the unit is told and asked at the beginning.
asio::awaitable<Result<void>> Mq007Unit::introduce(Deadline deadline) {
  Result<void> told;
  if (settings_.time_sync) {
    auto frame = mq007::encode(mq007::type::kTimeSync, mq007::encode_time_sync(context_.clock.wall()));
    told = co_await send(kData, std::move(frame), deadline);
  }
  if (told && settings_.ask_calibration) {
    auto frame = mq007::encode(mq007::type::kCommand, as_bytes(mq007::kGetCalibrationData));
    told = co_await send(kCommand, std::move(frame), deadline);
  }
  co_return told;
}

asio::awaitable<Result<void>> Mq007Unit::poll(Deadline) {
  if (broken_) co_return std::unexpected(*broken_);
  if (!lines_[kData].is_open()) co_return fail(ErrorKind::kDisconnected, "not connected");
  co_return Result<void>{};
}

asio::awaitable<void> Mq007Unit::close() {
  break_link({ErrorKind::kDisconnected, "closed"});
  while (running_ > 0) {
    error_code ignored;
    co_await someone_ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void Mq007Unit::spawn(asio::awaitable<void> work) {
  ++running_;
  asio::co_spawn(context_.io, std::move(work), [this](std::exception_ptr failure) {
    if (failure) break_link({ErrorKind::kDisconnected, "reading the unit failed"});
    --running_;
    someone_ended_.cancel();
  });
}

/// The unit takes a connection that was closed for the end of all three, and so do we.
void Mq007Unit::break_link(Error why) {
  if (!broken_) broken_ = std::move(why);
  for (auto& line : lines_) line.close();
  next_shake_.cancel();
}

asio::awaitable<Result<void>> Mq007Unit::send(Which which, Bytes bytes, Deadline deadline) {
  auto written = co_await lines_[which].write(std::string(as_text(bytes)), deadline);
  if (written) outlet_.sent(bytes);
  co_return written;
}

asio::awaitable<void> Mq007Unit::read_frames(Which which) {
  std::string bytes;
  auto& reader = readers_[which];
  while (true) {
    bytes.clear();
    const auto count = co_await lines_[which].read_some(bytes, Deadline::max());
    if (!count) {
      break_link(count.error());
      co_return;
    }
    reader.feed(as_bytes(bytes));
    while (const auto piece = reader.next()) {
      if (piece->whole) take(piece->bytes);
      else outlet_.dropped(piece->bytes);
    }
    count_frame_errors();
  }
}

void Mq007Unit::count_frame_errors() {
  const auto sum = [this](auto of) { return (readers_[kData].*of)() + (readers_[kCommand].*of)(); };
  counters_["bad_length"] = sum(&mq007::FrameReader::bad_length);
  counters_["bad_tail"] = sum(&mq007::FrameReader::bad_tail);
  counters_["oversize"] = sum(&mq007::FrameReader::oversize);
  counters_["skipped_bytes"] = sum(&mq007::FrameReader::skipped_bytes);
}

asio::awaitable<void> Mq007Unit::read_answers() {
  std::string bytes;
  while (true) {
    bytes.clear();
    const auto count = co_await lines_[kKeepAlive].read_some(bytes, Deadline::max());
    if (!count) {
      break_link(count.error());
      co_return;
    }
    answered_ = std::chrono::steady_clock::now();
    ++counters_["shake_answers"];
    outlet_.received(as_bytes(bytes));
  }
}

asio::awaitable<void> Mq007Unit::shake_hands() {
  const auto question = as_bytes(mq007::kShakeHand);
  auto due = std::chrono::steady_clock::now();
  while (!broken_) {
    const auto now = std::chrono::steady_clock::now();
    if (now - answered_ >= settings_.link_timeout) {
      ++counters_["dead_links"];
      break_link({ErrorKind::kDisconnected, "the unit does not answer SHAKE_HAND"});
      co_return;
    }
    if (now >= due) {
      due = now + settings_.shake_hand_period;
      Bytes bytes(question.begin(), question.end());
      const auto shaken = co_await send(kKeepAlive, std::move(bytes), now + device_.response_timeout);
      if (!shaken) {
        break_link({ErrorKind::kDisconnected, shaken.error().detail});
        co_return;
      }
      ++counters_["shake_hands"];
    }
    error_code ignored;
    next_shake_.expires_at(std::min(due, answered_ + settings_.link_timeout));
    co_await next_shake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void Mq007Unit::take(ByteView frame) {
  const auto message = mq007::parse(frame).value();  // the reader gives whole frames only
  const auto is_one_of = [&](auto... types) { return ((message.type == types) || ...); };
  if (is_one_of(mq007::type::kTrigger, mq007::type::kCarLeft, mq007::type::kResult)) {
    take_measurement(message, frame);
  } else if (is_one_of(mq007::type::kStatus)) {
    ++counters_["statuses"];
    look(mq007::decode_status(message.data), "status_not_understood", frame);
  } else if (is_one_of(mq007::type::kCalibrationStatus, mq007::type::kCalibrationData)) {
    take_calibration(message, frame);
  } else {
    ++counters_["other_messages"];
    outlet_.received(frame);
  }
}

/// While it calibrates, warms up or is verified, the unit's beam says nothing of traffic.
void Mq007Unit::take_measurement(const mq007::Message& message, ByteView frame) {
  if (!watch_.testing()) {
    ++counters_["not_testing"];
    outlet_.received(frame);
    return;
  }
  const bool taken = outlet_.measurement(frame).has_value();
  if (!taken) ++counters_["bad_results"];
  else if (message.type == mq007::type::kTrigger) ++counters_["triggers"];
  else if (message.type == mq007::type::kCarLeft) ++counters_["car_left"];
  else ++counters_["results"];
}

void Mq007Unit::take_calibration(const mq007::Message& message, ByteView frame) {
  ++counters_["calibration_messages"];
  constexpr auto* kNotUnderstood = "calibration_not_understood";
  if (message.type == mq007::type::kCalibrationStatus) {
    look(mq007::decode_calibration_status(message.data), kNotUnderstood, frame);
  } else {
    look(mq007::decode_calibration_data(message.data), kNotUnderstood, frame);
  }
}

template <class Said>
void Mq007Unit::look(const Result<Said>& said, const char* not_understood, ByteView frame) {
  if (!said) {
    ++counters_[not_understood];
    outlet_.dropped(frame);
    return;
  }
  if (is_end_of_calibration(*said)) (void)outlet_.measurement(frame);
  else outlet_.received(frame);
  for (auto& notice : watch_.look(*said)) outlet_.notice(std::move(notice.word), std::move(notice.detail));
}

}  // namespace

std::unique_ptr<Driver> make_mq007_driver(DriverContext context, const DeviceSettings& device) {
  return std::make_unique<Mq007Unit>(std::move(context), device);
}

}  // namespace exhaust
