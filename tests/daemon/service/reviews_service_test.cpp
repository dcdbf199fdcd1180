// Reviews and determinations, as exhaustctl sees them.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "exhaust/v1/review.grpc.pb.h"
#include "tests/daemon/service/tier.hpp"

namespace exhaust::service {
namespace {

using namespace exhaust::testing_tier;

class ReviewsServiceTest : public testing::Test {
 protected:
  void serve() {
    station.reviews.give = [](const v1::ReviewRequest& request, const auto& answer) {
      if (request.sequence() == 0) return answer(fail(ErrorKind::kRefused, "there is no entry 0"));
      v1::ReviewReply given;
      given.set_sequence(request.sequence() + 1);
      answer(given);
    };
    station.reviews.determinations = [](const v1::DeterminationsRequest& request, const auto& answer) {
      v1::DeterminationsReply list;
      list.add_determinations()->mutable_determination()->set_plate(request.plate());
      answer(list);
    };
    auto settings = station.service_settings();
    settings.listen = "127.0.0.1:0";
    station.serve(settings);
  }
  static std::shared_ptr<grpc::Channel> channel(const std::string& endpoint) {
    return grpc::CreateChannel(endpoint, grpc::InsecureChannelCredentials());
  }
  grpc::Status give(const std::string& endpoint, std::uint64_t sequence) {
    grpc::ClientContext context;
    v1::ReviewRequest request;
    request.set_sequence(sequence);
    return v1::Reviews::NewStub(channel(endpoint))->Give(&context, request, &reply);
  }

  Folder folder;
  Tier station{folder.path, "A110119001"};
  v1::ReviewReply reply;
};

TEST_F(ReviewsServiceTest, AreServedOnTheLocalSocketAlone) {
  serve();
  ASSERT_TRUE(give(station.endpoint(), 4).ok());
  EXPECT_EQ(reply.sequence(), 5u);
  const auto port = station.io().run([&] { return station.server().port(); });
  EXPECT_EQ(give("127.0.0.1:" + std::to_string(port), 4).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ReviewsServiceTest, ARefusalIsASentence) {
  serve();
  const auto status = give(station.endpoint(), 0);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "there is no entry 0");
}

TEST_F(ReviewsServiceTest, DeterminationsAreListed) {
  serve();
  grpc::ClientContext context;
  v1::DeterminationsRequest request;
  request.set_plate("京A12345");
  v1::DeterminationsReply list;
  ASSERT_TRUE(v1::Determinations::NewStub(channel(station.endpoint()))->List(&context, request, &list).ok());
  ASSERT_EQ(list.determinations_size(), 1);
  EXPECT_EQ(list.determinations(0).determination().plate(), "京A12345");
}

}  // namespace
}  // namespace exhaust::service
