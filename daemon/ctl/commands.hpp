#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/ctl/options.hpp"

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
int replay(const Options& options, const ReplayOptions& what);
int assess(const Options& options, const std::string& standard_file, const std::string& input_file);
int config_check(const Options& options, const std::string& file);
int version(const Options& options);

/// Says it on stderr and gives the exit code that fits.
int report(const Error& error);

}  // namespace exhaust::ctl
