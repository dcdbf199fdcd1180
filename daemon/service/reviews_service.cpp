#include "daemon/service/io_call.hpp"
#include "daemon/service/services.hpp"
#include "exhaust/v1/review.grpc.pb.h"

namespace exhaust::service {

namespace {

using namespace std::chrono_literals;

/// Both are answered behind the disk: a review when it is committed, a list when the history has ended its batch.
constexpr Duration kAnswerWithin = 10s;

using SharedCalls = std::shared_ptr<const ReviewCalls>;

class ReviewsService final : public v1::Reviews::CallbackService {
 public:
  ReviewsService(House& house, boost::asio::io_context& io, SharedCalls calls) : house_(house), io_(io), calls_(std::move(calls)) {}

 private:
  grpc::ServerUnaryReactor* Give(grpc::CallbackServerContext*, const v1::ReviewRequest* request, v1::ReviewReply* reply) override {
    return ask_io(house_, io_, calls_, calls_->give, *request, *reply, kAnswerWithin);
  }

  House& house_;
  boost::asio::io_context& io_;
  const SharedCalls calls_;
};

class DeterminationsService final : public v1::Determinations::CallbackService {
 public:
  DeterminationsService(House& house, boost::asio::io_context& io, SharedCalls calls)
      : house_(house), io_(io), calls_(std::move(calls)) {}

 private:
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext*, const v1::DeterminationsRequest* request,
                                 v1::DeterminationsReply* reply) override {
    return ask_io(house_, io_, calls_, calls_->determinations, *request, *reply, kAnswerWithin);
  }

  House& house_;
  boost::asio::io_context& io_;
  const SharedCalls calls_;
};

}  // namespace

std::vector<std::shared_ptr<grpc::Service>> make_review_services(House& house, boost::asio::io_context& io, ReviewCalls reviews) {
  const auto calls = std::make_shared<const ReviewCalls>(std::move(reviews));
  return {std::make_shared<ReviewsService>(house, io, calls), std::make_shared<DeterminationsService>(house, io, calls)};
}

}  // namespace exhaust::service
