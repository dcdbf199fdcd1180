#include "daemon/quality/sanity.hpp"

#include <gtest/gtest.h>

#include <random>

namespace exhaust::quality {
namespace {

using namespace std::chrono_literals;

class SanityTest : public testing::Test {
 protected:
  Sanity& sanity() {
    if (!sanity_) sanity_.emplace(settings, start);
    return *sanity_;
  }
  /// One passage whose plume has these; returns what was told, as "word detail".
  std::vector<std::string> see(const v1::Plume& plume) {
    passage.Clear();
    *passage.mutable_plume() = plume;
    return words(sanity().look(passage, "analyser"));
  }
  std::vector<std::string> see(double co, double hc, double no) {
    v1::Plume plume;
    plume.set_co_per_co2(co);
    plume.set_hc_per_co2(hc);
    plume.set_no_per_co2(no);
    return see(plume);
  }
  static std::vector<std::string> words(const std::vector<v1::DeviceEvent>& events) {
    std::vector<std::string> told;
    for (const auto& event : events) told.push_back(event.notice() + " " + event.detail());
    return told;
  }
  std::string suspicion() const {
    std::string all;
    for (const auto& condition : passage.conditions()) {
      EXPECT_EQ(condition.device(), "analyser");
      all += (all.empty() ? "" : " ") + condition.state();
    }
    return all;
  }
  /// As a process that starts again from a saved state.
  void save_and_restore() {
    v1::SanityState state;
    sanity().save(state);
    v1::SanityState parsed;
    ASSERT_TRUE(parsed.ParseFromString(state.SerializeAsString()));
    sanity_.emplace(settings, start);
    sanity_->restore(parsed);
    v1::SanityState again;
    sanity_->save(again);
    EXPECT_EQ(again.SerializeAsString(), state.SerializeAsString());
  }

