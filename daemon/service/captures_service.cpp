#include "daemon/service/io_call.hpp"
#include "daemon/service/services.hpp"
#include "exhaust/v1/station.grpc.pb.h"

namespace exhaust::service {

namespace {

using namespace std::chrono_literals;

constexpr Duration kAnswerWithin = 2s;
/// A stop is answered when the file is on the disk.
constexpr Duration kStopWithin = 30s;

class CapturesService final : public v1::Captures::CallbackService {
 public:
  CapturesService(House& house, boost::asio::io_context& io, CaptureCalls calls)
      : house_(house), io_(io), calls_(std::make_shared<const CaptureCalls>(std::move(calls))) {}

 private:
  grpc::ServerUnaryReactor* Start(grpc::CallbackServerContext*, const v1::CaptureStartRequest* request,
                                  v1::CaptureStatus* reply) override {
    return ask(calls_->start, *request, *reply, kAnswerWithin);
  }
  grpc::ServerUnaryReactor* Stop(grpc::CallbackServerContext*, const v1::CaptureStopRequest* request,
                                 v1::CaptureStatus* reply) override {
    return ask(calls_->stop, *request, *reply, kStopWithin);
  }
  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext*, const v1::CaptureStatusRequest* request,
                                   v1::CaptureStatus* reply) override {
    return ask(calls_->status, *request, *reply, kAnswerWithin);
  }

  template <class Request>
  grpc::ServerUnaryReactor* ask(const Asked<Request, v1::CaptureStatus>& asked, const Request& request,
                                v1::CaptureStatus& reply, Duration within) {
    return ask_io(house_, io_, calls_, asked, request, reply, within);
  }

  House& house_;
  boost::asio::io_context& io_;
  const std::shared_ptr<const CaptureCalls> calls_;
};

}  // namespace

std::shared_ptr<grpc::Service> make_captures_service(House& house, boost::asio::io_context& io, CaptureCalls captures) {
  return std::make_shared<CapturesService>(house, io, std::move(captures));
}

}  // namespace exhaust::service
