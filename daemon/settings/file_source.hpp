#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/settings/settings.hpp"

namespace exhaust::settings {

/// Where the files come from that the settings name: the disk, or a capture. Remembers what was read.
class FileSource {
 public:
  /// From the disk: beside the settings, or among the shipped ones.
  explicit FileSource(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// From `files` alone.
  explicit FileSource(const std::vector<NamedFile>& files) : given_(&files) {}

  /// Where relative paths begin; empty when nothing comes from the disk.
  const std::filesystem::path& folder() const { return folder_; }

  struct Found {
    std::string text;
    std::string where;  ///< for mistakes
  };
  /// Error: kSettings, one sentence.
  Result<Found> read(const std::string& name);

  /// All that were read, by name, each once.
  std::vector<NamedFile> files() && { return std::move(read_); }

 private:
  std::filesystem::path folder_;
  const std::vector<NamedFile>* given_ = nullptr;
  std::vector<NamedFile> read_;
};

}  // namespace exhaust::settings
