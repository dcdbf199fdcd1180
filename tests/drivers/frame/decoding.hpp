#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "drivers/frame/decoder.hpp"
#include "drivers/frame/driver.hpp"
#include "drivers/frame/frame_reader.hpp"
#include "drivers/quantity.hpp"

/// Words for tests of decoders.
namespace exhaust::frame {

inline Bytes hex(std::string_view text) { return from_hex(text).value(); }
inline Bytes text(std::string_view line) { return {as_bytes(line).begin(), as_bytes(line).end()}; }

inline DeviceSettings device_with(FrameSettings settings) {
  DeviceSettings device;
  device.name = "device";
  device.driver = std::move(settings);
  return device;
}
inline DeviceSettings device_with(std::string decoder) {
  FrameSettings settings;
  settings.decoder = std::move(decoder);
  return device_with(std::move(settings));
}

/// All that a stream becomes, in order.
inline std::vector<Piece> pieces_of(const DeviceSettings& device, ByteView stream) {
  const auto& settings = std::get<FrameSettings>(device.driver);
  const auto* decoder = find_decoder(settings.decoder);
  FrameReader reader([&](ByteView waiting) { return decoder->cut(settings, waiting); });
  reader.feed(stream);
  std::vector<Piece> pieces;
  while (auto piece = reader.next()) pieces.push_back(std::move(*piece));
  return pieces;
}

/// The body of the only reading in a stream that is one frame.
template <class Body>
Body body_of(const DeviceSettings& device, ByteView stream) {
  const auto pieces = pieces_of(device, stream);
  EXPECT_EQ(pieces.size(), 1u);
  if (pieces.size() != 1 || !pieces[0].whole) {
    ADD_FAILURE() << "not one frame";
    return {};
  }
  EXPECT_TRUE(std::ranges::equal(pieces[0].bytes, stream));
  const auto readings = decode_frame(device, pieces[0].bytes);
  if (!readings || readings->size() != 1) {
    ADD_FAILURE() << "not one reading: " << (readings ? "" : readings.error().detail);
    return {};
  }
  return std::get<Body>(readings->front().body);
}

inline Role role_in(const DeviceSettings& device, ByteView frame) {
  const auto& settings = std::get<FrameSettings>(device.driver);
  return find_decoder(settings.decoder)->role(settings, frame);
}
inline Bytes request_of(const DeviceSettings& device) {
  const auto& settings = std::get<FrameSettings>(device.driver);
  const auto* decoder = find_decoder(settings.decoder);
  return decoder->request != nullptr ? decoder->request(settings) : Bytes{};
}

}  // namespace exhaust::frame
