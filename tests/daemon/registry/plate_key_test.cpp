#include "daemon/registry/plate_key.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace exhaust::registry {
namespace {

TEST(PlateKey, IsTheSameForEverForTheFormat) {
  // Signs 1 32 59 60 61 62 63, none; blue is 1.
  EXPECT_EQ(plate_key("京A12345", "blue"), 0x281DBC7AF9F801);
  EXPECT_EQ(plate_key("粤B12345F", "yellow_green"), plate_key("粤B12345F", ""));
}

TEST(PlateKey, OfDifferentPlatesDiffersAndLeadsBack) {  // kinds of plates.md 2, vectors of 2.1
  std::set<PlateKey> keys;
  for (const auto* plate : {"京A12345", "京O12345", "京AD12345", "粤BAD1234", "京A12345D", "粤B12345F", "皖A1234警", "浙A1234学", "冀B1234挂", "粤ZAB12港",
                            "粤Z1234澳", "使014578", "224578使", "沪A0023领", "WJ京12345", "WJ沪1234X", "WJ12345", "VA12345", "川S1234应急", "民航A1234",
                            "京0112345", "京A1234临", "京A12345试", "琼EZZZZZ"}) {
    const auto key = plate_key(plate, "yellow");
    ASSERT_TRUE(key) << plate;
    EXPECT_GT(*key, 0);
    EXPECT_TRUE(keys.insert(*key).second) << plate;
    EXPECT_EQ(plate_of(*key), plate);
  }
}

TEST(PlateKey, TellsColoursApartOnlyWhereAPlateComesInSeveral) {
  EXPECT_NE(plate_key("京A12345", "blue"), plate_key("京A12345", "yellow"));
  EXPECT_EQ(color_of(*plate_key("京A12345", "yellow")), "yellow");
  EXPECT_EQ(plate_key("京AD12345", "green"), plate_key("京AD12345", "yellow_green")) << "cameras know one green";
  EXPECT_EQ(plate_key("冀B1234挂", "yellow"), plate_key("冀B1234挂", "unknown"));
  EXPECT_EQ(color_of(*plate_key("冀B1234挂", "yellow")), "");
}

TEST(PlateKey, WithoutAColourStandsForAllOfThem) {
  for (const auto* color : {"", "unknown", "other", "pink"}) {
    EXPECT_FALSE(plate_key("京A12345", color)) << color;
    const auto keys = plate_keys("京A12345", color);
    ASSERT_TRUE(keys);
    for (const auto* seen : {"blue", "yellow", "white", "black", "green", "yellow_green", "green_agri", "civil_aviation"}) {
      EXPECT_LE(keys->first, *plate_key("京A12345", seen));
      EXPECT_GE(keys->last, *plate_key("京A12345", seen));
    }
    EXPECT_LT(keys->last, *plate_key("京A12346", "blue"));
  }
}

TEST(PlateKey, ThereIsNoneForWhatIsNoPlate) {
  for (const auto* text : {"", "京A1234567", "京a12345", "台A12345", "\xbe\xa9" "A12345", "京A 2345", "京京京京京京京京京"}) {
    EXPECT_FALSE(plate_keys(text, "blue")) << text;
  }
}

}  // namespace
}  // namespace exhaust::registry
