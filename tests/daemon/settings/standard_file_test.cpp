#include "daemon/settings/standard_file.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "daemon/core/bytes.hpp"

namespace exhaust::settings {
namespace {

using namespace assessment;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::Pair;
using testing::UnorderedElementsAre;
using std::chrono::year;

const auto by_name = [](const auto& of) { return of.param.name; };

std::string shipped_file(const std::string& id) { return std::string(EXHAUST_SOURCE_DIR) + "/config/standards/" + id + ".toml"; }

/// The smallest standard there is; line 9 is the limit's value.
const std::string kSmall =
    "id = \"test-1\"\n"
    "title = \"Test\"\n"
    "version = \"1\"\n"
    "effective_from = \"2020-02-29\"\n"
    "applies_to = [\"diesel\", \"gasoline\"]\n"
    "[validity]\n"
    "[[limit]]\n"
    "pollutant = \"opacity\"\n"
    "limit = 30\n"
    "role = \"judged\"\n";

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// physics.md 5, FEAT.
void has_error(const ValidityRules::SlopeError& rule, double above, double absolute_max) {
  EXPECT_THAT(rule.share_max, Optional(0.2));
  EXPECT_EQ(rule.above, above);
  EXPECT_THAT(rule.absolute_max, Optional(absolute_max));
}
void has_feats_ranges(const ValidityRules& rules) {
  EXPECT_THAT(rules.co_percent.least, Optional(-1.0));
  EXPECT_THAT(rules.co_percent.most, Optional(21.0));
  EXPECT_THAT(rules.hc_ppm.least, Optional(-1000.0));
  EXPECT_THAT(rules.hc_ppm.most, Optional(40000.0));
  EXPECT_THAT(rules.no_ppm.least, Optional(-700.0));
  EXPECT_THAT(rules.no_ppm.most, Optional(7000.0));
}

TEST(ShippedStandards, DieselIsHj845) {
  const auto standard = read_standard(shipped_file("hj845-2017"));
  ASSERT_TRUE(standard) << standard.error().detail;
  EXPECT_EQ(standard->id, "hj845-2017");
  EXPECT_FALSE(standard->example);
  EXPECT_EQ(standard->effective_from, year{2017} / 7 / 27);
  EXPECT_EQ(standard->effective_until, std::nullopt);
  EXPECT_THAT(standard->applies_to, ElementsAre(Fuel::kDiesel));
  EXPECT_EQ(standard->vsp_form, VspForm::kKmH);
  EXPECT_FALSE(standard->missing_slope_is_flat);
  EXPECT_EQ(standard->combustion_form, CombustionForm::kFeat);
  EXPECT_EQ(standard->fuel_mass_form, FuelMassForm::kCarbon860);

  ASSERT_EQ(standard->limits.size(), 3u);  // standards.md 1.1
  const auto is = [&](std::size_t i, v1::Result::Pollutant pollutant, double limit, v1::Result::Role role) {
    const auto& found = standard->limits[i];
    return found.pollutant == pollutant && found.limit == limit && found.role == role && found.exceeds == Exceeds::kGreater;
  };
  EXPECT_TRUE(is(0, v1::Result::opacity, 30, v1::Result::judged));
  EXPECT_TRUE(is(1, v1::Result::ringelmann, 1, v1::Result::judged));
  EXPECT_TRUE(is(2, v1::Result::no, 1500, v1::Result::screened));

  const auto& rules = standard->validity;  // physics.md 5
  EXPECT_TRUE(rules.plume_required);
  EXPECT_THAT(rules.co2_excess_min_percent, Optional(0.25));
  EXPECT_THAT(rules.samples_min, Optional(5u));
  EXPECT_THAT(rules.co_r2_min, Optional(0.8));
  EXPECT_EQ(rules.co_r2_above_co_percent, 0.5);
  EXPECT_TRUE(rules.speed_required);
  EXPECT_THAT(rules.speed_min_km_h, Optional(5.0));
  EXPECT_THAT(rules.speed_max_km_h, Optional(120.0));
  EXPECT_TRUE(rules.acceleration_required);
  EXPECT_THAT(rules.acceleration_most_m_s2, Optional(3.0));
  EXPECT_FALSE(rules.weather_required);
  EXPECT_THAT(rules.wind_max_m_s, Optional(5.0));
  EXPECT_THAT(rules.humidity_max_percent, Optional(95.0));
  EXPECT_THAT(rules.temperature_min_c, Optional(-20.0));
  EXPECT_THAT(rules.temperature_max_c, Optional(45.0));
  EXPECT_THAT(rules.rain_max_mm_h, Optional(0.0));
  EXPECT_FALSE(rules.clock_required);
  EXPECT_FALSE(rules.smoke_required);
  EXPECT_TRUE(rules.plate_required);
  EXPECT_TRUE(rules.plate_plausible);
  EXPECT_FALSE(rules.co_error_percent.share_max || rules.co_error_percent.absolute_max);
  EXPECT_FALSE(rules.hc_error_ppm.share_max || rules.hc_error_ppm.absolute_max);
  has_error(rules.no_error_ppm, 1500, 300);
  has_feats_ranges(rules);
  EXPECT_THAT(rules.clear_min_s, Optional(0.5));
  EXPECT_THAT(rules.after_min_s, Optional(1.0));  // standards.md 1.3, DB12/T 590-2015
  EXPECT_THAT(rules.neighbour_before_s, Optional(1.0));
  EXPECT_EQ(rules.neighbour_co2_excess_percent, 0.25);
  EXPECT_TRUE(rules.qc_in_force);
  EXPECT_FALSE(rules.qc_required);
  EXPECT_TRUE(rules.device_state_required);
  EXPECT_TRUE(rules.plausible_data_required);
  EXPECT_FALSE(rules.clock_error_max_s || rules.plate_confidence_min);
  ASSERT_EQ(rules.windows.size(), 1u);
  EXPECT_THAT(rules.windows[0].acceleration_min_m_s2, Optional(0.0));
  EXPECT_EQ(rules.windows[0].vsp_min_kw_per_t, std::nullopt);

  ASSERT_TRUE(standard->repetition);  // standards.md 1.2
  EXPECT_EQ(standard->repetition->consecutive, 2u);
  EXPECT_EQ(standard->repetition->months, 6u);
  EXPECT_EQ(standard->repetition->merge_within, std::chrono::seconds{60});
}

struct ExampleCase {
  std::string id;
  std::vector<std::pair<std::string, double>> judged, screened;
};
class ShippedExample : public testing::TestWithParam<ExampleCase> {};

TEST_P(ShippedExample, HasTheCutPointsOfStandardsMd23AndIsNoLaw) {
  const auto& c = GetParam();
  const auto standard = read_standard(shipped_file(c.id));
  ASSERT_TRUE(standard) << standard.error().detail;
  EXPECT_EQ(standard->id, c.id);
  EXPECT_TRUE(standard->example);
  EXPECT_FALSE(standard->repetition);
  std::vector<std::pair<std::string, double>> judged, screened;
  for (const auto& limit : standard->limits) {
    EXPECT_EQ(limit.exceeds, Exceeds::kGreater);
    (limit.role == v1::Result::judged ? judged : screened).emplace_back(v1::Result::Pollutant_Name(limit.pollutant), limit.limit);
  }
  EXPECT_EQ(judged, c.judged);
  EXPECT_EQ(screened, c.screened);
}

INSTANTIATE_TEST_SUITE_P(StandardsMd23, ShippedExample, testing::ValuesIn(std::vector<ExampleCase>{
    {"example-gasoline-beijing-2020", {{"co", 2.5}, {"hc", 1200}, {"no", 1500}}, {}},
    {"example-gasoline-wayeal", {{"co", 3}, {"hc", 600}, {"no", 2000}}, {{"opacity", 30}, {"ringelmann", 1}}},
    {"example-gasoline-mq007", {{"co", 2}, {"hc", 600}, {"no", 5000}, {"k", 2.87}}, {}},
    {"example-screening-sfe", {}, {{"co", 4}, {"hc", 2500}, {"no", 3000}, {"opacity", 30}}},
}), [](const auto& of) { return of.param.id.substr(8, 4) + of.param.id.substr(of.param.id.rfind('-') + 1); });

TEST(ShippedStandards, AreAllRightAndNamedAfterTheirIds) {
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(shipped_file("x")).parent_path())) {
    const auto standard = read_standard(file.path());
    ASSERT_TRUE(standard) << standard.error().detail;
    EXPECT_EQ(standard->id, file.path().stem());
    EXPECT_EQ(standard->example, standard->id != "hj845-2017");
  }
}

