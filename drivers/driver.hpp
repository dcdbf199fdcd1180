#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "drivers/device_settings.hpp"
#include "drivers/frame.hpp"
#include "drivers/reading.hpp"

namespace exhaust {

namespace asio = boost::asio;

/// The driver's own counters, by constant words: bad_frames, stale_answers, skipped_bytes, ...
using Counters = std::map<std::string, std::uint64_t, std::less<>>;

/// What a device says of itself, for the ledger: a changed error state, a calibration, a clock that is off.
struct DeviceNotice {
  std::string word;    ///< a constant one: error_status, calibration, clock, restarted, ...
  std::string detail;  ///< for a person
};

/// What a driver is made with; drivers use it through an `Outlet`. All are called on the io thread, from inside `poll`
/// or between polls, and none is empty.
struct DriverContext {
  asio::io_context& io;
  const Clock& clock;
  std::function<void(Reading)> deliver;  ///< with device, lane, session and stamps filled in
  std::function<void(const Frame&)> tap = [](const Frame&) {};
  std::function<void(const DeviceNotice&)> notice = [](const DeviceNotice&) {};
};

/// Speaks with one field device. A driver talks (I/O, deadlines) and decodes (pure functions), apart; when to poll,
/// back-off and restarts belong to acquisition. A driver that listens delivers whenever its device speaks.
///
/// Threading: all calls on the io thread. A coroutine of the driver never outlives the driver: `close` is awaited
/// before destruction.
class Driver {
 public:
  virtual ~Driver() = default;
  /// Opens line, connection or listener, as a new session; done before `deadline`.
  /// Errors: kDisconnected, kTimeout (try again, with back-off), kSettings.
  virtual asio::awaitable<Result<void>> open(Deadline deadline) = 0;
  /// Asks for every configured channel once and delivers what is new; done before `deadline`. A listener reports
  /// here that its line has broken. After kDisconnected acquisition closes and opens again; other errors are counted.
  virtual asio::awaitable<Result<void>> poll(Deadline deadline) = 0;
  /// Ends the session. Safe to call at any time and twice.
  virtual asio::awaitable<void> close() = 0;
  virtual const Counters& counters() const = 0;
};

}  // namespace exhaust
