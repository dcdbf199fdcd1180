#include "daemon/assessment/assess.hpp"

#include <google/protobuf/util/time_util.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "daemon/assessment/applicability.hpp"
#include "daemon/assessment/change.hpp"
#include "daemon/assessment/standard_set.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/explain.hpp"
#include "daemon/ctl/record_source.hpp"
#include "daemon/ctl/standard_shelf.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/records/records.hpp"
#include "daemon/registry/fuel.hpp"
#include "daemon/settings/settings.hpp"
#include "daemon/settings/standard_file.hpp"

/// Judging again: exhaustctl assess.
namespace exhaust::ctl {

namespace {

using assessment::Change;
using assessment::ChangeTotals;
using assessment::Speech;
using assessment::StandardSet;
using nlohmann::ordered_json;

constexpr std::uint64_t kMostShown = 20;

void judge(v1::Record& record, const StandardSet& standards) {
  auto& passage = *record.mutable_passage();
  passage.clear_assessment();
  registry::complete(passage);
  *passage.mutable_assessment() = assessment::assess(passage, standards);
  record.set_kind(v1::Entry::passage);
}

Result<StandardSet> read_standards(const std::vector<std::string>& files) {
  std::vector<assessment::Standard> all;
  for (const auto& file : files) {
    auto standard = settings::read_standard(file);
    if (!standard) return std::unexpected(standard.error());
    all.push_back(std::move(*standard));
  }
  if (!all.empty()) return StandardSet::of_any_day(std::move(all));
  const auto usual = settings::find_file("standards/hj845-2017.toml", settings::shipped_folder());
  if (!usual) return std::unexpected(usual.error());
  return read_standards({usual->string()});
}

// ---- what would change

std::string one(const std::vector<assessment::Turned>& turn, const Speech& say) {
  return turn.empty() ? "-" : turn_words(turn.front().was, turn.front().is, say);
}

std::string reasons_of(const Change& change, const Speech& say) {
  std::string text;
  for (const auto& name : change.reasons_new) text += (text.empty() ? "+" : " +") + say.coded(name);
  for (const auto& name : change.reasons_gone) text += (text.empty() ? "-" : " -") + say.coded(name);
  return text.empty() ? "-" : text;
}

std::string values_of(const Change& change, const Speech& say) {
  constexpr std::size_t kMost = 3;
  assessment::Enumeration text(say);
  for (std::size_t i = 0; i < change.values.size() && i < kMost; ++i) {
    const auto& value = change.values[i];
    text.add(value.name + " " + value.was + " -> " + value.is);
  }
  if (text.empty()) return "-";
  return change.values.size() > kMost ? say("%1, and %2 more", text.text(), std::to_string(change.values.size() - kMost)) : text.text();
}

ordered_json json_of(const v1::Record& record, const std::string& standard, const Change& change) {
  const auto& passage = record.passage();
  ordered_json json{{"station_id", record.station_id()},
                    {"sequence", record.sequence()},
                    {"record_number", passage.record_number()},
                    {"lane", passage.lane()},
                    {"plate", passage.plate().text()},
                    {"was_judged_by", passage.assessment().standard()},
                    {"judged_by", standard}};
  const auto turned = [&](const char* name, const std::vector<assessment::Turned>& turn) {
    if (!turn.empty()) json[name] = {{"was", turn.front().was}, {"is", turn.front().is}};
  };
  turned("verdict", change.verdict);
  turned("flagged", change.flagged);
  if (!change.reasons_new.empty()) json["reasons_new"] = change.reasons_new;
  if (!change.reasons_gone.empty()) json["reasons_gone"] = change.reasons_gone;
  for (const auto& value : change.values) json["values"][value.name] = {{"was", value.was}, {"is", value.is}};
  return json;
}

Table head_of_changes(const Speech& say) {
  return Table({say("SEQUENCE"), say("TIME"), say("LANE"), say("PLATE"), say("BY"), say("VERDICT"), say("FLAGGED"), say("REASONS"), say("VALUES")});
}
const std::vector<std::size_t> kWidths{8, 20, 4, 10, 12, 12, 9, 10, 10};

void print_change(const Options& options, const v1::Record& record, const std::string& standard,
                  const Change& change) {
  if (options.output != Output::kTable) {
    std::puts(json_of(record, standard, change).dump(options.output == Output::kJson ? 2 : -1).c_str());
    return;
  }
  const Speech say(options.language);
  const auto& passage = record.passage();
  const auto time = google::protobuf::util::TimeUtil::ToString(passage.detected_at()).substr(0, 19) + "Z";
  Table row({std::to_string(record.sequence()), passage.has_detected_at() ? time : "-", std::to_string(passage.lane()),
             passage.plate().text().empty() ? "-" : passage.plate().text(), standard, one(change.verdict, say), one(change.flagged, say), reasons_of(change, say),
             values_of(change, say)});
  row.print(kWidths);
}

struct DiffTotals {
  ChangeTotals changes;
  std::uint64_t not_for_them =
      0;  ///< passages that the new standards are not for, and that stay as they are judged
  std::uint64_t not_judged = 0;  ///< they carry no assessment to compare with
};

void print_totals(const Options& options, const DiffTotals& totals) {
  const auto& all = totals.changes;
  if (options.output != Output::kTable) {
    ordered_json json{{"totals",
                       {{"passages", all.passages},
                        {"changed", all.changed},
                        {"verdict", all.verdict},
                        {"flagged", all.flagged},
                        {"reasons", all.reasons},
                        {"values", all.values},
                        {"verdicts", all.verdicts},
                        {"flags", all.flags},
                        {"reason", all.reason},
                        {"value", all.value},
                        {"not_for_them", totals.not_for_them},
                        {"without_assessment", totals.not_judged}}}};
    std::puts(json.dump(options.output == Output::kJson ? 2 : -1).c_str());
    return;
  }
  const Speech say(options.language);
  const auto print = [](const std::string& line) { std::puts(line.c_str()); };
  if (all.changed > 0) print("");
  print(say("%1 passages judged again, %2 would change", std::to_string(all.passages), std::to_string(all.changed)));
  const auto kind = [&](const char* name, std::uint64_t passages, const std::map<std::string, std::uint64_t>& each, const auto& in_words) {
    assessment::Enumeration parts(say);
    for (const auto& [what, times] : each) parts.add(in_words(what) + " " + std::to_string(times));
    const auto line = "  " + assessment::padded(say(name), 8) + " " + std::to_string(passages);
    print(parts.empty() ? line : say("%1: %2", line, parts.text()));
  };
  const auto turn = [&](const std::string& what) { return turn_words(what, say); };
  kind("verdict", all.verdict, all.verdicts, turn);
  kind("flagged", all.flagged, all.flags, turn);
  kind("reasons", all.reasons, all.reason, [&](const std::string& what) { return what.substr(0, 1) + say.coded(what.substr(1)); });
  kind("values", all.values, all.value, [](const std::string& what) { return what; });
  if (totals.not_for_them > 0) print(say("%1 passages of vehicles that the new rules are not for stay as they are", std::to_string(totals.not_for_them)));
  if (totals.not_judged > 0) print(say("%1 passages carry no assessment: nothing to compare with", std::to_string(totals.not_judged)));
}

/// What would judge a passage if `next` replaced the standards of the same ids and came first. nullptr: what
/// judges it now.
const assessment::Standard* successor(const v1::Passage& passage, const StandardSet& next) {
  const auto& chosen = next.select(passage);
  if (assessment::applies(chosen, passage)) return &chosen;
  for (const auto& standard : next.all()) {
    if (standard.id == passage.assessment().standard()) return &standard;
  }
  return nullptr;
}

// ---- whether what is stored is what the rules say

struct Reproduction {
  std::uint64_t identical = 0, different = 0, without_standard = 0;
};

void check(const v1::Record& record, StandardShelf& shelf, Reproduction& found) {
  const auto& stored = record.passage().assessment();
  const auto* standard = shelf.with_hash(stored.standard_hash());
  if (standard == nullptr) {
    ++found.without_standard;
    return;
  }
  const auto now = assessment::assess(record.passage(), *standard);
  if (now.SerializeAsString() == stored.SerializeAsString()) {
    ++found.identical;
    return;
  }
  if (++found.different > kMostShown) return;
  const Speech say(assessment::Language::kEnglish);  // a diagnostic
  const auto change = assessment::change_between(stored, now);
  std::fprintf(stderr, "sequence %llu: DIFFERENT: verdict %s, flagged %s, reasons %s, values %s\n", static_cast<unsigned long long>(record.sequence()),
               one(change.verdict, say).c_str(), one(change.flagged, say).c_str(), reasons_of(change, say).c_str(), values_of(change, say).c_str());
}

int conclude(const Options& options, const Reproduction& found) {
  const auto all = found.identical + found.different + found.without_standard;
  if (options.output == Output::kTable) {
    const Speech say(options.language);
    std::puts(say("%1 passages judged again by the standards that they name: %2 identical, byte for byte; %3 different",
                  std::to_string(all - found.without_standard), std::to_string(found.identical), std::to_string(found.different)).c_str());
    if (found.without_standard > 0) {
      std::puts(say("%1 passages name a standard that is not at hand: neither in the ledger, nor shipped, nor in the settings",
                    std::to_string(found.without_standard)).c_str());
    }
  } else {
    const ordered_json json{{"passages", all},
                            {"identical", found.identical},
                            {"different", found.different},
                            {"without_standard", found.without_standard}};
    std::puts(json.dump(options.output == Output::kJson ? 2 : -1).c_str());
  }
  return found.different == 0 && found.without_standard == 0 ? kDone : kDiffers;
}

// ---- the parts of a run

int worse(int one_exit, int other_exit) {
  return one_exit == kDone ? other_exit : one_exit;
}

int finished(const RecordSource& source, const Result<void>& read, int exit) {
  if (source.without_payload > 0) {
    std::fprintf(stderr, "%llu passages have no payload here: withheld or rejected\n",
                 static_cast<unsigned long long>(source.without_payload));
  }
  if (!read) return report(read.error());
  return worse(source.wrong_lines > 0 ? kData : kDone, exit);
}

int diff(const Options& options, RecordSource& source, const StandardSet& next) {
  DiffTotals totals;
  bool headed = false;
  const auto read = each_record(options, source,
                                {.passage =
                                     [&](v1::Record& record) {
                                       const auto& passage = record.passage();
                                       if (!passage.has_assessment()) {
                                         ++totals.not_judged;
                                         return true;
                                       }
                                       const auto* standard = successor(passage, next);
                                       if (standard == nullptr) {
                                         ++totals.not_for_them;
                                         return true;
                                       }
                                       const auto change = assessment::change_between(
                                           passage.assessment(), assessment::assess(passage, *standard));
                                       totals.changes.add(change);
                                       if (!change.any()) return true;
                                       if (!headed && options.output == Output::kTable) head_of_changes(options.language).print(kWidths);
                                       headed = true;
                                       print_change(options, record, standard->id, change);
                                       return std::ferror(stdout) == 0;
                                     },
                                 .text = [](const v1::StandardText&) {}});
  print_totals(options, totals);
  return finished(source, read, totals.changes.changed == 0 ? kDone : kDiffers);
}

/// By the standards that are asked for, else by those that records name.
int explain(const Options& options, RecordSource& source, const StandardSet& standards, bool as_they_name) {
  StandardShelf shelf(options);
  std::uint64_t without_standard = 0;
  const auto read = each_record(options, source,
                                {.passage =
                                     [&](v1::Record& record) {
                                       const auto& hash = record.passage().assessment().standard_hash();
                                       if (hash.empty()) registry::complete(*record.mutable_passage());
                                       const auto* standard = as_they_name && !hash.empty() ? shelf.with_hash(hash) : &standards.select(record.passage());
                                       if (standard == nullptr) {
                                         ++without_standard;
                                         return true;
                                       }
                                       std::puts(explanation(record, *standard, options.language).c_str());
                                       return std::ferror(stdout) == 0;
                                     },
                                 .text = [&](const v1::StandardText& text) { shelf.add(text.text(), text.id()); }});
  if (without_standard > 0) {
    std::fprintf(stderr, "%llu passages name a standard that is not at hand: neither in the ledger, nor shipped, nor in the settings\n",
                 static_cast<unsigned long long>(without_standard));
  }
  return finished(source, read, without_standard == 0 ? kDone : kDiffers);
}

}  // namespace

int assess(const Options& options, const AssessOptions& what) {
  RecordSource source;
  source.ledger = what.ledger;
  source.which = what.which;
  source.daemon = what.ledger.empty() && (what.which.from_sequence != 0 || !what.which.from_time.empty());
  source.input = what.input;
  const auto standards = read_standards(what.standards);
  if (!standards) return report(standards.error());
  if (what.diff) return diff(options, source, *standards);
  if (what.explain) return explain(options, source, *standards, what.standards.empty());

  StandardShelf shelf(options);
  Reproduction found;
  bool checked = source.daemon || !source.ledger.empty();
  if (!what.standards.empty()) checked = false;
  const auto read = each_record(
      options, source,
      {.passage =
           [&](v1::Record& record) {
             if (what.standards.empty() && !record.passage().assessment().standard_hash().empty()) {
               checked = true;
               check(record, shelf, found);
               return true;
             }
             judge(record, *standards);
             std::puts(records::to_json(record, options.output == Output::kJson).c_str());
             return std::ferror(stdout) == 0;
           },
       .text = [&](const v1::StandardText& text) { shelf.add(text.text(), text.id()); }});
  return finished(source, read, checked ? conclude(options, found) : kDone);
}

}  // namespace exhaust::ctl
