#include "drivers/modbus/link.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>

#include "drivers/line/serial_port.hpp"
#include "drivers/modbus/open_tcp.hpp"

namespace exhaust::modbus {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// A gateway that refuses is not asked more often, however many devices are behind it.
constexpr Duration kConnectPause = 500ms;
/// Adapters hang until their port is opened anew; a silent line may be one.
constexpr unsigned kReopenAfterSilent = 16;
/// More than any frame; longer bursts are sorted out in pieces.
constexpr std::size_t kMostBurst = 4096;
/// Questions that may still be answered late, of one unit.
constexpr std::size_t kMostUnsettled = 8;
/// Exceptions of a gateway: the device behind it does not answer (Modbus Application Protocol 7).
constexpr std::uint8_t kGatewayPath = 10, kGatewayTarget = 11;
/// What a buffer holds where nothing was received.
constexpr std::uint8_t kFilling = 0xA5;

Duration character_time(const Endpoint& endpoint) {
  if (endpoint.kind != Endpoint::Kind::kSerial) return {};
  const unsigned bits = 1 + endpoint.data_bits + (endpoint.parity == 'N' ? 0 : 1) + endpoint.stop_bits;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(double(bits) / endpoint.baud));
}

/// How much libmodbus 3.1.6 takes of an RTU answer that begins like this, when it takes all it wants.
std::size_t taken(ByteView frame, int reason) {
  if (reason == EMBBADDATA) return 3;
  switch (frame[1]) {
    case 5:
    case 6:
    case 15:
    case 16:
      return 8;
    case 22:
      return 10;
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 17:
    case 23:
      return 5u + frame[2];
    default:
      return 5;
  }
}

/// It does not tell how much it had received when the time was up.
std::size_t without_filling(ByteView frame) {
  auto size = frame.size();
  while (size > 0 && frame[size - 1] == kFilling) --size;
  return size;
}

std::string exception_text(std::uint8_t code) {
  const bool named = code >= 1 && code <= kGatewayTarget && code != 9;
  std::string text = named ? modbus_strerror(MODBUS_ENOBASE + code) : "not a public one";
  if (code == MODBUS_EXCEPTION_ACKNOWLEDGE || code == MODBUS_EXCEPTION_SLAVE_OR_SERVER_BUSY)
    text += ", later";
  return "exception " + std::to_string(code) + ": " + text;
}

}  // namespace

Link::Link(Endpoint endpoint, ModbusLine line, std::function<void()> before_waiting)
    : endpoint_(std::move(endpoint)),
      line_(line),
      before_waiting_(std::move(before_waiting)),
      framing_(framing_of(endpoint_)),
      character_(character_time(endpoint_)),
      // 3.5 characters; above 19200 baud 1.75 ms (Modbus over Serial Line 2.5.1.1).
      gap_(serial() ? std::max<Duration>(1750us, character_ * 7 / 2) : Duration{}),
      lull_(serial() ? std::max<Duration>(20ms, 2 * gap_) : Duration{50ms}),
      // Not from 0: a gateway may still have answers for whoever was here before.
      transaction_(static_cast<std::uint16_t>(std::random_device{}())) {}

Result<void> Link::connect(Deadline deadline) {
  if (context_ != nullptr) return {};
  const auto now = steady_clock::now();
  if (why_not_ && now < not_before_) return std::unexpected(*why_not_);
  before_waiting_();
  const auto until = std::min(deadline, now + Bus::kConnectMost);
  const auto opened = serial() ? open_serial(endpoint_) : open_tcp(endpoint_, until);
  if (!opened) {
    const bool refused = !serial() && opened.error().kind != ErrorKind::kRefused;
    if (refused) why_not_ = opened.error();
    not_before_ = steady_clock::now() + kConnectPause;
    return std::unexpected(opened.error());
  }
  why_not_.reset();
  return adopt(*opened);
}

Result<void> Link::adopt(int descriptor) {
  descriptor_ = descriptor;
  auto ready = check_descriptor(descriptor, endpoint_);
  if (ready) ready = make_context();
  if (!ready) close();
  return ready;
}

Result<void> Link::make_context() {
  if (context_ != nullptr) modbus_free(context_);
  // Address and path are never used: the descriptor is open already.
  const char* path = serial() ? endpoint_.path.c_str() : "a socket";
  context_ =
      rtu() ? modbus_new_rtu(path, static_cast<int>(endpoint_.baud), endpoint_.parity,
                             static_cast<int>(endpoint_.data_bits), static_cast<int>(endpoint_.stop_bits))
            : modbus_new_tcp("127.0.0.1", endpoint_.port);
  if (context_ == nullptr)
    return fail(ErrorKind::kSettings, to_string(endpoint_) + ": " + modbus_strerror(errno));
  // Its own recovery repeats for ever on an unplugged port (libmodbus#39, #217).
  modbus_set_error_recovery(context_, MODBUS_ERROR_RECOVERY_NONE);
  modbus_set_socket(context_, descriptor_);
  // Without a byte time-out the response time-out bounds the whole answer.
  modbus_set_byte_timeout(context_, 0, 0);
  return {};
}

