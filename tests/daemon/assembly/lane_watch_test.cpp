#include "daemon/assembly/lane_watch.hpp"

#include <google/protobuf/util/time_util.h>
#include <gmock/gmock.h>

namespace exhaust::assembly {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// Words for a lane whose devices come and go. Times are seconds after 10:00:00 UTC.
class WatchTest : public testing::Test {
 protected:
  WatchTest() {
    settings.lane = 2;
    settings.triggered_by = {"gate-2"};
    settings.plume_from = {"analyser-2a", "analyser-2b"};
    settings.plate_from = {"camera"};
    begin(0);
  }
  void begin(int at, std::optional<WallTime> since = std::nullopt) { watch.emplace(settings, moment(at), since); }
  void everything_is_up(int at) {
    for (const auto* device : {"gate-2", "analyser-2a", "analyser-2b", "camera"}) up(device, at);
  }
  void up(const char* device, int at) { change(device, true, at); }
  void down(const char* device, int at) { change(device, false, at); }
  void change(const char* device, bool is_up, int at) {
    pass_time_until(at);
    keep(watch->device_changed(device, is_up, moment(at)));
  }
  void pass_time_until(int at) { keep(watch->tick(moment(at).at)); }
  void keep(std::vector<v1::Gap> more) {
    for (auto& gap : more) gaps.push_back(std::move(gap));
  }
  static Moment moment(int at) { return {MonotonicTime{50h} + std::chrono::seconds{at}, wall(at)}; }
  static WallTime wall(int at) { return WallTime{std::chrono::sys_days{2026y / 11 / 23}} + 10h + std::chrono::seconds{at}; }
  static int at(const google::protobuf::Timestamp& time) {
    return static_cast<int>(time.seconds() - std::chrono::floor<std::chrono::seconds>(wall(0)).time_since_epoch().count());
  }

  LaneSettings settings;
  std::optional<LaneWatch> watch;
  std::vector<v1::Gap> gaps;
};

TEST_F(WatchTest, AStretchIsOneGapWhenItEndsAndNamesWhatWasMissing) {
  everything_is_up(1);
  down("gate-2", 100);
  up("gate-2", 160);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0].lane(), 2u);
  EXPECT_EQ(at(gaps[0].from()), 100);
  EXPECT_EQ(at(gaps[0].to()), 160);
  EXPECT_EQ(gaps[0].reason(), "gate_down");
  EXPECT_THAT(gaps[0].devices(), ElementsAre("gate-2"));
  EXPECT_FALSE(gaps[0].has_missed());  // the gate's count tells later
  EXPECT_FALSE(watch->dark_since());
}

TEST_F(WatchTest, AStationThatStartsInGoodTimeHasNoGap) {
  everything_is_up(3);
  EXPECT_TRUE(gaps.empty());
}

TEST_F(WatchTest, ADeviceThatNeverCameUpAfterTheStartIsAGapFromTheStart) {
  up("gate-2", 2);
  up("analyser-2a", 2);
  EXPECT_EQ(watch->dark_since(), wall(0));
  up("camera", 90);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(at(gaps[0].from()), 0);
  EXPECT_EQ(gaps[0].reason(), "gate_down");  // the gravest of the stretch
}

TEST_F(WatchTest, OneOfTwoAnalysersIsEnough) {
  everything_is_up(1);
  down("analyser-2a", 100);
  up("analyser-2a", 200);
  EXPECT_TRUE(gaps.empty());
  down("analyser-2a", 300);
  down("analyser-2b", 310);
  up("analyser-2a", 400);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(at(gaps[0].from()), 310);
  EXPECT_EQ(gaps[0].reason(), "instrument_down");
  EXPECT_TRUE(gaps[0].has_missed());  // vehicles went on becoming entries
  EXPECT_EQ(gaps[0].missed(), 0u);
  EXPECT_THAT(gaps[0].devices(), ElementsAre("analyser-2a", "analyser-2b"));
}

