#include "drivers/frame_settings.hpp"

#include <algorithm>
#include <array>

namespace exhaust {

std::span<const FrameDecoderName> frame_decoders() {
  static constexpr std::array kNames{
      FrameDecoderName{"stdbus-gate", ReadingKind::kSpeed},  FrameDecoderName{"stdbus-bench", ReadingKind::kPlume},
      FrameDecoderName{"delimited", std::nullopt},           FrameDecoderName{"nmea", ReadingKind::kWeather},
      FrameDecoderName{"wxt", ReadingKind::kWeather},        FrameDecoderName{"nha503", ReadingKind::kPlume},
      FrameDecoderName{"mqw50a", ReadingKind::kPlume},       FrameDecoderName{"fga4100", ReadingKind::kPlume},
      FrameDecoderName{"nht6", ReadingKind::kSmoke},         FrameDecoderName{"mqy200", ReadingKind::kSmoke}};
  return kNames;
}

std::set<ReadingKind> gives(const FrameSettings& settings) {
  const auto known = std::ranges::find(frame_decoders(), settings.decoder, &FrameDecoderName::name);
  if (known == frame_decoders().end()) return {};
  std::set<ReadingKind> kinds{known->kind.value_or(settings.delimited.reading)};
  if (known->name == "stdbus-bench" && settings.transmittance != Transmittance::kNone) kinds.insert(ReadingKind::kSmoke);
  return kinds;
}

}  // namespace exhaust
