#include "daemon/uplink/backoff.hpp"

#include <gtest/gtest.h>

namespace exhaust::uplink {
namespace {

using std::chrono::seconds;

TEST(Backoff, IsAnythingUpToACeilingThatDoubles) {
  Duration longest_first{}, longest_third{};
  for (int i = 0; i < 2000; ++i) {
    Backoff backoff(seconds{1}, seconds{300});
    longest_first = std::max(longest_first, backoff.next());
    backoff.next();
    longest_third = std::max(longest_third, backoff.next());
  }
  EXPECT_LE(longest_first, seconds{1});
  EXPECT_GT(longest_third, seconds{2});
  EXPECT_LE(longest_third, seconds{4});
}

TEST(Backoff, NeverExceedsTheMostAndBeginsAnew) {
  Backoff backoff(seconds{1}, seconds{5});
  for (int i = 0; i < 200; ++i) EXPECT_LE(backoff.next(), seconds{5});
  backoff.reset();
  EXPECT_LE(backoff.next(), seconds{1});
}

}  // namespace
}  // namespace exhaust::uplink
