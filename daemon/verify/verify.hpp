#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "daemon/core/digest.hpp"
#include "daemon/core/ids.hpp"
#include "daemon/core/result.hpp"

/// Checks a ledger folder without the daemon that wrote it: docs/ledger-format.md is all it knows.
namespace exhaust::verify {

struct Problem {
  Sequence sequence = 0;  ///< where it begins; 0: the chain as a whole
  std::string text;       ///< one sentence
};

struct ChainReport {
  std::string station_id;
  std::string ledger_id;      ///< 32 hexadecimal digits
  bool simulated = false;
  bool own = false;
  std::uint64_t entries = 0;
  std::uint64_t passages = 0;  ///< entries of kind passage, withheld and rejected ones too
  std::uint64_t rejected = 0;
  std::uint64_t withheld = 0;  ///< payload absent and not rejected
  Sequence first = 0;          ///< 0: no entries
  Sequence last = 0;
  std::string last_hash;       ///< chain(last) as recomputed, in hexadecimal
  /// SHA-256 over u32be length || payload of all entries in order; an absent payload is the length 0xffffffff alone.
  /// Equal digests: two ledgers hold the same bytes.
  std::string payload_digest;
  /// The first 20; the last one then says how many more there are.
  std::vector<Problem> problems;
};

struct Report {
  std::vector<ChainReport> chains;    ///< our own first, then by station and ledger id
  std::vector<std::string> problems;  ///< of the folder as a whole; bounded likewise
  std::uint64_t entries = 0;
  bool ok = false;                    ///< no problem anywhere
};

/// Entries done and in all (about), every few thousand entries and at the end.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Recomputes every chain from chain(0), and checks sequences, positions, leaves, counts and heads. Reads each segment
/// once, in order, one entry in memory at a time; works after a clean stop and after a SIGKILL; changes no file.
///
/// A cut tail whose heads were altered to match cannot be seen from the folder alone: who has a copy or the last hash
/// sees it.
///
/// Errors: kStorage (a running exhaustd holds the folder; nothing there; not readable), kSettings (newer format),
/// kDamaged (not a ledger at all). A ledger that is one but was altered is a report with `ok` false.
Result<Report> verify_ledger(const std::filesystem::path& folder, const Progress& progress = {});

}  // namespace exhaust::verify
