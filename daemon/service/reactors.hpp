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

/// Hands a call (which is its own reactor) to the house; refuses the rpc when there are too many.
template <class Reactor, class TheCall>
Reactor* begin(House& house, std::unique_ptr<TheCall> call) {
  Reactor* reactor = call.get();
  if (house.calls.begin(std::move(call))) return reactor;
  return new Refusing<Reactor>({grpc::StatusCode::UNAVAILABLE, "stopping, or too many calls at a time"});
}

}  // namespace exhaust::service
