#include "daemon/assessment/standard_set.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <limits>

#include "daemon/assessment/applicability.hpp"
#include "daemon/assessment/assess.hpp"
#include "daemon/core/bytes.hpp"
#include "daemon/core/time.hpp"
#include "tests/daemon/assessment/passages.hpp"

namespace exhaust::assessment {
namespace {

using std::chrono::year;
using std::chrono::year_month_day;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

const auto by_name = [](const auto& of) { return of.param.name; };

Standard named(const std::string& id, Fuels fuels, year_month_day from = year{2020} / 1 / 1,
               std::optional<year_month_day> until = std::nullopt) {
  Standard standard;
  standard.id = id;
  standard.applies_to = fuels;
  standard.effective_from = from;
  standard.effective_until = until;
  auto& limit = standard.limits.emplace_back();
  limit.pollutant = v1::Result::opacity;
  limit.limit = 30;
  limit.fuels = fuels;
  standard.text = id;
  standard.hash = sha256(as_bytes(id));
  return standard;
}

v1::Passage at(const std::string& fuel, const std::string& time) {
  auto passage = clean(fuel);
  const auto wall = from_rfc3339(time).value();
  passage.mutable_detected_at()->set_seconds(std::chrono::floor<std::chrono::seconds>(wall).time_since_epoch().count());
  return passage;
}

// ---- the day

struct DayCase {
  std::string name, time;
  bool expected;  ///< under a standard from 2020-10-28 until 2021-01-31
};
class InForce : public testing::TestWithParam<DayCase> {};

TEST_P(InForce, CountsChinaDaysWithBothEndsInside) {
  const auto standard = named("s", {Fuel::kDiesel}, year{2020} / 10 / 28, year{2021} / 1 / 31);
  EXPECT_EQ(in_force(standard, day_of(at("diesel", GetParam().time))), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(At, InForce, testing::ValuesIn(std::vector<DayCase>{
    {"LastSecondBefore", "2020-10-27T23:59:59+08:00", false},
    {"FirstSecond", "2020-10-28T00:00:00+08:00", true},
    {"FirstSecondInUtc", "2020-10-27T16:00:00Z", true},
    {"BetweenThem", "2020-12-01T12:00:00+08:00", true},
    {"LastSecond", "2021-01-31T23:59:59+08:00", true},
    {"FirstSecondAfter", "2021-02-01T00:00:00+08:00", false},
    {"AfterInChinaNotInUtc", "2021-01-31T16:00:00Z", false},
}), by_name);

TEST(DayOf, IsUnknownWithoutATimeOrWithOneOfNoCalendar) {
  v1::Passage passage;
  EXPECT_EQ(day_of(passage), std::nullopt);
  EXPECT_TRUE(in_force(named("s", {Fuel::kDiesel}), std::nullopt));
  for (const auto seconds : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    passage.mutable_detected_at()->set_seconds(seconds);
    EXPECT_EQ(day_of(passage), std::nullopt);
  }
}

// ---- the vehicle

struct VehicleCase {
  std::string name;
  std::function<void(Standard&)> rule;
  std::function<void(v1::Passage&)> vehicle;
  std::optional<std::string> expected;
};
class NotFor : public testing::TestWithParam<VehicleCase> {};

TEST_P(NotFor, NamesWhatDoesNotFit) {
  auto standard = named("s", {Fuel::kDiesel});
  GetParam().rule(standard);
  auto passage = clean("diesel");  // a yellow, ordinary plate
  GetParam().vehicle(passage);
  const auto found = not_for(standard, passage);
  EXPECT_EQ(found ? std::optional(std::string(*found)) : std::nullopt, GetParam().expected);
  const auto a = assess(passage, standard);
  EXPECT_EQ(a.not_judged_reason(), GetParam().expected ? "standard_does_not_apply" : "");
  EXPECT_EQ(a.results_size(), GetParam().expected ? 0 : 1);
}

using S = Standard;
using P = v1::Passage;
INSTANTIATE_TEST_SUITE_P(By, NotFor, testing::ValuesIn(std::vector<VehicleCase>{
    {"Nothing", [](S&) {}, [](P&) {}, {}},
    {"Fuel", [](S&) {}, [](P& p) { p.mutable_vehicle()->set_fuel("gasoline"); }, "fuel"},
    {"ColourAmong", [](S& s) { s.plate_colors = {"blue", "yellow"}; }, [](P&) {}, {}},
    {"ColourNotAmong", [](S& s) { s.plate_colors = {"blue"}; }, [](P&) {}, "plate colour"},
    {"ColourUnknown", [](S& s) { s.plate_colors = {"blue"}; }, [](P& p) { p.mutable_plate()->clear_color(); }, "plate colour"},
    {"ColourUnknownAllowed", [](S& s) { s.plate_colors = {"unknown"}; }, [](P& p) { p.mutable_plate()->clear_color(); }, {}},
    {"ClassAmong", [](S& s) { s.plate_classes = {"ordinary"}; }, [](P&) {}, {}},
    {"ClassNotAmong", [](S& s) { s.plate_classes = {"ordinary"}; }, [](P& p) { p.mutable_plate()->set_class_("learner"); }, "plate class"},
    {"ClassNotSaid", [](S& s) { s.plate_classes = {"unknown"}; }, [](P& p) { p.mutable_plate()->clear_class_(); }, {}},
    {"NoPlate", [](S& s) { s.plate_classes = {"none"}; }, [](P& p) { p.clear_plate(); }, {}},
    {"CategoryAmong", [](S& s) { s.categories = {"N2", "N3"}; }, [](P& p) { p.mutable_vehicle()->set_category("N3"); }, {}},
    {"CategoryNotAmong", [](S& s) { s.categories = {"N2", "N3"}; }, [](P& p) { p.mutable_vehicle()->set_category("M1"); }, "vehicle category"},
    {"CategoryNotKnownIsAny", [](S& s) { s.categories = {"N2", "N3"}; }, [](P&) {}, {}},
}), by_name);

// ---- the choice

const year_month_day kOldEnds = year{2021} / 6 / 30, kNewBegins = year{2021} / 7 / 1;

StandardSet four() {
  return StandardSet({named("old-diesel", {Fuel::kDiesel}, year{2020} / 1 / 1, kOldEnds), named("new-diesel", {Fuel::kDiesel}, kNewBegins),
                      named("gasoline", {Fuel::kGasoline}, year{2021} / 1 / 1), named("late", {Fuel::kDiesel, Fuel::kGasoline}, year{2021} / 1 / 1)});
}

struct ChoiceCase {
  std::string name, fuel, time, expected, reason;
};
class Choice : public testing::TestWithParam<ChoiceCase> {};

TEST_P(Choice, IsTheFirstInForceThatApplies) {
  const auto& c = GetParam();
  const auto a = assess(at(c.fuel, c.time), four());
  EXPECT_EQ(a.standard(), c.expected);
  EXPECT_EQ(a.not_judged_reason(), c.reason);
  EXPECT_EQ(a.standard_hash(), as_text(sha256(as_bytes(c.expected))));
}

INSTANTIATE_TEST_SUITE_P(Of, Choice, testing::ValuesIn(std::vector<ChoiceCase>{
    {"OldDiesel", "diesel", "2021-06-30T23:59:59+08:00", "old-diesel", ""},
    {"NewDiesel", "diesel", "2021-07-01T00:00:00+08:00", "new-diesel", ""},
    {"Gasoline", "gasoline", "2021-07-01T00:00:00+08:00", "gasoline", ""},
    {"GasolineTooEarly", "gasoline", "2020-07-01T00:00:00+08:00", "old-diesel", "standard_does_not_apply"},
    {"OtherFuel", "other", "2021-07-01T00:00:00+08:00", "new-diesel", "standard_does_not_apply"},
    {"NobodyInForce", "diesel", "2019-12-31T23:59:59+08:00", "old-diesel", "no_standard_in_force"},
    {"ElectricInAnyCase", "electric", "2019-12-31T23:59:59+08:00", "old-diesel", "electric"},
}), by_name);

TEST(StandardSet, RulesThatAreNotInForceMakeNothingInvalid) {
  auto passage = at("diesel", "2019-01-01T00:00:00+08:00");
  passage.mutable_weather()->set_wind_speed_m_s(12);
  passage.mutable_smoke()->set_opacity_percent(80);
  const auto a = assess(passage, diesel_standard());  // in force on that day
  EXPECT_EQ(a.verdict(), v1::INVALID);
  passage.mutable_detected_at()->set_seconds(0);
  const auto early = assess(passage, diesel_standard());
  EXPECT_EQ(early.verdict(), v1::NOT_JUDGED);
  EXPECT_EQ(early.not_judged_reason(), "no_standard_in_force");
  EXPECT_THAT(early.results(), IsEmpty());
  EXPECT_FALSE(early.flagged());
  EXPECT_FALSE(early.validity().valid());
}

TEST(StandardSet, OfAnyDayHasNoDates) {
  const auto set = StandardSet::of_any_day({named("future", {Fuel::kDiesel}, year{2090} / 1 / 1, year{2090} / 1 / 2)});
  EXPECT_EQ(assess(at("diesel", "2021-01-01T00:00:00Z"), set).verdict(), v1::PASS);
  EXPECT_EQ(assess(at("diesel", "2021-01-01T00:00:00Z"), set).standard_hash(), as_text(sha256(as_bytes("future"))));
}

TEST(StandardSet, FindsAStandardByTheHashOfItsFile) {
  const auto set = four();
  ASSERT_NE(set.with_hash(as_text(sha256(as_bytes("gasoline")))), nullptr);
  EXPECT_EQ(set.with_hash(as_text(sha256(as_bytes("gasoline"))))->id, "gasoline");
  EXPECT_EQ(set.with_hash("x"), nullptr);
  EXPECT_EQ(set.with_hash(""), nullptr);
}

TEST(StandardSet, TheSameIdOnTheSameDayIsAConflict) {
  EXPECT_EQ(four().conflict(), std::nullopt);
  const auto twice = [](year_month_day first_ends, year_month_day second_begins) {
    return StandardSet({named("a", {Fuel::kDiesel}, year{2020} / 1 / 1, first_ends), named("b", {Fuel::kDiesel}), named("a", {Fuel::kDiesel}, second_begins)});
  };
  EXPECT_EQ(twice(kOldEnds, kNewBegins).conflict(), std::nullopt);
  EXPECT_THAT(twice(kNewBegins, kNewBegins).conflict(), Optional(HasSubstr("two standards have the id 'a'")));
  EXPECT_NE(StandardSet({named("a", {Fuel::kDiesel}), named("a", {Fuel::kGasoline})}).conflict(), std::nullopt);
}

// ---- what a value is compared as

TEST(RoundedComparison, DecidesByTheRoundedValueAndStoresIt) {
  auto standard = diesel_standard();
  auto passage = clean("diesel");
  passage.mutable_smoke()->set_opacity_percent(30.05);
  EXPECT_EQ(assess(passage, standard).verdict(), v1::FAIL);
  EXPECT_FALSE(assess(passage, standard).results(0).has_compared());
  standard.limits[0].decimals = 1;
  const auto even = assess(passage, standard);  // GB/T 8170: 30.0
  EXPECT_EQ(even.results(0).value(), 30.05);
  EXPECT_EQ(even.results(0).compared(), 30.0);
  EXPECT_EQ(even.verdict(), v1::PASS);
  standard.limits[0].rounding = Rounding::kHalfUp;
  const auto up = assess(passage, standard);
  EXPECT_EQ(up.results(0).compared(), 30.1);
  EXPECT_EQ(up.verdict(), v1::FAIL);
  standard.limits[0].rounding = Rounding::kGb8170;
  standard.limits[0].exceeds = Exceeds::kGreaterOrEqual;
  EXPECT_EQ(assess(passage, standard).verdict(), v1::FAIL);
}

TEST(RoundedComparison, OfAValueThatWasNotMeasuredThereIsNone) {
  auto standard = diesel_standard();
  standard.limits[0].decimals = 1;
  auto passage = clean("diesel");
  passage.mutable_smoke()->clear_opacity_percent();
  EXPECT_FALSE(assess(passage, standard).results(0).has_compared());
}

TEST(Measured, TakesGradeAndKFromOpacityOutOfWhatWasDerived) {
  v1::Assessment derived;
  EXPECT_EQ(measured({}, derived, v1::Result::ringelmann_from_opacity), std::nullopt);
  EXPECT_EQ(measured({}, derived, v1::Result::k_from_opacity), std::nullopt);
  derived.set_ringelmann(1.5);
  derived.set_k_per_m(0.8295);
  EXPECT_THAT(measured({}, derived, v1::Result::ringelmann_from_opacity), Optional(1.5));
  EXPECT_THAT(measured({}, derived, v1::Result::k_from_opacity), Optional(0.8295));
  EXPECT_EQ(measured({}, derived, v1::Result::ringelmann), std::nullopt);
}

}  // namespace
}  // namespace exhaust::assessment
