#include "drivers/simulator/isapi_event.hpp"

#include <array>
#include <cstdio>

#include "daemon/core/ids.hpp"

namespace exhaust::simulator {

namespace {

/// The words of Hikvision's plateColor.
std::string camera_color(const Vehicle& vehicle) {
  if (!vehicle.plate_read) return "unknown";
  if (vehicle.plate_color == "green") return "newEnergyGreen";
  if (vehicle.plate_color == "yellow_green") return "newEnergyYellowGreen";
  return vehicle.plate_color;
}

std::string element(const std::string& name, const std::string& text) {
  return "<" + name + ">" + text + "</" + name + ">\n";
}

void add_part(std::string& body, const std::string& boundary, const std::string& name, const std::string& type,
              const std::string& content) {
  body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"" + name +
          "\"\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(content.size()) + "\r\n\r\n";
  body += content;
  body += "\r\n";
}

}  // namespace

std::string camera_time(WallTime time) {
  auto text = to_rfc3339(time + kChinaUtcOffset);
  text.resize(text.size() - 4);  // microseconds and Z
  return text + "+08:00";
}

std::string make_uuid() {
  auto bytes = make_ledger_id();
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02X", static_cast<unsigned>(bytes[i]));
    text += digits.data();
  }
  return text;
}

std::string event_xml(const Passing& passing, const std::string& uuid, WallTime now) {
  const auto& vehicle = passing.vehicle;
  const bool read = vehicle.plate_read;
  const auto plate = read ? vehicle.plate : std::string("无车牌");
  const auto confidence = std::to_string(read ? static_cast<int>(vehicle.plate_confidence) : 0);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<EventNotificationAlert version=\"2.0\" xmlns=\"http://www.isapi.org/ver20/XMLSchema\">\n" +
         element("ipAddress", "127.0.0.1") + element("portNo", "80") + element("protocol", "HTTP") +
         element("channelID", std::to_string(passing.lane)) + element("dateTime", camera_time(now)) +
         element("activePostCount", "1") + element("eventType", "ANPR") + element("eventState", "active") +
         element("eventDescription", "ANPR") + element("deviceID", "exhaust-sim") + element("UUID", uuid) + "<ANPR>\n" +
         element("country", "1") + element("licensePlate", plate) + element("line", std::to_string(passing.lane)) +
         element("direction", "forward") + element("confidenceLevel", confidence) +
         element("plateType", vehicle.plate.size() > 9 ? "newEnergy" : "92TypeCivil") +
         element("plateColor", camera_color(vehicle)) + element("triggerNumber", std::to_string(passing.number)) +
         element("vehicleType", vehicle.plate_color == "yellow" ? "truck" : "vehicle") +
         element("originalLicensePlate", plate) + "</ANPR>\n</EventNotificationAlert>\n";
}

std::string multipart_body(const std::string& xml, const std::string& plate_jpeg, const std::string& scene_jpeg,
                           const std::string& boundary) {
  std::string body;
  add_part(body, boundary, "anpr.xml", "text/xml", xml);
  add_part(body, boundary, "licensePlatePicture.jpg", "image/jpeg", plate_jpeg);
  add_part(body, boundary, "detectionPicture.jpg", "image/jpeg", scene_jpeg);
  body += "--" + boundary + "--\r\n";
  return body;
}

}  // namespace exhaust::simulator
