#include "drivers/simulator/outbox.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace exhaust::simulator {

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

void Outbox::push(Sending sending) {
  if (waiting_.size() >= kMost) {
    ++lost_;
    return;
  }
  waiting_.push_back(std::move(sending));
  wake_.cancel();
}

void Outbox::stop() {
  stopped_ = true;
  wake_.cancel();
  pause_.cancel();
}

asio::awaitable<Sending::End> Outbox::run() {
  while (!stopped_) {
    if (waiting_.empty()) {
      [[maybe_unused]] const auto [cancelled] = co_await wake_.async_wait(kAsTuple);
      continue;
    }
    busy_ = true;
    auto sending = std::move(waiting_.front());
    waiting_.pop_front();
    for (auto& write : sending.writes) {
      if (write.after > Duration::zero()) {
        pause_.expires_after(write.after);
        [[maybe_unused]] const auto [cancelled] = co_await pause_.async_wait(kAsTuple);
        if (stopped_) co_return Sending::End::kStays;
      }
      const bool written = co_await wire_.write(std::move(write.bytes));
      if (!written) co_return Sending::End::kStays;
    }
    busy_ = false;
    if (sending.end != Sending::End::kStays) co_return sending.end;
  }
  co_return Sending::End::kStays;
}

}  // namespace exhaust::simulator
