#include "drivers/anpr/isapi.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <pugixml.hpp>

#include "drivers/anpr/charset.hpp"

namespace exhaust::anpr::isapi {

namespace {

std::string_view local_name(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool is_anpr(std::string_view word) {
  return std::ranges::equal(word, std::string_view("ANPR"), [](char x, char y) { return (x & ~0x20) == y; });
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
  /// Error: kBadFrame, for too many or too deep ones.
  static Result<Elements> of(const pugi::xml_node& root) {
    Elements elements;
    struct Level {
      pugi::xml_node node;
      std::size_t depth;
    };
    std::size_t count = 0;
    for (std::deque<Level> waiting{{root, 0}}; !waiting.empty(); waiting.pop_front()) {
      const auto [node, depth] = waiting.front();
      for (const auto& child : node.children()) {
        if (child.type() != pugi::node_element) continue;
        if (++count > kMaxElements) return fail(ErrorKind::kBadFrame, "the XML has too many elements");
        if (depth >= kMaxDepth) return fail(ErrorKind::kBadFrame, "the XML is nested too deeply");
        const auto name = local_name(child.name());
        if (name == "pictureInfo") ++elements.picture_infos_;
        elements.texts_.try_emplace(std::string(name), trimmed(child.text().get()));
        waiting.push_back({child, depth + 1});
      }
    }
    return elements;
  }

  std::string_view operator[](std::string_view name) const {
    const auto found = texts_.find(name);
    return found == texts_.end() ? std::string_view{} : found->second;
  }
  std::size_t picture_infos() const { return picture_infos_; }

 private:
  std::map<std::string, std::string_view, std::less<>> texts_;
  std::size_t picture_infos_ = 0;
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

/// What the XML declaration calls its coding; empty when it does not say.
std::string_view declared_coding(std::string_view xml) {
  if (!xml.starts_with("<?xml")) return {};
  const auto declaration = xml.substr(0, std::min<std::size_t>(xml.find("?>"), 200));
  const auto key = declaration.find("encoding");
  if (key == std::string_view::npos) return {};
  const auto open = declaration.find_first_of("\"'", key);
  if (open == std::string_view::npos) return {};
  const auto close = declaration.find(declaration[open], open + 1);
  return close == std::string_view::npos ? std::string_view{}
                                         : declaration.substr(open + 1, close - open - 1);
}

std::optional<std::size_t> picture_count(const Elements& elements) {
  for (const auto* name : {"picNum", "detectionPicturesNumber"}) {
    if (const auto count = number<std::size_t>(elements[name])) return count;
  }
  return elements.picture_infos() > 0 ? std::optional(elements.picture_infos()) : std::nullopt;
}

}  // namespace

Result<PlateEvent> decode_event(std::string_view xml, const AnprSettings& settings) {
  if (xml.size() > kMaxXml) return fail(ErrorKind::kBadFrame, "the XML is longer than 256 KiB");
  const bool is_utf16 = xml.starts_with("\xFF\xFE") || xml.starts_with("\xFE\xFF");
  const auto converted = is_utf16 ? std::nullopt : convert_if_gbk(xml, settings.text, declared_coding(xml));
  if (converted && converted->replaced > kMostReplaced) return fail(ErrorKind::kBadFrame, "the XML is no text");
  if (converted) xml = converted->utf8;
  const bool is_utf8_now = converted || settings.text == AnprSettings::TextCoding::kUtf8;
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default,
                                           is_utf8_now ? pugi::encoding_utf8 : pugi::encoding_auto);
  if (!parsed) {
    return fail(ErrorKind::kBadFrame, "the XML is not well-formed at byte " + std::to_string(parsed.offset) +
                                          ": " + parsed.description());
  }
  const auto found = Elements::of(document);
  if (!found) return std::unexpected(found.error());
  const auto& elements = *found;
  static constexpr std::string_view kUsed[] = {"eventType",  "licensePlate", "originalLicensePlate",
                                               "plateColor", "line",         "laneNo",
                                               "channelID",  "direction",    "UUID",
                                               "dateTime"};
  for (const auto name : kUsed) {
    if (elements[name].size() > kMaxText)
      return fail(ErrorKind::kBadFrame, std::string(name) + " is too long");
  }
  if (elements["eventType"].empty()) return fail(ErrorKind::kBadFrame, "the XML has no eventType");
  if (!is_anpr(elements["eventType"]))
    return fail(ErrorKind::kRefused, "the event is of another type than ANPR");

  PlateEvent event;
  event.original_plate = elements["originalLicensePlate"];
  event.plate = elements["licensePlate"];
  if (event.plate.empty()) event.plate = event.original_plate;
  event.color = elements["plateColor"];
  event.confidence = confidence(elements["confidenceLevel"]);
  event.line = elements["line"].empty() ? elements["laneNo"] : elements["line"];
  event.channel = elements["channelID"];
  event.direction = elements["direction"];
  if (is_printable(elements["UUID"])) event.uuid = elements["UUID"];
  event.date_time = elements["dateTime"];
  event.time = time_of(event.date_time, AnprSettings::TimeFormat::kRfc3339, settings.utc_offset);
  if (!settings.count_element.empty()) event.count = number<std::uint64_t>(elements[settings.count_element]);
  event.pictures = picture_count(elements);
  if (converted) event.replaced_characters = converted->replaced;
  return event;
}

}  // namespace exhaust::anpr::isapi
