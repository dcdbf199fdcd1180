// Ingest as a feeder that is not ours would see it: a plain client stub against a real server.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include "daemon/records/records.hpp"
#include "exhaust/v1/ingest.grpc.pb.h"
#include "tests/daemon/service/tier.hpp"

namespace exhaust::service {
namespace {

using namespace exhaust::testing_tier;
using ::testing::HasSubstr;

/// One stream of one feeder; every wait is bounded by the call's deadline.
class Feeder {
 public:
  explicit Feeder(const std::string& endpoint)
      : stub_(v1::Ingest::NewStub(grpc::CreateChannel(endpoint, grpc::InsecureChannelCredentials()))) {
    context_.set_deadline(std::chrono::system_clock::now() + 10s);
    stream_ = stub_->Push(&context_);
    v1::PushRequest request;
    request.mutable_hello()->set_who("A110119001");
    write(request);
    EXPECT_TRUE(read().has_welcome());
  }
  ~Feeder() { context_.TryCancel(); }

  void write(const v1::PushRequest& request) { stream_->Write(request); }
  v1::PushReply read() {
    v1::PushReply reply;
    stream_->Read(&reply);
    return reply;
  }
  v1::PushReply open(const ledger::ChainHeader& chain, Sequence last, const Digest& hash) {
    v1::PushRequest request;
    auto& open = *request.mutable_open();
    *open.mutable_chain() = records::to_chain(chain);
    open.set_first_sequence(1);
    open.set_last_sequence(last);
    open.set_chain_hash(records::to_bytes(hash));
    write(request);
    return read();
  }
  void drop() { context_.TryCancel(); }
  grpc::Status finish() {
    stream_->WritesDone();
    for (v1::PushReply reply; stream_->Read(&reply);) {
    }
    return stream_->Finish();
  }

 private:
  std::unique_ptr<v1::Ingest::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::PushRequest, v1::PushReply>> stream_;
};

/// A chain that is made up here, so that it can be tampered with.
struct MadeChain {
  explicit MadeChain(std::string station_id = "A110119001", bool simulated = false)
      : header{.key = {std::move(station_id), make_ledger_id()}, .simulated = simulated},
        hashes{ledger::chain_start(header)} {}

