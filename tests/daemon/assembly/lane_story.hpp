#pragma once

#include <gtest/gtest.h>

#include "daemon/assembly/lane_assembler.hpp"

namespace exhaust::assembly {

using namespace std::chrono_literals;

/// Words for telling a lane's story. Times are milliseconds after the start.
class LaneTest : public testing::Test {
 protected:
  void report(std::uint64_t number, int at_ms, double speed = 50) { gate(number, at_ms, false, speed); }
  void poll_answer(std::uint64_t number, int at_ms) { gate(number, at_ms, true, 50); }
  void plume(std::optional<std::uint64_t> number, int at_ms, double co = 0.01) {
    PlumeReading plume;
    plume.co2_excess_percent = 1.0;
    plume.co_per_co2 = co;
    give(reading("analyser", number, at_ms, plume));
  }
  void smoke(std::optional<std::uint64_t> number, int at_ms) {
    give(reading("smoke", number, at_ms, SmokeReading{5.0, {}, {}}));
  }
  void plate(std::optional<std::uint64_t> number, int at_ms, std::string text = "京A12345") {
    PlateReading plate;
    plate.raw_text = std::move(text);
    plate.color = "blue";
    give(reading("camera", number, at_ms, plate));
  }
  void weather(int at_ms) {
    WeatherReading weather;
    weather.wind_speed_m_s = 2.5;
    give(reading("weather", {}, at_ms, weather));
  }
  void all_parts(std::uint64_t number, int at_ms) {
    plume(number, at_ms);
    smoke(number, at_ms);
    plate(number, at_ms);
  }
  void front(int at_ms, const char* device = "beam") {
    give(reading(device, {}, at_ms, BeamEvent{BeamEvent::Edge::kBlocked}));
  }
  void tail(int at_ms, const char* device = "beam") {
    give(reading(device, {}, at_ms, BeamEvent{BeamEvent::Edge::kCleared}));
  }
  void pass_time_until(int at_ms) { keep(lane.tick(at(at_ms))); }
  void gate_is_opened_again() { ++session; }
  void restart_with_memory() {
    lane = LaneAssembler(settings, memory);
    session = 1;
  }
  /// With settings that were changed after the start.
  void begin() { lane = LaneAssembler(settings, std::nullopt); }
  void goes(const char* device, const char* state, int at_ms, const char* why = "") {
    lane.device_changed(device, state, why, at(at_ms));
  }

  void gate(std::uint64_t number, int at_ms, bool solicited, double speed) {
    SpeedReading body;
    body.speed_km_h = speed;
    body.acceleration_m_s2 = 0.2;
    body.solicited = solicited;
    auto one = reading("gate", number, at_ms, body);
    one.session = session;
    give(one);
  }
  static MonotonicTime at(int ms) { return MonotonicTime{1h} + std::chrono::milliseconds{ms}; }
  static WallTime wall(int ms) {
    return WallTime{std::chrono::sys_days{2026y / 11 / 23}} + std::chrono::milliseconds{ms};
  }
  template <class Body>
  Reading reading(const char* device, std::optional<std::uint64_t> number, int at_ms, Body body) {
    Reading one;
    one.device = device;
    one.lane = 1;
    one.delivered = at(at_ms);
    one.arrived = wall(at_ms);
    one.count = number;
    one.body = std::move(body);
    return one;
  }
  void give(const Reading& one) { keep(lane.take(one)); }
  void keep(Outcomes outcomes) {
    for (auto& outcome : outcomes) {
      memory = outcome.memory;
      if (auto* passage = std::get_if<v1::Passage>(&outcome.what))
        passages.push_back(std::move(*passage));
      else if (auto* gap = std::get_if<v1::Gap>(&outcome.what))
        gaps.push_back(std::move(*gap));
      else
        ++beginnings;
    }
  }
  std::uint64_t missed() const {
    std::uint64_t sum = 0;
    for (const auto& gap : gaps) sum += gap.missed();
    return sum;
  }
  std::uint64_t orphans(const char* reason) const {
    const auto found = lane.orphans().find(reason);
    return found == lane.orphans().end() ? 0 : found->second;
  }

  LaneSettings settings;
  LaneAssembler lane{settings, std::nullopt};
  std::uint32_t session = 1;
  std::vector<v1::Passage> passages;
  std::vector<v1::Gap> gaps;
  int beginnings = 0;
  std::optional<LaneMemory> memory;
};

}  // namespace exhaust::assembly
