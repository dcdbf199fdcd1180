#include "drivers/anpr/json_event.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "daemon/core/bytes.hpp"
#include "drivers/anpr/charset.hpp"

namespace exhaust::anpr {

namespace {

using Json = nlohmann::json;

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Looked at before anything is parsed, since the parser remembers every level of a hostile text. nullptr: within bounds.
const char* beyond_bounds(std::string_view text) {
  std::size_t values = 0;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') ++i;
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == ']' || c == '}') --depth;
    if ((c == '[' || c == '{') && ++depth > kMaxJsonDepth) return "the JSON is nested too deeply";
    if ((c == '[' || c == '{' || c == ',') && ++values > kMaxJsonValues) return "the JSON has too many values";
  }
  return nullptr;
}

Result<Json> parse(std::string_view text) {
  if (const auto* wrong = beyond_bounds(text)) return fail(ErrorKind::kBadFrame, wrong);
  auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(ErrorKind::kBadFrame, "the body is not well-formed JSON");
  return json;
}

/// nullptr where the path does not lead; a JSON null counts as not there.
const Json* find(const Json& root, std::string_view path) {
  const auto* at = &root;
  while (!path.empty()) {
    const auto dot = std::min(path.find('.'), path.size());
    const auto step = path.substr(0, dot);
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (at->is_array()) {
      const auto index = number<std::size_t>(step);
      if (!index || *index >= at->size()) return nullptr;
      at = &(*at)[*index];
    } else {
      const auto found = at->find(std::string(step));  // end() for what is no object
      if (found == at->end()) return nullptr;
      at = &*found;
    }
  }
  return at->is_null() ? nullptr : at;
}

/// The value at `path` as text: empty when it is not there. Error: kBadFrame when it is a list or an object,
/// or long.
Result<std::string> text_at(const Json& root, const std::string& path) {
  const auto* value = path.empty() ? nullptr : find(root, path);
  if (value == nullptr) return std::string{};
  if (value->is_structured()) return fail(ErrorKind::kBadFrame, path + " is not a text or a number");
  auto text = value->is_string() ? value->get<std::string>() : value->dump();
  if (text.size() > kMaxText) return fail(ErrorKind::kBadFrame, path + " is too long");
  return text;
}

std::string_view without_data_prefix(std::string_view base64) {
  constexpr std::string_view kMark = ";base64,";
  if (!base64.starts_with("data:")) return base64;
  const auto mark = base64.substr(0, 100).find(kMark);
  return mark == std::string_view::npos ? base64 : base64.substr(mark + kMark.size());
}

/// "Picture.Vehicle.Content" is vehicle "Picture.Vehicle.Content.jpg".
Result<void> take_pictures(const Json& root, const AnprSettings& settings, bool with_pictures,
                           PlatePost& post) {
  for (const auto& path : settings.json.pictures) {
    const auto* value = find(root, path);
    if (value == nullptr) continue;
    if (!value->is_string()) return fail(ErrorKind::kBadFrame, path + " is not a text");
    const auto base64 = without_data_prefix(value->get_ref<const std::string&>());
    if (base64.empty()) continue;
    if (base64.size() / 4 * 3 > settings.picture_limit_bytes + settings.picture_limit_bytes / 32) {
      ++post.large_pictures;  // line ends count a little
      continue;
    }
    if (!with_pictures) continue;
    auto bytes = from_base64(base64);
    if (!bytes) return fail(ErrorKind::kBadFrame, path + ": " + bytes.error().detail);
    post.pictures.push_back(
        {picture_name(path + ".jpg"), std::make_shared<const std::string>(std::move(*bytes))});
  }
  return {};
}

std::optional<double> confidence(const std::string& text, double scale) {
  auto value = number<double>(text);
  if (!value) return std::nullopt;
  *value *= scale;
  return *value >= 0 && *value <= 100 ? value : std::nullopt;
}

}  // namespace

Result<PlatePost> decode_json_event(std::string_view text, const AnprSettings& settings, bool with_pictures) {
  const auto& paths = settings.json;
  const auto converted = convert_if_gbk(text, settings.text, {});
  if (converted && converted->replaced > kMostReplaced) return fail(ErrorKind::kBadFrame, "the body is no text");
  if (converted) text = converted->utf8;
  const auto root = parse(text);
  if (!root) return std::unexpected(root.error());

  if (!paths.type.empty()) {
    const auto type = text_at(*root, paths.type);
    if (!type) return std::unexpected(type.error());
    if (*type != paths.type_value)
      return fail(ErrorKind::kRefused, "the event is of another type than " + paths.type_value);
  }
  for (const auto& path : paths.required) {
    if (find(*root, path) == nullptr) return fail(ErrorKind::kBadFrame, path + " is missing");
  }
  if (find(*root, paths.plate) == nullptr) return fail(ErrorKind::kBadFrame, paths.plate + " is missing");

  PlatePost post;
  auto& event = post.event;
  std::string confidence_text, count_text;
  const std::pair<const std::string&, std::string&> kTexts[] = {
      {paths.plate, event.plate},         {paths.color, event.color},   {paths.lane, event.line},
      {paths.time, event.date_time},      {paths.event_id, event.uuid}, {paths.count, count_text},
      {paths.confidence, confidence_text}};
  for (const auto& [path, to] : kTexts) {
    auto said = text_at(*root, path);
    if (!said) return std::unexpected(said.error());
    to = std::move(*said);
  }
  event.confidence = confidence(confidence_text, paths.confidence_scale);
  event.count = number<std::uint64_t>(count_text);
  event.time = time_of(event.date_time, settings.time_format, settings.utc_offset);
  if (converted) event.replaced_characters = converted->replaced;
  const auto taken = take_pictures(*root, settings, with_pictures, post);
  if (!taken) return std::unexpected(taken.error());
  return post;
}

}  // namespace exhaust::anpr
