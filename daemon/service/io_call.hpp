#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

#include "daemon/service/reactors.hpp"
#include "daemon/service/server.hpp"

namespace exhaust::service {

/// A call that is answered by the io thread: puts the question there and waits on its own strand, so long and no longer.
/// A refusal is FAILED_PRECONDITION with the error's text.
template <class Request, class Reply>
class IoCall final : public UnaryCall {
 public:
  IoCall(House& house, boost::asio::io_context& io, std::shared_ptr<const Asked<Request, Reply>> asked, const Request& request,
         Reply& reply, Duration within)
      : UnaryCall(house),
        io_(io),
        asked_(std::move(asked)),
        request_(request),
        reply_(reply),
        within_(within),
        timer_(mailbox_->strand()) {}

  void begin() override {
    timer_.expires_after(within_);
    timer_.async_wait([this, box = mailbox_](const boost::system::error_code& error) {
      if (!error && !box->closed()) finish({grpc::StatusCode::UNAVAILABLE, "the daemon's loop does not answer"});
    });
    // The io thread may come to this after the call, or the server, has ended: then nobody is there to answer to.
    boost::asio::post(io_, [this, box = mailbox_, request = request_, asked = std::weak_ptr(asked_)] {
      const auto ask = asked.lock();
      if (!ask || box->closed()) return;
      (*ask)(request, [this, box](Result<Reply> answer) {
        box->post([this, answer = std::move(answer)]() mutable {
          if (finished_) return;
          if (!answer) return finish({grpc::StatusCode::FAILED_PRECONDITION, answer.error().detail});
          reply_ = std::move(*answer);
          finish(grpc::Status::OK);
        });
      });
    });
  }

 private:
  void finishing() override { timer_.cancel(); }

  boost::asio::io_context& io_;
  const std::shared_ptr<const Asked<Request, Reply>> asked_;
  const Request request_;
  Reply& reply_;  ///< gRPC's, until Finish
  const Duration within_;
  boost::asio::steady_timer timer_;
};

/// Begins a call of one of `calls`' members, which lives as long as the call.
template <class Holder, class Request, class Reply>
grpc::ServerUnaryReactor* ask_io(House& house, boost::asio::io_context& io, const std::shared_ptr<const Holder>& calls,
                                 const Asked<Request, Reply>& asked, const Request& request, Reply& reply, Duration within) {
  auto shared = std::shared_ptr<const Asked<Request, Reply>>(calls, &asked);
  return service::begin<grpc::ServerUnaryReactor>(
      house, std::make_unique<IoCall<Request, Reply>>(house, io, std::move(shared), request, reply, within));
}

}  // namespace exhaust::service
