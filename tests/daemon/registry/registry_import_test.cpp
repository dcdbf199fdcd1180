#include "daemon/registry/registry_import.hpp"

#include <gmock/gmock.h>

#include <iconv.h>
#include <sys/stat.h>

#include "tests/daemon/registry/registry_folder.hpp"

namespace exhaust::registry {
namespace {

using testing::HasSubstr;

using RegistryImport = RegistryFolder;

std::string gbk(const std::string& utf8) {
  const auto converter = iconv_open("GBK", "UTF-8");
  std::string out(utf8.size() * 2, '\0');
  auto* from = const_cast<char*>(utf8.data());
  auto* to = out.data();
  std::size_t left = utf8.size(), room = out.size();
  EXPECT_NE(iconv(converter, &from, &left, &to, &room), static_cast<std::size_t>(-1));
  iconv_close(converter);
  out.resize(out.size() - room);
  return out;
}

constexpr const char* kTable =
    "xzqhdm,hphm,cpys,hpzl,clxh,rlzl,syxz,cllx,category,pfbzjd\n"
    "110119,京A12345,0,02,BJ7162,A,A,K33,M1,5\n"
    "110119,京A12345,1,01,BJ1049,B,F,H11,N3,3\n"
    "110119,京AD12345,4,52,,C,A,K33,M1,\n"
    "110119,冀B1234挂,1,15,,Y,F,B11,,\n";

TEST_F(RegistryImport, KeepsWhatTheNationalFieldsSay) {
  const auto report = import(kTable);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->rows, 4u);
  EXPECT_EQ(report->vehicles, 4u);
  EXPECT_EQ(report->refused, 0u);
  EXPECT_THAT(report->unused_columns, testing::ElementsAre("xzqhdm"));
  const auto registry = opened();
  const auto truck = registry->find("京A12345", "yellow");
  ASSERT_TRUE(truck);
  EXPECT_EQ(truck->fuel(), "diesel");
  EXPECT_EQ(truck->fuel_source(), "registry");
  EXPECT_EQ(truck->plate_type(), "01");
  EXPECT_EQ(truck->use(), "F");
  EXPECT_EQ(truck->type(), "H11");
  EXPECT_EQ(truck->category(), "N3");
  EXPECT_EQ(truck->emission_stage(), "3");
  EXPECT_EQ(registry->find("京A12345", "blue")->fuel(), "gasoline");
  EXPECT_EQ(registry->find("京AD12345", "green")->fuel(), "electric");
  EXPECT_EQ(registry->find("京A12346", "blue"), std::nullopt);
}

TEST_F(RegistryImport, ColumnsComeInAnyOrderAndUnderAnyKnownName) {
  ASSERT_TRUE(import("燃料种类;号牌颜色;车牌号码\n柴油;黄色;京A12345\n"));
  EXPECT_EQ(fuel("京A12345", "yellow"), "diesel");
  ASSERT_TRUE(import("RLZL\tHPYS\tHPHM\nA\t蓝\t京A12345\n"));
  EXPECT_EQ(fuel("京A12345", "blue"), "gasoline");
  EXPECT_EQ(fuel("京A12345", "yellow"), "not registered") << "the new file replaces the old one whole";
}

TEST_F(RegistryImport, ReadsUtf8WithAMarkAndWithoutAndGbk) {
  for (const auto& table : {std::string("\xEF\xBB\xBF") + kTable, std::string(kTable), gbk(kTable)}) {
    const auto report = import(table);
    ASSERT_TRUE(report) << report.error().detail;
    EXPECT_EQ(report->vehicles, 4u);
    EXPECT_EQ(fuel("冀B1234挂", "yellow"), "other");
  }
  EXPECT_TRUE(import(gbk("号牌号码,号牌颜色,燃料种类\n京A12345,黄,柴油\n"))->gbk);
  EXPECT_EQ(fuel("京A12345", "yellow"), "diesel");
  const auto wide = import(std::string("\xFF\xFEh\0p\0", 6));
  ASSERT_FALSE(wide);
  EXPECT_THAT(wide.error().detail, HasSubstr("UTF-16"));
}

TEST_F(RegistryImport, ColoursAreReadByTheirProfile) {
  ImportOptions options;
  options.colors = ColorProfile::kJtt697;
  ASSERT_TRUE(import("hphm,cpys,rlzl\n京A12345,1,A\n京A12345,2,B\n京AD12345,5,C\n", options));
  EXPECT_EQ(fuel("京A12345", "blue"), "gasoline");
  EXPECT_EQ(fuel("京A12345", "yellow"), "diesel");
  options.colors = ColorProfile::kSfe;
  ASSERT_TRUE(import("hphm,cpys,rlzl\n皖A1234警,3,A\n京A12345D,6,C\n", options));
  EXPECT_EQ(fuel("京A12345D", "yellow_green"), "electric");
}

TEST_F(RegistryImport, AColourThatIsNotGivenFollowsFromTheKindOfPlate) {  // plates.md 5
  const auto report = import("hphm,hpzl,rlzl\n京A12345,02,A\n京A12345,01,B\n京A22345,07,A\n");
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(fuel("京A12345", "blue"), "gasoline");
  EXPECT_EQ(fuel("京A12345", "yellow"), "diesel");
  ASSERT_EQ(report->refused, 1u) << "motorcycles come in two";
  EXPECT_THAT(report->first_refused[0].reason, HasSubstr("07"));
}

TEST_F(RegistryImport, EveryRefusedRowIsCountedAndTheFirstAreNamed) {
  ImportOptions options;
  options.shown = 3;
  std::string table = "hphm,cpys,rlzl\n";
  for (int i = 10000; i < 10020; ++i) table += "京A" + std::to_string(i) + ",0,A\n";
  table += "京AI2345,0,A\n,0,A\n京A12345,7,A\n京A12345,0,Q\n京A12345,0\n京B12345,255,A\n";
  const auto report = import(table, options);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->rows, 26u);
  EXPECT_EQ(report->refused, 6u);
  EXPECT_EQ(report->vehicles + report->duplicates + report->refused, report->rows);
  ASSERT_EQ(report->first_refused.size(), 3u);
  EXPECT_EQ(report->first_refused[0].line, 22u);
  EXPECT_EQ(report->first_refused[0].reason, "no plate looks like this: '京AI2345'");
  EXPECT_EQ(report->reasons.at("the fuel is not known"), 1u);
  EXPECT_EQ(report->reasons.at("the colour is not known"), 1u);
  EXPECT_EQ(report->reasons.at("there is no plate"), 1u);
  EXPECT_EQ(report->reasons.at("has not as many fields as the header"), 1u);
  EXPECT_EQ(report->reasons.at("the colour is not one that tells vehicles apart"), 1u);
  EXPECT_EQ(opened()->info().refused, 6u);
}

