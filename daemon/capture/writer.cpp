#include "daemon/capture/writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "daemon/capture/format.hpp"
#include "daemon/core/log.hpp"

namespace exhaust::capture {

namespace {

/// Kept free below the bound, for the end record.
constexpr std::uint64_t kEndReserve = 256;
/// And for the registry's answers that the last frame leads to: without them it could not be replayed.
constexpr std::uint64_t kAnswersReserve = 16 << 10;

std::int64_t ns(MonotonicTime time) { return std::chrono::nanoseconds{time.time_since_epoch()}.count(); }
std::int64_t us(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

Result<std::unique_ptr<Writer>> Writer::create(const std::filesystem::path& file, v1::CaptureHead head,
                                               std::uint64_t most_bytes) {
  v1::CaptureRecord record;
  *record.mutable_head() = std::move(head);
  if (record.ByteSizeLong() > kMostRecord) return fail(ErrorKind::kStorage, "the station's state is too large for a capture");
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (descriptor < 0) return fail(ErrorKind::kStorage, "cannot create " + file.string() + ": " + std::strerror(errno));
  std::unique_ptr<Writer> writer(new Writer(descriptor, most_bytes));
  // Whatever their size, magic and head are the beginning: without them there is no capture.
  auto bytes = std::string(kMagic) + encode(record);
  writer->last_at_ = MonotonicTime{std::chrono::nanoseconds{record.head().started_ns()}};
  writer->last_wall_ = WallTime{std::chrono::microseconds{record.head().started_us()}};
  writer->taken_.bytes = bytes.size();
  writer->enqueue(std::move(bytes), false);
  return writer;
}

Writer::Writer(int file, std::uint64_t most_bytes) : file_(file), most_bytes_(most_bytes), thread_([this] { write_all(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Writer::frame(std::uint32_t device, const Frame& frame) {
  v1::CaptureRecord record;
  auto& to = *record.mutable_frame();
  to.set_device(device);
  to.set_kind(static_cast<v1::CapturedFrame::Kind>(frame.kind));
  to.set_session(frame.session);
  to.set_delivered_ns(ns(frame.delivered));
  to.set_arrived_us(us(frame.arrived));
  to.set_frame(frame.bytes.data(), frame.bytes.size());
  add(record, frame.delivered, frame.arrived);
}

void Writer::clock_changed(const v1::ClockState& state, MonotonicTime at) {
  v1::CaptureRecord record;
  record.mutable_clock()->set_at_ns(ns(at));
  *record.mutable_clock()->mutable_state() = state;
  add(record, at, last_wall_);
}

void Writer::device_changed(std::uint32_t device, const char* state, const std::string& detail, MonotonicTime at, WallTime wall) {
  v1::CaptureRecord record;
  auto& to = *record.mutable_device();
  to.set_device(device);
  to.set_at_ns(ns(at));
  to.set_at_us(us(wall));
  to.set_state(state);
  to.set_detail(detail);
  add(record, at, wall);
}

void Writer::quality_changed(const v1::QualityChange& change, MonotonicTime at, WallTime wall) {
  v1::CaptureRecord record;
  auto& to = *record.mutable_quality();
  to = change;
  to.set_at_ns(ns(at));
  to.set_at_us(us(wall));
  add(record, at, wall);
}

void Writer::looked_up(std::string_view plate, std::string_view color, const std::optional<v1::Vehicle>& found) {
  v1::CaptureRecord record;
  auto& to = *record.mutable_vehicle();
  to.set_plate(std::string(plate));
  to.set_color(std::string(color));
  if (found) *to.mutable_found() = *found;
  add(record, kEndReserve);
}

void Writer::add(const v1::CaptureRecord& record, MonotonicTime at, WallTime wall) {
  add(record, kEndReserve + std::min(kAnswersReserve, most_bytes_ / 16));
  if (taken_.ended) return;
  last_at_ = at;
  last_wall_ = wall;
}

/// A capture that is full ends at its last record, not at the one that did not fit: what the station decided in between was
/// never asked for by anything that the capture holds.
void Writer::add(const v1::CaptureRecord& record, std::uint64_t reserved) {
  if (taken_.ended) return;
  const auto size = kRecordHead + record.ByteSizeLong();
  if (taken_.bytes + size + reserved > most_bytes_) return end("full", last_at_, last_wall_, {});
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty()) {
      taken_.ended = closing_ = true;
      changed_.notify_one();
      return;
    }
    if (queued_ + size > kMostQueued) {
      ++taken_.dropped;
      return;
    }
  }
  if (record.has_frame()) ++taken_.frames;
  taken_.bytes += size;
  enqueue(encode(record), false);
}

void Writer::end(const std::string& reason, MonotonicTime at, WallTime wall, std::function<void()> done) {
  if (!taken_.ended) {
    taken_.ended = true;
    taken_.reason = reason;
    v1::CaptureRecord record;
    auto& to = *record.mutable_end();
    to.set_at_ns(ns(at));
    to.set_at_us(us(wall));
    to.set_reason(reason);
    to.set_frames(taken_.frames);
    to.set_dropped(taken_.dropped);
    auto bytes = encode(record);
    taken_.bytes += bytes.size();
    enqueue(std::move(bytes), true);
  }
  if (!done) return;
  {
    const std::lock_guard lock(mutex_);
    if (!complete_) {
      done_ = std::move(done);
      return;
    }
  }
  done();
}

void Writer::enqueue(std::string bytes, bool last) {
  {
    const std::lock_guard lock(mutex_);
    queued_ += bytes.size();
    queue_.push_back(std::move(bytes));
    closing_ = closing_ || last;
  }
  changed_.notify_one();
}

WriterState Writer::state() const {
  auto state = taken_;
  const std::lock_guard lock(mutex_);
  state.complete = complete_;
  if (!failure_.empty()) {
    state.failed = state.ended = true;
    state.reason = failure_;
  }
  return state;
}

/// The thread: takes what is queued in one piece, so that a slow disk is asked seldom.
void Writer::write_all() {
  std::unique_lock lock(mutex_);
  bool last = false;
  while (!last) {
    changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    last = closing_;
    std::deque<std::string> batch;
    batch.swap(queue_);
    lock.unlock();
    bool ok = true;
    std::size_t size = 0;
    for (const auto& bytes : batch) {
      size += bytes.size();
      ok = ok && write(bytes);
    }
    lock.lock();
    queued_ -= size;
  }
  lock.unlock();
  const bool synced = ::fsync(file_) == 0;
  const int error = errno;
  ::close(file_);
  std::function<void()> done;
  {
    const std::lock_guard again(mutex_);
    if (!synced && failure_.empty()) failure_ = std::string("the disk did not keep the capture: ") + std::strerror(error);
    complete_ = true;
    done = std::move(done_);
  }
  if (done) done();
}

bool Writer::write(const std::string& bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty()) return false;
  }
  for (std::size_t at = 0; at < bytes.size();) {
    const auto written = ::write(file_, bytes.data() + at, bytes.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const std::string why = written < 0 ? std::strerror(errno) : "nothing was written";
      log::warning("the capture ends: the disk takes no more", {{"ERROR", why}});
      const std::lock_guard lock(mutex_);
      failure_ = "the disk takes no more: " + why;
      return false;
    }
    at += static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace exhaust::capture
