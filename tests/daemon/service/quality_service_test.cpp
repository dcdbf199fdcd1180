// Quality control, as exhaustctl sees it.
#include <gtest/gtest.h>
#include <grpcpp/grpcpp.h>

#include "exhaust/v1/quality.grpc.pb.h"
#include "tests/daemon/service/tier.hpp"

namespace exhaust::service {
namespace {

using namespace exhaust::testing_tier;

class QualityTest : public testing::Test {
 protected:
  void serve() {
    station.quality.status = [](const v1::QualityStatusRequest&, const auto& answer) {
      v1::QualityStatus said;
      said.add_lanes()->set_lane(1);
      answer(said);
    };
    station.quality.record = [](const v1::QualityRecordRequest& request, const auto& answer) {
      if (request.check().lane() != 1) return answer(fail(ErrorKind::kRefused, "this station has no lane 9"));
      v1::QualityRecorded said;
      *said.mutable_check() = request.check();
      said.set_sequence(7);
      answer(said);
    };
    station.quality.start_audit = [](const v1::AuditRequest& request, const auto& answer) {
      v1::QualityStatus said;
      *said.add_lanes()->mutable_audit() = request;
      answer(said);
    };
    station.quality.stop_audit = [](const v1::AuditStopRequest&, const auto& answer) { answer(v1::QualityStatus()); };
    auto settings = station.service_settings();
    settings.listen = "127.0.0.1:0";
    station.serve(settings);
  }
  static std::unique_ptr<v1::Quality::Stub> stub(const std::string& endpoint) {
    return v1::Quality::NewStub(grpc::CreateChannel(endpoint, grpc::InsecureChannelCredentials()));
  }
  grpc::Status record(std::uint32_t lane) {
    grpc::ClientContext context;
    v1::QualityRecordRequest request;
    request.mutable_check()->set_lane(lane);
    return stub(station.endpoint())->Record(&context, request, &recorded);
  }

  Folder folder;
  Tier station{folder.path, "A110119001"};
  v1::QualityRecorded recorded;
  v1::QualityStatus status;
};

TEST_F(QualityTest, IsServedOnTheLocalSocket) {
  serve();
  ASSERT_TRUE(record(1).ok());
  EXPECT_EQ(recorded.sequence(), 7u);
  grpc::ClientContext asking, starting, stopping;
  ASSERT_TRUE(stub(station.endpoint())->Status(&asking, {}, &status).ok());
  EXPECT_EQ(status.lanes(0).lane(), 1u);
  v1::AuditRequest audit;
  audit.set_minutes(5);
  ASSERT_TRUE(stub(station.endpoint())->StartAudit(&starting, audit, &status).ok());
  EXPECT_EQ(status.lanes(0).audit().minutes(), 5u);
  EXPECT_TRUE(stub(station.endpoint())->StopAudit(&stopping, {}, &status).ok());
}

TEST_F(QualityTest, IsNotServedToPlatformsAndCentres) {
  serve();
  const auto port = station.io().run([&] { return station.server().port(); });
  grpc::ClientContext context;
  const auto refused = stub("127.0.0.1:" + std::to_string(port))->Status(&context, {}, &status);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(QualityTest, AHubHasNone) {
  station.serve();
  EXPECT_EQ(record(1).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(QualityTest, ARefusalSaysWhy) {
  serve();
  const auto refused = record(9);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(refused.error_message(), "this station has no lane 9");
}

}  // namespace
}  // namespace exhaust::service
