#include "drivers/mq007/watch.hpp"

#include <cstdio>

namespace exhaust::mq007 {

namespace {

/// Light counts as back when it is so much above the least: not at every flicker around it.
constexpr std::int64_t kBackAtPercent = 110;

std::string shown(float value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", static_cast<double>(value));
  return text.data();
}

}  // namespace

Watch::Notices Watch::look(const UnitStatus& status) {
  Notices notices;
  const bool known = last_.has_value();
  if (!known || status.name != last_->name || status.software_version != last_->software_version) {
    notices.push_back({"identity", "name '" + status.name + "', software '" + status.software_version + "'"});
  }
  if (known && status.seconds_since_start < last_->seconds_since_start) {
    notices.push_back({"restarted", "the unit runs for " + std::to_string(status.seconds_since_start) + " s only"});
  }
  if (!known && status.work_mode != WorkMode::kTesting) {
    notices.push_back({"work_mode", to_string(status.work_mode)});
  } else if (known && status.work_mode != last_->work_mode) {
    const auto before = std::string(", before ") + to_string(last_->work_mode);
    notices.push_back({"work_mode", to_string(status.work_mode) + before});
  }
  look(infrared_, status.infrared_connected, status.infrared, notices);
  look(ultraviolet_, status.ultraviolet_connected, status.ultraviolet, notices);
  look(green_, status.green_connected, status.green, notices);
  last_ = status;
  return notices;
}

void Watch::look(Channel& channel, bool connected, std::int32_t light, Notices& notices) {
  const std::string name = channel.name;
  if (connected != channel.connected) {
    channel.connected = connected;
    notices.push_back({"module", name + (connected ? " module is connected again" : " module is not connected")});
  }
  if (channel.least <= 0) return;
  const auto text = name + " light is " + std::to_string(light);
  if (!channel.weak && light < channel.least) {
    channel.weak = true;
    notices.push_back({"intensity", text + ", below " + std::to_string(channel.least)});
  } else if (channel.weak && std::int64_t{light} * 100 >= channel.least * kBackAtPercent) {
    channel.weak = false;
    notices.push_back({"intensity", text + " again"});
  }
}

/// Progress comes many times a second; a beginning and an end once.
Watch::Notices Watch::look(const CalibrationStatus& status) {
  const auto said = status.text.empty() ? std::string() : ": " + status.text;
  if (status.finished) {
    calibrating_ = false;
    return {{"calibration", (status.succeeded ? "succeeded" : "failed") + said}};
  }
  if (calibrating_) return {};
  calibrating_ = true;
  return {{"calibration", "began" + said}};
}

Watch::Notices Watch::look(const CalibrationData& data) {
  if (calibration_ == data) return {};
  calibration_ = data;
  return {{"calibration", "last at " + data.calibrated_at + " by the unit's clock, with gas of HC " + shown(data.hc) +
                              ", NO " + shown(data.no) + ", CO " + shown(data.co) + ", CO2 " + shown(data.co2)}};
}

}  // namespace exhaust::mq007
