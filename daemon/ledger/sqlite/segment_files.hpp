#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/core/ids.hpp"
#include "daemon/core/result.hpp"

/// The ledger's folder: `lock` and `segment-<first position, 20 digits>.sqlite`.
namespace exhaust::ledger {

struct SegmentFile {
  std::filesystem::path path;
  Position first = 1;  ///< position of its first entry
};

SegmentFile segment_file(const std::filesystem::path& folder, Position first);
/// In the order of their first positions; other files are not looked at. Error: kStorage.
Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& folder);

/// Creates what is missing of the folder, readable by its owner only, so that it survives a power cut.
Result<void> make_folder(const std::filesystem::path& folder);
/// Makes a file's creation in the folder survive a power cut.
Result<void> sync_folder(const std::filesystem::path& folder);

/// Keeps two processes from writing, or from writing and verifying, the same folder. Released by the system when the
/// process ends in whatever way.
class FolderLock {
 public:
  /// For the daemon. Error: kStorage, "another exhaustd holds ...".
  static Result<FolderLock> exclusive(const std::filesystem::path& folder);
  /// For readers of a stopped ledger; changes nothing. A copied folder without a lock file is free.
  static Result<FolderLock> shared(const std::filesystem::path& folder);

  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace exhaust::ledger
