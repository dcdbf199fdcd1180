#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drivers/ak/telegram.hpp"
#include "drivers/device_settings.hpp"
#include "drivers/line/byte_line.hpp"
#include "drivers/outlet.hpp"

namespace exhaust::ak {

/// A reply, and the bytes it came as.
struct Answer {
  Reply reply;
  std::string telegram;
};

/// Questions and answers with one AK device, one at a time. Tells the outlet of everything but the answers: what becomes
/// of those is for the caller to say. Keeps the counters bad_frames, stale_answers, aborted_telegrams, dropped_telegrams,
/// skipped_bytes and status_changes.
///
/// Threading: the io thread.
class Conversation {
 public:
  /// All references outlive this.
  Conversation(boost::asio::io_context& io, const Clock& clock, const DeviceSettings& device, Outlet& outlet, Counters& counters);

  boost::asio::awaitable<Result<void>> open(Deadline deadline);
  void close() { line_.close(); }

  /// The answer to `code`, also a refusal; waits at most the device's response time-out. What stands on the line before
  /// it is asked, and answers to other codes, are late and dropped.
  /// Errors: kTimeout, kDisconnected, kBadFrame.
  boost::asio::awaitable<Result<Answer>> ask(std::string code, std::vector<std::string> data, Deadline deadline);

  /// The error status digit of the newest answer that had one.
  std::optional<int> status() const { return status_; }

 private:
  boost::asio::awaitable<Result<Answer>> exchange(std::string code, std::vector<std::string> data, Deadline limit);
  boost::asio::awaitable<Result<void>> drain();
  void tell_dropped();
  void note_status(const Reply& reply);

  const Clock& clock_;
  const DeviceSettings& device_;
  const AkSettings& ak_;
  Outlet& outlet_;
  Counters& counters_;
  ByteLine line_;
  TelegramReader reader_;
  std::optional<int> status_;
};

}  // namespace exhaust::ak
