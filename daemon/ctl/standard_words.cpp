#include "daemon/ctl/standard_words.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "daemon/assessment/wording.hpp"
#include "daemon/core/digest.hpp"

namespace exhaust::ctl {

namespace {

using namespace assessment;

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

/// Rules of validity whose key does not say it all; "{}" is the value. Others are shown as they are written.
const std::map<std::string, std::string, std::less<>>& rule_words() {
  static const std::map<std::string, std::string, std::less<>> words{
      {"plume_required", "a plume was measured"},
      {"co2_excess_min_percent", "CO2 excess of the plume is at least {} %"},
      {"samples_min", "the plume has at least {} samples, where the unit tells"},
      {"co_r2_min", "r2 of the CO slope is at least {}, where it is known"},
      {"co_r2_above_co_percent", "... and dry CO is above {} %"},
      {"smoke_required", "smoke was measured"},
      {"speed_required", "speed was measured"},
      {"speed_min_km_h", "speed is at least {} km/h"},
      {"speed_max_km_h", "speed is at most {} km/h"},
      {"acceleration_required", "acceleration was measured"},
      {"acceleration_most_m_s2", "the size of the acceleration is at most {} m/s2"},
      {"weather_required", "weather was measured"},
      {"wind_max_m_s", "wind is at most {} m/s"},
      {"humidity_max_percent", "relative humidity is at most {} %"},
      {"temperature_min_c", "air temperature is at least {} degC"},
      {"temperature_max_c", "air temperature is at most {} degC"},
      {"rain_max_mm_h", "rain is at most {} mm/h"},
      {"qc_in_force", "no instrument check that is required of the lane is overdue or failed"},
      {"qc_required", "instrument checks are required of the lane, and none is overdue or failed"},
      {"device_state_required", "no device of the lane was degraded"},
      {"plausible_data_required", "nothing that the devices said was stuck, all zero or at odds with itself"},
      {"clock_required", "the clock was synchronised"},
      {"clock_error_max_s", "the clock's error is at most {} s, where it is known"},
      {"clear_min_s",
       "the beam was clear for at least {} s behind the vehicle, where the gate tells its tail"},
      {"after_min_s", "the next vehicle came at least {} s later, front to front, where it does not"},
      {"neighbour_before_s", "no stronger plume was in the beam within {} s before"},
      {"plate_required", "the plate was read"},
      {"plate_plausible", "the plate has a known form, if it was classified"},
      {"plate_confidence_min", "the camera is sure of the plate by at least {} of 100, where it tells"},
      {"acceleration_min_m_s2", "acceleration is at least {} m/s2"},
      {"acceleration_max_m_s2", "acceleration is at most {} m/s2"},
      {"vsp_min_kw_per_t", "VSP is at least {} kW/t"},
      {"vsp_max_kw_per_t", "VSP is at most {} kW/t"},
  };
  return words;
}

std::string_view last_of(std::string_view path) {
  return path.substr(path.rfind('.') + 1);
}

std::string rule_line(const settings::StandardKey& key) {
  const auto found = rule_words().find(last_of(key.path));
  if (found == rule_words().end()) return std::string(last_of(key.path)) + " = " + key.value;
  auto text = found->second;
  if (const auto at = text.find("{}"); at != std::string::npos) text.replace(at, 2, key.value);
  return text;
}

constexpr std::string_view kWindow = "validity.window.";

void validity(const settings::StandardKeys& keys, std::string& page) {
  page += "\nA passage is valid when\n";
  bool any = false;
  for (const auto& key : keys) {
    if (!key.path.starts_with("validity.") || key.path.ends_with(".fuels")) continue;
    any = true;
    page += "  " + rule_line(key);
    if (key.path.starts_with(kWindow)) {
      const auto fuels = std::string_view(key.path).substr(kWindow.size());
      page += " (" + std::string(fuels.substr(0, fuels.rfind('.'))) + ")";
    }
    page += "\n";
  }
  if (!any) page += "  it was detected: there are no rules\n";
}

std::string limit_line(const Limit& limit, const Fuels& all) {
  const bool judged = limit.role == v1::Result::judged;
  std::string line = v1::Result::Pollutant_Name(limit.pollutant) + " ";
  line += limit.exceeds == Exceeds::kGreater ? "above " : "of or above ";
  line += with_unit(shown_exactly(limit.limit), unit_of(limit.pollutant));
  line += judged ? ": the vehicle fails" : ": the vehicle is flagged, and does not fail";
  if (limit.decimals)
    line += "; rounded to " + std::to_string(*limit.decimals) +
            (*limit.decimals == 1 ? " decimal first (" : " decimals first (") +
            std::string(words(limit.rounding)) + ")";
  if (limit.fuels != all) line += "; " + fuels_in_short(limit.fuels) + " only";
  return line;
}

void header(const Standard& standard, std::string& page) {
  page += standard.id + (standard.example ? " (an EXAMPLE, not law)" : "") + "\n  " + standard.title + "\n";
  page += "  version " + standard.version + " of the file, in force from " + shown(standard.effective_from);
  page += standard.effective_until ? " until " + shown(*standard.effective_until) + "\n" : "\n";
  page += "  for vehicles of fuel: " + fuels_in_short(standard.applies_to) + "\n";
  if (!standard.plate_colors.empty())
    page += "  with a plate of colour: " + joined(standard.plate_colors) + "\n";
  if (!standard.plate_classes.empty())
    page += "  with a plate of class: " + joined(standard.plate_classes) + "\n";
  if (!standard.categories.empty())
    page += "  of category: " + joined(standard.categories) + ", or of one that is not known\n";
}

std::string repetition_words(const std::optional<Repetition>& repetition) {
  if (!repetition) return "  nothing: it determines nothing by repetition\n";
  return "  " + std::to_string(repetition->consecutive) +
         " exceedances of the same judged pollutant in a row, in valid passages within " +
         std::to_string(repetition->months) + " calendar months;\n  passages at one station within " +
         std::to_string(repetition->merge_within.count()) + " s of each other are one\n";
}

// ---- what a difference means

enum class Sense { kMoreIsStricter, kLessIsStricter, kNone };

struct SenseOf {
  std::string_view ending;
  Sense sense;
  std::string_view stricter, looser;
};

constexpr std::string_view kFewerValid = "fewer passages are valid", kMoreValid = "more passages are valid";
constexpr std::string_view kMoreExceed = "more vehicles exceed", kFewerExceed = "fewer vehicles exceed";
constexpr std::string_view kBesideTheLimit = "values just beside the limit are decided otherwise";
constexpr std::string_view kMoreDetermined = "more vehicles are determined",
                           kFewerDetermined = "fewer vehicles are determined";

bool has_part(std::string_view word, std::string_view part) {
  const auto at = word.find(part);
  if (at == std::string_view::npos) return false;
  const auto end = at + part.size();
  return (at == 0 || word[at - 1] == '_') && (end == word.size() || word[end] == '_');
}

SenseOf sense_of(std::string_view path) {
  const auto key = last_of(path);
  if (path.starts_with("limit.") && key == "limit")
    return {key, Sense::kLessIsStricter, kMoreExceed, kFewerExceed};
  if (path == "repetition.consecutive")
    return {key, Sense::kLessIsStricter, kMoreDetermined, kFewerDetermined};
  if (path == "repetition.months") return {key, Sense::kMoreIsStricter, kMoreDetermined, kFewerDetermined};
  if (path.starts_with("validity.")) {
    if (has_part(key, "above")) return {key, Sense::kNone, {}, {}};
    if (key == "neighbour_before_s") return {key, Sense::kMoreIsStricter, kFewerValid, kMoreValid};
    if (has_part(key, "min")) return {key, Sense::kMoreIsStricter, kFewerValid, kMoreValid};
    if (has_part(key, "max") || has_part(key, "most"))
      return {key, Sense::kLessIsStricter, kFewerValid, kMoreValid};
  }
  return {key, Sense::kNone, {}, {}};
}

std::string verdict_of(bool stricter, std::string_view why) {
  return std::string(stricter ? "stricter: " : "looser: ").append(why);
}

/// A key that only one of them has. `appears`: the other one does.
std::string alone(std::string_view path, bool appears) {
  const auto key = last_of(path);
  if (path.starts_with("limit.")) {
    if (key == "limit") return appears ? "stricter: a limit more" : "looser: a limit less";
    return key == "fuels" ? "otherwise" : std::string(kBesideTheLimit);
  }
  if (path == "repetition.consecutive")
    return appears ? "stricter: repetition determines" : "looser: repetition determines nothing";
  if (path.starts_with("repetition.")) return "of the repetition";
  if (path == "plate_colors" || path == "plate_classes" || path == "categories") {
    return appears ? "looser: judges these only" : "stricter: judges any";
  }
  if (path.starts_with("wxyy.")) return "the platforms are told another reason";
  if (path == "effective_until") return appears ? "ends" : "does not end";
  if (has_part(key, "above") || key == "fuels" || !path.starts_with("validity.")) return "otherwise";
  return verdict_of(appears, appears ? "a rule of validity more" : "a rule of validity less");
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const auto comma = std::min(list.find(", "), list.size());
    words.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 2, list.size()));
  }
  return words;
}

