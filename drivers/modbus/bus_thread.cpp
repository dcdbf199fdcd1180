#include "drivers/modbus/bus_thread.hpp"

#include <poll.h>
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
    stopping_ = true;
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

void BusThread::deliver_unless_readable_soon(int descriptor) {
  if (brought_.empty()) return;
  const bool more = [this] {
    const std::lock_guard lock(mutex_);
    return !jobs_.empty();
  }();
  pollfd line{descriptor, POLLIN, 0};
  if (!more || ::poll(&line, 1, static_cast<int>(kCompany.count())) <= 0) deliver();
}

void BusThread::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (jobs_.empty()) {
      lock.unlock();
      deliver();
      lock.lock();
      job_given_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      continue;
    }
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
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
