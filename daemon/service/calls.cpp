#include "daemon/service/calls.hpp"

namespace exhaust::service {

Calls::Calls(std::size_t threads, std::size_t limit) : pool_(threads), limit_(limit) {}

Calls::~Calls() { join(); }

bool Calls::begin(std::unique_ptr<Call> call) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || calls_.size() >= limit_) {
    ++refused_;
    return false;
  }
  auto* raw = call.get();
  calls_.emplace(raw, std::move(call));
  raw->mailbox()->post([raw] { raw->begin(); });
  return true;
}

void Calls::end(Call& call) {
  std::unique_ptr<Call> last;
  {
    const std::lock_guard lock(mutex_);
    const auto at = calls_.find(&call);
    if (at == calls_.end()) return;
    last = std::move(at->second);
  }
  last.reset();
  // Only now is it none: whoever waits may take away what the call's destructor used.
  const std::lock_guard lock(mutex_);
  calls_.erase(&call);
  changed_.notify_all();
}

void Calls::wake_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [raw, call] : calls_) {
    if (call) raw->wake();
  }
}

void Calls::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const auto& [raw, call] : calls_) {
    if (call) call->mailbox()->post([raw = raw] { raw->stop(); });
  }
}

bool Calls::wait_until_none(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [this] { return calls_.empty(); });
}

void Calls::join() {
  pool_.join();
  const std::lock_guard lock(mutex_);
  calls_.clear();
}

std::uint64_t Calls::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace exhaust::service
