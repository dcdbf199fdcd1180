#pragma once

namespace exhaust::projection {

/// [accounts]: what the rates are measured by. No official figure was found: defaults of networking.md 6 [A].
struct AccountsSettings {
  double capture_least_percent = 90;
  double recognition_day_least_percent = 95;
  double recognition_night_least_percent = 90;
  int day_begins_hour = 6;   ///< of the day in Asia/Shanghai, 0..24; before `day_ends_hour`
  int day_ends_hour = 18;
};

}  // namespace exhaust::projection
