#include "daemon/quality/audit.hpp"

#include <algorithm>
#include <cmath>

#include "daemon/core/plate.hpp"
#include "daemon/quality/stamps.hpp"

namespace exhaust::quality {

namespace {

std::optional<double> finite(bool present, double value) {
  return present && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// As it was judged: from the plume's points where those were used.
std::optional<double> ratio(bool has_slope, const v1::Slope& slope, bool has_own, double own) {
  return has_slope ? finite(true, slope.ratio()) : finite(has_own, own);
}

std::optional<double> measured(const v1::Passage& passage, std::string_view quantity) {
  const auto& plume = passage.plume();
  const auto& smoke = passage.smoke();
  const auto& derived = passage.assessment();
  if (quantity == "co_per_co2")
    return ratio(derived.has_co_slope(), derived.co_slope(), plume.has_co_per_co2(), plume.co_per_co2());
  if (quantity == "hc_per_co2")
    return ratio(derived.has_hc_slope(), derived.hc_slope(), plume.has_hc_per_co2(), plume.hc_per_co2());
  if (quantity == "no_per_co2")
    return ratio(derived.has_no_slope(), derived.no_slope(), plume.has_no_per_co2(), plume.no_per_co2());
  if (quantity == "no2_per_co2")
    return ratio(derived.has_no2_slope(), derived.no2_slope(), plume.has_no2_per_co2(), plume.no2_per_co2());
  if (quantity == "opacity_percent") return finite(smoke.has_opacity_percent(), smoke.opacity_percent());
  if (quantity == "k_per_m") return finite(smoke.has_k_per_m(), smoke.k_per_m());
  return std::nullopt;
}

}  // namespace

const v1::AuditState* Audits::running(WallTime now) const {
  if (audits_.empty()) return nullptr;
  const auto& last = audits_.back();
  return to_us(now) < last.until_us() ? &last : nullptr;
}

Result<void> Audits::may_start(WallTime now) const {
  if (const auto* one = running(now)) {
    return fail(ErrorKind::kRefused, "an audit runs on this lane until " +
                                         to_rfc3339(wall_from_us(one->until_us())) + ": stop it first");
  }
  return {};
}

void Audits::start(const v1::AuditRequest& request, WallTime now) {
  auto& audit = audits_.emplace_back();
  *audit.mutable_request() = request;
  audit.set_from_us(to_us(now));
  audit.set_until_us(to_us(now + std::chrono::minutes{std::min(request.minutes(), 24u * 60)}));
  if (audits_.size() > kMostKept) audits_.pop_front();
}

Result<void> Audits::may_stop(WallTime now) const {
  if (running(now) == nullptr) return fail(ErrorKind::kRefused, "no audit runs on this lane");
  return {};
}

void Audits::stop(WallTime now) {
  if (running(now) != nullptr) audits_.back().set_until_us(to_us(now));
}

const v1::AuditRequest* Audits::of(const v1::Passage& passage) const {
  const auto at = to_us(to_wall(passage.detected_at()));
  const auto found = std::ranges::find_if(audits_, [&](const auto& audit) {
    if (at < audit.from_us() || at >= audit.until_us()) return false;
    const auto& plate = audit.request().plate();
    return plate.empty() || (passage.has_plate() && !passage.plate().text().empty() &&
                             parse_plate(plate, "unknown").text == passage.plate().text());
  });
  return found == audits_.end() ? nullptr : &found->request();
}

std::optional<v1::QualityCheck> Audits::compared(const v1::AuditRequest& audit, const v1::Passage& passage) {
  v1::QualityCheck check;
  check.set_kind(v1::QualityCheck::dynamic_check);
  check.set_line(passage.line());
  check.set_lane(passage.lane());
  *check.mutable_started_at() = passage.detected_at();
  check.set_actor(audit.actor());
  check.set_organisation(audit.organisation());
  check.set_inspector(audit.inspector());
  check.set_gas_class(audit.gas_class());
  check.set_record_number(passage.record_number());
  if (passage.has_speed_km_h()) check.set_speed_km_h(passage.speed_km_h());
  std::string missing;
  for (const auto& puff : audit.puff()) {
    const auto value = measured(passage, puff.quantity());
    if (!value) {
      missing += (missing.empty() ? "not measured: " : ", ") + puff.quantity();
      continue;
    }
    auto& one = *check.add_compared();
    one.set_quantity(puff.quantity());
    one.set_standard(puff.standard());
    one.set_measured(*value);
  }
  check.set_remark(missing);  // nothing follows from what was not measured
  return check.compared().empty() ? std::nullopt : std::optional(std::move(check));
}

void Audits::save(v1::QualityState& state) const {
  for (const auto& audit : audits_) *state.add_audits() = audit;
}

void Audits::restore(const v1::QualityState& state) {
  audits_.assign(state.audits().begin(), state.audits().end());
  while (audits_.size() > kMostKept) audits_.pop_front();
}

}  // namespace exhaust::quality
