#include "daemon/registry/key_sort.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <queue>
#include <utility>

namespace exhaust::registry {

namespace {

constexpr std::size_t kRunRows = 1'000'000;
constexpr std::size_t kReadAhead = 4096;  // rows

std::unexpected<Error> disk_failed() {
  return fail(ErrorKind::kStorage, std::string("sorting the vehicles: ") + std::strerror(errno));
}

}  // namespace

Result<KeySort> KeySort::begin(const std::filesystem::path& folder) {
  auto name = (folder / ".registry-sort-XXXXXX").string();
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return fail(ErrorKind::kStorage, "cannot write to " + folder.string() + ": " + std::strerror(errno));
  ::unlink(name.c_str());
  auto* file = ::fdopen(descriptor, "w+b");
  if (file == nullptr) {
    ::close(descriptor);
    return disk_failed();
  }
  return KeySort(file);
}

Result<void> KeySort::add(Row row) {
  ++rows_;
  pending_.push_back(row);
  return pending_.size() < kRunRows ? Result<void>() : spill();
}

Result<void> KeySort::spill() {
  std::ranges::stable_sort(pending_, {}, &Row::key);
  const auto at = runs_.empty() ? 0 : runs_.back().end;
  if (std::fwrite(pending_.data(), sizeof(Row), pending_.size(), file_.get()) != pending_.size()) return disk_failed();
  runs_.push_back({at, at + pending_.size(), {}, 0});
  pending_.clear();
  return {};
}

Result<bool> KeySort::refill(Run& run) {
  if (run.next < run.ahead.size()) return true;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kReadAhead, run.end - run.at));
  run.ahead.resize(count);
  run.next = 0;
  if (count == 0) return false;
  if (::fseeko(file_.get(), static_cast<off_t>(run.at * sizeof(Row)), SEEK_SET) != 0 ||
      std::fread(run.ahead.data(), sizeof(Row), count, file_.get()) != count) {
    return disk_failed();
  }
  run.at += count;
  return true;
}

Result<void> KeySort::merge(const std::function<Result<void>(Row)>& take) {
  if (auto spilled = spill(); !spilled) return spilled;
  pending_.shrink_to_fit();
  if (std::fflush(file_.get()) != 0) return disk_failed();
  using Head = std::pair<PlateKey, std::size_t>;  // of equal keys the earliest run comes first, so the last one stays
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
  const auto push = [&](std::size_t run) -> Result<void> {
    const auto more = refill(runs_[run]);
    if (!more) return std::unexpected(more.error());
    if (*more) heads.emplace(runs_[run].ahead[runs_[run].next].key, run);
    return {};
  };
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    if (auto pushed = push(run); !pushed) return pushed;
  }
  std::optional<Row> last;
  while (!heads.empty()) {
    const auto which = heads.top().second;
    heads.pop();
    const auto row = runs_[which].ahead[runs_[which].next++];
    if (last && last->key != row.key) {
      if (auto taken = take(*last); !taken) return taken;
    }
    last = row;
    if (auto pushed = push(which); !pushed) return pushed;
  }
  return last ? take(*last) : Result<void>();
}

}  // namespace exhaust::registry
