#include "daemon/verify/verify.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "daemon/verify/chain_check.hpp"

namespace exhaust::verify {

namespace {

constexpr std::uint64_t kProgressStep = 4096;

/// Follows the positions and hands each row to its chain.
class Folder {
 public:
  explicit Folder(const Progress& progress) : progress_(progress) {}

  void add_total(std::uint64_t entries) { total_ += entries; }

  void check(ledger::SegmentReader& segment, const ledger::SegmentFile& file) {
    if (file.first != last_ + 1) {
      problems_.add(0, file.path.filename().string() + " begins at position " + std::to_string(file.first) +
                           ", the entries before it end at " + std::to_string(last_));
    }
    last_ = file.first - 1;
    std::map<std::int64_t, ChainCheck*> by_number;
    for (const auto& chain : segment.chains()) {
      auto& check = chains_.try_emplace(chain.state.header->key, chain).first->second;
      check.begins(chain);
      by_number.emplace(chain.number, &check);
    }
    const auto read = segment.each_row([&](const ledger::StoredRow& row) {
      if (row.position != last_ + 1) {
        problems_.add(0, "positions " + std::to_string(last_ + 1) + " to " + std::to_string(row.position - 1) +
                             " are missing");
      }
      last_ = row.position;
      if (const auto chain = by_number.find(row.chain); chain != by_number.end()) {
        chain->second->add(row);
      } else {
        problems_.add(0, "position " + std::to_string(row.position) + " belongs to no chain");
      }
      if (++entries_ % kProgressStep == 0 && progress_) progress_(entries_, total_);
    });
    if (!read) problems_.add(0, read.error().detail);
    for (const auto& chain : segment.chains()) by_number.at(chain.number)->ends(chain);
  }

  Report report() {
    if (progress_) progress_(entries_, total_);
    Report report;
    report.entries = entries_;
    report.ok = problems_.empty();
    for (auto& problem : problems_.close()) report.problems.push_back(std::move(problem.text));
    for (auto& [key, chain] : chains_) {
      report.ok = report.ok && chain.ok();
      report.chains.push_back(chain.report());
    }
    std::ranges::stable_sort(report.chains, {}, [](const ChainReport& chain) {
      return std::tuple(!chain.own, chain.station_id, chain.ledger_id);
    });
    return report;
  }

 private:
  const Progress& progress_;
  std::map<ledger::ChainKey, ChainCheck> chains_;
  ProblemList problems_;
  Position last_ = 0;
  std::uint64_t entries_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

Result<Report> verify_ledger(const std::filesystem::path& folder, const Progress& progress) {
  auto files = ledger::list_segments(folder);
  if (!files) return std::unexpected(files.error());
  if (files->empty()) return fail(ErrorKind::kStorage, "there is no ledger in " + folder.string());
  auto lock = ledger::FolderLock::shared(folder);
  if (!lock) return std::unexpected(lock.error());
  std::vector<std::unique_ptr<ledger::SegmentReader>> segments;
  Folder all(progress);
  for (const auto& file : *files) {
    auto segment = ledger::SegmentReader::open(file);
    if (!segment) return std::unexpected(segment.error());
    all.add_total((*segment)->about_entries());
    segments.push_back(std::move(*segment));
  }
  for (std::size_t i = 0; i < segments.size(); ++i) all.check(*segments[i], (*files)[i]);
  return all.report();
}

}  // namespace exhaust::verify