std::string list_meaning(std::string_view was, std::string_view is) {
  const auto before = split(was), after = split(is);
  std::string text;
  const auto add = [&](const char* sign, const auto& from, const auto& other) {
    for (const auto& word : from) {
      if (std::ranges::find(other, word) == other.end()) text += (text.empty() ? "" : ", ") + (sign + word);
    }
  };
  add("+", after, before);
  add("-", before, after);
  if (text.empty()) return "the same in another order";
  const bool more = text.find("+") != std::string::npos,
             fewer = text.find("-") == 0 || text.find(", -") != std::string::npos;
  return (more && fewer ? "judges others: "
          : more        ? "stricter: judges more: "
                        : "looser: judges fewer: ") +
         text;
}

std::string meaning(const settings::StandardKey& was, const settings::StandardKey& is) {
  const std::string_view path = was.path;
  const auto key = last_of(path);
  const auto sense = sense_of(path);
  if (was.number && is.number && sense.sense != Sense::kNone) {
    const bool stricter = (*is.number > *was.number) == (sense.sense == Sense::kMoreIsStricter);
    return verdict_of(stricter, stricter ? sense.stricter : sense.looser);
  }
  if (path == "applies_to" || path == "plate_colors" || path == "plate_classes" || path == "categories" ||
      (path.starts_with("limit.") && key == "fuels")) {
    return list_meaning(was.value, is.value);
  }
  if (key == "operator")
    return verdict_of(is.value == "greater_equal",
                      is.value == "greater_equal" ? "the limit itself exceeds" : "the limit itself passes");
  if (key == "compare" || key == "decimals" || key == "rounding") return std::string(kBesideTheLimit);
  if (path.starts_with("effective_")) return is.value < was.value ? "earlier" : "later";
  if (path.starts_with("wxyy.")) return "the platforms are told another reason";
  if (path.starts_with("formulas.")) return "other numbers for the same vehicle";
  if (path == "example") return is.value == "true" ? "is an example, not law" : "is no example any more";
  return "otherwise";
}

}  // namespace

