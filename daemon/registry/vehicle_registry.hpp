#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/registry/vehicles.hpp"

namespace exhaust::registry {

/// What the file says of itself.
struct RegistryInfo {
  std::filesystem::path file;
  std::uint64_t bytes = 0;
  std::uint64_t vehicles = 0;
  std::string made_at;   ///< RFC 3339
  std::string made_by;   ///< program and version
  std::string source;    ///< what it was imported from
  std::string contents;  ///< SHA-256 over all vehicles, hex: the same for the same vehicles, in whatever order they came
  std::uint64_t rows = 0, refused = 0, duplicates = 0;  ///< of the import
};

/// One vehicle of the file, and how many are like it.
struct RegistryKind {
  v1::Vehicle vehicle;
  std::uint64_t vehicles = 0;
};

struct RegisteredPlate {
  std::string color;  ///< empty: told by the plate's form
  v1::Vehicle vehicle;
};

/// A registry file (docs/registry-format.md), opened as immutable: it is replaced by renaming another over it, never
/// changed. Not mapped into memory, since a file that somebody cuts short would end the program; read through a page cache
/// of 8 MiB that keeps the upper levels of the tree, so that a look-up costs at most one read of 4 KiB.
///
/// Threading: one thread at a time.
class VehicleRegistry final : public Vehicles {
 public:
  enum class Check {
    kHead,   ///< format, size and what the file says of itself: milliseconds
    kWhole,  ///< and every page: a second for ten million vehicles
  };
  /// Errors: kStorage (not readable), kDamaged (cut short, or not a registry), kSettings (a newer format).
  static Result<std::unique_ptr<VehicleRegistry>> open(const std::filesystem::path& file, Check check);
  ~VehicleRegistry() override;

  /// A page that cannot be read, and any answer after the file was written into, is an absent answer, logged the first time
  /// and counted.
  std::optional<v1::Vehicle> find(std::string_view plate, std::string_view color) override;
  /// In whatever colour. Errors: kStorage, kDamaged.
  Result<std::vector<RegisteredPlate>> find_all(std::string_view plate);

  const RegistryInfo& info() const;
  /// Most vehicles first.
  const std::vector<RegistryKind>& kinds() const;
  std::uint64_t failed() const { return failed_; }

 private:
  struct File;
  explicit VehicleRegistry(std::unique_ptr<File> file);
  void count_failure(const char* why);
  std::unique_ptr<File> file_;
  std::uint64_t failed_ = 0;
};

}  // namespace exhaust::registry
