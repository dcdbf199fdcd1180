#pragma once

#include <functional>
#include <memory>

#include "daemon/core/result.hpp"
#include "daemon/ctl/options.hpp"
#include "exhaust/v1/accounts.pb.h"
#include "exhaust/v1/quality.pb.h"
#include "exhaust/v1/records.pb.h"
#include "exhaust/v1/review.pb.h"
#include "exhaust/v1/station.pb.h"

namespace exhaust::ctl {

/// Speaks with a running daemon. Errors: kDisconnected (nobody answers there), kTimeout, kRefused (it answered no).
class Client {
 public:
  static Result<Client> connect(const Options& options);
  Client(Client&&) noexcept;
  ~Client();

  Result<v1::StatusReply> status();
  Result<v1::AccountsReply> accounts(const v1::AccountsRequest& request);
  Result<v1::Record> get(const v1::GetRequest& request);
  /// Calls `on_block` for each block until it returns false, or the stream ends. No deadline: a tail may be silent.
  Result<void> subscribe(const v1::SubscribeRequest& request, const std::function<bool(const v1::RecordBlock&)>& on_block);
  Result<v1::CaptureStatus> capture_start(const v1::CaptureStartRequest& request);
  /// Waits until the file is on the disk: half a minute, whatever the time-out.
  Result<v1::CaptureStatus> capture_stop(const v1::CaptureStopRequest& request);
  Result<v1::CaptureStatus> capture_status();
  Result<v1::QualityStatus> quality_status();
  /// Waits until it is on the disk.
  Result<v1::QualityRecorded> quality_record(const v1::QualityRecordRequest& request);
  Result<v1::QualityStatus> audit_start(const v1::AuditRequest& request);
  Result<v1::QualityStatus> audit_stop(const v1::AuditStopRequest& request);
  Result<v1::ReviewReply> review(const v1::ReviewRequest& request);
  Result<v1::DeterminationsReply> determinations(const v1::DeterminationsRequest& request);
  const std::string& address() const;

 private:
  struct Stubs;
  explicit Client(std::unique_ptr<Stubs> stubs);
  std::unique_ptr<Stubs> stubs_;
};

}  // namespace exhaust::ctl
