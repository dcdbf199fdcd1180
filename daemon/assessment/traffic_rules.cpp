#include "daemon/assessment/finding.hpp"
#include "daemon/assessment/rules.hpp"

namespace exhaust::assessment::rules {

namespace {

using v1::Validity;

/// It has no exhaust: what hangs in the beam behind it is another vehicle's.
Finding plume_of_an_electric_vehicle(const Facts& facts) {
  constexpr std::string_view what = "CO2 excess behind a vehicle without exhaust";
  const auto& plume_from = facts.standard.validity.co2_excess_min_percent;
  if (!plume_from) return off(what);
  const auto excess = co2_excess_percent(facts.passage.plume());
  if (!excess) return held(what, "there is none");
  auto finding = *excess < *plume_from ? held(what, "too little for a plume")
                                       : failed(what, Validity::NEIGHBOUR_PLUME,
                                                "enough for a plume, and it can only be another vehicle's");
  finding.value = excess;
  finding.unit = "%";
  return finding;
}

}  // namespace

/// A strong plume hangs in the beam for a while; what comes right after it and is weaker may be what is left
/// of it.
Finding neighbours_plume(const Facts& facts) {
  if (facts.fuel == Fuel::kElectric) return plume_of_an_electric_vehicle(facts);
  constexpr std::string_view what = "time since the vehicle before";
  constexpr std::string_view what_before = "CO2 excess of the vehicle close before";
  constexpr std::string_view what_beside = "CO2 excess beside that of the vehicle close before";
  const auto& rules = facts.standard.validity;
  if (!rules.neighbour_before_s) return off(what);
  const auto& near = facts.passage.neighbours();
  const auto before_s = given(near.has_before_s(), near.before_s());
  if (!before_s) return not_made(what, "none is known to have gone by before");
  if (*before_s >= *rules.neighbour_before_s) {
    return compared(what, "s", *before_s, {rules.neighbour_before_s, {}}, Validity::NEIGHBOUR_PLUME);
  }
  const auto theirs = given(near.has_before_co2_excess_percent(), near.before_co2_excess_percent());
  if (!theirs) return not_made(what_before, "its plume was not measured");
  if (*theirs <= rules.neighbour_co2_excess_percent) {
    return compared(what_before, "%", *theirs, {{}, rules.neighbour_co2_excess_percent},
                    Validity::NEIGHBOUR_PLUME);
  }
  const auto ours = co2_excess_percent(facts.passage.plume());
  if (!ours) return not_made(what_beside, "it was not measured");
  return compared(what_beside, "%", *ours, {theirs, {}}, Validity::NEIGHBOUR_PLUME);
}

/// What drives into the beam before the plume was measured disturbs it, a trailer as well.
Finding clear_behind(const Facts& facts) {
  constexpr std::string_view what = "clear beam behind the vehicle";
  constexpr std::string_view what_fronts = "time to the next vehicle, front to front";
  const auto& rules = facts.standard.validity;
  if (!rules.clear_min_s && !rules.after_min_s) return off(what);
  const auto& near = facts.passage.neighbours();
  const auto clear_s = given(near.has_clear_s(), near.clear_s());
  if (rules.clear_min_s && clear_s) {
    return compared(what, "s", *clear_s, {rules.clear_min_s, {}}, Validity::TOO_CLOSE);
  }
  const auto after_s = given(near.has_after_s(), near.after_s());
  if (rules.after_min_s && after_s) {
    return compared(what_fronts, "s", *after_s, {rules.after_min_s, {}}, Validity::TOO_CLOSE);
  }
  if (after_s || clear_s) return not_made(what, "the gate does not tell what the rule needs");
  if (!facts.passage.has_neighbours()) return not_made(what, "it is not known when the next vehicle came");
  return held(what, "no vehicle came before it was measured");
}

}  // namespace exhaust::assessment::rules
