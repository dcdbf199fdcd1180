#include "daemon/registry/vehicle_registry.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "daemon/registry/registry_writer.hpp"
#include "tests/daemon/registry/registry_folder.hpp"

namespace exhaust::registry {
namespace {

using testing::HasSubstr;

class VehicleRegistryTest : public RegistryFolder {
 protected:
  void made(int vehicles = 3) {
    auto writer = RegistryWriter::begin(file);
    ASSERT_TRUE(writer) << writer.error().detail;
    v1::Vehicle diesel;
    diesel.set_fuel("diesel");
    const auto kind = *writer->kind(diesel);
    for (int i = 0; i < vehicles; ++i) ASSERT_TRUE(*writer->add("京A" + std::to_string(10'000 + i), "yellow", kind));
    const auto written = writer->commit({"a test", "2026-11-23T02:02:11Z", 3, 0});
    ASSERT_TRUE(written) << written.error().detail;
    EXPECT_EQ(written->bytes, std::filesystem::file_size(file));
  }
  /// By another program.
  void altered(const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }
  Error refusal(VehicleRegistry::Check check = VehicleRegistry::Check::kHead) {
    const auto registry = VehicleRegistry::open(file, check);
    EXPECT_FALSE(registry);
    return registry ? Error{} : registry.error();
  }
};

TEST_F(VehicleRegistryTest, SaysWhatItIs) {
  made();
  const auto registry = opened();
  EXPECT_EQ(registry->info().vehicles, 3u);
  EXPECT_EQ(registry->info().source, "a test");
  EXPECT_EQ(registry->info().made_at, "2026-11-23T02:02:11Z");
  ASSERT_EQ(registry->kinds().size(), 1u);
  EXPECT_EQ(registry->kinds()[0].vehicles, 3u);
}

TEST_F(VehicleRegistryTest, AnswersForThePlateInItsColour) {
  ASSERT_TRUE(import("hphm,cpys,rlzl\n京A12345,0,A\n京A12345,1,B\n京A22345,1,B\n京AD12345,4,C\n冀B1234挂,1,B\n"));
  const auto registry = opened();
  EXPECT_EQ(registry->find("京A12345", "blue")->fuel(), "gasoline");
  EXPECT_EQ(registry->find("京A12345", "yellow")->fuel(), "diesel");
  EXPECT_FALSE(registry->find("京A12345", "white"));
  EXPECT_FALSE(registry->find("京A12345", "unknown")) << "one of two";
  EXPECT_TRUE(registry->find("京A22345", "unknown")) << "there is only one";
  EXPECT_TRUE(registry->find("京AD12345", "yellow")) << "the form tells its colour";
  EXPECT_TRUE(registry->find("冀B1234挂", "unknown"));
  EXPECT_FALSE(registry->find("", "blue"));
  EXPECT_FALSE(registry->find("not a plate at all", "blue"));
  const auto both = registry->find_all("京A12345");
  ASSERT_TRUE(both);
  ASSERT_EQ(both->size(), 2u);
  EXPECT_EQ((*both)[0].color, "blue");
}

TEST_F(VehicleRegistryTest, AMissingFileIsSaid) {
  EXPECT_EQ(refusal().kind, ErrorKind::kStorage);
  EXPECT_THAT(refusal().detail, HasSubstr("vehicles.db"));
  std::filesystem::create_directory(file);
  EXPECT_THAT(refusal().detail, HasSubstr("not a file"));
}

TEST_F(VehicleRegistryTest, AnyOtherFileIsNoRegistry) {
  std::ofstream(file) << "hphm,cpys,rlzl\n";
  EXPECT_EQ(refusal().kind, ErrorKind::kDamaged);
  std::ofstream(file, std::ios::trunc) << "";
  EXPECT_EQ(refusal().kind, ErrorKind::kDamaged);
  std::filesystem::remove(file);
  altered("CREATE TABLE vehicle(plate, kind)");
  EXPECT_THAT(refusal().detail, HasSubstr("is not a registry"));
}

TEST_F(VehicleRegistryTest, ANewerFormatIsNotGuessedAt) {
  made();
  altered("PRAGMA user_version = 2");
  EXPECT_EQ(refusal().kind, ErrorKind::kSettings);
  EXPECT_THAT(refusal().detail, HasSubstr("has format 2, this program knows up to 1"));
}

TEST_F(VehicleRegistryTest, WhereverItIsCutShortItIsNotOpened) {
  made(3000);
  const auto whole = bytes();
  for (std::size_t length = 0; length < whole.size(); length += 997) {
    std::filesystem::resize_file(file, length);
    const auto error = refusal();
    EXPECT_EQ(error.kind, ErrorKind::kDamaged) << length << ": " << error.detail;
    std::ofstream(file, std::ios::binary | std::ios::trunc) << whole;
  }
}

TEST_F(VehicleRegistryTest, VehiclesThatDoNotAddUpAreDamage) {
  made();
  altered("UPDATE kind SET vehicles = 5");
  EXPECT_EQ(refusal().kind, ErrorKind::kDamaged);
}

TEST_F(VehicleRegistryTest, ADamagedPageIsFoundWhenAllIsCheckedAndElseCostsItsAnswers) {
  made(30'000);
  auto damaged = bytes();
  const auto page = damaged.size() / 4096 / 2;
  for (std::size_t i = 0; i < 4096; ++i) damaged[page * 4096 + i] = static_cast<char>(0xA5);
  std::ofstream(file, std::ios::binary | std::ios::trunc) << damaged;
  EXPECT_EQ(refusal(VehicleRegistry::Check::kWhole).kind, ErrorKind::kDamaged);
  const auto registry = opened(VehicleRegistry::Check::kHead);
  ASSERT_TRUE(registry);
  int found = 0;
  for (int i = 0; i < 30'000; ++i) found += registry->find("京A" + std::to_string(10'000 + i), "yellow") ? 1 : 0;
  EXPECT_GT(registry->failed(), 0u);
  EXPECT_EQ(static_cast<std::uint64_t>(found) + registry->failed(), 30'000u);
  EXPECT_GT(found, 29'000);
}

TEST_F(VehicleRegistryTest, AnOpenOneGoesOnWhenItsFileIsReplaced) {
  ASSERT_TRUE(import("hphm,cpys,rlzl\n京A12345,0,A\n"));
  const auto old = opened();
  ASSERT_TRUE(import("hphm,cpys,rlzl\n京A12345,0,B\n"));
  EXPECT_EQ(old->find("京A12345", "blue")->fuel(), "gasoline");
  EXPECT_EQ(fuel("京A12345", "blue"), "diesel");
}

TEST_F(VehicleRegistryTest, AnOpenOneAnswersNothingMoreOnceItsFileIsWrittenInto) {
  ASSERT_TRUE(import("hphm,cpys,rlzl\n京A12345,0,B\n京A22345,0,A\n"));
  const auto other = bytes();
  ASSERT_TRUE(import("hphm,cpys,rlzl\n京A12345,0,A\n京A22345,0,B\n"));
  const auto old = opened();
  EXPECT_EQ(old->find("京A12345", "blue")->fuel(), "gasoline");
  std::ofstream(file, std::ios::binary) << other;  // as cp does
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() + std::chrono::seconds{1});  // not within the clock's tick
  EXPECT_FALSE(old->find("京A12345", "blue")) << "which of the two files is read nobody knows";
  EXPECT_EQ(old->failed(), 1u);
}

TEST_F(VehicleRegistryTest, TwoImportsIntoOneFileDoNotMeet) {
  auto one = RegistryWriter::begin(file);
  ASSERT_TRUE(one);
  const auto other = RegistryWriter::begin(file);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::kRefused);
}

TEST_F(VehicleRegistryTest, WhatAKilledImportLeftIsNoHindrance) {
  std::ofstream(file.string() + ".importing") << "half a file";
  made();
  EXPECT_EQ(files(), 1u);
}

TEST_F(VehicleRegistryTest, ThereAreNoMoreKindsThanItHolds) {
  auto writer = RegistryWriter::begin(file);
  v1::Vehicle vehicle;
  for (int i = 0; i < 65'536; ++i) {
    vehicle.set_type(std::to_string(i));
    ASSERT_TRUE(writer->kind(vehicle));
  }
  EXPECT_EQ(writer->kind(vehicle), 65'535u) << "known";
  vehicle.set_type("one more");
  EXPECT_FALSE(writer->kind(vehicle));
}

}  // namespace
}  // namespace exhaust::registry