/// The keys that the code asks for are those that stand in the template, commented or not. Those
/// of a gas are composed of its name.
TEST(ShippedStandards, TheTemplateShowsEveryKeyOfAStandard) {
  const auto text = read_standard(shipped_file("template")).value().text;
  std::ifstream code(std::string(EXHAUST_SOURCE_DIR) + "/daemon/settings/standard_file.cpp");
  const std::string source{std::istreambuf_iterator<char>(code), {}};
  const std::regex asked(R"((?:table\.\w+\(|\b(?!gas_rules)\w+\(table, )\"(\w+)\")");
  std::set<std::string> keys;
  for (std::sregex_iterator at(source.begin(), source.end(), asked), end; at != end; ++at) keys.insert((*at)[1].str());
  for (const auto& key : keys) {
    const bool shown = std::ranges::any_of(std::vector{"\n" + key + " = ", "\n# " + key + " = ", "[" + key + "]\n", "." + key + "]]\n"},
                                           [&](const auto& form) { return text.find(form) != std::string::npos; });
    EXPECT_TRUE(shown) << key;
  }
  EXPECT_GT(keys.size(), 40u);
}

TEST(ShippedStandards, GasolineExampleIsMarkedAsNoLaw) {
  const auto standard = read_standard(shipped_file("example-gasoline-beijing-2020"));
  ASSERT_TRUE(standard) << standard.error().detail;
  EXPECT_TRUE(standard->example);
  EXPECT_THAT(standard->applies_to, ElementsAre(Fuel::kGasoline));
  std::vector<double> limits;  // standards.md 2.3, BL record: CO %, HC, NO ppm
  for (const auto& limit : standard->limits) {
    EXPECT_EQ(limit.role, v1::Result::judged);
    limits.push_back(limit.limit);
  }
  EXPECT_THAT(limits, ElementsAre(2.5, 1200, 1500));
  has_error(standard->validity.co_error_percent, 1, 0.2);
  has_error(standard->validity.hc_error_ppm, 2500, 500);
  has_error(standard->validity.no_error_ppm, 1500, 300);
  has_feats_ranges(standard->validity);
  ASSERT_EQ(standard->validity.windows.size(), 1u);
  EXPECT_THAT(standard->validity.windows[0].vsp_min_kw_per_t, Optional(0.0));
  EXPECT_THAT(standard->validity.windows[0].vsp_max_kw_per_t, Optional(14.0));
}

