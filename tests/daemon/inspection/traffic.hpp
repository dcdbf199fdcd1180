#pragma once

#include <random>
#include <string>

#include "drivers/reading.hpp"
#include "exhaust/v1/capture.pb.h"

namespace exhaust {

/// Two busy lanes with a weather station, in a random order: gates whose count jumps and restarts, parts with and
/// without a count, late, early and twice. Time passes with each reading.
class RandomStation {
 public:
  explicit RandomStation(unsigned seed) : random_(seed) {}

  Reading next() {
    using namespace std::chrono_literals;
    now_ += std::chrono::milliseconds{below(300)};
    Reading reading;
    reading.lane = static_cast<Lane>(1 + below(2));
    auto& lane = lanes_[reading.lane - 1];
    const auto of_lane = "-" + std::to_string(reading.lane);
    reading.delivered = at();
    reading.arrived = wall();
    reading.session = 1;
    const auto back = static_cast<std::uint64_t>(below(3));
    if (below(4) != 0) reading.count = lane.number > back ? lane.number - back : 0;
    switch (below(7)) {
      case 0:
      case 1:
        if (below(60) == 0) lane.number = 0;
        if (below(40) == 0) ++lane.session, lane.number += static_cast<std::uint64_t>(below(9));
        lane.number += static_cast<std::uint64_t>(1 + (below(12) == 0 ? below(3) : 0));
        reading.device = "gate" + of_lane;
        reading.session = lane.session;
        reading.count = lane.number;
        reading.body = SpeedReading{maybe(30, 80), maybe(-1, 1), {}, {}, below(8) == 0};
        break;
      case 2:
      case 3: {
        if (below(20) == 0) {
          reading.device = "analyser" + of_lane;
          reading.body = SelfCheckReading{below(3) != 0, "lamp"};
          break;
        }
        PlumeReading plume;
        plume.co2_excess_percent = maybe(0, 3);
        plume.co_per_co2 = maybe(-0.01, 0.1);
        plume.hc_per_co2 = maybe(-0.001, 0.01);
        plume.no_per_co2 = maybe(-0.001, 0.02);
        reading.device = "analyser" + of_lane;
        reading.body = plume;
        break;
      }
      case 4: reading.device = "smoke" + of_lane, reading.body = SmokeReading{maybe(0, 60), maybe(0, 3), {}}; break;
      case 5: {
        PlateReading plate;
        plate.raw_text = "京A" + std::to_string(10000 + below(80000));
        plate.color = below(3) == 0 ? "yellow" : "blue";
        reading.device = "camera";
        reading.body = plate;
        break;
      }
      default:
        reading.device = "weather", reading.lane = 0;
        reading.body = WeatherReading{maybe(0, 6), {}, maybe(5, 30), maybe(20, 80), {}, {}};
    }
    return reading;
  }

  /// What an operator, or a device's notice, may say of a lane's quality; often enough nonsense.
  v1::QualityChange quality_change() {
    v1::QualityChange change;
    const auto lane = static_cast<Lane>(1 + below(2));
    switch (below(4)) {
      case 0: {
        auto& check = *change.mutable_recorded();
        check.set_lane(lane);
        check.set_kind(static_cast<v1::QualityCheck::Kind>(1 + below(6)));
        auto& compared = *check.add_compared();
        compared.set_quantity("no_ppm");
        compared.set_standard(100);
        compared.set_measured(100 + below(40));
        break;
      }
      case 1: {
        auto& audit = *change.mutable_audit_started();
        audit.set_lane(lane);
        audit.set_minutes(1);
        audit.add_puff()->set_quantity("co_per_co2");
        audit.mutable_puff(0)->set_standard(0.05);
        break;
      }
      case 2: change.mutable_audit_stopped()->set_lane(lane); break;
      default:
        change.mutable_disturbed()->set_lane(lane);
        change.mutable_disturbed()->set_device("analyser-" + std::to_string(lane));
    }
    return change;
  }

  MonotonicTime at() const { return MonotonicTime{std::chrono::hours{1}} + now_; }
  WallTime wall() const {
    return WallTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}} + std::chrono::duration_cast<std::chrono::microseconds>(now_);
  }
  void pass(Duration time) { now_ += time; }
  int below(int bound) { return std::uniform_int_distribution<int>{0, bound - 1}(random_); }

 private:
  std::optional<double> maybe(double least, double most) {
    return below(6) == 0 ? std::nullopt : std::optional(std::uniform_real_distribution<double>{least, most}(random_));
  }
  struct Gate {
    std::uint64_t number = 10;
    std::uint32_t session = 1;
  };

  std::mt19937 random_;
  Duration now_{};
  Gate lanes_[2];
};

}  // namespace exhaust
