#include "drivers/frame/driver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <algorithm>
#include <string>
#include <utility>

#include "drivers/frame/decoder.hpp"
#include "drivers/frame/frame_reader.hpp"
#include "drivers/line/byte_line.hpp"
#include "drivers/outlet.hpp"

namespace exhaust {

namespace {

using boost::system::error_code;
using namespace frame;

/// Weather that is expected to speak by itself may leave out so many of its periods.
constexpr int kSilentPeriods = 10;

/// Bytes that come so soon after opening may be the rest of a frame that began before; gateways' delays are in it.
constexpr Duration kMayHaveBegun = std::chrono::milliseconds{200};

/// Half a line. Lines' ends and the glitches of an adapter that is switched around are none.
bool holds_text(ByteView bytes) {
  return std::ranges::any_of(bytes, [](std::uint8_t byte) { return byte > ' ' && byte < 0x7F; });
}

std::string hex_of(ByteView bytes) { return to_hex(bytes.first(std::min<std::size_t>(bytes.size(), 16))); }

/// Talks to one device. It may speak when it is asked and when it likes, so a coroutine reads all the time, and a poll
/// is a question whose answer that coroutine sees.
///
/// Threading: the io thread.
class FrameDriver final : public Driver {
 public:
  FrameDriver(DriverContext context, const DeviceSettings& device)
      : io_(context.io),
        device_(device),
        settings_(std::get<FrameSettings>(device.driver)),
        decoder_(find_decoder(settings_.decoder)),
        line_(io_),
        reader_([this](ByteView waiting) { return decoder_->cut(settings_, waiting); }),
        outlet_(std::move(context), device, &decode_frame),
        answered_(io_),
        line_free_(io_),
        reader_ended_(io_, asio::steady_timer::time_point::max()) {
    for (const char* word :
         {"answers", "reports", "late_answers", "bad_checksum", "bad_length", "bad_frames", "bad_values", "skipped_bytes",
          "stale", "repeated", "without_number", "refused", "other_frames", "silent_polls", "line_breaks", "acknowledge_failures",
          "incomplete"}) {
      counters_[word] = 0;
    }
    if (decoder_ != nullptr && decoder_->request != nullptr) request_ = decoder_->request(settings_);
    if (decoder_ != nullptr && decoder_->further != nullptr) further_ = decoder_->further(settings_);
    if (settings_.silence_limit) silence_limit_ = settings_.silence_limit;
    else if (request_.empty() && gives(settings_).contains(ReadingKind::kWeather)) silence_limit_ = kSilentPeriods * device.period;
  }

  asio::awaitable<Result<void>> open(Deadline deadline) override;
  asio::awaitable<Result<void>> poll(Deadline deadline) override;
  asio::awaitable<void> close() override;
  const Counters& counters() const override { return counters_; }

 private:
  asio::awaitable<Result<void>> ask(Bytes question, Deadline deadline);
  asio::awaitable<void> ask_further(Deadline deadline);
  Result<void> listened();
  void drop_half();
  std::string frame_end() const;
  asio::awaitable<void> read_all();
  asio::awaitable<void> take(Bytes frame);
  void take_answer(const Bytes& frame);
  Result<void> take_measurement(const Bytes& frames);
  asio::awaitable<void> take_report(Bytes frame);
  void drop(const Piece& piece);
  Result<void> measure(ByteView frame);
  asio::awaitable<Result<void>> write(Bytes bytes, Deadline deadline);
  void settle(Result<void> answer);
  void break_line(Error why);