std::string fuels_in_short(const Fuels& fuels) {
  std::vector<std::string> words;
  for (const auto fuel : fuels) words.emplace_back(to_string(fuel));
  return joined(words);
}

std::string limits_in_short(const Standard& standard) {
  std::vector<std::string> all;
  for (const auto& limit : standard.limits) {
    auto text = v1::Result::Pollutant_Name(limit.pollutant) + " " +
                with_unit(shown_exactly(limit.limit), unit_of(limit.pollutant));
    if (limit.role == v1::Result::screened) text += " (screened)";
    all.push_back(std::move(text));
  }
  return joined(all);
}

std::string in_words(const Standard& standard) {
  const auto keys = settings::keys_of(standard);
  std::string page;
  header(standard, page);
  validity(keys, page);
  page += "\nLimits\n";
  for (const auto& limit : standard.limits) page += "  " + limit_line(limit, standard.applies_to) + "\n";
  page += "\nWhat determines that a vehicle does not comply\n" + repetition_words(standard.repetition);
  page += "\nFormulas\n";
  page += "  VSP: " + std::string(words(standard.vsp_form)) +
          (standard.missing_slope_is_flat ? "; a slope that is not known is flat\n"
                                          : "; not known without the slope\n");
  page += "  dry concentrations: " + std::string(words(standard.combustion_form)) + "\n";
  page += "  grams per kilogram: " + std::string(words(standard.fuel_mass_form)) + "\n";
  page += standard.slopes_from_points ? "  ratios: from the plume's points, where there are any\n"
                                      : "  ratios: the unit's own, where it gives them\n";
  page += standard.correct_no_for_humidity ? "  NO: corrected for humidity\n"
                                           : "  NO: not corrected for humidity\n";
  if (!standard.wxyy.empty()) page += "\nwxyy, for the platforms\n";
  for (const auto& [reason, code] : standard.wxyy) page += "  " + reason + " = " + code + "\n";
  page += "\nSHA-256 " + to_hex(standard.hash) + "\n";
  return page;
}

std::vector<StandardDifference> differences(const Standard& one, const Standard& other) {
  const auto before = settings::keys_of(one), after = settings::keys_of(other);
  const auto find = [](const settings::StandardKeys& keys, const std::string& path) {
    return std::ranges::find(keys, path, &settings::StandardKey::path);
  };
  // Of a limit or window that only one of them has, what it is made of says nothing more.
  const auto of_nothing = [&](const settings::StandardKeys& keys, const std::string& path) {
    const auto key = last_of(path);
    if (path.starts_with(kWindow)) return key == "fuels";
    const auto limit = path.substr(0, path.size() - key.size()) + "limit";
    return path.starts_with("limit.") && key != "limit" && find(keys, limit) == keys.end();
  };
  std::vector<StandardDifference> all;
  for (const auto& key : before) {
    const auto now = find(after, key.path);
    if (now == after.end() && of_nothing(after, key.path)) continue;
    if (now == after.end())
      all.push_back({key.path, key.value, "-", alone(key.path, false)});
    else if (now->value != key.value)
      all.push_back({key.path, key.value, now->value, meaning(key, *now)});
  }
  for (const auto& key : after) {
    if (find(before, key.path) == before.end() && !of_nothing(before, key.path))
      all.push_back({key.path, "-", key.value, alone(key.path, true)});
  }
  return all;
}

}  // namespace exhaust::ctl
