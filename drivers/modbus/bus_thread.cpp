#include "drivers/modbus/bus_thread.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

namespace exhaust::modbus {

namespace {

int make_event() {
  const int descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return descriptor;
}

}  // namespace

BusThread::BusThread(asio::io_context& io) : results_ready_(io, make_event()), thread_([this] { run(); }) {}

BusThread::~BusThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;  // under the lock, or the thread might look before and wait after
  }
  job_given_.notify_one();
  thread_.join();
}

void BusThread::give(Job job) {
  if (++outstanding_ == 1) await_results();
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  job_given_.notify_one();
}

void BusThread::bring(Job result) { brought_.push_back(std::move(result)); }

void BusThread::deliver() {
  if (brought_.empty()) return;
  bool first;
  {
    const std::lock_guard lock(mutex_);
    first = results_.empty();
    results_.insert(results_.end(), std::make_move_iterator(brought_.begin()), std::make_move_iterator(brought_.end()));
  }
  brought_.clear();
  const std::uint64_t one = 1;
  // It can only fail when the counter is full, and then the io thread is being woken already.
  if (first && ::write(results_ready_.native_handle(), &one, sizeof(one)) < 0) return;
}

/// All that were given, at once: so the two threads seldom meet at the lock. False when there are none.
bool BusThread::take_jobs() {
  const std::lock_guard lock(mutex_);
  taken_.swap(jobs_);
  return !taken_.empty();
}

void BusThread::run() {
  while (!stopping_) {
    if (taken_.empty() && !take_jobs()) {
      deliver();
      std::unique_lock lock(mutex_);
      job_given_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      continue;
    }
    auto job = std::move(taken_.front());
    taken_.pop_front();
    job();
  }
}

void BusThread::await_results() {
  results_ready_.async_wait(asio::posix::stream_descriptor::wait_read,
                            [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
                              if (!error && !alive.expired()) take_results();
                            });
}

void BusThread::take_results() {
  std::uint64_t count = 0;
  // What is read does not matter: the queue is looked at afterwards.
  if (::read(results_ready_.native_handle(), &count, sizeof(count)) < 0 && errno != EAGAIN) return;
  std::vector<Job> results;
  {
    const std::lock_guard lock(mutex_);
    results.swap(results_);
  }
  outstanding_ -= results.size();
  // Before they run: one of them may be the last thing that happens to this object.
  if (outstanding_ > 0) await_results();
  for (auto& result : results) result();
}

}  // namespace exhaust::modbus