  void add(std::uint32_t kind, std::string payload) {
    auto& entry = entries.emplace_back();
    entry.set_sequence(entries.size());
    entry.set_wall_time_us(1'763'892'131'000'000 + static_cast<std::int64_t>(entries.size()));
    entry.set_kind(kind);
    hashes.push_back(ledger::chain_next(header.algorithm, hashes.back(), entry.sequence(), entry.wall_time_us(), kind,
                                        ledger::leaf_of(header.algorithm, as_bytes(payload))));
    entry.set_payload(std::move(payload));
  }
  void add_passages(int count) {
    for (int i = 0; i < count; ++i) {
      v1::Passage passage;
      passage.set_record_number(header.key.station_id + "0120261123100211");
      passage.set_vehicle_number(entries.size());
      add(v1::Entry::passage, passage.SerializeAsString());
    }
  }
  v1::PushRequest batch(Sequence first, Sequence last) const {
    v1::PushRequest request;
    auto& run = *request.mutable_batch()->add_runs();
    run.set_station_id(header.key.station_id);
    run.set_ledger_id(records::to_bytes(header.key.ledger_id));
    for (auto n = first; n <= last; ++n) *run.add_entries() = entries[n - 1];
    run.set_chain_hash(records::to_bytes(hashes[last]));
    return request;
  }
  v1::PushReply open(Feeder& feeder) const { return feeder.open(header, entries.size(), hashes.back()); }

  ledger::ChainHeader header;
  std::vector<v1::Entry> entries;
  std::vector<Digest> hashes;  ///< by sequence; [0] is the start
};

class IngestTest : public testing::Test {
 protected:
  IngestTest() {
    hub.serve();
    chain.add_passages(10);
  }
  Folder folder;
  Tier hub{folder.path, "D110100001"};
  MadeChain chain;
};

TEST_F(IngestTest, AcknowledgesWhatIsDurableWithItsHash) {
  Feeder feeder(hub.endpoint());
  const auto resume = chain.open(feeder);
  ASSERT_TRUE(resume.has_resume());
  EXPECT_EQ(resume.resume().next_sequence(), 1u);
  EXPECT_EQ(resume.resume().chain_hash(), records::to_bytes(chain.hashes[0]));
  feeder.write(chain.batch(1, 10));
  const auto ack = feeder.read();
  ASSERT_TRUE(ack.has_ack());
  EXPECT_EQ(ack.ack().sequence(), 10u);
  EXPECT_EQ(ack.ack().chain_hash(), records::to_bytes(chain.hashes[10]));
  EXPECT_EQ(hub.last_of(chain.header.key), 10u);
  EXPECT_TRUE(feeder.finish().ok());
}

TEST_F(IngestTest, StoresOnceWhatComesAgainBecauseTheAcknowledgementWasLost) {
  for (int round = 0; round < 100; ++round) {
    Feeder feeder(hub.endpoint());
    // The dead stream of the round before may still hold the chain for a moment.
    v1::PushReply resume;
    ASSERT_TRUE(eventually([&] { return (resume = chain.open(feeder)).has_resume(); }));
    feeder.write(chain.batch(1, round % 10 + 1));
    if (round % 2 == 0) {
      feeder.drop();  // before anything is heard
    } else {
      EXPECT_TRUE(feeder.read().has_ack());
    }
  }
  Feeder feeder(hub.endpoint());
  v1::PushReply resume;
  ASSERT_TRUE(eventually([&] { return (resume = chain.open(feeder)).has_resume(); }));
  EXPECT_EQ(resume.resume().next_sequence(), 11u);
  feeder.write(chain.batch(1, 10));
  const auto ack = feeder.read();
  EXPECT_EQ(ack.ack().sequence(), 10u);
  const auto entries = hub.entries(chain.header.key);
  ASSERT_EQ(entries.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(entries[i]->payload, chain.entries[i].payload());
}

TEST_F(IngestTest, LetsOneFeederAtATimeBringAChain) {
  auto first = std::make_unique<Feeder>(hub.endpoint());
  ASSERT_TRUE(chain.open(*first).has_resume());
  Feeder second(hub.endpoint());
  EXPECT_EQ(chain.open(second).refused().reason(), v1::Refused::already_fed);
  first.reset();
  EXPECT_TRUE(eventually([&] { return chain.open(second).has_resume(); }));
}

TEST_F(IngestTest, TakesSimulatedLedgersOnlyWhereThatIsAllowed) {
  MadeChain simulated("A110119002", true);
  Feeder feeder(hub.endpoint());
  EXPECT_EQ(simulated.open(feeder).refused().reason(), v1::Refused::simulated);
  EXPECT_TRUE(chain.open(feeder).has_resume());  // the stream lives on

  hub.stop_serving();
  auto settings = hub.service_settings();
  settings.accept_simulated = true;
  hub.serve(settings);
  Feeder again(hub.endpoint());
  EXPECT_TRUE(simulated.open(again).has_resume());
}

TEST_F(IngestTest, StoresNothingOfARunThatWasTamperedWith) {
  Feeder feeder(hub.endpoint());
  chain.open(feeder);
  auto tampered = chain.batch(1, 10);
  tampered.mutable_batch()->mutable_runs(0)->mutable_entries(4)->mutable_payload()->back() ^= 1;
  feeder.write(tampered);
  EXPECT_EQ(feeder.read().refused().reason(), v1::Refused::fork);
  // Until it is opened again, nothing of the chain is looked at.
  feeder.write(chain.batch(1, 10));
  ASSERT_TRUE(chain.open(feeder).has_resume());
  EXPECT_EQ(hub.last_of(chain.header.key), 0u);
  feeder.write(chain.batch(1, 10));
  EXPECT_EQ(feeder.read().ack().sequence(), 10u);
}

TEST_F(IngestTest, RefusesAHoleAndNamesWhatItExpects) {
  Feeder feeder(hub.endpoint());
  chain.open(feeder);
  feeder.write(chain.batch(1, 3));
  EXPECT_EQ(feeder.read().ack().sequence(), 3u);
  feeder.write(chain.batch(5, 6));
  const auto refused = feeder.read().refused();
  EXPECT_EQ(refused.reason(), v1::Refused::hole);
  EXPECT_EQ(refused.expected_sequence(), 4u);
}

TEST_F(IngestTest, RefusesAForkAtTheDoor) {
  {
    Feeder feeder(hub.endpoint());
    chain.open(feeder);
    feeder.write(chain.batch(1, 10));
    EXPECT_TRUE(feeder.read().has_ack());
  }
  auto fork = chain;
  fork.hashes.back()[0] ^= 1;
  Feeder feeder(hub.endpoint());
  v1::PushReply reply;
  ASSERT_TRUE(eventually([&] {
    reply = fork.open(feeder);
    return reply.refused().reason() != v1::Refused::already_fed;
  }));
  EXPECT_EQ(reply.refused().reason(), v1::Refused::fork);
}

TEST_F(IngestTest, RefusesWhatIsNoChainOrOfALaterFormat) {
  Feeder feeder(hub.endpoint());
  MadeChain nameless("nameless");
  EXPECT_EQ(nameless.open(feeder).refused().reason(), v1::Refused::malformed);
  auto later = chain;
  later.header.format = 2;
  EXPECT_EQ(later.open(feeder).refused().reason(), v1::Refused::unknown_format);
  feeder.write(MadeChain(chain).batch(1, 2));
  EXPECT_THAT(feeder.read().refused().detail(), HasSubstr("not opened"));
}

TEST_F(IngestTest, KeepsTheLeafOfWhatItRejectsAndSaysWhy) {
  chain.add(v1::Entry::passage, "\xff\xff");
  v1::Passage foreign;
  foreign.set_record_number("A1101190990120261123100211");
  chain.add(v1::Entry::passage, foreign.SerializeAsString());
  chain.add(4711, "\xff of a later version");
  chain.add_passages(1);
  Feeder feeder(hub.endpoint());
  chain.open(feeder);
  feeder.write(chain.batch(1, 14));
  const auto ack = feeder.read().ack();
  EXPECT_EQ(ack.sequence(), 14u);
  ASSERT_EQ(ack.rejections_size(), 2);
  EXPECT_EQ(ack.rejections(0).sequence(), 11u);
  EXPECT_EQ(ack.rejections(0).reason(), "the payload is not a passage");
  EXPECT_THAT(ack.rejections(1).reason(), HasSubstr("is not of station A110119001"));

  const auto entries = hub.entries(chain.header.key);
  ASSERT_EQ(entries.size(), 14u);
  EXPECT_EQ(entries[10]->payload, std::nullopt);
  EXPECT_EQ(entries[10]->leaf, ledger::leaf_of(HashAlgorithm::kSha256, as_bytes("\xff\xff")));
  EXPECT_EQ(entries[12]->payload, "\xff of a later version");
  EXPECT_EQ(entries[13]->hash, chain.hashes[14]);
  EXPECT_EQ(hub.ledger().chain(chain.header.key)->rejected, 2u);
}

TEST_F(IngestTest, CarriesManyChainsInOneBatch) {
  MadeChain other("A110119007");
  other.add_passages(5);
  Feeder feeder(hub.endpoint());
  chain.open(feeder);
  other.open(feeder);
  auto batch = chain.batch(1, 4);
  batch.mutable_batch()->MergeFrom(other.batch(1, 5).batch());
  batch.mutable_batch()->MergeFrom(chain.batch(5, 10).batch());
  feeder.write(batch);
  EXPECT_EQ(feeder.read().ack().sequence(), 4u);
  EXPECT_EQ(feeder.read().ack().sequence(), 5u);
  EXPECT_EQ(feeder.read().ack().sequence(), 10u);
}

TEST_F(IngestTest, EndsAStreamThatDoesNotBeginWithHello) {
  const auto stub = v1::Ingest::NewStub(grpc::CreateChannel(hub.endpoint(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10s);
  const auto stream = stub->Push(&context);
  v1::PushRequest request;
  *request.mutable_open()->mutable_chain() = records::to_chain(chain.header);
  stream->Write(request);
  v1::PushReply reply;
  EXPECT_FALSE(stream->Read(&reply));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(IngestTest, IsNotServedByAStation) {
  hub.stop_serving();
  auto settings = hub.service_settings();
  settings.ingest = false;
  hub.serve(settings);
  const auto stub = v1::Ingest::NewStub(grpc::CreateChannel(hub.endpoint(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10s);
  EXPECT_EQ(stub->Push(&context)->Finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace exhaust::service
