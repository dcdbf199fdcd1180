#include "drivers/mq007/frame.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exhaust::mq007 {
namespace {

// devices.md 4
constexpr std::string_view kVector = "PACKAGE_START0000002911SET_RT_TEST_MODEPACKAGE_END";
constexpr std::string_view kTrigger = "PACKAGE_START0000001315PACKAGE_END";

/// Feeds everything in steps of `step` bytes; whole frames, and the dropped bytes in between, in order.
struct Heard {
  std::vector<std::string> frames;
  std::string dropped;
};
Heard hear(FrameReader& reader, std::string_view text, std::size_t step = std::string_view::npos) {
  Heard heard;
  for (std::size_t at = 0; at < text.size();) {
    const auto part = text.substr(at, step);
    at += part.size();
    reader.feed(as_bytes(part));
    while (const auto piece = reader.next()) {
      if (piece->whole) heard.frames.emplace_back(as_text(piece->bytes));
      else heard.dropped += as_text(piece->bytes);
    }
  }
  return heard;
}

TEST(Mq007Frame, IsEncodedAsTheVectorSays) {
  EXPECT_EQ(as_text(encode(type::kCommand, as_bytes("SET_RT_TEST_MODE"))), kVector);
  EXPECT_EQ(as_text(encode(type::kTrigger)), kTrigger);
}

TEST(Mq007Frame, IsParsedIntoTypeAndData) {
  const auto message = parse(as_bytes(kVector));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, "11");
  EXPECT_EQ(as_text(message->data), "SET_RT_TEST_MODE");
  EXPECT_TRUE(parse(as_bytes(kTrigger))->data.empty());
}

struct BadFrame {
  const char* name;
  std::string text;
};
class Mq007BadFrame : public testing::TestWithParam<BadFrame> {};

TEST_P(Mq007BadFrame, IsNoFrame) {
  EXPECT_EQ(parse(as_bytes(GetParam().text)).error().kind, ErrorKind::kBadFrame);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Mq007BadFrame,
    testing::ValuesIn(std::vector<BadFrame>{{"Empty", ""},
                                            {"OnlyAStart", "PACKAGE_START"},
                                            {"NoTail", "PACKAGE_START0000001315PACKAGE_ENX"},
                                            {"NoStart", "PACKAGE_STARR0000001315PACKAGE_END"},
                                            {"LengthTooSmall", "PACKAGE_START0000001215PACKAGE_END"},
                                            {"LengthWithASign", "PACKAGE_START+000001315PACKAGE_END"},
                                            {"LengthWithAnExponent", "PACKAGE_START001.3e+115PACKAGE_END"},
                                            {"MoreBehind", "PACKAGE_START0000001315PACKAGE_ENDPACKAGE_END"}}),
    [](const auto& test) { return test.param.name; });

TEST(Mq007Reader, FindsFramesInPiecesOfAnySize) {
  const auto stream = std::string(kVector) + std::string(kTrigger) + std::string(kVector);
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    FrameReader reader;
    const auto heard = hear(reader, stream, step);
    ASSERT_EQ(heard.frames, (std::vector<std::string>{std::string(kVector), std::string(kTrigger), std::string(kVector)})) << step;
    ASSERT_EQ(heard.dropped, "");
    ASSERT_EQ(reader.waiting(), 0u);
    ASSERT_EQ(reader.skipped_bytes(), 0u);
  }
}

TEST(Mq007Reader, SkipsNoiseBeforeAndBetweenFrames) {
  for (const std::size_t step : {1u, 5u, 1000u}) {
    FrameReader reader;
    const auto heard = hear(reader, "noise" + std::string(kTrigger) + "PACKAGE_STAPACKAGE" + std::string(kVector) + "PACK", step);
    EXPECT_EQ(heard.frames.size(), 2u);
    EXPECT_EQ(heard.dropped, "noisePACKAGE_STAPACKAGE");
    EXPECT_EQ(reader.skipped_bytes(), 23u);
    EXPECT_EQ(reader.waiting(), 4u);  // it may be the beginning of a start
  }
}

TEST(Mq007Reader, GoesOnAtTheNextStartWhenTheLengthIsNoNumber) {
  for (const std::size_t step : {1u, 7u, 1000u}) {
    FrameReader reader;
    const std::string damaged = "PACKAGE_START00x0001315PACKAGE_END";
    const auto heard = hear(reader, damaged + std::string(kTrigger), step);
    EXPECT_EQ(heard.frames, std::vector<std::string>{std::string(kTrigger)});
    EXPECT_EQ(heard.dropped, damaged);
    EXPECT_EQ(reader.bad_length(), 1u);
    EXPECT_EQ(reader.bad_tail(), 0u);
  }
}

