#include "daemon/acquisition/alarm.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace exhaust::acquisition {

namespace {

class SteadyAlarm final : public Alarm {
 public:
  explicit SteadyAlarm(asio::io_context& io) : timer_(io) {}

  asio::awaitable<void> wait_until(MonotonicTime when) override {
    timer_.expires_at(when);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  void cancel() override { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

}  // namespace

MakeAlarm steady_alarms(asio::io_context& io) {
  return [&io] { return std::make_unique<SteadyAlarm>(io); };
}

}  // namespace exhaust::acquisition
