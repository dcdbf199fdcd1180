#pragma once

#include <functional>

#include "daemon/app/pipeline.hpp"
#include "daemon/app/recorder.hpp"
#include "daemon/service/server.hpp"
#include "exhaust/v1/quality.pb.h"

namespace exhaust::app {

/// Where people tell the station of its lanes' quality: checks that they made, audits that begin and end; and
/// where device notices do. Whatever is accepted goes into a running capture, too, so that a replay knows it.
///
/// Threading: everything on the io thread.
class QualityDesk {
 public:
  /// `operated`: goes into the ledger, with these marks.
  using Operated = std::function<void(const v1::OperatorAction&, ledger::Marks)>;

  QualityDesk(const Clock& clock, Pipeline& pipeline, Recorder& recorder, std::vector<std::string> zero_after,
              Operated operated);

  service::QualityCalls calls();
  /// A notice of a device: one that its light was weak makes a zero due. Returns the marks for the notice's
  /// own entry.
  ledger::Marks noticed(const DeviceSettings& device, const DeviceNotice& notice);
  v1::QualityStatus status() const;

 private:
  template <class Reply>
  using Answer = std::function<void(Result<Reply>)>;

  void record(const v1::QualityRecordRequest& request, const Answer<v1::QualityRecorded>& answer);
  void start_audit(const v1::AuditRequest& request, const Answer<v1::QualityStatus>& answer);
  void stop_audit(const v1::AuditStopRequest& request, const Answer<v1::QualityStatus>& answer);
  /// Error: kRefused, and nothing has changed.
  Result<void> change(v1::QualityChange change, QualityEntries::Stored stored = {});

  const Clock& clock_;
  Pipeline& pipeline_;
  Recorder& recorder_;
  const std::vector<std::string> zero_after_;
  const Operated operated_;
};

}  // namespace exhaust::app
