#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/ledger/sqlite/sqlite_ledger.hpp"

/// The words in which the tests of a ledger speak: everything waits for its answer, nothing sleeps.
namespace exhaust::ledger {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "exhaust-ledger-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline constexpr const char* kStation = "A440300001";

inline Result<std::unique_ptr<Ledger>> open(const LedgerSettings& settings, std::string station = kStation,
                                            bool simulated = true) {
  return open_sqlite_ledger(settings, std::move(station), simulated, "test");
}

inline Draft draft(std::string payload, std::uint32_t kind = 4, std::int64_t wall_time_us = 1000) {
  return {kind, wall_time_us, std::move(payload), {}};
}

inline Result<Sequence> append(Ledger& ledger, Draft what) {
  std::promise<Result<Sequence>> promise;
  if (!ledger.append(std::move(what), [&](Result<Sequence> done) { promise.set_value(std::move(done)); })) {
    return fail(ErrorKind::kRefused, "queue");
  }
  return promise.get_future().get();
}

inline Result<ChainState> append(Ledger& ledger, Run run) {
  std::promise<Result<ChainState>> promise;
  if (!ledger.append_run(std::move(run), [&](Result<ChainState> done) { promise.set_value(std::move(done)); })) {
    return fail(ErrorKind::kRefused, "queue");
  }
  return promise.get_future().get();
}

template <class Ask>
Result<Entries> answer(Ask ask) {
  std::promise<Result<Entries>> promise;
  ask([&](Result<Entries> done) { promise.set_value(std::move(done)); });
  return promise.get_future().get();
}

inline Entries read(Ledger& ledger, Position from, std::size_t limit = 1000, std::size_t bytes = 1 << 20) {
  auto entries = answer([&](auto done) { ledger.read(from, limit, bytes, std::move(done)); });
  EXPECT_TRUE(entries) << entries.error().detail;
  return entries.value_or(Entries{});
}

inline Entries find(Ledger& ledger, ChainKey key, Sequence sequence) {
  auto entries = answer([&](auto done) { ledger.find(std::move(key), sequence, std::move(done)); });
  EXPECT_TRUE(entries);
  return entries.value_or(Entries{});
}

inline Position find_time(Ledger& ledger, std::int64_t wall_time_us) {
  auto entries = answer([&](auto done) { ledger.find_time(wall_time_us, std::move(done)); });
  EXPECT_TRUE(entries);
  return entries && !entries->empty() ? entries->front()->position : 0;
}

/// Another daemon's chain, from which runs are cut.
class Feeder {
 public:
  explicit Feeder(std::string station, std::uint8_t id = 7, HashAlgorithm algorithm = HashAlgorithm::kSha256) {
    auto made = std::make_shared<ChainHeader>();
    made->key.station_id = std::move(station);
    made->key.ledger_id.fill(id);
    made->algorithm = algorithm;
    made->simulated = true;
    header = made;
    hash = chain_start(*header);
  }

  Run next(const std::vector<std::string>& payloads, std::uint32_t kind = 4, std::int64_t wall_time_us = 1000) {
    Run run;
    run.chain = header;
    run.first = last + 1;
    run.before = hash;
    for (const auto& payload : payloads) {
      Run::Item item;
      item.wall_time_us = wall_time_us;
      item.kind = kind;
      item.payload = payload;
      item.leaf = leaf_of(header->algorithm, as_bytes(payload));
      item.hash = hash = chain_next(header->algorithm, hash, ++last, wall_time_us, kind, item.leaf);
      run.items.push_back(std::move(item));
    }
    return run;
  }

  std::shared_ptr<const ChainHeader> header;
  Sequence last = 0;
  Digest hash{};
};

}  // namespace exhaust::ledger
