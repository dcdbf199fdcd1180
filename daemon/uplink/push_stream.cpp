#include "daemon/uplink/push_stream.hpp"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "exhaust/v1/ingest.grpc.pb.h"

namespace exhaust::uplink {

namespace {

constexpr int kMessageLimit = 4 << 20;

/// A fresh connection each time: the back-off between attempts is ours, not the library's.
std::shared_ptr<grpc::Channel> connect(const std::string& endpoint) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Not shorter: platforms answer eager pings with GOAWAY too_many_pings (field-failures.md 2.2).
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetMaxReceiveMessageSize(kMessageLimit);
  arguments.SetMaxSendMessageSize(kMessageLimit);
  return grpc::CreateCustomChannel(endpoint, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

/// Reactions come on gRPC's threads and do nothing but post.
///
/// The reactor owns itself from StartCall on, and only the strand ends that: it holds the channel, and the last channel
/// of a process joins gRPC's threads, which one of these cannot survive (gRPC 1.51, CallbackAlternativeCQ).
class PushStream::Reactor final : public grpc::ClientBidiReactor<v1::PushRequest, v1::PushReply> {
 public:
  Reactor(const std::string& endpoint, std::shared_ptr<Mailbox> mailbox, Events events)
      : mailbox_(std::move(mailbox)),
        events_(std::move(events)),
        stub_(v1::Ingest::NewStub(connect(endpoint))) {}

  void start(std::shared_ptr<Reactor> self) {
    self_ = std::move(self);
    stub_->async()->Push(&context_, this);
    AddHold();  // our operations come from outside of reactions
    StartRead(&incoming_);
    StartCall();
  }

  void write(v1::PushRequest request) {
    if (!hold_) return;
    outgoing_ = std::move(request);
    StartWrite(&outgoing_);
  }

  void cancel() { context_.TryCancel(); }
  void abandon() {
    cancel();
    release();
  }

  bool close(Deadline deadline) {
    abandon();
    const bool done = done_->wait_until(deadline);
    if (done) self_.reset();  // else it stays: better a leak than a crash at the end
    return done;
  }

 private:
  /// That gRPC has made its last call; outlives the reactor.
  class Done {
   public:
    void set() {
      const std::lock_guard lock(mutex_);
      set_ = true;
      changed_.notify_all();
    }
    bool wait_until(Deadline deadline) {
      std::unique_lock lock(mutex_);
      return changed_.wait_until(lock, deadline, [this] { return set_; });
    }

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool set_ = false;
  };

  void OnReadDone(bool ok) override {
    mailbox_->post([this, ok] { read_done(ok); });
  }
  void OnWriteDone(bool ok) override {
    // After a failed write the read fails too, and ends the call.
    if (ok) mailbox_->post([this] { events_.written(); });
  }
  void OnDone(const grpc::Status& status) override {
    const auto box = mailbox_;  // *this may be gone before `post` returns
    const auto done = done_;
    box->post([this, why = status.ok() ? "the platform closed the stream" : status.error_message()] {
      const auto self = std::move(self_);
      events_.ended(why);
    });
    done->set();
  }

  void read_done(bool ok) {
    if (!ok) return release();
    if (!hold_) return;
    const v1::PushReply reply = std::exchange(incoming_, {});
    StartRead(&incoming_);
    events_.reply(reply);
  }

  /// From here on nothing may be started; OnDone follows when the reactions under way have returned.
  void release() {
    if (std::exchange(hold_, false)) RemoveHold();
  }

  const std::shared_ptr<Mailbox> mailbox_;
  const Events events_;
  const std::unique_ptr<v1::Ingest::Stub> stub_;
  grpc::ClientContext context_;
  v1::PushRequest outgoing_;
  v1::PushReply incoming_;
  bool hold_ = true;
  std::shared_ptr<Reactor> self_;
  const std::shared_ptr<Done> done_ = std::make_shared<Done>();
};

PushStream::PushStream(const std::string& endpoint, std::shared_ptr<Mailbox> mailbox, Events events)
    : reactor_(std::make_shared<Reactor>(endpoint, std::move(mailbox), std::move(events))) {
  reactor_->start(reactor_);
}

PushStream::~PushStream() { reactor_->abandon(); }

void PushStream::write(v1::PushRequest request) { reactor_->write(std::move(request)); }
void PushStream::cancel() { reactor_->cancel(); }
bool PushStream::close(Deadline deadline) { return reactor_->close(deadline); }

}  // namespace exhaust::uplink
