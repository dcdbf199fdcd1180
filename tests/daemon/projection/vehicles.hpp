#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/projection/repetition.hpp"
#include "daemon/records/records.hpp"

/// The words in which the tests of repetition speak: a vehicle's passages at stations A, B, ... of one city.
namespace exhaust::projection {

inline constexpr const char* kStandard = "hj845-2017";

inline Rule rule(unsigned consecutive = 2, unsigned months = 6, std::chrono::seconds merge = std::chrono::seconds{60}) {
  return {kStandard, Digest{}, {.consecutive = consecutive, .months = months, .merge_within = merge}};
}

/// "2026-03-01 08:00:00", as clocks in China show it.
inline WallTime china(const std::string& text) {
  const auto time = from_rfc3339(text.substr(0, 10) + "T" + text.substr(11) + "+08:00");
  EXPECT_TRUE(time) << text;
  return time.value_or(WallTime{});
}

inline ledger::ChainKey chain_of(char station) {
  ledger::ChainKey key{std::string("A11010000") + station, {}};
  key.station_id.back() = static_cast<char>('1' + (station - 'A'));
  key.ledger_id.fill(static_cast<std::uint8_t>(station));
  return key;
}

inline Event event(char station, Sequence sequence, WallTime at, bool exceeded, v1::Result::Pollutant pollutant = v1::Result::opacity) {
  Event event;
  event.detected = at;
  event.entry = {chain_of(station), sequence};
  event.record_number = std::string(1, station) + std::to_string(sequence);
  event.rule = kStandard;
  event.judged = {{pollutant, exceeded, exceeded ? 41.5 : 0.0, exceeded ? 30.0 : 0.0}};
  return event;
}
inline Event exceeds(char station, Sequence sequence, const std::string& at) { return event(station, sequence, china(at), true); }
inline Event passes(char station, Sequence sequence, const std::string& at) { return event(station, sequence, china(at), false); }

inline const Vehicle kTruck{"京A12345", "yellow"};

/// "A1-B2": the record numbers of each determination.
inline std::vector<std::string> names(const std::vector<Found>& found) {
  std::vector<std::string> names;
  for (const auto& one : found) {
    std::string name;
    for (const auto& exceedance : one.exceedances) name += (name.empty() ? "" : "-") + exceedance.record_number;
    names.push_back(name);
  }
  return names;
}

inline std::vector<std::string> found(const std::vector<Event>& events, const Rule& by = rule()) {
  return names(determinations(kTruck, events, std::vector{by}));
}

}  // namespace exhaust::projection
