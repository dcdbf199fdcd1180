#include "drivers/frame/decoders.hpp"
#include "drivers/frame/layout.hpp"

namespace exhaust::frame {

namespace {

constexpr std::uint8_t kRequest[]{0x02, 0x60, 0x03, 0x9B};
constexpr std::uint8_t kRefusals[]{0x05, 0x15};  // busy, not understood
constexpr LayoutField kFields[]{{"co2_percent", 3, 100}, {"co_percent", 5, 100}, {"hc_ppm", 7}, {"no_ppm", 9}, {"o2_percent", 11, 100}};

/// Mingquan MQW-50A gas analyser (devices.md 6); an answer begins with the acknowledgement.
constexpr Layout kLayout{.request = kRequest,
                         .first = 0x06,
                         .length = 28,
                         .check = LayoutCheck::kTwosComplement,
                         .kind = ReadingKind::kPlume,
                         .fields = kFields,
                         .refusals = kRefusals};

}  // namespace

constexpr Decoder kMqw50a = decoder_of<kLayout>("mqw50a");

}  // namespace exhaust::frame