  SanitySettings settings;
  const WallTime start = *from_rfc3339("2026-11-23T10:20:00+08:00");  // a Monday
  std::optional<Sanity> sanity_;
  v1::Passage passage;
};

TEST_F(SanityTest, TheFifthPlumeWithExactlyTheSameRatiosIsStuckAndTheFirstOtherIsNot) {
  for (int i = 1; i <= 4; ++i) {
    EXPECT_TRUE(see(0.01, 0.002, 0.003).empty());
    EXPECT_EQ(suspicion(), "");
  }
  EXPECT_EQ(see(0.01, 0.002, 0.003), std::vector<std::string>{"stuck began: 5 plumes in a row have the same gas values"});
  EXPECT_EQ(suspicion(), "stuck");
  EXPECT_TRUE(see(0.01, 0.002, 0.003).empty());  // told once
  EXPECT_EQ(suspicion(), "stuck");
  EXPECT_EQ(see(0.01, 0.002, 0.0030000001), std::vector<std::string>{"stuck ended after 6 plumes in a row with the same gas values"});
  EXPECT_EQ(suspicion(), "");
}

TEST_F(SanityTest, OneRatioThatVariesIsEnoughNotToBeStuck) {
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(see(0.01, 0.002, 0.003 + i * 1e-9).empty());
}

TEST_F(SanityTest, ARatioThatIsMissingOnceIsNotTheSame) {
  for (int i = 0; i < 4; ++i) see(0.01, 0.002, 0.003);
  v1::Plume without;
  without.set_co_per_co2(0.01);
  without.set_hc_per_co2(0.002);
  EXPECT_TRUE(see(without).empty());
  EXPECT_TRUE(see(0.01, 0.002, 0.003).empty());
}

TEST_F(SanityTest, APassageWithoutAPlumeSaysNothingOfIt) {
  for (int i = 0; i < 4; ++i) see(0.01, 0.002, 0.003);
  passage.Clear();
  EXPECT_TRUE(sanity().look(passage, "").empty());
  EXPECT_TRUE(see(v1::Plume()).empty());
  EXPECT_EQ(see(0.01, 0.002, 0.003).size(), 1u);
}

TEST_F(SanityTest, TheThirdPlumeOfZerosIsAllZeroAndNotStuck) {
  see(0.01, 0.002, 0.003);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(see(0, 0, 0).empty());
  EXPECT_EQ(see(0, -0.0, 0), std::vector<std::string>{"all_zero began: 3 plumes in a row have no gas value but zero"});
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(see(0, 0, 0).empty());
  EXPECT_EQ(suspicion(), "all_zero");
  EXPECT_EQ(see(0, 0, 1e-6), std::vector<std::string>{"all_zero ended"});
}

TEST_F(SanityTest, AUnitThatGivesConcentrationsAloneCanBeStuckTheSame) {
  v1::Plume plume;
  plume.set_co2_percent(14);
  plume.set_co_percent(0.2);
  plume.set_no_ppm(120);
  for (int i = 1; i <= 4; ++i) {
    plume.set_co2_percent(14 + 0.1 * i);
    EXPECT_TRUE(see(plume).empty());
  }
  EXPECT_EQ(see(plume).size(), 1u);
  plume.set_no_ppm(121);
  EXPECT_EQ(see(plume).size(), 1u);
}

TEST_F(SanityTest, HowManyInARowIsASetting) {
  settings.stuck_after = 2;
  settings.all_zero_after = 0;
  EXPECT_TRUE(see(0.01, 0, 0).empty());
  EXPECT_EQ(see(0.01, 0, 0).size(), 1u);
  for (int i = 0; i < 10; ++i) see(0, 0, 0);
  EXPECT_EQ(suspicion(), "");
}

v1::Plume bl_record() {
  // physics.md 1.2: a published record, as it was displayed.
  v1::Plume plume;
  plume.set_co2_percent(1.35);
  plume.set_co_percent(0.07);
  plume.set_hc_ppm(59);
  plume.set_no_ppm(143);
  plume.set_co_per_co2(0.05);
  plume.set_hc_per_co2(43.48e-4);
  plume.set_no_per_co2(105.39e-4);
  return plume;
}

TEST_F(SanityTest, ThePublishedRecordAgreesWithItselfAsFarAsItWasCut) {
  EXPECT_TRUE(see(bl_record()).empty());
  EXPECT_EQ(suspicion(), "");
}

TEST_F(SanityTest, AConcentrationThatTheRatioDoesNotMakeIsNamedWithItsNumbers) {
  struct Odd {
    const char* gas;
    void (*change)(v1::Plume&);
  };
  for (const auto& [gas, change] : {Odd{"co_percent", [](v1::Plume& p) { p.set_co_percent(0.089); }}, Odd{"hc_ppm", [](v1::Plume& p) { p.set_hc_ppm(64); }},
                                    Odd{"no_ppm", [](v1::Plume& p) { p.set_no_ppm(133); }}, Odd{"no2_ppm", [](v1::Plume& p) {
                                      p.set_no2_ppm(50);
                                      p.set_no2_per_co2(0.001);
                                    }}}) {
    sanity_.reset();
    auto plume = bl_record();
    change(plume);
    const auto told = see(plume);
    ASSERT_EQ(told.size(), 1u) << gas;
    EXPECT_TRUE(told[0].starts_with(std::string("ratio_mismatch began: ") + gas)) << told[0];
    EXPECT_EQ(suspicion(), "ratio_mismatch");
    EXPECT_NE(passage.conditions(0).detail().find("the unit says"), std::string::npos);
  }
}

TEST_F(SanityTest, AMismatchIsOfItsOwnPassageAndEndsAfterFiveThatAgree) {
  settings.stuck_after = 0;
  auto odd = bl_record();
  odd.set_no_ppm(300);
  EXPECT_EQ(see(odd).size(), 1u);
  EXPECT_TRUE(see(bl_record()).empty());
  EXPECT_EQ(suspicion(), "");
  EXPECT_TRUE(see(odd).empty());  // the same episode
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(see(bl_record()).empty());
  EXPECT_EQ(see(bl_record()), std::vector<std::string>{"ratio_mismatch ended after 2 plumes"});
}

TEST_F(SanityTest, WithoutTheUnitsOwnNumbersThereIsNothingToBeAtOddsWith) {
  v1::Plume plume = bl_record();
  plume.clear_co2_percent();
  plume.set_no_ppm(9000);
  EXPECT_TRUE(see(plume).empty());
}

class Co2Test : public SanityTest {
 protected:
  Co2Test() {
    settings.co2_block = 20;
    settings.co2_learn_blocks = 4;
  }
  std::vector<std::string> blocks(int count, double size) {
    std::vector<std::string> told;
    for (int i = 0; i < count * 20; ++i) {
      v1::Plume plume;
      plume.set_co2_excess_percent(size * std::lognormal_distribution<double>{0, 0.4}(random));
      for (auto& one : see(plume)) told.push_back(std::move(one));
    }
    return told;
  }
  std::mt19937 random{7};
};

TEST_F(Co2Test, PlumesThatBecomeHalfAsLargeHaveDrifted) {
  EXPECT_TRUE(blocks(10, 1.0).empty());
  EXPECT_TRUE(blocks(20, 0.8).empty());  // within what traffic does
  const auto told = blocks(6, 0.3);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].starts_with("co2_drift began: plumes are 0.")) << told[0];
  EXPECT_EQ(suspicion(), "co2_drift");
  EXPECT_TRUE(blocks(30, 0.3).empty());  // and what has drifted is not learnt
  EXPECT_EQ(suspicion(), "co2_drift");
  EXPECT_EQ(blocks(4, 1.0).size(), 1u);
  EXPECT_EQ(suspicion(), "");
}