void Link::close() {
  // Not modbus_close: it would "restore" terminal settings that it never saw.
  if (context_ != nullptr) modbus_free(context_);
  context_ = nullptr;
  if (descriptor_ < 0) return;
  if (serial()) give_serial(descriptor_);
  ::close(descriptor_);
  descriptor_ = -1;
}

void Link::keep_silence() const {
  if (!rtu()) return;
  before_waiting_();
  std::this_thread::sleep_until(last_byte_ + gap_ + line_.extra_pause);
}

/// False with errno. libmodbus 3.1.6 gives raw requests over TCP the transaction number 0, always, and its
/// RTU half writes in a way that raises SIGPIPE on a socket: there the frame is sent as we composed it. None
/// of them blocks.
bool Link::send(ByteView request) {
  errno = EAGAIN;
  const auto size = static_cast<ssize_t>(request.size());
  if (!serial()) return ::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL) == size;
  Bytes raw(request.begin(), request.end() - 2);  // it adds the CRC
  return modbus_send_raw_request(context_, raw.data(), static_cast<int>(raw.size())) == size;
}

Outcome Link::read(const ReadRequest& request, Deadline deadline) {
  Outcome outcome{fail(ErrorKind::kTimeout, "the bus was busy until the deadline"), {}, Asked::kNot, {}};
  const auto started = steady_clock::now();
  if (started >= deadline) return outcome;
  const Question question{request.unit, request.function, request.range};
  auto ready = connect(deadline);
  if (ready) ready = settle(question, request, deadline, outcome);
  if (ready) {
    ask(question, request, deadline, outcome);
  } else {
    outcome.exchange = std::unexpected(ready.error());
  }
  outcome.busy = steady_clock::now() - started;
  return outcome;
}

/// Where answers carry no number, a late one looks like the answer to the next question of the same length.
/// After a time-out the unit is therefore first asked for another number of registers than all that it still
/// owes us; once that is answered, nothing of before can follow.
Result<void> Link::settle(const Question& question, const ReadRequest& request, Deadline deadline,
                          Outcome& outcome) {
  const auto found = unsettled_.find(request.unit);
  if (found == unsettled_.end()) return {};
  Question probe = question;
  probe.range.count = 1;
  const auto owed = [&](std::uint16_t count) {
    return count == question.range.count || std::ranges::find(found->second, count) != found->second.end();
  };
  while (owed(probe.range.count)) ++probe.range.count;
  ask(probe, request, deadline, outcome);
  auto& exchange = outcome.exchange;
  if (exchange) {
    unsettled_.erase(request.unit);
    outcome.told.push_back({Frame::Kind::kSent, last_byte_, std::move(exchange->request), "", 0});
    outcome.told.push_back({Frame::Kind::kReceived, last_byte_, std::move(exchange->answer), "", 0});
    return {};
  }
  // More registers than were asked for may not be there; then the refusal is the answer.
  const bool refused =
      exchange.error().kind == ErrorKind::kRefusedByDevice && probe.range.count > question.range.count;
  if (!refused) return std::unexpected(exchange.error());
  unsettled_.erase(request.unit);
  return {};
}

void Link::ask(const Question& question, const ReadRequest& request, Deadline deadline, Outcome& outcome) {
  auto ready = clear_line(deadline, outcome);
  if (ready && rtu() && modbus_set_slave(context_, request.unit) != 0) {
    ready = fail(ErrorKind::kSettings,
                 "unit id " + std::to_string(request.unit) + " does not exist on a serial line");
  }
  if (!ready) {
    outcome.exchange = std::unexpected(ready.error());
    return;
  }
  keep_silence();
  auto frame = compose(framing_, ++transaction_, question);
  const bool sent = send(frame);
  const int reason = errno;
  // The kernel has the frame now; the line a little later.
  last_byte_ = steady_clock::now() + character_ * static_cast<int>(frame.size());
  if (!sent) {
    after_error(Heard::End::kBroken);
    outcome.exchange = fail(reason == EAGAIN ? ErrorKind::kTimeout : ErrorKind::kDisconnected,
                            to_string(question) + ": not sent: " + modbus_strerror(reason));
    return;
  }
  before_waiting_();
  const auto at = outcome.told.size();
  outcome.told.push_back({Frame::Kind::kSent, last_byte_, std::move(frame), "", 0});
  const ByteView sent_frame = outcome.told[at].bytes;  // moving the element leaves its bytes where they are
  const auto until = std::min(deadline, last_byte_ + request.response_timeout);
  auto heard = rtu() ? listen_rtu(sent_frame, until, outcome) : listen_tcp(sent_frame, until, outcome);
  conclude(question, request.unit, std::move(heard), at, outcome);
}