TEST_F(RegistryImport, OfTwoRowsForOneVehicleTheLastCounts) {
  const auto report = import("hphm,cpys,rlzl\n京A12345,1,A\n京A22345,1,A\n京A12345,1,B\n京A·12345,1,C\n");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->vehicles, 2u);
  EXPECT_EQ(report->duplicates, 2u);
  EXPECT_EQ(fuel("京A12345", "yellow"), "electric");
}

TEST_F(RegistryImport, ACodeNobodyKnowsIsLeftOutAndTheVehicleStays) {
  const auto report = import("hphm,cpys,rlzl,pfbzjd,clxh\n京A12345,1,B,9,BJ1049\n京A22345,1,B,国Ⅳ,H11\n");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->vehicles, 2u);
  EXPECT_EQ(report->columns.at("pfbzjd").not_kept, 1u);
  EXPECT_EQ(report->columns.at("pfbzjd").first_line, 2u);
  EXPECT_EQ(report->columns.at("clxh").not_kept, 0u) << "a model's name is no mistake";
  EXPECT_EQ(opened()->find("京A12345", "yellow")->emission_stage(), "");
  EXPECT_EQ(opened()->find("京A22345", "yellow")->emission_stage(), "4");
  EXPECT_EQ(opened()->find("京A22345", "yellow")->type(), "H11") << "some write the type there";
}

