#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/digest.hpp"
#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "daemon/ledger/ledger.hpp"
#include "exhaust/v1/entry.pb.h"

/// Entries as people and interfaces see them, and the small translations between our vocabulary and the
/// wire's. Pure functions.
namespace exhaust::records {

/// Envelope and decoded body. Without payload, of a kind that has no body here, or when the payload does not
/// parse: the envelope alone.
v1::Record to_record(const ledger::Entry& entry);

/// A record has a flagged passage: valid, and a judged or screened pollutant exceeds.
bool is_flagged(const v1::Record& record);

/// Why `payload` cannot be an entry of `kind` in the ledger of `station_id`, as one sentence; nothing when it
/// can. Kinds without a body here are carried unseen.
std::optional<std::string> objection(std::uint32_t kind, const std::string& payload,
                                     std::string_view station_id);

/// proto3 JSON with the proto's own names and defaults printed; absent `optional` fields are not printed.
/// 64-bit integers are strings, as proto3 JSON has it.
std::string to_json(const google::protobuf::Message& message, bool pretty);

google::protobuf::Timestamp to_timestamp(WallTime time);
WallTime to_wall_time(const google::protobuf::Timestamp& time);  ///< below a microsecond is cut off
WallTime to_wall_time(std::int64_t wall_time_us);

std::string to_text(const LedgerId& id);                    ///< 32 hexadecimal digits
Result<LedgerId> ledger_id_from_text(std::string_view text);
Result<LedgerId> ledger_id_from_bytes(std::string_view bytes);
Result<Digest> digest_from_bytes(std::string_view bytes);
template <class Array>
std::string to_bytes(const Array& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

v1::Chain to_chain(const ledger::ChainHeader& header);
/// kBadFrame: not a chain. kRefused: a format or hash algorithm this program does not know.
Result<ledger::ChainHeader> from_chain(const v1::Chain& chain);

}  // namespace exhaust::records
