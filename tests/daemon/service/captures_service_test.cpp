// Captures, as exhaustctl sees them.
#include <gtest/gtest.h>
#include <grpcpp/grpcpp.h>

#include "exhaust/v1/station.grpc.pb.h"
#include "tests/daemon/service/tier.hpp"

namespace exhaust::service {
namespace {

using namespace exhaust::testing_tier;

class CapturesTest : public testing::Test {
 protected:
  void serve() {
    station.captures.start = [](const v1::CaptureStartRequest& request, const auto& answer) {
      if (request.note() == "again") return answer(fail(ErrorKind::kRefused, "a capture runs already"));
      v1::CaptureStatus status;
      status.set_state("running");
      status.set_detail(request.actor());
      answer(status);
    };
    // The disk answers later, on a thread of its own.
    station.captures.stop = [this](const v1::CaptureStopRequest&, const auto& answer) {
      disk = std::thread([answer] {
        v1::CaptureStatus status;
        status.set_state("done");
        answer(status);
      });
    };
    station.captures.status = [](const v1::CaptureStatusRequest&, const auto&) {};  // never answers
    auto settings = station.service_settings();
    settings.listen = "127.0.0.1:0";
    station.serve(settings);
  }
  ~CapturesTest() override {
    if (disk.joinable()) disk.join();
  }
  static std::unique_ptr<v1::Captures::Stub> stub(const std::string& endpoint) {
    return v1::Captures::NewStub(grpc::CreateChannel(endpoint, grpc::InsecureChannelCredentials()));
  }
  grpc::Status start(const std::string& endpoint, const std::string& note) {
    grpc::ClientContext context;
    v1::CaptureStartRequest request;
    request.set_actor("technician");
    request.set_note(note);
    return stub(endpoint)->Start(&context, request, &reply);
  }

  std::thread disk;
  Folder folder;
  Tier station{folder.path, "A110119001"};
  v1::CaptureStatus reply;
};

TEST_F(CapturesTest, AreServedOnTheLocalSocket) {
  serve();
  ASSERT_TRUE(start(station.endpoint(), "").ok());
  EXPECT_EQ(reply.state(), "running");
  EXPECT_EQ(reply.detail(), "technician");
}

TEST_F(CapturesTest, AreNotServedToPlatformsAndCentres) {
  serve();
  const auto port = station.io().run([&] { return station.server().port(); });
  EXPECT_EQ(start("127.0.0.1:" + std::to_string(port), "").error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(CapturesTest, AHubHasNone) {
  station.serve();
  EXPECT_EQ(start(station.endpoint(), "").error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(CapturesTest, ARefusalSaysWhy) {
  serve();
  const auto status = start(station.endpoint(), "again");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "a capture runs already");
}

TEST_F(CapturesTest, AStopIsAnsweredWhenTheDiskHasIt) {
  serve();
  grpc::ClientContext context;
  ASSERT_TRUE(stub(station.endpoint())->Stop(&context, {}, &reply).ok());
  EXPECT_EQ(reply.state(), "done");
}

TEST_F(CapturesTest, AQuestionThatIsNotAnsweredEndsByItself) {
  serve();
  grpc::ClientContext context;
  EXPECT_EQ(stub(station.endpoint())->Status(&context, {}, &reply).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace exhaust::service
