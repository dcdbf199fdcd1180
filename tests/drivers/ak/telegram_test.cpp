#include "drivers/ak/telegram.hpp"

#include <gmock/gmock.h>

#include "daemon/core/bytes.hpp"

namespace exhaust::ak {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::IsEmpty;

std::string bytes(std::string_view hex) { return std::string(as_text(*from_hex(hex))); }

// The vectors of devices.md 1.
const std::string kAskValues = bytes("02 20 41 4B 4F 4E 20 4B 30 03");
const std::string kTwoValues = bytes("02 20 41 4B 4F 4E 20 30 20 31 32 2E 33 34 20 35 36 37 2E 38 03");
const std::string kAskState = bytes("02 20 41 53 54 5A 20 4B 30 03");
const std::string kState = bytes("02 20 41 53 54 5A 20 30 20 53 52 45 4D 20 53 4D 47 41 03");
const std::string kUnknown = bytes("02 20 3F 3F 3F 3F 03");

TEST(AkTelegram, IsEncodedAsInTheVectors) {
  EXPECT_EQ(encode_command("AKON", "K0"), kAskValues);
  EXPECT_EQ(encode_command("ASTZ", "K0"), kAskState);
  EXPECT_EQ(encode_reply("AKON", 0, {"12.34", "567.8"}), kTwoValues);
  EXPECT_EQ(encode_reply("ASTZ", 0, {"SREM", "SMGA"}), kState);
  EXPECT_EQ(encode_reply("????", 0), kUnknown);
}

TEST(AkTelegram, CarriesDataAfterTheChannelAndAConfiguredDontCareByte) {
  EXPECT_EQ(encode_command("AKON", "K1", {"1234"}, 0x30), bytes("02 30 41 4B 4F 4E 20 4B 31 20 31 32 33 34 03"));
}

TEST(AkTelegram, CommandsAreReadByTheDevice) {
  const auto plain = decode_command(kAskValues);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->code, "AKON");
  EXPECT_EQ(plain->channel, "K0");
  EXPECT_THAT(plain->data, IsEmpty());
  const auto numbered = decode_command(encode_command("AKON", "K12", {"7", "x"}, 0xFF));
  ASSERT_TRUE(numbered);
  EXPECT_EQ(numbered->channel, "K12");
  EXPECT_THAT(numbered->data, ElementsAre("7", "x"));
  EXPECT_EQ(numbered->dont_care, 0xFF);
}

TEST(AkTelegram, RepliesAreReadByTheDaemon) {
  const auto reply = parse_reply(kTwoValues);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, "AKON");
  EXPECT_EQ(reply->status, 0);
  EXPECT_THAT(reply->values, ElementsAre("12.34", "567.8"));
  EXPECT_THAT(parse_reply(kState)->values, ElementsAre("SREM", "SMGA"));
}

TEST(AkTelegram, LongRepliesAreBrokenIntoLinesAndReadAgain) {
  const std::vector<std::string> values(30, "123.456");
  const auto telegram = encode_reply("AKON", 3, values);
  std::size_t line = 0;
  for (const char c : telegram) {
    line = c == '\n' ? 0 : line + 1;
    EXPECT_LE(line, 61u) << "60 characters and the CR";
  }
  EXPECT_NE(telegram.find("\r\n"), std::string::npos);
  EXPECT_EQ(parse_reply(telegram)->values, values);
  EXPECT_EQ(parse_reply(telegram)->status, 3);
}

TEST(AkTelegram, SeveralBlanksSeparateLikeOne) {
  EXPECT_THAT(parse_reply("\x02 AKON  0   1.5 \r\n 2 \x03")->values, ElementsAre("1.5", "2"));
}

TEST(AkTelegram, RefusalsSayWhy) {
  EXPECT_THAT(refusal(*parse_reply(kUnknown)), testing::HasSubstr("does not know"));
  for (const char* word : {"BS", "SE", "NA", "DF", "OF"}) {
    EXPECT_THAT(refusal(*parse_reply(encode_reply("AKON", 0, {word}))), testing::HasSubstr(word));
  }
  EXPECT_EQ(refusal(*parse_reply(kTwoValues)), "");
  EXPECT_TRUE(is_busy(*parse_reply(encode_reply("AKON", 0, {"BS"}))));
  EXPECT_FALSE(is_busy(*parse_reply(encode_reply("AKON", 0, {"NA"}))));
}

