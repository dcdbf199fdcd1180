#include "drivers/simulator/truth.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "drivers/simulator/model.hpp"

namespace exhaust::simulator {
namespace {

Passing passing(std::uint64_t index, Lane lane, std::uint32_t number) {
  Passing made{.lane = lane, .number = number, .at = *from_rfc3339("2026-11-23T10:02:11.123456Z"),
               .vehicle = make_vehicle(1, index)};
  return made;
}

std::string lines(std::initializer_list<Passing> passings) {
  std::string text;
  for (const auto& each : passings) text += to_truth_line(each) + "\n";
  return text;
}

TEST(TruthLine, SaysEverythingWithNullForWhatWasNotMeasured) {
  Passing made{.lane = 2, .number = 17, .at = *from_rfc3339("2026-11-23T10:02:11.123456Z"), .vehicle = {}};
  made.vehicle.index = 40;
  made.vehicle.plate = "京A12345";
  made.vehicle.plate_color = "blue";
  made.vehicle.speed_km_h = 46.5;
  made.vehicle.plume.co_per_co2 = -0.1;
  made.vehicle.row = 3;
  EXPECT_EQ(to_truth_line(made),
            R"({"index":40,"lane":2,"number":17,"at":"2026-11-23T10:02:11.123456Z","plate":"京A12345",)"
            R"("plate_color":"blue","plate_read":true,"speed_km_h":46.5,"acceleration_m_s2":null,)"
            R"("co2_excess_percent":null,"co_per_co2":-0.10000000000000001,"hc_per_co2":null,"no_per_co2":null,)"
            R"("no2_per_co2":null,"opacity_percent":null,"k_per_m":null,"ringelmann":null,"row":3})");
}

TEST(TruthLine, ComesBackAsItWas) {
  for (std::uint64_t index = 1; index <= 200; ++index) {
    const auto line = to_truth_line(passing(index, 1, 1));
    const auto back = from_truth_line(line);
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(to_truth_line(*back), line);
  }
}

TEST(Truth, GoesOnAfterTheLastOfEachLane) {
  const auto so_far = read_truth(lines({passing(1, 1, 1), passing(2, 2, 1), passing(3, 1, 2)}));
  ASSERT_TRUE(so_far) << so_far.error().detail;
  EXPECT_EQ(so_far->vehicles, 3u);
  EXPECT_EQ(so_far->last_number(1), 2u);
  EXPECT_EQ(so_far->last_number(2), 1u);
  EXPECT_EQ(so_far->last_number(3), 0u);
  EXPECT_EQ(so_far->torn_bytes, 0u);
}

TEST(Truth, ATornLastLineIsNoVehicleAtWhateverByteItWasTorn) {
  const auto whole = lines({passing(1, 1, 1)});
  const auto torn = lines({passing(2, 1, 2)});
  for (std::size_t length = 1; length < torn.size(); ++length) {
    const auto so_far = read_truth(whole + torn.substr(0, length));
    ASSERT_TRUE(so_far);
    EXPECT_EQ(so_far->vehicles, 1u);
    EXPECT_EQ(so_far->torn_bytes, length);
  }
}

TEST(Truth, RemembersTheNewestOfALaneOnly) {
  std::string text;
  for (std::uint32_t i = 1; i <= 100; ++i) text += to_truth_line(passing(i, 1, i)) + "\n";
  const auto so_far = read_truth(text);
  ASSERT_TRUE(so_far);
  EXPECT_EQ(so_far->newest_of_lane.at(1).size(), TruthSoFar::kRemembered);
  EXPECT_EQ(so_far->newest_of_lane.at(1).front().number, 37u);
}

TEST(Truth, WhatIsDamagedInTheMiddleIsSaidWithItsLine) {
  EXPECT_EQ(read_truth("garbage\n").error().kind, ErrorKind::kDamaged);
  EXPECT_THAT(read_truth(lines({passing(1, 1, 1), passing(3, 1, 2)})).error().detail, testing::HasSubstr("line 2"));
  EXPECT_THAT(read_truth(lines({passing(1, 1, 1), passing(2, 1, 3)})).error().detail,
              testing::HasSubstr("number 3 is out of order in lane 1"));
}

class TruthFileTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(file); }
  std::string text() const {
    std::ostringstream out;
    out << std::ifstream(file).rdbuf();
    return out.str();
  }
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) /
                                     ("truth-" + std::to_string(getpid()) + ".jsonl");
  void TearDown() override { std::filesystem::remove(file); }
};

TEST_F(TruthFileTest, AppendsLinesAndCutsATornOneOffAtTheNextStart) {
  {
    auto truth = TruthFile::open(file);
    ASSERT_TRUE(truth) << truth.error().detail;
    ASSERT_TRUE(truth->append(passing(1, 1, 1)));
    ASSERT_TRUE(truth->append(passing(2, 2, 1)));
  }
  const auto whole = text();
  std::ofstream(file, std::ios::app) << R"({"index":3,"la)";
  auto truth = TruthFile::open(file);
  ASSERT_TRUE(truth) << truth.error().detail;
  EXPECT_EQ(truth->so_far().vehicles, 2u);
  EXPECT_EQ(truth->so_far().torn_bytes, 14u);
  EXPECT_EQ(text(), whole);
  ASSERT_TRUE(truth->append(passing(3, 1, 2)));
  EXPECT_EQ(text(), whole + to_truth_line(passing(3, 1, 2)) + "\n");
}

TEST_F(TruthFileTest, BelongsToOneSimulatorAtATime) {
  const auto first = TruthFile::open(file);
  ASSERT_TRUE(first);
  EXPECT_EQ(TruthFile::open(file).error().kind, ErrorKind::kRefused);
}

}  // namespace
}  // namespace exhaust::simulator
