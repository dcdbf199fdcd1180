#include "daemon/settings/quality_table.hpp"

#include <charconv>

namespace exhaust::settings {

namespace {

using namespace std::chrono_literals;

/// These are on the wall clock, in microseconds.
void wall_duration(TableReader& table, std::string_view key, std::chrono::microseconds& value, Duration least,
                   Duration most) {
  Duration duration = value;
  table.duration(key, duration, least, most);
  value = std::chrono::duration_cast<std::chrono::microseconds>(duration);
}

void read_tolerances(TableReader& table, quality::Tolerances& tolerances) {
  for (auto& [quantity, tolerance] : tolerances) {
    table.table(quantity, [&tolerance](TableReader& one) {
      tolerance = {};  // what is not said is not allowed
      one.number("share", tolerance.share, 0, 1);
      one.number("absolute", tolerance.absolute, 0, 1e6);
      if (!one.has("share") && !one.has("absolute"))
        one.require("absolute", "share (of the standard value), absolute, or both: the larger counts");
    });
  }
}

void read_sanity(TableReader& table, quality::SanitySettings& sanity) {
  table.integer("stuck_after", sanity.stuck_after, 0, 1'000'000);
  if (sanity.stuck_after == 1)
    table.mistake("stuck_after", "one plume is always the same as itself: expected 2 or more, or 0 for off");
  table.integer("all_zero_after", sanity.all_zero_after, 0, 1'000'000);
  table.integer("clear_after", sanity.clear_after, 1, 1'000'000);
  table.flag("ratio_mismatch", sanity.ratio_mismatch);
  table.table("ratio_tolerance",
              [&](TableReader& inner) { read_tolerances(inner, sanity.ratio_tolerances); });
  table.number("co2_drift_factor", sanity.co2_drift_factor, 0, 1000);
  table.integer("co2_block", sanity.co2_block, 5, 10'000);
  table.integer("co2_learn_blocks", sanity.co2_learn_blocks, 1, 100);
  table.number("traffic_factor", sanity.traffic_factor, 0, 1000);
  for (const auto& [key, factor] : {std::pair{"co2_drift_factor", sanity.co2_drift_factor},
                                    std::pair{"traffic_factor", sanity.traffic_factor}}) {
    if (factor > 0 && factor <= 1) table.mistake(key, "expected more than 1, or 0 for off");
  }
  table.integer("traffic_least", sanity.traffic_least, 1, 100'000);
  table.integer("traffic_weeks", sanity.traffic_weeks, 1, 8);
}

/// "2027-03-31"; absent: not one.
std::optional<std::chrono::year_month_day> day_in(std::string_view text) {
  int parts[3] = {};
  const std::size_t begins[] = {0, 5, 8}, sizes[] = {4, 2, 2};
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto part = text.substr(begins[i], sizes[i]);
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), parts[i]);
    if (error != std::errc{} || end != part.data() + part.size() || parts[i] < 0) return std::nullopt;
  }
  const std::chrono::year_month_day day{std::chrono::year{parts[0]},
                                        std::chrono::month{static_cast<unsigned>(parts[1])},
                                        std::chrono::day{static_cast<unsigned>(parts[2])}};
  const bool sensible = day.ok() && parts[0] >= 1970;
  return sensible ? std::optional(day) : std::nullopt;
}

}  // namespace

void read_quality(TableReader& table, quality::QualitySettings& quality) {
  for (const auto kind : quality::all_kinds()) {
    auto& rule = quality.rules.at(kind);
    table.table(quality::to_string(kind), [&rule](TableReader& one) {
      wall_duration(one, "interval", rule.interval, 1s, std::chrono::days{3660});
      one.flag("required", rule.required);
    });
  }
  table.table("tolerance", [&](TableReader& inner) { read_tolerances(inner, quality.tolerances); });
  table.texts("zero_after", quality.zero_after);
  wall_duration(table, "self_check_repeat", quality.self_check_repeat, 0s, std::chrono::days{31});
  wall_duration(table, "verification_warning", quality.verification_warning, 0s, std::chrono::days{365});
  table.table("sanity", [&](TableReader& inner) { read_sanity(inner, quality.sanity); });
}

void check_verification(TableReader& table, const DeviceSettings& device) {
  if (device.verification_expires.empty() || day_in(device.verification_expires)) return;
  table.mistake("verification_expires",
                "'" + device.verification_expires +
                    "' is not a day: expected one like 2027-03-31, the last on which it is valid");
}

std::vector<quality::LanePlan> quality_plans(const Settings& settings) {
  std::vector<quality::LanePlan> plans;
  for (const auto& lane : settings.lanes) {
    auto& plan = plans.emplace_back(settings.quality);
    for (const auto& device : settings.devices) {
      if (device.lane != 0 && device.lane != lane.lane) continue;
      auto& named = plan.devices.emplace_back();
      named.name = device.name;
      const auto last = day_in(device.verification_expires);
      if (last)
        named.verified_until =
            WallTime{std::chrono::sys_days{*last} + std::chrono::days{1} - kChinaUtcOffset};
    }
  }
  return plans;
}

}  // namespace exhaust::settings
