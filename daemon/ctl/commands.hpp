#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/ctl/options.hpp"
#include "exhaust/v1/records.pb.h"

/// One function per verb. Data goes to stdout, diagnostics to stderr; the result is the exit code.
namespace exhaust::ctl {

struct RecordsOptions {
  std::string station;             ///< at a hub: whose records
  bool flagged = false;
  std::vector<std::string> kinds;
  std::uint64_t from_sequence = 0;
  std::string from_time;
  std::uint64_t limit = 0;         ///< 0: no limit
  std::uint64_t sequence = 0;      ///< show, explain
};

struct AccountsOptions {
  std::string from, to;   ///< RFC 3339; empty: all
  std::string station;    ///< at a hub: of this one alone
  bool by_hour = false;
};

struct ReplayOptions {
  std::string capture;
  std::string standard;   ///< judge by this file instead
  std::string payloads;   ///< folder that each payload is written to
  std::string against;    ///< folder of a stopped station's ledger
  bool diff = false;      ///< what the other standard changes
  bool digest = false;    ///< one line instead of the records
};

struct AssessOptions {
  std::vector<std::string> standards;  ///< files; empty: what each record names, or HJ 845 for a passage that is not judged
  std::string input;                   ///< JSON lines; "-" or empty: standard input
  std::string ledger;                  ///< a stopped ledger's folder, instead
  RecordsOptions which;                ///< of a ledger; from a sequence or time without one: of the running daemon
  bool diff = false;                   ///< what the standards would change
  bool explain = false;                ///< in words instead of JSON
};

struct ReviewOptions {
  std::uint64_t sequence = 0;
  std::string verdict;             ///< confirm reject
  std::string reason;
  std::string station;             ///< at a hub: whose entry
  std::string ledger;              ///< empty: the station's newest
};

struct DeterminationsOptions {
  std::string plate;
  std::string id;                  ///< its first digits
  bool withdrawn_too = false;
  std::uint64_t limit = 0;         ///< 0: as many as the daemon gives
};

/// The words that --kind takes.
std::vector<std::string> entry_kinds();

int status(const Options& options);
int health(const Options& options);
/// kDiffers: an equation does not close.
int accounts(const Options& options, const AccountsOptions& which);
int tiers_list(const Options& options);
int records_tail(const Options& options, const RecordsOptions& which);
int records_query(const Options& options, const RecordsOptions& which);
int records_show(const Options& options, const RecordsOptions& which);
int records_explain(const Options& options, const RecordsOptions& which);
int ledger_verify(const Options& options, const std::string& folder);
int capture_start(const Options& options, const std::string& note);
int capture_stop(const Options& options);
int capture_status(const Options& options);
/// `device`: this one alone; empty: all.
int capture_show(const Options& options, const std::string& file, const std::string& device);
int review(const Options& options, const ReviewOptions& what);
int determinations_list(const Options& options, const DeterminationsOptions& which);
int determinations_show(const Options& options, const DeterminationsOptions& which);
int replay(const Options& options, const ReplayOptions& what);
int assess(const Options& options, const AssessOptions& what);
int standards_list(const Options& options);
/// `name`: a file, or the id of a standard that is shipped or in the settings.
int standards_show(const Options& options, const std::string& name);
int standards_check(const Options& options, const std::vector<std::string>& files);
int standards_diff(const Options& options, const std::string& one, const std::string& other);
int config_check(const Options& options, const std::string& file);
int version(const Options& options);

/// Says it on stderr and gives the exit code that fits.
int report(const Error& error);

/// What `which` asks the daemon for. Error: kSettings (the time).
Result<v1::SubscribeRequest> subscription(const RecordsOptions& which);

}  // namespace exhaust::ctl
