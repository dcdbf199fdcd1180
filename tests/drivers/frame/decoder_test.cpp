// What holds for every decoder.
#include "drivers/frame/decoder.hpp"

#include <gmock/gmock.h>

#include <random>

#include "tests/drivers/frame/decoding.hpp"

namespace exhaust::frame {
namespace {

/// Settings with which each decoder can work, and a frame of each.
struct Example {
  std::string name;
  DeviceSettings device;
  Bytes frame;

  friend void PrintTo(const Example& example, std::ostream* out) { *out << example.name; }
};

DeviceSettings delimited() {
  FrameSettings settings;
  settings.decoder = "delimited";
  settings.delimited.start = "$";
  settings.delimited.checksum = DelimitedFormat::Checksum::kXor;
  DelimitedField temperature;
  temperature.position = 1;
  temperature.quantity = "temperature_c";
  settings.delimited.fields = {temperature};
  return device_with(settings);
}

DeviceSettings bench() {
  FrameSettings settings;
  settings.decoder = "stdbus-bench";
  settings.host_address = 0x00;
  settings.board_address = 0x10;
  return device_with(settings);
}

std::vector<Example> examples() {
  return {
      {"StdbusGate", device_with("stdbus-gate"), hex("7B 00 00 00 00 02 01 30 00 40 AA 00 0D 07 00 00 00 01 00 DA 36 47 3D 0A 57 3E BA DF 7D")},
      {"StdbusBench", bench(), hex("7B 00 00 00 00 02 01 10 00 18 AA 00 30 00 00 00 00 33 33 73 3F C3 F5 68 3F 54 E3 25 3F 00 00 48 41 00 00 "
                                   "A0 3F 00 80 AC 43 00 00 F0 42 A4 70 45 41 A4 70 9D 3F 00 00 AF 43 00 00 EC 42 0A 48 7D")},
      {"Delimited", delimited(), text("$T,25.5*64\r\n")},
      {"Nmea", device_with("nmea"), text("$WIMWV,39,R,1.3,M,A*06\r\n")},
      {"Wxt", device_with("wxt"), text("0R0,Dm=283D,Sm=1.0M,Ta=23.6C,Ua=14.2P,Pa=1026.6H\r\n")},
      {"Nha503", device_with("nha503"), hex("81 00 78 00 7B 04 D2 00 38 01 59 03 52 03 25 00 0A 00 00 66 C9")},
      {"Mqw50a", device_with("mqw50a"), hex("06 60 1B 04 D2 00 7B FF FD 01 59 00 38 00 00 03 25 00 00 03 52 00 00 03 FC 00 00 24")},
      {"Fga4100", device_with("fga4100"), hex("7E 01 C6 38 7E 01 81 7D 7E 24 01 01 02 00 00 00 00 00 30 31 32 30 30 31 32 33 30 31 32 33 "
                                              "30 30 30 36 20 33 34 35 30 31 30 32 30 38 35 30 30 38 30 35 D1")},
      {"Nht6", device_with("nht6"), hex("A5 01 60 00 65 03 34 01 61 FC")},
      {"Mqy200", device_with("mqy200"), hex("A6 01 60 00 65 03 34 01 61 FB")},
  };
}

TEST(FrameDecoders, AreThoseThatTheSettingsName) {
  const auto decoders = all_decoders();
  ASSERT_EQ(decoders.size(), frame_decoders().size());
  for (std::size_t i = 0; i < decoders.size(); ++i) EXPECT_EQ(decoders[i]->name, frame_decoders()[i].name);
  EXPECT_EQ(decoders.size(), examples().size()) << "each has an example in this test";
  EXPECT_EQ(find_decoder("radar"), nullptr);
}

TEST(FrameDecoders, GiveTheKindsOfReadingThatTheSettingsSay) {
  for (const auto& example : examples()) {
    const auto readings = decode_frame(example.device, example.frame);
    ASSERT_TRUE(readings) << example.name << ": " << readings.error().detail;
    for (const auto& reading : *readings) {
      const auto kinds = gives(example.device);
      ASSERT_EQ(kinds.size(), 1u) << example.name;
      EXPECT_EQ(reading.body.index(), empty_body(*kinds.begin()).index()) << example.name;
    }
  }
}

class EachDecoder : public testing::TestWithParam<Example> {
 protected:
  const DeviceSettings& device = GetParam().device;
  const Bytes& frame = GetParam().frame;

