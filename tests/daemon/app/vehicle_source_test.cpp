#include "daemon/app/vehicle_source.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "daemon/registry/registry_import.hpp"

namespace exhaust::app {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class VehicleSourceTest : public testing::Test {
 protected:
  VehicleSourceTest() {
    char name[] = "/tmp/exhaust-vehicles-XXXXXX";
    folder = mkdtemp(name);
    file = folder / "vehicles.db";
    source = std::make_unique<VehicleSource>(io, file,
                                             VehicleSource::Tells{.answered =
                                                                      [this](auto plate, auto color, const auto& found) {
                                                                        answers.push_back(std::string(plate) + " " + std::string(color) + " " + (found ? found->fuel() : "-"));
                                                                      },
                                                                  .in_force = [this](const auto& what) { in_force.push_back(what); }});
  }
  ~VehicleSourceTest() override {
    source.reset();
    std::filesystem::remove_all(folder);
  }
  void imported(const std::string& fuel) {
    std::istringstream in("hphm,cpys,rlzl\n京A12345,0," + fuel + "\n");
    const auto report = registry::import_csv(in, file, {}, {});
    ASSERT_TRUE(report) << report.error().detail;
  }
  /// One look, until it has come to an end.
  void look() {
    const auto work = boost::asio::make_work_guard(io);
    source->look();
    io.restart();
    ASSERT_EQ(io.run_one_for(10s), 1u);
  }
  std::string fuel() {
    const auto found = source->find("京A12345", "blue");
    return found ? found->fuel() : "-";
  }

  boost::asio::io_context io;
  std::filesystem::path folder, file;
  std::vector<std::string> answers, in_force;
  std::unique_ptr<VehicleSource> source;
};

TEST_F(VehicleSourceTest, AStationDoesNotStartWithoutTheFileItNames) {
  const auto opened = source->open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().detail, HasSubstr("vehicles.db"));
}

TEST_F(VehicleSourceTest, EachAnswerIsTold) {
  imported("B");
  ASSERT_TRUE(source->open());
  EXPECT_EQ(fuel(), "diesel");
  EXPECT_FALSE(source->find("京A12346", "blue"));
  EXPECT_THAT(answers, ElementsAre("京A12345 blue diesel", "京A12346 blue -"));
  EXPECT_EQ(source->status().asked(), 2u);
  EXPECT_EQ(source->status().found(), 1u);
}

TEST_F(VehicleSourceTest, AReplacedFileIsTakenOverAndNothingElseIsLookedAtTwice) {
  imported("B");
  ASSERT_TRUE(source->open());
  look();
  EXPECT_EQ(source->status().replaced(), 0u);
  imported("C");
  EXPECT_EQ(fuel(), "diesel") << "not before somebody looks";
  look();
  EXPECT_EQ(fuel(), "electric");
  EXPECT_EQ(source->status().replaced(), 1u);
  look();
  EXPECT_EQ(source->status().replaced(), 1u);
  ASSERT_EQ(in_force.size(), 2u);
  EXPECT_THAT(in_force[1], HasSubstr("1 vehicles, made "));
}

TEST_F(VehicleSourceTest, ABadFileIsSaidOnceAndTheOldOneStays) {
  imported("B");
  ASSERT_TRUE(source->open());
  std::ofstream(folder / "other") << "no registry";
  std::filesystem::rename(folder / "other", file);
  look();
  look();
  EXPECT_EQ(fuel(), "diesel");
  EXPECT_EQ(source->status().refused(), 1u);
  EXPECT_THAT(source->status().detail(), HasSubstr("not a database"));
  std::filesystem::remove(file);
  look();
  EXPECT_EQ(fuel(), "diesel");
  EXPECT_EQ(source->status().refused(), 2u);
  EXPECT_THAT(source->status().detail(), HasSubstr("gone"));
  imported("C");
  look();
  EXPECT_EQ(fuel(), "electric");
  EXPECT_EQ(source->status().detail(), "");
  EXPECT_EQ(in_force.size(), 2u);
}

TEST_F(VehicleSourceTest, ItCanEndWhileItLooks) {
  imported("B");
  ASSERT_TRUE(source->open());
  imported("C");
  source->look();
  source.reset();
  io.restart();
  io.run();
}

}  // namespace
}  // namespace exhaust::app
