#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace exhaust::modbus {

namespace asio = boost::asio;

/// The thread of one bus, and the ways there and back. Each way is a queue; its lock is held for a push or a swap, and
/// never while somebody is woken, which would wake him into the lock.
///
/// Results are brought back at `deliver`, which a job calls where it is going to wait anyway: so the io thread works
/// while the line does, and a thread that always has a next job never waits for it.
///
/// Threading: `give` and the destructor on the io thread, `bring` and `deliver` on the bus's.
class BusThread {
 public:
  using Job = std::move_only_function<void()>;

  explicit BusThread(asio::io_context& io);
  /// Waits for the job under way. Jobs and results that still wait are dropped.
  ~BusThread();
  BusThread(const BusThread&) = delete;
  BusThread& operator=(const BusThread&) = delete;

  /// Each job brings exactly one result; until then the io_context has work.
  void give(Job job);
  void bring(Job result);
  void deliver();

 private:
  void run();
  bool take_jobs();
  void await_results();
  void take_results();

  asio::posix::stream_descriptor results_ready_;  ///< an eventfd
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::size_t outstanding_ = 0;  ///< of the io thread: given, and no result taken yet
  std::vector<Job> brought_;     ///< of the bus thread: not delivered yet
  std::deque<Job> taken_;        ///< of the bus thread: to be done
  std::mutex mutex_;
  std::condition_variable job_given_;
  std::deque<Job> jobs_;
  std::vector<Job> results_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace exhaust::modbus
