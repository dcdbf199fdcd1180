#include "daemon/inspection/inspection.hpp"

#include <gtest/gtest.h>

#include "daemon/settings/standard_file.hpp"
#include "tests/daemon/inspection/traffic.hpp"

namespace exhaust::inspection {
namespace {

using namespace std::chrono_literals;

const assessment::StandardSet& standards() {
  static const assessment::StandardSet read({*settings::read_standard(std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "standards" / "hj845-2017.toml")});
  return read;
}

/// Two lanes that share a line, so that their record numbers depend on each other.
std::vector<assembly::LaneSettings> two_lanes() {
  std::vector<assembly::LaneSettings> lanes(2);
  for (std::size_t i = 0; i < 2; ++i) {
    lanes[i].lane = static_cast<Lane>(i + 1);
    lanes[i].join_window = 2s;
    lanes[i].triggered_by = {"gate-" + std::to_string(i + 1)};
    lanes[i].plume_from = {"analyser-" + std::to_string(i + 1)};
    lanes[i].gap_least = 1s;
  }
  return lanes;
}

std::unique_ptr<Inspection> two_lane_station(assembly::Moment start) {
  std::vector<quality::LanePlan> plans(2);
  for (std::size_t i = 0; i < 2; ++i) {
    plans[i].devices = {{"gate-" + std::to_string(i + 1), {}}, {"analyser-" + std::to_string(i + 1), {}}};
    plans[i].settings.rules.at(v1::QualityCheck::zero).required = true;
    plans[i].settings.sanity.co2_block = 5;
    plans[i].settings.sanity.co2_learn_blocks = 1;
  }
  return std::make_unique<Inspection>("A110119001", two_lanes(), standards(), start, std::vector<LanePast>(2), plans);
}

std::string text(const Statements& statements) {
  std::string all;
  for (const auto& one : statements) all += std::to_string(one.lane) + " " + std::to_string(one.kind) + " " + one.payload + "\n";
  return all;
}

/// What can happen at a station between two readings.
Statements something(Inspection& inspection, RandomStation& station, int what, const v1::QualityChange& change) {
  switch (what) {
    case 0: {
      v1::ClockState clock;
      clock.set_state(v1::ClockState::synchronised);
      clock.set_estimated_error_s(static_cast<double>(station.at().time_since_epoch().count() % 1000) * 1e-6);
      return inspection.set_clock_state(clock, station.at());
    }
    case 5:
    case 6: {
      const assembly::Moment now{station.at(), station.wall()};
      return inspection.acceptable(change, now) ? inspection.quality_changed(change, now) : Statements{};
    }
    case 1: return inspection.device_changed("gate-1", "up", "", {station.at(), station.wall()});
    case 2: return inspection.device_changed("gate-1", "down", "silent", {station.at(), station.wall()});
    case 3: return inspection.device_changed("analyser-2", "degraded", "lost 3 of 20", {station.at(), station.wall()});
    case 4: return inspection.device_changed("gate-2", station.at().time_since_epoch().count() % 2 == 0 ? "up" : "down", "", {station.at(), station.wall()});
    default: return {};
  }
}

TEST(Inspection, SavedAndRestoredAtAnyMomentItSaysTheSameFromThereOn) {
  std::size_t bytes = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    RandomStation station(seed);
    auto through = two_lane_station({station.at(), station.wall()});
    auto again = two_lane_station({station.at(), station.wall()});
    for (int step = 0; step < 300; ++step) {
      v1::InspectionState parsed;
      ASSERT_TRUE(parsed.ParseFromString(again->save().SerializeAsString()));
      again = two_lane_station({station.at(), station.wall()});
      const auto restored = again->restore(parsed);
      ASSERT_TRUE(restored) << restored.error().detail;
      const int what = station.below(30);
      const auto change = station.quality_change();
      std::string one = text(something(*through, station, what, change)), other = text(something(*again, station, what, change));
      const auto reading = station.next();
      one += text(through->take(reading));
      other += text(again->take(reading));
      ASSERT_EQ(one, other) << "seed " << seed << " step " << step;
      bytes += one.size();
    }
    EXPECT_EQ(text(through->finish({station.at(), station.wall()})), text(again->finish({station.at(), station.wall()})));
  }
  EXPECT_GT(bytes, 100'000u);
}

/// Registers every plate as a gas bus: neither colour nor rule would say so.
class GasBuses final : public registry::Vehicles {
 public:
  std::optional<v1::Vehicle> find(std::string_view plate, std::string_view color) override {
    asked.emplace_back(std::string(plate) + " " + std::string(color));
    v1::Vehicle vehicle;
    vehicle.set_fuel("other");
    vehicle.set_fuel_source("registry");
    vehicle.set_category("M3");
    return vehicle;
  }
  std::vector<std::string> asked;
};

TEST(Inspection, TheRegistryIsAskedOnceForEachPlateBeforeItIsJudged) {
  RandomStation station(5);
  auto inspection = two_lane_station({station.at(), station.wall()});
  GasBuses buses;
  inspection->tell_vehicles_by({}, &buses);
  std::size_t read = 0;
  for (int step = 0; step < 400; ++step) {
    for (const auto& statement : inspection->take(station.next())) {
      v1::Passage passage;
      if (statement.kind != v1::Entry::passage || !passage.ParseFromString(statement.payload)) continue;
      if (passage.plate().text().empty()) continue;
      ASSERT_LT(read, buses.asked.size());
      EXPECT_EQ(buses.asked[read++], passage.plate().text() + " " + passage.plate().color());
      EXPECT_EQ(passage.vehicle().fuel_source(), "registry");
      EXPECT_EQ(passage.vehicle().category(), "M3");
      EXPECT_EQ(passage.assessment().not_judged_reason(), passage.assessment().verdict() == v1::NOT_JUDGED ? "standard_does_not_apply" : "");
    }
  }
  EXPECT_GT(read, 10u);
  EXPECT_EQ(read, buses.asked.size());
}

TEST(Inspection, ItDoesNotMatterHowOftenSomebodyLooksAtTheClock) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    RandomStation station(seed);
    auto seldom = two_lane_station({station.at(), station.wall()});
    auto often = two_lane_station({station.at(), station.wall()});
    std::string one, other;
    for (int step = 0; step < 400; ++step) {
      if (station.below(50) == 0) {
        for (int second = 0; second < 6000; second += 500) {  // a quiet while, over an hour now and then
          station.pass(500s);
          other += text(often->tick(station.at()));
        }
      }
      const int what = station.below(30);
      const auto change = station.quality_change();
      one += text(something(*seldom, station, what, change));
      other += text(something(*often, station, what, change));
      const auto reading = station.next();
      for (int look = 0; look < station.below(3); ++look) other += text(often->tick(reading.delivered - 1ms));
      one += text(seldom->take(reading));
      other += text(often->take(reading));
    }
    one += text(seldom->finish({station.at(), station.wall()}));
    other += text(often->finish({station.at(), station.wall()}));
    ASSERT_EQ(one, other) << "seed " << seed;
  }
}

