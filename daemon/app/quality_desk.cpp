#include "daemon/app/quality_desk.hpp"

#include <algorithm>

#include "daemon/core/log.hpp"
#include "daemon/quality/judge.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::app {

namespace {

std::string text_of(const v1::AuditRequest& audit) {
  std::string text = "lane " + std::to_string(audit.lane()) + ", " +
                     (audit.plate().empty() ? "every vehicle" : audit.plate()) + ", " +
                     std::to_string(audit.minutes()) + " min";
  for (const auto& puff : audit.puff())
    text += ", " + puff.quantity() + " " + std::to_string(puff.standard());
  return text;
}

}  // namespace

QualityDesk::QualityDesk(const Clock& clock, Pipeline& pipeline, Recorder& recorder,
                         std::vector<std::string> zero_after, Operated operated)
    : clock_(clock),
      pipeline_(pipeline),
      recorder_(recorder),
      zero_after_(std::move(zero_after)),
      operated_(std::move(operated)) {}

service::QualityCalls QualityDesk::calls() {
  return {.status = [this](const v1::QualityStatusRequest&,
                           const Answer<v1::QualityStatus>& answer) { answer(status()); },
          .record = [this](const v1::QualityRecordRequest& request,
                           const Answer<v1::QualityRecorded>& answer) { record(request, answer); },
          .start_audit = [this](const v1::AuditRequest& request,
                                const Answer<v1::QualityStatus>& answer) { start_audit(request, answer); },
          .stop_audit = [this](const v1::AuditStopRequest& request,
                               const Answer<v1::QualityStatus>& answer) { stop_audit(request, answer); }};
}

Result<void> QualityDesk::change(v1::QualityChange change, QualityEntries::Stored stored) {
  const assembly::Moment now{clock_.monotonic(), clock_.wall()};
  if (auto good = pipeline_.inspection().acceptable(change, now); !good) return good;
  recorder_.quality_changed(change, now);
  pipeline_.quality_changed(change, now, std::move(stored));
  return {};
}

void QualityDesk::record(const v1::QualityRecordRequest& request, const Answer<v1::QualityRecorded>& answer) {
  v1::QualityChange asked;
  *asked.mutable_recorded() = request.check();
  auto& check = *asked.mutable_recorded();
  if (!check.has_started_at()) *check.mutable_started_at() = records::to_timestamp(clock_.wall());
  // The desk judges as the lane does, and answers with what the lane stores.
  const auto open = std::make_shared<bool>(true);
  const auto said = [answer, open](Result<v1::QualityRecorded> reply) {
    if (std::exchange(*open, false)) answer(std::move(reply));
  };
  const auto lane = check.lane();
  const auto done = change(asked, [this, said, check, lane](const Result<Sequence>& stored) {
    if (!stored) return said(std::unexpected(stored.error()));
    v1::QualityRecorded reply;
    *reply.mutable_check() = quality::judged(check, pipeline_.inspection().tolerances(lane));
    reply.set_sequence(*stored);
    said(std::move(reply));
  });
  if (!done) return said(std::unexpected(done.error()));
  if (pipeline_.quality_entries().waiting() == 0) return;
  said(fail(ErrorKind::kStorage,
            "the ledger takes no entries now: the check counts, and is stored as soon as it does"));
}

void QualityDesk::start_audit(const v1::AuditRequest& request, const Answer<v1::QualityStatus>& answer) {
  v1::QualityChange asked;
  *asked.mutable_audit_started() = request;
  if (auto done = change(asked); !done) return answer(std::unexpected(done.error()));
  log::info("audit begins", {{"LANE", std::to_string(request.lane())}});
  v1::OperatorAction action;
  action.set_actor(request.actor());
  action.set_action("audit_start");
  action.set_detail(text_of(request));
  operated_(action, pipeline_.quality_marks(request.lane()));
  answer(status());
}

void QualityDesk::stop_audit(const v1::AuditStopRequest& request, const Answer<v1::QualityStatus>& answer) {
  v1::QualityChange asked;
  *asked.mutable_audit_stopped() = request;
  if (auto done = change(asked); !done) return answer(std::unexpected(done.error()));
  log::info("audit ends", {{"LANE", std::to_string(request.lane())}});
  v1::OperatorAction action;
  action.set_actor(request.actor());
  action.set_action("audit_stop");
  action.set_detail("lane " + std::to_string(request.lane()));
  operated_(action, pipeline_.quality_marks(request.lane()));
  answer(status());
}

ledger::Marks QualityDesk::noticed(const DeviceSettings& device, const DeviceNotice& notice) {
  if (device.lane == 0 || std::ranges::find(zero_after_, notice.word) == zero_after_.end()) return {};
  v1::QualityChange asked;
  asked.mutable_disturbed()->set_lane(device.lane);
  asked.mutable_disturbed()->set_device(device.name);
  asked.mutable_disturbed()->set_what(notice.word);
  if (!change(asked)) return {};
  return pipeline_.quality_marks(device.lane);
}

v1::QualityStatus QualityDesk::status() const {
  v1::QualityStatus status;
  const auto now = clock_.wall();
  const auto& inspection = pipeline_.inspection();
  for (const auto& account : pipeline_.accounts()) {
    const auto& control = inspection.control(static_cast<std::size_t>(status.lanes_size()));
    auto& lane = *status.add_lanes();
    lane.set_lane(account.lane);
    lane.set_line(account.line);
    *lane.mutable_state() = control.quality().at(now);
    for (auto& item : control.quality().others(now)) *lane.add_others() = std::move(item);
    if (const auto* audit = control.audit(now)) {
      *lane.mutable_audit() = audit->request();
      *lane.mutable_audit_until() = records::to_timestamp(records::to_wall_time(audit->until_us()));
    }
    lane.set_self_checks_repeated(control.self_checks_repeated());
    lane.set_waiting(pipeline_.quality_entries().waiting());
  }
  return status;
}

}  // namespace exhaust::app
