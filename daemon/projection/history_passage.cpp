#include "daemon/projection/history_passage.hpp"

#include <algorithm>

#include "daemon/records/records.hpp"

namespace exhaust::projection {

namespace {

bool counts(const v1::Result& result) { return result.role() == v1::Result::judged && result.has_value(); }

}  // namespace

std::expected<KeptPassage, Skipped> kept(const v1::Passage& passage, std::span<const Rule> rules) {
  if (passage.purpose() != v1::Passage::traffic) return std::unexpected("audit");
  if (!passage.has_detected_at()) return std::unexpected("no_time");
  if (!passage.assessment().validity().valid()) return std::unexpected("invalid");
  if (passage.plate().text().empty()) return std::unexpected("plate_not_read");
  if (passage.plate().color().empty() || passage.plate().color() == "unknown") return std::unexpected("color_not_read");
  KeptPassage kept;
  for (const auto& result : passage.assessment().results()) {
    // A pollutant beyond 31 is of a later version of the proto.
    if (!counts(result) || result.pollutant() < 1 || result.pollutant() > 31) continue;
    (result.exceeded() ? kept.exceeded : kept.passed) |= 1u << result.pollutant();
  }
  if (kept.passed == 0 && kept.exceeded == 0) return std::unexpected("nothing_judged");
  const auto rule = std::ranges::find(rules, passage.assessment().standard(), &Rule::id);
  if (rule == rules.end()) return std::unexpected("no_rule_for_its_standard");
  // A file that a station edited, or forgot to replace, is not the standard that is named here.
  const auto text = records::digest_from_bytes(passage.assessment().standard_hash());
  if (!text || (*text != rule->hash && std::ranges::find(rule->earlier, *text) == rule->earlier.end())) return std::unexpected("unknown_text_of_its_standard");
  kept.rule = static_cast<std::uint32_t>(rule - rules.begin());
  kept.detected_us = records::to_wall_time(passage.detected_at()).time_since_epoch().count();
  kept.lane = passage.lane();
  return kept;
}

std::string exceeded_bytes(const v1::Assessment& assessment) {
  v1::Assessment exceeded;
  for (const auto& result : assessment.results()) {
    if (counts(result) && result.exceeded()) *exceeded.add_results() = result;
  }
  return exceeded.SerializeAsString();
}

std::vector<Judged> judged(PollutantMask passed, std::string_view exceeded_bytes) {
  std::vector<Judged> all;
  for (int pollutant = 1; pollutant < 32; ++pollutant) {
    if ((passed >> pollutant & 1u) != 0) all.push_back({static_cast<v1::Result::Pollutant>(pollutant), false, 0, 0});
  }
  v1::Assessment exceeded;
  if (!exceeded_bytes.empty() && exceeded.ParseFromArray(exceeded_bytes.data(), static_cast<int>(exceeded_bytes.size()))) {
    for (const auto& result : exceeded.results()) all.push_back({result.pollutant(), true, result.value(), result.limit()});
  }
  return all;
}

}  // namespace exhaust::projection