TEST(StandardFile, ReadsWhomItIsForAndWhatItDetermines) {
  const auto text = changed(kSmall, "[validity]\n", "plate_colors = [\"yellow\", \"unknown\"]\nplate_classes = [\"ordinary\"]\ncategories = [\"N3\"]\n"
                            "[formulas]\nslopes = \"points\"\nno_humidity = \"kh\"\n[validity]\n") +
                    "compare = \"rounded\"\ndecimals = 1\nrounding = \"half_up\"\n"
                    "[[limit]]\npollutant = \"k_from_opacity\"\nlimit = 2.5\nrole = \"judged\"\ncompare = \"rounded\"\ndecimals = 2\n"
                    "[[limit]]\npollutant = \"ringelmann_from_opacity\"\nlimit = 1\nrole = \"screened\"\n"
                    "[repetition]\nconsecutive = 3\nmonths = 12\nmerge_within = \"2min\"\n[wxyy]\nWEAK_PLUME = \"3\"\nWIND = 4\nOTHER = \"99\"\n";
  const auto standard = parse_standard(text, "s");
  ASSERT_TRUE(standard) << standard.error().detail;
  EXPECT_THAT(standard->plate_colors, ElementsAre("yellow", "unknown"));
  EXPECT_THAT(standard->plate_classes, ElementsAre("ordinary"));
  EXPECT_THAT(standard->categories, ElementsAre("N3"));
  EXPECT_TRUE(standard->slopes_from_points);
  EXPECT_TRUE(standard->correct_no_for_humidity);
  ASSERT_EQ(standard->limits.size(), 3u);
  EXPECT_THAT(standard->limits[0].decimals, Optional(1));
  EXPECT_EQ(standard->limits[0].rounding, Rounding::kHalfUp);
  EXPECT_EQ(standard->limits[1].pollutant, v1::Result::k_from_opacity);
  EXPECT_THAT(standard->limits[1].decimals, Optional(2));
  EXPECT_EQ(standard->limits[1].rounding, Rounding::kGb8170);
  EXPECT_EQ(standard->limits[2].pollutant, v1::Result::ringelmann_from_opacity);
  EXPECT_EQ(standard->limits[2].decimals, std::nullopt);
  ASSERT_TRUE(standard->repetition);
  EXPECT_EQ(standard->repetition->consecutive, 3u);
  EXPECT_EQ(standard->repetition->months, 12u);
  EXPECT_EQ(standard->repetition->merge_within, std::chrono::seconds{120});
  EXPECT_THAT(standard->wxyy, UnorderedElementsAre(Pair("WEAK_PLUME", "3"), Pair("WIND", "4"), Pair("OTHER", "99")));
}

