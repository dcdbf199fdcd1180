#include "daemon/assessment/wxyy.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace exhaust::assessment {
namespace {

v1::Assessment invalid(std::initializer_list<v1::Validity::Reason> reasons) {
  v1::Assessment a;
  for (const auto reason : reasons) a.mutable_validity()->add_reasons(reason);
  return a;
}

Standard with_codes() {
  Standard standard;
  standard.wxyy = {{"WIND", "7"}, {"NO_PLUME", "2"}};
  return standard;
}

TEST(Wxyy, OfAValidRecordIsMinusOne) {  // networking.md: wxyy
  v1::Assessment valid;
  valid.mutable_validity()->set_valid(true);
  EXPECT_EQ(wxyy(valid, with_codes()), "-1");
}

TEST(Wxyy, IsThatOfTheFirstReasonThatHasOne) {
  EXPECT_EQ(wxyy(invalid({v1::Validity::NO_PLUME, v1::Validity::WIND}), with_codes()), "2");
  EXPECT_EQ(wxyy(invalid({v1::Validity::NO_SPEED, v1::Validity::WIND, v1::Validity::NO_PLUME}), with_codes()), "7");
}

TEST(Wxyy, IsTheStatedOtherWhereNoReasonHasACode) {
  EXPECT_EQ(wxyy(invalid({v1::Validity::NO_SPEED}), with_codes()), "99");
  EXPECT_EQ(wxyy(invalid({v1::Validity::NO_SPEED}), Standard{}), "99");
  auto standard = with_codes();
  standard.wxyy.emplace_back("OTHER", "0");
  EXPECT_EQ(wxyy(invalid({v1::Validity::NO_SPEED}), standard), "0");
  EXPECT_EQ(wxyy(invalid({v1::Validity::NO_SPEED, v1::Validity::WIND}), standard), "7");
}

TEST(Wxyy, AReasonOfANewerBuildIsOneWithoutACode) {
  auto a = invalid({v1::Validity::WIND});
  a.mutable_validity()->set_reasons(0, static_cast<v1::Validity::Reason>(9999));
  EXPECT_EQ(wxyy(a, with_codes()), "99");
}

}  // namespace
}  // namespace exhaust::assessment
