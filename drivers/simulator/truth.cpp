#include "drivers/simulator/truth.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

namespace exhaust::simulator {

namespace {

void add_text(std::string& line, const char* name, const std::string& value) {
  // Plates, colour words and times have nothing that JSON would want escaped.
  line += std::string(",\"") + name + "\":\"" + value + "\"";
}

void add_number(std::string& line, const char* name, const std::optional<double>& value) {
  line += std::string(",\"") + name + "\":";
  if (!value) {
    line += "null";
    return;
  }
  std::array<char, 40> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.17g", *value);
  line.append(text.data(), static_cast<std::size_t>(length));
}

std::optional<double> optional_number(const nlohmann::json& object, const char* name) {
  const auto& value = object.at(name);
  if (value.is_null()) return std::nullopt;
  return value.get<double>();
}

std::string reason() { return std::strerror(errno); }

Result<std::string> read_whole(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0) return fail(ErrorKind::kStorage, reason());
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  for (std::size_t done = 0; done < text.size();) {
    const auto count = pread(file, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorKind::kStorage, reason());
    if (count == 0) text.resize(done);
    done += static_cast<std::size_t>(count);
  }
  return text;
}

/// A new file is only there after a crash if its folder was synced too.
void sync_folder_of(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  fsync(opened);
  close(opened);
}

}  // namespace

std::string to_truth_line(const Passing& passing) {
  const auto& vehicle = passing.vehicle;
  std::string line = "{\"index\":" + std::to_string(vehicle.index) + ",\"lane\":" + std::to_string(passing.lane) +
                     ",\"number\":" + std::to_string(passing.number);
  add_text(line, "at", to_rfc3339(passing.at));
  add_text(line, "plate", vehicle.plate);
  add_text(line, "plate_color", vehicle.plate_color);
  line += std::string(",\"plate_read\":") + (vehicle.plate_read ? "true" : "false");
  add_number(line, "speed_km_h", vehicle.speed_km_h);
  add_number(line, "acceleration_m_s2", vehicle.acceleration_m_s2);
  add_number(line, "co2_excess_percent", vehicle.plume.co2_excess_percent);
  add_number(line, "co_per_co2", vehicle.plume.co_per_co2);
  add_number(line, "hc_per_co2", vehicle.plume.hc_per_co2);
  add_number(line, "no_per_co2", vehicle.plume.no_per_co2);
  add_number(line, "no2_per_co2", vehicle.plume.no2_per_co2);
  add_number(line, "opacity_percent", vehicle.smoke.opacity_percent);
  add_number(line, "k_per_m", vehicle.smoke.k_per_m);
  add_number(line, "ringelmann", vehicle.smoke.ringelmann);
  line += ",\"row\":" + (vehicle.row ? std::to_string(*vehicle.row) : "null") + "}";
  return line;
}

Result<Passing> from_truth_line(std::string_view line) {
  try {
    const auto object = nlohmann::json::parse(line);
    Passing passing;
    passing.lane = object.at("lane").get<Lane>();
    passing.number = object.at("number").get<std::uint32_t>();
    const auto at = from_rfc3339(object.at("at").get<std::string>());
    if (!at) return fail(ErrorKind::kDamaged, at.error().detail);
    passing.at = *at;
    auto& vehicle = passing.vehicle;
    vehicle.index = object.at("index").get<std::uint64_t>();
    vehicle.plate = object.at("plate").get<std::string>();
    vehicle.plate_color = object.at("plate_color").get<std::string>();
    vehicle.plate_read = object.at("plate_read").get<bool>();
    vehicle.speed_km_h = optional_number(object, "speed_km_h");
    vehicle.acceleration_m_s2 = optional_number(object, "acceleration_m_s2");
    vehicle.plume.co2_excess_percent = optional_number(object, "co2_excess_percent");
    vehicle.plume.co_per_co2 = optional_number(object, "co_per_co2");
    vehicle.plume.hc_per_co2 = optional_number(object, "hc_per_co2");
    vehicle.plume.no_per_co2 = optional_number(object, "no_per_co2");
    vehicle.plume.no2_per_co2 = optional_number(object, "no2_per_co2");
    vehicle.smoke.opacity_percent = optional_number(object, "opacity_percent");
    vehicle.smoke.k_per_m = optional_number(object, "k_per_m");
    vehicle.smoke.ringelmann = optional_number(object, "ringelmann");
    if (!object.at("row").is_null()) vehicle.row = object.at("row").get<std::uint64_t>();
    return passing;
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorKind::kDamaged, error.what());
  }
}

std::uint32_t TruthSoFar::last_number(Lane lane) const {
  const auto found = newest_of_lane.find(lane);
  return found == newest_of_lane.end() || found->second.empty() ? 0 : found->second.back().number;
}

Result<TruthSoFar> read_truth(std::string_view text) {
  TruthSoFar so_far;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) {
      so_far.torn_bytes = text.size();
      break;
    }
    auto passing = from_truth_line(text.substr(0, end));
    text.remove_prefix(end + 1);
    const auto line = "line " + std::to_string(so_far.vehicles + 1) + ": ";
    if (!passing) return fail(ErrorKind::kDamaged, line + passing.error().detail);
    if (passing->vehicle.index != so_far.vehicles + 1) {
      return fail(ErrorKind::kDamaged, line + "index " + std::to_string(passing->vehicle.index) + " is out of order");
    }
    if (passing->number != so_far.last_number(passing->lane) + 1) {
      return fail(ErrorKind::kDamaged, line + "number " + std::to_string(passing->number) + " is out of order in lane " +
                                           std::to_string(passing->lane));
    }
    so_far.vehicles = passing->vehicle.index;
    auto& newest = so_far.newest_of_lane[passing->lane];
    newest.push_back(std::move(*passing));
    if (newest.size() > TruthSoFar::kRemembered) newest.pop_front();
  }
  return so_far;
}

Result<TruthFile> TruthFile::open(const std::filesystem::path& file) {
  const auto failed = [&](ErrorKind kind, const std::string& why) {
    return fail(kind, "truth file " + file.string() + ": " + why);
  };
  const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (opened < 0) return failed(ErrorKind::kStorage, reason());
  TruthFile truth(opened, {});
  if (flock(opened, LOCK_EX | LOCK_NB) != 0) return failed(ErrorKind::kRefused, "another simulator is writing it");
  const auto text = read_whole(opened);
  if (!text) return failed(text.error().kind, text.error().detail);
  auto so_far = read_truth(*text);
  if (!so_far) return failed(so_far.error().kind, so_far.error().detail);
  if (so_far->torn_bytes > 0 && ftruncate(opened, static_cast<off_t>(text->size() - so_far->torn_bytes)) != 0) {
    return failed(ErrorKind::kStorage, reason());
  }
  if (fdatasync(opened) != 0) return failed(ErrorKind::kStorage, reason());
  sync_folder_of(file);
  truth.so_far_ = std::move(*so_far);
  return truth;
}

TruthFile::TruthFile(TruthFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)), so_far_(std::move(other.so_far_)) {}

TruthFile::~TruthFile() {
  if (file_ >= 0) close(file_);
}

Result<void> TruthFile::append(const Passing& passing) {
  const auto line = to_truth_line(passing) + "\n";
  for (std::size_t done = 0; done < line.size();) {
    const auto count = write(file_, line.data() + done, line.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorKind::kStorage, "truth file: " + reason());
    done += static_cast<std::size_t>(count);
  }
  if (fdatasync(file_) != 0) return fail(ErrorKind::kStorage, "truth file: " + reason());
  return {};
}

}  // namespace exhaust::simulator