TEST(StandardFile, WithoutThemItIsForAnyVehicleAndDeterminesNothing) {
  const auto standard = parse_standard(kSmall, "s").value();
  EXPECT_TRUE(standard.plate_colors.empty() && standard.plate_classes.empty() && standard.categories.empty() && standard.wxyy.empty());
  EXPECT_FALSE(standard.repetition);
  EXPECT_FALSE(standard.slopes_from_points || standard.correct_no_for_humidity);
  EXPECT_EQ(standard.limits[0].decimals, std::nullopt);
  const auto usual = parse_standard(kSmall + "[repetition]\n", "s").value();
  ASSERT_TRUE(usual.repetition);
  EXPECT_EQ(usual.repetition->consecutive, 2u);
  EXPECT_EQ(usual.repetition->months, 6u);
  EXPECT_EQ(usual.repetition->merge_within, std::chrono::seconds{60});
}

TEST(StandardFile, KeepsItsTextAndTheHashOfItsBytes) {
  const auto standard = parse_standard(kSmall, "small.toml");
  ASSERT_TRUE(standard) << standard.error().detail;
  EXPECT_EQ(standard->text, kSmall);
  EXPECT_EQ(standard->hash, sha256(as_bytes(kSmall)));
  EXPECT_NE(parse_standard(kSmall + " ", "small.toml")->hash, standard->hash);
}

TEST(StandardFile, RulesThatAreLeftOutAreOff) {
  const auto standard = parse_standard(kSmall, "small.toml").value();
  const auto& rules = standard.validity;
  EXPECT_FALSE(rules.plume_required || rules.smoke_required || rules.speed_required || rules.acceleration_required ||
               rules.weather_required || rules.clock_required || rules.plate_required || rules.plate_plausible);
  EXPECT_FALSE(rules.co2_excess_min_percent || rules.samples_min || rules.co_r2_min || rules.speed_min_km_h ||
               rules.speed_max_km_h || rules.acceleration_most_m_s2 || rules.wind_max_m_s || rules.humidity_max_percent ||
               rules.temperature_min_c || rules.temperature_max_c || rules.rain_max_mm_h);
  EXPECT_FALSE(rules.qc_in_force || rules.qc_required || rules.device_state_required || rules.plausible_data_required);
  EXPECT_FALSE(rules.clear_min_s || rules.after_min_s || rules.neighbour_before_s || rules.clock_error_max_s || rules.plate_confidence_min);
  for (const auto* error : {&rules.co_error_percent, &rules.hc_error_ppm, &rules.no_error_ppm}) {
    EXPECT_FALSE(error->share_max || error->absolute_max);
  }
  for (const auto* range : {&rules.co_percent, &rules.hc_ppm, &rules.no_ppm}) EXPECT_FALSE(range->least || range->most);
  EXPECT_TRUE(rules.windows.empty());
}

