#include <google/protobuf/util/time_util.h>

#include <cstdio>

#include "daemon/ctl/client.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/explain.hpp"
#include "daemon/ctl/entry_words.hpp"
#include "daemon/ctl/record_table.hpp"
#include "daemon/ctl/standard_shelf.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/records/records.hpp"
#include "daemon/settings/standard_file.hpp"

namespace exhaust::ctl {

namespace {

Result<v1::Record> fetch(Client& client, const RecordsOptions& which) {
  v1::GetRequest request;
  request.set_station_id(which.station);
  request.set_sequence(which.sequence);
  return client.get(request);
}

/// The standard's text as the ledger holds it, so that an old record is explained by the rules of its day.
Result<assessment::Standard> standard_of(const Options& options, Client& client, const v1::Record& record) {
  v1::SubscribeRequest request;
  request.set_station_id(record.station_id());
  request.set_from_sequence(1);
  request.set_until_now(true);
  request.add_kinds(v1::Entry::standard_text);
  const auto& wanted = record.passage().assessment().standard_hash();
  std::string text, id;
  const auto done = client.subscribe(request, [&](const v1::RecordBlock& block) {
    for (const auto& found : block.records()) {
      if (found.standard_text().sha256() != wanted) continue;
      text = found.standard_text().text();
      id = found.standard_text().id();
      return false;
    }
    return true;
  });
  if (!done) return std::unexpected(done.error());
  if (text.empty()) {
    StandardShelf shelf(options);
    if (const auto* here = shelf.with_hash(wanted)) return *here;
    return fail(ErrorKind::kDamaged, "neither the ledger nor this machine holds a standard with the record's hash");
  }
  return settings::parse_standard(text, id + " (from the ledger)");
}

}  // namespace

Result<v1::SubscribeRequest> subscription(const RecordsOptions& which) {
  v1::SubscribeRequest request;
  request.set_station_id(which.station);
  request.set_flagged_only(which.flagged);
  for (const auto& word : which.kinds) {
    v1::Entry::Kind kind;
    if (v1::Entry::Kind_Parse(word, &kind)) request.add_kinds(kind);
  }
  if (!which.from_time.empty()) {
    const auto time = from_rfc3339(which.from_time);
    if (!time) return std::unexpected(time.error());
    *request.mutable_from_time() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time->time_since_epoch().count());
  } else {
    request.set_from_sequence(which.from_sequence);
  }
  return request;
}

std::vector<std::string> entry_kinds() {
  std::vector<std::string> words;
  for (int kind = 1; kind < v1::Entry::Kind_ARRAYSIZE; ++kind) words.push_back(v1::Entry::Kind_Name(static_cast<v1::Entry::Kind>(kind)));
  return words;
}

int records_tail(const Options& options, const RecordsOptions& which) {
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  auto request = subscription(which);
  if (!request) return report(request.error());
  request->set_tail(true);
  if (options.output == Output::kTable) Table(kRecordHead).print(kRecordWidths);
  std::fflush(stdout);
  std::uint64_t shown_so_far = 0;
  const auto done = client->subscribe(*request, [&](const v1::RecordBlock& block) {
    for (const auto& record : block.records()) {
      print_line(options, record);
      if (which.limit != 0 && ++shown_so_far == which.limit) return false;
    }
    return std::ferror(stdout) == 0;
  });
  return done ? kDone : report(done.error());
}

int records_query(const Options& options, const RecordsOptions& which) {
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  auto request = subscription(which);
  if (!request) return report(request.error());
  request->set_until_now(true);
  Table table(kRecordHead);
  std::uint64_t count = 0;
  const auto done = client->subscribe(*request, [&](const v1::RecordBlock& block) {
    for (const auto& record : block.records()) {
      if (options.output == Output::kTable) table.row(record_row(record));
      else print_line(options, record);
      if (which.limit != 0 && ++count == which.limit) return false;
    }
    return std::ferror(stdout) == 0;
  });
  if (!done) return report(done.error());
  if (options.output == Output::kTable) table.print();
  return kDone;
}

int records_show(const Options& options, const RecordsOptions& which) {
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  const auto record = fetch(*client, which);
  if (!record) return report(record.error());
  // Entries about other entries say in a sentence what they do; whoever wants JSON alone asks for it.
  if (const auto words = words_of(*record); options.output == Output::kTable && !words.empty()) std::puts(words.c_str());
  std::puts(records::to_json(*record, options.output != Output::kJsonl).c_str());
  return kDone;
}

int records_explain(const Options& options, const RecordsOptions& which) {
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  const auto record = fetch(*client, which);
  if (!record) return report(record.error());
  if (!record->has_passage()) {
    std::puts(what_it_is(*record, options.language).c_str());
    return kDone;
  }
  const auto standard = standard_of(options, *client, *record);
  if (!standard) return report(standard.error());
  std::fputs(explanation(*record, *standard, options.language).c_str(), stdout);
  return kDone;
}

}  // namespace exhaust::ctl
