#include "drivers/anpr/envelope.hpp"

#include <algorithm>

#include "drivers/anpr/driver.hpp"
#include "drivers/anpr/isapi.hpp"
#include "drivers/anpr/json_event.hpp"
#include "drivers/anpr/multipart.hpp"

namespace exhaust::anpr {

namespace {

constexpr std::string_view kBreak = "\r\n\r\n";
constexpr std::size_t kMaxContentType = 4 * 1024;

bool is_xml_type(std::string_view media_type) {
  return media_type.ends_with("/xml") || media_type.ends_with("+xml");
}
bool is_json_type(std::string_view media_type) {
  return media_type.ends_with("/json") || media_type.ends_with("+json");
}

bool is_xml(const multipart::Part& part) {
  if (is_xml_type(part.content_type)) return true;
  if (part.name.ends_with(".xml") || part.file_name.ends_with(".xml")) return true;
  return part.content_type.empty() && part.content.starts_with('<');
}

bool is_json(const multipart::Part& part) {
  if (is_json_type(part.content_type)) return true;
  if (part.name.ends_with(".json") || part.file_name.ends_with(".json")) return true;
  return (part.content_type.empty() || part.content_type == "text/plain") && part.content.starts_with('{');
}

Result<PlatePost> decode_text(const AnprSettings& settings, std::string_view text, bool with_pictures) {
  if (settings.mode == AnprSettings::Mode::kJson) return decode_json_event(text, settings, with_pictures);
  auto event = isapi::decode_event(text, settings);
  if (!event) return std::unexpected(event.error());
  return PlatePost{.event = std::move(*event), .pictures = {}};
}

}  // namespace

std::string to_envelope(HttpPost post) {
  post.body.insert(0, post.content_type + std::string(kBreak));
  return std::move(post.body);
}

Result<EnvelopeView> open_envelope(std::string_view envelope) {
  const auto end = envelope.substr(0, kMaxContentType).find(kBreak);
  if (end == std::string_view::npos)
    return fail(ErrorKind::kBadFrame, "the frame has no empty line after its content type");
  return EnvelopeView{envelope.substr(0, end), envelope.substr(end + kBreak.size())};
}

bool is_taken(const AnprSettings& settings, std::string_view content_type) {
  const auto type = multipart::media_type(content_type);
  if (type.starts_with("multipart/")) return true;
  return settings.mode == AnprSettings::Mode::kJson ? is_json_type(type) : is_xml_type(type);
}

Result<PlatePost> decode_post(const AnprSettings& settings, std::string_view content_type,
                              std::string_view body, bool with_pictures) {
  if (!is_taken(settings, content_type))
    return fail(ErrorKind::kBadFrame, "the Content-Type is not one of an event");
  if (!multipart::media_type(content_type).starts_with("multipart/"))
    return decode_text(settings, body, with_pictures);
  const auto boundary = multipart::boundary_of(content_type);
  if (!boundary) return std::unexpected(boundary.error());
  const auto parts = multipart::split(body, *boundary);
  if (!parts) return std::unexpected(parts.error());

  const bool json = settings.mode == AnprSettings::Mode::kJson;
  const auto text = std::ranges::find_if(*parts, json ? is_json : is_xml);
  if (text == parts->end()) return fail(ErrorKind::kBadFrame, json ? "no part is JSON" : "no part is XML");
  auto post = decode_text(settings, text->content, with_pictures);
  if (!post) return post;
  for (const auto& part : *parts) {
    if (&part == &*text) continue;
    if ((json ? is_json(part) : is_xml(part)) && decode_text(settings, part.content, false)) {
      ++post->further_events;
      break;  // the pictures behind it are of its vehicle
    }
    if (!multipart::is_picture(part.content_type, part.content))
      ++post->unknown_parts;
    else if (part.content.size() > settings.picture_limit_bytes)
      ++post->large_pictures;
    else if (with_pictures) {
      post->pictures.push_back({picture_name(part.file_name.empty() ? part.name : part.file_name),
                                std::make_shared<const std::string>(part.content)});
    }
  }
  return post;
}

}  // namespace exhaust::anpr

namespace exhaust {

Result<std::vector<Reading>> decode_anpr(const DeviceSettings& device, ByteView measurement) {
  const auto& settings = std::get<AnprSettings>(device.driver);
  const auto envelope = anpr::open_envelope(as_text(measurement));
  if (!envelope) return std::unexpected(envelope.error());
  auto post = anpr::decode_post(settings, envelope->content_type, envelope->body);
  if (!post) return std::unexpected(post.error());
  std::vector<Reading> readings;
  readings.push_back(anpr::reading_of(settings, std::move(*post)));
  return readings;
}

}  // namespace exhaust
