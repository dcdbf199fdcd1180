#include "daemon/ctl/calibration.hpp"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

#include "daemon/core/words.hpp"
#include "daemon/ctl/actor.hpp"
#include "daemon/ctl/client.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::ctl {

namespace {

struct CheckOptions {
  std::string kind;
  std::uint32_t lane = 0;
  std::vector<std::string> compared;  ///< QUANTITY=STANDARD/MEASURED
  std::string device, organisation, inspector, remark, gas_class, at;
  std::string verdict, device_says;  ///< passed, failed; empty: not said
  std::optional<double> speed_km_h;
};

struct AuditOptions {
  std::uint32_t lane = 0;
  std::uint32_t minutes = 30;
  std::string plate, organisation, inspector, gas_class;
  std::vector<std::string> puff;  ///< QUANTITY=STANDARD
};

struct HistoryOptions {
  std::uint32_t lane = 0;  ///< 0: all
  std::string from_time;
};

int usage(const std::string& sentence) {
  std::fprintf(stderr, "%s\n", sentence.c_str());
  return kUsage;
}

std::string shown(const google::protobuf::Timestamp& time) {
  return google::protobuf::util::TimeUtil::ToString(time).substr(0, 19) + "Z";
}

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "co_percent=5.24/5.20"; without the measured part where only a standard is asked for. "-": not measured.
Result<v1::Compared> compared(const std::string& text, bool with_measured) {
  const std::string expected = with_measured ? "QUANTITY=STANDARD/MEASURED, like co_percent=5.24/5.20"
                                             : "QUANTITY=STANDARD, like co_per_co2=0.1";
  const auto wrong = [&] { return fail(ErrorKind::kSettings, "'" + text + "' is not " + expected); };
  const auto equals = text.find('='), slash = text.find('/');
  if (equals == std::string::npos || equals == 0 || (slash != std::string::npos) != with_measured)
    return wrong();
  v1::Compared one;
  one.set_quantity(text.substr(0, equals));
  const auto standard = number(
      std::string_view(text).substr(equals + 1, slash == std::string::npos ? slash : slash - equals - 1));
  if (!standard) return wrong();
  one.set_standard(*standard);
  if (!with_measured) return one;
  const auto measured = text.substr(slash + 1);
  if (measured == "-") return one;
  const auto value = number(measured);
  if (!value) return wrong();
  one.set_measured(*value);
  return one;
}

std::vector<std::string> kinds() {
  std::vector<std::string> words;
  for (int kind = 1; kind < v1::QualityCheck::Kind_ARRAYSIZE; ++kind)
    words.push_back(v1::QualityCheck::Kind_Name(static_cast<v1::QualityCheck::Kind>(kind)));
  return words;
}

/// The national dictionary's words are short, and so are people's.
Result<v1::QualityCheck::Kind> kind_of(const std::string& said) {
  v1::QualityCheck::Kind kind;
  const auto words = kinds();
  for (const auto& word : {said, said + "_check"}) {
    if (v1::QualityCheck::Kind_Parse(word, &kind) && kind != v1::QualityCheck::kind_unspecified) return kind;
  }
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
  auto forms = words;
  for (const auto& word : words) {
    if (word.ends_with("_check")) forms.push_back(word.substr(0, word.rfind('_')));
  }
  auto meant = nearest_word(said, forms);
  if (meant && std::ranges::find(words, *meant) == words.end()) *meant += "_check";
  return fail(ErrorKind::kSettings,
              "'" + said + "' is not a check" +
                  (meant ? "; did you mean '" + *meant + "'? (" : ": expected one of (") + all + ")");
}

std::string item_text(const v1::QualityItem& item) {
  return v1::QualityControl::State_Name(item.state());
}

void add_items(Table& table, const v1::LaneQuality& lane, const auto& items, const char* required) {
  for (const auto& item : items) {
    table.row({std::to_string(lane.lane()), lane.line(), item.check(), required, item_text(item),
               item.has_last_passed() ? shown(item.last_passed()) : "never",
               item.has_due() ? shown(item.due()) : "at once"});
  }
}

/// 1 if a lane's state is not what is required of it.
int print(const Options& options, const Result<v1::QualityStatus>& status) {
  if (!status) return report(status.error());
  int code = kDone;
  for (const auto& lane : status->lanes()) {
    if (lane.state().state() > v1::QualityControl::in_force) code = kDiffers;
  }
  if (options.output != Output::kTable) {
    std::puts(records::to_json(*status, options.output == Output::kJson).c_str());
    return code;
  }
  Table table({"LANE", "LINE", "CHECK", "REQUIRED", "STATE", "LAST PASSED", "DUE"});
  for (const auto& lane : status->lanes()) {
    std::printf("lane %u: %s\n", lane.lane(),
                lane.state().state() == v1::QualityControl::qc_unknown
                    ? "nothing is required"
                    : v1::QualityControl::State_Name(lane.state().state()).c_str());
    if (lane.has_audit()) {
      std::printf("  audit until %s: %s is an audit vehicle\n", shown(lane.audit_until()).c_str(),
                  lane.audit().plate().empty() ? "every vehicle" : lane.audit().plate().c_str());
    }
    if (lane.self_checks_repeated() > 0)
      std::printf("  %llu self-checks of devices said nothing new\n",
                  static_cast<unsigned long long>(lane.self_checks_repeated()));
    if (lane.waiting() > 0)
      std::printf("  %llu entries wait: the ledger takes none now\n",
                  static_cast<unsigned long long>(lane.waiting()));
    add_items(table, lane, lane.state().items(), "yes, or failed");
    add_items(table, lane, lane.others(), "no");
  }
  if (!table.empty()) table.print();
  return code;
}

void print_comparisons(const v1::QualityCheck& check) {
  if (check.compared().empty()) return;
  Table table({"QUANTITY", "STANDARD", "MEASURED", "APART", "ALLOWED", ""});
  for (const auto& one : check.compared()) {
    table.row({one.quantity(), shown(one.standard()), one.has_measured() ? shown(one.measured()) : "-",
               one.has_measured() ? shown(one.measured() - one.standard()) : "-",
               one.has_tolerance() ? shown(one.tolerance()) : "-", one.within() ? "within" : "NOT WITHIN"});
  }
  table.print();
}

int calibration_status(const Options& options) {
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  return print(options, client->quality_status());
}

/// 0 passed, 1 failed.
int calibration_record(const Options& options, const CheckOptions& said) {
  v1::QualityRecordRequest request;
  auto& check = *request.mutable_check();
  const auto kind = kind_of(said.kind);
  if (!kind) return usage(kind.error().detail);
  check.set_kind(*kind);
  check.set_lane(said.lane);
  check.set_device(said.device);
  check.set_organisation(said.organisation);
  check.set_inspector(said.inspector);
  check.set_remark(said.remark);
  check.set_gas_class(said.gas_class);
  check.set_actor(actor());
  if (said.speed_km_h) check.set_speed_km_h(*said.speed_km_h);
  if (!said.verdict.empty()) check.set_passed_by_inspector(said.verdict == "passed");
  if (!said.device_says.empty()) check.set_passed_by_device(said.device_says == "passed");
  if (!said.at.empty()) *check.mutable_started_at() = records::to_timestamp(*from_rfc3339(said.at));
  for (const auto& text : said.compared) {
    auto one = compared(text, true);
    if (!one) return usage(one.error().detail);
    *check.add_compared() = std::move(*one);
  }
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  const auto recorded = client->quality_record(request);
  if (!recorded) return report(recorded.error());
  const int code = recorded->check().passed() ? kDone : kDiffers;
  if (options.output != Output::kTable) {
    std::puts(records::to_json(*recorded, options.output == Output::kJson).c_str());
    return code;
  }
  print_comparisons(recorded->check());
  std::printf("%s of lane %u %s, stored as entry %llu\n", v1::QualityCheck::Kind_Name(*kind).c_str(),
              said.lane, recorded->check().passed() ? "passed" : "FAILED",
              static_cast<unsigned long long>(recorded->sequence()));
  return code;
}

int calibration_history(const Options& options, const HistoryOptions& which) {
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  v1::SubscribeRequest request;
  request.set_until_now(true);
  if (which.from_time.empty())
    request.set_from_sequence(1);
  else
    *request.mutable_from_time() = records::to_timestamp(*from_rfc3339(which.from_time));
  for (const auto kind :
       {v1::Entry::self_check, v1::Entry::calibration, v1::Entry::audit, v1::Entry::amendment})
    request.add_kinds(kind);
  Table table({"SEQUENCE", "MADE AT", "LANE", "CHECK", "DEVICE", "RESULT", "BY", "DETAIL"});
  const auto done = client->subscribe(request, [&](const v1::RecordBlock& block) {
    for (const auto& record : block.records()) {
      const auto lane = record.has_amendment() ? record.amendment().lane() : record.quality_check().lane();
      if (which.lane != 0 && lane != which.lane) continue;
      if (options.output != Output::kTable) {
        std::puts(records::to_json(record, options.output == Output::kJson).c_str());
        continue;
      }
      const auto sequence = std::to_string(record.sequence());
      if (record.has_amendment()) {
        const auto& amendment = record.amendment();
        table.row({sequence, shown(record.wall_time()), std::to_string(lane), "amendment", "",
                   amendment.effect(), "",
                   amendment.reason() + ": records from " +
                       (amendment.has_from() ? shown(amendment.from()) : "the beginning") + " to " +
                       shown(amendment.to())});
        continue;
      }
      const auto& check = record.quality_check();
      std::string detail = check.remark();
      for (const auto& one : check.compared()) {
        detail += (detail.empty() ? "" : ", ") + one.quantity() + " " + shown(one.standard()) + "/" +
                  (one.has_measured() ? shown(one.measured()) : "-");
      }
      table.row({sequence, shown(check.started_at()), std::to_string(lane),
                 v1::QualityCheck::Kind_Name(check.kind()), check.device(),
                 check.passed() ? "passed" : "FAILED",
                 check.inspector().empty() ? check.actor() : check.inspector(), detail});
    }
    return std::ferror(stdout) == 0;
  });
  if (!done) return report(done.error());
  if (options.output == Output::kTable) table.print();
  return kDone;
}

int audit_start(const Options& options, const AuditOptions& said) {
  v1::AuditRequest request;
  request.set_lane(said.lane);
  request.set_minutes(said.minutes);
  request.set_plate(said.plate);
  request.set_organisation(said.organisation);
  request.set_inspector(said.inspector);
  request.set_gas_class(said.gas_class);
  request.set_actor(actor());
  for (const auto& text : said.puff) {
    auto one = compared(text, false);
    if (!one) return usage(one.error().detail);
    *request.add_puff() = std::move(*one);
  }
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  const auto status = client->audit_start(request);
  const int code = print(options, status);
  return status ? kDone : code;
}

int audit_stop(const Options& options, std::uint32_t lane) {
  v1::AuditStopRequest request;
  request.set_lane(lane);
  request.set_actor(actor());
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  const auto status = client->audit_stop(request);
  const int code = print(options, status);
  return status ? kDone : code;
}

const CLI::Validator kTime(
    [](std::string& text) { return from_rfc3339(text) ? std::string() : from_rfc3339(text).error().detail; },
    "TIME");

}  // namespace

