#include "daemon/records/records.hpp"

#include <gmock/gmock.h>

namespace exhaust::records {
namespace {

using testing::HasSubstr;
using testing::Not;

ledger::Entry entry(std::uint32_t kind, std::optional<std::string> payload) {
  ledger::Entry entry;
  entry.chain = std::make_shared<ledger::ChainHeader>(
      ledger::ChainHeader{.key = {"A110119001", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255}},
                          .algorithm = HashAlgorithm::kSm3,
                          .simulated = true});
  entry.sequence = 7;
  entry.wall_time_us = 1'763'892'131'123'456;
  entry.kind = kind;
  entry.payload = std::move(payload);
  return entry;
}

v1::Passage passage() {
  v1::Passage passage;
  passage.set_record_number("A1101190010120261123100211");
  passage.mutable_plume()->set_co_per_co2(-0.0004);
  passage.mutable_plume()->set_hc_per_co2(0.0);
  return passage;
}

TEST(Record, HasTheEnvelopeAndTheDecodedBody) {
  const auto record = to_record(entry(v1::Entry::passage, passage().SerializeAsString()));
  EXPECT_EQ(record.station_id(), "A110119001");
  EXPECT_EQ(record.ledger_id(), "000102030405060708090a0b0c0d0eff");
  EXPECT_EQ(record.sequence(), 7u);
  EXPECT_EQ(record.kind(), v1::Entry::passage);
  EXPECT_TRUE(record.simulated());
  EXPECT_EQ(record.wall_time().seconds(), 1'763'892'131);
  EXPECT_EQ(record.wall_time().nanos(), 123'456'000);
  EXPECT_EQ(record.passage().SerializeAsString(), passage().SerializeAsString());
}

TEST(Record, IsTheEnvelopeAloneWhenThereIsNothingToDecode) {
  EXPECT_EQ(to_record(entry(v1::Entry::passage, std::nullopt)).body_case(), v1::Record::BODY_NOT_SET);
  EXPECT_EQ(to_record(entry(v1::Entry::passage, "\xff\xff")).body_case(), v1::Record::BODY_NOT_SET);
  const auto unknown = to_record(entry(4711, "of a later version"));
  EXPECT_EQ(unknown.body_case(), v1::Record::BODY_NOT_SET);
  EXPECT_EQ(static_cast<int>(unknown.kind()), 4711);
}

TEST(RecordJson, PrintsWhatWasMeasuredAndNothingElse) {
  const auto json = to_json(to_record(entry(v1::Entry::passage, passage().SerializeAsString())), false);
  EXPECT_THAT(json, HasSubstr(R"("co_per_co2":-0.0004)"));
  EXPECT_THAT(json, HasSubstr(R"("hc_per_co2":0)"));
  // Not measured: neither 0 nor null.
  EXPECT_THAT(json, Not(HasSubstr("no_per_co2")));
  EXPECT_THAT(json, Not(HasSubstr("speed_km_h")));
  EXPECT_THAT(json, Not(HasSubstr("weather")));
}

TEST(RecordJson, HasTheNamesOfTheProtoAndPrintsDefaults) {
  const auto json = to_json(to_record(entry(v1::Entry::passage, passage().SerializeAsString())), false);
  EXPECT_THAT(json, HasSubstr(R"("station_id":"A110119001")"));
  EXPECT_THAT(json, HasSubstr(R"("sequence":"7")"));
  EXPECT_THAT(json, HasSubstr(R"("wall_time":"2025-11-23T10:02:11.123456Z")"));
  EXPECT_THAT(json, HasSubstr(R"("kind":"passage")"));
  EXPECT_THAT(json, HasSubstr(R"("purpose":"traffic")"));
  EXPECT_THAT(json, HasSubstr(R"("lane":0)"));
  EXPECT_THAT(to_json(v1::Gap{}, true), HasSubstr("\n"));
  EXPECT_THAT(to_json(v1::Gap{}, false), Not(HasSubstr("missed")));
}

TEST(Objection, IsRaisedAgainstWhatCannotBeWhatItsKindSays) {
  const auto good = passage().SerializeAsString();
  EXPECT_EQ(objection(v1::Entry::passage, good, "A110119001"), std::nullopt);
  EXPECT_EQ(objection(v1::Entry::passage, "\xff\xff", "A110119001"), "the payload is not a passage");
  EXPECT_EQ(objection(v1::Entry::passage, good, "A110119002"),
            "record number 'A1101190010120261123100211' is not of station A110119002");
  EXPECT_EQ(objection(4711, "\xff\xff", "A110119001"), std::nullopt);
}

TEST(Times, KeepTheirMicrosecondsAlsoBefore1970) {
  for (const std::int64_t us : {0l, -1l, -1'500'000l, 1'763'892'131'123'456l}) {
    const auto stamp = to_timestamp(to_wall_time(us));
    EXPECT_GE(stamp.nanos(), 0);
    EXPECT_EQ(to_wall_time(stamp), to_wall_time(us));
  }
}

TEST(LedgerIdText, GoesThereAndBack) {
  const auto id = make_ledger_id();
  EXPECT_EQ(ledger_id_from_text(to_text(id)), id);
  EXPECT_FALSE(ledger_id_from_text("0011"));
  EXPECT_FALSE(ledger_id_from_text("not hexadecimal"));
}

TEST(Chain, GoesThereAndBack) {
  const auto header = *entry(0, {}).chain;
  EXPECT_EQ(from_chain(to_chain(header)), header);
}

TEST(Chain, IsRefusedWhenItIsNoneOrOfALaterFormat) {
  const auto kind_of = [](auto change) {
    auto chain = to_chain(*entry(0, {}).chain);
    change(chain);
    return from_chain(chain).error().kind;
  };
  EXPECT_EQ(kind_of([](auto& c) { c.set_station_id("E110119001"); }), ErrorKind::kBadFrame);
  EXPECT_EQ(kind_of([](auto& c) { c.set_ledger_id("short"); }), ErrorKind::kBadFrame);
  EXPECT_EQ(kind_of([](auto& c) { c.set_format(2); }), ErrorKind::kRefused);
  EXPECT_EQ(kind_of([](auto& c) { c.set_algorithm(static_cast<v1::Chain::Algorithm>(9)); }), ErrorKind::kRefused);
}

}  // namespace
}  // namespace exhaust::records
