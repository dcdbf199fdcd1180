#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace exhaust {

/// The way home for calls that arrive on foreign threads (the ledger's, gRPC's): work is carried to the
/// owner's strand, in order, until the owner closes the box; what comes later is dropped. So a callback may
/// hold the box and a raw pointer to the owner: the work runs only while the owner lives.
///
/// Threading: `post` from any thread; `close` and the work on the strand (or while its context has no other
/// thread).
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  using Strand = boost::asio::strand<boost::asio::any_io_executor>;

  explicit Mailbox(boost::asio::any_io_executor home) : strand_(Strand(std::move(home))) {}

  template <class Work>
  void post(Work work) {
    const std::lock_guard lock(mutex_);
    if (!strand_) return;
    boost::asio::post(*strand_, [box = shared_from_this(), work = std::move(work)]() mutable {
      if (!box->closed_) work();
    });
  }

  /// Lets go of the executor as well: the box may outlive the context.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    strand_.reset();
  }
  bool closed() const { return closed_; }

  /// For timers of the owner. REQUIRES: not closed.
  Strand strand() const { return *strand_; }

 private:
  std::mutex mutex_;
  std::atomic<bool> closed_{false};
  std::optional<Strand> strand_;
};

}  // namespace exhaust
