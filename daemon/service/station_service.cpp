#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/service/reactors.hpp"
#include "daemon/service/services.hpp"
#include "exhaust/v1/station.grpc.pb.h"

namespace exhaust::service {

namespace {

/// A status that takes longer is no status: the loop is stuck.
constexpr std::chrono::seconds kStatusWithin{2};

using StatusFunction = std::function<v1::StatusReply()>;

/// Asks on the io thread, answers from the strand.
class StatusCall final : public UnaryCall {
 public:
  StatusCall(House& house, boost::asio::io_context& io, const std::shared_ptr<const StatusFunction>& status,
             v1::StatusReply& reply)
      : UnaryCall(house),
        io_(io),
        status_(status),
        reply_(reply),
        timer_(mailbox_->strand()) {}

  void begin() override {
    timer_.expires_after(kStatusWithin);
    timer_.async_wait([this, box = mailbox_](const boost::system::error_code& error) {
      if (!error && !box->closed()) finish({grpc::StatusCode::UNAVAILABLE, "the daemon's loop does not answer"});
    });
    // The io thread may come to this after the call, or the server, has ended: then nobody is there to answer
    // to.
    boost::asio::post(io_, [this, box = mailbox_, status = std::weak_ptr(status_)] {
      const auto ask = status.lock();
      if (!ask || box->closed()) return;
      box->post([this, reply = (*ask)()]() mutable {
        if (!finished_) reply_ = std::move(reply);
        finish(grpc::Status::OK);
      });
    });
  }

 private:
  void finishing() override { timer_.cancel(); }

  boost::asio::io_context& io_;
  const std::shared_ptr<const StatusFunction> status_;
  v1::StatusReply& reply_;  ///< gRPC's, until Finish
  boost::asio::steady_timer timer_;
};

class StationService final : public v1::Station::CallbackService {
 public:
  StationService(House& house, boost::asio::io_context& io, StatusFunction status)
      : house_(house), io_(io), status_(std::make_shared<const StatusFunction>(std::move(status))) {}

 private:
  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext*, const v1::StatusRequest*,
                                   v1::StatusReply* reply) override {
    auto call = std::make_unique<StatusCall>(house_, io_, status_, *reply);
    return service::begin<grpc::ServerUnaryReactor>(house_, std::move(call));
  }

  House& house_;
  boost::asio::io_context& io_;
  const std::shared_ptr<const StatusFunction> status_;
};

}  // namespace

std::shared_ptr<grpc::Service> make_station_service(House& house, boost::asio::io_context& io,
                                                    StatusFunction status) {
  return std::make_shared<StationService>(house, io, std::move(status));
}

}  // namespace exhaust::service