TEST(StandardFile, EveryRuleOfValidityIsReadFromItsKey) {
  const auto with = [](const std::string& line) {
    return parse_standard(changed(kSmall, "[validity]\n", "[validity]\n" + line + "\n"), "s").value().validity;
  };
  EXPECT_EQ(with("co_error_share_max = 0.1\nco_error_above_percent = 2").co_error_percent.above, 2);
  EXPECT_THAT(with("co_error_share_max = 0.1").co_error_percent.share_max, Optional(0.1));
  EXPECT_THAT(with("co_error_max_percent = 3").co_error_percent.absolute_max, Optional(3.0));
  EXPECT_THAT(with("hc_error_share_max = 0.1").hc_error_ppm.share_max, Optional(0.1));
  EXPECT_EQ(with("hc_error_share_max = 0.1\nhc_error_above_ppm = 2").hc_error_ppm.above, 2);
  EXPECT_THAT(with("hc_error_max_ppm = 3").hc_error_ppm.absolute_max, Optional(3.0));
  EXPECT_THAT(with("no_error_share_max = 0.1").no_error_ppm.share_max, Optional(0.1));
  EXPECT_EQ(with("no_error_share_max = 0.1\nno_error_above_ppm = 2").no_error_ppm.above, 2);
  EXPECT_THAT(with("no_error_max_ppm = 3").no_error_ppm.absolute_max, Optional(3.0));
  EXPECT_THAT(with("co_min_percent = -2").co_percent.least, Optional(-2.0));
  EXPECT_THAT(with("co_max_percent = 2").co_percent.most, Optional(2.0));
  EXPECT_THAT(with("hc_min_ppm = -2").hc_ppm.least, Optional(-2.0));
  EXPECT_THAT(with("hc_max_ppm = 2").hc_ppm.most, Optional(2.0));
  EXPECT_THAT(with("no_min_ppm = -2").no_ppm.least, Optional(-2.0));
  EXPECT_THAT(with("no_max_ppm = 2").no_ppm.most, Optional(2.0));
  EXPECT_THAT(with("clear_min_s = 2").clear_min_s, Optional(2.0));
  EXPECT_THAT(with("after_min_s = 2").after_min_s, Optional(2.0));
  EXPECT_THAT(with("neighbour_before_s = 2").neighbour_before_s, Optional(2.0));
  EXPECT_EQ(with("neighbour_before_s = 2\nneighbour_co2_excess_percent = 3").neighbour_co2_excess_percent, 3);
  EXPECT_TRUE(with("qc_in_force = true").qc_in_force);
  EXPECT_TRUE(with("qc_required = true").qc_required);
  EXPECT_TRUE(with("device_state_required = true").device_state_required);
  EXPECT_TRUE(with("plausible_data_required = true").plausible_data_required);
  EXPECT_THAT(with("clock_error_max_s = 2").clock_error_max_s, Optional(2.0));
  EXPECT_THAT(with("plate_confidence_min = 2").plate_confidence_min, Optional(2.0));
}

TEST(StandardFile, ALimitAppliesToAllFuelsOfTheStandardUnlessItNamesSome) {
  EXPECT_THAT(parse_standard(kSmall, "s").value().limits[0].fuels, ElementsAre(Fuel::kDiesel, Fuel::kGasoline));
  EXPECT_THAT(parse_standard(kSmall + "fuels = [\"gasoline\"]\n", "s").value().limits[0].fuels, ElementsAre(Fuel::kGasoline));
}

TEST(StandardFile, ReadsEveryForm) {
  const auto text = changed(kSmall, "[validity]\n",
                            "effective_until = \"2021-01-31\"\nexample = true\n[formulas]\nvsp = \"us\"\nmissing_slope = \"flat\"\n"
                            "combustion = \"reduced\"\ngrams_per_kg = \"ch2\"\n[validity]\nsamples_min = 7\n") +
                    "operator = \"greater_equal\"\n";
  const auto standard = parse_standard(text, "s");
  ASSERT_TRUE(standard) << standard.error().detail;
  EXPECT_THAT(standard->effective_until, Optional(year{2021} / 1 / 31));
  EXPECT_TRUE(standard->example);
  EXPECT_EQ(standard->vsp_form, VspForm::kUs);
  EXPECT_TRUE(standard->missing_slope_is_flat);
  EXPECT_EQ(standard->combustion_form, CombustionForm::kReduced);
  EXPECT_EQ(standard->fuel_mass_form, FuelMassForm::kCh2);
  EXPECT_THAT(standard->validity.samples_min, Optional(7u));
  EXPECT_EQ(standard->limits[0].exceeds, Exceeds::kGreaterOrEqual);
}

struct WrongCase {
  std::string name, from, to;
  std::string mistake;  ///< with file and line
};
class WrongStandard : public testing::TestWithParam<WrongCase> {};

TEST_P(WrongStandard, IsRefusedWithFileLineKeyAndReason) {
  const auto& c = GetParam();
  const auto standard = parse_standard(changed(kSmall, c.from, c.to), "f.toml");
  ASSERT_FALSE(standard);
  EXPECT_EQ(standard.error().kind, ErrorKind::kSettings);
  EXPECT_THAT(standard.error().detail, HasSubstr(c.mistake));
}

