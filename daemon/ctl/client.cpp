#include "daemon/ctl/client.hpp"

#include <grpcpp/grpcpp.h>

#include <algorithm>

#include "daemon/settings/settings.hpp"
#include "exhaust/v1/accounts.grpc.pb.h"
#include "exhaust/v1/quality.grpc.pb.h"
#include "exhaust/v1/records.grpc.pb.h"
#include "exhaust/v1/review.grpc.pb.h"
#include "exhaust/v1/station.grpc.pb.h"

namespace exhaust::ctl {

struct Client::Stubs {
  std::string address;
  std::chrono::milliseconds timeout;
  std::unique_ptr<v1::Records::Stub> records;
  std::unique_ptr<v1::Station::Stub> station;
  std::unique_ptr<v1::Captures::Stub> captures;
  std::unique_ptr<v1::Reviews::Stub> reviews;
  std::unique_ptr<v1::Determinations::Stub> determinations;
  std::unique_ptr<v1::Accounts::Stub> accounts;
  std::unique_ptr<v1::Quality::Stub> quality;

  void limit(grpc::ClientContext& context) const {
    context.set_deadline(std::chrono::system_clock::now() + timeout);
  }
  /// One question with the usual deadline.
  template <class Stub, class Request, class Reply>
  Result<Reply> ask(Stub& stub, grpc::Status (Stub::*call)(grpc::ClientContext*, const Request&, Reply*), const Request& request) const {
    grpc::ClientContext context;
    limit(context);
    Reply reply;
    const auto status = (stub.*call)(&context, request, &reply);
    if (!status.ok()) return std::unexpected(error(status));
    return reply;
  }
  Error error(const grpc::Status& status) const {
    switch (status.error_code()) {
      case grpc::StatusCode::UNAVAILABLE:
        return {ErrorKind::kDisconnected, "no daemon answers at " + address + ": is exhaustd running, and may you read its socket?"};
      case grpc::StatusCode::DEADLINE_EXCEEDED:
        return {ErrorKind::kTimeout, "the daemon at " + address + " did not answer in time"};
      case grpc::StatusCode::UNIMPLEMENTED:
        return {ErrorKind::kRefused, "the daemon at " + address + " does not do this: a hub has no devices, and a station does it on its local socket only"};
      default: return {ErrorKind::kRefused, status.error_message()};
    }
  }
};

Client::Client(std::unique_ptr<Stubs> stubs) : stubs_(std::move(stubs)) {}
Client::Client(Client&&) noexcept = default;
Client::~Client() = default;
const std::string& Client::address() const { return stubs_->address; }

Result<Client> Client::connect(const Options& options) {
  auto stubs = std::make_unique<Stubs>();
  stubs->timeout = options.timeout;
  if (!options.address.empty()) {
    stubs->address = options.address;
  } else if (!options.socket.empty()) {
    stubs->address = "unix:" + options.socket;
  } else {
    const auto settings = settings::read_settings(options.config);
    if (!settings) {
      return fail(ErrorKind::kSettings, settings.error().detail +
                                            "\n(the daemon's settings tell where its socket is; or give --socket PATH or --address HOST:PORT)");
    }
    stubs->address = "unix:" + settings->service.socket.string();
  }
  const auto channel = grpc::CreateChannel(stubs->address, grpc::InsecureChannelCredentials());
  stubs->records = v1::Records::NewStub(channel);
  stubs->station = v1::Station::NewStub(channel);
  stubs->captures = v1::Captures::NewStub(channel);
  stubs->reviews = v1::Reviews::NewStub(channel);
  stubs->determinations = v1::Determinations::NewStub(channel);
  stubs->accounts = v1::Accounts::NewStub(channel);
  stubs->quality = v1::Quality::NewStub(channel);
  return Client(std::move(stubs));
}

Result<v1::StatusReply> Client::status() {
  grpc::ClientContext context;
  stubs_->limit(context);
  v1::StatusReply reply;
  const auto status = stubs_->station->Status(&context, {}, &reply);
  if (!status.ok()) return std::unexpected(stubs_->error(status));
  return reply;
}

Result<v1::AccountsReply> Client::accounts(const v1::AccountsRequest& request) {
  grpc::ClientContext context;
  stubs_->limit(context);
  v1::AccountsReply reply;
  const auto status = stubs_->accounts->Get(&context, request, &reply);
  if (!status.ok()) return std::unexpected(stubs_->error(status));
  return reply;
}

Result<v1::Record> Client::get(const v1::GetRequest& request) {
  grpc::ClientContext context;
  stubs_->limit(context);
  v1::Record record;
  const auto status = stubs_->records->Get(&context, request, &record);
  if (!status.ok()) return std::unexpected(stubs_->error(status));
  return record;
}

Result<void> Client::subscribe(const v1::SubscribeRequest& request, const std::function<bool(const v1::RecordBlock&)>& on_block) {
  // A stream has no deadline, but a daemon that is stuck must not hold us: it answers a question first.
  if (auto answers = status(); !answers) return std::unexpected(answers.error());
  grpc::ClientContext context;
  auto reader = stubs_->records->Subscribe(&context, request);
  v1::RecordBlock block;
  while (reader->Read(&block)) {
    if (on_block(block)) continue;
    context.TryCancel();
    reader->Finish();
    return {};
  }
  const auto status = reader->Finish();
  if (!status.ok()) return std::unexpected(stubs_->error(status));
  return {};
}

Result<v1::CaptureStatus> Client::capture_start(const v1::CaptureStartRequest& request) {
  grpc::ClientContext context;
  stubs_->limit(context);
  v1::CaptureStatus reply;
  const auto status = stubs_->captures->Start(&context, request, &reply);
  if (!status.ok()) return std::unexpected(stubs_->error(status));
  return reply;
}

Result<v1::CaptureStatus> Client::capture_stop(const v1::CaptureStopRequest& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::max(stubs_->timeout, std::chrono::milliseconds{30'000}));
  v1::CaptureStatus reply;
  const auto status = stubs_->captures->Stop(&context, request, &reply);
  if (!status.ok()) return std::unexpected(stubs_->error(status));
  return reply;
}

Result<v1::ReviewReply> Client::review(const v1::ReviewRequest& request) {
  grpc::ClientContext context;
  stubs_->limit(context);
  v1::ReviewReply reply;
  const auto status = stubs_->reviews->Give(&context, request, &reply);
  if (!status.ok()) return std::unexpected(stubs_->error(status));
  return reply;
}

Result<v1::DeterminationsReply> Client::determinations(const v1::DeterminationsRequest& request) {
  grpc::ClientContext context;
  stubs_->limit(context);
  v1::DeterminationsReply reply;
  const auto status = stubs_->determinations->List(&context, request, &reply);
  if (!status.ok()) return std::unexpected(stubs_->error(status));
  return reply;
}

Result<v1::CaptureStatus> Client::capture_status() {
  grpc::ClientContext context;
  stubs_->limit(context);
  v1::CaptureStatus reply;
  const auto status = stubs_->captures->Status(&context, {}, &reply);
  if (!status.ok()) return std::unexpected(stubs_->error(status));
  return reply;
}

Result<v1::QualityStatus> Client::quality_status() {
  return stubs_->ask(*stubs_->quality, &v1::Quality::Stub::Status, v1::QualityStatusRequest());
}

Result<v1::QualityRecorded> Client::quality_record(const v1::QualityRecordRequest& request) {
  return stubs_->ask(*stubs_->quality, &v1::Quality::Stub::Record, request);
}

Result<v1::QualityStatus> Client::audit_start(const v1::AuditRequest& request) {
  return stubs_->ask(*stubs_->quality, &v1::Quality::Stub::StartAudit, request);
}

Result<v1::QualityStatus> Client::audit_stop(const v1::AuditStopRequest& request) {
  return stubs_->ask(*stubs_->quality, &v1::Quality::Stub::StopAudit, request);
}

}  // namespace exhaust::ctl
