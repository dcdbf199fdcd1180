#include "daemon/assessment/phrases.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "daemon/assessment/assess.hpp"
#include "daemon/assessment/wording.hpp"
#include "tests/daemon/assessment/both_languages.hpp"
#include "tests/daemon/assessment/passages.hpp"

namespace exhaust::assessment {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ---- the mechanism

TEST(Phrases, AreFilledWithWhateverStandsInThem) {
  EXPECT_EQ(filled("%1 is less than %2", {"5 %", "10 %"}), "5 % is less than 10 %");
  EXPECT_EQ(filled("%2 %1 %2", {"a", "%1"}), "%1 a %1") << "what is filled in is not filled again";
  EXPECT_EQ(filled("%3 of 5 %, %", {"a"}), "%3 of 5 %, %");
  EXPECT_EQ(filled("", {}), "");
}

TEST(Phrases, AreLookedUpAndElseSaidInEnglish) {
  std::vector<std::string> missed;
  const Speech say(Language::kChinese, [&](std::string_view english, bool known) {
    if (!known) missed.emplace_back(english);
  });
  EXPECT_EQ(say("%1 is less than %2", "5 %", "10 %"), "5 % 小于 10 %");
  EXPECT_EQ(say("never said %1", "x"), "never said x");
  EXPECT_EQ(say.coded("WEAK_PLUME"), "烟羽过弱（WEAK_PLUME）");
  EXPECT_EQ(say.coded("NEVER_SAID"), "NEVER_SAID");
  EXPECT_EQ(say.with_unit("2", "m/s2"), "2 m/s²");
  EXPECT_EQ(say.with_unit("2", ""), "2");
  EXPECT_THAT(missed, ElementsAre("never said %1", "NEVER_SAID"));
  const Speech english(Language::kEnglish);
  EXPECT_EQ(english("%1 is less than %2", "5 %", "10 %"), "5 % is less than 10 %");
  EXPECT_EQ(english.coded("WEAK_PLUME"), "WEAK_PLUME");
}

TEST(Phrases, HaveTheNumberedPlacesOfTheirEnglish) {
  const auto places = [](std::string_view phrase) {
    std::multiset<char> found;
    for (std::size_t at = 0; at + 1 < phrase.size(); ++at) {
      if (phrase[at] == '%' && phrase[at + 1] >= '1' && phrase[at + 1] <= '9') found.insert(phrase[at + 1]);
    }
    return found;
  };
  for (const auto phrase : phrases_with_chinese()) {
    EXPECT_EQ(places(phrase), places(*chinese(phrase))) << phrase;
    EXPECT_FALSE(chinese(phrase)->empty()) << phrase;
  }
}

TEST(Phrases, FillColumnsOfATerminal) {
  EXPECT_EQ(columns("speed"), 5u);
  EXPECT_EQ(columns("车速"), 4u);
  EXPECT_EQ(columns("CO2（干基）"), 11u);
  EXPECT_EQ(columns("m⁻¹"), 3u);
  EXPECT_EQ(columns("\xFF"), 1u);
  EXPECT_EQ(padded("车速", 6), "车速  ");
  EXPECT_EQ(padded("车速", 3), "车速");
}

TEST(Phrases, AreOfTheLocalesLanguage) {
  for (const auto* locale : {"zh_CN.UTF-8", "zh", "zh_TW", "zh-CN", "zh.UTF-8"}) EXPECT_EQ(language_of(locale), Language::kChinese) << locale;
  for (const auto* locale : {"", "C", "en_US.UTF-8", "C.UTF-8", "zhuang", "de_DE"}) EXPECT_EQ(language_of(locale), Language::kEnglish) << locale;
}

// ---- all of them

using Words = std::vector<std::string>;
// passage.proto
const Words kColors{"unknown", "blue", "yellow", "white", "black", "green", "yellow_green", "green_agri", "civil_aviation", "other"};
const Words kClasses{"none",     "garbled",   "ordinary",     "nev_small", "nev_large", "trailer",        "learner", "police",    "hk_macau",
                     "embassy", "consulate", "armed_police", "military",  "emergency", "civil_aviation", "tractor", "temporary", "unknown"};
const Words kFuels{"gasoline", "diesel", "electric", "nev", "other", "unknown"};
const Words kStates{"degraded", "stuck", "all_zero", "ratio_mismatch", "co2_drift"};
const Words kChecks{"self_check", "zero", "span", "static_check", "dynamic_check", "verification"};

/// Phrases that are put together, or are names of an interface, so that they stand in no source.
std::set<std::string> vocabulary() {
  std::set<std::string> all(kFuels.begin(), kFuels.end());
  for (const auto& color : kColors) all.insert(color + " plate");
  for (const auto& word : kClasses) all.insert("class " + word);
  all.insert(kStates.begin(), kStates.end());
  all.insert(kChecks.begin(), kChecks.end());
  const auto names = [&all](const google::protobuf::EnumDescriptor* of, int first) {
    for (int i = 0; i < of->value_count(); ++i) {
      if (of->value(i)->number() >= first) all.emplace(of->value(i)->name());
    }
  };
  names(v1::Validity::Reason_descriptor(), 1);
  names(v1::Result::Pollutant_descriptor(), 1);
  names(v1::Passage::Purpose_descriptor(), 0);
  names(v1::QualityControl::State_descriptor(), 0);
  names(v1::Verdict_descriptor(), 1);
  all.insert({"flag yes", "flag no", "standard_does_not_apply", "no_standard_in_force", "nothing_to_judge"});
  all.erase("in_force");  // is never what a check is about
  return all;
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> literals(const std::filesystem::path& file) {
  static const std::regex literal(R"~("((?:[^"\\\n]|\\.)*)")~");
  static const std::regex comment("//[^\n]*");
  const auto text = std::regex_replace(read(file), comment, "");
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), literal), end; at != end; ++at) found.insert((*at)[1]);
  return found;
}

template <class See>
void each_source(const See& see) {
  for (const auto* folder : {"daemon/assessment", "daemon/ctl"}) {
    for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(EXHAUST_SOURCE_DIR) / folder)) {
      if (file.path().extension() == ".cpp" && file.path().filename() != "chinese.cpp") see(file.path());
    }
  }
}

