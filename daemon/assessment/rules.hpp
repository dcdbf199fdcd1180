#pragma once

#include "daemon/assessment/checks.hpp"

/// The rules of validity, one function each, by what they look at. A rule that its standard does not have is
/// off; one that lacks what it needs is not made, unless the standard insists. Bounds are inside.
namespace exhaust::assessment::rules {

// plume_rules.cpp
Finding plume_seen(const Facts& facts);
Finding plume_strength(const Facts& facts);
Finding samples(const Facts& facts);
Finding fit(const Facts& facts);
Finding co_slope_error(const Facts& facts);
Finding hc_slope_error(const Facts& facts);
Finding no_slope_error(const Facts& facts);
Finding co_range(const Facts& facts);
Finding hc_range(const Facts& facts);
Finding no_range(const Facts& facts);
Finding smoke_seen(const Facts& facts);
/// The peak of the plume above background: as the unit says, else of its points.
std::optional<double> co2_excess_percent(const v1::Plume& plume);

// traffic_rules.cpp
Finding neighbours_plume(const Facts& facts);
Finding clear_behind(const Facts& facts);

// driving_rules.cpp
Finding speed_window(const Facts& facts);
Finding acceleration_size(const Facts& facts);
Finding acceleration_window(const Facts& facts);
Finding vsp_window(const Facts& facts);

// station_rules.cpp
Finding wind(const Facts& facts);
Finding humidity(const Facts& facts);
Finding temperature(const Facts& facts);
Finding rain(const Facts& facts);
Finding quality_control(const Facts& facts);
Finding device_state(const Facts& facts);
Finding plausible_data(const Facts& facts);
Finding clock_trusted(const Facts& facts);
Finding clock_error(const Facts& facts);

// plate_rules.cpp
Finding plate_read(const Facts& facts);
Finding plate_plausible(const Facts& facts);
Finding plate_confidence(const Facts& facts);

}  // namespace exhaust::assessment::rules
