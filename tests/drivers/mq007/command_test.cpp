#include "drivers/mq007/command.hpp"

#include <gtest/gtest.h>

namespace exhaust::mq007 {
namespace {

TEST(Mq007Command, IsAWordAndPairs) {
  const Command command{"CALIBRATE_MANUALLY", {{"HC", "105"}, {"NO", "2500"}}};
  EXPECT_EQ(encode_command(command), "CALIBRATE_MANUALLY,HC=105,NO=2500");
  EXPECT_EQ(decode_command(as_bytes("CALIBRATE_MANUALLY,HC=105,NO=2500")), command);
  EXPECT_EQ(decode_command(as_bytes("REBOOT_TESTER")), (Command{"REBOOT_TESTER", {}}));
}

TEST(Mq007Command, WithLooseEndsIsReadAsFarAsItGoes) {
  EXPECT_EQ(decode_command(as_bytes("CMD,,a=,b,c=d=e,")), (Command{"CMD", {{"a", ""}, {"b", ""}, {"c", "d=e"}}}));
  EXPECT_FALSE(decode_command(as_bytes(",a=1")));
  EXPECT_FALSE(decode_command({}));
}

TEST(Mq007TimeSync, IsADateTimeOfChina) {
  // 2026-11-23 10:02:11.250 in China: Julian day 2461368, 36131250 ms of the day, local time.
  const auto now = from_rfc3339("2026-11-23T02:02:11.250Z").value();
  EXPECT_EQ(to_hex(encode_time_sync(now)), "00258eb8022751b2ff");
  // Late in the day at Greenwich it is the next day there.
  EXPECT_EQ(to_hex(encode_time_sync(from_rfc3339("2026-11-22T16:00:00Z").value())), "00258eb800000000ff");
}

TEST(Mq007Discovery, TheAnswerSaysPortAndName) {
  EXPECT_EQ(decode_answer(as_bytes("TCPSERVER_PORT=5888,TESTER_NAME=MQ-007-12,")), (DiscoveryAnswer{5888, "MQ-007-12"}));
  EXPECT_EQ(decode_answer(as_bytes("TESTER_NAME=x,TCPSERVER_PORT=1")), (DiscoveryAnswer{1, "x"}));
  EXPECT_EQ(decode_answer(as_bytes("TCPSERVER_PORT=5888")), (DiscoveryAnswer{5888, ""}));
  EXPECT_EQ(encode_answer({5888, "MQ-007-12"}), "TCPSERVER_PORT=5888,TESTER_NAME=MQ-007-12,");
}

TEST(Mq007Discovery, AnAnswerWithoutAPossiblePortIsNone) {
  for (const char* text : {"", "I_AM_YAOGAN_TESTER", "TESTER_NAME=x,", "TCPSERVER_PORT=,", "TCPSERVER_PORT=0,",
                           "TCPSERVER_PORT=65536,", "TCPSERVER_PORT=-1,", "TCPSERVER_PORT=58x,", "TCPSERVER_PORT"}) {
    EXPECT_EQ(decode_answer(as_bytes(text)).error().kind, ErrorKind::kBadFrame) << text;
  }
}

}  // namespace
}  // namespace exhaust::mq007