TEST(EveryPhrase, OfAVocabularyHasAChineseOne) {
  for (const auto& phrase : vocabulary()) EXPECT_TRUE(chinese(phrase)) << phrase;
}

TEST(EveryPhrase, OfARuleHasAChineseOneWhetherATestMakesItOrNot) {
  std::size_t rules = 0;
  each_source([&](const std::filesystem::path& file) {
    if (!file.filename().string().ends_with("_rules.cpp")) return;
    ++rules;
    for (const auto& phrase : literals(file)) {
      EXPECT_TRUE(phrase.empty() || phrase.ends_with(".hpp") || chinese(phrase)) << file.filename() << ": " << phrase;
    }
  });
  EXPECT_GE(rules, 5u);
}

TEST(EveryPhrase, ThatIsSaidBySourceHasAChineseOne) {
  static const std::regex said(R"~(\bsay(?:\.coded)?\((?:[\w.]+\(?[^"()]*\)? \? )?"((?:[^"\\\n]|\\.)*)"(?:\s*:\s*"((?:[^"\\\n]|\\.)*)")?)~");
  std::size_t count = 0;
  each_source([&](const std::filesystem::path& file) {
    const auto text = read(file);
    if (text.find("Speech") == std::string::npos) return;
    for (std::sregex_iterator at(text.begin(), text.end(), said), end; at != end; ++at) {
      for (std::size_t group = 1; group < at->size(); ++group) {
        const std::string phrase = (*at)[group];
        if (phrase.empty() || phrase == "class ") continue;
        ++count;
        EXPECT_TRUE(chinese(phrase)) << file.filename() << ": " << phrase;
      }
    }
  });
  EXPECT_GT(count, 60u) << "the expression finds no calls";
}

TEST(EveryPhrase, WithAChineseOneIsSaidSomewhere) {
  auto said = vocabulary();
  each_source([&](const std::filesystem::path& file) { said.merge(literals(file)); });
  for (const auto phrase : phrases_with_chinese()) EXPECT_THAT(said, Contains(std::string(phrase)));
}

// ---- as they are read

v1::Passage judged(v1::Passage passage, const Standard& standard) {
  *passage.mutable_assessment() = assess(passage, standard);
  return passage;
}