TEST(Inspection, APassageHasTheClockStateOfItsDeadlineNotOfTheMomentSomebodyLooked) {
  Inspection inspection("A110119001", two_lanes(), standards(), {MonotonicTime{1h}, {}}, std::vector<LanePast>(2));
  v1::ClockState clock;
  clock.set_state(v1::ClockState::synchronised);
  EXPECT_TRUE(inspection.set_clock_state(clock, MonotonicTime{1h}).empty());
  Reading gate;
  gate.device = "gate-1";
  gate.lane = 1;
  gate.count = 1;
  gate.delivered = MonotonicTime{1h} + 1s;
  gate.body = SpeedReading{};
  (void)inspection.take(gate);
  clock.set_state(v1::ClockState::free);
  const auto statements = inspection.set_clock_state(clock, MonotonicTime{1h} + 10s);
  ASSERT_EQ(statements.size(), 1u);
  v1::Passage passage;
  ASSERT_TRUE(passage.ParseFromString(statements[0].payload));
  EXPECT_EQ(passage.clock().state(), v1::ClockState::synchronised);
}

TEST(Inspection, ALaneThatCannotMeasureIsAGapThatCountsNobody) {
  Inspection inspection("A110119001", two_lanes(), standards(), {MonotonicTime{1h}, {}}, std::vector<LanePast>(2));
  const auto moment = [](int seconds) { return assembly::Moment{MonotonicTime{1h} + std::chrono::seconds{seconds}, WallTime{std::chrono::seconds{seconds}}}; };
  (void)inspection.device_changed("gate-1", "up", "", moment(0));
  (void)inspection.device_changed("analyser-1", "up", "", moment(0));
  EXPECT_TRUE(inspection.device_changed("analyser-1", "down", "", moment(20)).empty());
  const auto statements = inspection.device_changed("analyser-1", "up", "", moment(50));
  ASSERT_EQ(statements.size(), 1u);
  EXPECT_EQ(statements[0].lane, 0u);
  EXPECT_EQ(statements[0].reason, "instrument_down");
  EXPECT_FALSE(statements[0].memory);
  EXPECT_EQ(statements[0].passages + statements[0].missed, 0u);
}

TEST(Inspection, AStateOfOtherLanesIsRefused) {
  auto inspection = two_lane_station({MonotonicTime{1h}, {}});
  auto state = inspection->save();
  state.mutable_lanes()->RemoveLast();
  EXPECT_EQ(inspection->restore(state).error().kind, ErrorKind::kDamaged);
}

}  // namespace
}  // namespace exhaust::inspection
