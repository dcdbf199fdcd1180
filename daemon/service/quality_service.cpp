#include "daemon/service/io_call.hpp"
#include "daemon/service/services.hpp"
#include "exhaust/v1/quality.grpc.pb.h"

namespace exhaust::service {

namespace {

/// A recorded check is answered when the disk has it, or the station knows that it must wait.
constexpr std::chrono::seconds kAnswerWithin{10};

class QualityService final : public v1::Quality::CallbackService {
 public:
  QualityService(House& house, boost::asio::io_context& io, QualityCalls calls)
      : house_(house), io_(io), calls_(std::make_shared<const QualityCalls>(std::move(calls))) {}

 private:
  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext*, const v1::QualityStatusRequest* request,
                                   v1::QualityStatus* reply) override {
    return ask(calls_->status, *request, *reply);
  }
  grpc::ServerUnaryReactor* Record(grpc::CallbackServerContext*, const v1::QualityRecordRequest* request,
                                   v1::QualityRecorded* reply) override {
    return ask(calls_->record, *request, *reply);
  }
  grpc::ServerUnaryReactor* StartAudit(grpc::CallbackServerContext*, const v1::AuditRequest* request,
                                       v1::QualityStatus* reply) override {
    return ask(calls_->start_audit, *request, *reply);
  }
  grpc::ServerUnaryReactor* StopAudit(grpc::CallbackServerContext*, const v1::AuditStopRequest* request,
                                      v1::QualityStatus* reply) override {
    return ask(calls_->stop_audit, *request, *reply);
  }

  template <class Request, class Reply>
  grpc::ServerUnaryReactor* ask(const Asked<Request, Reply>& asked, const Request& request, Reply& reply) {
    auto shared = std::shared_ptr<const Asked<Request, Reply>>(calls_, &asked);
    return service::begin<grpc::ServerUnaryReactor>(
        house_, std::make_unique<IoCall<Request, Reply>>(house_, io_, std::move(shared), request, reply,
                                                         kAnswerWithin));
  }

  House& house_;
  boost::asio::io_context& io_;
  const std::shared_ptr<const QualityCalls> calls_;
};

}  // namespace

std::shared_ptr<grpc::Service> make_quality_service(House& house, boost::asio::io_context& io,
                                                    QualityCalls quality) {
  return std::make_shared<QualityService>(house, io, std::move(quality));
}

}  // namespace exhaust::service
