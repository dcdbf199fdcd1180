#include "daemon/registry/csv.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace exhaust::registry {
namespace {

/// "1:a|b 2:c|d": lines and fields; "3!" where there are none.
std::string rows_of(const std::string& text, char delimiter = ',') {
  std::istringstream in(text);
  CsvReader reader(in);
  std::string all;
  while (const auto row = reader.next(delimiter)) {
    all += (all.empty() ? "" : " ") + std::to_string(row->line) + (row->damage != nullptr ? "!" : ":");
    for (std::size_t i = 0; i < row->fields.size(); ++i) all += (i > 0 ? "|" : "") + row->fields[i];
  }
  EXPECT_EQ(reader.bytes(), text.size());
  return all;
}

TEST(Csv, LinesEndWithLfOrCrLfOrTheFile) {
  EXPECT_EQ(rows_of("a,b\nc,d\n"), "1:a|b 2:c|d");
  EXPECT_EQ(rows_of("a,b\r\nc,d"), "1:a|b 2:c|d");
  EXPECT_EQ(rows_of("a;b\tc", '\t'), "1:a;b|c");
  EXPECT_EQ(rows_of(""), "");
}

TEST(Csv, QuotesHoldDelimitersLineEndsAndQuotes) {
  EXPECT_EQ(rows_of("\"a,b\",\"c\"\"d\"\ne,f\n"), "1:a,b|c\"d 2:e|f");
  EXPECT_EQ(rows_of("\"a\nb\",c\nd,e\n"), "1:a\nb|c 3:d|e");
  EXPECT_EQ(rows_of("\"\",a\n"), "1:|a");
  EXPECT_EQ(rows_of("5\" tyre,a\n"), "1:5\" tyre|a") << "a quote inside a field is itself";
}

TEST(Csv, EmptyLinesAreLeftOutAndCounted) {
  EXPECT_EQ(rows_of("a,b\n\n\r\n,\nc,d\n"), "1:a|b 5:c|d");
}

TEST(Csv, AQuoteWithoutAnEndCostsItsOwnLine) {
  EXPECT_EQ(rows_of("a,b\n\"c,d\ne,f\n"), "1:a|b 2! 3:e|f");
  std::string many = "\"x,y\n";
  for (int i = 0; i < 20'000; ++i) many += "1,2\n";
  const auto rows = rows_of(many);
  EXPECT_TRUE(rows.starts_with("1! 2:1|2 3:1|2")) << rows.substr(0, 40);
  EXPECT_TRUE(rows.ends_with("20001:1|2"));
}

TEST(Csv, ALineThatIsTooLongCostsItself) {
  const std::string longer(3 * CsvReader::kMostRow, 'x');
  EXPECT_EQ(rows_of("a,b\n" + longer + "\nc,d\n"), "1:a|b 2! 3:c|d");
  EXPECT_EQ(rows_of(longer), "1!");
  const std::string huge(5 << 20, 'x');
  EXPECT_EQ(rows_of("a,b\n" + huge + "\nc,d\n"), "1:a|b 2! 3:c|d");
}

TEST(Csv, ALongTableIsReadToItsLastRow) {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += std::to_string(i) + ",x\n";
  std::istringstream in(text);
  CsvReader reader(in);
  int next = 0;
  while (const auto row = reader.next(',')) {
    ASSERT_EQ(row->fields[0], std::to_string(next));
    ASSERT_EQ(row->line, static_cast<std::uint64_t>(++next));
  }
  EXPECT_EQ(next, 300'000);
}

TEST(Csv, ARowThatIsNoneIsReadAgainFromItsSecondLine) {
  std::istringstream in("\"a\nb,c\nd\",e\n");
  CsvReader reader(in);
  ASSERT_EQ(reader.next(',')->fields.size(), 2u);
  reader.again_from_next_line();
  const auto second = reader.next(',');
  EXPECT_EQ(second->line, 2u);
  EXPECT_EQ(second->fields, (std::vector<std::string>{"b", "c"}));
}

}  // namespace
}  // namespace exhaust::registry