  std::size_t frames_in(const Bytes& stream) const {
    return static_cast<std::size_t>(std::ranges::count_if(pieces_of(device, stream), [&](const Piece& piece) {
      return piece.whole && piece.bytes == frame;
    }));
  }
};

TEST_P(EachDecoder, TakesItsFrameWhole) {
  const auto pieces = pieces_of(device, frame);
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_TRUE(pieces[0].whole);
  EXPECT_EQ(pieces[0].bytes, frame);
}

TEST_P(EachDecoder, PutsAFrameTogetherThatComesByteByByte) {
  const auto& settings = std::get<FrameSettings>(device.driver);
  const auto* decoder = find_decoder(settings.decoder);
  FrameReader reader([&](ByteView waiting) { return decoder->cut(settings, waiting); });
  for (std::size_t i = 0; i < frame.size(); ++i) {
    EXPECT_FALSE(reader.next());
    reader.feed({&frame[i], 1});
  }
  EXPECT_TRUE(reader.next()->whole);
}

TEST_P(EachDecoder, SeparatesTwoFramesInOneSegment) {
  auto stream = frame;
  stream.insert(stream.end(), frame.begin(), frame.end());
  EXPECT_EQ(frames_in(stream), 2u);
}

TEST_P(EachDecoder, FindsAFrameAfterOneThatWasCutShort_F04) {
  for (std::size_t length = 1; length < frame.size(); ++length) {
    Bytes stream(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
    for (int i = 0; i < 3; ++i) stream.insert(stream.end(), frame.begin(), frame.end());
    EXPECT_GE(frames_in(stream), 2u) << length;
  }
}

TEST_P(EachDecoder, FindsAFrameAfterNoise_F04) {
  std::minstd_rand random{7};
  for (int round = 0; round < 200; ++round) {
    Bytes stream;
    for (int i = 0; i < round % 70; ++i) stream.push_back(static_cast<std::uint8_t>(random()));
    for (int i = 0; i < 8; ++i) stream.insert(stream.end(), frame.begin(), frame.end());
    EXPECT_GE(frames_in(stream), 2u) << round;
  }
}

TEST_P(EachDecoder, GivesEveryByteBackOnceAndInOrder_F04) {
  std::minstd_rand random{11};
  for (int round = 0; round < 200; ++round) {
    Bytes stream;
    while (stream.size() < 300) {
      auto damaged = frame;
      damaged[random() % damaged.size()] ^= static_cast<std::uint8_t>(random());
      if (random() % 3 == 0) damaged.resize(random() % damaged.size());
      stream.insert(stream.end(), damaged.begin(), damaged.end());
    }
    Bytes back;
    for (const auto& piece : pieces_of(device, stream)) {
      EXPECT_FALSE(piece.bytes.empty());
      back.insert(back.end(), piece.bytes.begin(), piece.bytes.end());
    }
    ASSERT_LE(back.size(), stream.size());
    EXPECT_TRUE(std::equal(back.begin(), back.end(), stream.begin()));
  }
}

TEST_P(EachDecoder, NeverWaitsForEverAndHoldsABoundedNumberOfBytes_F04) {
  // Whatever byte goes on without end: after so many, something has come out again.
  const auto& settings = std::get<FrameSettings>(device.driver);
  const auto* decoder = find_decoder(settings.decoder);
  for (const auto& first : {Bytes{}, Bytes{frame[0]}}) {
    for (const auto byte : hex("00 11 30 41")) {
      FrameReader reader([&](ByteView waiting) { return decoder->cut(settings, waiting); });
      reader.feed(first);
      std::size_t out = 0;
      for (int i = 0; i < 40; ++i) {
        reader.feed(Bytes(1000, byte));
        while (const auto piece = reader.next()) out += piece->bytes.size();
      }
      EXPECT_GE(out, 40'000u - 16'000u) << int{byte};
    }
  }
}

TEST_P(EachDecoder, ReadsNoDamagedFrame) {
  for (std::size_t at = 0; at < frame.size(); ++at) {
    auto damaged = frame;
    damaged.resize(at);
    EXPECT_FALSE(decode_frame(device, damaged)) << at;
  }
  auto longer = frame;
  longer.push_back(0x30);
  EXPECT_FALSE(decode_frame(device, longer));
}

INSTANTIATE_TEST_SUITE_P(Decoders, EachDecoder, testing::ValuesIn(examples()), [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace exhaust::frame
