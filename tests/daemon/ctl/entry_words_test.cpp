#include "daemon/ctl/entry_words.hpp"

#include <gtest/gtest.h>

namespace exhaust::ctl {
namespace {

TEST(EntryWords, ADeterminationSaysVehiclePollutantAndTimesInChina) {
  v1::Determination body;
  body.set_id(std::string("\x01\x02\x03\x04\x05\x06\x07", 7));
  body.set_plate("京A12345");
  body.set_plate_color("yellow");
  body.set_rule("hj845-2017");
  body.set_pollutant(v1::Result::ringelmann_from_opacity);
  body.add_exceedances()->mutable_detected_at()->set_seconds(1'768'003'200);  // 2026-01-10 00:00 UTC
  body.add_exceedances()->mutable_detected_at()->set_seconds(1'768'003'200 + 86'400);
  EXPECT_EQ(words_of(body),
            "010203040506: 京A12345 yellow exceeds ringelmann from opacity 2 times in a row, 2026-01-10 08:00:00 to 2026-01-11 08:00:00 "
            "(hj845-2017)");
}

TEST(EntryWords, AWithdrawalSaysWhyAndByWhichEntry) {
  v1::DeterminationWithdrawn body;
  body.set_id("ab");
  body.set_reason("late_pass");
  body.mutable_cause()->set_station_id("A110119001");
  body.mutable_cause()->set_sequence(17);
  EXPECT_EQ(words_of(body), "6162 is withdrawn: the vehicle passed in between, A110119001 entry 17");
}

TEST(EntryWords, AReviewSaysWhoAndWhat) {
  v1::Review body;
  body.set_actor("li");
  body.set_reason("another vehicle");
  body.mutable_passage()->set_station_id("A110119001");
  body.mutable_passage()->set_sequence(17);
  EXPECT_EQ(words_of(body), "li rejects A110119001 entry 17: another vehicle");
  body.set_confirmed(true);
  EXPECT_EQ(words_of(body), "li confirms A110119001 entry 17: another vehicle");
}

TEST(EntryWords, AnAmendmentSaysLaneRangeAndReason) {
  v1::Amendment body;
  body.set_lane(2);
  body.mutable_from()->set_seconds(1'768'003'200);
  body.set_effect("invalid");
  body.set_reason("audit_failed");
  EXPECT_EQ(words_of(body), "lane 2 from 2026-01-10 08:00:00: invalid, audit failed");
}

TEST(EntryWords, OtherKindsHaveNone) { EXPECT_EQ(words_of(v1::Record{}), ""); }

}  // namespace
}  // namespace exhaust::ctl
