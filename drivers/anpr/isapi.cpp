#include "drivers/anpr/isapi.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <deque>
#include <pugixml.hpp>

#include "drivers/anpr/multipart.hpp"

namespace exhaust::isapi {

namespace {

std::string_view local_name(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// The texts of elements by local name, the ones nearest to the root first.
class Elements {
 public:
  explicit Elements(const pugi::xml_node& root) {
    std::deque<pugi::xml_node> waiting{root};
    for (; !waiting.empty(); waiting.pop_front()) {
      for (const auto& child : waiting.front().children()) {
        if (child.type() != pugi::node_element) continue;
        texts_.try_emplace(std::string(local_name(child.name())), trimmed(child.text().get()));
        waiting.push_back(child);
      }
    }
  }
  std::string_view operator[](std::string_view name) const {
    const auto found = texts_.find(name);
    return found == texts_.end() ? std::string_view{} : found->second;
  }

 private:
  std::map<std::string, std::string_view, std::less<>> texts_;
};

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> confidence(std::string_view text) {
  const auto value = number<double>(text);
  return value && *value >= 0 && *value <= 100 ? value : std::nullopt;
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_xml(const multipart::Part& part) {
  if (part.content_type.ends_with("/xml")) return true;
  if (part.name.ends_with(".xml") || part.file_name.ends_with(".xml")) return true;
  return part.content_type.empty() && part.content.starts_with('<');
}

bool is_picture(const multipart::Part& part) {
  return part.content_type.starts_with("image/") || part.content.starts_with("\xFF\xD8\xFF");
}

std::string picture_name(const multipart::Part& part) {
  auto name = (part.file_name.empty() ? part.name : part.file_name).substr(0, 64);
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '_' && c != '-'; }, '_');
  return name.empty() ? "picture.jpg" : name;
}

}  // namespace

Result<PlateEvent> decode_event(std::string_view xml, std::string_view count_element) {
  if (xml.size() > kMaxXml) return fail(ErrorKind::kBadFrame, "the XML is longer than 256 KiB");
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed) {
    return fail(ErrorKind::kBadFrame,
                "the XML is not well-formed at byte " + std::to_string(parsed.offset) + ": " +
                    parsed.description());
  }
  const Elements elements(document);
  static constexpr std::string_view kUsed[] = {
      "eventType", "licensePlate", "originalLicensePlate", "plateColor", "line", "laneNo",
      "direction", "UUID",         "dateTime"};
  for (const auto name : kUsed) {
    if (elements[name].size() > kMaxText) {
      return fail(ErrorKind::kBadFrame, std::string(name) + " is too long");
    }
  }
  if (elements["eventType"].empty()) return fail(ErrorKind::kBadFrame, "the XML has no eventType");
  if (!same_word(elements["eventType"], "ANPR")) {
    return fail(ErrorKind::kRefused, "the event is of another type than ANPR");
  }

  PlateEvent event;
  event.original_plate = elements["originalLicensePlate"];
  event.plate = elements["licensePlate"];
  if (event.plate.empty()) event.plate = event.original_plate;
  event.color = elements["plateColor"];
  event.confidence = confidence(elements["confidenceLevel"]);
  event.line = elements["line"].empty() ? elements["laneNo"] : elements["line"];
  event.direction = elements["direction"];
  if (is_printable(elements["UUID"])) event.uuid = elements["UUID"];
  event.date_time = elements["dateTime"];
  if (const auto time = from_rfc3339(event.date_time)) event.time = *time;
  if (!count_element.empty()) event.count = number<std::uint64_t>(elements[count_element]);
  return event;
}

std::string color_of(std::string_view camera_word, const std::map<std::string, std::string>& words) {
  static constexpr std::pair<std::string_view, std::string_view> kHikvision[] = {
      {"unknown", "unknown"},
      {"blue", "blue"},
      {"yellow", "yellow"},
      {"white", "white"},
      {"black", "black"},
      {"green", "green"},
      {"newEnergyGreen", "green"},
      {"newEnergyYellowGreen", "yellow_green"},
      {"yellowGreen", "yellow_green"},
      {"civilAviationBlack", "civil_aviation"},
      {"civilAviationGreen", "civil_aviation"},
      {"other", "other"},
  };
  if (const auto own = words.find(std::string(camera_word)); own != words.end()) return own->second;
  if (camera_word.empty()) return "unknown";
  for (const auto& [theirs, ours] : kHikvision) {
    if (same_word(camera_word, theirs)) return std::string(ours);
  }
  return "other";
}

Result<Post> decode_post(std::string_view content_type, std::string_view body,
                         std::string_view count_element) {
  Post post;
  if (multipart::media_type(content_type).ends_with("/xml")) {
    auto event = decode_event(body, count_element);
    if (!event) return std::unexpected(event.error());
    post.event = std::move(*event);
    return post;
  }
  const auto boundary = multipart::boundary_of(content_type);
  if (!boundary) return std::unexpected(boundary.error());
  const auto parts = multipart::split(body, *boundary);
  if (!parts) return std::unexpected(parts.error());

  const auto xml = std::ranges::find_if(*parts, is_xml);
  if (xml == parts->end()) return fail(ErrorKind::kBadFrame, "no part is XML");
  auto event = decode_event(xml->content, count_element);
  if (!event) return std::unexpected(event.error());
  post.event = std::move(*event);
  for (const auto& part : *parts) {
    if (&part == &*xml) continue;
    if (is_picture(part)) post.pictures.push_back({picture_name(part), part.content});
    else ++post.unknown_parts;
  }
  return post;
}

}  // namespace exhaust::isapi