/// What stands on the line before a request is no answer to it.
Result<void> Link::clear_line(Deadline deadline, Outcome& outcome) {
  std::uint8_t chunk[512];
  const auto got = ::read(descriptor_, chunk, sizeof(chunk));
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  before_waiting_();
  Bytes stray(chunk, chunk + std::max<ssize_t>(got, 0));
  if (rtu() && got > 0 && collect_until_silence(stray, steady_clock::now() + 4 * lull_)) {
    for (auto& piece : sift_rtu({}, stray)) drop(piece.fate, std::move(piece.bytes), outcome);
    return {};
  }
  // Over TCP: closed by the other side, or out of step.
  if (got > 0) drop(rtu() ? Fate::kNoise : Fate::kLate, std::move(stray), outcome);
  close();
  return connect(deadline);
}

/// -1 with errno, as libmodbus; 0 when the frame is of another unit (RTU). `frame` holds what was received.
int Link::receive(Bytes& frame, Deadline until) {
  const auto rest = std::chrono::ceil<std::chrono::microseconds>(until - steady_clock::now()).count();
  const auto limit = std::max<std::int64_t>(rest, 1000);
  modbus_set_response_timeout(context_, static_cast<std::uint32_t>(limit / 1'000'000),
                              static_cast<std::uint32_t>(limit % 1'000'000));
  frame.assign(MODBUS_TCP_MAX_ADU_LENGTH, kFilling);
  errno = 0;
  const int got = modbus_receive_confirmation(context_, frame.data());
  const int reason = errno;
  std::size_t size = 0;
  if (got > 0)
    size = static_cast<std::size_t>(got);
  else if (got < 0 && (reason == ETIMEDOUT || !rtu()))
    size = without_filling(frame);
  else if (got == 0 || reason == EMBBADCRC || reason == EMBBADDATA)
    size = taken(frame, reason);
  frame.resize(std::min(size, frame.size()));
  errno = reason;
  return got;
}

/// Reads on until the line is silent, at most until then (and at least for one lull). False when it broke.
bool Link::collect_until_silence(Bytes& burst, Deadline until) {
  while (burst.size() < kMostBurst) {
    pollfd waiting{descriptor_, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, milliseconds_until(steady_clock::now() + lull_));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    std::uint8_t chunk[256];
    const auto got = ::read(descriptor_, chunk, sizeof(chunk));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) {
      if (got == 0) errno = ECONNRESET;
      return false;
    }
    last_byte_ = steady_clock::now();
    burst.insert(burst.end(), chunk, chunk + got);
    if (last_byte_ >= until) break;
  }
  return true;
}

void Link::drop(Fate fate, Bytes bytes, Outcome& outcome) {
  if (rtu() && (fate == Fate::kForeign || fate == Fate::kLate) && settled_by(bytes)) fate = Fate::kLate;
  const std::uint64_t amount = fate == Fate::kNoise ? bytes.size() : 1;
  outcome.told.push_back(
      {Frame::Kind::kDropped, steady_clock::now(), std::move(bytes), counter_of(fate), amount});
}

/// Whether an RTU frame is an answer that a unit owes us. Units answer in the order of the questions: what
/// was asked before it will not be answered any more.
bool Link::settled_by(ByteView frame) {
  const auto found = unsettled_.find(frame[0]);
  if (found == unsettled_.end() || frame.size() != 5u + frame[2]) return false;
  auto& owed = found->second;
  const auto answered = std::ranges::find(owed, frame[2] / 2);
  if (answered == owed.end()) return false;
  owed.erase(owed.begin(), answered + 1);
  if (owed.empty()) unsettled_.erase(found);
  return true;
}

Link::Heard Link::listen_tcp(ByteView request, Deadline until, Outcome& outcome) {
  Bytes frame;
  const int got = receive(frame, until);
  const int reason = errno;
  last_byte_ = steady_clock::now();
  if (got < 0) {
    if (!frame.empty()) drop(reason == EMBBADDATA ? Fate::kNoise : Fate::kShort, std::move(frame), outcome);
    if (reason == ETIMEDOUT) return {};
    return {reason == EMBBADDATA ? Heard::End::kStranger : Heard::End::kBroken, {}, reason};
  }
  const auto fate = judge_tcp(request, frame, numbered());
  if (fate == Fate::kAnswer) return {Heard::End::kAnswer, std::move(frame), 0};
  if (fate == Fate::kException) return {Heard::End::kException, std::move(frame), 0};
  drop(fate, std::move(frame), outcome);
  return {Heard::End::kStranger, {}, 0};
}

