#pragma once

#include <boost/asio/thread_pool.hpp>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

#include "daemon/core/mailbox.hpp"
#include "daemon/core/time.hpp"

namespace exhaust::service {

/// One rpc in progress; it lives on a strand of the pool and belongs to `Calls`.
class Call {
 public:
  explicit Call(boost::asio::any_io_executor home) : mailbox_(std::make_shared<Mailbox>(std::move(home))) {}
  virtual ~Call() { mailbox_->close(); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// The first thing on the strand.
  virtual void begin() = 0;
  /// Ends the rpc soon; this tier is stopping. On the strand.
  virtual void stop() = 0;
  /// The ledger has something new. Any thread.
  virtual void wake() {}

  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }

 protected:
  const std::shared_ptr<Mailbox> mailbox_;
};

/// All rpcs in progress, and the few threads that decode and hash for them. gRPC's own two threads only post.
///
/// Threading: all methods from any thread.
class Calls {
 public:
  /// `limit`: rpcs at a time; more are refused and counted.
  Calls(std::size_t threads, std::size_t limit);
  ~Calls();

  boost::asio::any_io_executor executor() { return pool_.get_executor(); }

  /// Takes the call over and begins it. False: stopping, or too many; the call is gone.
  bool begin(std::unique_ptr<Call> call);
  /// Destroys a call. On its strand, after OnDone, with nothing of it left in the ledger.
  void end(Call& call);
  void wake_all();

  /// No call begins any more; those in progress are told to end.
  void stop();
  bool wait_until_none(Deadline deadline);
  /// Ends the threads. What is left of the calls is destroyed. REQUIRES: gRPC does not call any more.
  void join();

  std::uint64_t refused() const;

 private:
  boost::asio::thread_pool pool_;
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Call*, std::unique_ptr<Call>> calls_;
  bool stopping_ = false;
  std::uint64_t refused_ = 0;
};

}  // namespace exhaust::service
