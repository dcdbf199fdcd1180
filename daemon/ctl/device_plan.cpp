#include "daemon/ctl/device_plan.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "daemon/core/bytes.hpp"
#include "drivers/ak/telegram.hpp"
#include "drivers/frame/decoder.hpp"
#include "drivers/modbus/adu.hpp"
#include "drivers/modbus/plan.hpp"

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
    std::vector<PlannedQuestion> questions;
    for (const auto& request : modbus::describe_plan(modbus.profile)) {
      const auto& [function, range] = request.read;
      const auto last = range.first + range.count - 1;
      questions.push_back({request.when,
                           "unit " + std::to_string(modbus.unit_id) + ", " + to_string(function) + " registers " + std::to_string(range.first) +
                               (range.count > 1 ? " to " + std::to_string(last) : ""),
                           spaced_hex(modbus::compose(modbus::framing_of(modbus.endpoint), 1, {modbus.unit_id, function, range})),
                           joined(request.fields)});
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
    const auto* decoder = frame::find_decoder(frame.decoder);
    const auto request = decoder != nullptr && decoder->request != nullptr ? decoder->request(frame) : Bytes{};
    std::vector<PlannedQuestion> questions;
    if (!request.empty()) questions.push_back({"each poll", "the newest measurement", spaced_hex(request), frame.decoder});
    const auto further = decoder != nullptr && decoder->further != nullptr ? decoder->further(frame) : std::vector<Bytes>{};
    for (const auto& question : further) questions.push_back({"for each new measurement", "what belongs to it", spaced_hex(question), frame.decoder});
    if (request.empty() || (decoder != nullptr && decoder->acknowledgement != nullptr)) {
      const bool silent = request.empty();
      questions.push_back({silent ? "never" : "by itself", silent ? "nothing: the device speaks by itself" : "the device's reports are acknowledged", "", frame.decoder});
    }
    return questions;
  }

  std::vector<PlannedQuestion> operator()(const AnprSettings& camera) const {
    if (camera.mode == AnprSettings::Mode::kPull) return {{"at opening", "GET " + camera.path + ", which is kept open", "", "plates and pictures"}};
    return {{"never", "nothing: the camera posts to " + camera.listen_host + ":" + std::to_string(camera.listen_port) + camera.path, "", "plates and pictures"}};
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