TEST_F(Co2Test, PlumesThatBecomeTwiceAsLargeHaveDriftedToo) {
  EXPECT_TRUE(blocks(10, 1.0).empty());
  EXPECT_EQ(blocks(6, 3.0).size(), 1u);
}

TEST_F(Co2Test, AfterACheckOfTheInstrumentItIsLearntAnew) {
  blocks(10, 1.0);
  blocks(6, 0.3);
  EXPECT_EQ(words(sanity().adjusted()).size(), 1u);
  EXPECT_TRUE(blocks(10, 0.3).empty());
  EXPECT_EQ(suspicion(), "");
}

TEST_F(Co2Test, WhatWasLearntIsKnownAgainFromItsMark) {
  blocks(10, 1.0);
  auto learnt = sanity().learnt();
  ASSERT_TRUE(learnt);
  EXPECT_FALSE(sanity().learnt());  // unchanged since
  sanity_.reset();
  sanity().restore(*learnt);
  EXPECT_EQ(blocks(6, 0.3).size(), 1u);
}

class TrafficTest : public SanityTest {
 protected:
  /// An hour of so many passages; `at` moves on. Returns what was told at its end.
  std::vector<std::string> hour(int passages, bool dark = false) {
    for (int i = 0; i < passages; ++i) {
      passage.Clear();
      EXPECT_TRUE(sanity().look(passage, "").empty());
    }
    EXPECT_TRUE(sanity().due());
    const auto due = *sanity().due();
    wall += std::chrono::duration_cast<std::chrono::microseconds>(due - at);
    at = due;
    return words(sanity().tick(dark));
  }
  std::vector<std::string> week(int day_passages, int night_passages) {
    std::vector<std::string> told;
    for (int i = 0; i < 168; ++i) {
      const bool day = i % 24 >= 8 && i % 24 < 20;
      for (auto& one : hour(day ? day_passages : night_passages)) told.push_back(std::move(one));
    }
    return told;
  }
  void begin(const char* when) {
    wall = *from_rfc3339(when);
    sanity_.emplace(settings, wall);
    (void)sanity().moment(at, wall, false);
  }

  MonotonicTime at{1h};
  WallTime wall{};
};

TEST_F(TrafficTest, AnHourFarFromWhatThatHourOfTheWeekUsuallyIsIsToldAndWhenItIsUsualAgain) {
  begin("2026-11-22T23:30:00+08:00");
  hour(7);  // the rest of an hour is none
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(week(400, 20).empty());  // learns
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(hour(i < 8 ? 20 : 300).empty());
  EXPECT_EQ(hour(30), std::vector<std::string>{"traffic_unusual began: 30 passages in the hour, 400 are usual"});
  EXPECT_TRUE(hour(0).empty());
  EXPECT_EQ(suspicion(), "");  // it is no condition of a passage
  EXPECT_EQ(hour(390), std::vector<std::string>{"traffic_unusual ended: 390 passages in the hour, 400 are usual"});
  EXPECT_EQ(hour(2000).size(), 1u);  // too many is unusual too
}

TEST_F(TrafficTest, QuietHoursAreNotUnusualForBeingQuieter) {
  begin("2026-11-22T23:30:00+08:00");
  hour(7);
  for (int i = 0; i < 4; ++i) week(400, 20);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(hour(0).empty());
}

TEST_F(TrafficTest, AnHourInWhichTheLaneCouldNotMeasureIsNeitherJudgedNorLearnt) {
  begin("2026-11-22T23:30:00+08:00");
  hour(7);
  for (int i = 0; i < 3; ++i) week(400, 400);
  EXPECT_TRUE(hour(0, true).empty());
  sanity().spoil_hour();
  EXPECT_TRUE(hour(0).empty());
  EXPECT_EQ(hour(0).size(), 1u);
}

