#include "daemon/registry/vehicle_registry.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "daemon/core/file_uri.hpp"
#include "daemon/core/log.hpp"
#include "daemon/registry/plate_key.hpp"
#include "daemon/registry/registry_format.hpp"
#include "daemon/sqlite/sqlite.hpp"

namespace exhaust::registry {

namespace {

constexpr const char* kFind = "SELECT plate, kind FROM vehicle WHERE plate BETWEEN ? AND ? LIMIT 16";

Error to_error(const std::filesystem::path& file, const SQLite::Exception& exception) {
  return {is_damage(exception) ? ErrorKind::kDamaged : ErrorKind::kStorage, "the registry " + file.string() + ": " + exception.what()};
}

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Sees whether somebody writes into the very file that we read: a page of the new one would be taken for one of the old.
class Unchanged {
 public:
  explicit Unchanged(const std::filesystem::path& file) : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)), was_(now()) {
    // The system reads ahead, while we go on: the first look-ups meet a warm file more often.
    static_cast<void>(::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_WILLNEED));
  }
  ~Unchanged() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Unchanged(const Unchanged&) = delete;
  Unchanged& operator=(const Unchanged&) = delete;
  bool still() const {
    const auto is = now();
    return descriptor_ >= 0 && is.st_size == was_.st_size && is.st_mtim.tv_sec == was_.st_mtim.tv_sec && is.st_mtim.tv_nsec == was_.st_mtim.tv_nsec;
  }

 private:
  struct stat now() const {
    struct stat state {};
    static_cast<void>(::fstat(descriptor_, &state));
    return state;
  }

  const int descriptor_;
  const struct stat was_;
};

}  // namespace

struct VehicleRegistry::File {
  explicit File(const std::filesystem::path& path)
      : unchanged(path),
        database(file_uri(path, "immutable=1"), SQLite::OPEN_READONLY | SQLite::OPEN_URI | SQLite::OPEN_NOMUTEX) {
    database.exec("PRAGMA cache_size = -8192");
    database.exec("PRAGMA mmap_size = 0");
    info.file = path;
  }

  Result<void> check(Check how) {
    const auto damaged = [&](const std::string& what) {
      return fail(ErrorKind::kDamaged, "the registry " + info.file.string() + " " + what);
    };
    const auto value = [&](const char* pragma) { return database.execAndGet(std::string("PRAGMA ") + pragma).getInt64(); };
    if (value("application_id") != kApplicationId) return damaged("is not a registry: expected a file of 'exhaustctl registry import'");
    if (const auto format = value("user_version"); format > kFormat) {
      return fail(ErrorKind::kSettings, "the registry " + info.file.string() + " has format " + std::to_string(format) + ", this program knows up to " +
                                            std::to_string(kFormat) + ": import it with this version, or use the newer one");
    } else if (format != kFormat) {
      return damaged("has no format");
    }
    info.bytes = std::filesystem::file_size(info.file);
    const auto expected = static_cast<std::uint64_t>(value("page_count") * value("page_size"));
    if (info.bytes != expected) {
      return damaged("is cut short: " + std::to_string(info.bytes) + " bytes, by its own word " + std::to_string(expected));
    }
    if (how == Check::kWhole && database.execAndGet("PRAGMA quick_check(1)").getString() != "ok") return damaged("has damaged pages");
    return load();
  }

  Result<void> load() {
    std::map<std::string, std::string> meta;
    for (SQLite::Statement query(database, "SELECT name, value FROM meta"); query.executeStep();) {
      meta.emplace(query.getColumn(0).getString(), query.getColumn(1).getString());
    }
    info.vehicles = number(meta["vehicles"]);
    info.made_at = meta["made_at"];
    info.made_by = meta["made_by"];
    info.source = meta["source"];
    info.contents = meta["contents"];
    info.rows = number(meta["rows"]);
    info.refused = number(meta["refused"]);
    info.duplicates = number(meta["duplicates"]);
    std::uint64_t counted = 0;
    SQLite::Statement query(database, "SELECT kind, fuel, category, plate_type, emission_stage, use, type, vehicles FROM kind ORDER BY kind");
    while (query.executeStep()) {
      if (query.getColumn(0).getInt64() != static_cast<std::int64_t>(by_number.size()) || by_number.size() >= kMostKinds) break;
      v1::Vehicle vehicle;
      vehicle.set_fuel(query.getColumn(1).getString());
      vehicle.set_fuel_source(vehicle.fuel().empty() ? "" : "registry");
      vehicle.set_category(query.getColumn(2).getString());
      vehicle.set_plate_type(query.getColumn(3).getString());
      vehicle.set_emission_stage(query.getColumn(4).getString());
      vehicle.set_use(query.getColumn(5).getString());
      vehicle.set_type(query.getColumn(6).getString());
      const auto vehicles = static_cast<std::uint64_t>(query.getColumn(7).getInt64());
      counted += vehicles;
      if (vehicles > 0) kinds.push_back({vehicle, vehicles});
      by_number.push_back(std::move(vehicle));
    }
    if (counted != info.vehicles) {
      return fail(ErrorKind::kDamaged, "the registry " + info.file.string() + " counts " + std::to_string(info.vehicles) + " vehicles, and their kinds " + std::to_string(counted));
    }
    std::ranges::stable_sort(kinds, std::ranges::greater(), &RegistryKind::vehicles);
    find.emplace(database, kFind);
    return {};
  }

