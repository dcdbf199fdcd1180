#include "daemon/uplink/cursor.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace exhaust::uplink {
namespace {

class CursorFile : public testing::Test {
 protected:
  CursorFile() { std::filesystem::create_directories(folder); }
  ~CursorFile() override { std::filesystem::remove_all(folder); }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("exhaust-cursor-" + std::to_string(::getpid()));
  const std::filesystem::path file = folder / "city.cursor";
};

TEST_F(CursorFile, BringsBackWhatWasSaved) {
  const ledger::ChainKey key{"A110119001", make_ledger_id()};
  ASSERT_TRUE(save_cursor(file, {{key, {.sequence = 4711, .rejected = 2}}}));
  const auto cursor = load_cursor(file);
  ASSERT_EQ(cursor.size(), 1u);
  EXPECT_EQ(cursor.at(key).sequence, 4711u);
  EXPECT_EQ(cursor.at(key).rejected, 2u);
}

TEST_F(CursorFile, IsNoErrorWhenMissingOrTorn) {
  EXPECT_TRUE(load_cursor(file).empty());
  std::ofstream(file) << "A110119001 0011\nA110119001 00112233445566778899aabbccddeeff 5 0\nA11";
  EXPECT_EQ(load_cursor(file).size(), 1u);
}

TEST_F(CursorFile, SaysWhyItCannotBeWritten) {
  const auto saved = save_cursor(folder / "no" / "such" / "folder", {});
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().kind, ErrorKind::kStorage);
}

}  // namespace
}  // namespace exhaust::uplink
