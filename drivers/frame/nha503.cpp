#include "drivers/frame/decoders.hpp"
#include "drivers/frame/layout.hpp"

namespace exhaust::frame {

namespace {

constexpr std::uint8_t kRequest[]{0x81};
constexpr LayoutField kFields[]{{"hc_ppm", 1}, {"co_percent", 3, 100}, {"co2_percent", 5, 100}, {"o2_percent", 7, 100}, {"no_ppm", 9}};

/// Nanhua NHA-503 gas analyser (devices.md 6). Behind the gases stand speed, oil temperature, flow, flags and lambda.
constexpr Layout kLayout{.request = kRequest,
                         .first = 0x81,
                         .length = 21,
                         .check = LayoutCheck::kSum,
                         .kind = ReadingKind::kPlume,
                         .fields = kFields,
                         .refusals = {}};

}  // namespace

constexpr Decoder kNha503 = decoder_of<kLayout>("nha503");

}  // namespace exhaust::frame
