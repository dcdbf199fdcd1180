#include "daemon/ctl/device_plan.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "daemon/core/bytes.hpp"
#include "drivers/ak/telegram.hpp"
#include "drivers/frame/stdbus.hpp"
#include "drivers/modbus/map.hpp"

namespace exhaust::ctl {

namespace {

std::string spaced_hex(ByteView bytes) {
  std::string text;
  char byte[4];
  for (const auto value : bytes) {
    std::snprintf(byte, sizeof byte, "%02X", value);
    text += (text.empty() ? "" : " ") + std::string(byte);
  }
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

struct Plan {
  std::vector<PlannedQuestion> operator()(const ModbusSettings& modbus) const {
    const auto& profile = modbus.profile;
    const std::string kind = profile.function == RegisterFunction::kHolding ? "holding" : "input";
    const auto registers = [&](modbus::RegisterRange range) {
      return kind + " registers " + std::to_string(range.first) + " to " + std::to_string(range.first + range.count - 1) + " of unit " + std::to_string(modbus.unit_id);
    };
    std::vector<PlannedQuestion> questions;
    for (const auto& range : modbus::plan(profile)) {
      std::vector<std::string> fields;
      for (const auto& field : profile.fields) {
        if (field.address >= range.first && field.address < range.first + range.count) fields.push_back(field.quantity);
      }
      questions.push_back({"each poll", registers(range), "", joined(fields)});
    }
    return questions;
  }

  std::vector<PlannedQuestion> operator()(const AkSettings& ak) const {
    std::vector<PlannedQuestion> questions{{"each poll", "AKON " + ak.channel, spaced_hex(as_bytes(ak::encode_command("AKON", ak.channel, {}, ak.dont_care))), joined(ak.values)}};
    if (ak.fetch_by_number) {
      questions.push_back({"for each measurement that was missed", "AKON " + ak.channel + " n, n its number",
                           spaced_hex(as_bytes(ak::encode_command("AKON", ak.channel, {"1"}, ak.dont_care))) + " (n = 1)", joined(ak.values)});
    }
    return questions;
  }

  std::vector<PlannedQuestion> operator()(const FrameSettings& frame) const {
    if (frame.decoder != "stdbus-gate") return {{"never", "listens to what the device sends", "", frame.decoder}};
    const auto question = stdbus::encode({{frame.host_address, frame.board_address}, 1, stdbus::kSpeedCommand, stdbus::kRead, {}});
    return {{"each poll", "read the speed board's last vehicle", spaced_hex(question), "count, direction, speed, acceleration"},
            {"when a vehicle passes", "nothing: the board reports, and is acknowledged", "", "the same"}};
  }

  template <class Other>
  std::vector<PlannedQuestion> operator()(const Other&) const {
    return {{"never", "nothing: the device speaks by itself", "", ""}};
  }
};

}  // namespace

std::vector<PlannedQuestion> plan_of(const DeviceSettings& device) { return std::visit(Plan{}, device.driver); }

std::string to_json(const PlannedQuestion& question, bool pretty) {
  const nlohmann::ordered_json json{{"when", question.when}, {"what", question.what}, {"bytes", question.bytes}, {"for", question.purpose}};
  return json.dump(pretty ? 2 : -1);
}

}  // namespace exhaust::ctl
