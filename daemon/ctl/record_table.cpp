#include "daemon/ctl/record_table.hpp"

#include <google/protobuf/util/time_util.h>

#include <cstdio>

#include "daemon/ctl/entry_words.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::ctl {

const std::vector<std::string> kRecordHead{"SEQUENCE", "TIME", "KIND", "LANE", "PLATE", "COLOUR", "FUEL", "KM/H", "NO PPM", "CO %", "OPACITY %", "VERDICT", "FLAGGED", "WHY"};

const std::vector<std::size_t> kRecordWidths{8, 20, 12, 4, 10, 12, 8, 5, 6, 5, 9, 10, 7};

namespace {

std::string shown(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string reasons(const v1::Assessment& assessment) {
  std::string all = assessment.not_judged_reason();
  for (const auto reason : assessment.validity().reasons()) {
    all += (all.empty() ? "" : " ") + v1::Validity::Reason_Name(static_cast<v1::Validity::Reason>(reason));
  }
  for (const auto& result : assessment.results()) {
    if (!result.exceeded()) continue;
    all += (all.empty() ? "" : " ") + v1::Result::Pollutant_Name(result.pollutant()) + " " + shown(result.value(), 1) + ">" + shown(result.limit(), 0);
  }
  return all;
}

std::string gap_text(const v1::Gap& gap) {
  if (gap.devices().empty()) {
    return (gap.has_missed() ? std::to_string(gap.missed()) + " vehicles missed: " : "unknown number missed: ") + gap.reason();
  }
  std::string devices;
  for (const auto& device : gap.devices()) devices += " " + device;
  const auto seconds = gap.to().seconds() - gap.from().seconds();
  return gap.reason() + " for " + std::to_string(seconds) + " s:" + devices;
}

}  // namespace

std::vector<std::string> record_row(const v1::Record& record) {
  const auto time = google::protobuf::util::TimeUtil::ToString(record.wall_time()).substr(0, 19) + "Z";
  std::vector<std::string> cells{std::to_string(record.sequence()), time, v1::Entry::Kind_Name(record.kind())};
  if (record.has_passage()) {
    const auto& p = record.passage();
    const auto& a = p.assessment();
    cells.insert(cells.end(), {std::to_string(p.lane()), p.plate().text().empty() ? "-" : p.plate().text(), p.plate().color(), p.vehicle().fuel(),
                               p.has_speed_km_h() ? shown(p.speed_km_h(), 1) : "-", a.has_no_ppm() ? shown(a.no_ppm(), 0) : "-",
                               a.has_co_percent() ? shown(a.co_percent(), 2) : "-",
                               p.smoke().has_opacity_percent() ? shown(p.smoke().opacity_percent(), 1) : "-", v1::Verdict_Name(a.verdict()),
                               a.flagged() ? "yes" : "", reasons(a)});
  } else if (record.has_gap()) {
    const auto& gap = record.gap();
    cells.insert(cells.end(), {std::to_string(gap.lane()), "", "", "", "", "", "", "", "", "",
                               gap_text(gap)});
  } else if (record.has_device_event()) {
    const auto& event = record.device_event();
    cells.insert(cells.end(), {event.lane() == 0 ? "" : std::to_string(event.lane()), "", "", "", "", "", "", "", "", "",
                               event.device() + " " + (event.notice().empty() ? event.state() : event.notice()) + (event.detail().empty() ? "" : ": " + event.detail())});
  } else if (record.has_operator_action()) {
    const auto& action = record.operator_action();
    cells.insert(cells.end(), {"", "", "", "", "", "", "", "", "", "", action.actor() + ": " + action.action() + " " + action.detail()});
  } else if (record.has_quality_check()) {
    const auto& check = record.quality_check();
    const auto what = (check.device().empty() ? "" : check.device() + " ") + v1::QualityCheck::Kind_Name(check.kind());
    cells.insert(cells.end(), {std::to_string(check.lane()), "", "", "", "", "", "", "", check.passed() ? "passed" : "FAILED", "",
                               what + (check.remark().empty() ? "" : ": " + check.remark())});
  } else if (record.has_amendment()) {
    const auto& amendment = record.amendment();
    cells.insert(cells.end(), {std::to_string(amendment.lane()), "", "", "", "", "", "", "", amendment.effect(), "", amendment.reason() + " " + amendment.detail()});
  } else if (record.has_settings_snapshot()) {
    cells.insert(cells.end(), {"", "", "", "", "", "", "", "", "", "", record.settings_snapshot().name()});
  } else if (const auto words = words_of(record); !words.empty()) {
    cells.insert(cells.end(), {"", "", "", "", "", "", "", "", "", "", words});
  }
  return cells;
}

void print_line(const Options& options, const v1::Record& record) {
  if (options.output == Output::kTable) {
    Table(record_row(record)).print(kRecordWidths);
  } else {
    std::puts(records::to_json(record, options.output == Output::kJson).c_str());
  }
  std::fflush(stdout);
}

}  // namespace exhaust::ctl
