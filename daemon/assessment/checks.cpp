#include "daemon/assessment/checks.hpp"

#include <array>
#include <cmath>

#include "daemon/assessment/rules.hpp"

namespace exhaust::assessment {

namespace {

using Check = Finding (*)(const Facts&);
constexpr std::array kChecks{
    // The order of the stored reasons.
    Check{&rules::plume_seen}, &rules::plume_strength, &rules::samples, &rules::fit,
    &rules::co_slope_error, &rules::hc_slope_error, &rules::no_slope_error,
    &rules::co_range, &rules::hc_range, &rules::no_range, &rules::smoke_seen,
    &rules::neighbours_plume, &rules::clear_behind,
    &rules::speed_window, &rules::acceleration_size, &rules::acceleration_window, &rules::vsp_window,
    &rules::wind, &rules::humidity, &rules::temperature, &rules::rain,
    &rules::quality_control, &rules::device_state, &rules::plausible_data,
    &rules::clock_trusted, &rules::clock_error,
    &rules::plate_read, &rules::plate_plausible, &rules::plate_confidence,
};

}  // namespace

std::optional<double> given(bool present, double value) {
  return present && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::vector<Finding> check_all(const Facts& facts) {
  std::vector<Finding> findings;
  findings.reserve(kChecks.size());
  for (const auto check : kChecks) findings.push_back(check(facts));
  return findings;
}

}  // namespace exhaust::assessment
