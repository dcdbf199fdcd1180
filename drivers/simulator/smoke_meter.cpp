#include "drivers/simulator/smoke_meter.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

namespace exhaust::simulator {

namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string text(const std::optional<double>& value, int decimals) {
  if (!value) return "#0.0";
  std::array<char, 40> digits{};
  const int length = std::snprintf(digits.data(), digits.size(), "%.*f", decimals, *value);
  return {digits.data(), static_cast<std::size_t>(length)};
}

}  // namespace

void SmokeMeter::measured(Lane lane, std::uint32_t number_of_vehicle, const SmokeReading& smoke) {
  auto& of_vehicle = channels_.at(lane - 1).of_vehicle;
  of_vehicle[number_of_vehicle] = smoke;
  if (of_vehicle.size() > kRemembered) of_vehicle.erase(of_vehicle.begin());
}

std::string SmokeMeter::answer(std::string_view telegram) {
  const auto command = ak::decode_command(telegram);
  if (!command) return ak::encode_reply(ak::kUnknownCode, 0);
  if (command->code == "AKON") return ak::encode_reply("AKON", 0, values(*command));
  if (command->code == "ASTZ") return ak::encode_reply("ASTZ", 0, {"SREM", "SMGA"});
  if (command->code == "AKEN" && command->channel == "K0") return ak::encode_reply("AKEN", 0, {"EXHAUST-SIM"});
  return ak::encode_reply(ak::kUnknownCode, 0);
}

std::vector<std::string> SmokeMeter::values(const ak::Command& command) {
  const auto lane = number(std::string_view(command.channel).substr(1));
  if (!lane || *lane < 1 || *lane > channels_.size()) return {"NA"};
  auto& channel = channels_[*lane - 1];
  channel.asked = true;

  std::uint32_t wanted = channel.of_vehicle.empty() ? 0 : channel.of_vehicle.rbegin()->first;
  if (!command.data.empty()) {
    const auto given = number(command.data.front());
    if (!given) return {"SE"};
    if (!channel.of_vehicle.contains(*given)) return {"NA"};
    wanted = *given;
  }
  SmokeReading smoke;
  if (const auto found = channel.of_vehicle.find(wanted); found != channel.of_vehicle.end()) smoke = found->second;
  return {std::to_string(wanted), text(smoke.opacity_percent, 2), text(smoke.k_per_m, 4), text(smoke.ringelmann, 1)};
}

}  // namespace exhaust::simulator
