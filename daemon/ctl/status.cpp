#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cstdio>

#include "daemon/core/bytes.hpp"
#include "daemon/ctl/client.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::ctl {

namespace {

std::string shown(const google::protobuf::Timestamp& time) {
  return time.seconds() == 0 ? "-" : google::protobuf::util::TimeUtil::ToString(time).substr(0, 19) + "Z";
}

/// A connected platform that owes an acknowledgement for so long is worth a look.
constexpr std::int64_t kSilentPlatform_s = 15;

std::string n(std::uint64_t value) { return std::to_string(value); }

bool balanced(const v1::LaneStatus& lane) { return lane.triggered() == lane.passages() + lane.missed() + lane.open(); }
bool balanced(const v1::TierStatus& tier) {
  return tier.stored() ==
         tier.accepted() + tier.withheld() + tier.pending() + tier.quarantined() + tier.expired() + tier.damaged();
}

void print_tiers(const v1::StatusReply& status) {
  Table table({"TIER", "STATE", "STORED", "ACCEPTED", "WITHHELD", "PENDING", "QUARANTINED", "EXPIRED", "DAMAGED", "LAST ACK", "ENDPOINT", "DETAIL"});
  for (const auto& tier : status.tiers()) {
    table.row({tier.name(), tier.state(), n(tier.stored()), n(tier.accepted()), n(tier.withheld()), n(tier.pending()),
               n(tier.quarantined()), n(tier.expired()), n(tier.damaged()), shown(tier.last_ack()), tier.endpoint(), tier.detail()});
  }
  table.print();
}

void print(const v1::RegistryStatus& registry) {
  std::printf("registry %s, %s vehicles, made %s: found %s of %s asked for%s\n", registry.file().c_str(), n(registry.vehicles()).c_str(),
              registry.made_at().substr(0, 10).c_str(), n(registry.found()).c_str(), n(registry.asked()).c_str(),
              registry.failed() > 0 ? (", " + n(registry.failed()) + " NOT READABLE").c_str() : "");
  if (!registry.detail().empty()) std::printf("registry: the file on the disk is not in force: %s\n", registry.detail().c_str());
}

void print(const v1::StatusReply& status) {
  std::printf("%s %s%s  exhaustd %s, started %s\n", status.station_id().c_str(), status.name().c_str(),
              status.simulated() ? " (simulated)" : "", status.version().c_str(), shown(status.started_at()).c_str());
  std::printf("clock %s", v1::ClockState::State_Name(status.clock().state()).c_str());
  const char* between = ", judged by ";
  for (const auto& standard : status.standards()) {
    std::printf("%s%s%s %s", between, standard.id().c_str(), standard.example() ? " (an EXAMPLE, not law)" : "",
                to_hex(as_bytes(standard.sha256())).substr(0, 12).c_str());
    between = ", then ";
  }
  std::printf(", ledger %llu entries, %.1f MB\n", static_cast<unsigned long long>(status.ledger().entries()),
              static_cast<double>(status.ledger().bytes()) / 1e6);
  if (status.has_registry()) print(status.registry());
  const auto& determinations = status.determinations();
  if (determinations.makes() || determinations.made() > 0) {
    std::printf("determinations %s: %llu stand, %llu withdrawn", determinations.makes() ? "made here" : "of other tiers",
                static_cast<unsigned long long>(determinations.made() - determinations.withdrawn()),
                static_cast<unsigned long long>(determinations.withdrawn()));
    if (determinations.behind() > 0) std::printf(", %llu entries not read yet", static_cast<unsigned long long>(determinations.behind()));
    std::puts(determinations.trouble().empty() ? "" : (", stuck: " + determinations.trouble()).c_str());
  }
  if (status.lanes_size() > 0) {
    std::puts("");
    Table lanes({"LANE", "LINE", "TRIGGERED", "=", "PASSAGES", "+", "MISSED", "+", "OPEN", "ORPHANS"});
    for (const auto& lane : status.lanes()) {
      std::string orphans;
      for (const auto& orphan : lane.orphans()) orphans += orphan.name() + " " + n(orphan.count()) + " ";
      lanes.row({n(lane.lane()), lane.line(), n(lane.triggered()), balanced(lane) ? "=" : "NOT =", n(lane.passages()), "+",
                 n(lane.missed()), "+", n(lane.open()), orphans.empty() ? "-" : orphans});
    }
    lanes.print();
  }
  if (status.devices_size() > 0) {
    std::puts("");
    Table devices({"DEVICE", "DRIVER", "LANE", "STATE", "READINGS", "POLLS", "ERRORS", "MISSED BEATS", "LAST READING", "DETAIL"});
    for (const auto& device : status.devices()) {
      devices.row({device.name(), device.driver(), device.lane() == 0 ? "-" : n(device.lane()), device.state(), n(device.readings()),
                   n(device.polls()), n(device.errors()), n(device.missed_beats()), shown(device.last_reading()), device.detail()});
    }
    devices.print();
  }
  if (status.ledger().chains_size() > 0) {
    std::puts("");
    Table chains({"CHAIN", "LEDGER", "ENTRIES", "PASSAGES", "REJECTED", "LAST ENTRY", "HEAD"});
    for (const auto& chain : status.ledger().chains()) {
      chains.row({chain.station_id() + (chain.own() ? " (own)" : ""), chain.ledger_id().substr(0, 8), n(chain.last_sequence()), n(chain.passages()),
                  n(chain.rejected()), shown(chain.last_entry_at()), to_hex(as_bytes(chain.last_hash())).substr(0, 12)});
    }
    chains.print();
  }
  if (status.tiers_size() > 0) {
    std::puts("");
    print_tiers(status);
  }
}

Result<v1::StatusReply> ask(const Options& options) {
  auto client = Client::connect(options);
  if (!client) return std::unexpected(client.error());
  return client->status();
}

}  // namespace

