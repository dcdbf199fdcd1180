#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "drivers/frame/decoder.hpp"

/// Frames of a fixed length with 16-bit fields, as the analysers and opacimeters of devices.md 6 have them.
namespace exhaust::frame {

/// A big-endian signed number; the reading's value is number / divisor.
struct LayoutField {
  std::string_view quantity;
  std::size_t offset;
  double divisor = 1;
};

enum class LayoutCheck {
  kSum,            ///< the last byte is the sum of all before it
  kTwosComplement  ///< the last byte makes the sum of all bytes 0
};

struct Layout {
  std::span<const std::uint8_t> request;
  std::uint8_t first;  ///< every frame begins with it
  std::size_t length;
  LayoutCheck check;
  ReadingKind kind;
  std::span<const LayoutField> fields;
  std::span<const std::uint8_t> refusals;  ///< single bytes in place of an answer
};

Cut cut(const Layout& layout, ByteView waiting);
/// Refusals are of one byte.
Role role(const Layout& layout, ByteView frame);
/// REQUIRES: `frame` is what `cut` calls a frame, and no refusal; anything else is kBadFrame.
Result<Readings> read(const Layout& layout, ByteView frame);

/// The decoder of a layout that stands at namespace scope.
template <const Layout& kLayout>
constexpr Decoder decoder_of(std::string_view name) {
  return {.name = name,
          .cut = [](const FrameSettings&, ByteView waiting) { return cut(kLayout, waiting); },
          .role = [](const FrameSettings&, ByteView whole) { return role(kLayout, whole); },
          .read = [](const FrameSettings&, ByteView whole) { return read(kLayout, whole); },
          .request = [](const FrameSettings&) { return Bytes(kLayout.request.begin(), kLayout.request.end()); }};
}

}  // namespace exhaust::frame
