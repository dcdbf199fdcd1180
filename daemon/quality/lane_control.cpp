#include "daemon/quality/lane_control.hpp"

#include <algorithm>

#include "daemon/quality/judge.hpp"
#include "daemon/quality/stamps.hpp"

namespace exhaust::quality {

namespace {

/// A person's clock may be so far ahead of ours.
constexpr std::chrono::minutes kAhead{1};

std::uint32_t entry_of(Kind kind) {
  switch (kind) {
    case v1::QualityCheck::self_check:
      return v1::Entry::self_check;
    case v1::QualityCheck::dynamic_check:
      return v1::Entry::audit;
    default:
      return v1::Entry::calibration;
  }
}

/// After these, what the instrument's plumes look like may be another thing.
bool adjusts(const v1::QualityCheck& check) {
  return check.passed() &&
         (check.kind() == v1::QualityCheck::span || check.kind() == v1::QualityCheck::static_check ||
          check.kind() == v1::QualityCheck::verification);
}

/// The device that gave the plume of this passage; of several that could have, one that gave something.
std::string plume_device(const v1::Passage& passage, const std::vector<std::string>& plume_from) {
  if (plume_from.size() == 1) return plume_from.front();
  for (const auto& source : passage.sources()) {
    if (std::ranges::find(plume_from, source.device()) != plume_from.end()) return source.device();
  }
  return {};
}

}  // namespace

LaneControl::LaneControl(LanePlan plan, Lane lane, std::string line, WallTime start, const Past& past)
    : plan_(std::move(plan)),
      lane_(lane),
      line_(std::move(line)),
      quality_(plan_),
      sanity_(plan_.settings.sanity, start) {
  v1::QualityState state;
  if (state.ParseFromString(past.state)) {
    if (!quality_.restore(state)) quality_ = LaneQuality(plan_);
    audits_.restore(state);
  }
  v1::Learnt learnt;
  if (learnt.ParseFromString(past.learnt)) sanity_.restore(learnt);
}

SaidAll LaneControl::before(v1::Passage& passage, const std::vector<std::string>& plume_from) {
  SaidAll out;
  const auto at = to_wall(passage.detected_at());
  tell(quality_.news(at), out);
  *passage.mutable_quality_control() = quality_.at(at);
  if (audits_.of(passage) != nullptr) passage.set_purpose(v1::Passage::audit);
  tell(sanity_.look(passage, plume_device(passage, plume_from)), out);
  return out;
}

SaidAll LaneControl::after(const v1::Passage& passage) {
  SaidAll out;
  const auto* audit = passage.purpose() == v1::Passage::audit ? audits_.of(passage) : nullptr;
  if (audit == nullptr) return out;
  if (auto check = Audits::compared(*audit, passage))
    return recorded(std::move(*check), to_wall(passage.detected_at()));
  v1::DeviceEvent event;
  event.set_notice("audit_not_measured");
  event.set_detail("nothing of the puff was measured in " + passage.record_number() +
                   ": this audit says nothing");
  tell({std::move(event)}, out);
  return out;
}

Result<void> LaneControl::acceptable(const v1::QualityChange& change, WallTime now) const {
  switch (change.what_case()) {
    case v1::QualityChange::kRecorded: {
      const auto& check = change.recorded();
      if (auto good = well_formed(check, plan_.settings.tolerances); !good) return good;
      if (!check.device().empty() && !quality_.has_device(check.device())) {
        std::string names;
        for (const auto& device : plan_.devices) names += (names.empty() ? "" : ", ") + device.name;
        return fail(ErrorKind::kRefused, "lane " + std::to_string(lane_) + " has no device '" +
                                             check.device() + "': it has " + names);
      }
      if (check.has_started_at() && to_wall(check.started_at()) > now + kAhead)
        return fail(ErrorKind::kRefused, "the check lies in the future");
      return {};
    }
    case v1::QualityChange::kAuditStarted:
      if (auto good = well_formed(change.audit_started()); !good) return good;
      return audits_.may_start(now);
    case v1::QualityChange::kAuditStopped:
      return audits_.may_stop(now);
    case v1::QualityChange::kDisturbed:
      return {};
    default:
      return fail(ErrorKind::kRefused, "nothing was asked");
  }
}

SaidAll LaneControl::changed(const v1::QualityChange& change, WallTime now) {
  SaidAll out;
  switch (change.what_case()) {
    case v1::QualityChange::kRecorded:
      return recorded(change.recorded(), now);
    case v1::QualityChange::kAuditStarted:
      audits_.start(change.audit_started(), now);
      break;
    case v1::QualityChange::kAuditStopped:
      audits_.stop(now);
      break;
    case v1::QualityChange::kDisturbed:
      quality_.disturbed(change.disturbed().device(), now);
      tell(quality_.news(now), out);
      break;
    default:
      break;
  }
  return out;
}

SaidAll LaneControl::self_check(const std::string& device, bool passed, const std::string& remark,
                                WallTime at) {
  v1::QualityCheck check;
  check.set_kind(v1::QualityCheck::self_check);
  check.set_device(device);
  *check.mutable_started_at() = to_timestamp(at);
  check.set_passed_by_device(passed);
  check.set_passed(passed);
  check.set_remark(remark);
  quality_.no_later_than(at);
  if (quality_.tells_something(check)) return recorded(std::move(check), at);
  ++self_checks_repeated_;
  quality_.record(judged(std::move(check), plan_.settings.tolerances), false);
  SaidAll out;
  tell(quality_.news(at), out);
  return out;
}

SaidAll LaneControl::recorded(v1::QualityCheck check, WallTime now) {
  quality_.no_later_than(now + kAhead);
  check.set_lane(lane_);
  check.set_line(line_);
  if (!check.has_started_at()) *check.mutable_started_at() = to_timestamp(now);
  check = judged(std::move(check), plan_.settings.tolerances);
  const bool audit = check.kind() == v1::QualityCheck::dynamic_check;
  const bool failed_before = quality_.audit_failed(check.device());
  const auto last_good = quality_.last_good_audit(check.device());
  quality_.record(check);

  SaidAll out;
  out.push_back({entry_of(check.kind()), check.SerializeAsString(), state()});
  // One amendment for each time that audits of one subject begin to fail: what is measured afterwards says itself that it
  // failed.
  if (audit && !failed_before && quality_.audit_failed(check.device())) {
    auto& amendment = out.back().amends.emplace();
    amendment.set_lane(lane_);
    amendment.set_line(line_);
    if (last_good) *amendment.mutable_from() = to_timestamp(*last_good);
    *amendment.mutable_to() = to_timestamp(std::max(now, to_wall(check.started_at())));
    amendment.set_effect("invalid");
    amendment.set_reason("audit_failed");
    std::string detail;
    for (const auto& one : check.compared()) {
      if (!one.within()) detail += (detail.empty() ? "" : ", ") + one.quantity();
    }
    amendment.set_detail(detail);
  }
  if (adjusts(check)) tell(sanity_.adjusted(), out);
  tell(quality_.news(now), out);
  return out;
}

SaidAll LaneControl::moment(MonotonicTime at, WallTime wall, bool dark) {
  SaidAll out;
  tell(sanity_.moment(at, wall, dark), out);
  return out;
}

SaidAll LaneControl::tick(bool dark) {
  SaidAll out;
  tell(sanity_.tick(dark), out);
  return out;
}

void LaneControl::tell(std::vector<v1::DeviceEvent> events, SaidAll& out) const {
  for (auto& event : events) {
    event.set_lane(lane_);
    out.push_back({v1::Entry::device_event, event.SerializeAsString(), state()});
  }
}

std::optional<std::string> LaneControl::learnt() {
  const auto learnt = sanity_.learnt();
  return learnt ? std::optional(learnt->SerializeAsString()) : std::nullopt;
}

v1::QualityState LaneControl::saved() const {
  auto state = quality_.save();
  audits_.save(state);
  return state;
}

void LaneControl::save(v1::LaneState& state) const {
  *state.mutable_quality() = saved();
  sanity_.save(*state.mutable_sanity());
}

Result<void> LaneControl::restore(const v1::LaneState& state) {
  audits_.restore(state.quality());
  sanity_.restore(state.sanity());
  return quality_.restore(state.quality());
}

}  // namespace exhaust::quality
