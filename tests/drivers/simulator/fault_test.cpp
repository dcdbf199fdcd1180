#include "drivers/simulator/fault.hpp"

#include <gmock/gmock.h>

#include "drivers/simulator/fault_file.hpp"
#include "drivers/simulator/fault_log.hpp"
#include "drivers/simulator/fault_schedule.hpp"

namespace exhaust::simulator {
namespace {

using testing::HasSubstr;

constexpr FaultKind kSilence[] = {FaultKind::kSilence};

Fault silence(std::string device, double from_s = 0, std::optional<double> for_s = {}) {
  Fault fault;
  fault.device = std::move(device);
  fault.from_s = from_s;
  fault.for_s = for_s;
  return fault;
}

TEST(FaultWindow, IsOpenFromItsBeginningToBeforeItsEnd) {
  const auto fault = silence("gate-1", 10, 5);
  EXPECT_FALSE(in_window(fault, 9.99));
  EXPECT_TRUE(in_window(fault, 10));
  EXPECT_TRUE(in_window(fault, 14.99));
  EXPECT_FALSE(in_window(fault, 15));
}

TEST(FaultWindow, WithoutAnEndItStaysOpenAndBeforeTheTrafficNothingIs) {
  EXPECT_TRUE(in_window(silence("gate-1"), 0));
  EXPECT_TRUE(in_window(silence("gate-1"), 1e9));
  EXPECT_FALSE(in_window(silence("gate-1"), -1));
}

TEST(FaultWindow, ComesAgain) {
  auto fault = silence("gate-1", 10, 5);
  fault.every_s = 30;
  EXPECT_TRUE(in_window(fault, 41));
  EXPECT_FALSE(in_window(fault, 46));
  EXPECT_TRUE(in_window(fault, 74.9));
}

TEST(FaultSchedule, ADeviceWordMeansThatOfEachLane) {
  FaultSchedule schedule({silence("gate"), silence("smoke-1")});
  EXPECT_TRUE(schedule.strike("gate-1", kSilence, 0));
  EXPECT_TRUE(schedule.strike("gate-16", kSilence, 0));
  EXPECT_TRUE(schedule.strike("smoke-1", kSilence, 0));
  EXPECT_FALSE(schedule.strike("smoke-12", kSilence, 0));
  EXPECT_FALSE(schedule.strike("smoke-2", kSilence, 0));
  EXPECT_FALSE(schedule.strike("gateway", kSilence, 0));
}

TEST(FaultSchedule, OneFaultForOneAnswerTheFirstInTheFile) {
  auto delay = silence("weather");
  delay.kind = FaultKind::kDelay;
  FaultSchedule schedule({delay, silence("weather")});
  const FaultKind both[] = {FaultKind::kSilence, FaultKind::kDelay};
  EXPECT_EQ(schedule.strike("weather", both, 0)->fault->kind, FaultKind::kDelay);
  EXPECT_EQ(schedule.strike("weather", kSilence, 0)->fault->kind, FaultKind::kSilence);
}

TEST(FaultSchedule, StopsAtTheCountAndCountsWhatItDid) {
  auto twice = silence("gate");
  twice.count = 2;
  std::vector<std::string> log;
  FaultSchedule schedule({twice}, 1, [&](std::string_view device, FaultKind kind, double at_s) {
    log.push_back(std::string(device) + " " + to_string(kind) + " " + std::to_string(static_cast<int>(at_s)));
  });
  EXPECT_TRUE(schedule.strike("gate-1", kSilence, 1));
  EXPECT_TRUE(schedule.strike("gate-2", kSilence, 2));
  EXPECT_FALSE(schedule.strike("gate-2", kSilence, 3));
  EXPECT_THAT(log, testing::ElementsAre("gate-1 silence 1", "gate-2 silence 2"));
  EXPECT_EQ(to_json(schedule.counts()), R"({"gate-1":{"silence":1},"gate-2":{"silence":1}})");
}

TEST(FaultSchedule, ChanceDependsOnTheSeedAlone) {
  auto half = silence("gate-1");
  half.probability = 0.5;
  const auto run = [&](std::uint64_t seed) {
    FaultSchedule schedule({half}, seed);
    std::string struck;
    for (int i = 0; i < 200; ++i) struck += schedule.strike("gate-1", kSilence, i) ? '1' : '0';
    return struck;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
  const auto text = run(7);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(text, '1')), 100, 30);
}

std::vector<Fault> read(const std::string& text) {
  const auto faults = parse_faults(text, "f.toml");
  EXPECT_TRUE(faults) << faults.error().detail;
  return faults.value_or(std::vector<Fault>{});
}

std::string mistake(const std::string& text) {
  const auto faults = parse_faults(text, "f.toml");
  return faults ? "" : faults.error().detail;
}

TEST(FaultFile, SaysEverythingOfAFault) {
  const auto faults = read(R"(
[[fault]]
device = "analyser-1"
kind = "late"
from = "10s"
for = "500ms"
every = "1min"
probability = 0.5
count = 3
late_by = 2

[[fault]]
device = "smoke"
kind = "noise"
noise_bytes = 9
where = "inside"

[[fault]]
device = "camera"
kind = "clock"
off_by = "-90s"
)");
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_EQ(faults[0].device, "analyser-1");
  EXPECT_EQ(faults[0].kind, FaultKind::kLate);
  EXPECT_EQ(faults[0].from_s, 10);
  EXPECT_EQ(faults[0].for_s, 0.5);
  EXPECT_EQ(faults[0].every_s, 60);
  EXPECT_EQ(faults[0].probability, 0.5);
  EXPECT_EQ(faults[0].count, 3u);
  EXPECT_EQ(faults[0].late_by, 2u);
  EXPECT_EQ(faults[1].noise_bytes, 9u);
  EXPECT_TRUE(faults[1].noise_inside);
  EXPECT_EQ(faults[2].off_by, std::chrono::seconds{-90});
}

TEST(FaultFile, AMistakeIsSaidWithItsLineAndWhatIsAllowed) {
  EXPECT_EQ(mistake("[[fault]]\ndevice = \"gate\"\nkind = \"silent\""),
            "f.toml:3: kind: 'silent' is not one of: silence, delay, late, wrong_checksum, noise, truncated, trickle, torn, "
            "reset, half_open, busy, double_post, clock");
  EXPECT_THAT(mistake("[[fault]]\nkind = \"silence\""), HasSubstr("device: is missing"));
  EXPECT_THAT(mistake("[[fault]]\ndevice = \"gate\"\nkind = \"silence\"\nfor = 5"), HasSubstr("f.toml:4: for: expected a time"));
  EXPECT_THAT(mistake("[[fault]]\ndevice = \"gate\"\nkind = \"silence\"\nlate_by = 1"), HasSubstr("only for faults of kind 'late'"));
  EXPECT_THAT(mistake("[[fault]]\ndevice = \"gate\"\nkind = \"silence\"\nform = \"1s\""), HasSubstr("form: is not a key"));
  EXPECT_THAT(mistake("[[fault]]\ndevice = \"gate\"\nkind = \"late\"\nlate_by = 4"), HasSubstr("from 1 to 3"));
  EXPECT_THAT(mistake("[[fault]]\ndevice = \"gate\"\nkind = \"silence\"\nevery = \"1s\""), HasSubstr("needs a shorter 'for'"));
  EXPECT_THAT(mistake("[[fault]]\ndevice = \"camera\"\nkind = \"clock\""), HasSubstr("off_by: is missing"));
  EXPECT_THAT(mistake("[[fault]]\ndevice = \"gate\"\nkind = \"silence\"\nprobability = 0"), HasSubstr("above 0"));
  EXPECT_THAT(mistake("[fault]\ndevice = \"gate\""), HasSubstr("nothing but [[fault]] entries"));
  EXPECT_THAT(mistake("faults = 1"), HasSubstr("nothing but [[fault]] entries"));
  EXPECT_THAT(mistake(""), HasSubstr("at least one [[fault]]"));
  EXPECT_THAT(mistake("[[fault"), HasSubstr("f.toml:1: "));
}

TEST(FaultFile, ADeviceThatIsNotThereAndAKindThatItCannotHaveAreSaid) {
  const std::vector<FaultTarget> targets{{"weather", {FaultKind::kSilence, FaultKind::kBusy}}, {"gate-1", {FaultKind::kSilence}}};
  EXPECT_TRUE(check_faults(std::vector{silence("gate")}, targets));
  EXPECT_EQ(check_faults(std::vector{silence("gate-3")}, targets).error().detail,
            "fault 1: 'gate-3' is not one of: weather, gate-1");
  auto busy = silence("gate-1");
  busy.kind = FaultKind::kBusy;
  EXPECT_EQ(check_faults(std::vector{silence("gate"), busy}, targets).error().detail,
            "fault 2: gate-1 cannot have 'busy', only: silence");
}

}  // namespace
}  // namespace exhaust::simulator
