#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/assessment/standard.hpp"
#include "daemon/core/digest.hpp"
#include "daemon/core/time.hpp"
#include "daemon/ledger/chain.hpp"
#include "exhaust/v1/entry.pb.h"

/// When repeated exceedances determine that a vehicle does not comply (standards.md 1.2): pure functions of what is known
/// of one vehicle. In whatever order it became known, the result is the same. docs/determinations.md explains the rule.
namespace exhaust::projection {

/// An entry of any chain.
struct EntryKey {
  ledger::ChainKey chain;
  Sequence sequence = 0;
  auto operator<=>(const EntryKey&) const = default;
};

v1::Citation to_citation(const EntryKey& key);
/// Nothing when it is not a citation.
std::optional<EntryKey> from_citation(const v1::Citation& citation);

/// Plate and colour: a plate alone may belong to several vehicles.
struct Vehicle {
  std::string plate;
  std::string color;
  auto operator<=>(const Vehicle&) const = default;
};

/// Of one standard.
struct Rule {
  std::string id;  ///< of the standard
  Digest hash{};   ///< of the file whose rule this is
  assessment::Repetition repetition;
  std::vector<Digest> earlier{};  ///< other texts of this standard by which a passage may have been judged
};

/// What a passage says of one judged pollutant. Screened ones are never here, nor those without a value.
struct Judged {
  v1::Result::Pollutant pollutant = v1::Result::pollutant_unspecified;
  bool exceeded = false;
  double value = 0, limit = 0;  ///< of an exceedance, in the pollutant's own unit
};

/// What is known of one passage of the vehicle.
struct Event {
  WallTime detected;
  EntryKey entry;
  std::string record_number;
  std::string rule;                      ///< id of the standard that judged it
  bool valid = true;
  std::vector<Judged> judged;
  std::optional<EntryKey> rejected_by;   ///< the review that stands, if it rejects
  std::optional<EntryKey> amended_by;    ///< the amendment that makes it invalid
};

struct Exceedance {
  EntryKey entry;
  WallTime detected;
  std::string record_number;
  double value = 0, limit = 0;
  bool operator==(const Exceedance&) const = default;
};

/// A determination that the events carry, whether or not an entry says so yet.
struct Found {
  Digest id{};
  Vehicle vehicle;
  std::string rule;
  v1::Result::Pollutant pollutant = v1::Result::pollutant_unspecified;
  std::vector<Exceedance> exceedances;  ///< as many as the rule wants, in the order of time
  bool operator==(const Found&) const = default;
};

/// The same time of day so many calendar months later at UTC+8, in the month's last day at the latest.
WallTime add_months(WallTime from, unsigned months);

/// SHA-256 over "exhaustd.determination.v1", rule, plate, colour (each as u16be length and bytes), u32be pollutant, first
/// and last exceedance (each: station as u16be length and bytes, 16-byte ledger id, u64be sequence).
Digest determination_id(const Vehicle& vehicle, std::string_view rule, v1::Result::Pollutant pollutant, const EntryKey& first,
                        const EntryKey& last);

/// The determinations that stand, by rule, pollutant and time. `events`: of this vehicle, in any order, each once.
std::vector<Found> determinations(const Vehicle& vehicle, std::span<const Event> events, std::span<const Rule> rules);

/// Why a determination stands no more.
struct Broken {
  std::string reason;  ///< late_pass review_rejected amendment double_capture superseded
  EntryKey cause;
  bool operator==(const Broken&) const = default;
};

/// `made` was said in an entry. Nothing: it stands, since it is among `found`, or since nothing that is known speaks against
/// it (it was made under an earlier text of the rule, or what it cites is kept here no more).
/// REQUIRES: `found` is `determinations(...)` of the same events and rules.
std::optional<Broken> broken(const Found& made, std::span<const Event> events, std::span<const Rule> rules,
                             std::span<const Found> found);

v1::Determination to_body(const Found& found, const Digest& rule_hash);
/// Nothing when the body is not a determination that can be compared.
std::optional<Found> from_body(const v1::Determination& body);

}  // namespace exhaust::projection
