#include "drivers/simulator/lone_device.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "drivers/ak/telegram.hpp"
#include "drivers/line/crc16.hpp"
#include "drivers/frame/stdbus.hpp"
#include "drivers/simulator/model.hpp"

namespace exhaust::simulator {
namespace {

class LoneDevice : public testing::Test {
 protected:
  std::unique_ptr<Conversation> talk(std::string_view word, LoneSettings settings = {}) {
    const auto kind = std::ranges::find(lone_kinds(), word, &LoneKind::word);
    return kind->make(settings, schedule)();
  }
  static std::string joined(const std::vector<Answer>& answers) {
    std::string text;
    for (const auto& answer : answers) text += to_hex(answer.bytes);
    return text;
  }
  static Bytes hex(std::string_view text) { return from_hex(text).value(); }

  FaultSchedule schedule;
};

TEST_F(LoneDevice, WordsAreUniqueAndNameTheDeviceInFaultFiles) {
  std::set<std::string_view> words;
  for (const auto& kind : lone_kinds()) {
    EXPECT_TRUE(words.insert(kind.word).second) << kind.word;
    EXPECT_EQ(fault_target(kind, {}).device, kind.word);
  }
}

TEST_F(LoneDevice, AModbusKindSpeaksTcpOrRtuAsItsLineAsks) {
  const auto tcp = talk("weather", {.unit_id = 7});
  EXPECT_TRUE(joined(tcp->take(hex("00 01 00 00 00 06 07 03 00 00 00 0A"), 1)).starts_with("000100000017070314"));
  const auto rtu = talk("weather", {.serial = true});
  const auto answers = rtu->take(hex("01 03 00 00 00 0A C5 CD"), 1);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].bytes.size(), 25u);
  EXPECT_EQ(crc16_modbus(answers[0].bytes), 0);
  EXPECT_EQ(talk("weather", {.rtu_over_tcp = true})->take(hex("01 03 00 00 00 0A C5 CD"), 1).size(), 1u);
}

TEST_F(LoneDevice, TheSameMomentHasTheSameValues) {
  const auto request = hex("01 03 00 00 00 0A C5 CD");
  const LoneSettings serial{.serial = true};
  EXPECT_EQ(joined(talk("weather", serial)->take(request, 100)), joined(talk("weather", serial)->take(request, 100)));
  EXPECT_NE(joined(talk("weather", serial)->take(request, 100)), joined(talk("weather", serial)->take(request, 200)));
}

TEST_F(LoneDevice, AVehiclePassesTheAnalyserEachFourSeconds) {
  const auto analyser = talk("analyser");
  const auto newest = [&](double at_s) { return joined(analyser->take(hex("00 01 00 00 00 06 01 04 00 00 00 02"), at_s)).substr(18); };
  EXPECT_EQ(newest(0), "00000000");
  EXPECT_EQ(newest(4), "00000001");
  EXPECT_EQ(newest(4000), "000003e8");
  // Vehicle 1000 stands in slot 1000 % 64 = 40, at 100 + 640; the oldest that is kept, 937, in slot 41.
  EXPECT_EQ(joined(analyser->take(hex("00 01 00 00 00 06 01 04 02 E4 00 02"), 4000)).substr(18), "000003e8");
  EXPECT_EQ(joined(analyser->take(hex("00 01 00 00 00 06 01 04 02 F4 00 02"), 4000)).substr(18), "000003a9");
}

TEST_F(LoneDevice, TheGateReportsWhoPassesWhileTheClientIsThere) {
  const auto gate = talk("gate");
  EXPECT_TRUE(gate->beat(40).empty());
  EXPECT_TRUE(gate->beat(43.9).empty());
  const auto reports = gate->beat(44);
  ASSERT_EQ(reports.size(), 1u);
  stdbus::StdbusReader reader;
  reader.feed(reports[0].bytes);
  const auto speed = stdbus::decode_speed(reader.next()->frame.payload);
  EXPECT_EQ(speed->count, 11u);
  EXPECT_NEAR(speed->speed_km_h.value_or(0), make_vehicle(1, 11).speed_km_h.value_or(0), 1e-3);
  EXPECT_TRUE(gate->beat(44.1).empty());
}

TEST_F(LoneDevice, TheSmokeMeterAnswersInAkByNumber) {
  const auto smoke = talk("smoke");
  const auto ask = [&](const std::string& text, double at_s) {
    const auto answers = smoke->take(as_bytes("\x02 " + text + "\x03"), at_s);
    EXPECT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].device, "smoke");
    return ak::parse_reply(as_text(answers[0].bytes))->values;
  };
  EXPECT_EQ(ask("AKON K1", 400)[0], "100");
  EXPECT_EQ(ask("AKON K1 37", 400)[0], "37");
  EXPECT_THAT(ask("AKON K1 36", 400), testing::ElementsAre("NA"));
}

TEST_F(LoneDevice, ASerialLineCannotBeResetAndASpeedBoardHasNoWordForBusy) {
  const auto kinds = [](std::string_view word, LoneSettings settings) {
    return fault_target(*std::ranges::find(lone_kinds(), word, &LoneKind::word), settings).kinds;
  };
  EXPECT_THAT(kinds("weather", {}), testing::Contains(FaultKind::kReset));
  EXPECT_THAT(kinds("weather", {.serial = true}), testing::Not(testing::Contains(FaultKind::kReset)));
  EXPECT_THAT(kinds("gate", {}), testing::Not(testing::Contains(FaultKind::kBusy)));
  EXPECT_THAT(kinds("analyser", {}), testing::Contains(FaultKind::kTorn));
}

}  // namespace
}  // namespace exhaust::simulator
