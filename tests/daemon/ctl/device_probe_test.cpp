#include "daemon/ctl/device_probe.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace exhaust::ctl {
namespace {

TEST(ParseSpan, TakesOneNumberOrTwoInOrder) {
  EXPECT_EQ(*parse_span("7", 247), (std::pair<std::uint16_t, std::uint16_t>{7, 7}));
  EXPECT_EQ(*parse_span("1-247", 247), (std::pair<std::uint16_t, std::uint16_t>{1, 247}));
  for (const auto* wrong : {"", "-", "1-", "-7", "9-3", "1-248", "1-2-3", "1 - 2", "x", "70000"}) EXPECT_FALSE(parse_span(wrong, 247)) << wrong;
}

TEST(FindingLines, ShowWhatItWouldBeAndHowSure) {
  modbus::Finding finding;
  finding.unit = 17;
  finding.candidate = "zhixiangyu-weather";
  finding.order = WordOrder::kCDAB;
  finding.shift = -1;
  finding.score = 41.7;
  finding.values = {{"temperature_c", 4, 25.5, 9.0}, {"pressure_hpa", 8, std::nullopt, 0.0}};
  const auto lines = finding_lines({finding});
  EXPECT_EQ(lines[0], (Line{"1", "17", "input", "zhixiangyu-weather", "CDAB, -1", "42", "temperature_c 25.5, pressure_hpa -"}));
  const auto json = nlohmann::json::parse(finding_json(finding, false));
  EXPECT_EQ(json["values"][0]["value"], 25.5);
  EXPECT_FALSE(json["values"][1].contains("value")) << "missing stays missing";
}

}  // namespace
}  // namespace exhaust::ctl
