#include "drivers/simulator/faulty_line.hpp"

#include <gmock/gmock.h>

#include "drivers/ak/telegram.hpp"
#include "drivers/line/crc16.hpp"
#include "drivers/frame/stdbus.hpp"

namespace exhaust::simulator {
namespace {

using namespace std::chrono_literals;

Bytes hex(std::string_view text) { return from_hex(text).value(); }

/// One device with one fault that never ends.
class FaultyLinesTest : public testing::Test {
 protected:
  void fault(FaultKind kind, std::function<void(Fault&)> more = {}) {
    Fault fault;
    fault.device = "d";
    fault.kind = kind;
    if (more) more(fault);
    schedule = FaultSchedule({fault}, 1);
  }
  Sending send(std::string_view bytes, Framing framing = Framing::kModbusRtu) {
    return lines.send({"d", framing, hex(bytes)}, true, 0);
  }
  std::vector<std::string> written(const Sending& sending) const {
    std::vector<std::string> texts;
    for (const auto& write : sending.writes) texts.push_back(to_hex(write.bytes));
    return texts;
  }

  FaultSchedule schedule;
  FaultyLines lines{schedule};
};

TEST_F(FaultyLinesTest, AnHonestLineWritesTheAnswerAtOnce) {
  const auto sending = send("0102");
  EXPECT_THAT(written(sending), testing::ElementsAre("0102"));
  EXPECT_EQ(sending.writes[0].after, Duration::zero());
  EXPECT_EQ(sending.end, Sending::End::kStays);
}

TEST_F(FaultyLinesTest, SilenceWritesNothing) {
  fault(FaultKind::kSilence);
  EXPECT_TRUE(send("0102").writes.empty());
}

TEST_F(FaultyLinesTest, DelayWritesTheSameLater) {
  fault(FaultKind::kDelay, [](Fault& f) { f.delay = 700ms; });
  const auto sending = send("0102");
  EXPECT_THAT(written(sending), testing::ElementsAre("0102"));
  EXPECT_EQ(sending.writes[0].after, 700ms);
}

TEST_F(FaultyLinesTest, ALateAnswerComesBeforeThatOfALaterRequest) {
  fault(FaultKind::kLate, [](Fault& f) { f.late_by = 2, f.count = 1; });
  EXPECT_THAT(written(send("01")), testing::ElementsAre());
  EXPECT_THAT(written(send("02")), testing::ElementsAre("02"));
  EXPECT_THAT(written(send("03")), testing::ElementsAre("01", "03"));
  EXPECT_THAT(written(send("04")), testing::ElementsAre("04"));
}

TEST_F(FaultyLinesTest, LateForEverEachAnswerIsThatOfTheRequestBefore) {
  fault(FaultKind::kLate);
  EXPECT_THAT(written(send("01")), testing::ElementsAre());
  EXPECT_THAT(written(send("02")), testing::ElementsAre("01"));
  EXPECT_THAT(written(send("03")), testing::ElementsAre("02"));
}

TEST_F(FaultyLinesTest, ATrickleIsOneByteAtATime) {
  fault(FaultKind::kTrickle);
  const auto sending = send("010203");
  EXPECT_THAT(written(sending), testing::ElementsAre("01", "02", "03"));
  for (const auto& write : sending.writes) EXPECT_EQ(write.after, 100ms);
}

TEST_F(FaultyLinesTest, ATruncatedFrameIsItsFirstHalf) {
  fault(FaultKind::kTruncated);
  EXPECT_THAT(written(send("01020304")), testing::ElementsAre("0102"));
}

TEST_F(FaultyLinesTest, NoiseStandsBeforeOrInside) {
  fault(FaultKind::kNoise, [](Fault& f) { f.noise_bytes = 3; });
  const auto before = written(send("01020304"))[0];
  EXPECT_EQ(before.size(), 14u);
  EXPECT_TRUE(before.ends_with("01020304"));
  fault(FaultKind::kNoise, [](Fault& f) { f.noise_bytes = 3, f.noise_inside = true; });
  const auto inside = written(send("01020304"))[0];
  EXPECT_TRUE(inside.starts_with("0102") && inside.ends_with("0304") && inside.size() == 14) << inside;
  EXPECT_TRUE(written(send("01020304", Framing::kModbusTcp))[0].ends_with("01020304")) << "never inside a TCP frame";
  const auto ak = lines.send({"d", Framing::kAk, {}}, true, 0);
  for (const auto byte : ak.writes[0].bytes) EXPECT_GE(byte, 0x80);
}

TEST_F(FaultyLinesTest, AConnectionIsResetOrLeftHalfOpenAndASerialLineIsNot) {
  fault(FaultKind::kReset);
  EXPECT_EQ(send("01").end, Sending::End::kReset);
  EXPECT_TRUE(send("01").writes.empty());
  EXPECT_EQ(lines.send({"d", Framing::kStdbus, {1}}, false, 0).writes.size(), 1u);
  fault(FaultKind::kHalfOpen);
  EXPECT_EQ(send("01").end, Sending::End::kHalfOpen);
}

TEST_F(FaultyLinesTest, BusyIsSaidInTheProtocolsOwnWord) {
  fault(FaultKind::kBusy);
  EXPECT_THAT(written(send("00 09 00 00 00 05 02 04 02 00 01", Framing::kModbusTcp)), testing::ElementsAre("000900000003028406"));
  const auto rtu = send("01 03 02 00 01 79 84").writes[0].bytes;
  EXPECT_EQ(to_hex(ByteView(rtu).first(3)), "018306");
  EXPECT_EQ(crc16_modbus(rtu), 0);
  const auto ak = ak::encode_reply("AKON", 0, {"1.5"});
  const auto busy = lines.send({"d", Framing::kAk, Bytes(ak.begin(), ak.end())}, true, 0);
  EXPECT_TRUE(ak::is_busy(*ak::parse_reply(as_text(busy.writes[0].bytes))));
  EXPECT_THAT(written(send("7B 7D", Framing::kStdbus)), testing::ElementsAre("7b7d")) << "Stdbus has no word for it";
}

TEST(WrongChecksum, IsSeenByEachProtocolsReader) {
  EXPECT_NE(crc16_modbus(with_wrong_checksum(hex("01 03 02 00 01 79 84"), Framing::kModbusRtu)), 0);
  EXPECT_EQ(to_hex(with_wrong_checksum(hex("00 09 00 00 00 05 02 04 02 00 01"), Framing::kModbusTcp)), "0009000100050204020001");
  for (int payload = 0; payload < 256; ++payload) {
    const stdbus::StdbusFrame frame{.addresses = {0x30, 0x10}, .command = 0x40, .sub = 0x66, .payload = {static_cast<std::uint8_t>(payload)}};
    stdbus::StdbusReader reader;
    reader.feed(with_wrong_checksum(stdbus::encode(frame), Framing::kStdbus));
    EXPECT_FALSE(reader.next()) << payload;
    reader.feed(stdbus::encode(frame));
    EXPECT_TRUE(reader.next()) << "the next one is found: " << payload;
  }
  const auto reply = ak::encode_reply("AKON", 0, {"1.5"});
  const auto damaged = with_wrong_checksum(Bytes(reply.begin(), reply.end()), Framing::kAk);
  ak::TelegramReader telegrams;
  telegrams.feed(as_text(damaged));
  EXPECT_FALSE(telegrams.next());
  EXPECT_EQ(to_hex(with_wrong_checksum(hex("2A 35 41 0D 0A"), Framing::kText)), "2a35400d0a");
}

}  // namespace
}  // namespace exhaust::simulator
