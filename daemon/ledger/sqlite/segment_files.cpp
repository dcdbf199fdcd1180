#include "daemon/ledger/sqlite/segment_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

namespace exhaust::ledger {

namespace {

constexpr std::string_view kPrefix = "segment-";
constexpr std::string_view kSuffix = ".sqlite";
constexpr std::size_t kDigits = 20;

std::unexpected<Error> failed(const std::string& what, const std::filesystem::path& path, int error) {
  return fail(ErrorKind::kStorage, what + " " + path.string() + ": " + std::strerror(error));
}

}  // namespace

SegmentFile segment_file(const std::filesystem::path& folder, Position first) {
  std::string digits = std::to_string(first);
  digits.insert(0, kDigits - digits.size(), '0');
  return {folder / (std::string(kPrefix) + digits + std::string(kSuffix)), first};
}

Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& folder) {
  std::vector<SegmentFile> found;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.size() != kPrefix.size() + kDigits + kSuffix.size() || !name.starts_with(kPrefix) ||
        !name.ends_with(kSuffix)) {
      continue;
    }
    const char* digits = name.data() + kPrefix.size();
    Position first = 0;
    const auto [stop, bad] = std::from_chars(digits, digits + kDigits, first);
    if (bad == std::errc{} && stop == digits + kDigits) found.push_back({at->path(), first});
  }
  if (error) return failed("cannot list", folder, error.value());
  std::ranges::sort(found, {}, &SegmentFile::first);
  return found;
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  const auto parent = folder.parent_path();
  if (!parent.empty() && parent != folder) {
    auto made = make_folder(parent);
    if (!made) return made;
  }
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failed("cannot create", folder, errno);
  return sync_folder(parent.empty() ? "." : parent);
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return failed("cannot open", folder, errno);
  const int error = ::fsync(file) == 0 ? 0 : errno;
  ::close(file);
  if (error != 0) return failed("cannot sync", folder, error);
  return {};
}

Result<FolderLock> FolderLock::exclusive(const std::filesystem::path& folder) {
  const auto path = folder / "lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return failed("cannot open", path, errno);
  FolderLock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return failed("cannot lock", path, errno);
  return fail(ErrorKind::kStorage, "another exhaustd holds " + folder.string() + " (or a verification of it runs)");
}

Result<FolderLock> FolderLock::shared(const std::filesystem::path& folder) {
  const auto path = folder / "lock";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return FolderLock(-1);
  if (file < 0) return failed("cannot open", path, errno);
  FolderLock lock(file);
  if (::flock(file, LOCK_SH | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return failed("cannot lock", path, errno);
  return fail(ErrorKind::kStorage, "an exhaustd that runs holds " + folder.string() + ": stop it first");
}

FolderLock::~FolderLock() {
  if (file_ >= 0) ::close(file_);
}

FolderLock::FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

}  // namespace exhaust::ledger