int status(const Options& options) {
  const auto reply = ask(options);
  if (!reply) return report(reply.error());
  if (options.output == Output::kTable) print(*reply);
  else std::puts(records::to_json(*reply, options.output == Output::kJson).c_str());
  return kDone;
}

int tiers_list(const Options& options) {
  const auto reply = ask(options);
  if (!reply) return report(reply.error());
  if (options.output == Output::kTable) {
    print_tiers(*reply);
    return kDone;
  }
  for (const auto& tier : reply->tiers()) std::puts(records::to_json(tier, options.output == Output::kJson).c_str());
  return kDone;
}

int health(const Options& options) {
  enum { kOk, kWarning, kCritical, kUnknown };
  static constexpr const char* kWords[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
  const auto reply = ask(options);
  if (!reply) {
    const int level = reply.error().kind == ErrorKind::kSettings ? kUnknown : kCritical;
    auto why = reply.error().detail;
    std::ranges::replace(why, '\n', ' ');
    std::printf("EXHAUSTD %s - %s\n", kWords[level], why.c_str());
    return level;
  }
  int worst = kOk;
  std::string why;
  const auto raise = [&](int level, const std::string& sentence) {
    worst = std::max(worst, level);
    why += (why.empty() ? "" : "; ") + sentence;
  };
  std::uint64_t triggered = 0, passages = 0, missed = 0;
  for (const auto& lane : reply->lanes()) {
    triggered += lane.triggered();
    passages += lane.passages();
    missed += lane.missed();
    if (!balanced(lane)) raise(kCritical, "lane " + n(lane.lane()) + ": the count of vehicles does not close");
  }
  for (const auto& device : reply->devices()) {
    if (device.state() == "down") raise(kCritical, "device " + device.name() + " is down: " + device.detail());
    else if (device.state() != "up") raise(kWarning, "device " + device.name() + " is " + device.state());
  }
  // An unreachable platform never makes the station critical: it measures and keeps.
  for (const auto& tier : reply->tiers()) {
    if (!balanced(tier)) raise(kCritical, "tier " + tier.name() + ": the count of entries does not close");
    if (tier.state() != "connected") raise(kWarning, "tier " + tier.name() + " is " + tier.state() + (tier.detail().empty() ? "" : ": " + tier.detail()));
    const auto silent_s = reply->now().seconds() - tier.last_ack().seconds();
    if (tier.pending() > 0 && tier.state() == "connected" && tier.last_ack().seconds() > 0 && silent_s > kSilentPlatform_s) {
      raise(kWarning, "tier " + tier.name() + " has acknowledged nothing for " + std::to_string(silent_s) + " s");
    }
    if (tier.quarantined() > 0) raise(kWarning, "tier " + tier.name() + " rejected " + n(tier.quarantined()) + " entries");
  }
  if (!reply->registry().detail().empty()) raise(kWarning, "the registry's file is not in force: " + reply->registry().detail());
  if (reply->registry().failed() > 0) raise(kWarning, "the registry could not be read for " + n(reply->registry().failed()) + " vehicles");
  if (!reply->determinations().trouble().empty()) raise(kWarning, "the history of vehicles is stuck: " + reply->determinations().trouble());
  if (reply->determinations().makes() && reply->determinations().rules().empty()) {
    raise(kWarning, "determinations are to be made, but no standard has a rule of repetition");
  }
  if (reply->ledger().refused() > 0) raise(kCritical, "the ledger refused " + n(reply->ledger().refused()) + " entries");
  if (why.empty()) why = reply->station_id() + " works";
  std::printf("EXHAUSTD %s - %s | triggered=%lluc passages=%lluc missed=%lluc entries=%lluc\n", kWords[worst], why.c_str(),
              static_cast<unsigned long long>(triggered), static_cast<unsigned long long>(passages),
              static_cast<unsigned long long>(missed), static_cast<unsigned long long>(reply->ledger().entries()));
  return worst;
}

}  // namespace exhaust::ctl
