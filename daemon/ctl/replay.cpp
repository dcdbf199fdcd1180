#include "daemon/replay/replay.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include "daemon/acquisition/drivers.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/explain.hpp"
#include "daemon/ctl/record_table.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/records/records.hpp"
#include "daemon/replay/against.hpp"
#include "daemon/settings/standard_file.hpp"

namespace exhaust::ctl {

namespace {

/// As the ledger's record would be, but for sequence and time, which a replay does not have.
v1::Record record_of(const v1::CaptureHead& head, std::uint64_t number, const replay::Payload& payload) {
  v1::Record record;
  record.set_station_id(head.station_id());
  record.set_simulated(head.simulated());
  record.set_sequence(number);
  record.set_kind(static_cast<v1::Entry::Kind>(payload.kind));
  if (payload.kind == v1::Entry::passage) {
    record.mutable_passage()->ParseFromString(payload.bytes);
    *record.mutable_wall_time() = record.passage().detected_at();
  } else if (payload.kind == v1::Entry::gap) {
    record.mutable_gap()->ParseFromString(payload.bytes);
    *record.mutable_wall_time() = record.gap().to();
  } else {
    record.mutable_device_event()->ParseFromString(payload.bytes);
    *record.mutable_wall_time() = records::to_timestamp(records::to_wall_time(head.started_us()));
  }
  return record;
}

struct Run {
  v1::CaptureHead head;
  std::string standard;
  std::vector<replay::Payload> payloads;
  replay::Summary summary;
};

Result<Run> run(const std::string& capture, const std::string& standard_file) {
  std::optional<assessment::StandardSet> standards;
  if (!standard_file.empty()) {
    auto read = settings::read_standard(standard_file);
    if (!read) return std::unexpected(read.error());
    standards = assessment::StandardSet::of_any_day({std::move(*read)});
  }
  auto opened = replay::Replay::open(capture, &acquisition::decode_of, std::move(standards));
  if (!opened) return std::unexpected(opened.error());
  Run run;
  run.head = opened->head();
  run.standard = opened->standards().names();
  auto summary = opened->run([&](const replay::Payload& payload) { run.payloads.push_back(payload); });
  if (!summary) return std::unexpected(summary.error());
  run.summary = std::move(*summary);
  return run;
}

/// SHA-256 over the hashes of all payloads, in order.
std::string digest_of(const std::vector<replay::Payload>& payloads) {
  Hasher hasher;
  for (const auto& payload : payloads) hasher.add(payload.sha256);
  return to_hex(hasher.finish());
}

/// What a reader must know before the result is believed; to stderr.
void warn(const replay::Summary& summary) {
  const auto count = [](std::uint64_t n, const char* what) {
    if (n > 0) std::fprintf(stderr, "%llu %s\n", static_cast<unsigned long long>(n), what);
  };
  if (summary.torn) std::fprintf(stderr, "the capture is torn: %s\n", summary.torn->c_str());
  if (summary.other_version) std::fprintf(stderr, "the capture is of exhaustd %s, this is %s\n", summary.version.c_str(), EXHAUST_VERSION);
  count(summary.dropped, "records are missing in the capture: the disk was too slow");
  count(summary.undecoded, "measurement frames cannot be read by this program");
  count(summary.unanswered, "questions to the registry have no answer in the capture: their vehicles' fuel may differ");
  count(summary.open, "vehicles were being measured when the capture ended");
}

void print_records(const Options& options, const Run& run) {
  Table table({"SHA-256"});
  if (options.output == Output::kTable) {
    auto head = kRecordHead;
    head.push_back("SHA-256");
    table = Table(std::move(head));
  }
  std::uint64_t number = 0;
  for (const auto& payload : run.payloads) {
    const auto record = record_of(run.head, ++number, payload);
    const auto hash = to_hex(payload.sha256);
    if (options.output == Output::kTable) {
      auto cells = record_row(record);
      cells.resize(kRecordHead.size());
      cells.push_back(hash.substr(0, 12));
      table.row(std::move(cells));
    } else {
      std::printf("{\"sha256\":\"%s\",\"record\":%s}\n", hash.c_str(), records::to_json(record, options.output == Output::kJson).c_str());
    }
  }
  if (options.output != Output::kTable) return;
  table.print();
  std::printf("\n%llu frames, %llu measurements, %zu payloads under %s; digest %s\n", static_cast<unsigned long long>(run.summary.frames),
              static_cast<unsigned long long>(run.summary.measurements), run.payloads.size(), run.standard.c_str(),
              digest_of(run.payloads).c_str());
}

Result<void> write_payloads(const Run& run, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::uint64_t number = 0;
  for (const auto& payload : run.payloads) {
    char name[64];
    std::snprintf(name, sizeof name, "%06llu-%s", static_cast<unsigned long long>(++number),
                  v1::Entry::Kind_Name(static_cast<v1::Entry::Kind>(payload.kind)).c_str());
    std::ofstream out(std::filesystem::path(folder) / name, std::ios::binary);
    out << payload.bytes;
    if (!out.flush()) return fail(ErrorKind::kStorage, "cannot write to " + folder);
  }
  return {};
}

int print_comparison(const Result<replay::Comparison>& compared) {
  if (!compared) return report(compared.error());
  std::printf("%llu entries equal, byte for byte (sequences %llu to %llu)\n", static_cast<unsigned long long>(compared->equal),
              static_cast<unsigned long long>(compared->first), static_cast<unsigned long long>(compared->last));
  if (compared->of_the_ledger > 0) {
    std::printf("%llu gaps are of the ledger itself, and no replay knows them\n", static_cast<unsigned long long>(compared->of_the_ledger));
  }
  for (const auto& difference : compared->differences) std::printf("DIFFERS: %s\n", difference.c_str());
  if (compared->more_differences > 0) std::printf("and %llu more\n", static_cast<unsigned long long>(compared->more_differences));
  if (compared->equal == 0) std::puts("nothing was compared: the ledger and the capture have no entry in common");
  return compared->same() && compared->equal > 0 ? kDone : kDiffers;
}

std::string verdict_of(const v1::Passage& passage, const assessment::Speech& say) {
  const auto& assessment = passage.assessment();
  std::string text = say(v1::Verdict_Name(assessment.verdict()));
  if (assessment.flagged()) text += " " + say("flagged");
  for (const auto reason : assessment.validity().reasons()) text += " " + say.coded(v1::Validity::Reason_Name(static_cast<v1::Validity::Reason>(reason)));
  return text;
}

/// Same readings, two standards: the payloads come in the same order.
int print_diff(const Run& before, const Run& after, const assessment::Speech& say) {
  Table table({say("RECORD"), say("LANE"), say("PLATE"), before.standard, after.standard});
  std::uint64_t passages = 0;
  for (std::size_t i = 0; i < before.payloads.size() && i < after.payloads.size(); ++i) {
    if (before.payloads[i].kind != v1::Entry::passage) continue;
    v1::Passage one, other;
    one.ParseFromString(before.payloads[i].bytes);
    other.ParseFromString(after.payloads[i].bytes);
    ++passages;
    const auto was = verdict_of(one, say), is = verdict_of(other, say);
    if (was != is) table.row({one.record_number(), std::to_string(one.lane()), one.plate().text().empty() ? "-" : one.plate().text(), was, is});
  }
  const bool same = table.empty();
  if (!same) table.print();
  std::puts(say(same ? "%1 passages under both standards: every verdict is the same" : "%1 passages under both standards", std::to_string(passages)).c_str());
  return same ? kDone : kDiffers;
}

}  // namespace

int replay(const Options& options, const ReplayOptions& what) {
  const auto done = run(what.capture, what.standard);
  if (!done) return report(done.error());
  warn(done->summary);
  if (!what.payloads.empty()) {
    if (const auto written = write_payloads(*done, what.payloads); !written) return report(written.error());
  }
  if (!what.against.empty()) return print_comparison(replay::compare(what.against, done->payloads));
  if (what.diff) {
    const auto before = run(what.capture, "");
    if (!before) return report(before.error());
    return print_diff(*before, *done, options.language);
  }
  if (what.digest) std::printf("%s %zu payloads\n", digest_of(done->payloads).c_str(), done->payloads.size());
  else print_records(options, *done);
  return done->summary.torn ? kDiffers : kDone;
}

}  // namespace exhaust::ctl
