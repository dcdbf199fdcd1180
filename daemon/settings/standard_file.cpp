#include "daemon/settings/standard_file.hpp"

#include <algorithm>
#include <charconv>

#include "daemon/assessment/rounding.hpp"
#include "daemon/core/bytes.hpp"
#include "daemon/settings/toml_reader.hpp"

namespace exhaust::settings {

namespace {

using namespace assessment;

void must_be_text(TableReader& table, std::string_view key, std::string& value, std::string_view expected) {
  table.require(key, expected);
  table.text(key, value);
  if (table.has(key) && value.empty()) table.mistake(key, "expected " + std::string(expected));
}

std::optional<std::chrono::year_month_day> parse_date(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  const auto part = [&](std::size_t at, std::size_t length, auto& value) {
    const auto* end = text.data() + at + length;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    return error == std::errc{} && stop == end;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  if (!part(0, 4, year) || year < 1 || !part(5, 2, month) || !part(8, 2, day)) return std::nullopt;
  const auto date = std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::optional<std::chrono::year_month_day> date(TableReader& table, std::string_view key) {
  std::string text;
  table.text(key, text);
  if (text.empty()) return std::nullopt;
  const auto found = parse_date(text);
  if (!found) table.mistake(key, "'" + text + "' is not a date: expected yyyy-mm-dd in quotes");
  return found;
}

/// `allowed`: what may stand here; absent for the standard's own list.
void fuels(TableReader& table, std::string_view key, Fuels& value, const Fuels* allowed) {
  std::vector<std::string> words;
  table.texts(key, words);
  Fuels found;
  for (const auto& word : words) {
    const auto fuel = fuel_of(word);
    if (to_string(fuel) != word) {
      table.mistake(key, "'" + word + "' is not one of: gasoline, diesel, nev, other, unknown");
    } else if (fuel == Fuel::kElectric) {
      table.mistake(key, "'electric' cannot stand here: a vehicle without exhaust is never judged");
    } else if (contains(found, fuel)) {
      table.mistake(key, "'" + word + "' stands here twice");
    } else if (allowed != nullptr && !contains(*allowed, fuel)) {
      table.mistake(key, "'" + word + "' is not among the fuels that the standard applies to");
    } else {
      found.push_back(fuel);
    }
  }
  if (table.has(key) && words.empty()) table.mistake(key, "expected at least one fuel");
  if (!found.empty()) value = std::move(found);
}

/// Words of a closed vocabulary. Left out: any.
void words_of(TableReader& table, std::string_view key, std::vector<std::string>& value,
              std::initializer_list<std::string_view> allowed) {
  table.texts(key, value);
  if (table.has(key) && value.empty()) table.mistake(key, "expected at least one, or no such key for any");
  for (auto word = value.begin(); word != value.end(); ++word) {
    if (std::ranges::find(allowed, *word) == allowed.end()) {
      std::string all;
      for (const auto& one : allowed) all.append(all.empty() ? "" : ", ").append(one);
      table.mistake(key, "'" + *word + "' is not one of: " + all);
    } else if (std::find(value.begin(), word, *word) != word) {
      table.mistake(key, "'" + *word + "' stands here twice");
    }
  }
}

void applicability(TableReader& table, Standard& standard) {
  table.require("applies_to", "a list of fuels");
  fuels(table, "applies_to", standard.applies_to, nullptr);
  words_of(table, "plate_colors", standard.plate_colors,
           {"unknown", "blue", "yellow", "white", "black", "green", "yellow_green", "green_agri", "civil_aviation", "other"});
  words_of(table, "plate_classes", standard.plate_classes,
           {"none", "garbled", "ordinary", "nev_small", "nev_large", "trailer", "learner", "police", "hk_macau", "embassy",
            "consulate", "armed_police", "military", "emergency", "civil_aviation", "unknown"});
  words_of(table, "categories", standard.categories, {"M1", "M2", "M3", "N1", "N2", "N3"});
}

void formulas(TableReader& table, Standard& standard) {
  table.word("vsp", standard.vsp_form,
             {{"km_h", VspForm::kKmH}, {"si", VspForm::kSi}, {"us", VspForm::kUs}, {"epa_rsd", VspForm::kEpaRsd},
              {"jimenez", VspForm::kJimenez}, {"transit_bus", VspForm::kTransitBus}});
  table.word("missing_slope", standard.missing_slope_is_flat, {{"unknown", false}, {"flat", true}});
  table.word("combustion", standard.combustion_form,
             {{"feat", CombustionForm::kFeat}, {"strict", CombustionForm::kStrict},
              {"strict_propane", CombustionForm::kStrictPropane}, {"reduced", CombustionForm::kReduced}});
  table.word("grams_per_kg", standard.fuel_mass_form,
             {{"carbon_860", FuelMassForm::kCarbon860}, {"ch2", FuelMassForm::kCh2}});
  table.word("slopes", standard.slopes_from_points, {{"unit", false}, {"points", true}});
  table.word("no_humidity", standard.correct_no_for_humidity, {{"off", false}, {"kh", true}});
}

void not_reversed(TableReader& table, std::string_view least_key, const std::optional<double>& least,
                  std::string_view most_key, const std::optional<double>& most) {
  if (!least || !most || *least <= *most) return;
  table.mistake(most_key, "expected a number not below " + std::string(least_key));
}

void window(TableReader& table, const Standard& standard, std::vector<DrivingWindow>& windows) {
  DrivingWindow found;
  table.require("fuels", "a list of fuels");
  fuels(table, "fuels", found.fuels, &standard.applies_to);
  table.number("acceleration_min_m_s2", found.acceleration_min_m_s2, -20, 20);
  table.number("acceleration_max_m_s2", found.acceleration_max_m_s2, -20, 20);
  table.number("vsp_min_kw_per_t", found.vsp_min_kw_per_t, -500, 500);
  table.number("vsp_max_kw_per_t", found.vsp_max_kw_per_t, -500, 500);
  not_reversed(table, "acceleration_min_m_s2", found.acceleration_min_m_s2, "acceleration_max_m_s2",
               found.acceleration_max_m_s2);
  not_reversed(table, "vsp_min_kw_per_t", found.vsp_min_kw_per_t, "vsp_max_kw_per_t", found.vsp_max_kw_per_t);
  for (const auto& other : windows) {
    for (const auto fuel : found.fuels) {
      if (!contains(other.fuels, fuel)) continue;
      table.mistake("fuels", "'" + std::string(to_string(fuel)) + "' has a window already");
    }
  }
  windows.push_back(std::move(found));
}

/// A key that says nothing by itself.
void needs(TableReader& table, std::string_view key, std::string_view other) {
  if (table.has(key) && !table.has(other)) table.mistake(key, "says nothing without " + std::string(other));
}

/// Rules for one gas: `gas` and `unit` are parts of the keys. `most` bounds what may be said of it.
void gas_rules(TableReader& table, const std::string& gas, const std::string& unit, double most,
               ValidityRules::SlopeError& error, ValidityRules::Range& range) {
  const auto key = [&](std::string_view word) { return gas + "_" + std::string(word) + "_" + unit; };
  const std::string share = gas + "_error_share_max";
  table.number(share, error.share_max, 0, 10);
  table.number(key("error_above"), error.above, 0, most);
  table.number(key("error_max"), error.absolute_max, 0, most);
  needs(table, key("error_above"), share);
  table.number(key("min"), range.least, -most, most);
  table.number(key("max"), range.most, -most, most);
  not_reversed(table, key("min"), range.least, key("max"), range.most);
}

void neighbours(TableReader& table, ValidityRules& rules) {
  constexpr double kMost_s = 60;
  table.number("clear_min_s", rules.clear_min_s, 0, kMost_s);
  table.number("after_min_s", rules.after_min_s, 0, kMost_s);
  table.number("neighbour_before_s", rules.neighbour_before_s, 0, kMost_s);
  table.number("neighbour_co2_excess_percent", rules.neighbour_co2_excess_percent, 0, 100);
  needs(table, "neighbour_co2_excess_percent", "neighbour_before_s");
}

void validity(TableReader& table, Standard& standard) {
  auto& rules = standard.validity;
  table.flag("plume_required", rules.plume_required);
  table.number("co2_excess_min_percent", rules.co2_excess_min_percent, 0, 100);
  std::uint32_t samples = 0;
  table.integer("samples_min", samples, 1, 100000);
  if (table.has("samples_min")) rules.samples_min = samples;
  table.number("co_r2_min", rules.co_r2_min, 0, 1);
  table.number("co_r2_above_co_percent", rules.co_r2_above_co_percent, 0, 100);
  gas_rules(table, "co", "percent", 100, rules.co_error_percent, rules.co_percent);
  gas_rules(table, "hc", "ppm", 1e6, rules.hc_error_ppm, rules.hc_ppm);
  gas_rules(table, "no", "ppm", 1e6, rules.no_error_ppm, rules.no_ppm);
  neighbours(table, rules);
  table.flag("smoke_required", rules.smoke_required);
  table.flag("speed_required", rules.speed_required);
  table.number("speed_min_km_h", rules.speed_min_km_h, 0, 400);
  table.number("speed_max_km_h", rules.speed_max_km_h, 0, 400);
  table.flag("acceleration_required", rules.acceleration_required);
  table.number("acceleration_most_m_s2", rules.acceleration_most_m_s2, 0, 20);
  table.flag("weather_required", rules.weather_required);
  table.number("wind_max_m_s", rules.wind_max_m_s, 0, 100);
  table.number("humidity_max_percent", rules.humidity_max_percent, 0, 100);
  table.number("temperature_min_c", rules.temperature_min_c, -60, 80);
  table.number("temperature_max_c", rules.temperature_max_c, -60, 80);
  table.number("rain_max_mm_h", rules.rain_max_mm_h, 0, 1000);
  table.flag("qc_in_force", rules.qc_in_force);
  table.flag("qc_required", rules.qc_required);
  table.flag("device_state_required", rules.device_state_required);
  table.flag("plausible_data_required", rules.plausible_data_required);
  table.flag("clock_required", rules.clock_required);
  table.number("clock_error_max_s", rules.clock_error_max_s, 0, 86400);
  table.flag("plate_required", rules.plate_required);
  table.flag("plate_plausible", rules.plate_plausible);
  table.number("plate_confidence_min", rules.plate_confidence_min, 0, 100);
  not_reversed(table, "speed_min_km_h", rules.speed_min_km_h, "speed_max_km_h", rules.speed_max_km_h);
  not_reversed(table, "temperature_min_c", rules.temperature_min_c, "temperature_max_c",
               rules.temperature_max_c);
  table.tables("window", [&](TableReader& item) { window(item, standard, rules.windows); });
}

/// The most that can be measured, in the pollutant's unit: a larger limit is a slip of units.
double most_of(v1::Result::Pollutant pollutant) {
  switch (pollutant) {
    case v1::Result::ringelmann:
    case v1::Result::ringelmann_from_opacity: return 5;
    case v1::Result::k:
    case v1::Result::k_from_opacity: return 16;  // physics.md 4: the opacimeter's end
    case v1::Result::hc:
    case v1::Result::no: return 1e6;
    default: return 100;
  }
}

/// How a value is brought to the limit: as it is, or rounded first (the two methods of GB/T 8170).
void comparison(TableReader& table, Limit& limit) {
  constexpr int kMostDecimals = 6;
  bool rounded = false;
  table.word("compare", rounded, {{"full", false}, {"rounded", true}});
  int decimals = 0;
  table.integer("decimals", decimals, 0, kMostDecimals);
  table.word("rounding", limit.rounding, {{"gb8170", Rounding::kGb8170}, {"half_up", Rounding::kHalfUp}});
  if (!rounded) {
    for (const auto* key : {"decimals", "rounding"}) {
      if (table.has(key)) table.mistake(key, "means nothing without compare = \"rounded\"");
    }
    return;
  }
  table.require("decimals", "a whole number from 0 to 6, with compare = \"rounded\"");
  limit.decimals = decimals;
  if (table.has("limit") && round_to(limit.limit, decimals, limit.rounding) != limit.limit) {
    table.mistake("decimals", "the limit has more decimals than the values that are compared with it");
  }
}

void limit(TableReader& table, Standard& standard) {
  using R = v1::Result;
  Limit found;
  table.require("pollutant", "one of: opacity, ringelmann, k, co, hc, no, ringelmann_from_opacity, k_from_opacity");
  table.word("pollutant", found.pollutant,
             {{"opacity", R::opacity}, {"ringelmann", R::ringelmann}, {"k", R::k}, {"co", R::co}, {"hc", R::hc}, {"no", R::no},
              {"ringelmann_from_opacity", R::ringelmann_from_opacity}, {"k_from_opacity", R::k_from_opacity}});
  table.require("limit", "a number");
  table.number("limit", found.limit, 0, most_of(found.pollutant));
  table.require("role", "one of: judged, screened");
  table.word("role", found.role, {{"judged", R::judged}, {"screened", R::screened}});
  if (found.pollutant == R::ringelmann_from_opacity && found.role == R::judged && table.has("role")) {
    table.mistake("role", "a Ringelmann grade that is derived from opacity only screens: expected \"screened\"");
  }
  table.word("operator", found.exceeds,
             {{"greater", Exceeds::kGreater}, {"greater_equal", Exceeds::kGreaterOrEqual}});
  comparison(table, found);
  found.fuels = standard.applies_to;
  fuels(table, "fuels", found.fuels, &standard.applies_to);
  for (const auto& other : standard.limits) {
    const auto in_other = [&](Fuel fuel) { return contains(other.fuels, fuel); };
    const bool shared = std::ranges::any_of(found.fuels, in_other);
    // Two roles may have a limit each: a cut point to screen with, a higher one to judge by.
    if (shared && other.pollutant == found.pollutant && other.role == found.role) {
      table.mistake("pollutant", "this pollutant already has a limit in this role for one of these fuels");
    }
  }
  standard.limits.push_back(std::move(found));
}

void repetition(TableReader& table, Repetition& repetition) {
  table.integer("consecutive", repetition.consecutive, 1, 100);
  table.integer("months", repetition.months, 1, 120);
  Duration merge = repetition.merge_within;
  table.duration("merge_within", merge, std::chrono::seconds{0}, std::chrono::hours{1});
  repetition.merge_within = std::chrono::duration_cast<std::chrono::seconds>(merge);
  if (repetition.merge_within != merge) table.mistake("merge_within", "expected whole seconds");
}

void wxyy(TableReader& table, Standard& standard) {
  constexpr std::size_t kMostCharacters = 8;  // networking.md 3: a short code
  for (auto& [reason, code] : table.pairs()) {
    v1::Validity::Reason known{};
    const bool is_reason = v1::Validity::Reason_Parse(reason, &known) && known != v1::Validity::REASON_UNSPECIFIED;
    if (!is_reason && reason != "OTHER") {
      table.mistake(reason, "is not a reason of validity: expected one of the names in passage.proto, like WEAK_PLUME, or OTHER");
    } else if (code.empty() || code.size() > kMostCharacters) {
      table.mistake(reason, "expected a code of 1 to 8 characters");
    } else {
      standard.wxyy.emplace_back(reason, std::move(code));
    }
  }
}

void root(TableReader& table, Standard& standard) {
  must_be_text(table, "id", standard.id, "a short name like \"hj845-2017\"");
  const bool plain = standard.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
  if (!plain) table.mistake("id", "expected small letters, digits, '.' and '-' only");
  must_be_text(table, "title", standard.title, "the standard's title");
  must_be_text(table, "version", standard.version, "the version of this file");
  table.flag("example", standard.example);
  table.require("effective_from", "a date like \"2017-07-27\"");
  if (const auto from = date(table, "effective_from")) standard.effective_from = *from;
  standard.effective_until = date(table, "effective_until");
  if (standard.effective_until && *standard.effective_until < standard.effective_from) {
    table.mistake("effective_until", "expected a date not before effective_from");
  }
  applicability(table, standard);
  table.table("formulas", [&](TableReader& inner) { formulas(inner, standard); });
  // A file without validity would call everything valid: that must be said, not left out.
  table.require("validity", "a table: [validity]");
  table.table("validity", [&](TableReader& inner) { validity(inner, standard); });
  table.require("limit", "at least one [[limit]]");
  std::size_t limits = 0;
  table.tables("limit", [&](TableReader& item) { ++limits; limit(item, standard); });
  if (table.has("limit") && limits == 0) table.mistake("limit", "expected at least one [[limit]]");
  table.table("repetition", [&](TableReader& inner) { repetition(inner, standard.repetition.emplace()); });
  table.table("wxyy", [&](TableReader& inner) { wxyy(inner, standard); });
}

}  // namespace

Result<Standard> read_standard(const std::filesystem::path& file) {
  auto text = read_text_file(file);
  if (!text) return std::unexpected(text.error());
  return parse_standard(std::move(*text), file.string());
}

Result<Standard> parse_standard(std::string text, std::string name) {
  Standard standard;
  standard.text = std::move(text);
  standard.hash = sha256(as_bytes(standard.text));
  if (auto read = read_toml(standard.text, name, [&](TableReader& table) { root(table, standard); }); !read) {
    return std::unexpected(read.error());
  }
  return standard;
}

}  // namespace exhaust::settings
