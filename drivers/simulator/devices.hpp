#pragma once

#include <functional>
#include <memory>
#include <string>

#include "drivers/simulator/analyser_registers.hpp"
#include "drivers/simulator/conversation.hpp"
#include "drivers/simulator/fault_schedule.hpp"
#include "drivers/simulator/gate.hpp"
#include "drivers/simulator/modbus_conversation.hpp"
#include "drivers/simulator/smoke_meter.hpp"

namespace exhaust::simulator {

/// A gate's board on its bus. The board outlives the talk.
class GateConversation final : public Conversation {
 public:
  GateConversation(std::string device, GateBoard& board) : device_(std::move(device)), board_(board) {}
  std::vector<Answer> take(ByteView received, double at_s) override;

 private:
  std::string device_;
  GateBoard& board_;
};

/// The smoke meters behind their AK port: channel Kl is device "smoke-l". The meter outlives the talk.
class SmokeConversation final : public Conversation {
 public:
  explicit SmokeConversation(SmokeMeter& meter) : meter_(meter) {}
  std::vector<Answer> take(ByteView received, double at_s) override;

 private:
  SmokeMeter& meter_;
  ak::TelegramReader telegrams_;
};

/// An analyser's registers as a Modbus unit; `schedule` may tear what it answers. Both outlive the unit.
ModbusUnit analyser_unit(std::string device, const AnalyserRegisters& registers, FaultSchedule& schedule);

/// The weather station; `weather_s` says which moment's weather it is.
ModbusUnit weather_unit(std::string device, std::function<double(double at_s)> weather_s);

}  // namespace exhaust::simulator
