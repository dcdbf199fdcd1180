#include "drivers/anpr/plate_event.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace exhaust::anpr {

namespace {

constexpr Lane kMostLanes = 99;  ///< a larger number is not a lane

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// 0: the event does not name a lane.
Lane lane_of(const AnprSettings& settings, const std::string& line) {
  if (const auto found = settings.lane_of_line.find(line); found != settings.lane_of_line.end())
    return found->second;
  const auto said = number<Lane>(line).value_or(0);
  return said <= kMostLanes ? said : 0;
}

std::optional<WallTime> unix_time(std::string_view text, std::int64_t microseconds) {
  constexpr std::int64_t kMost = 253'402'300'800;  // the year 10000, in seconds
  const auto value = number<std::int64_t>(text);
  if (!value || *value < 0 || *value >= kMost * (1'000'000 / microseconds)) return std::nullopt;
  return WallTime{std::chrono::microseconds{*value * microseconds}};
}

}  // namespace

std::string identity_of(const PlateEvent& event) {
  if (event.uuid.empty() && event.date_time.empty()) return {};
  const auto count = event.count ? std::to_string(*event.count) : std::string();
  return (event.uuid.empty() ? event.plate : event.uuid) + '\n' + event.date_time + '\n' + event.channel + '\n' + event.line + '\n' + count;
}

std::string color_of(std::string_view camera_word, const std::map<std::string, std::string>& words) {
  static constexpr std::pair<std::string_view, std::string_view> kKnown[] = {
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
      {"蓝", "blue"},
      {"黄", "yellow"},
      {"白", "white"},
      {"黑", "black"},
      {"绿", "green"},
      {"渐变绿", "green"},
      {"黄绿", "yellow_green"},
      {"黄绿双拼", "yellow_green"},
      {"未知", "unknown"},
      {"其他", "other"},
  };
  if (const auto own = words.find(std::string(camera_word)); own != words.end()) return own->second;
  if (camera_word.empty()) return "unknown";
  constexpr std::string_view kColor = "色";
  if (camera_word.ends_with(kColor)) camera_word.remove_suffix(kColor.size());
  for (const auto& [theirs, ours] : kKnown) {
    if (same_word(camera_word, theirs)) return std::string(ours);
  }
  return "other";
}

std::optional<WallTime> time_of(std::string_view text, AnprSettings::TimeFormat format,
                                std::optional<std::chrono::minutes> utc_offset) {
  if (format == AnprSettings::TimeFormat::kUnixSeconds) return unix_time(text, 1'000'000);
  if (format == AnprSettings::TimeFormat::kUnixMilliseconds) return unix_time(text, 1'000);
  if (format == AnprSettings::TimeFormat::kRfc3339) {
    if (const auto time = from_rfc3339(text)) return *time;
  }
  if (!utc_offset || text.ends_with('Z')) return std::nullopt;
  const auto local = from_rfc3339(std::string(text) + "Z");
  if (!local) return std::nullopt;
  return *local - *utc_offset;
}

Reading reading_of(const AnprSettings& settings, PlatePost post) {
  auto& event = post.event;
  Reading reading;
  reading.lane = lane_of(settings, event.line);
  reading.device_time = event.time;
  if (settings.count == CountSource::kShared) reading.count = event.count;
  reading.body = PlateReading{.raw_text = std::move(event.plate),
                              .color = color_of(event.color, settings.color_words),
                              .confidence = event.confidence,
                              .event_id = std::move(event.uuid),
                              .pictures = std::move(post.pictures)};
  return reading;
}

std::string picture_name(std::string_view said) {
  std::string name(said.substr(0, 64));
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '_' && c != '-'; }, '_');
  return name.empty() ? "picture.jpg" : name;
}

}  // namespace exhaust::anpr
