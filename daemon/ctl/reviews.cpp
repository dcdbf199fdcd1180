#include <cstdio>

#include "daemon/core/bytes.hpp"
#include "daemon/ctl/actor.hpp"
#include "daemon/ctl/client.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/entry_words.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::ctl {

namespace {

Result<v1::DeterminationsReply> ask(const Options& options, const DeterminationsOptions& which) {
  auto client = Client::connect(options);
  if (!client) return std::unexpected(client.error());
  v1::DeterminationsRequest request;
  request.set_plate(which.plate);
  request.set_id(which.id);
  request.set_withdrawn_too(which.withdrawn_too);
  request.set_limit(static_cast<std::uint32_t>(which.limit));
  return client->determinations(request);
}

void print(const v1::DeterminationSaid& said) {
  const auto& body = said.determination();
  std::printf("Determination %s\n", to_hex(as_bytes(body.id())).c_str());
  std::printf("  %s %s exceeds %s, by the rule of %s\n", body.plate().c_str(), body.plate_color().c_str(),
              v1::Result::Pollutant_Name(body.pollutant()).c_str(), body.rule().c_str());
  std::printf("  said by %s, %s\n", words_of(said.entry()).c_str(), china_time(said.said_at()).c_str());
  for (const auto& exceedance : body.exceedances()) {
    std::printf("  %s  %g > %g  %s  record %s\n", china_time(exceedance.detected_at()).c_str(), exceedance.value(), exceedance.limit(),
                words_of(exceedance.passage()).c_str(), exceedance.record_number().c_str());
  }
  if (said.has_withdrawn()) {
    std::printf("  WITHDRAWN by %s, %s\n  %s\n", words_of(said.withdrawn_entry()).c_str(), china_time(said.withdrawn_at()).c_str(),
                words_of(said.withdrawn()).c_str());
  } else {
    std::puts("  it stands");
  }
}

}  // namespace

int review(const Options& options, const ReviewOptions& what) {
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  v1::ReviewRequest request;
  request.set_station_id(what.station);
  request.set_ledger_id(what.ledger);
  request.set_sequence(what.sequence);
  request.set_confirmed(what.verdict == "confirm");
  request.set_reason(what.reason);
  request.set_actor(actor());
  const auto reply = client->review(request);
  if (!reply) return report(reply.error());
  if (options.output == Output::kTable) {
    std::printf("%s (entry %llu)\n", words_of(reply->review()).c_str(), static_cast<unsigned long long>(reply->sequence()));
  } else {
    std::puts(records::to_json(*reply, options.output == Output::kJson).c_str());
  }
  return kDone;
}

int determinations_list(const Options& options, const DeterminationsOptions& which) {
  const auto reply = ask(options, which);
  if (!reply) return report(reply.error());
  if (options.output != Output::kTable) {
    for (const auto& said : reply->determinations()) std::puts(records::to_json(said, options.output == Output::kJson).c_str());
    return kDone;
  }
  Table table({"ID", "PLATE", "COLOUR", "POLLUTANT", "FIRST", "LAST", "RULE", "SAID BY", "SAID", "STANDS"});
  for (const auto& said : reply->determinations()) {
    const auto& body = said.determination();
    if (body.exceedances().empty()) continue;
    table.row({short_id(body.id()), body.plate(), body.plate_color(), v1::Result::Pollutant_Name(body.pollutant()),
               china_time(body.exceedances().begin()->detected_at()), china_time(body.exceedances().rbegin()->detected_at()), body.rule(),
               said.entry().station_id(), china_time(said.said_at()), said.has_withdrawn() ? "no: " + said.withdrawn().reason() : "yes"});
  }
  table.print();
  return kDone;
}

int determinations_show(const Options& options, const DeterminationsOptions& which) {
  auto both = which;
  both.withdrawn_too = true;
  const auto reply = ask(options, both);
  if (!reply) return report(reply.error());
  if (reply->determinations().empty()) return report({ErrorKind::kRefused, "there is no determination whose id begins with " + which.id});
  for (const auto& said : reply->determinations()) {
    if (options.output == Output::kTable) print(said);
    else std::puts(records::to_json(said, options.output == Output::kJson).c_str());
  }
  return kDone;
}

}  // namespace exhaust::ctl
