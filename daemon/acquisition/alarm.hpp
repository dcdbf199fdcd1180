#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "daemon/core/time.hpp"

namespace exhaust::acquisition {

namespace asio = boost::asio;

/// What one task waits with; tests have one whose time is moved by hand.
///
/// Threading: the io thread.
class Alarm {
 public:
  virtual ~Alarm() = default;
  /// Resumes the caller at `when`, or as soon as `cancel` is called. One caller at a time.
  virtual asio::awaitable<void> wait_until(MonotonicTime when) = 0;
  virtual void cancel() = 0;
};

using MakeAlarm = std::function<std::unique_ptr<Alarm>()>;

/// Alarms of the steady clock.
MakeAlarm steady_alarms(asio::io_context& io);

}  // namespace exhaust::acquisition
