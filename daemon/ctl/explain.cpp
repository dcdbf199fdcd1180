#include "daemon/ctl/explain.hpp"

#include "daemon/assessment/explain.hpp"

namespace exhaust::ctl {

namespace {

std::string_view kind_words(const v1::Record& record) {
  switch (record.kind()) {
    case v1::Entry::passage: return "a passage whose content is not here: withheld or damaged";
    case v1::Entry::ledger_started: return "the beginning of a ledger";
    case v1::Entry::station_info: return "what is known of the station";
    case v1::Entry::line_info: return "what is known of a line";
    case v1::Entry::self_check: return "a self-check of a device";
    case v1::Entry::calibration: return "a check with zero or standard gas";
    case v1::Entry::audit: return "a check with an audit vehicle";
    case v1::Entry::device_event: return "an event of a device";
    case v1::Entry::gap: return "a gap: vehicles may have gone by without being measured";
    case v1::Entry::operator_action: return "what a person did";
    case v1::Entry::settings_snapshot: return "the settings that were in force from here on";
    case v1::Entry::standard_text: return "the text of a standard";
    case v1::Entry::determination: return "a determination that a vehicle does not comply, by repeated exceedances";
    case v1::Entry::determination_withdrawn: return "the end of a determination that no longer stands";
    case v1::Entry::review: return "a person's review of an exceedance";
    case v1::Entry::amendment: return "a later mark on earlier passages";
    case v1::Entry::expired: return "a note that earlier entries were deleted when their time was over";
    default: return "of a kind that this program does not know";
  }
}

}  // namespace

std::string explanation(const v1::Record& record, const assessment::Standard& standard, const assessment::Speech& say) {
  const auto sequence = std::to_string(record.sequence());
  const auto head = say(record.simulated() ? "Record %1 of station %2 (simulated)" : "Record %1 of station %2", sequence, record.station_id());
  return head + "\n" + assessment::explain(record.passage(), standard, say);
}

std::string what_it_is(const v1::Record& record, const assessment::Speech& say) {
  const auto sequence = std::to_string(record.sequence());
  return say("Entry %1 of station %2 is %3 (%4); only a passage has a verdict to explain.", sequence, record.station_id(), say(kind_words(record)),
             v1::Entry::Kind_Name(record.kind()));
}

std::string turn_words(std::string_view was, std::string_view is, const assessment::Speech& say) {
  const auto one = [&](std::string_view word) {
    if (word == "yes" || word == "no") return say.word("flag", word);
    const auto reason = word.find(" (");
    if (reason == std::string_view::npos) return say(word);
    return say("%1 (%2)", say(word.substr(0, reason)), say(word.substr(reason + 2, word.size() - reason - 3)));
  };
  return one(was) + " -> " + one(is);
}

std::string turn_words(std::string_view turn, const assessment::Speech& say) {
  constexpr std::string_view kArrow = " -> ";
  const auto at = turn.find(kArrow);
  if (at == std::string_view::npos) return std::string(turn);
  return turn_words(turn.substr(0, at), turn.substr(at + kArrow.size()), say);
}

}  // namespace exhaust::ctl
