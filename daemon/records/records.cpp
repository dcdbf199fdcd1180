#include "daemon/records/records.hpp"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

namespace exhaust::records {

namespace {

using Kind = v1::Entry;

/// The body of `record` that `kind` stands for; nullptr for kinds without one.
google::protobuf::Message* body_of(std::uint32_t kind, v1::Record& record) {
  switch (kind) {
    case Kind::passage: return record.mutable_passage();
    case Kind::gap: return record.mutable_gap();
    case Kind::ledger_started: return record.mutable_ledger_started();
    case Kind::station_info: return record.mutable_station_info();
    case Kind::line_info: return record.mutable_line_info();
    case Kind::device_event: return record.mutable_device_event();
    case Kind::settings_snapshot: return record.mutable_settings_snapshot();
    case Kind::standard_text: return record.mutable_standard_text();
    case Kind::operator_action: return record.mutable_operator_action();
    case Kind::self_check:
    case Kind::calibration:
    case Kind::audit: return record.mutable_quality_check();
    case Kind::determination: return record.mutable_determination();
    case Kind::determination_withdrawn: return record.mutable_determination_withdrawn();
    case Kind::review: return record.mutable_review();
    case Kind::amendment: return record.mutable_amendment();
    default: return nullptr;
  }
}

template <class Array>
Result<Array> exact(std::string_view bytes, const char* what) {
  Array array;
  if (bytes.size() != array.size()) {
    return fail(ErrorKind::kBadFrame, std::string(what) + " has " + std::to_string(bytes.size()) +
                                          " bytes, not " + std::to_string(array.size()));
  }
  std::ranges::copy(as_bytes(bytes), array.begin());
  return array;
}

}  // namespace

v1::Record to_record(const ledger::Entry& entry) {
  v1::Record record;
  record.set_station_id(entry.chain->key.station_id);
  record.set_ledger_id(to_text(entry.chain->key.ledger_id));
  record.set_sequence(entry.sequence);
  *record.mutable_wall_time() = to_timestamp(to_wall_time(entry.wall_time_us));
  record.set_kind(static_cast<v1::Entry::Kind>(entry.kind));
  record.set_simulated(entry.chain->simulated);
  if (!entry.payload) return record;
  auto* body = body_of(entry.kind, record);
  if (body && !body->ParseFromString(*entry.payload)) record.clear_body();
  return record;
}

bool is_flagged(const v1::Record& record) {
  return record.has_passage() && record.passage().assessment().flagged();
}

std::optional<std::string> objection(std::uint32_t kind, const std::string& payload,
                                     std::string_view station_id) {
  v1::Record record;
  auto* body = body_of(kind, record);
  if (!body) return std::nullopt;
  if (!body->ParseFromString(payload)) {
    return "the payload is not a " + v1::Entry::Kind_Name(static_cast<v1::Entry::Kind>(kind));
  }
  if (record.has_passage() && !record.passage().record_number().starts_with(station_id)) {
    return "record number '" + record.passage().record_number() + "' is not of station " +
           std::string(station_id);
  }
  return std::nullopt;
}

std::string to_json(const google::protobuf::Message& message, bool pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = pretty;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  // Only times outside the years 1 to 9999 cannot be printed.
  if (!status.ok()) return R"({"error":"not printable as JSON"})";
  return text;
}

google::protobuf::Timestamp to_timestamp(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  google::protobuf::Timestamp stamp;
  stamp.set_seconds(seconds.time_since_epoch().count());
  stamp.set_nanos(static_cast<std::int32_t>((time - seconds).count() * 1000));
  return stamp;
}

WallTime to_wall_time(const google::protobuf::Timestamp& time) {
  // Beyond what proto3 allows (years 1 to 9999) the sum below could overflow.
  constexpr std::int64_t kFirst = -62'135'596'800, kLast = 253'402'300'799;
  return WallTime{std::chrono::seconds{std::clamp(time.seconds(), kFirst, kLast)}} +
         std::chrono::microseconds{time.nanos() / 1000};
}

WallTime to_wall_time(std::int64_t wall_time_us) { return WallTime{std::chrono::microseconds{wall_time_us}}; }

std::string to_text(const LedgerId& id) { return to_hex(id); }

Result<LedgerId> ledger_id_from_text(std::string_view text) {
  const auto bytes = from_hex(text);
  if (!bytes) return std::unexpected(bytes.error());
  return ledger_id_from_bytes(as_text(*bytes));
}

Result<LedgerId> ledger_id_from_bytes(std::string_view bytes) { return exact<LedgerId>(bytes, "a ledger id"); }

Result<Digest> digest_from_bytes(std::string_view bytes) { return exact<Digest>(bytes, "a hash"); }

v1::Chain to_chain(const ledger::ChainHeader& header) {
  v1::Chain chain;
  chain.set_station_id(header.key.station_id);
  chain.set_ledger_id(to_bytes(header.key.ledger_id));
  chain.set_format(header.format);
  chain.set_algorithm(static_cast<v1::Chain::Algorithm>(header.algorithm));
  chain.set_simulated(header.simulated);
  return chain;
}

Result<ledger::ChainHeader> from_chain(const v1::Chain& chain) {
  const auto station = check_station_id(chain.station_id());
  if (!station) return fail(ErrorKind::kBadFrame, station.error().detail);
  const auto id = ledger_id_from_bytes(chain.ledger_id());
  if (!id) return std::unexpected(id.error());
  if (chain.format() != ledger::kChainFormat) {
    return fail(ErrorKind::kRefused, "chain format " + std::to_string(chain.format()) + " is not known here");
  }
  if (chain.algorithm() != v1::Chain::sha256 && chain.algorithm() != v1::Chain::sm3) {
    return fail(ErrorKind::kRefused, "hash algorithm " + std::to_string(chain.algorithm()) + " is not known here");
  }
  return ledger::ChainHeader{.key = {*station, *id},
                             .format = ledger::kChainFormat,
                             .algorithm = static_cast<HashAlgorithm>(chain.algorithm()),
                             .simulated = chain.simulated()};
}

}  // namespace exhaust::records