const std::string kAfterValidity = "[validity]\n";
INSTANTIATE_TEST_SUITE_P(All, WrongStandard, testing::ValuesIn(std::vector<WrongCase>{
    {"GasRangeReversed", "[validity]\n", "[validity]\nno_min_ppm = 5\nno_max_ppm = 4\n", "validity.no_max_ppm: expected a number not below no_min_ppm"},
    {"ErrorThresholdAlone", "[validity]\n", "[validity]\nco_error_above_percent = 1\n", "validity.co_error_above_percent: says nothing without co_error_share_max"},
    {"NeighbourPlumeAlone", "[validity]\n", "[validity]\nneighbour_co2_excess_percent = 1\n", "says nothing without neighbour_before_s"},
    {"ShareOfAHundred", "[validity]\n", "[validity]\nhc_error_share_max = 20\n", "validity.hc_error_share_max: expected"},
    {"NotToml", "id = ", "id ", "f.toml:1: TOML: "},
    {"UnknownKey", "title", "titel", "f.toml:2: titel: is not a known key; did you mean 'title'?"},
    {"MissingKey", "title = \"Test\"\n", "", "title: is missing"},
    {"EmptyTitle", "\"Test\"", "\"\"", "f.toml:2: title: expected"},
    {"IdWithCapitals", "test-1", "Test 1", "f.toml:1: id: expected small letters"},
    {"VersionNumber", "version = \"1\"", "version = 1", "f.toml:3: version: expected a text in quotes"},
    {"NoSuchDay", "2020-02-29", "2021-02-29", "f.toml:4: effective_from: '2021-02-29' is not a date"},
    {"DateWithOffset", "2020-02-29", "2020-02-29T00:00:00Z", "is not a date"},
    {"EndsBeforeItBegins", "applies_to", "effective_until = \"2019-01-01\"\napplies_to", "f.toml:5: effective_until: expected a date not before"},
    {"NoFuel", "[\"diesel\", \"gasoline\"]", "[]", "f.toml:5: applies_to: expected at least one fuel"},
    {"StrangeFuel", "\"diesel\"", "\"coal\"", "f.toml:5: applies_to: 'coal' is not one of: gasoline, diesel"},
    {"ElectricIsNeverJudged", "\"diesel\"", "\"electric\"", "f.toml:5: applies_to: 'electric' cannot stand here"},
    {"FuelTwice", "\"diesel\"", "\"gasoline\"", "'gasoline' stands here twice"},
    {"NoValidity", "[validity]\n", "", "validity: is missing"},
    {"UnknownRule", kAfterValidity, "[validity]\nsped_min_km_h = 5\n", "f.toml:7: validity.sped_min_km_h: is not a known key; did you mean 'speed_min_km_h'?"},
    {"RuleOfWrongType", kAfterValidity, "[validity]\nplume_required = 1\n", "f.toml:7: validity.plume_required: expected true or false"},
    {"NegativeSpeed", kAfterValidity, "[validity]\nspeed_min_km_h = -5\n", "f.toml:7: validity.speed_min_km_h: expected a number from 0 to 400"},
    {"NotANumber", kAfterValidity, "[validity]\nwind_max_m_s = nan\n", "f.toml:7: validity.wind_max_m_s: expected a number"},
    {"HalfASample", kAfterValidity, "[validity]\nsamples_min = 2.5\n", "f.toml:7: validity.samples_min: expected a whole number"},
    {"ReversedSpeed", kAfterValidity, "[validity]\nspeed_min_km_h = 50\nspeed_max_km_h = 40\n", "f.toml:8: validity.speed_max_km_h: expected a number not below speed_min_km_h"},
    {"ReversedTemperature", kAfterValidity, "[validity]\ntemperature_min_c = 5\ntemperature_max_c = 4\n", "validity.temperature_max_c: expected a number not below"},
    {"WindowWithoutFuel", kAfterValidity, "[validity]\n[[validity.window]]\nvsp_min_kw_per_t = 0\n", "validity.window.fuels: is missing"},
    {"WindowOfAnotherFuel", kAfterValidity, "[validity]\n[[validity.window]]\nfuels = [\"nev\"]\n", "f.toml:8: validity.window.fuels: 'nev' is not among the fuels"},
    {"ReversedWindow", kAfterValidity, "[validity]\n[[validity.window]]\nfuels = [\"diesel\"]\nvsp_min_kw_per_t = 14\nvsp_max_kw_per_t = 0\n",
     "f.toml:10: validity.window.vsp_max_kw_per_t: expected a number not below vsp_min_kw_per_t"},
    {"TwoWindows", kAfterValidity, "[validity]\n[[validity.window]]\nfuels = [\"diesel\"]\n[[validity.window]]\nfuels = [\"diesel\"]\n",
     "f.toml:10: validity.window.fuels: 'diesel' has a window already"},
    {"StrangeForm", kAfterValidity, "[formulas]\nvsp = \"feet\"\n[validity]\n", "f.toml:7: formulas.vsp: 'feet' is not one of: km_h, si, us, epa_rsd, jimenez, transit_bus"},
    {"NoLimits", "[[limit]]\npollutant = \"opacity\"\nlimit = 30\nrole = \"judged\"\n", "", "limit: is missing: expected at least one [[limit]]"},
    {"LimitIsNoTable", "[[limit]]\npollutant = \"opacity\"\nlimit = 30\nrole = \"judged\"\n", "[x]\n", "x: is not a known key"},
    {"StrangePollutant", "\"opacity\"", "\"so2\"", "f.toml:8: limit.pollutant: 'so2' is not one of: opacity, ringelmann, k, co, hc, no"},
    {"StrangeRole", "\"judged\"", "\"decided\"", "f.toml:10: limit.role: 'decided' is not one of: judged, screened"},
    {"StrangeOperator", "role = \"judged\"", "role = \"judged\"\noperator = \">\"", "f.toml:11: limit.operator: '>' is not one of: greater, greater_equal"},
    {"LimitMissing", "limit = 30\n", "", "limit.limit: is missing"},
    {"RoleMissing", "role = \"judged\"\n", "", "limit.role: is missing"},
    {"ImpossibleOpacity", "limit = 30", "limit = 130", "f.toml:9: limit.limit: expected a number from 0 to 100"},
    {"ImpossibleRingelmann", "\"opacity\"\nlimit = 30", "\"ringelmann\"\nlimit = 6", "f.toml:9: limit.limit: expected a number from 0 to 5"},
    {"LimitAsText", "limit = 30", "limit = \"30\"", "f.toml:9: limit.limit: expected a number"},
    {"SameLimitTwice", "role = \"judged\"\n", "role = \"judged\"\n[[limit]]\npollutant = \"opacity\"\nlimit = 20\nrole = \"judged\"\n",
     "f.toml:12: limit.pollutant: this pollutant already has a limit in this role"},
    {"ColourOfNoPlate", kAfterValidity, "plate_colors = [\"pink\"]\n[validity]\n", "f.toml:6: plate_colors: 'pink' is not one of: unknown, blue, yellow"},
    {"NoColour", kAfterValidity, "plate_colors = []\n[validity]\n", "f.toml:6: plate_colors: expected at least one, or no such key for any"},
    {"ClassOfNoPlate", kAfterValidity, "plate_classes = [\"truck\"]\n[validity]\n", "f.toml:6: plate_classes: 'truck' is not one of: none, garbled, ordinary"},
    {"CategoryTwice", kAfterValidity, "categories = [\"N3\", \"N3\"]\n[validity]\n", "f.toml:6: categories: 'N3' stands here twice"},
    {"CategoryInSmallLetters", kAfterValidity, "categories = [\"n3\"]\n[validity]\n", "f.toml:6: categories: 'n3' is not one of: M1, M2, M3, N1, N2, N3"},
    {"StrangeSlopes", kAfterValidity, "[formulas]\nslopes = \"camera\"\n[validity]\n", "f.toml:7: formulas.slopes: 'camera' is not one of: unit, points"},
    {"StrangeHumidity", kAfterValidity, "[formulas]\nno_humidity = \"on\"\n[validity]\n", "f.toml:7: formulas.no_humidity: 'on' is not one of: off, kh"},
    {"DerivedRingelmannJudged", "\"opacity\"\nlimit = 30", "\"ringelmann_from_opacity\"\nlimit = 1", "f.toml:10: limit.role: a Ringelmann grade that is derived from opacity only screens"},
    {"DerivedRingelmannImpossible", "\"opacity\"\nlimit = 30", "\"ringelmann_from_opacity\"\nlimit = 6", "f.toml:9: limit.limit: expected a number from 0 to 5"},
    {"DerivedKImpossible", "\"opacity\"\nlimit = 30", "\"k_from_opacity\"\nlimit = 17", "f.toml:9: limit.limit: expected a number from 0 to 16"},
    {"StrangeComparison", "role = \"judged\"", "role = \"judged\"\ncompare = \"cut\"", "f.toml:11: limit.compare: 'cut' is not one of: full, rounded"},
    {"RoundedToWhat", "role = \"judged\"", "role = \"judged\"\ncompare = \"rounded\"", "limit.decimals: is missing: expected a whole number from 0 to 6"},
    {"DecimalsInFull", "role = \"judged\"", "role = \"judged\"\ndecimals = 1", "f.toml:11: limit.decimals: means nothing without compare = \"rounded\""},
    {"RoundingInFull", "role = \"judged\"", "role = \"judged\"\ncompare = \"full\"\nrounding = \"gb8170\"", "f.toml:12: limit.rounding: means nothing without"},
    {"StrangeRounding", "role = \"judged\"", "role = \"judged\"\ncompare = \"rounded\"\ndecimals = 1\nrounding = \"down\"", "f.toml:13: limit.rounding: 'down' is not one of: gb8170, half_up"},
    {"TooManyDecimals", "role = \"judged\"", "role = \"judged\"\ncompare = \"rounded\"\ndecimals = 7", "f.toml:12: limit.decimals: expected a whole number from 0 to 6"},
    {"FinerLimitThanItsValues", "limit = 30\nrole = \"judged\"", "limit = 30.05\nrole = \"judged\"\ncompare = \"rounded\"\ndecimals = 1", "f.toml:12: limit.decimals: the limit has more decimals"},
    {"RepetitionOfNone", "[validity]\n", "[repetition]\nconsecutive = 0\n[validity]\n", "f.toml:7: repetition.consecutive: expected a whole number from 1 to 100"},
    {"RepetitionForEver", "[validity]\n", "[repetition]\nmonths = 121\n[validity]\n", "f.toml:7: repetition.months: expected a whole number from 1 to 120"},
    {"MergeADay", "[validity]\n", "[repetition]\nmerge_within = \"1d\"\n[validity]\n", "f.toml:7: repetition.merge_within: expected a duration from"},
    {"MergeHalfASecond", "[validity]\n", "[repetition]\nmerge_within = \"500ms\"\n[validity]\n", "f.toml:7: repetition.merge_within: expected whole seconds"},
    {"ReasonThatIsNone", "[validity]\n", "[wxyy]\nWEAK_PLUM = \"1\"\n[validity]\n", "f.toml:7: wxyy.WEAK_PLUM: is not a reason of validity"},
    {"ReasonUnspecified", "[validity]\n", "[wxyy]\nREASON_UNSPECIFIED = \"1\"\n[validity]\n", "f.toml:7: wxyy.REASON_UNSPECIFIED: is not a reason of validity"},
    {"CodeTooLong", "[validity]\n", "[wxyy]\nWIND = \"123456789\"\n[validity]\n", "f.toml:7: wxyy.WIND: expected a code of 1 to 8 characters"},
    {"LimitOfAnotherFuel", "role = \"judged\"\n", "role = \"judged\"\nfuels = [\"nev\"]\n", "f.toml:11: limit.fuels: 'nev' is not among the fuels"},
}), by_name);

