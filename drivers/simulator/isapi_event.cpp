#include "drivers/simulator/isapi_event.hpp"

#include <iconv.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "daemon/core/bytes.hpp"
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

std::string chinese_color(const Vehicle& vehicle) {
  if (!vehicle.plate_read) return "未知";
  if (vehicle.plate_color == "blue") return "蓝";
  if (vehicle.plate_color == "yellow") return "黄";
  if (vehicle.plate_color == "yellow_green") return "黄绿";
  return vehicle.plate_color == "green" ? "绿" : "其他";
}

std::string plate_text(const Vehicle& vehicle) { return vehicle.plate_read ? vehicle.plate : "无车牌"; }

std::string stream_part(const std::string& boundary, const std::string& headers, const std::string& content) {
  return "--" + boundary + "\r\n" + headers + "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + content + "\r\n";
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
  const auto plate = plate_text(vehicle);
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
         element("originalLicensePlate", plate) + element("picNum", "2") + "</ANPR>\n</EventNotificationAlert>\n";
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

std::string in_gbk(std::string xml) {
  constexpr std::string_view kUtf8 = "encoding=\"UTF-8\"";
  if (const auto at = xml.find(kUtf8); at != std::string::npos) xml.replace(at, kUtf8.size(), "encoding=\"GB2312\"");
  const auto converter = iconv_open("GBK", "UTF-8");
  if (converter == reinterpret_cast<iconv_t>(-1)) throw std::runtime_error("this system cannot write GBK");
  std::string out(xml.size(), '\0');
  auto* from = xml.data();
  auto* to = out.data();
  std::size_t left = xml.size(), room = out.size();
  const auto done = iconv(converter, &from, &left, &to, &room);
  iconv_close(converter);
  if (done == static_cast<std::size_t>(-1)) throw std::runtime_error("the text has characters that GBK has not");
  out.resize(out.size() - room);
  return out;
}

std::string event_json(const Passing& passing, const std::string& uuid, WallTime now, const std::string& plate_jpeg,
                       const std::string& scene_jpeg) {
  const auto& vehicle = passing.vehicle;
  const nlohmann::json json{
      {"Type", "snap"},
      {"Id", uuid},
      {"Time", camera_time(now)},
      {"Lane", passing.lane},
      {"Trigger", passing.number},
      {"Plate", {{"Number", plate_text(vehicle)}, {"Color", chinese_color(vehicle)}, {"Confidence", vehicle.plate_read ? vehicle.plate_confidence : 0.0}}},
      {"Pictures", {{{"Name", "plate.jpg"}, {"Data", to_base64(as_bytes(plate_jpeg))}},
                    {{"Name", "scene.jpg"}, {"Data", to_base64(as_bytes(scene_jpeg))}}}}};
  return json.dump();
}

std::string stream_parts(const std::string& xml, const std::string& plate_jpeg, const std::string& scene_jpeg,
                         const std::string& boundary) {
  const auto picture = [&](const std::string& name, const std::string& jpeg) {
    return stream_part(boundary, "Content-Disposition: form-data; name=\"" + name + "\"; filename=\"" + name +
                                     "\"\r\nContent-Type: image/jpeg\r\n", jpeg);
  };
  return stream_part(boundary, "Content-Type: application/xml; charset=\"UTF-8\"\r\n", xml) +
         picture("licensePlatePicture.jpg", plate_jpeg) + picture("detectionPicture.jpg", scene_jpeg);
}

std::string heartbeat_part(WallTime now, const std::string& boundary) {
  const auto xml = "<EventNotificationAlert version=\"2.0\" xmlns=\"http://www.hikvision.com/ver20/XMLSchema\">\n" +
                   element("ipAddress", "127.0.0.1") + element("channelID", "0") + element("dateTime", camera_time(now)) +
                   element("activePostCount", "0") + element("eventType", "videoloss") + element("eventState", "inactive") +
                   element("eventDescription", "videoloss alarm") + "</EventNotificationAlert>\n";
  return stream_part(boundary, "Content-Type: application/xml; charset=\"UTF-8\"\r\n", xml);
}

}  // namespace exhaust::simulator
