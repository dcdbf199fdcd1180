#include "drivers/mq007/watch.hpp"

#include <gtest/gtest.h>

namespace exhaust::mq007 {
namespace {

class Mq007Watch : public testing::Test {
 protected:
  Mq007Watch() {
    settings.least_infrared = 400;
    status.name = "MQ-007-12";
    status.infrared = 2400;
    status.seconds_since_start = 100;
    status.infrared_connected = status.ultraviolet_connected = status.green_connected = true;
  }
  /// "word: detail" of each notice.
  std::vector<std::string> told(const Watch::Notices& notices) {
    std::vector<std::string> texts;
    for (const auto& notice : notices) texts.push_back(notice.word + ": " + notice.detail);
    return texts;
  }
  std::vector<std::string> said() {
    ++status.seconds_since_start;
    return told(watch.look(status));
  }
  using Texts = std::vector<std::string>;

  Mq007Settings settings;
  Watch watch{[] {
    Mq007Settings some;
    some.least_infrared = 400;
    return some;
  }()};
  UnitStatus status;
};

TEST_F(Mq007Watch, TheFirstStatusSaysWhoItIsAndTheSameAgainNothing) {
  status.software_version = "2.1";
  EXPECT_EQ(said(), Texts{"identity: name 'MQ-007-12', software '2.1'"});
  EXPECT_EQ(said(), Texts{});
}

TEST_F(Mq007Watch, AWorkModeThatChangesIsTold) {
  EXPECT_TRUE(watch.testing());
  said();
  status.work_mode = WorkMode::kCalibrating;
  EXPECT_EQ(said(), Texts{"work_mode: calibrating, before testing"});
  EXPECT_FALSE(watch.testing());
  EXPECT_EQ(said(), Texts{});
  status.work_mode = WorkMode::kTesting;
  EXPECT_EQ(said(), Texts{"work_mode: testing, before calibrating"});
  EXPECT_TRUE(watch.testing());
}

TEST_F(Mq007Watch, AUnitThatIsNotTestingAtFirstSaysSo) {
  status.work_mode = WorkMode::kPreheating;
  EXPECT_EQ(said().back(), "work_mode: preheating");
}

TEST_F(Mq007Watch, AModuleThatGoesAndComesIsTold) {
  said();
  status.ultraviolet_connected = false;
  EXPECT_EQ(said(), Texts{"module: ultraviolet module is not connected"});
  EXPECT_EQ(said(), Texts{});
  status.ultraviolet_connected = true;
  EXPECT_EQ(said(), Texts{"module: ultraviolet module is connected again"});
}

TEST_F(Mq007Watch, WeakLightIsToldOnceUntilItIsWellBack) {
  said();
  status.infrared = 399;
  EXPECT_EQ(said(), Texts{"intensity: infrared light is 399, below 400"});
  status.infrared = 401;
  EXPECT_EQ(said(), Texts{});
  status.infrared = 395;
  EXPECT_EQ(said(), Texts{});
  status.infrared = 440;
  EXPECT_EQ(said(), Texts{"intensity: infrared light is 440 again"});
  status.ultraviolet = 1;  // no least is set
  EXPECT_EQ(said(), Texts{});
}

TEST_F(Mq007Watch, AClockThatBeginsAgainIsARestart) {
  said();
  status.seconds_since_start = 4;
  EXPECT_EQ(said(), Texts{"restarted: the unit runs for 5 s only"});
}

TEST_F(Mq007Watch, ACalibrationIsToldWhenItBeginsAndEnds) {
  EXPECT_EQ(told(watch.look(CalibrationStatus{false, false, 1, "zero gas"})), Texts{"calibration: began: zero gas"});
  EXPECT_EQ(told(watch.look(CalibrationStatus{false, false, 50, "NO"})), Texts{});
  EXPECT_EQ(told(watch.look(CalibrationStatus{true, false, 50, "no gas"})), Texts{"calibration: failed: no gas"});
  EXPECT_EQ(told(watch.look(CalibrationStatus{false, false, 1, ""})), Texts{"calibration: began"});
  EXPECT_EQ(told(watch.look(CalibrationStatus{true, true, 100, ""})), Texts{"calibration: succeeded"});
}

TEST_F(Mq007Watch, CalibrationDataAreToldOnce) {
  const CalibrationData data{105, 2500, 5.24f, 8.36f, "2026-11-23 10:02:11", ""};
  EXPECT_EQ(told(watch.look(data)),
            Texts{"calibration: last at 2026-11-23 10:02:11 by the unit's clock, with gas of HC 105, NO 2500, CO 5.24, CO2 8.36"});
  EXPECT_EQ(told(watch.look(data)), Texts{});
}

}  // namespace
}  // namespace exhaust::mq007
