#include <algorithm>

#include "daemon/core/bytes.hpp"
#include "drivers/ak/driver.hpp"
#include "drivers/ak/telegram.hpp"

using namespace exhaust;

namespace {

void require(bool truth) {
  if (!truth) __builtin_trap();
}

DeviceSettings device_of(ReadingKind kind, std::vector<std::string> values) {
  AkSettings ak;
  ak.reading = kind;
  ak.values = std::move(values);
  ak.count = CountSource::kShared;
  DeviceSettings device;
  device.driver = ak;
  return device;
}

/// The telegrams in `text` when it comes in parts of `size` bytes.
std::vector<std::string> telegrams_in(std::string_view text, std::size_t size) {
  ak::TelegramReader reader;
  std::vector<std::string> telegrams;
  std::size_t dropped = 0, taken = 0;
  for (std::size_t at = 0; at < text.size(); at += size) {
    reader.feed(text.substr(at, size));
    while (auto telegram = reader.next()) {
      taken += telegram->size();
      telegrams.push_back(std::move(*telegram));
    }
    dropped += reader.take_dropped().size();
  }
  reader.reset();
  dropped += reader.take_dropped().size();
  require(size > ak::kMostTelegramBytes || taken + dropped == text.size());
  return telegrams;
}

}  // namespace

/// The AK reader and all that reads what it finds: any bytes, no crash, bounded memory, and each byte has one fate.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const DeviceSettings kDevices[]{
      device_of(ReadingKind::kSmoke, {"vehicle_number", "opacity_percent", "-"}),
      device_of(ReadingKind::kPlume, {"co_percent", "samples", "hc_ppm", "no_ppm"}),
      device_of(ReadingKind::kWeather, {"temperature_c"}),
  };
  const auto text = as_text({data, size});
  const auto telegrams = telegrams_in(text, 64);
  require(telegrams == telegrams_in(text, 7));
  for (const auto& telegram : telegrams) {
    const auto command = ak::decode_command(telegram);
    if (command) require(ak::decode_command(ak::encode_command(command->code, command->channel, command->data)).has_value());
    for (const auto& device : kDevices) (void)decode_ak(device, as_bytes(telegram));
    const auto reply = ak::parse_reply(telegram);
    if (!reply) continue;
    (void)ak::refusal(*reply);
    (void)ak::is_busy(*reply);
    for (const auto& value : reply->values) (void)ak::decode_value(value);
  }
  return 0;
}
