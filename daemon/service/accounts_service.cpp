#include "daemon/service/io_call.hpp"
#include "daemon/service/services.hpp"
#include "exhaust/v1/accounts.grpc.pb.h"

namespace exhaust::service {

namespace {

/// The accounts may first have to count what has come in meanwhile.
constexpr std::chrono::seconds kAnswerWithin{5};

class AccountsService final : public v1::Accounts::CallbackService {
 public:
  AccountsService(House& house, boost::asio::io_context& io, AccountsCall accounts)
      : house_(house), io_(io), accounts_(std::make_shared<const AccountsCall>(std::move(accounts))) {}

 private:
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext*, const v1::AccountsRequest* request,
                                v1::AccountsReply* reply) override {
    using Call = IoCall<v1::AccountsRequest, v1::AccountsReply>;
    return service::begin<grpc::ServerUnaryReactor>(
        house_, std::make_unique<Call>(house_, io_, accounts_, *request, *reply, kAnswerWithin));
  }

  House& house_;
  boost::asio::io_context& io_;
  const std::shared_ptr<const AccountsCall> accounts_;
};

}  // namespace

std::shared_ptr<grpc::Service> make_accounts_service(House& house, boost::asio::io_context& io, AccountsCall accounts) {
  return std::make_shared<AccountsService>(house, io, std::move(accounts));
}

}  // namespace exhaust::service