TEST(StandardFile, AllMistakesAreReportedTogether) {
  auto text = changed(kSmall, "limit = 30", "limit = -1");
  text = changed(text, "title", "titel");
  text = changed(text, "[validity]\n", "[validity]\nwind_max_m_s = \"5\"\n");
  const auto standard = parse_standard(text, "f.toml");
  ASSERT_FALSE(standard);
  EXPECT_EQ(std::ranges::count(standard.error().detail, '\n'), 3) << standard.error().detail;  // titel is also a missing title
  EXPECT_THAT(standard.error().detail, HasSubstr("f.toml:2: titel"));
  EXPECT_THAT(standard.error().detail, HasSubstr("f.toml:7: validity.wind_max_m_s"));
  EXPECT_THAT(standard.error().detail, HasSubstr("f.toml:10: limit.limit"));
}

TEST(StandardFile, OnePollutantMayBeJudgedAndScreened) {
  const auto standard = parse_standard(kSmall + "[[limit]]\npollutant = \"opacity\"\nlimit = 20\nrole = \"screened\"\n", "s");
  ASSERT_TRUE(standard) << standard.error().detail;
  EXPECT_EQ(standard->limits.size(), 2u);
}

TEST(StandardFile, AFileThatIsNotThereIsASettingsMistake) {
  const auto standard = read_standard("/nowhere/standard.toml");
  ASSERT_FALSE(standard);
  EXPECT_EQ(standard.error().kind, ErrorKind::kSettings);
  EXPECT_THAT(standard.error().detail, HasSubstr("/nowhere/standard.toml"));
}

}  // namespace
}  // namespace exhaust::settings
