#include "daemon/service/run_check.hpp"

#include <gmock/gmock.h>

#include "daemon/records/records.hpp"

namespace exhaust::service {
namespace {

class RunCheck : public testing::Test {
 protected:
  std::shared_ptr<const ledger::ChainHeader> chain =
      std::make_shared<ledger::ChainHeader>(ledger::ChainHeader{.key = {"A110119001", {1}}});

  static std::string passage() {
    v1::Passage passage;
    passage.set_record_number("A1101190010120261123100211");
    return passage.SerializeAsString();
  }

  /// Entries `first` to `last` with hashes as their station makes them.
  v1::Run run(Sequence first, Sequence last, const std::map<Sequence, std::string>& payloads = {}) {
    v1::Run run;
    for (Sequence sequence = first; sequence <= last; ++sequence) {
      auto& entry = *run.add_entries();
      entry.set_sequence(sequence);
      entry.set_wall_time_us(static_cast<std::int64_t>(sequence) * 1000);
      entry.set_kind(v1::Entry::passage);
      entry.set_payload(payloads.contains(sequence) ? payloads.at(sequence) : passage());
    }
    run.set_chain_hash(records::to_bytes(hash_at(last, payloads)));
    return run;
  }

  Digest hash_at(Sequence last, const std::map<Sequence, std::string>& payloads = {}) {
    auto hash = ledger::chain_start(*chain);
    for (Sequence n = 1; n <= last; ++n) {
      const auto payload = payloads.contains(n) ? payloads.at(n) : passage();
      hash = ledger::chain_next(chain->algorithm, hash, n, static_cast<std::int64_t>(n) * 1000, v1::Entry::passage,
                                ledger::leaf_of(chain->algorithm, as_bytes(payload)));
    }
    return hash;
  }

  auto check(v1::Run run, Sequence held) { return check_run(run, chain, held, hash_at(held)); }
};

TEST_F(RunCheck, ArrivesAtTheHashThatTheFeederGives) {
  const auto checked = check(run(1, 5), 0);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->run.items.size(), 5u);
  EXPECT_EQ(checked->last, 5u);
  EXPECT_EQ(checked->hash, hash_at(5));
  EXPECT_EQ(checked->run.items[2].hash, hash_at(3));
}

TEST_F(RunCheck, TakesAwayWhatIsHeldAlready) {
  const auto checked = check(run(2, 6), 4);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->run.first, 5u);
  EXPECT_EQ(checked->run.before, hash_at(4));
  EXPECT_EQ(checked->run.items.size(), 2u);
}

TEST_F(RunCheck, FindsNothingNewInADuplicate) {
  for (const Sequence last : {3u, 6u}) {
    const auto checked = check(run(2, last), 6);
    ASSERT_TRUE(checked);
    EXPECT_TRUE(checked->run.items.empty());
    EXPECT_EQ(checked->last, 6u);
  }
}

TEST_F(RunCheck, RefusesAHoleAndSaysWhatIsMissing) {
  const auto checked = check(run(5, 6), 2);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().reason, v1::Refused::hole);
  EXPECT_EQ(checked.error().expected, 3u);
  EXPECT_EQ(checked.error().detail, "entries 3 to 4 are missing");
}

TEST_F(RunCheck, RefusesAnEntryThatWasTamperedWith) {
  auto tampered = run(1, 3);
  tampered.mutable_entries(1)->set_wall_time_us(2001);
  EXPECT_EQ(check(tampered, 0).error().reason, v1::Refused::fork);
  tampered = run(1, 3);
  tampered.mutable_entries(1)->set_kind(v1::Entry::gap);
  EXPECT_EQ(check(tampered, 0).error().reason, v1::Refused::fork);
}

TEST_F(RunCheck, RefusesADuplicateThatIsAnotherEntry) {
  EXPECT_EQ(check(run(3, 4, {{4, "another"}}), 4).error().reason, v1::Refused::fork);
}

TEST_F(RunCheck, RefusesWhatIsNoRun) {
  auto gapped = run(1, 3);
  gapped.mutable_entries(1)->set_sequence(7);
  EXPECT_EQ(check(gapped, 0).error().reason, v1::Refused::malformed);
  auto hashless = run(1, 3);
  hashless.set_chain_hash("short");
  EXPECT_EQ(check(hashless, 0).error().reason, v1::Refused::malformed);
  auto leafless = run(1, 3);
  leafless.mutable_entries(1)->clear_payload();
  EXPECT_EQ(check(leafless, 0).error().reason, v1::Refused::malformed);
  auto huge = run(1, 1, {{1, std::string(kPayloadLimit + 1, 'x')}});
  EXPECT_EQ(check(huge, 0).error().reason, v1::Refused::malformed);
  EXPECT_EQ(check(v1::Run{}, 0).error().reason, v1::Refused::malformed);
}

TEST_F(RunCheck, KeepsEnvelopeAndLeafOfAWithheldEntry) {
  auto withheld = run(1, 3);
  const auto leaf = ledger::leaf_of(chain->algorithm, as_bytes(passage()));
  withheld.mutable_entries(1)->clear_payload();
  withheld.mutable_entries(1)->set_leaf(records::to_bytes(leaf));
  const auto checked = check(withheld, 0);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->run.items[1].payload, std::nullopt);
  EXPECT_EQ(checked->run.items[1].leaf, leaf);
  EXPECT_FALSE(checked->run.items[1].rejected);
  EXPECT_TRUE(checked->rejections.empty());
}

TEST_F(RunCheck, RejectsAnUnreadablePayloadAndCarriesTheChainOn) {
  const auto checked = check(run(1, 3, {{2, "\xff\xff"}}), 0);
  ASSERT_TRUE(checked);
  EXPECT_TRUE(checked->run.items[1].rejected);
  EXPECT_EQ(checked->run.items[1].payload, std::nullopt);
  EXPECT_TRUE(checked->run.items[2].payload.has_value());
  ASSERT_EQ(checked->rejections.size(), 1u);
  EXPECT_EQ(checked->rejections[0].sequence(), 2u);
  EXPECT_EQ(checked->rejections[0].reason(), "the payload is not a passage");
}

}  // namespace
}  // namespace exhaust::service
