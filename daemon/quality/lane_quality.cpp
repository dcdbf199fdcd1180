#include "daemon/quality/lane_quality.hpp"

#include <algorithm>

#include "daemon/quality/stamps.hpp"

namespace exhaust::quality {

namespace {

constexpr auto kVerification = v1::QualityCheck::verification;
constexpr auto kAudit = v1::QualityCheck::dynamic_check;

const char* in_words(v1::QualityControl::State state) {
  switch (state) {
    case v1::QualityControl::in_force:
      return "in force";
    case v1::QualityControl::overdue:
      return "overdue";
    case v1::QualityControl::failed:
      return "failed";
    default:
      return "nothing is required";
  }
}

}  // namespace

LaneQuality::LaneQuality(LanePlan plan) : plan_(std::move(plan)) {}

bool LaneQuality::has_device(const std::string& name) const {
  return std::ranges::find(plan_.devices, name, &LaneDevice::name) != plan_.devices.end();
}

const LaneQuality::Known* LaneQuality::find(Kind kind, const std::string& device) const {
  const auto found = known_.find({kind, device});
  return found == known_.end() ? nullptr : &found->second;
}

void LaneQuality::record(const v1::QualityCheck& check, bool told) {
  const auto at = to_wall(check.started_at());
  auto& known = known_[{check.kind(), check.device()}];
  if (check.passed() && (!known.last_passed || at > *known.last_passed)) known.last_passed = at;
  if (at < known.latest) return;
  known.latest = at;
  known.latest_passed = check.passed();
  if (check.kind() != v1::QualityCheck::self_check) return;
  known.remark = check.remark();
  if (told) known.told = at;
}

void LaneQuality::no_later_than(WallTime now) {
  const auto limit = [&](std::optional<WallTime>& time) {
    if (time) time = std::min(*time, now);
  };
  for (auto& [subject, known] : known_) {
    known.latest = std::min(known.latest, now);
    limit(known.last_passed);
    limit(known.told);
  }
  limit(disturbed_);
}

void LaneQuality::disturbed(const std::string& device, WallTime at) {
  disturbed_ = at;
  disturbed_by_ = device;
}

bool LaneQuality::tells_something(const v1::QualityCheck& self_check) const {
  const auto* known = find(v1::QualityCheck::self_check, self_check.device());
  if (known == nullptr || !known->told || known->latest_passed != self_check.passed() ||
      known->remark != self_check.remark())
    return true;
  const auto at = to_wall(self_check.started_at());
  return at < *known->told || at - *known->told >= plan_.settings.self_check_repeat;
}

std::optional<WallTime> LaneQuality::verified_until(const std::string& device) const {
  const auto found = std::ranges::find(plan_.devices, device, &LaneDevice::name);
  return found == plan_.devices.end() ? std::nullopt : found->verified_until;
}

bool LaneQuality::anything_known(Kind kind) const {
  if (std::ranges::any_of(known_, [&](const auto& one) { return one.first.first == kind; })) return true;
  return kind == kVerification && std::ranges::any_of(plan_.devices, [](const auto& device) {
           return device.verified_until.has_value();
         });
}

bool LaneQuality::failed(Kind kind) const {
  return std::ranges::any_of(known_, [&](const auto& one) {
    const auto& [subject, known] = one;
    return subject.first == kind && !known.latest_passed && !is_mended(kind, known);
  });
}

bool LaneQuality::is_mended(Kind kind, const Known& known) const {
  const auto* whole = find(kind, "");
  return whole != nullptr && whole->latest_passed && whole->latest >= known.latest;
}

LaneQuality::Standing LaneQuality::standing(Kind kind, const std::string& device) const {
  Standing standing;
  for (const auto* known : {find(kind, ""), find(kind, device)}) {
    if (known != nullptr && known->last_passed)
      standing.passed = std::max(standing.passed, known->last_passed);
  }
  if (standing.passed) standing.due = *standing.passed + plan_.settings.rules.at(kind).interval;
  if (kind == kVerification) standing.due = std::max(standing.due, verified_until(device));
  if (kind == v1::QualityCheck::zero && disturbed_ && standing.passed && *standing.passed < *disturbed_) {
    standing.due = std::min(standing.due, disturbed_);
  }
  return standing;
}

/// Of several devices, the one whose check is due first; never done is before all.
v1::QualityItem LaneQuality::item(Kind kind, WallTime now) const {
  std::vector<Standing> all;
  for (const auto& device : plan_.devices) {
    if (find(kind, device.name) != nullptr || (kind == kVerification && device.verified_until))
      all.push_back(standing(kind, device.name));
  }
  if (all.empty()) all.push_back(standing(kind, ""));
  const auto passed = std::ranges::min(all, {}, &Standing::passed).passed;
  const auto due = std::ranges::min(all, {}, &Standing::due).due;

  v1::QualityItem item;
  item.set_check(to_string(kind));
  item.set_state(failed(kind)          ? v1::QualityControl::failed
                 : !due || now >= *due ? v1::QualityControl::overdue
                                       : v1::QualityControl::in_force);
  if (passed) *item.mutable_last_passed() = to_timestamp(*passed);
  if (due) *item.mutable_due() = to_timestamp(*due);
  return item;
}

v1::QualityControl LaneQuality::at(WallTime now) const {
  v1::QualityControl control;
  auto state = v1::QualityControl::qc_unknown;
  for (const auto kind : all_kinds()) {
    if (!plan_.settings.rules.at(kind).required && !failed(kind)) continue;
    auto& item = *control.add_items();
    item = this->item(kind, now);
    state = std::max(state, item.state());
  }
  control.set_state(state);
  return control;
}

std::vector<v1::QualityItem> LaneQuality::others(WallTime now) const {
  std::vector<v1::QualityItem> items;
  for (const auto kind : all_kinds()) {
    const bool shown_already = plan_.settings.rules.at(kind).required || failed(kind);
    if (!shown_already && anything_known(kind)) items.push_back(item(kind, now));
  }
  return items;
}

std::optional<WallTime> LaneQuality::last_good_audit(const std::string& device) const {
  const auto* whole = find(kAudit, "");
  auto last = whole == nullptr ? std::nullopt : whole->last_passed;
  if (!device.empty()) {
    if (const auto* own = find(kAudit, device)) last = std::max(last, own->last_passed);
    return last;
  }
  if (last) return last;
  // Devices were audited one by one: until the earliest of their good ones the lane was good as a whole.
  for (const auto& [subject, known] : known_) {
    if (subject.first != kAudit || !known.last_passed) continue;
    last = last ? std::min(last, known.last_passed) : known.last_passed;
  }
  return last;
}

bool LaneQuality::audit_failed(const std::string& device) const {
  const auto* known = find(kAudit, device);
  return known != nullptr && !known->latest_passed && !is_mended(kAudit, *known);
}

std::vector<v1::DeviceEvent> LaneQuality::news(WallTime now) {
  std::vector<v1::DeviceEvent> events;
  const auto control = at(now);
  if (control.state() != told_) {
    told_ = control.state();
    std::string why;
    for (const auto& item : control.items()) {
      if (item.state() != told_ || told_ == v1::QualityControl::in_force) continue;
      why += (why.empty() ? ": " : ", ") + item.check();
      const bool by_disturbance = item.check() == to_string(v1::QualityCheck::zero) && disturbed_ &&
                                  to_wall(item.due()) == *disturbed_;
      if (by_disturbance) why += " (" + disturbed_by_ + " was disturbed)";
    }
    auto& event = events.emplace_back();
    event.set_notice("quality_control");
    event.set_detail(in_words(told_) + why);
  }
  for (const auto& device : plan_.devices) {
    if (!device.verified_until) continue;
    const auto& until = *device.verified_until;
    if (now < until - plan_.settings.verification_warning) continue;
    const bool expired = now >= until;
    auto& told = told_expiries_[device.name];
    if (told.until == until && (told.expired || !expired)) continue;
    told = {until, expired};
    auto& event = events.emplace_back();
    event.set_device(device.name);
    event.set_notice("verification");
    event.set_detail((expired ? "has ended at " : "ends at ") + to_rfc3339(until));
  }
  return events;
}

v1::QualityState LaneQuality::save() const {
  v1::QualityState state;
  for (const auto& [subject, known] : known_) {
    auto& to = *state.add_known();
    to.set_kind(subject.first);
    to.set_device(subject.second);
    to.set_latest_us(to_us(known.latest));
    to.set_latest_passed(known.latest_passed);
    if (known.last_passed) to.set_last_passed_us(to_us(*known.last_passed));
    to.set_remark(known.remark);
    if (known.told) to.set_told_us(to_us(*known.told));
  }
  if (disturbed_) state.set_disturbed_us(to_us(*disturbed_));
  state.set_disturbed_by(disturbed_by_);
  state.set_told(told_);
  for (const auto& [device, expiry] : told_expiries_) {
    auto& to = *state.add_told_expiries();
    to.set_device(device);
    to.set_until_us(to_us(expiry.until));
    to.set_expired(expiry.expired);
  }
  return state;
}

Result<void> LaneQuality::restore(const v1::QualityState& state) {
  known_.clear();
  for (const auto& known : state.known()) {
    if (std::ranges::find(all_kinds(), known.kind()) == all_kinds().end())
      return fail(ErrorKind::kDamaged, "a check of no known kind");
    if (!known.device().empty() && !has_device(known.device())) continue;
    auto& to = known_[{known.kind(), known.device()}];
    to.latest = wall_from_us(known.latest_us());
    to.latest_passed = known.latest_passed();
    if (known.has_last_passed_us()) to.last_passed = wall_from_us(known.last_passed_us());
    to.remark = known.remark();
    if (known.has_told_us()) to.told = wall_from_us(known.told_us());
  }
  disturbed_.reset();
  if (state.has_disturbed_us()) disturbed_ = wall_from_us(state.disturbed_us());
  disturbed_by_ = state.disturbed_by();
  if (!v1::QualityControl::State_IsValid(state.told()))
    return fail(ErrorKind::kDamaged, "a quality state that is none");
  told_ = state.told();
  told_expiries_.clear();
  for (const auto& expiry : state.told_expiries()) {
    if (has_device(expiry.device()))
      told_expiries_[expiry.device()] = {wall_from_us(expiry.until_us()), expiry.expired()};
  }
  return {};
}

}  // namespace exhaust::quality
