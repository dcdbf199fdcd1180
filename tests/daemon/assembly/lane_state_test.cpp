#include <gtest/gtest.h>

#include <random>

#include "daemon/assembly/lane_assembler.hpp"
#include "daemon/assembly/reading_state.hpp"

namespace exhaust::assembly {
namespace {

using namespace std::chrono_literals;

/// Readings of a busy lane in a random order: gates that restart and are opened again, parts with and without a count,
/// early, late and twice; weather; things that belong to nothing.
class RandomTraffic {
 public:
  explicit RandomTraffic(unsigned seed) : random_(seed) {}

  PlumeReading random_plume() {
    PlumeReading plume{maybe(), maybe(), maybe(), maybe(), maybe(), 12u, maybe(), maybe(), maybe(), maybe(), maybe(), maybe(), maybe(),
                       maybe(), maybe(), maybe(), maybe()};
    for (auto* gas : {&plume.points.co2_percent, &plume.points.co_percent, &plume.points.hc_ppm, &plume.points.no_ppm, &plume.points.no2_ppm}) {
      for (auto i = below(4); i > 0; --i) gas->push_back(static_cast<double>(below(1000)) / 8);
    }
    return plume;
  }

  Reading next() {
    now_ += std::chrono::milliseconds{below(400)};
    Reading reading;
    reading.lane = 1;
    reading.delivered = MonotonicTime{1h} + now_;
    reading.arrived = WallTime{std::chrono::sys_days{2026y / 11 / 23}} + std::chrono::duration_cast<std::chrono::microseconds>(now_);
    reading.session = session_;
    if (below(3) == 0) reading.device_time = reading.arrived - 3ms;
    if (below(3) == 0) reading.frame_sha256 = sha256(as_bytes(std::to_string(below(1000))));
    const auto number = number_ - std::min<std::uint64_t>(number_, static_cast<std::uint64_t>(below(3)));
    if (below(3) != 0) reading.count = number + static_cast<std::uint64_t>(below(2));
    switch (below(9)) {
      case 0:
      case 1:
      case 2: {
        reading.device = "gate";
        if (below(40) == 0) number_ = 0;
        if (below(40) == 0) ++session_, number_ += static_cast<std::uint64_t>(below(20));
        number_ += static_cast<std::uint64_t>(1 + (below(10) == 0 ? below(4) : 0));
        reading.session = session_;
        reading.count = number_;
        reading.body = SpeedReading{maybe(), maybe(), std::uint8_t{1}, maybe(), below(5) == 0};
        break;
      }
      case 3: reading.device = "analyser", reading.body = random_plume(); break;
      case 4: reading.device = "smoke", reading.body = SmokeReading{maybe(), maybe(), maybe()}; break;
      case 5: {
        PlateReading plate;
        plate.raw_text = "京A" + std::to_string(10000 + below(80000));
        plate.color = "blue";
        plate.confidence = maybe();
        plate.event_id = "event";
        plate.pictures.push_back({"a.jpg", std::make_shared<const std::string>("\xff\xd8 not text")});
        reading.device = "camera", reading.body = plate;
        break;
      }
      case 6: reading.device = "weather", reading.body = WeatherReading{maybe(), maybe(), maybe(), maybe(), maybe(), maybe()}; break;
      case 7: reading.device = "gate", reading.body = BeamEvent{below(2) == 0 ? BeamEvent::Edge::kBlocked : BeamEvent::Edge::kCleared}; break;
      default: reading.device = "analyser", reading.body = SelfCheckReading{true, "well"}; break;
    }
    return reading;
  }
  MonotonicTime now() const { return MonotonicTime{1h} + now_; }
  int below(int bound) { return std::uniform_int_distribution<int>{0, bound - 1}(random_); }

 private:
  std::optional<double> maybe() {
    return below(4) == 0 ? std::nullopt : std::optional(std::uniform_real_distribution<double>{-1, 60}(random_));
  }