struct Damaged {
  std::string name, telegram;
};
class AkDamaged : public testing::TestWithParam<Damaged> {};
TEST_P(AkDamaged, IsNeitherCommandNorReply) {
  const auto command = decode_command(GetParam().telegram);
  const auto reply = parse_reply(GetParam().telegram);
  ASSERT_FALSE(command);
  ASSERT_FALSE(reply);
  EXPECT_EQ(command.error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(reply.error().kind, ErrorKind::kBadFrame);
}
INSTANTIATE_TEST_SUITE_P(
    Telegrams, AkDamaged,
    testing::ValuesIn(std::vector<Damaged>{{"Empty", ""},
                                           {"OnlyFrame", "\x02\x03"},
                                           {"NoEnd", "\x02 AKON K0 "},
                                           {"NoStart", " AKON 0 1 2 \x03"},
                                           {"LowerCase", "\x02 akon 0 K0\x03"},
                                           {"CodeTooLong", "\x02 AKONS K0\x03"},
                                           {"NothingAfterCode", "\x02 AKON    \x03"},
                                           {"NeitherDigitNorChannel", "\x02 AKON X 1 2\x03"},
                                           {"ChannelWithoutNumber", "\x02 AKON K \x03"}}),
    [](const auto& each) { return each.param.name; });

TEST(AkTelegram, ACommandOfNineBytesIsTooShort) {
  EXPECT_EQ(decode_command("\x02 AKON K\x03").error().kind, ErrorKind::kBadFrame);
}

TEST(AkValue, MayDropThePointAndCarryASign) {
  EXPECT_THAT(*decode_value("12.34"), Eq(12.34));
  EXPECT_THAT(*decode_value("7"), Eq(7.0));
  EXPECT_THAT(*decode_value("-0.5"), Eq(-0.5));
  EXPECT_THAT(*decode_value("+1.2E-3"), Eq(1.2e-3));
}

TEST(AkValue, InvalidOldAndUnrepresentableOnesAreAbsentNotZero) {
  for (const char* word : {"#12.3", "#", "NaN", "nan", "-inf", "INF", "1e999"}) {
    const auto value = decode_value(word);
    ASSERT_TRUE(value) << word;
    EXPECT_EQ(*value, std::nullopt) << word;
  }
}

TEST(AkValue, WordsAreNotValues) {
  for (const char* word : {"", "SREM", "1.2x", "+", "--1"}) EXPECT_FALSE(decode_value(word)) << word;
}

TEST(AkReader, FindsTwoTelegramsInOneSegment) {
  TelegramReader reader;
  reader.feed(kTwoValues + kState);
  EXPECT_EQ(reader.next(), kTwoValues);
  EXPECT_EQ(reader.next(), kState);
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST(AkReader, JoinsATelegramThatComesByteByByte) {
  TelegramReader reader;
  for (const char byte : kTwoValues) {
    EXPECT_EQ(reader.next(), std::nullopt);
    reader.feed({&byte, 1});
  }
  EXPECT_EQ(reader.next(), kTwoValues);
}

TEST(AkReader, ANewStxAbortsAnUnfinishedTelegram) {
  TelegramReader reader;
  reader.feed(kTwoValues.substr(0, 12) + kState);
  EXPECT_EQ(reader.next(), kState);
  EXPECT_EQ(reader.aborted(), 1u);
}

TEST(AkReader, NoiseBetweenTelegramsIsSkippedAndCounted) {
  TelegramReader reader;
  reader.feed("\xff\x03zz" + kState + "\r\n" + kAskState);
  EXPECT_EQ(reader.next(), kState);
  EXPECT_EQ(reader.next(), kAskState);
  EXPECT_EQ(reader.skipped_bytes(), 6u);
}

TEST(AkReader, AnEndlessTelegramIsDroppedAndTheNextOneFound) {
  TelegramReader reader;
  reader.feed("\x02" + std::string(3 * kMostTelegramBytes, 'x'));
  reader.feed(kState);
  EXPECT_EQ(reader.next(), kState);
  EXPECT_EQ(reader.dropped(), 1u);
}

TEST(AkReader, OfTooManyUntakenTelegramsTheOldestAreDropped) {
  TelegramReader reader;
  for (int i = 0; i < 100; ++i) reader.feed(kState);
  std::size_t taken = 0;
  while (reader.next()) ++taken;
  EXPECT_EQ(taken + reader.dropped(), 100u);
  EXPECT_EQ(taken, 64u);
}

TEST(AkReader, ResetForgetsTheUnfinished) {
  TelegramReader reader;
  reader.feed("\x02 AKON");
  reader.reset();
  reader.feed(" 0 1\x03" + kState);
  EXPECT_EQ(reader.next(), kState);
  EXPECT_EQ(reader.aborted(), 1u);
}

TEST(AkReader, TheByteAfterStxIsDontCareWhateverItIs) {
  // RS-485 addresses 2 and 3 look like STX and ETX.
  for (const char address : {'\x02', '\x03', '\x30', '\xff'}) {
    TelegramReader reader;
    const auto telegram = encode_reply("AKON", 0, {"1.5"}, static_cast<std::uint8_t>(address));
    reader.feed(telegram);
    const auto found = reader.next();
    ASSERT_TRUE(found) << int{address};
    EXPECT_EQ(*found, telegram);
    EXPECT_THAT(parse_reply(*found)->values, ElementsAre("1.5"));
    EXPECT_EQ(reader.aborted(), 0u);
  }
}

TEST(AkReader, AnStxStraightAfterAnStxBeginsAnewUnlessACodeFollows) {
  TelegramReader reader;
  reader.feed("\x02" + kTwoValues);
  EXPECT_EQ(reader.next(), kTwoValues);
  EXPECT_EQ(reader.aborted(), 1u);
}

TEST(AkReader, WhatIsNoTelegramIsGivenBackOnce) {
  TelegramReader reader;
  reader.feed("noise" + std::string("\x02 AKON 0 1") + kTwoValues + "\x7f");
  EXPECT_EQ(reader.next(), kTwoValues);
  EXPECT_EQ(reader.take_dropped(), "noise\x02 AKON 0 1\x7f");
  EXPECT_EQ(reader.take_dropped(), "");
  reader.feed("\x02 AK");
  reader.reset();
  EXPECT_EQ(reader.take_dropped(), "\x02 AK");
  for (int i = 0; i < 100; ++i) reader.feed(std::string(1000, 'x'));
  EXPECT_LE(reader.take_dropped().size(), 4 * kMostTelegramBytes) << "bounded when nobody asks";
}

}  // namespace
}  // namespace exhaust::ak
