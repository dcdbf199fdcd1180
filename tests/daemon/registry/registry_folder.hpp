#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "daemon/registry/registry_import.hpp"
#include "daemon/registry/vehicle_registry.hpp"

namespace exhaust::registry {

/// A folder of its own, and words to speak of a registry file in it.
class RegistryFolder : public testing::Test {
 protected:
  RegistryFolder() {
    char name[] = "/tmp/exhaust-registry-XXXXXX";
    folder = mkdtemp(name);
    file = folder / "vehicles.db";
  }
  ~RegistryFolder() override { std::filesystem::remove_all(folder); }

  Result<ImportReport> import(const std::string& table, ImportOptions options = {}) {
    std::istringstream in(table);
    return import_csv(in, file, options, {});
  }
  /// The file as it is now.
  std::unique_ptr<VehicleRegistry> opened(VehicleRegistry::Check check = VehicleRegistry::Check::kWhole) {
    auto registry = VehicleRegistry::open(file, check);
    EXPECT_TRUE(registry) << registry.error().detail;
    return registry ? std::move(*registry) : nullptr;
  }
  std::string fuel(const std::string& plate, const std::string& color) {
    const auto found = opened()->find(plate, color);
    return found ? found->fuel() : "not registered";
  }
  std::string bytes() const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
  }

  std::filesystem::path folder, file;
};

}  // namespace exhaust::registry
