#include <array>

#include "drivers/modbus/conditions.hpp"
#include "drivers/modbus/envelope.hpp"
#include "drivers/modbus/evidence.hpp"
#include "drivers/modbus/plan.hpp"
#include "drivers/modbus/profile_text.hpp"
#include "tests/drivers/modbus/profiles.hpp"

using namespace exhaust;
using namespace exhaust::modbus;

namespace {

/// Takes numbers off the input; zeros after its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  std::uint16_t word() { return static_cast<std::uint16_t>(byte() << 8 | byte()); }
  ByteView rest() const { return bytes_; }

 private:
  ByteView bytes_;
};

/// A field as a settings file could have it, and as it could not.
RegisterField any_field(Input& input) {
  auto made = field("humidity_percent", input.word(), static_cast<RegisterType>(input.byte() % 9),
                    static_cast<WordOrder>(input.byte() % 4));
  made.length = input.byte() % 4;
  made.first_bit = input.byte() % 40;
  made.last_bit = input.byte() % 40;
  if (input.byte() % 2 == 1) made.function = RegisterFunction::kHolding;
  made.not_available = {static_cast<double>(input.word())};
  return made;
}

ModbusProfile any_profile(Input& input) {
  const auto choice = input.byte();
  if (choice == 0) return weather_profile();
  if (choice == 1) return analyser_profile();
  ModbusProfile made;
  made.name = "fuzz";
  made.reading = ReadingKind::kWeather;
  made.most_registers = input.byte();
  made.gap_fill = input.byte();
  made.slots = input.byte() % 8;
  made.slot_stride = input.byte();
  made.forbidden = {{input.word(), input.word()}};
  made.fields = {any_field(input)};
  made.fields.push_back(any_field(input));
  made.fields.back().quantity = choice % 2 == 0 ? "pressure_hpa" : "measurement_check";
  made.states = {{any_field(input), {{1, "testing"}}, {"testing"}}};
  made.alarms = {{any_field(input), {}, {0}}};
  made.identities = {{any_field(input), {}}};
  if (choice % 3 == 0) made.handshake = any_field(input);
  return made;
}

}  // namespace

/// A profile and what follows it as an envelope; and the same bytes as registers: no crash, whatever they are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  ModbusSettings settings;
  settings.profile = any_profile(input);
  DeviceSettings device;
  device.driver = settings;
  (void)decode_modbus(device, input.rest());
  (void)parse_envelope(input.rest());
  for (const auto framing : {Framing::kTcp, Framing::kRtu}) {
    (void)read_question(framing, input.rest());
    (void)read_registers(framing, input.rest());
  }
  const auto& profile = settings.profile;
  if (!check(profile)) return 0;
  (void)describe_plan(profile);
  (void)to_toml(profile);
  Block block{profile.function, input.word(), {}};
  RegisterImage image{1, profile.function, {}};
  while (!input.rest().empty() && block.words.size() < kMostRegisters) {
    image.words[static_cast<std::uint16_t>(block.first + block.words.size())] = input.word();
    block.words.push_back(image.words[static_cast<std::uint16_t>(block.first + block.words.size())]);
  }
  (void)decode({&block, 1}, profile);
  (void)Conditions(profile).look({&block, 1});
  (void)check_identities(read_identities({&block, 1}, profile), profile);
  if (profile.slots > 1) (void)cut_slot(profile, block, plan_slots(profile, size, size + 100).first);
  (void)score(image, profile);
  if (size % 16 == 0) (void)search_weather(image);
  return 0;
}
