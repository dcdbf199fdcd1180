#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>

#include "daemon/service/house.hpp"

namespace exhaust::service {

inline grpc::Status stopping() { return {grpc::StatusCode::UNAVAILABLE, "this tier is stopping"}; }

/// Ends an rpc that was not begun.
template <class Reactor>
class Refusing final : public Reactor {
 public:
  explicit Refusing(const grpc::Status& why) { this->Finish(why); }
  void OnDone() override { delete this; }
};

/// A call with one answer: it finishes once, and is over when gRPC says so.
class UnaryCall : public Call, public grpc::ServerUnaryReactor {
 public:
  explicit UnaryCall(House& house) : Call(house.calls.executor()), house_(house) {}
  void stop() override { finish(stopping()); }

 protected:
  void finish(const grpc::Status& status) {
    if (std::exchange(finished_, true)) return;
    finishing();
    Finish(status);
  }
  virtual void finishing() {}

  House& house_;
  bool finished_ = false;

 private:
  void OnCancel() override {
    mailbox_->post([this] { finish(grpc::Status::CANCELLED); });
  }
  void OnDone() override {
    const auto box = mailbox_;  // *this may be gone before `post` returns
    box->post([this] { house_.calls.end(*this); });
  }
};

/// Hands a call (which is its own reactor) to the house; refuses the rpc when there are too many.
template <class Reactor, class TheCall>
Reactor* begin(House& house, std::unique_ptr<TheCall> call) {
  Reactor* reactor = call.get();
  if (house.calls.begin(std::move(call))) return reactor;
  return new Refusing<Reactor>({grpc::StatusCode::UNAVAILABLE, "stopping, or too many calls at a time"});
}

}  // namespace exhaust::service
