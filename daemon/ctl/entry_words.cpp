#include "daemon/ctl/entry_words.hpp"

#include "daemon/core/bytes.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::ctl {

namespace {

/// A word as the wire has it: "review_rejected" -> "review rejected".
std::string spaced(std::string word) {
  for (auto& letter : word) letter = letter == '_' ? ' ' : letter;
  return word;
}

std::string why(const std::string& reason) {
  if (reason == "late_pass") return "the vehicle passed in between";
  if (reason == "review_rejected") return "an exceedance was rejected";
  if (reason == "amendment") return "an exceedance was measured while the lane was not valid";
  if (reason == "double_capture") return "two exceedances are one passage";
  if (reason == "superseded") return "another determination begins earlier or ends earlier";
  return spaced(reason);
}

}  // namespace

std::string short_id(const std::string& id) { return to_hex(as_bytes(id)).substr(0, 12); }

std::string china_time(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return {};
  auto text = to_rfc3339(records::to_wall_time(time) + kChinaUtcOffset).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string words_of(const v1::Citation& citation) {
  return citation.station_id() + " entry " + std::to_string(citation.sequence());
}

std::string words_of(const v1::Determination& determination) {
  std::string words = short_id(determination.id()) + ": " + determination.plate() + " " + determination.plate_color() + " exceeds " +
                      spaced(v1::Result::Pollutant_Name(determination.pollutant())) + " " + std::to_string(determination.exceedances_size()) +
                      " times in a row";
  if (determination.exceedances_size() > 0) {
    words += ", " + china_time(determination.exceedances().begin()->detected_at()) + " to " +
             china_time(determination.exceedances().rbegin()->detected_at());
  }
  return words + " (" + determination.rule() + ")";
}

std::string words_of(const v1::DeterminationWithdrawn& withdrawn) {
  return short_id(withdrawn.id()) + " is withdrawn: " + why(withdrawn.reason()) + ", " + words_of(withdrawn.cause());
}

std::string words_of(const v1::Review& review) {
  return review.actor() + (review.confirmed() ? " confirms " : " rejects ") + words_of(review.passage()) + ": " + review.reason();
}

std::string words_of(const v1::Amendment& amendment) {
  std::string words = amendment.lane() == 0 ? "all lanes" : "lane " + std::to_string(amendment.lane());
  if (amendment.has_from()) words += " from " + china_time(amendment.from());
  if (amendment.has_to()) words += " to " + china_time(amendment.to());
  words += ": " + amendment.effect() + ", " + spaced(amendment.reason());
  return amendment.detail().empty() ? words : words + ": " + amendment.detail();
}

std::string words_of(const v1::Record& record) {
  if (record.has_determination()) return words_of(record.determination());
  if (record.has_determination_withdrawn()) return words_of(record.determination_withdrawn());
  if (record.has_review()) return words_of(record.review());
  if (record.has_amendment()) return words_of(record.amendment());
  return {};
}

}  // namespace exhaust::ctl
