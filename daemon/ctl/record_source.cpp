#include "daemon/ctl/record_source.hpp"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>

#include "daemon/core/time.hpp"
#include "daemon/ctl/client.hpp"
#include "daemon/records/records.hpp"
#include "daemon/replay/stored.hpp"

namespace exhaust::ctl {

namespace {

/// Hands on at most so many passages.
class Limited {
 public:
  Limited(const RecordsOptions& which, const RecordSink& sink) : most_(which.limit), sink_(sink) {}
  bool operator()(v1::Record& record) { return sink_.passage(record) && (most_ == 0 || ++count_ < most_); }

 private:
  std::uint64_t most_, count_ = 0;
  const RecordSink& sink_;
};

Result<void> from_ledger(RecordSource& source, const RecordSink& sink) {
  const auto& which = source.which;
  std::int64_t from_us = std::numeric_limits<std::int64_t>::min();
  if (!which.from_time.empty()) {
    const auto time = from_rfc3339(which.from_time);
    if (!time) return std::unexpected(time.error());
    from_us = time->time_since_epoch().count();
  }
  Limited limited(which, sink);
  return replay::each_stored(source.ledger, [&](const replay::StoredEntry& stored) {
    const auto& entry = stored.entry;
    if (!which.station.empty() ? entry.chain->key.station_id != which.station
                               : which.from_sequence != 0 && !stored.own)
      return true;
    if (entry.kind == v1::Entry::standard_text && entry.payload) {
      sink.text(records::to_record(entry).standard_text());
      return true;
    }
    if (entry.kind != v1::Entry::passage || entry.sequence < which.from_sequence ||
        entry.wall_time_us < from_us)
      return true;
    auto record = records::to_record(entry);
    if (!record.has_passage()) {
      ++source.without_payload;
      return true;
    }
    if (which.flagged && !records::is_flagged(record)) return true;
    return limited(record);
  });
}

Result<void> from_daemon(const Options& options, RecordSource& source, const RecordSink& sink) {
  auto client = Client::connect(options);
  if (!client) return std::unexpected(client.error());
  v1::SubscribeRequest texts;
  texts.set_station_id(source.which.station);
  texts.set_from_sequence(1);
  texts.set_until_now(true);
  texts.add_kinds(v1::Entry::standard_text);
  auto done = client->subscribe(texts, [&](const v1::RecordBlock& block) {
    for (const auto& record : block.records()) sink.text(record.standard_text());
    return true;
  });
  if (!done) return done;
  auto which = source.which;
  which.kinds = {"passage"};
  auto request = subscription(which);
  if (!request) return std::unexpected(request.error());
  request->set_until_now(true);
  Limited limited(which, sink);
  return client->subscribe(*request, [&](v1::RecordBlock block) {
    for (auto& record : *block.mutable_records()) {
      if (!record.has_passage())
        ++source.without_payload;
      else if (!limited(record))
        return false;
    }
    return true;
  });
}

/// A record as `records query` prints it, or a passage alone.
Result<v1::Record> record_of(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  const bool is_record = json.is_object() && (json.contains("kind") || json.contains("passage"));
  v1::Record record;
  google::protobuf::Message* message =
      is_record ? static_cast<google::protobuf::Message*>(&record) : record.mutable_passage();
  const auto parsed = google::protobuf::util::JsonStringToMessage(line, message, {});
  if (parsed.ok()) return record;
  return fail(ErrorKind::kBadFrame,
              std::string(is_record ? "not a record: " : "not a passage: ") + std::string(parsed.message()));
}

Result<void> from_lines(RecordSource& source, const RecordSink& sink) {
  std::ifstream file;
  if (!source.input.empty() && source.input != "-") {
    file.open(source.input);
    if (!file) return fail(ErrorKind::kBadFrame, source.input + ": cannot be read");
  }
  std::istream& in = file.is_open() ? file : std::cin;
  std::uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto record = record_of(line);
    if (!record) {
      std::fprintf(stderr, "line %llu: %s\n", static_cast<unsigned long long>(number),
                   record.error().detail.c_str());
      ++source.wrong_lines;
      continue;
    }
    if (record->has_standard_text()) sink.text(record->standard_text());
    if (!record->has_passage()) continue;
    if (record->sequence() == 0) record->set_sequence(number);
    if (!sink.passage(*record)) break;
  }
  return {};
}

}  // namespace

Result<void> each_record(const Options& options, RecordSource& source, const RecordSink& sink) {
  if (!source.ledger.empty()) return from_ledger(source, sink);
  return source.daemon ? from_daemon(options, source, sink) : from_lines(source, sink);
}

}  // namespace exhaust::ctl