TEST_F(WatchTest, StretchesThatOverlapAreOne) {
  everything_is_up(1);
  down("camera", 100);
  down("gate-2", 120);
  up("camera", 140);
  up("gate-2", 150);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(at(gaps[0].from()), 100);
  EXPECT_EQ(at(gaps[0].to()), 150);
  EXPECT_EQ(gaps[0].reason(), "gate_down");
  EXPECT_THAT(gaps[0].devices(), ElementsAre("camera", "gate-2"));
}

TEST_F(WatchTest, AShortStretchIsToldByDeviceEventsAlone) {
  everything_is_up(1);
  down("camera", 100);
  up("camera", 109);
  EXPECT_TRUE(gaps.empty());
  down("camera", 200);
  up("camera", 210);
  EXPECT_EQ(gaps.size(), 1u);
}

TEST_F(WatchTest, ALongStretchIsCutAtFullHoursWheneverSomebodyLooks) {
  everything_is_up(1);
  down("gate-2", 1800);
  down("camera", 3000);
  pass_time_until(3600 * 3 + 1);  // nobody looked for hours
  ASSERT_EQ(gaps.size(), 3u);
  EXPECT_EQ(at(gaps[0].from()), 1800);
  for (int hour = 1; hour <= 3; ++hour) EXPECT_EQ(at(gaps[static_cast<std::size_t>(hour - 1)].to()), 3600 * hour);
  up("gate-2", 3600 * 3 + 2);
  up("camera", 3600 * 3 + 5);  // however short the rest is
  ASSERT_EQ(gaps.size(), 4u);
  EXPECT_EQ(at(gaps[3].from()), 3600 * 3);
  EXPECT_EQ(at(gaps[3].to()), 3600 * 3 + 5);
}

TEST_F(WatchTest, ACutLeavesNoPartThatIsTooShortToTell) {
  everything_is_up(1);
  down("gate-2", 3595);
  pass_time_until(3700);
  EXPECT_TRUE(gaps.empty());
  pass_time_until(7201);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(at(gaps[0].to()), 7200);
}

TEST_F(WatchTest, TheEndOfTheDaemonTellsWhatIsOpen) {
  everything_is_up(1);
  down("gate-2", 100);
  keep(watch->finish(moment(150)));
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(at(gaps[0].to()), 150);
  up("gate-2", 160);
  down("gate-2", 170);
  pass_time_until(9000);
  EXPECT_EQ(gaps.size(), 1u);
}

TEST_F(WatchTest, AStretchThatACrashLeftOpenGoesOnFromItsBeginning) {
  begin(7200, wall(100));
  everything_is_up(7203);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(at(gaps[0].from()), 100);
  EXPECT_EQ(at(gaps[0].to()), 7203);
}

TEST_F(WatchTest, SavedAndRestoredItGoesOnTheSame) {
  everything_is_up(1);
  down("analyser-2a", 100);
  down("analyser-2b", 101);
  v1::WatchState state;
  watch->save(state);
  begin(0);
  ASSERT_TRUE(watch->restore(state));
  pass_time_until(3601);
  up("analyser-2b", 3700);
  ASSERT_EQ(gaps.size(), 2u);
  EXPECT_EQ(at(gaps[0].from()), 101);
  EXPECT_EQ(at(gaps[1].to()), 3700);
}

TEST_F(WatchTest, ALaneOfWhichNothingIsKnownIsNeverDark) {
  settings = {};
  begin(0);
  pass_time_until(9000);
  keep(watch->finish(moment(9001)));
  EXPECT_TRUE(gaps.empty());
}

TEST_F(WatchTest, ADamagedStateIsRefused) {
  v1::WatchState state;
  watch->save(state);
  state.set_from_us(250'000'000'000'000'000);
  EXPECT_FALSE(watch->restore(state));
  state.set_from_us(-1);
  EXPECT_FALSE(watch->restore(state));
}

}  // namespace
}  // namespace exhaust::assembly