  const v1::Vehicle* kind(std::int64_t which) const {
    return which >= 0 && which < static_cast<std::int64_t>(by_number.size()) ? &by_number[static_cast<std::size_t>(which)] : nullptr;
  }

  RegistryInfo info;
  std::vector<v1::Vehicle> by_number;
  std::vector<RegistryKind> kinds;
  const Unchanged unchanged;  ///< since before the first page was read
  SQLite::Database database;
  std::optional<SQLite::Statement> find;  ///< ends before the database
};

VehicleRegistry::VehicleRegistry(std::unique_ptr<File> file) : file_(std::move(file)) {}
VehicleRegistry::~VehicleRegistry() = default;

Result<std::unique_ptr<VehicleRegistry>> VehicleRegistry::open(const std::filesystem::path& path, Check check) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(ErrorKind::kStorage, "the registry " + path.string() + (error ? ": " + error.message() : " is not a file"));
  }
  try {
    auto file = std::make_unique<File>(path);
    if (auto checked = file->check(check); !checked) return std::unexpected(checked.error());
    return std::unique_ptr<VehicleRegistry>(new VehicleRegistry(std::move(file)));
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(to_error(path, exception));
  } catch (const std::filesystem::filesystem_error& gone) {
    return fail(ErrorKind::kStorage, "the registry " + path.string() + ": " + gone.code().message());
  }
}

std::optional<v1::Vehicle> VehicleRegistry::find(std::string_view plate, std::string_view color) {
  const auto keys = plate_keys(plate, color);
  if (!keys) return std::nullopt;
  auto& statement = *file_->find;
  const Rewound rewound(statement);
  try {
    statement.bind(1, static_cast<std::int64_t>(keys->first));
    statement.bind(2, static_cast<std::int64_t>(keys->last));
    if (!statement.executeStep()) return std::nullopt;
    const auto* vehicle = file_->kind(statement.getColumn(1).getInt64());
    // The same text in another colour, and the camera saw none.
    if (vehicle == nullptr || (keys->first != keys->last && statement.executeStep())) return std::nullopt;
    if (file_->unchanged.still()) return *vehicle;
    count_failure("somebody writes into it: a registry is replaced by renaming another over it");
  } catch (const SQLite::Exception& exception) {
    count_failure(exception.what());
  }
  return std::nullopt;
}

void VehicleRegistry::count_failure(const char* why) {
  if (failed_++ == 0) log::error("a vehicle could not be looked up", {{"FILE", file_->info.file.string()}, {"ERROR", why}});
}

Result<std::vector<RegisteredPlate>> VehicleRegistry::find_all(std::string_view plate) {
  std::vector<RegisteredPlate> found;
  const auto keys = all_colors(plate);
  if (!keys) return found;
  auto& statement = *file_->find;
  const Rewound rewound(statement);
  try {
    statement.bind(1, static_cast<std::int64_t>(keys->first));
    statement.bind(2, static_cast<std::int64_t>(keys->last));
    while (statement.executeStep()) {
      const auto* vehicle = file_->kind(statement.getColumn(1).getInt64());
      if (vehicle != nullptr) found.push_back({std::string(color_of(statement.getColumn(0).getInt64())), *vehicle});
    }
    return found;
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(to_error(file_->info.file, exception));
  }
}

const RegistryInfo& VehicleRegistry::info() const { return file_->info; }
const std::vector<RegistryKind>& VehicleRegistry::kinds() const { return file_->kinds; }

}  // namespace exhaust::registry