TEST(Mq007Reader, ALengthTooShortForATypeIsNone) {
  FrameReader reader;
  EXPECT_EQ(hear(reader, "PACKAGE_START00000012xPACKAGE_END" + std::string(kTrigger)).frames.size(), 1u);
  EXPECT_EQ(reader.bad_length(), 1u);
}

TEST(Mq007Reader, GoesOnAtTheNextStartWhenTheTailDoesNotMatch) {
  FrameReader reader;
  const std::string longer = "PACKAGE_START0000001815PACKAGE_END";   // claims five bytes of the next frame
  const std::string shorter = "PACKAGE_START0000001415__PACKAGE_END";
  const auto heard = hear(reader, longer + std::string(kTrigger) + shorter + std::string(kVector));
  EXPECT_EQ(heard.frames, (std::vector<std::string>{std::string(kTrigger), std::string(kVector)}));
  EXPECT_EQ(heard.dropped, longer + shorter);
  EXPECT_EQ(reader.bad_tail(), 2u);
  EXPECT_EQ(reader.skipped_bytes(), longer.size() + shorter.size());
}

TEST(Mq007Reader, AFrameThatClaimsFarTooMuchDoesNotHoldUpTheNextOne) {
  for (const std::size_t step : {1u, 11u, 1000u}) {
    FrameReader reader;
    const std::string greedy = "PACKAGE_START0090000012datPACKAGE_END";
    const auto heard = hear(reader, greedy + std::string(kTrigger), step);
    EXPECT_EQ(heard.frames, std::vector<std::string>{std::string(kTrigger)});
    EXPECT_EQ(heard.dropped, greedy);
    EXPECT_EQ(reader.bad_tail(), 1u);
  }
}

TEST(Mq007Reader, ALengthOverTheBoundIsRefusedAtOnce) {
  FrameReader reader;
  const auto heard = hear(reader, "PACKAGE_START0104857712" + std::string(kTrigger));  // 1 MiB and 1
  EXPECT_EQ(heard.frames.size(), 1u);
  EXPECT_EQ(reader.oversize(), 1u);
  EXPECT_EQ(reader.skipped_bytes(), 23u);
}

TEST(Mq007Reader, TheLargestFrameIsTaken) {
  FrameReader reader;
  const auto frame = encode(type::kResult, Bytes(kMostLength - 13, 0x7F));
  const auto heard = hear(reader, as_text(frame), 4096);
  ASSERT_EQ(heard.frames.size(), 1u);
  EXPECT_EQ(heard.frames[0].size(), kMostLength + 21);
}

TEST(Mq007Reader, AStartInsideTheDataIsData) {
  FrameReader reader;
  const auto frame = encode("13", as_bytes("a log: PACKAGE_START00000013 was seen, and PACKAGE_END"));
  EXPECT_EQ(hear(reader, as_text(frame), 3).frames.size(), 1u);
  EXPECT_EQ(reader.skipped_bytes(), 0u);
}

TEST(Mq007Reader, HoldsNoMoreThanItsBoundAndCountsWhatItSkips) {
  FrameReader reader;
  const std::string noise(FrameReader::kMostWaiting, 'x');
  reader.feed(as_bytes(noise));
  reader.feed(as_bytes("y"));
  EXPECT_EQ(reader.waiting(), 0u);
  EXPECT_EQ(reader.skipped_bytes(), noise.size() + 1);
  EXPECT_EQ(hear(reader, kTrigger).frames.size(), 1u);
}

TEST(Mq007Reader, AFreshConnectionForgetsHalfAFrame) {
  FrameReader reader;
  reader.feed(as_bytes(kVector.substr(0, 30)));
  EXPECT_FALSE(reader.next());
  reader.reset();
  EXPECT_EQ(hear(reader, kTrigger).frames.size(), 1u);
  EXPECT_EQ(reader.skipped_bytes(), 0u);
}

TEST(Mq007Reader, ManyFalseStartsAreReadInLittleTime) {
  FrameReader reader;
  std::string starts;
  while (starts.size() < 900'000) starts += "PACKAGE_START00900000";
  const auto heard = hear(reader, starts + std::string(kTrigger), 4096);
  EXPECT_TRUE(heard.frames.empty());  // the last false start still claims the trigger
  EXPECT_EQ(reader.waiting() + reader.skipped_bytes(), starts.size() + kTrigger.size());
}

}  // namespace
}  // namespace exhaust::mq007
