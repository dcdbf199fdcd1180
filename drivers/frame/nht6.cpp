#include "drivers/frame/decoders.hpp"
#include "drivers/frame/layout.hpp"

namespace exhaust::frame {

namespace {

constexpr std::uint8_t kNht6Request[]{0xA5, 0x5B};
constexpr std::uint8_t kMqy200Request[]{0xA6, 0x5A};
constexpr LayoutField kFields[]{{"opacity_percent", 1, 10}, {"k_per_m", 3, 100}};

constexpr Layout opacimeter(std::span<const std::uint8_t> request) {
  return {.request = request,
          .first = request[0],
          .length = 10,
          .check = LayoutCheck::kTwosComplement,
          .kind = ReadingKind::kSmoke,
          .fields = kFields,
          .refusals = {}};
}

/// Nanhua NHT-6 and NHT-1L opacimeters (devices.md 6), and Mingquan MQY-200 with the same frame. Behind the smoke stand
/// speed and oil temperature.
constexpr Layout kNht6Layout = opacimeter(kNht6Request);
constexpr Layout kMqy200Layout = opacimeter(kMqy200Request);

}  // namespace

constexpr Decoder kNht6 = decoder_of<kNht6Layout>("nht6");
constexpr Decoder kMqy200 = decoder_of<kMqy200Layout>("mqy200");

}  // namespace exhaust::frame
