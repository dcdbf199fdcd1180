// Accounts, as exhaustctl and monitoring centres see them.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "exhaust/v1/accounts.grpc.pb.h"
#include "tests/daemon/service/tier.hpp"

namespace exhaust::service {
namespace {

using namespace exhaust::testing_tier;

class AccountsServiceTest : public testing::Test {
 protected:
  void serve() {
    // The accounts answer on a thread of their own.
    station.accounts = [this](const v1::AccountsRequest& request, const auto& answer) {
      counting = std::thread([answer, request] {
        if (request.by_hour()) return answer(fail(ErrorKind::kRefused, "these are too many hours"));
        v1::AccountsReply counted;
        counted.set_closes(true);
        counted.add_lanes()->set_station_id(request.station_id());
        answer(std::move(counted));
      });
    };
    auto settings = station.service_settings();
    settings.listen = "127.0.0.1:0";
    station.serve(settings);
  }
  ~AccountsServiceTest() override {
    if (counting.joinable()) counting.join();
  }
  grpc::Status get(const std::string& endpoint, bool by_hour = false) {
    grpc::ClientContext context;
    v1::AccountsRequest request;
    request.set_station_id("A110119001");
    request.set_by_hour(by_hour);
    return v1::Accounts::NewStub(grpc::CreateChannel(endpoint, grpc::InsecureChannelCredentials()))->Get(&context, request, &reply);
  }

  std::thread counting;
  Folder folder;
  Tier station{folder.path, "A110119001"};
  v1::AccountsReply reply;
};

TEST_F(AccountsServiceTest, AreServedOnTheLocalSocket) {
  serve();
  ASSERT_TRUE(get(station.endpoint()).ok());
  EXPECT_TRUE(reply.closes());
  EXPECT_EQ(reply.lanes(0).station_id(), "A110119001");
}

TEST_F(AccountsServiceTest, AreServedToPlatformsAndCentres) {
  serve();
  const auto port = station.io().run([&] { return station.server().port(); });
  ASSERT_TRUE(get("127.0.0.1:" + std::to_string(port)).ok());
  EXPECT_TRUE(reply.closes());
}

TEST_F(AccountsServiceTest, ARefusalSaysWhy) {
  serve();
  const auto status = get(station.endpoint(), true);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "these are too many hours");
}

}  // namespace
}  // namespace exhaust::service
