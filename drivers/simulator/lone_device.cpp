#include "drivers/simulator/lone_device.hpp"

#include <algorithm>
#include <memory>

#include "drivers/simulator/devices.hpp"
#include "drivers/simulator/frame_instruments.hpp"
#include "drivers/simulator/model.hpp"
#include "drivers/simulator/register_profile.hpp"

namespace exhaust::simulator {

namespace {

constexpr Lane kLane = 1;

/// Of the vehicles after `told` up to `newest`, the first that a device with so long a memory still has to hear of.
std::uint32_t first_to_tell(std::uint32_t told, std::uint32_t newest, std::size_t memory) {
  const auto most = static_cast<std::uint32_t>(memory);
  return std::max(told, newest > most ? newest - most : 0) + 1;
}

Framing modbus_framing(const LoneSettings& settings) {
  return settings.serial || settings.rtu_over_tcp ? Framing::kModbusRtu : Framing::kModbusTcp;
}

MakeConversation modbus(ModbusUnit unit, const LoneSettings& settings) {
  auto units = std::make_shared<ModbusUnits>();
  units->emplace(settings.unit_id, std::move(unit));
  return [units, framing = modbus_framing(settings)] { return std::make_unique<ModbusConversation>(units, framing); };
}

MakeConversation weather(const LoneSettings& settings, FaultSchedule&) {
  return modbus(weather_unit("weather", [](double at_s) { return at_s; }), settings);
}

MakeConversation analyser(const LoneSettings& settings, FaultSchedule& schedule) {
  auto registers = std::make_shared<AnalyserRegisters>();
  auto unit = analyser_unit("analyser", *registers, schedule);
  unit.read = [registers, seed = settings.seed, read = std::move(unit.read)](std::size_t first, std::size_t count, double at_s) {
    const auto newest = vehicles_at(at_s);
    for (auto number = first_to_tell(registers->newest(), newest, AnalyserRegisters::kSlots); number <= newest; ++number) {
      registers->complete(number, make_vehicle(seed, number).plume);
    }
    return read(first, count, at_s);
  };
  return modbus(std::move(unit), settings);
}

MakeConversation profiled(const LoneSettings& settings, FaultSchedule&) {
  auto read = [profile = settings.profile, seed = settings.seed](std::size_t first, std::size_t count, double at_s) {
    const auto words = registers_at(profile, vehicles_at(at_s), seed, at_s);
    return std::vector<std::uint16_t>(words.begin() + static_cast<std::ptrdiff_t>(first),
                                      words.begin() + static_cast<std::ptrdiff_t>(first + count));
  };
  const auto& profile = settings.profile;
  const auto answers = [&profile](RegisterFunction function) {
    return profile.function == function || std::ranges::any_of(profile.fields, [&](const auto& field) { return field.function == function; });
  };
  return modbus({.device = "modbus", .count = registers_of(profile), .holding = answers(RegisterFunction::kHolding),
                 .input = answers(RegisterFunction::kInput), .read = std::move(read)},
                settings);
}

/// The gate of one lane; each client hears of the vehicles that pass while it is there.
class LoneGate final : public Conversation {
 public:
  explicit LoneGate(std::uint64_t seed) : seed_(seed) {}

  std::vector<Answer> take(ByteView received, double at_s) override {
    auto answers = beat(at_s);
    for (auto& answer : talk_.take(received, at_s)) answers.push_back(std::move(answer));
    return answers;
  }

  std::vector<Answer> beat(double at_s) override {
    std::vector<Answer> reports;
    const auto newest = vehicles_at(at_s);
    if (!begun_ && newest > 0) board_.remember(vehicle(newest));
    if (!begun_) said_ = newest;
    begun_ = true;
    while (said_ < newest) reports.push_back({"gate", Framing::kStdbus, board_.report(vehicle(++said_))});
    return reports;
  }

 private:
  Passing vehicle(std::uint32_t number) const {
    return {.lane = kLane, .number = number, .at = {}, .vehicle = make_vehicle(seed_, number)};
  }

  std::uint64_t seed_;
  GateBoard board_;
  GateConversation talk_{"gate", board_};
  std::uint32_t said_ = 0;
  bool begun_ = false;
};

MakeConversation gate(const LoneSettings& settings, FaultSchedule&) {
  return [seed = settings.seed] { return std::make_unique<LoneGate>(seed); };
}

/// A smoke meter with one channel.
struct LoneSmoke {
  SmokeMeter meter{kLane};
  std::uint32_t measured = 0;
  std::uint64_t seed = 1;

  void catch_up(double at_s) {
    const auto newest = vehicles_at(at_s);
    for (auto number = first_to_tell(measured, newest, SmokeMeter::kRemembered); number <= newest; ++number) {
      meter.measured(kLane, number, make_vehicle(seed, number).smoke);
      measured = number;
    }
  }
};

class LoneSmokeConversation final : public Conversation {
 public:
  explicit LoneSmokeConversation(std::shared_ptr<LoneSmoke> smoke) : smoke_(std::move(smoke)), talk_(smoke_->meter) {}

  std::vector<Answer> take(ByteView received, double at_s) override {
    smoke_->catch_up(at_s);
    auto answers = talk_.take(received, at_s);
    for (auto& answer : answers) answer.device = "smoke";
    return answers;
  }

 private:
  std::shared_ptr<LoneSmoke> smoke_;
  SmokeConversation talk_;
};

MakeConversation smoke(const LoneSettings& settings, FaultSchedule&) {
  auto meter = std::make_shared<LoneSmoke>();
  meter->seed = settings.seed;
  return [meter] { return std::make_unique<LoneSmokeConversation>(meter); };
}

}  // namespace

const std::vector<LoneKind>& lone_kinds() {
  static const std::vector<LoneKind> all = [] {
    std::vector<LoneKind> kinds{
        {"weather", "Modbus weather station, config/devices/zhixiangyu-weather.toml", false, Framing::kModbusTcp, &weather},
        {"analyser", "Modbus analyser, config/devices/analyser-history.toml", false, Framing::kModbusTcp, &analyser},
        {"modbus", "any device with a register map: needs --profile", true, Framing::kModbusTcp, &profiled},
        {"gate", "Stdbus speed board 30", false, Framing::kStdbus, &gate},
        {"smoke", "AK smoke meter, channel K1", false, Framing::kAk, &smoke},
    };
    for (const auto& kind : frame_instruments()) {
      // Each client has an instrument of its own; what they measure depends on the time alone.
      kinds.push_back({kind.word, kind.what, false, kind.framing, [kind](const LoneSettings&, FaultSchedule&) -> MakeConversation {
                         return [kind] {
                           return std::make_unique<InstrumentConversation>(std::string(kind.word), kind.framing, kind.make());
                         };
                       }});
    }
    return kinds;
  }();
  return all;
}

Framing framing_on(const LoneKind& kind, const LoneSettings& settings) {
  return kind.framing == Framing::kModbusTcp ? modbus_framing(settings) : kind.framing;
}

FaultTarget fault_target(const LoneKind& kind, const LoneSettings& settings) {
  FaultTarget target{std::string(kind.word), {std::begin(kLineFaults), std::end(kLineFaults)}};
  if (!settings.serial) target.kinds.insert(target.kinds.end(), std::begin(kConnectionFaults), std::end(kConnectionFaults));
  if (kind.framing == Framing::kModbusTcp || kind.framing == Framing::kAk) target.kinds.push_back(FaultKind::kBusy);
  if (kind.word == "analyser") target.kinds.push_back(FaultKind::kTorn);
  return target;
}

}  // namespace exhaust::simulator
