#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/core/identity.hpp"
#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "daemon/ledger/ledger.hpp"
#include "daemon/service/service_settings.hpp"

namespace exhaust::v1 {
class StatusReply;  // exhaust/v1/station.pb.h
class CaptureStartRequest;
class CaptureStopRequest;
class CaptureStatusRequest;
class CaptureStatus;
class AccountsRequest;  // exhaust/v1/accounts.pb.h
class AccountsReply;
class ReviewRequest;  // exhaust/v1/review.pb.h
class ReviewReply;
class DeterminationsRequest;
class DeterminationsReply;
class QualityStatusRequest;  // exhaust/v1/quality.pb.h
class QualityStatus;
class QualityRecordRequest;
class QualityRecorded;
class AuditRequest;
class AuditStopRequest;
}

namespace exhaust::service {

/// A question that is put on the io thread and answered on any, once. An error's text is for the person who asked.
template <class Request, class Reply>
using Asked = std::function<void(const Request&, std::function<void(Result<Reply>)> answer)>;

/// What an operator may do with raw captures. All empty: there is nothing to capture here.
struct CaptureCalls {
  Asked<v1::CaptureStartRequest, v1::CaptureStatus> start;
  Asked<v1::CaptureStopRequest, v1::CaptureStatus> stop;
  Asked<v1::CaptureStatusRequest, v1::CaptureStatus> status;
};

/// What an operator may tell of the lanes' quality. All empty: there are no lanes here.
struct QualityCalls {
  Asked<v1::QualityStatusRequest, v1::QualityStatus> status;
  Asked<v1::QualityRecordRequest, v1::QualityRecorded> record;
  Asked<v1::AuditRequest, v1::QualityStatus> start_audit;
  Asked<v1::AuditStopRequest, v1::QualityStatus> stop_audit;
};

/// Exceedances that repeat, and a person's word on them. Both empty: not served.
struct ReviewCalls {
  Asked<v1::ReviewRequest, v1::ReviewReply> give;
  Asked<v1::DeterminationsRequest, v1::DeterminationsReply> determinations;
};

/// Answers what became of every vehicle and entry.
using AccountsCall = Asked<v1::AccountsRequest, v1::AccountsReply>;

/// What the daemon answers for. A group whose calls are empty is not served.
struct Answers {
  std::function<v1::StatusReply()> status;
  CaptureCalls captures = {};
  ReviewCalls reviews = {};
  AccountsCall accounts = {};
  QualityCalls quality = {};
};

/// What this daemon offers to others by gRPC: Records, Station and Accounts, Ingest at a hub, and grpc.health.v1; to
/// platforms and centres on `listen`, to the operator's tools on the local socket (mode 0660), where
/// reflection is served too, Captures, Quality, Reviews and Determinations.
///
/// Threading: all methods on the thread of `io`. `io` and the ledger outlive the server.
class Server {
 public:
  /// Serves at once. `answers` are called on the thread of `io`; `status` is there. Errors: kSettings, kRefused (somebody
  /// else is there).
  static Result<std::unique_ptr<Server>> start(boost::asio::io_context& io, ledger::Ledger& ledger,
                                               ServiceSettings settings, Identity identity, Answers answers);
  ~Server();  ///< stops, blocking for some seconds at most
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The TCP port that was bound, also when `listen` says port 0; 0: the local socket only.
  int port() const;
  /// Calls turned away because there were too many, or at the end; since the start.
  std::uint64_t refused_calls() const;
  /// grpc.health.v1 by name; the daemon as a whole is "". Unknown names answer NOT_FOUND.
  void set_health(const std::string& name, bool serving);

  /// Health says NOT_SERVING, calls in progress are ended, the rest is cut off at `deadline`. Blocks a helper
  /// thread; `done` is called on the thread of `io`. Once.
  void stop(Deadline deadline, std::function<void()> done);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace exhaust::service
