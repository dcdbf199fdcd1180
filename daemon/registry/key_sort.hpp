#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/registry/plate_key.hpp"

namespace exhaust::registry {

/// Sorts more vehicles than fit into memory: sorted runs of a million go to a nameless file, and are merged at the end.
class KeySort {
 public:
  struct Row {
    PlateKey key = 0;
    std::uint32_t kind = 0;
  };

  /// The file with the runs needs 16 bytes a row, in `folder`. Error: kStorage.
  static Result<KeySort> begin(const std::filesystem::path& folder);

  Result<void> add(Row row);
  std::uint64_t rows() const { return rows_; }
  /// Each key once, in order, with the kind that was added last. Once. Errors: kStorage; those of `take`.
  Result<void> merge(const std::function<Result<void>(Row)>& take);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct Run {
    std::uint64_t at = 0, end = 0;  ///< rows in the file
    std::vector<Row> ahead;
    std::size_t next = 0;
  };

  explicit KeySort(std::FILE* file) : file_(file) {}
  Result<void> spill();
  Result<bool> refill(Run& run);

  std::unique_ptr<std::FILE, Close> file_;
  std::vector<Row> pending_;
  std::vector<Run> runs_;
  std::uint64_t rows_ = 0;
};

}  // namespace exhaust::registry