TEST(ExplainInChinese, SaysTheSameOfVehiclesOfEveryKind) {
  for (const auto& standard : {diesel_standard(), gasoline_standard(), shipped("example-gasoline-mq007"), shipped("example-screening-sfe")}) {
    for (const auto& fuel : kFuels) {
      explained_in_both(judged(clean(fuel), standard), standard);
      for (const auto& color : kColors) {
        auto passage = clean(fuel);
        passage.mutable_plate()->set_color(color);
        passage.mutable_smoke()->set_opacity_percent(41.5);
        passage.mutable_plume()->set_hc_per_co2(0.02);
        explained_in_both(judged(passage, standard), standard);
      }
      for (const auto& word : kClasses) {
        auto passage = clean(fuel);
        passage.mutable_plate()->set_class_(word);
        passage.mutable_plume()->set_co2_excess_percent(0.1);
        explained_in_both(judged(passage, standard), standard);
      }
    }
    for (const auto* source : {"given", "registry", "plate_color", "plate_class", "heuristic", "none", ""}) {
      auto passage = clean("diesel");
      passage.mutable_vehicle()->set_fuel_source(source);
      passage.mutable_vehicle()->set_category("N3");
      passage.mutable_plate()->set_confidence(97.5);
      passage.mutable_plate()->set_corrected(true);
      passage.mutable_plate()->set_raw_text("京A1234S");
      passage.set_purpose(v1::Passage::audit);
      explained_in_both(judged(passage, standard), standard);
    }
    explained_in_both(v1::Passage{}, standard);
  }
}

TEST(ExplainInChinese, SaysTheSameInEveryForm) {
  auto standard = diesel_standard();
  for (const auto form : {VspForm::kKmH, VspForm::kSi, VspForm::kUs, VspForm::kEpaRsd, VspForm::kJimenez, VspForm::kTransitBus}) {
    standard.vsp_form = form;
    explained_in_both(clean("diesel"), standard);
  }
  for (const auto form : {CombustionForm::kFeat, CombustionForm::kStrict, CombustionForm::kStrictPropane, CombustionForm::kReduced}) {
    standard.combustion_form = form;
    explained_in_both(clean("diesel"), standard);
  }
  for (const auto form : {FuelMassForm::kCarbon860, FuelMassForm::kCh2, FuelMassForm::kE5, FuelMassForm::kE10}) {
    standard.fuel_mass_form = form;
    explained_in_both(clean("diesel"), standard);
  }
  for (const auto exceeds : {Exceeds::kGreater, Exceeds::kGreaterOrEqual}) {
    for (const auto rounding : {Rounding::kGb8170, Rounding::kHalfUp}) {
      for (const double opacity : {29.949, 30.0, 30.05, 31.0}) {
        for (auto& limit : standard.limits) limit.exceeds = exceeds, limit.rounding = rounding, limit.decimals = 1;
        auto passage = clean("diesel");
        passage.mutable_smoke()->set_opacity_percent(opacity);
        explained_in_both(passage, standard);
      }
    }
  }
}

TEST(ExplainInChinese, ReadsAsAReportDoes) {
  const auto standard = diesel_standard();
  auto passage = clean("diesel");
  passage.mutable_smoke()->set_opacity_percent(41.5);
  const auto text = explained_in_both(judged(passage, standard), standard);
  EXPECT_THAT(text, HasSubstr("过车记录 A1101190010420201028084857，车道 1，2020-10-28T00:48:57Z，自由流车辆\n"));
  EXPECT_THAT(text, HasSubstr("  号牌                      京A12345，黄牌，普通汽车号牌\n"));
  EXPECT_THAT(text, HasSubstr("  燃料                      柴油，由号牌颜色推断\n"));
  EXPECT_THAT(text, HasSubstr("  车辆比功率VSP             6.89445 kW/t（车速以km/h计的公式）\n"));
  EXPECT_THAT(text, HasSubstr("  符合      CO2增量：1.36 % 不小于 0.25 %\n"));
  EXPECT_THAT(text, HasSubstr("  不透光烟度                41.5 % 大于限值 30 %：超标（判定项，决定判定结果）\n"));
  EXPECT_THAT(text, HasSubstr("判定结果：不合格（FAIL）：不透光烟度超标\n已标记：数据有效且超标，超标项目：不透光烟度\n"));
  EXPECT_THAT(text, testing::EndsWith("重新计算：完全一致\n"));
  passage.mutable_plume()->set_co2_excess_percent(0.1);
  EXPECT_THAT(explained_in_both(judged(passage, standard), standard),
              HasSubstr("  不符合    CO2增量：0.1 % 小于 0.25 % -> 无效原因：烟羽过弱（WEAK_PLUME）\n"));
}

TEST(NumbersIn, AreThoseThatAreWrittenAndNotPartsOfNames) {
  EXPECT_THAT(numbers_in("CO2 -0.5 % 在 -1 至 21 % 范围内（1e-12），R² 0.98"), ElementsAre("-0.5", "-1", "21", "1e-12", "0.98"));
  EXPECT_THAT(numbers_in("dry NO2, class unknown"), IsEmpty());
}

}  // namespace
}  // namespace exhaust::assessment
