#pragma once

#include <functional>
#include <string>

#include "daemon/core/result.hpp"
#include "daemon/ctl/commands.hpp"
#include "exhaust/v1/entry.pb.h"

namespace exhaust::ctl {

/// Where passages to judge come from: a stopped ledger's folder, the running daemon, or JSON lines.
struct RecordSource {
  std::string ledger;    ///< folder; first choice
  bool daemon = false;   ///< second
  std::string input;     ///< file; "-" or empty: standard input
  RecordsOptions which;  ///< of a ledger or daemon: from_sequence, from_time, station, flagged, limit

  std::uint64_t wrong_lines = 0;      ///< lines that are neither record nor passage; told on stderr
  std::uint64_t without_payload = 0;  ///< passages whose payload the ledger does not have
};

/// `passage`: called for each, until it returns false. `text`: the standards' texts, as the source has them,
/// each before the passages that were judged by it. A line that is a passage and no record comes without
/// `kind`.
struct RecordSink {
  std::function<bool(v1::Record&)> passage;
  std::function<void(const v1::StandardText&)> text;
};
/// Errors: those of `replay::each_stored` and of `Client`; kBadFrame (the input cannot be read).
Result<void> each_record(const Options& options, RecordSource& source, const RecordSink& sink);

}  // namespace exhaust::ctl
