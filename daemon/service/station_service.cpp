#include "daemon/service/io_call.hpp"
#include "daemon/service/services.hpp"
#include "exhaust/v1/station.grpc.pb.h"

namespace exhaust::service {

namespace {

/// A status that takes longer is no status: the loop is stuck.
constexpr std::chrono::seconds kStatusWithin{2};

using StatusFunction = std::function<v1::StatusReply()>;
using AskedStatus = Asked<v1::StatusRequest, v1::StatusReply>;

class StationService final : public v1::Station::CallbackService {
 public:
  StationService(House& house, boost::asio::io_context& io, StatusFunction status)
      : house_(house),
        io_(io),
        status_(std::make_shared<const AskedStatus>(
            [status = std::move(status)](const v1::StatusRequest&, const auto& answer) { answer(status()); })) {}

 private:
  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext*, const v1::StatusRequest* request,
                                   v1::StatusReply* reply) override {
    auto call = std::make_unique<IoCall<v1::StatusRequest, v1::StatusReply>>(house_, io_, status_, *request, *reply, kStatusWithin);
    return service::begin<grpc::ServerUnaryReactor>(house_, std::move(call));
  }

  House& house_;
  boost::asio::io_context& io_;
  const std::shared_ptr<const AskedStatus> status_;
};

}  // namespace

std::shared_ptr<grpc::Service> make_station_service(House& house, boost::asio::io_context& io,
                                                    StatusFunction status) {
  return std::make_shared<StationService>(house, io, std::move(status));
}

}  // namespace exhaust::service