Link::Heard Link::listen_rtu(ByteView request, Deadline until, Outcome& outcome) {
  while (steady_clock::now() < until) {
    Bytes burst;
    const int got = receive(burst, until);
    const int reason = errno;
    const bool time_up = got < 0 && reason == ETIMEDOUT;
    if (!burst.empty()) last_byte_ = steady_clock::now();
    if (got < 0 && !time_up && reason != EMBBADCRC && reason != EMBBADDATA) {
      if (!burst.empty()) drop(Fate::kShort, std::move(burst), outcome);
      return {Heard::End::kBroken, {}, reason};
    }
    auto pieces = sift_rtu(request, burst);
    const bool clean = got > 0 && pieces.size() == 1 && is_answer(pieces.front().fate);
    // Once something else than the answer is among it, only a silence tells where the next frame begins.
    if (!clean && !burst.empty()) {
      const bool whole = collect_until_silence(burst, until);
      pieces = sift_rtu(request, burst);
      if (!whole) {
        for (auto& piece : pieces) drop(piece.fate, std::move(piece.bytes), outcome);
        return {Heard::End::kBroken, {}, errno};
      }
    }
    Heard heard;
    for (auto& [fate, bytes] : pieces) {
      if (heard.end == Heard::End::kNothing && is_answer(fate)) {
        heard = {fate == Fate::kAnswer ? Heard::End::kAnswer : Heard::End::kException, std::move(bytes), 0};
        continue;
      }
      if (fate == Fate::kBadCrc && heard.end == Heard::End::kNothing) heard.end = Heard::End::kDamaged;
      // A second answer to one question is a late one.
      drop(is_answer(fate) ? Fate::kLate : fate, std::move(bytes), outcome);
    }
    if (heard.end != Heard::End::kNothing) return heard;
  }
  return {};
}

/// Sorts by what to do next.
void Link::conclude(const Question& question, std::uint8_t unit, Heard heard, std::size_t at,
                    Outcome& outcome) {
  using End = Heard::End;
  const auto failed = [&](ErrorKind kind, const std::string& what) {
    outcome.exchange = fail(kind, to_string(question) + ": " + what);
  };
  if (heard.end == End::kAnswer) {
    outcome.asked = Asked::kAnswered;
    silent_in_a_row_ = 0;
    auto registers = read_registers(framing_, heard.frame);
    if (!registers) return failed(ErrorKind::kBadFrame, registers.error().detail);
    auto& sent = outcome.told[at];
    outcome.exchange = Exchange{std::move(*registers), std::move(sent.bytes), std::move(heard.frame)};
    outcome.told.erase(outcome.told.begin() + static_cast<std::ptrdiff_t>(at));
    return;
  }
  if (heard.end == End::kException) {
    const auto code = exception_code(framing_, heard.frame).value_or(0);
    outcome.told.push_back({Frame::Kind::kReceived, last_byte_, std::move(heard.frame), "", 0});
    const bool nobody = code == kGatewayPath || code == kGatewayTarget;
    outcome.asked = nobody ? Asked::kUnanswered : Asked::kAnswered;
    silent_in_a_row_ = 0;
    return failed(nobody ? ErrorKind::kTimeout : ErrorKind::kRefusedByDevice, exception_text(code));
  }
  outcome.asked = heard.end == End::kDamaged ? Asked::kAnswered : Asked::kUnanswered;
  // Also what seemed to be a damaged answer may have been noise, with the answer still to come.
  if (!numbered()) {
    auto& owed = unsettled_[unit];
    owed.push_back(question.range.count);
    if (owed.size() > kMostUnsettled) owed.pop_front();
  }
  after_error(heard.end);
  switch (heard.end) {
    case End::kDamaged:
      return failed(ErrorKind::kBadFrame, "the answer was damaged");
    case End::kStranger:
      return failed(ErrorKind::kBadFrame, "an answer to another question was dropped");
    case End::kBroken:
      return failed(ErrorKind::kDisconnected, modbus_strerror(heard.reason));
    default:
      break;
  }
  std::string dropped;
  for (auto frame = outcome.told.begin() + static_cast<std::ptrdiff_t>(at) + 1; frame != outcome.told.end();
       ++frame) {
    dropped += (dropped.empty() ? "; dropped meanwhile: " : ", ") + std::string(frame->counter);
  }
  failed(ErrorKind::kTimeout, "no answer" + dropped);
}

/// A context is never used again after an error; a socket is not either, so that what comes late meets
/// nobody.
void Link::after_error(Heard::End end) {
  if (end == Heard::End::kNothing) ++silent_in_a_row_;
  const bool hung = silent_in_a_row_ >= kReopenAfterSilent;
  if (hung) silent_in_a_row_ = 0;
  if (!serial() || end == Heard::End::kBroken || hung || !make_context()) close();
}

}  // namespace exhaust::modbus
