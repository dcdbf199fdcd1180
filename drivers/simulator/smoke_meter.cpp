#include "drivers/simulator/smoke_meter.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

namespace exhaust::simulator {

namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kBlanks = " \r\n";
  std::vector<std::string_view> words;
  for (auto at = text.find_first_not_of(kBlanks); at != std::string_view::npos;
       at = text.find_first_not_of(kBlanks, at)) {
    const auto end = std::min(text.find_first_of(kBlanks, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void add(std::string& text, const std::optional<double>& value, int decimals) {
  std::array<char, 40> digits{};
  const int length = value ? std::snprintf(digits.data(), digits.size(), " %.*f", decimals, *value)
                           : std::snprintf(digits.data(), digits.size(), " #0.0");
  text.append(digits.data(), static_cast<std::size_t>(length));
}

}  // namespace

void SmokeMeter::measured(Lane lane, std::uint32_t number_of_vehicle, const SmokeReading& smoke) {
  auto& of_vehicle = channels_.at(lane - 1).of_vehicle;
  of_vehicle[number_of_vehicle] = smoke;
  if (of_vehicle.size() > kRemembered) of_vehicle.erase(of_vehicle.begin());
}

std::string SmokeMeter::answer(std::string_view command) {
  const auto words = words_of(command);
  if (words.size() < 2) return "????";
  if (words[0] == "AKON") return "AKON 0 " + values(words);
  if (words[0] == "ASTZ") return "ASTZ 0 SREM SMGA";
  if (words[0] == "AKEN" && words[1] == "K0") return "AKEN 0 EXHAUST-SIM";
  return "????";
}

std::string SmokeMeter::values(const std::vector<std::string_view>& words) {
  const auto lane = words[1].starts_with('K') ? number(words[1].substr(1)) : std::nullopt;
  if (!lane || *lane < 1 || *lane > channels_.size()) return "NA";
  auto& channel = channels_[*lane - 1];
  channel.asked = true;

  std::uint32_t wanted = channel.of_vehicle.empty() ? 0 : channel.of_vehicle.rbegin()->first;
  SmokeReading smoke;
  if (words.size() > 2) {
    const auto given = number(words[2]);
    if (!given) return "SE";
    if (!channel.of_vehicle.contains(*given)) return "NA";
    wanted = *given;
  }
  if (const auto found = channel.of_vehicle.find(wanted); found != channel.of_vehicle.end()) smoke = found->second;
  std::string text = std::to_string(wanted);
  add(text, smoke.opacity_percent, 2);
  add(text, smoke.k_per_m, 4);
  add(text, smoke.ringelmann, 1);
  return text;
}

}  // namespace exhaust::simulator
