#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "drivers/frame.hpp"
#include "exhaust/v1/capture.pb.h"

namespace exhaust::capture {

/// Records for the disk that wait in memory, in bytes. A record that does not fit is dropped and counted: measuring
/// never waits for a capture. Room for the largest frame there is, a camera's post of 33 MiB, and what comes meanwhile.
inline constexpr std::size_t kMostQueued = 48u << 20;

/// Where a capture stands.
struct WriterState {
  bool ended = false;         ///< its last record is taken; nothing comes after it
  bool complete = false;      ///< and on the disk
  std::string reason;         ///< of the end: stopped, full, station_stopped; or what the disk said
  bool failed = false;        ///< the disk took no more: the file ends anywhere
  std::uint64_t frames = 0;   ///< taken
  std::uint64_t dropped = 0;  ///< records that did not fit into the queue: the capture has holes
  std::uint64_t bytes = 0;    ///< of the file, once everything taken is written
};

/// Writes one capture. It ends when it is told so, before the record that would take it past `most_bytes`, or when the
/// disk fails.
///
/// Threading: all methods on the thread that made it (the io thread); a thread of its own writes.
class Writer {
 public:
  /// Creates `file`, readable by owner and group only: plates are personal data. Error: kStorage.
  static Result<std::unique_ptr<Writer>> create(const std::filesystem::path& file, v1::CaptureHead head,
                                                std::uint64_t most_bytes);
  /// Ends the file without an end record, if nobody has ended it, and waits until it is written.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void frame(std::uint32_t device, const Frame& frame);
  void clock_changed(const v1::ClockState& state, MonotonicTime at);
  void device_changed(std::uint32_t device, const char* state, const std::string& detail, MonotonicTime at, WallTime wall);
  /// With its stamps.
  void quality_changed(const v1::QualityChange& change, MonotonicTime at, WallTime wall);
  /// `done` is called on the writing thread when all is on the disk, or has failed; at once when that is so already.
  void end(const std::string& reason, MonotonicTime at, WallTime wall, std::function<void()> done);

  /// Of the registry, about a plate that the last record brought. Has no stamp.
  void looked_up(std::string_view plate, std::string_view color, const std::optional<v1::Vehicle>& found);

  WriterState state() const;

 private:
  Writer(int file, std::uint64_t most_bytes);
  void add(const v1::CaptureRecord& record, MonotonicTime at, WallTime wall);
  void add(const v1::CaptureRecord& record, std::uint64_t reserved);
  void enqueue(std::string bytes, bool last);
  void write_all();
  bool write(const std::string& bytes);

  const int file_;
  const std::uint64_t most_bytes_;
  // Of the owner's thread alone.
  WriterState taken_;
  MonotonicTime last_at_{};  ///< of the last record
  WallTime last_wall_{};

  mutable std::mutex mutex_;  ///< what follows is shared
  std::condition_variable changed_;
  std::deque<std::string> queue_;
  std::size_t queued_ = 0;    ///< bytes
  bool closing_ = false;      ///< write what is there, then end
  bool complete_ = false;
  std::string failure_;
  std::function<void()> done_;
  std::thread thread_;
};

}  // namespace exhaust::capture
