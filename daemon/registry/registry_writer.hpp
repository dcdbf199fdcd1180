#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/result.hpp"
#include "exhaust/v1/passage.pb.h"

namespace exhaust::registry {

/// Makes a registry file beside the one it will replace. Until `commit` has returned the old one is untouched; a writer that
/// ends without leaves nothing behind. Memory: some 30 MB, whatever the number of vehicles.
class RegistryWriter {
 public:
  /// What the file says of itself, beside what the writer knows.
  struct Origin {
    std::string source, made_at;
    std::uint64_t rows = 0, refused = 0;
  };
  struct Written {
    std::uint64_t vehicles = 0, duplicates = 0, bytes = 0;
    std::string contents;
  };

  /// Errors: kStorage (the folder cannot be written to), kRefused (another import into the same file is under way).
  static Result<RegistryWriter> begin(const std::filesystem::path& file);
  RegistryWriter(RegistryWriter&&) noexcept;
  RegistryWriter& operator=(RegistryWriter&&) noexcept;
  ~RegistryWriter();

  /// The number of vehicles like this one; absent when there would be more kinds than a file holds.
  std::optional<std::uint32_t> kind(const v1::Vehicle& vehicle);
  /// False: no plate, or the colour must be told and is not. Of two with the same plate and colour the later one stays.
  Result<bool> add(std::string_view plate, std::string_view color, std::uint32_t kind);
  /// Sorts, writes, syncs and puts the file in its place. Error: kStorage.
  Result<Written> commit(const Origin& origin);

 private:
  struct State;
  explicit RegistryWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace exhaust::registry
