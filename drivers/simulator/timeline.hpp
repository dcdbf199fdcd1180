#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>

#include "daemon/core/time.hpp"

namespace exhaust::simulator {

/// What is still to happen, in the order of time: a vehicle's devices each speak at their own moment. When the machine
/// is late, things happen late, but still in this order.
///
/// Threading: the io thread.
class Timeline {
 public:
  explicit Timeline(boost::asio::io_context& io) : timer_(io) {}
  void at(MonotonicTime when, std::function<void()> what);
  bool empty() const { return due_.empty(); }

 private:
  void arm();
  void run_due();

  boost::asio::steady_timer timer_;
  std::multimap<MonotonicTime, std::function<void()>> due_;
};

}  // namespace exhaust::simulator