TEST_F(RegistryImport, ColoursOfAnotherProfileAreNoticed) {
  // JT/T 697.7 numbers, read as national ones: blue becomes yellow.
  const auto wrong = import("hphm,cpys,hpzl,rlzl\n京A12345,1,02,A\n京A22345,1,02,A\n京A32345,2,01,B\n京AD12345,5,52,C\n");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().detail, HasSubstr("--colors"));
  EXPECT_EQ(files(), 0u);
}

TEST_F(RegistryImport, ATableThatCannotBeKeptLeavesTheOldFileInForce) {
  ASSERT_TRUE(import(kTable));
  const auto before = bytes();
  for (const auto& [table, why] : std::vector<std::pair<std::string, std::string>>{
           {"", "no header"},
           {"cpys,rlzl\n0,A\n", "hphm"},
           {"hphm,rlzl\n京A12345,A\n", "cpys"},
           {"hphm,cpys\n京A12345,0\n", "rlzl"},
           {"hphm,cpys,hpys,rlzl\n京A12345,0,0,A\n", "two columns"},
           {"hphm,cpys,rlzl\n", "no vehicle"},
           {"hphm,cpys,rlzl\n京A12345,0,A\nx,0,A\ny,0,A\n", "no plate looks like this, such as line 3"}}) {
    const auto report = import(table);
    ASSERT_FALSE(report) << table;
    EXPECT_EQ(report.error().kind, ErrorKind::kBadFrame);
    EXPECT_THAT(report.error().detail, HasSubstr(why));
  }
  EXPECT_EQ(bytes(), before);
  EXPECT_EQ(files(), 1u) << "nothing is left beside it";
}

TEST_F(RegistryImport, TheSameVehiclesHaveTheSameContentsInWhateverOrder) {
  const auto one = import("hphm,cpys,rlzl\n京A12345,1,B\n京A22345,0,A\n");
  const auto other = import("hphm,cpys,rlzl\n京A22345,0,A\n京A12345,1,A\n京A12345,1,B\n");
  const auto different = import("hphm,cpys,rlzl\n京A22345,0,A\n京A12345,1,A\n");
  EXPECT_EQ(one->contents, other->contents);
  EXPECT_NE(one->contents, different->contents);
  EXPECT_EQ(opened()->info().contents, different->contents);
}

TEST_F(RegistryImport, WhoCouldReadTheOldFileCanReadTheNew) {
  ASSERT_TRUE(import(kTable));
  struct stat state {};
  ASSERT_EQ(::stat(file.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0640u);
  ::chmod(file.c_str(), 0604);
  ASSERT_TRUE(import(kTable));
  ASSERT_EQ(::stat(file.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0604u);
}

TEST_F(RegistryImport, MoreVehiclesThanARunAreMergedInOrder) {
  std::string table = "hphm,cpys,rlzl\n";
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 600'000; ++i) {  // backwards, and the second round with another fuel
      const int n = 599'999 - i;
      table += std::string("京") + static_cast<char>('A' + n / 100'000) + std::to_string(100'000 + n % 100'000).substr(1) + (round == 0 ? ",0,A\n" : ",0,B\n");
    }
  }
  const auto report = import(table);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->rows, 1'200'000u);
  EXPECT_EQ(report->vehicles, 600'000u);
  EXPECT_EQ(report->duplicates, 600'000u);
  const auto registry = opened();
  for (const auto* plate : {"京A00000", "京C34567", "京F99999"}) EXPECT_EQ(registry->find(plate, "blue")->fuel(), "diesel") << plate;
  EXPECT_LT(std::filesystem::file_size(file) / 600'000, 20u) << "bytes a vehicle";
}

}  // namespace
}  // namespace exhaust::registry