  asio::io_context& io_;
  DeviceSettings device_;
  FrameSettings settings_;
  const Decoder* decoder_;  ///< null: the settings name an unknown one
  Bytes request_;           ///< empty: the device speaks by itself
  std::vector<Bytes> further_;  ///< asked after an answer that is a new measurement
  ByteLine line_;
  FrameReader reader_;
  Outlet outlet_;
  Counters counters_;
  asio::steady_timer answered_;         ///< expires with the poll; cancelled by the answer or a broken line
  asio::steady_timer line_free_;        ///< cancelled when a write has ended
  asio::steady_timer reader_ended_;     ///< never expires; cancelled as a signal
  std::optional<Result<void>> answer_;  ///< to the poll that waits, once it is here
  std::optional<Error> broken_;
  std::optional<Bytes> last_identity_;  ///< of the newest measurement that is known
  Bytes question_;                      ///< that the poll waits for an answer to
  Bytes measurement_;                   ///< so far, while further questions about it are asked; else empty
  std::optional<Duration> silence_limit_;
  MonotonicTime last_heard_{};
  bool polling_ = false;
  bool writing_ = false;
  bool reading_ = false;
};

asio::awaitable<Result<void>> FrameDriver::open(Deadline deadline) {
  co_await close();
  if (decoder_ == nullptr) co_return fail(ErrorKind::kSettings, "there is no decoder '" + settings_.decoder + "'");
  auto opened = co_await line_.open(settings_.endpoint, deadline);
  if (!opened) co_return opened;
  drop({.bytes = reader_.reset()});
  reader_.skip_past("");
  broken_.reset();
  outlet_.begin_session();
  last_heard_ = std::chrono::steady_clock::now();
  reading_ = true;
  asio::co_spawn(io_, read_all(), [this](std::exception_ptr failure) {
    if (failure) break_line({ErrorKind::kDisconnected, "reading the line failed"});
    reading_ = false;
    reader_ended_.cancel();
  });
  co_return Result<void>{};
}

asio::awaitable<Result<void>> FrameDriver::poll(Deadline deadline) {
  if (!line_.is_open()) co_return fail(ErrorKind::kDisconnected, "the line is not open");
  if (broken_) co_return std::unexpected(*broken_);
  if (request_.empty()) co_return listened();
  measurement_.clear();
  auto asked = co_await ask(request_, deadline);
  if (!measurement_.empty()) {
    co_await ask_further(deadline);
    auto measured = take_measurement(std::exchange(measurement_, {}));
    if (asked) asked = std::move(measured);
  }
  co_return asked;
}

/// What the device does not answer is missing from the measurement, which is delivered all the same.
asio::awaitable<void> FrameDriver::ask_further(Deadline deadline) {
  bool whole = true;
  for (const auto& question : further_) {
    const auto answered = co_await ask(question, deadline);
    if (!answered) whole = false;
    if (broken_) break;
  }
  if (!whole) ++counters_["incomplete"];
}

asio::awaitable<Result<void>> FrameDriver::ask(Bytes question, Deadline poll_deadline) {
  const auto deadline = std::min(poll_deadline, std::chrono::steady_clock::now() + device_.response_timeout);
  if (!decoder_->answers_may_be_late) drop_half();
  answer_.reset();
  polling_ = true;
  question_ = std::move(question);
  auto asked = co_await write(question_, deadline);
  while (asked && !answer_ && !broken_ && std::chrono::steady_clock::now() < deadline) {
    error_code ignored;
    answered_.expires_at(deadline);
    co_await answered_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  polling_ = false;
  if (answer_) co_return *answer_;
  if (broken_) co_return std::unexpected(*broken_);
  if (!asked) co_return asked;
  ++counters_["silent_polls"];
  co_return fail(ErrorKind::kTimeout, "no answer in time");
}

/// Half an answer from before can only be late, and so is its other half.
void FrameDriver::drop_half() {
  auto half = reader_.reset();
  if (holds_text(half)) reader_.skip_past(frame_end());
  drop({.bytes = std::move(half)});
}

std::string FrameDriver::frame_end() const {
  return decoder_->frame_end != nullptr ? std::string(decoder_->frame_end(settings_)) : "";
}

/// Of a device that speaks by itself: has it, lately?
Result<void> FrameDriver::listened() {
  const auto silence = std::chrono::steady_clock::now() - last_heard_;
  if (!silence_limit_ || silence <= *silence_limit_) return {};
  ++counters_["silent_polls"];
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silence).count();
  return fail(ErrorKind::kTimeout, "has said nothing for " + std::to_string(seconds) + " s");
}

asio::awaitable<void> FrameDriver::close() {
  line_.close();
  while (reading_) {
    error_code ignored;
    co_await reader_ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

asio::awaitable<void> FrameDriver::read_all() {
  std::string bytes;
  // A device that is asked says nothing before.
  auto may_have_begun = request_.empty() ? std::chrono::steady_clock::now() + kMayHaveBegun : Deadline::min();
  while (true) {
    bytes.clear();
    const auto count = co_await line_.read_some(bytes, Deadline::max());
    if (std::chrono::steady_clock::now() < std::exchange(may_have_begun, Deadline::min())) reader_.skip_past(frame_end());
    if (!count) {
      if (line_.is_open()) ++counters_["line_breaks"];
      break_line(count.error());
      co_return;
    }
    reader_.feed(as_bytes(bytes));
    auto piece = reader_.next();
    while (piece) {
      if (piece->whole) co_await take(std::move(piece->bytes));
      else drop(*piece);
      piece = reader_.next();
    }
  }
}

asio::awaitable<void> FrameDriver::take(Bytes frame) {
  switch (decoder_->role(settings_, frame)) {
    case Role::kAnswer: take_answer(frame); break;
    case Role::kReport: co_await take_report(std::move(frame)); break;
    case Role::kRefusal:
      if (polling_ && !answer_) {
        outlet_.received(frame);
        ++counters_["refused"];
        settle(fail(ErrorKind::kRefusedByDevice, "the device refuses: " + hex_of(frame)));
      } else {
        outlet_.dropped(frame);
        ++counters_["stale"];
      }
      break;
    case Role::kForeign:
      outlet_.dropped(frame);
      ++counters_["other_frames"];
      break;
  }
}

void FrameDriver::take_answer(const Bytes& frame) {
  const bool in_time = polling_ && !answer_ && (decoder_->answers == nullptr || decoder_->answers(question_, frame));
  if (!in_time && !decoder_->answers_may_be_late) {
    outlet_.dropped(frame);
    ++counters_["stale"];
    return;
  }
  ++counters_[in_time ? "answers" : "late_answers"];
  if (!measurement_.empty()) {
    measurement_.insert(measurement_.end(), frame.begin(), frame.end());
    return settle({});
  }
  auto identity = decoder_->identity != nullptr ? decoder_->identity(settings_, frame) : Bytes{};
  if (!identity) {
    outlet_.received(frame);
    ++counters_["without_number"];
    return settle({});
  }
  if (!identity->empty() && (!last_identity_ || last_identity_ == identity)) {
    // The first one ever seen only says where to begin: nobody knows whether it was delivered before.
    last_identity_ = std::move(identity);
    outlet_.received(frame);
    ++counters_["repeated"];
    return settle({});
  }
  if (!further_.empty()) {
    measurement_ = frame;
    return settle({});
  }
  settle(take_measurement(frame));
}

Result<void> FrameDriver::take_measurement(const Bytes& frames) {
  auto identity = decoder_->identity != nullptr ? decoder_->identity(settings_, frames) : Bytes{};
  auto measured = measure(frames);
  if (measured && identity && !identity->empty()) last_identity_ = std::move(identity);
  return measured;
}

asio::awaitable<void> FrameDriver::take_report(Bytes frame) {
  ++counters_["reports"];
  if (measure(frame)) last_heard_ = std::chrono::steady_clock::now();
  if (decoder_->acknowledgement == nullptr) co_return;
  const auto deadline = std::chrono::steady_clock::now() + device_.response_timeout;
  const auto acknowledged = co_await write(decoder_->acknowledgement(frame), deadline);
  if (!acknowledged) ++counters_["acknowledge_failures"];
}

void FrameDriver::drop(const Piece& piece) {
  if (piece.bytes.empty()) return;
  outlet_.dropped(piece.bytes);
  counters_["skipped_bytes"] += piece.bytes.size();
  switch (piece.flaw) {
    case Flaw::kNoise: break;
    case Flaw::kBadChecksum: ++counters_["bad_checksum"]; break;
    case Flaw::kBadLength: ++counters_["bad_length"]; break;
    case Flaw::kBadFrame: ++counters_["bad_frames"]; break;
  }
}

Result<void> FrameDriver::measure(ByteView frame) {
  auto delivered = outlet_.measurement(frame);
  if (!delivered) ++counters_["bad_values"];
  return delivered;
}

/// Questions and acknowledgements take turns: the line takes one write at a time.
asio::awaitable<Result<void>> FrameDriver::write(Bytes bytes, Deadline deadline) {
  while (writing_) {
    if (std::chrono::steady_clock::now() >= deadline) co_return fail(ErrorKind::kTimeout, "the line is busy");
    error_code ignored;
    line_free_.expires_at(deadline);
    co_await line_free_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  writing_ = true;
  outlet_.sent(bytes);
  auto written = co_await line_.write(std::string(as_text(bytes)), deadline);
  writing_ = false;
  line_free_.cancel();
  co_return written;
}

void FrameDriver::settle(Result<void> answer) {
  answer_ = std::move(answer);
  answered_.cancel();
}

void FrameDriver::break_line(Error why) {
  broken_ = std::move(why);
  answered_.cancel();
}

}  // namespace

Result<std::vector<Reading>> decode_frame(const DeviceSettings& device, ByteView measurement) {
  const auto& settings = std::get<FrameSettings>(device.driver);
  const auto* decoder = frame::find_decoder(settings.decoder);
  if (decoder == nullptr) return fail(ErrorKind::kSettings, "there is no decoder '" + settings.decoder + "'");
  return decoder->read(settings, measurement);
}

std::unique_ptr<Driver> make_frame_driver(DriverContext context, const DeviceSettings& device) {
  return std::make_unique<FrameDriver>(std::move(context), device);
}

}  // namespace exhaust