TEST_F(TrafficTest, AClockThatIsSetMakesNoHourUnusual) {
  begin("2026-11-22T23:30:00+08:00");
  hour(7);
  for (int i = 0; i < 3; ++i) week(400, 400);
  wall += 10h;
  EXPECT_TRUE(sanity().moment(at, wall, false).empty());
  EXPECT_TRUE(hour(3).empty());
  wall -= 30h;
  EXPECT_TRUE(sanity().moment(at, wall, false).empty());
  EXPECT_TRUE(hour(3).empty());
  EXPECT_TRUE(hour(400).empty());
}

TEST_F(TrafficTest, TwoClocksThatDisagreeByMillisecondsAtAnHoursEndEndItOnce) {
  begin("2026-11-22T23:30:00+08:00");
  hour(7);
  for (int i = 0; i < 3; ++i) week(400, 400);
  for (int i = 0; i < 400; ++i) sanity().look(passage, "");
  EXPECT_TRUE(sanity().moment(at + 59min + 59s, wall + 60min + 2ms, false).empty());  // ours is behind: the hour is over
  (void)sanity().tick(false);
  EXPECT_TRUE(sanity().moment(*sanity().due() - 1h - 3ms, wall + 2h - 1ms, false).empty());  // ours is ahead: still over
}

TEST_F(TrafficTest, TheProfileIsKnownAgainFromItsMark) {
  begin("2026-11-22T23:30:00+08:00");
  hour(7);
  for (int i = 0; i < 3; ++i) week(400, 400);
  const auto learnt = *sanity().learnt();
  begin("2026-12-13T23:30:00+08:00");
  sanity().restore(learnt);
  hour(1);
  EXPECT_EQ(hour(0).size(), 1u);
}

TEST_F(SanityTest, SavedAndRestoredAtAnyMomentItSaysTheSameFromThereOn) {
  settings.co2_block = 7;
  settings.co2_learn_blocks = 2;
  std::mt19937 random(3);
  Sanity through(settings, start);
  MonotonicTime at{1h};
  WallTime wall = start;
  (void)sanity().moment(at, wall, false);
  (void)through.moment(at, wall, false);
  std::size_t told = 0;
  for (int i = 0; i < 3000; ++i) {
    save_and_restore();
    const auto gap = std::chrono::seconds{random() % 90};
    at += gap, wall += gap;
    v1::Plume plume;
    const auto level = i / 300 % 2 == 0 ? 1.0 : 0.2;
    if (random() % 4 != 0) plume.set_co2_excess_percent(level * (1 + 0.1 * static_cast<double>(random() % 5)));
    if (random() % 3 != 0) plume.set_co_per_co2(i / 100 % 3 == 0 ? 0 : 0.01);
    plume.set_no_per_co2(i / 50 % 4 == 0 ? 0 : 0.001 * static_cast<double>(random() % 2));
    if (random() % 5 == 0) plume.set_co2_percent(1), plume.set_no_ppm(static_cast<double>(random() % 20));
    while (sanity().due() < at) {
      EXPECT_EQ(sanity().due(), through.due());
      EXPECT_EQ(words(sanity().tick(false)), words(through.tick(false)));
    }
    EXPECT_EQ(words(sanity().moment(at, wall, false)), words(through.moment(at, wall, false)));
    v1::Passage one, other;
    *one.mutable_plume() = *other.mutable_plume() = plume;
    const auto says = words(sanity().look(one, "a"));
    ASSERT_EQ(says, words(through.look(other, "a")));
    ASSERT_EQ(one.SerializeAsString(), other.SerializeAsString());
    *other.mutable_conditions() = {};
    EXPECT_EQ(other.plume().SerializeAsString(), plume.SerializeAsString());  // no value is ever changed
    told += says.size();
  }
  EXPECT_GT(told, 50u);
}

TEST_F(SanityTest, ADamagedStateEndsInSomethingThatCanBeComputed) {
  v1::SanityState state;
  state.set_hour(std::numeric_limits<std::int64_t>::max());
  state.set_anchor_ns(std::numeric_limits<std::int64_t>::max());
  state.set_anchor_us(std::numeric_limits<std::int64_t>::min());
  state.set_has(0xffffffff);
  state.set_same(0xffffffff);
  state.mutable_learnt()->set_co2_log_median(1e300);
  sanity().restore(state);
  (void)sanity().due();
  see(0.1, 0.1, 0.1);
  EXPECT_FALSE(sanity().due());
}

}  // namespace
}  // namespace exhaust::quality
