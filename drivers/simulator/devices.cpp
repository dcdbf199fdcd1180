#include "drivers/simulator/devices.hpp"

#include <utility>

#include "drivers/simulator/weather.hpp"

namespace exhaust::simulator {

namespace {

std::vector<std::uint16_t> cut(std::span<const std::uint16_t> words, std::size_t first, std::size_t count) {
  const auto part = words.subspan(first, count);
  return {part.begin(), part.end()};
}

}  // namespace

std::vector<Answer> GateConversation::take(ByteView received, double /*at_s*/) {
  auto bytes = board_.answers(received);
  if (bytes.empty()) return {};
  return {Answer{device_, Framing::kStdbus, std::move(bytes)}};
}

std::vector<Answer> SmokeConversation::take(ByteView received, double /*at_s*/) {
  std::vector<Answer> answers;
  telegrams_.feed(as_text(received));
  while (const auto telegram = telegrams_.next()) {
    const auto text = meter_.answer(*telegram);
    const auto command = ak::decode_command(*telegram);
    const auto device = "smoke-" + (command ? command->channel.substr(1) : std::string("0"));
    answers.push_back({device, Framing::kAk, Bytes(text.begin(), text.end())});
  }
  return answers;
}

ModbusUnit analyser_unit(std::string device, const AnalyserRegisters& registers, FaultSchedule& schedule) {
  auto read = [device, &registers, &schedule](std::size_t first, std::size_t count, double at_s) {
    if (const auto torn = registers.torn(first, count); torn && schedule.strike(device, FaultKind::kTorn, at_s)) {
      return cut(*torn, first, count);
    }
    return cut(registers.words(), first, count);
  };
  return {.device = std::move(device), .count = AnalyserRegisters::kCount, .holding = true, .input = true, .read = std::move(read)};
}

ModbusUnit weather_unit(std::string device, std::function<double(double)> weather_s) {
  auto read = [weather_s = std::move(weather_s)](std::size_t first, std::size_t count, double at_s) {
    return cut(weather_registers(weather_at(weather_s(at_s))), first, count);
  };
  return {.device = std::move(device), .count = kWeatherRegisters, .holding = true, .input = false, .read = std::move(read)};
}

}  // namespace exhaust::simulator
