// Any traffic, told by any mixture of entries: the accounts are those of the traffic, and the same in whatever batches.
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "tests/daemon/projection/book.hpp"

namespace exhaust::projection {
namespace {

/// What really went by, hour by hour, as far as entries can know it.
using Truth = std::map<std::tuple<std::string, Lane, Hour>, HourCounts>;

/// Stations whose gates count, restart and jump; whose ledger refuses now and then; and a tier that withholds.
class Traffic {
 public:
  struct With {
    bool withheld = false, refused = false;
  };
  Traffic(unsigned seed, With with) : random_(seed), with_(with) {
    for (const char* station : {"A110119001", "A110119002"}) {
      for (Lane lane : {1u, 2u}) lanes_.push_back({station, lane});
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step(lanes_[static_cast<std::size_t>(below(static_cast<int>(lanes_.size())))]);
    for (auto& lane : lanes_) {  // all is told in the end
      own_up(lane);
      drive(lane, false);
    }
  }

  Story story;
  Truth truth;

 private:
  struct OneLane {
    std::string station;
    Lane lane;
    std::uint64_t number = 0;
    std::int64_t at_us = at("2026-11-23 22:40:00");
    std::uint64_t refused = 0;        // since the last gap that told of it
    std::uint64_t refused_last = 0;
    std::int64_t refused_us = 0;
    bool begun = false;
  };

  int below(int most) { return std::uniform_int_distribution<int>(0, most - 1)(random_); }
  bool chance(double of) { return std::bernoulli_distribution(of)(random_); }

  HourCounts& counts(const OneLane& lane, std::int64_t at_us) { return truth[{lane.station, lane.lane, hour_of(at_us)}]; }

  void step(OneLane& lane) {
    story.of(lane.station);
    lane.at_us += below(200) * kSecond_us;
    if (!lane.begun) {
      lane.number = static_cast<std::uint64_t>(below(1000));
      story.begins(lane.lane, lane.number, lane.at_us);
      lane.begun = true;
    }
    switch (below(20)) {
      case 0: return miss(lane, "gate_silent", 1 + below(40));
      case 1: return restart(lane);
      case 2:
        if (with_.refused) return refuse(lane);
        [[fallthrough]];
      case 3:
        if (with_.refused) return own_up(lane);
        [[fallthrough]];
      default: return drive(lane, with_.withheld && chance(0.5));
    }
  }
  void drive(OneLane& lane, bool withheld) {
    story.of(lane.station);
    static constexpr v1::Verdict kVerdicts[] = {v1::PASS, v1::FAIL, v1::INVALID, v1::NOT_JUDGED};
    const auto body = vehicle(lane.lane, ++lane.number, lane.at_us, kVerdicts[below(4)]);
    auto& hour = counts(lane, lane.at_us);
    ++hour.triggered;
    if (withheld) {
      ++hour.passages;
      ++hour.unread;
      story.without_content(v1::Entry::passage, lane.at_us);
    } else {
      hour += counts_of(body);
      story.passage(body);
    }
  }
  void miss(OneLane& lane, const char* reason, int vehicles) {
    const auto first = lane.number + 1;
    const auto from = lane.at_us;
    lane.number += static_cast<std::uint64_t>(vehicles);
    lane.at_us += below(7200) * kSecond_us;
    story.gap(missed(lane.lane, reason, first, lane.number, from, lane.at_us));
    auto& hour = counts(lane, lane.at_us);
    hour.triggered += vehicles;
    hour.missed += vehicles;
  }
  void restart(OneLane& lane) {
    if (lane.number < 2) return;
    own_up(lane);  // the pipeline tells before anything else of the lane
    const auto left = static_cast<std::uint64_t>(below(static_cast<int>(std::min<std::uint64_t>(lane.number - 1, 10))));
    lane.number = 0;
    if (left > 0) miss(lane, "gate_restarted", static_cast<int>(left));
    else drive(lane, false);
    ++counts(lane, lane.at_us).restarts;
  }
  void refuse(OneLane& lane) {
    ++lane.number;
    ++lane.refused;
    lane.refused_last = lane.number;
    lane.refused_us = lane.at_us;
  }
  void own_up(OneLane& lane) {
    if (lane.refused == 0) return;
    story.of(lane.station).gap(refused(lane.lane, lane.refused, lane.refused_last, lane.refused_us));
    auto& hour = counts(lane, lane.refused_us);
    hour.triggered += static_cast<std::int64_t>(lane.refused);
    hour.missed += static_cast<std::int64_t>(lane.refused);
    lane.refused = 0;
  }

  std::mt19937 random_;
  With with_;
  std::deque<OneLane> lanes_;
};

class AccountsOfAnyStream : public testing::TestWithParam<unsigned> {};

INSTANTIATE_TEST_SUITE_P(Seeds, AccountsOfAnyStream, testing::Range(1u, 41u));

TEST_P(AccountsOfAnyStream, AreThoseOfTheTraffic) {
  Traffic traffic(GetParam(), {.withheld = false, .refused = true});
  traffic.run(600);
  Book book(traffic.story);
  const auto reply = book.reply(true);
  EXPECT_TRUE(reply.closes()) << reply.problems(0);
  Truth counted;
  for (auto row : book.store().rows(filter_of({})).hours) {
    row.counts.gap_us = 0;  // has tests of its own
    if (row.counts != HourCounts{}) counted[{row.station, row.lane, row.hour}] = row.counts;
  }
  EXPECT_EQ(counted, traffic.truth);
}

TEST_P(AccountsOfAnyStream, CloseWhenATierWithholdsPassages) {
  Traffic traffic(GetParam(), {.withheld = true, .refused = false});
  traffic.run(600);
  Book book(traffic.story);
  const auto reply = book.reply(true);
  EXPECT_TRUE(reply.closes()) << reply.problems(0);
  HourCounts all;
  for (const auto& [place, counts] : traffic.truth) all += counts;
  std::uint64_t unclaimed = 0;  // those before a restart are of no known lane
  for (const auto& one : book.store().rows(filter_of({})).unclaimed) unclaimed += one.passages;
  EXPECT_EQ(reply.total().triggered() + unclaimed, static_cast<std::uint64_t>(all.triggered));
  EXPECT_EQ(reply.total().unread() + unclaimed, static_cast<std::uint64_t>(all.unread));
  EXPECT_EQ(reply.total().missed(), static_cast<std::uint64_t>(all.missed));
}

TEST_P(AccountsOfAnyStream, BuiltAnewAreWhatTheyWere) {
  Traffic traffic(GetParam(), {.withheld = true, .refused = true});
  traffic.run(400);
  const auto size = traffic.story.entries().size();
  Book whole(traffic.story), pieces;
  std::mt19937 random(GetParam());
  for (std::size_t from = 0; from < size;) {
    const auto to = std::min(size, from + 1 + random() % 37);
    if (random() % 4 == 0) pieces.fail(traffic.story, from, to);
    if (random() % 4 == 0) pieces.reopen();
    pieces.take(traffic.story, from, to);
    from = to;
  }
  EXPECT_EQ(pieces.json(), whole.json());
}

TEST_P(AccountsOfAnyStream, DoNotCloseWithoutAnyOneNumberedEntryButTheLast) {
  Traffic traffic(GetParam(), {.withheld = false, .refused = true});
  traffic.run(120);
  std::mt19937 random(GetParam());
  const auto& entries = traffic.story.entries();
  std::map<ledger::ChainKey, Sequence> sequences;
  std::map<std::pair<std::string, Lane>, std::size_t> last;
  const auto lane_of = [](const ledger::Entry& entry) {
    v1::Passage passage;
    passage.ParseFromString(*entry.payload);
    return passage.lane();
  };
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i]->kind == v1::Entry::passage) last[{entries[i]->chain->key.station_id, lane_of(*entries[i])}] = i;
  }
  int tried = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = *entries[i];
    if (entry.kind != v1::Entry::passage || (last[{entry.chain->key.station_id, lane_of(entry)}]) == i) continue;
    Story less;
    for (const auto& other : entries) {
      if (other.get() == &entry) continue;
      less.of(other->chain->key.station_id, other->chain->key.ledger_id.front());
      less.add(other->kind, other->payload, other->wall_time_us);
    }
    ++tried;
    const auto reply = Book(less).reply();
    // The first vehicles after a restart that are followed by another restart are the only ones nobody can miss.
    if (!reply.closes()) continue;
    v1::Passage passage;
    passage.ParseFromString(*entry.payload);
    bool restarts_next = false;
    for (std::size_t j = i + 1; j < entries.size(); ++j) {
      if (entries[j]->chain->key != entry.chain->key) continue;
      std::uint64_t first = 0;
      Lane lane = 0;
      if (entries[j]->kind == v1::Entry::passage) {
        v1::Passage next;
        next.ParseFromString(*entries[j]->payload);
        first = next.vehicle_number();
        lane = next.lane();
      } else if (v1::Gap gap; entries[j]->kind == v1::Entry::gap && gap.ParseFromString(*entries[j]->payload)) {
        first = gap.has_first_number() ? gap.first_number() : gap.last_number();
        lane = gap.lane();
      }
      if (lane != passage.lane()) continue;
      restarts_next = first <= passage.vehicle_number();
      break;
    }
    EXPECT_TRUE(restarts_next) << "lane " << passage.lane() << " number " << passage.vehicle_number() << " is missed by nobody";
  }
  EXPECT_GT(tried, 20);
}

}  // namespace
}  // namespace exhaust::projection
