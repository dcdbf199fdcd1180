#include "drivers/frame/decoder.hpp"

#include <algorithm>

#include "drivers/frame/decoders.hpp"

namespace exhaust::frame {

std::vector<const Decoder*> all_decoders() {
  return {&kStdbusGate, &kStdbusBench, &kDelimited, &kNmea, &kWxt, &kNha503, &kMqw50a, &kFga4100, &kNht6, &kMqy200};
}

const Decoder* find_decoder(std::string_view name) {
  const auto decoders = all_decoders();
  const auto found = std::ranges::find(decoders, name, [](const Decoder* each) { return each->name; });
  return found == decoders.end() ? nullptr : *found;
}

}  // namespace exhaust::frame
