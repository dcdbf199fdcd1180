#include "daemon/quality/sanity.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>

#include "daemon/quality/stamps.hpp"

namespace exhaust::quality {

namespace {

v1::DeviceEvent event(const std::string& device, const char* word, std::string detail) {
  v1::DeviceEvent said;
  said.set_device(device);
  said.set_notice(word);
  said.set_detail(std::move(detail));
  return said;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

/// Counters of episodes stop here; nothing is decided by larger ones.
constexpr std::uint32_t kMostCounted = 1'000'000'000;
void count(std::uint32_t& counter) {
  counter = std::min(counter + 1, kMostCounted);
}

/// How far our clock and the wall's may drift apart between two readings without the wall's having been set.
constexpr std::chrono::minutes kClockSlack{1};

}  // namespace

Sanity::Sanity(const SanitySettings& settings, WallTime start)
    : settings_(settings), co2_(settings_), traffic_(settings_, start) {}

Sanity::Gases Sanity::gases_of(const v1::Plume& plume) {
  const auto given = [](bool has, double value) {
    return has && std::isfinite(value) ? std::optional(value) : std::nullopt;
  };
  return {given(plume.has_co_per_co2(), plume.co_per_co2()), given(plume.has_hc_per_co2(), plume.hc_per_co2()),
          given(plume.has_no_per_co2(), plume.no_per_co2()), given(plume.has_no2_per_co2(), plume.no2_per_co2()),
          given(plume.has_co_percent(), plume.co_percent()), given(plume.has_hc_ppm(), plume.hc_ppm()),
          given(plume.has_no_ppm(), plume.no_ppm()),         given(plume.has_no2_ppm(), plume.no2_ppm())};
}

std::vector<v1::DeviceEvent> Sanity::look(v1::Passage& passage, const std::string& device) {
  Events events;
  traffic_.count();
  if (!passage.has_plume()) return events;
  const auto& plume = passage.plume();
  look_at_sameness(gases_of(plume), device, events);
  std::string odds;
  const bool at_odds = look_at_agreement(plume, device, odds, events);
  if (plume.has_co2_excess_percent()) {
    const auto news = co2_.take(plume.co2_excess_percent());
    learnt_changed_ |= news == Co2Level::News::kNone && co2_.block_begins();
    if (news != Co2Level::News::kNone) {
      const bool drifted = news == Co2Level::News::kDrifted;
      events.push_back(event(device, "co2_drift",
                             std::string(drifted ? "began: " : "ended: ") + "plumes are " +
                                 number(co2_.ratio()) + " times as large as learnt"));
      learnt_changed_ |= !drifted;
    }
  }
  const auto name = [&](bool holds, const char* word, std::string detail) {
    if (!holds) return;
    auto& condition = *passage.add_conditions();
    condition.set_device(device);
    condition.set_state(word);
    condition.set_detail(std::move(detail));
  };
  name(stuck_, "stuck", std::to_string(same_) + " plumes in a row have the same gas values");
  name(all_zero_, "all_zero", std::to_string(zeros_) + " plumes in a row have no gas value but zero");
  name(at_odds, "ratio_mismatch", odds);
  name(co2_.drifted(), "co2_drift", "plumes are " + number(co2_.ratio()) + " times as large as learnt");
  return events;
}

void Sanity::look_at_sameness(const Gases& gases, const std::string& device, Events& events) {
  if (std::ranges::none_of(gases, [](const auto& gas) { return gas.has_value(); })) return;
  const bool zero = std::ranges::all_of(gases, [](const auto& gas) { return !gas || *gas == 0; });
  const bool same = same_ > 0 && std::ranges::equal(gases, last_, [](const auto& a, const auto& b) {
                      return a.has_value() == b.has_value() &&
                             (!a || std::bit_cast<std::uint64_t>(*a) == std::bit_cast<std::uint64_t>(*b));
                    });
  last_ = gases;
  if (!same) same_ = 0;
  count(same_);
  if (!zero)
    zeros_ = 0;
  else
    count(zeros_);

  const bool stuck =
      settings_.stuck_after > 0 && same_ >= settings_.stuck_after && !zero;  // zeros have a word of their own
  if (stuck) since_stuck_ = same_;
  if (stuck != stuck_) {
    events.push_back(event(
        device, "stuck",
        stuck ? "began: " + std::to_string(same_) + " plumes in a row have the same gas values"
              : "ended after " + std::to_string(since_stuck_) + " plumes in a row with the same gas values"));
    stuck_ = stuck;
  }
  const bool all_zero = settings_.all_zero_after > 0 && zeros_ >= settings_.all_zero_after;
  if (all_zero == all_zero_) return;
  events.push_back(event(
      device, "all_zero",
      all_zero ? "began: " + std::to_string(zeros_) + " plumes in a row have no gas value but zero" : "ended"));
  all_zero_ = all_zero;
}

/// A ratio times the unit's own CO2 must be the unit's own concentration, as far as the unit prints it.
std::optional<std::string> Sanity::mismatch(const v1::Plume& plume) const {
  if (!plume.has_co2_percent()) return std::nullopt;
  struct Gas {
    const char* quantity;
    bool given;
    double ratio, own, in_percent;
  };
  constexpr double kPpm = 1e4;
  const Gas gases[] = {
      {"co_percent", plume.has_co_per_co2() && plume.has_co_percent(), plume.co_per_co2(), plume.co_percent(),
       1},
      {"hc_ppm", plume.has_hc_per_co2() && plume.has_hc_ppm(), plume.hc_per_co2(), plume.hc_ppm(), kPpm},
      {"no_ppm", plume.has_no_per_co2() && plume.has_no_ppm(), plume.no_per_co2(), plume.no_ppm(), kPpm},
      {"no2_ppm", plume.has_no2_per_co2() && plume.has_no2_ppm(), plume.no2_per_co2(), plume.no2_ppm(), kPpm},
  };
  for (const auto& gas : gases) {
    const auto tolerance = settings_.ratio_tolerances.find(gas.quantity);
    if (!gas.given || tolerance == settings_.ratio_tolerances.end()) continue;
    const double expected = gas.ratio * plume.co2_percent() * gas.in_percent;
    const double most = tolerance->second.around(gas.own);
    if (std::abs(expected - gas.own) <= most) continue;
    return std::string(gas.quantity) + ": the ratio makes it " + number(expected) + ", the unit says " +
           number(gas.own) + ", " + number(most) + " apart are allowed";
  }
  return std::nullopt;
}

bool Sanity::look_at_agreement(const v1::Plume& plume, const std::string& device, std::string& detail,
                               Events& events) {
  if (!settings_.ratio_mismatch) return false;
  if (auto odds = mismatch(plume)) {
    detail = std::move(*odds);
    matched_ = 0;
    count(mismatched_);
    if (!mismatch_) events.push_back(event(device, "ratio_mismatch", "began: " + detail));
    mismatch_ = true;
    return true;
  }
  if (!mismatch_) return false;
  count(matched_);
  if (matched_ < settings_.clear_after) return false;
  events.push_back(event(device, "ratio_mismatch", "ended after " + std::to_string(mismatched_) + " plumes"));
  mismatch_ = false;
  matched_ = mismatched_ = 0;
  return false;
}

std::vector<v1::DeviceEvent> Sanity::adjusted() {
  Events events;
  if (co2_.learn_anew())
    events.push_back(
        event("", "co2_drift", "ended: the instrument was checked, and what is usual is learnt anew"));
  learnt_changed_ = true;
  return events;
}

std::vector<v1::DeviceEvent> Sanity::moment(MonotonicTime at, WallTime wall, bool dark) {
  Events events;
  if (dark) traffic_.spoil();
  anchor_at_ = at;
  anchor_wall_ = wall;
  if (traffic_.in_hour(wall)) return events;
  const auto since_end = wall - traffic_.hour_end();
  const auto until_begin = traffic_.hour_end() - std::chrono::hours{1} - wall;
  if (since_end >= Duration{0} && since_end < kClockSlack)
    hour_over(events);
  else if (until_begin <= Duration{0} || until_begin > kClockSlack)
    traffic_.clock_set(wall);
  return events;
}

std::optional<MonotonicTime> Sanity::due() const {
  if (anchor_at_ == MonotonicTime{}) return std::nullopt;
  return anchor_at_ + std::chrono::duration_cast<Duration>(traffic_.hour_end() - anchor_wall_);
}

std::vector<v1::DeviceEvent> Sanity::tick(bool dark) {
  Events events;
  if (dark) traffic_.spoil();
  hour_over(events);
  return events;
}

void Sanity::hour_over(Events& events) {
  std::string detail;
  const auto news = traffic_.hour_ends(detail);
  learnt_changed_ |= !detail.empty();
  if (news == TrafficProfile::News::kNone) return;
  events.push_back(event("", "traffic_unusual",
                         (news == TrafficProfile::News::kUnusual ? "began: " : "ended: ") + detail));
}

std::optional<v1::Learnt> Sanity::learnt() {
  if (!std::exchange(learnt_changed_, false)) return std::nullopt;
  v1::Learnt learnt;
  co2_.save(learnt);
  traffic_.save(learnt);
  return learnt;
}

void Sanity::restore(const v1::Learnt& learnt) {
  co2_.restore(learnt);
  traffic_.restore(learnt);
}

void Sanity::save(v1::SanityState& state) const {
  for (std::size_t i = 0; i < kGases; ++i) {
    if (!last_[i]) continue;
    state.add_gases(*last_[i]);
    state.set_has(state.has() | 1u << i);
  }
  state.set_same(same_);
  state.set_zeros(zeros_);
  state.set_since_stuck(since_stuck_);
  state.set_stuck(stuck_);
  state.set_all_zero(all_zero_);
  state.set_mismatch(mismatch_);
  state.set_matched(matched_);
  state.set_mismatched(mismatched_);
  co2_.save(state);
  traffic_.save(state);
  co2_.save(*state.mutable_learnt());
  traffic_.save(*state.mutable_learnt());
  state.set_anchor_ns(std::chrono::nanoseconds{anchor_at_.time_since_epoch()}.count());
  state.set_anchor_us(to_us(anchor_wall_));
}

void Sanity::restore(const v1::SanityState& state) {
  last_ = {};
  int next = 0;
  for (std::size_t i = 0; i < kGases; ++i) {
    if ((state.has() & 1u << i) != 0 && next < state.gases_size()) last_[i] = state.gases(next++);
  }
  same_ = std::min(state.same(), kMostCounted);
  zeros_ = std::min(state.zeros(), kMostCounted);
  since_stuck_ = state.since_stuck();
  stuck_ = state.stuck();
  all_zero_ = state.all_zero();
  mismatch_ = state.mismatch();
  matched_ = std::min(state.matched(), kMostCounted);
  mismatched_ = std::min(state.mismatched(), kMostCounted);
  co2_.restore(state);
  traffic_.restore(state);
  restore(state.learnt());
  constexpr std::int64_t kMostNs = std::int64_t{1} << 62;
  anchor_at_ =
      MonotonicTime{std::chrono::nanoseconds{std::clamp<std::int64_t>(state.anchor_ns(), 0, kMostNs)}};
  anchor_wall_ = wall_from_us(state.anchor_us());
  // Such a state was never saved; and the hour's end is to be a moment that can be computed.
  const auto left = traffic_.hour_end() - anchor_wall_;
  if (left < std::chrono::microseconds{0} || left > std::chrono::hours{2}) anchor_at_ = {};
}

}  // namespace exhaust::quality
