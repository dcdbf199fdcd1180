#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/settings/settings.hpp"
#include "daemon/verify/verify.hpp"

/// What works without a daemon.
namespace exhaust::ctl {

int report(const Error& error) {
  std::fprintf(stderr, "%s\n", error.detail.c_str());
  switch (error.kind) {
    case ErrorKind::kSettings: return kSettingsWrong;
    case ErrorKind::kTimeout:
    case ErrorKind::kDisconnected: return kNotReachable;
    case ErrorKind::kStorage: return kStorage;
    default: return kData;
  }
}

int version(const Options&) {
  std::puts("exhaustctl " EXHAUST_VERSION);
  return kDone;
}

int config_check(const Options& options, const std::string& file) {
  const auto settings = settings::read_settings(file.empty() ? options.config : file);
  if (!settings) return report(settings.error());
  std::printf("%s: valid: %s %s, %zu lanes, %zu devices, %zu tiers%s%s\n", settings->file.c_str(), settings->station.id.c_str(),
              settings->station.name.c_str(), settings->lanes.size(), settings->devices.size(), settings->tiers.size(),
              settings->service.ingest ? ", takes other ledgers" : "",
              settings->standards.empty() ? "" : (", judged by " + settings->standards.names()).c_str());
  return kDone;
}

int ledger_verify(const Options& options, const std::string& folder) {
  const bool progress = isatty(STDERR_FILENO) != 0;
  const auto verified = verify::verify_ledger(folder, [&](std::uint64_t done, std::uint64_t all) {
    if (progress) std::fprintf(stderr, "\r%llu of %llu entries", static_cast<unsigned long long>(done), static_cast<unsigned long long>(all));
  });
  if (progress) std::fprintf(stderr, "\r\033[K");
  if (!verified) return report(verified.error());
  const auto& found = *verified;
  if (options.output == Output::kTable) {
    Table table({"CHAIN", "LEDGER", "ENTRIES", "PASSAGES", "FIRST", "LAST", "REJECTED", "WITHHELD", "HEAD", "RESULT"});
    for (const auto& chain : found.chains) {
      table.row({chain.station_id + (chain.own ? " (own)" : ""), chain.ledger_id.substr(0, 8), std::to_string(chain.entries), std::to_string(chain.passages),
                 std::to_string(chain.first), std::to_string(chain.last), std::to_string(chain.rejected), std::to_string(chain.withheld),
                 chain.last_hash.substr(0, 12), chain.problems.empty() ? "verified" : "ALTERED"});
    }
    table.print();
  } else {
    nlohmann::ordered_json all{{"folder", folder}, {"ok", found.ok}, {"chains", nlohmann::json::array()}, {"problems", found.problems}};
    for (const auto& chain : found.chains) {
      nlohmann::ordered_json one{{"station_id", chain.station_id}, {"ledger_id", chain.ledger_id}, {"own", chain.own}, {"simulated", chain.simulated},
                                 {"entries", chain.entries}, {"passages", chain.passages}, {"first", chain.first}, {"last", chain.last},
                                 {"rejected", chain.rejected}, {"withheld", chain.withheld}, {"last_hash", chain.last_hash},
                                 {"payload_digest", chain.payload_digest}, {"problems", nlohmann::json::array()}};
      for (const auto& problem : chain.problems) one["problems"].push_back({{"sequence", problem.sequence}, {"text", problem.text}});
      all["chains"].push_back(one);
    }
    std::puts(all.dump(options.output == Output::kJson ? 2 : -1).c_str());
  }
  for (const auto& problem : found.problems) std::fprintf(stderr, "%s\n", problem.c_str());
  for (const auto& chain : found.chains) {
    for (const auto& problem : chain.problems) {
      std::fprintf(stderr, "%s sequence %llu: %s\n", chain.station_id.c_str(), static_cast<unsigned long long>(problem.sequence), problem.text.c_str());
    }
  }
  return found.ok ? kDone : kDiffers;
}

}  // namespace exhaust::ctl