void add_calibration_commands(CLI::App& app, const Options& options,
                              const std::function<void(CLI::App*, std::function<int()>)>& does) {
  auto* calibration =
      app.add_subcommand("calibration", "how well the lanes are known to measure: checks, audits")
          ->require_subcommand(1)
          ->fallthrough();
  does(calibration->add_subcommand(
           "status", "what is required of each lane, and what is due; exit 1 if overdue or failed"),
       [&options] { return calibration_status(options); });

  auto* history =
      calibration->add_subcommand("history", "checks, audits and amendments that the ledger holds");
  auto which = std::make_shared<HistoryOptions>();
  history->add_option("--lane", which->lane, "of this lane alone");
  history->add_option("--from-time", which->from_time, "like 2026-11-23T10:02:11+08:00")->check(kTime);
  does(history, [&options, which] { return calibration_history(options, *which); });

  auto* record = calibration->add_subcommand("record",
                                             "a check that you made; the station's tolerances decide. On the "
                                             "local socket only. Exit 0 passed, 1 failed");
  auto said = std::make_shared<CheckOptions>();
  record->add_option("CHECK", said->kind, "zero, span, static, dynamic, verification, self_check")
      ->required();
  record->add_option("COMPARED", said->compared,
                     "QUANTITY=STANDARD/MEASURED each, like co_percent=5.24/5.20; - for not measured");
  record->add_option("--lane", said->lane, "the lane")->required();
  record->add_option("--device", said->device, "this device alone; without: the lane as a whole");
  record->add_option("--inspector", said->inspector, "who made it (jcry)");
  record->add_option("--organisation", said->organisation, "for whom (jcdw)");
  record->add_option("--remark", said->remark, "bz");
  record->add_option("--gas-class", said->gas_class, "bqlb: 1 high, 2 low");
  record->add_option("--speed", said->speed_km_h, "km/h, of a dynamic check (xssd)");
  record->add_option("--at", said->at, "when it began, like 2026-11-23T10:02:11+08:00; without: now")
      ->check(kTime);
  const auto verdicts = CLI::IsMember({"passed", "failed"});
  record
      ->add_option("--verdict", said->verdict, "what the certificate or the inspector says: passed or failed")
      ->check(verdicts);
  record->add_option("--device-says", said->device_says, "what the device says: passed or failed")
      ->check(verdicts);
  does(record, [&options, said] { return calibration_record(options, *said); });

  auto* audit =
      calibration
          ->add_subcommand("audit", "vehicles that carry a gas puff: recorded and compared, never judged")
          ->require_subcommand(1)
          ->fallthrough();
  auto* start = audit->add_subcommand(
      "start", "from now on the lane's vehicles, or the one with the plate, are audit vehicles");
  auto asked = std::make_shared<AuditOptions>();
  start
      ->add_option("PUFF", asked->puff,
                   "QUANTITY=STANDARD each, like co_per_co2=0.1 no_per_co2=0.005 opacity_percent=30")
      ->required();
  start->add_option("--lane", asked->lane, "the lane")->required();
  start->add_option("--plate", asked->plate, "of the audit vehicle; without: every vehicle!");
  start->add_option("--minutes", asked->minutes, "then it ends by itself")
      ->check(CLI::Range(1, 1440))
      ->capture_default_str();
  start->add_option("--inspector", asked->inspector, "who makes it");
  start->add_option("--organisation", asked->organisation, "for whom");
  start->add_option("--gas-class", asked->gas_class, "bqlb");
  does(start, [&options, asked] { return audit_start(options, *asked); });
  auto* stop = audit->add_subcommand("stop", "ends it");
  auto lane = std::make_shared<std::uint32_t>(0);
  stop->add_option("--lane", *lane, "the lane")->required();
  does(stop, [&options, lane] { return audit_stop(options, *lane); });
}

}  // namespace exhaust::ctl