  std::mt19937 random_;
  Duration now_{};
  std::uint64_t number_ = 40;
  std::uint32_t session_ = 1;
};

std::string bytes_of(const Outcomes& outcomes) {
  std::string all;
  for (const auto& [what, memory] : outcomes) {
    if (const auto* passage = std::get_if<v1::Passage>(&what)) all += "passage " + passage->SerializeAsString();
    else if (const auto* gap = std::get_if<v1::Gap>(&what)) all += "gap " + gap->SerializeAsString();
    else all += "begins ";
    all += std::to_string(memory.number) + "/" + std::to_string(memory.offset) + "/" + std::to_string(to_us(memory.at)) + ";";
  }
  return all;
}

TEST(LaneState, SavedAndRestoredAtAnyMomentTheLaneGoesOnExactlyTheSame) {
  LaneSettings settings;
  settings.join_window = 2s;
  settings.triggered_by = {"gate"};
  std::size_t bytes = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    RandomTraffic traffic(seed);
    LaneAssembler through(settings, std::nullopt);
    auto again = std::make_unique<LaneAssembler>(settings, std::nullopt);
    for (int step = 0; step < 400; ++step) {
      v1::LaneState state, parsed;
      again->save(state);
      ASSERT_TRUE(parsed.ParseFromString(state.SerializeAsString()));
      again = std::make_unique<LaneAssembler>(settings, std::nullopt);
      const auto restored = again->restore(parsed);
      ASSERT_TRUE(restored) << restored.error().detail;
      v1::LaneState twice;
      again->save(twice);
      ASSERT_EQ(twice.SerializeAsString(), state.SerializeAsString());
      std::string one, other;
      if (traffic.below(20) == 0) {
        static constexpr const char* kStates[] = {"unknown", "up", "degraded", "down"};
        const auto* word = kStates[traffic.below(4)];
        through.device_changed("gate", word, "why", traffic.now());
        again->device_changed("gate", word, "why", traffic.now());
      }
      if (traffic.below(5) == 0) {
        one = bytes_of(through.tick(traffic.now()));
        other = bytes_of(again->tick(traffic.now()));
      } else {
        const auto reading = traffic.next();
        one = bytes_of(through.take(reading));
        other = bytes_of(again->take(reading));
      }
      ASSERT_EQ(one, other) << "seed " << seed << " step " << step;
      bytes += one.size();
    }
    ASSERT_EQ(bytes_of(through.finish()), bytes_of(again->finish()));
    ASSERT_EQ(through.triggered(), again->triggered());
  }
  EXPECT_GT(bytes, 100'000u);  // something did come out
}

TEST(LaneState, ItDoesNotMatterWhenOrWhetherSomebodyLooksAtTheClock) {
  LaneSettings settings;
  settings.join_window = 2s;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    RandomTraffic traffic(seed);
    LaneAssembler seldom(settings, std::nullopt), often(settings, std::nullopt);
    std::string one, other;
    for (int step = 0; step < 400; ++step) {
      const auto reading = traffic.next();
      for (int look = 0; look < traffic.below(3); ++look) {
        other += bytes_of(often.tick(reading.delivered - std::chrono::milliseconds{10 - look}));
      }
      one += bytes_of(seldom.take(reading));
      other += bytes_of(often.take(reading));
    }
    ASSERT_EQ(one, other) << "seed " << seed;
  }
}

TEST(LaneState, AStateThatNoLaneCanBeInIsRefused) {
  LaneSettings settings;
  const auto refused = [&](auto change) {
    LaneAssembler lane(settings, std::nullopt);
    v1::LaneState state;
    lane.save(state);
    change(state);
    const auto restored = lane.restore(state);
    return !restored && restored.error().kind == ErrorKind::kDamaged;
  };
  EXPECT_FALSE(refused([](auto&) {}));
  EXPECT_TRUE(refused([](v1::LaneState& state) { state.set_lane(2); }));
  EXPECT_TRUE(refused([](v1::LaneState& state) { state.set_last_at_us(-1); }));
  EXPECT_TRUE(refused([](v1::LaneState& state) { state.add_open()->set_number(5); }));
  EXPECT_TRUE(refused([](v1::LaneState& state) { state.add_open()->set_triggered_ns(1LL << 62); }));
  EXPECT_TRUE(refused([](v1::LaneState& state) { state.add_waiting(); }));
  EXPECT_TRUE(refused([](v1::LaneState& state) { state.add_weather()->mutable_smoke(); }));
  EXPECT_TRUE(refused([](v1::LaneState& state) {
    for (int i = 0; i < 5000; ++i) state.add_waiting();
  }));
}

}  // namespace
}  // namespace exhaust::assembly
