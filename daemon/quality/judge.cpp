#include "daemon/quality/judge.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "daemon/core/words.hpp"

namespace exhaust::quality {

namespace {

constexpr int kMostCompared = 32;
// Widths of the national dictionary are bytes of the platform's own encoding; these bound ours.
constexpr std::size_t kMostRemark = 600, kMostName = 300, kMostClass = 16, kMostRecordNumber = 30;

std::unexpected<Error> refused(std::string why) {
  return fail(ErrorKind::kRefused, std::move(why));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Result<void> known_quantity(const std::string& said, const std::vector<std::string>& known) {
  if (std::ranges::find(known, said) != known.end()) return {};
  const auto nearest = nearest_word(said, known);
  return refused("'" + said + "' is not a quantity that can be compared here" +
                 (nearest ? "; did you mean '" + *nearest + "'?" : ": expected one of " + joined(known)));
}

Result<void> comparisons(const google::protobuf::RepeatedPtrField<v1::Compared>& compared,
                         const std::vector<std::string>& known) {
  if (compared.size() > kMostCompared)
    return refused("more than " + std::to_string(kMostCompared) + " comparisons in one check");
  std::set<std::string> seen;
  for (const auto& one : compared) {
    if (auto found = known_quantity(one.quantity(), known); !found) return found;
    if (!seen.insert(one.quantity()).second) return refused("'" + one.quantity() + "' is given twice");
    if (!one.has_standard() || !std::isfinite(one.standard()))
      return refused("'" + one.quantity() + "' has no standard value to compare with");
    if (one.has_measured() && !std::isfinite(one.measured()))
      return refused("the measured value of '" + one.quantity() + "' is not a number");
  }
  return {};
}

Result<void> no_longer(const std::string& text, std::size_t most, const char* what) {
  if (text.size() <= most) return {};
  return refused(std::string(what) + " is longer than " + std::to_string(most) + " bytes");
}

Result<void> names(const auto& said) {
  for (const auto& [text, most, what] : {std::tuple{said.organisation(), kMostName, "the organisation"},
                                         std::tuple{said.inspector(), kMostName, "the inspector's name"},
                                         std::tuple{said.gas_class(), kMostClass, "the gas class"},
                                         std::tuple{said.actor(), kMostName, "the actor's name"}}) {
    if (auto fits = no_longer(text, most, what); !fits) return fits;
  }
  return {};
}

}  // namespace

v1::QualityCheck judged(v1::QualityCheck check, const Tolerances& tolerances) {
  bool said = check.has_passed_by_device() || check.has_passed_by_inspector();
  bool passed = (!check.has_passed_by_device() || check.passed_by_device()) &&
                (!check.has_passed_by_inspector() || check.passed_by_inspector());
  for (auto& one : *check.mutable_compared()) {
    said = true;
    one.clear_tolerance();
    one.set_within(false);
    const auto rule = tolerances.find(one.quantity());
    if (rule != tolerances.end() && one.has_standard()) {
      const double tolerance = rule->second.around(one.standard());
      one.set_tolerance(tolerance);
      // A value on the bound is within, also when the bound is no binary fraction: 5.5 is 10 % from 5.
      constexpr double kLastDigits = 1e-12;
      const double slack = kLastDigits * (std::abs(one.standard()) + std::abs(one.measured()));
      one.set_within(one.has_measured() && std::abs(one.measured() - one.standard()) <= tolerance + slack);
    }
    passed = passed && one.within();
  }
  check.set_passed(said && passed);
  return check;
}

Result<void> well_formed(const v1::QualityCheck& check, const Tolerances& tolerances) {
  if (std::ranges::find(all_kinds(), check.kind()) == all_kinds().end())
    return refused("the check is of no known kind");
  std::vector<std::string> known;
  for (const auto& [name, tolerance] : tolerances) known.push_back(name);
  if (auto good = comparisons(check.compared(), known); !good) return good;
  if (check.compared().empty() && !check.has_passed_by_device() && !check.has_passed_by_inspector()) {
    return refused(
        "nothing says whether it passed: give what was compared, as quantity=standard/measured, or the "
        "inspector's word");
  }
  if (auto fits = no_longer(check.remark(), kMostRemark, "the remark"); !fits) return fits;
  if (auto fits = no_longer(check.record_number(), kMostRecordNumber, "the record number"); !fits)
    return fits;
  if (check.has_speed_km_h() && !(check.speed_km_h() >= 0 && check.speed_km_h() <= 300))
    return refused("the speed is not from 0 to 300 km/h");
  return names(check);
}

Result<void> well_formed(const v1::AuditRequest& audit) {
  if (audit.puff().empty())
    return refused("an audit needs what the puff holds: " + joined(puff_quantities()));
  if (auto good = comparisons(audit.puff(), puff_quantities()); !good) return good;
  if (audit.minutes() < 1 || audit.minutes() > 24 * 60)
    return refused("an audit lasts from 1 minute to 24 hours");
  if (auto fits = no_longer(audit.plate(), 40, "the plate"); !fits) return fits;
  return names(audit);
}

const std::vector<std::string>& puff_quantities() {
  static const std::vector<std::string> all{"co_per_co2",  "hc_per_co2",      "no_per_co2",
                                            "no2_per_co2", "opacity_percent", "k_per_m"};
  return all;
}

}  // namespace exhaust::quality
