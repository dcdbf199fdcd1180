#include <google/protobuf/util/time_util.h>

#include <cmath>
#include <cstdio>

#include "daemon/core/time.hpp"
#include "daemon/ctl/client.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::ctl {

namespace {

std::string n(std::uint64_t value) { return std::to_string(value); }

/// "2026-11-23 18:00", at UTC+8: hours are counted as the station's people do.
std::string hour_text(const v1::LaneHour& line) {
  if (!line.has_hour()) return "all";
  const auto text = to_china_compact(std::chrono::sys_seconds{std::chrono::seconds{line.hour().seconds()}});
  if (text.size() != 14) return text;
  return text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2) + " " + text.substr(8, 2) + ":" + text.substr(10, 2);
}

std::string percent(bool known, double rate) {
  if (!known) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", std::floor(rate * 10) / 10);  // 99.99 is not all
  return text;
}

void add_rates(const v1::Rates& rates, std::vector<std::string>& cells) {
  cells.push_back(percent(rates.has_capture(), rates.capture()));
  cells.push_back(percent(rates.has_valid(), rates.valid()));
  cells.push_back(percent(rates.has_recognition_day(), rates.recognition_day()));
  cells.push_back(percent(rates.has_recognition_night(), rates.recognition_night()));
}

void add_line(Table& table, const v1::LaneHour& line, bool total) {
  std::vector<std::string> cells{total ? "all" : line.station_id(), total ? "-" : n(line.lane()), total ? "all" : hour_text(line), n(line.triggered()),
                                 line.closes() ? "=" : "NOT =", n(line.passages()), "+", n(line.missed()), n(line.valid()), n(line.flagged()),
                                 n(line.failed()), n(line.plate_read()), n(line.audits()), stretch_of_time(line.gap_s())};
  add_rates(line.rates(), cells);
  table.row(std::move(cells));
}

void print_sentences(const char* head, const google::protobuf::RepeatedPtrField<std::string>& sentences) {
  if (sentences.empty()) return;
  std::printf("\n%s\n", head);
  for (const auto& sentence : sentences) std::printf("  %s\n", sentence.c_str());
}

void print(const v1::AccountsReply& reply) {
  Table lanes({"STATION", "LANE", "HOUR (UTC+8)", "TRIGGERED", "=", "PASSAGES", "+", "MISSED", "VALID", "FLAGGED", "FAILED", "PLATES", "AUDITS", "GAPS",
               "CAPTURE", "JUDGED", "PLATES DAY", "PLATES NIGHT"});
  for (const auto& lane : reply.lanes()) add_line(lanes, lane, false);
  if (reply.lanes_size() > 1) add_line(lanes, reply.total(), true);
  if (reply.lanes_size() > 0) lanes.print();
  else std::puts("no vehicle was counted");
  if (reply.tiers_size() > 0) {
    std::puts("");
    Table tiers({"TIER", "STORED", "=", "ACCEPTED", "+", "WITHHELD", "+", "PENDING", "+", "QUARANTINED", "+", "EXPIRED", "+", "DAMAGED"});
    for (const auto& tier : reply.tiers()) {
      tiers.row({tier.name(), n(tier.stored()), "=", n(tier.accepted()), "+", n(tier.withheld()), "+", n(tier.pending()), "+", n(tier.quarantined()), "+",
                 n(tier.expired()), "+", n(tier.damaged())});
    }
    tiers.print();
  }
  print_sentences("does not close:", reply.problems());
  print_sentences("cannot be known:", reply.remarks());
  print_sentences("below the threshold:", reply.below());
  if (reply.position() < reply.newest_position()) {
    std::printf("\nup to entry %llu of %llu here: the rest is being counted\n", static_cast<unsigned long long>(reply.position()),
                static_cast<unsigned long long>(reply.newest_position()));
  }
  const bool counted = reply.position() >= reply.newest_position();
  std::puts(!reply.closes() ? "\nAN EQUATION DOES NOT CLOSE" : counted ? "\nevery equation closes" : "\nevery equation closes, as far as it is counted");
}

}  // namespace

int accounts(const Options& options, const AccountsOptions& which) {
  v1::AccountsRequest request;
  if (!which.from.empty()) *request.mutable_from() = records::to_timestamp(*from_rfc3339(which.from));
  if (!which.to.empty()) *request.mutable_to() = records::to_timestamp(*from_rfc3339(which.to));
  request.set_station_id(which.station);
  request.set_by_hour(which.by_hour);
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  const auto reply = client->accounts(request);
  if (!reply) return report(reply.error());
  if (options.output == Output::kTable) print(*reply);
  else std::puts(records::to_json(*reply, options.output == Output::kJson).c_str());
  return reply->closes() ? kDone : kDiffers;
}

}  // namespace exhaust::ctl
