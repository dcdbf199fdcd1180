#include <gtest/gtest.h>

#include "daemon/core/bytes.hpp"
#include "daemon/core/digest.hpp"
#include "daemon/core/ids.hpp"
#include "daemon/core/time.hpp"
#include "daemon/core/utf8.hpp"

namespace exhaust {
namespace {

using namespace std::chrono_literals;

TEST(Time, IsWrittenInUtcWithMicroseconds) {
  EXPECT_EQ(to_rfc3339(WallTime{1577836800s + 123456us}), "2020-01-01T00:00:00.123456Z");
}

TEST(Time, IsReadWithItsOffset) {
  EXPECT_EQ(*from_rfc3339("2020-01-01T08:00:00+08:00"), WallTime{1577836800s});
  EXPECT_EQ(*from_rfc3339("2020-01-01T00:00:00.5Z"), WallTime{1577836800s + 500ms});
  EXPECT_EQ(*from_rfc3339("2019-12-31T19:00:00-0500"), WallTime{1577836800s});
}

TEST(Time, WithoutAnOffsetOrOutOfTheCalendarIsRefused) {
  for (const auto* text : {"2020-01-01T08:00:00", "2020-02-30T08:00:00Z", "2020-01-01T24:00:00Z", "20200101", "", "2020-01-01T08:00:00Zx",
                           "2020-01-01T08:00:00.Z", "2020-01-01T-8:00:00Z"}) {
    EXPECT_FALSE(from_rfc3339(text)) << text;
  }
}

TEST(Time, IsCompactAtUtcPlus8) { EXPECT_EQ(to_china_compact(std::chrono::sys_seconds{1603846137s}), "20201028084857"); }

TEST(Durations, HaveUnits) {
  EXPECT_EQ(*parse_duration("250ms"), 250ms);
  EXPECT_EQ(*parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(*parse_duration("10min"), 10min);
  for (const auto* text : {"5", "s", "-5s", "5 s", "5m", "", "nans", "1e99s"}) EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(StationId, IsALetterAndNineDigits) {
  EXPECT_TRUE(check_station_id("A110119001"));
  for (const auto* text : {"E110119001", "A11011900", "A1101190011", "a110119001", "A11011900x", ""}) EXPECT_FALSE(check_station_id(text)) << text;
}

TEST(Hex, GoesThereAndBack) {
  EXPECT_EQ(to_hex(*from_hex("02 20 ff")), "0220ff");
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("zz"));
}

TEST(Digests, AreTheStandardOnes) {
  // FIPS 180-2 and GB/T 32905 give these for "abc".
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(Hasher(HashAlgorithm::kSm3).add(as_bytes("abc")).finish()), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
}

TEST(Digests, OfNumbersAreBigEndianAndTheHasherStartsAnew) {
  Hasher hasher;
  const auto first = hasher.add_u8(1).add_u16be(0x0203).add_u32be(0x04050607).add_u64be(0x08090a0b0c0d0e0f).finish();
  EXPECT_EQ(first, sha256(*from_hex("0102030405060708090a0b0c0d0e0f")));
  EXPECT_EQ(hasher.finish(), sha256({}));
}

TEST(Digests, ForOldProtocolsAreTheStandardOnes) {
  EXPECT_EQ(md5_hex(as_bytes("abc")), "900150983cd24fb0d6963f7d28e17f72");  // RFC 1321 A.5
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),  // RFC 4231 4.3
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Base64, IsTheOneOfRfc4648) {  // 10
  const std::pair<const char*, const char*> kVectors[] = {{"", ""},         {"f", "Zg=="},        {"fo", "Zm8="},        {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, base64] : kVectors) {
    EXPECT_EQ(to_base64(as_bytes(text)), base64);
    EXPECT_EQ(*from_base64(base64), text);
  }
  EXPECT_EQ(*from_base64("Zm9v\r\nYm Fy\t"), "foobar");
  for (const auto* bad : {"Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zm9v=", "Zm=v", "Zm9-", "Zm9vYg==Zm9v", "Z\xffg="}) {
    EXPECT_FALSE(from_base64(bad)) << bad;
  }
}

TEST(Utf8, GoesThereAndBackAndRefusesTheRest) {
  const std::string text = "aé京\U0001F21F";
  ASSERT_TRUE(decode_utf8(text));
  EXPECT_EQ(encode_utf8(*decode_utf8(text)), text);
  EXPECT_TRUE(is_utf8(text));
  EXPECT_FALSE(is_utf8("\xBE\xA9" "A12345"));
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));
}

TEST(Utf8, OfBytesThatAreNoneThePlacesAreKept) {
  EXPECT_EQ(valid_utf8("京 1"), "京 1");
  EXPECT_EQ(valid_utf8("a\xB0" "b\xE4\xBA"), "a\uFFFDb\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("\xE4\xBA" "A"), "\uFFFD\uFFFDA");
  EXPECT_EQ(valid_utf8(""), "");
}

TEST(StretchOfTime, IsSaidAsPeopleSayIt) {
  EXPECT_EQ(stretch_of_time(0.25), "250 ms");
  EXPECT_EQ(stretch_of_time(1), "1 s");
  EXPECT_EQ(stretch_of_time(2.5), "2.5 s");
  EXPECT_EQ(stretch_of_time(183.2), "183 s");
  EXPECT_EQ(stretch_of_time(1800), "30 min");
  EXPECT_EQ(stretch_of_time(7500), "2 h 5 min");
  EXPECT_EQ(stretch_of_time(3 * 86400 + 4 * 3600), "3 d 4 h");
}

}  // namespace
}  // namespace exhaust
