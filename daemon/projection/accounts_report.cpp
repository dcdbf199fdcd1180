#include "daemon/projection/accounts_report.hpp"

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "daemon/projection/accounts_words.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::projection {

namespace {

/// Beyond any time that an entry can have.
constexpr Hour kFarHour = Hour{1} << 31;

/// One lane's counts, with what the recognition rates need beside them.
struct Sums {
  HourCounts counts;
  std::int64_t day_read = 0, day_of = 0, night_read = 0, night_of = 0;
  bool closes = true;

  void add(const AccountRow& row, const AccountsSettings& settings) {
    counts += row.counts;
    closes = closes && row.counts.closes();
    const auto of_day = ((row.hour + 8) % 24 + 24) % 24;  // Asia/Shanghai
    const bool day = of_day >= settings.day_begins_hour && of_day < settings.day_ends_hour;
    (day ? day_read : night_read) += row.counts.plate_read;
    (day ? day_of : night_of) += row.counts.passages - row.counts.unread;
  }
};

std::optional<double> percent(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return std::nullopt;
  return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

v1::Rates rates_of(const Sums& sums) {
  v1::Rates rates;
  const auto& counts = sums.counts;
  if (const auto rate = percent(counts.passages, counts.triggered)) rates.set_capture(*rate);
  const auto traffic = counts.passages - counts.unread - counts.audits;
  if (const auto rate = percent(counts.valid - counts.not_judged, traffic)) rates.set_valid(*rate);
  if (const auto rate = percent(sums.day_read, sums.day_of)) rates.set_recognition_day(*rate);
  if (const auto rate = percent(sums.night_read, sums.night_of)) rates.set_recognition_night(*rate);
  return rates;
}

std::uint64_t natural(std::int64_t count) { return count > 0 ? static_cast<std::uint64_t>(count) : 0; }

void put(const Sums& sums, v1::LaneHour& line) {
  const auto& counts = sums.counts;
  line.set_triggered(natural(counts.triggered));
  line.set_passages(natural(counts.passages));
  line.set_missed(natural(counts.missed));
  line.set_valid(natural(counts.valid));
  line.set_flagged(natural(counts.flagged));
  line.set_failed(natural(counts.failed));
  line.set_not_judged(natural(counts.not_judged));
  line.set_plate_read(natural(counts.plate_read));
  line.set_audits(natural(counts.audits));
  line.set_unread(natural(counts.unread));
  line.set_restarts(natural(counts.restarts));
  line.set_gap_s(static_cast<double>(counts.gap_us) / 1e6);
  for (const auto& [reason, count] : counts.invalid) {
    auto& one = *line.add_invalid();
    const bool known = v1::Validity::Reason_IsValid(reason);
    one.set_reason(known ? v1::Validity::Reason_Name(static_cast<v1::Validity::Reason>(reason)) : std::to_string(reason));
    one.set_count(natural(count));
  }
  *line.mutable_rates() = rates_of(sums);
  line.set_closes(sums.closes);
}

/// Adds up to the bound; then counts.
class Sentences {
 public:
  Sentences(google::protobuf::RepeatedPtrField<std::string>& to, const char* of_more) : to_(to), of_more_(of_more) {}
  Sentences(const Sentences&) = delete;
  Sentences& operator=(const Sentences&) = delete;
  ~Sentences() {
    if (more_ > 0) *to_.Add() = "and " + std::to_string(more_) + " more " + of_more_;
  }
  void say(std::string sentence) {
    if (to_.size() < kMostAccountSentences) *to_.Add() = std::move(sentence);
    else ++more_;
  }

 private:
  google::protobuf::RepeatedPtrField<std::string>& to_;
  const char* of_more_;
  std::uint64_t more_ = 0;
};

using Place = std::tuple<std::string, Lane, Hour>;

void tell_lanes(const AccountsRows& rows, Sentences& problems, Sentences& remarks) {
  std::map<Place, HourCounts> open;                        // whose hours do not close
  std::map<Place, std::vector<const Remark*>> why;
  for (const auto& row : rows.hours) {
    if (!row.counts.closes()) open[{row.station, row.lane, row.hour}] = row.counts;
    if (row.counts.unnumbered > 0) {
      remarks.say(words::place(row.station, row.lane, row.hour) + ": " + words::plural(natural(row.counts.unnumbered), "passage") +
                  " without a number: only they themselves say that they were triggered");
    }
  }
  for (const auto& remark : rows.remarks) {
    if (!remark.keeps_open()) {
      remarks.say(words::sentence(remark));
      continue;
    }
    const Place place{remark.station, remark.lane, remark.hour};
    why[place].push_back(&remark);
    open.try_emplace(place);
  }
  for (auto& [place, counts] : open) {
    const auto& [station, lane, hour] = place;
    problems.say(words::place(station, lane, hour) + ": " + words::not_closed(counts, why[place]));
  }
  for (const auto& one : rows.unclaimed) {
    remarks.say("station " + one.station + ": " + words::plural(one.passages, "passage") + " and " + words::plural(one.gaps, "gap") +
                " whose content is not here (withheld or rejected) belong to no known lane");
  }
}

void tell_rates(const std::string& who, const v1::Rates& rates, const AccountsSettings& settings, Sentences& below) {
  const auto compare = [&](bool measured, double rate, double least, const char* name) {
    if (!measured || rate >= least) return;
    char text[96];
    std::snprintf(text, sizeof text, ": %s %.1f %% is below %.4g %%", name, std::floor(rate * 10) / 10, least);  // 89.96 is not 90
    below.say(who + text);
  };
  compare(rates.has_capture(), rates.capture(), settings.capture_least_percent, "capture rate");
  compare(rates.has_recognition_day(), rates.recognition_day(), settings.recognition_day_least_percent, "recognition rate by day");
  compare(rates.has_recognition_night(), rates.recognition_night(), settings.recognition_night_least_percent, "recognition rate by night");
}

}  // namespace

AccountsFilter filter_of(const v1::AccountsRequest& request) {
  // Hours that begin at or after: a time within an hour is the next one's.
  const auto first_from = [](const google::protobuf::Timestamp& time) {
    return hour_of(records::to_wall_time(time).time_since_epoch().count() + kHour_us - 1);
  };
  AccountsFilter filter{-kFarHour, kFarHour, request.station_id()};
  if (request.has_from()) filter.from = first_from(request.from());
  if (request.has_to()) filter.until = first_from(request.to());
  return filter;
}

Result<v1::AccountsReply> report(const AccountsRows& rows, const std::vector<v1::TierAccount>& tiers, bool by_hour,
                                 const AccountsSettings& settings) {
  if (by_hour && rows.hours.size() > kMostAccountLines) {
    return fail(ErrorKind::kRefused, "these are " + std::to_string(rows.hours.size()) + " lanes' hours, and one answer takes " +
                                         std::to_string(kMostAccountLines) + ": ask for a shorter time or for one station");
  }
  v1::AccountsReply reply;
  std::map<std::pair<std::string, Lane>, std::pair<std::string, Sums>> lanes;  // with the line
  Sums total;
  for (const auto& row : rows.hours) {
    auto& [line, sums] = lanes[{row.station, row.lane}];
    line = row.line;
    sums.add(row, settings);
    total.add(row, settings);
    if (!by_hour) continue;
    auto& one = *reply.add_lanes();
    one.set_station_id(row.station);
    one.set_lane(row.lane);
    one.set_line(row.line);
    *one.mutable_hour() = records::to_timestamp(records::to_wall_time(row.hour * kHour_us));
    Sums of_hour;
    of_hour.add(row, settings);
    put(of_hour, one);
  }
  {
    Sentences below(*reply.mutable_below(), "rates");
    for (const auto& [place, lane] : lanes) {
      const auto& [line, sums] = lane;
      tell_rates("station " + place.first + ", lane " + std::to_string(place.second), rates_of(sums), settings, below);
      if (by_hour) continue;
      auto& one = *reply.add_lanes();
      one.set_station_id(place.first);
      one.set_lane(place.second);
      one.set_line(line);
      put(sums, one);
    }
    Sentences problems(*reply.mutable_problems(), "equations do not close");
    Sentences remarks(*reply.mutable_remarks(), "remarks");
    for (const auto& tier : tiers) {
      if (const auto objection = words::objection(tier)) problems.say(*objection);
      *reply.add_tiers() = tier;
    }
    tell_lanes(rows, problems, remarks);
  }
  put(total, *reply.mutable_total());
  reply.set_closes(reply.problems().empty());
  auto& limits = *reply.mutable_limits();
  limits.set_capture_least(settings.capture_least_percent);
  limits.set_recognition_day_least(settings.recognition_day_least_percent);
  limits.set_recognition_night_least(settings.recognition_night_least_percent);
  limits.set_day_begins(static_cast<std::uint32_t>(settings.day_begins_hour));
  limits.set_day_ends(static_cast<std::uint32_t>(settings.day_ends_hour));
  return reply;
}

}  // namespace exhaust::projection
