// Records, Station, health and the server's life, as a client sees them.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/client_unary_call.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "daemon/records/records.hpp"
#include "exhaust/v1/ingest.grpc.pb.h"
#include "exhaust/v1/records.grpc.pb.h"
#include "exhaust/v1/station.grpc.pb.h"
#include "tests/daemon/service/tier.hpp"

namespace exhaust::service {
namespace {

using namespace exhaust::testing_tier;

class Subscriber {
 public:
  Subscriber(const std::shared_ptr<grpc::Channel>& channel, const v1::SubscribeRequest& request)
      : stub_(v1::Records::NewStub(channel)) {
    context_.set_deadline(std::chrono::system_clock::now() + 10s);
    reader_ = stub_->Subscribe(&context_, request);
  }
  ~Subscriber() { context_.TryCancel(); }

  std::optional<v1::RecordBlock> next() {
    v1::RecordBlock block;
    if (!reader_->Read(&block)) return std::nullopt;
    if (!block.token().empty()) token = block.token();
    for (const auto& record : block.records()) records.push_back(record);
    return block;
  }
  /// Reads until `count` records have come, or the stream has ended.
  bool read(std::size_t count) {
    while (records.size() < count) {
      if (!next()) return false;
    }
    return true;
  }
  grpc::Status read_all() {
    while (next()) {
    }
    return reader_->Finish();
  }
  void cancel() { context_.TryCancel(); }

  std::vector<v1::Record> records;
  std::string token;

 private:
  std::unique_ptr<v1::Records::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::RecordBlock>> reader_;
};

class RecordsTest : public testing::Test {
 protected:
  RecordsTest() { first_passage = station.append(v1::Entry::gap, "") + 1; }

  std::shared_ptr<grpc::Channel> channel() {
    return grpc::CreateChannel(station.endpoint(), grpc::InsecureChannelCredentials());
  }
  std::unique_ptr<Subscriber> subscribe(const v1::SubscribeRequest& request) {
    return std::make_unique<Subscriber>(channel(), request);
  }
  static v1::SubscribeRequest from(Sequence sequence, bool until_now = true) {
    v1::SubscribeRequest request;
    request.set_from_sequence(sequence);
    request.set_until_now(until_now);
    return request;
  }

  Folder folder;
  Tier station{folder.path, "A110119001"};
  Sequence first_passage = 0;  ///< what is before is the ledger's own beginning
};

TEST_F(RecordsTest, ComeInOrderFromASequenceUntilNow) {
  station.append_passages(1200);
  station.serve();
  const auto all = subscribe(from(first_passage));
  ASSERT_TRUE(all->read_all().ok());
  ASSERT_EQ(all->records.size(), 1200u);
  for (std::size_t i = 0; i < 1200; ++i) {
    EXPECT_EQ(all->records[i].sequence(), first_passage + i);
    EXPECT_EQ(all->records[i].passage().vehicle_number(), i + 1);
  }
}

TEST_F(RecordsTest, ComeInBlocksOfBoundedSize) {
  for (int i = 0; i < 40; ++i) {
    v1::SettingsSnapshot snapshot;
    snapshot.set_text(std::string(20'000, 'x'));
    station.append(v1::Entry::settings_snapshot, snapshot.SerializeAsString());
  }
  station.append_passages(1200);
  station.serve();
  const auto all = subscribe(from(1));
  while (const auto block = all->next()) {
    EXPECT_LE(block->records_size(), 500);
    EXPECT_LE(block->ByteSizeLong(), 256u << 10);
  }
  EXPECT_GT(all->records.size(), 1240u);
}

TEST_F(RecordsTest, FollowTheTail) {
  station.append_passages(10);
  station.serve();
  v1::SubscribeRequest request;
  request.set_tail(true);
  const auto tail = subscribe(request);
  const auto standing = tail->next();  // at once, so that one knows from where
  ASSERT_TRUE(standing);
  EXPECT_EQ(standing->records_size(), 0);
  EXPECT_EQ(standing->newest_position(), station.ledger().newest());
  station.append_passages(1);
  ASSERT_TRUE(tail->read(1));
  EXPECT_EQ(tail->records[0].passage().vehicle_number(), 11u);
  station.append_passages(3);
  ASSERT_TRUE(tail->read(4));
}

TEST_F(RecordsTest, WaitForASequenceThatIsStillToCome) {
  station.append_passages(3);
  station.serve();
  const auto later = subscribe(from(first_passage + 5, false));
  ASSERT_TRUE(later->next());
  station.append_passages(4);
  ASSERT_TRUE(later->read(2));
  EXPECT_EQ(later->records[0].sequence(), first_passage + 5);
}

TEST_F(RecordsTest, ArePickedByFlagKindAndStation) {
  station.append_passages(50);
  station.append_passages(2, true);
  station.append(v1::Entry::gap, "");
  station.append_passages(50);
  station.serve();
  auto request = from(1);
  request.set_flagged_only(true);
  const auto flagged = subscribe(request);
  ASSERT_TRUE(flagged->read_all().ok());
  ASSERT_EQ(flagged->records.size(), 2u);
  EXPECT_TRUE(flagged->records[0].passage().assessment().flagged());

  request = from(first_passage);
  request.add_kinds(v1::Entry::gap);
  const auto gaps = subscribe(request);
  ASSERT_TRUE(gaps->read_all().ok());
  EXPECT_EQ(gaps->records.size(), 1u);

  v1::SubscribeRequest elsewhere;
  elsewhere.set_station_id("A110119099");
  elsewhere.set_until_now(true);
  const auto nothing = subscribe(elsewhere);
  ASSERT_TRUE(nothing->read_all().ok());
  EXPECT_EQ(nothing->records.size(), 0u);
  EXPECT_NE(nothing->token, "");
}

TEST_F(RecordsTest, BeginAtATime) {
  station.append_passages(20);
  station.serve();
  const auto all = subscribe(from(first_passage));
  ASSERT_TRUE(all->read_all().ok());
  v1::SubscribeRequest request;
  *request.mutable_from_time() = all->records[12].wall_time();
  request.set_until_now(true);
  request.add_kinds(v1::Entry::passage);
  const auto later = subscribe(request);
  ASSERT_TRUE(later->read_all().ok());
  ASSERT_FALSE(later->records.empty());
  EXPECT_EQ(later->records.back().sequence(), all->records.back().sequence());
}

TEST_F(RecordsTest, GoOnAfterATokenWithoutLossOrRepetition) {
  station.append_passages(700);
  station.serve();
  const auto first = subscribe(from(first_passage));
  ASSERT_TRUE(first->next());
  first->cancel();
  ASSERT_LT(first->records.size(), 700u);

  v1::SubscribeRequest request;
  request.set_from_token(first->token);
  request.set_until_now(true);
  const auto rest = subscribe(request);
  ASSERT_TRUE(rest->read_all().ok());
  EXPECT_EQ(first->records.size() + rest->records.size(), 700u);
  EXPECT_EQ(rest->records.front().sequence(), first->records.back().sequence() + 1);

  request.set_from_token("from another ledger");
  EXPECT_EQ(subscribe(request)->read_all().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RecordsTest, AreSilentButForAHeartbeat) {
  auto settings = station.service_settings();
  settings.heartbeat = 30ms;
  station.serve(settings);
  v1::SubscribeRequest request;
  request.set_tail(true);
  request.set_flagged_only(true);
  const auto tail = subscribe(request);
  Position before = 0;
  for (int beat = 0; beat < 4; ++beat) {
    const auto block = tail->next();
    ASSERT_TRUE(block);
    EXPECT_EQ(block->records_size(), 0);
    EXPECT_GE(block->newest_position(), before);
    before = block->newest_position();
    station.append_passages(1);  // not flagged: it must not put the heartbeat off
  }
}

TEST_F(RecordsTest, DoNotWaitForASubscriberThatNeverReads) {
  station.append_passages(4000);
  station.serve();
  std::vector<std::unique_ptr<Subscriber>> asleep;
  for (int i = 0; i < 10; ++i) asleep.push_back(subscribe(from(1, false)));
  const auto awake = subscribe(from(first_passage));
  ASSERT_TRUE(awake->read_all().ok());
  EXPECT_EQ(awake->records.size(), 4000u);
  asleep[0]->cancel();  // in the middle of a write
  asleep.erase(asleep.begin());
  const auto begin = std::chrono::steady_clock::now();
  station.stop_serving();  // with nine open streams
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(RecordsTest, AreFoundOneByOne) {
  station.append_passages(5);
  station.serve();
  const auto stub = v1::Records::NewStub(channel());
  const auto get = [&](const v1::GetRequest& request, v1::Record& record) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 10s);
    return stub->Get(&context, request, &record).error_code();
  };
  v1::GetRequest request;
  request.set_sequence(first_passage + 2);
  v1::Record record;
  ASSERT_EQ(get(request, record), grpc::StatusCode::OK);
  EXPECT_EQ(record.passage().vehicle_number(), 3u);
  EXPECT_EQ(record.ledger_id(), records::to_text(station.key().ledger_id));
  request.set_ledger_id(record.ledger_id());
  EXPECT_EQ(get(request, record), grpc::StatusCode::OK);
  request.set_sequence(4711);
  EXPECT_EQ(get(request, record), grpc::StatusCode::NOT_FOUND);
  request.set_ledger_id("nonsense");
  EXPECT_EQ(get(request, record), grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_ledger_id();
  request.set_station_id("A110119099");
  EXPECT_EQ(get(request, record), grpc::StatusCode::NOT_FOUND);
}

// --- the server ---

/// grpc.health.v1.Health/Check without its generated code: both messages are one small field.
std::string check_health(const std::shared_ptr<grpc::Channel>& channel, const std::string& name) {
  v1::Hello request;  // field 1, string: as HealthCheckRequest.service
  request.set_who(name);
  v1::StatusRequest reply;  // HealthCheckResponse.status is kept as an unknown field
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10s);
  const grpc::internal::RpcMethod method("/grpc.health.v1.Health/Check", grpc::internal::RpcMethod::NORMAL_RPC);
  const auto status = grpc::internal::BlockingUnaryCall<v1::Hello, v1::StatusRequest, google::protobuf::MessageLite,
                                                        google::protobuf::MessageLite>(channel.get(), method, &context,
                                                                                       request, &reply);
  if (!status.ok()) return status.error_code() == grpc::StatusCode::NOT_FOUND ? "not found" : status.error_message();
  return reply.SerializeAsString() == "\x08\x01" ? "serving" : "not serving";
}

/// Whether a method is there at all.
bool serves_reflection(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10s);
  const grpc::internal::RpcMethod method("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                         grpc::internal::RpcMethod::BIDI_STREAMING);
  const std::unique_ptr<grpc::ClientReaderWriter<v1::StatusRequest, v1::StatusRequest>> stream(
      grpc::internal::ClientReaderWriterFactory<v1::StatusRequest, v1::StatusRequest>::Create(channel.get(), method,
                                                                                             &context));
  stream->WritesDone();
  return stream->Finish().error_code() != grpc::StatusCode::UNIMPLEMENTED;
}

using ServerTest = RecordsTest;

TEST_F(ServerTest, ServesTcpWithoutAndTheLocalSocketWithReflection) {
  auto settings = station.service_settings();
  settings.listen = "127.0.0.1:0";
  station.serve(settings);
  ASSERT_GT(station.server().port(), 0);
  const auto tcp = grpc::CreateChannel("127.0.0.1:" + std::to_string(station.server().port()),
                                       grpc::InsecureChannelCredentials());
  EXPECT_EQ(check_health(tcp, ""), "serving");
  EXPECT_FALSE(serves_reflection(tcp));
  EXPECT_TRUE(serves_reflection(channel()));
  struct stat file {};
  ASSERT_EQ(::stat(settings.socket.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0660u);
}

TEST_F(ServerTest, SaysHowItsPartsAre) {
  station.serve();
  station.io().run([&] {
    station.server().set_health("ledger", true);
    station.server().set_health("device.gas", false);
    return 0;
  });
  EXPECT_EQ(check_health(channel(), "ledger"), "serving");
  EXPECT_EQ(check_health(channel(), "device.gas"), "not serving");
  EXPECT_EQ(check_health(channel(), "nobody"), "not found");
}

TEST_F(ServerTest, SaysInOneSentenceWhyItCannotListen) {
  auto settings = station.service_settings();
  settings.listen = "127.0.0.1:0";
  station.serve(settings);
  const auto start_second = [&](ServiceSettings with) {
    return station.io().run([&] {
      return Server::start(station.io().io, station.ledger(), with, {"x", "test"}, {.status = [] { return v1::StatusReply{}; }});
    });
  };
  const auto same_socket = start_second(settings);
  ASSERT_FALSE(same_socket);
  EXPECT_EQ(same_socket.error().detail, "another daemon serves " + settings.socket.string());
  auto second = settings;
  second.socket = folder.path / "t";
  second.listen = "127.0.0.1:" + std::to_string(station.server().port());
  const auto same_port = start_second(second);
  ASSERT_FALSE(same_port);
  EXPECT_EQ(same_port.error().detail, "cannot listen on " + second.listen);
}

TEST_F(ServerTest, ReplacesTheSocketOfADaemonThatDied) {
  const auto path = station.service_settings().socket;
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(dead);
  station.serve();
  EXPECT_EQ(check_health(channel(), ""), "serving");
}

TEST_F(ServerTest, AnswersWithTheStatusOfTheIoThread) {
  station.serve();
  const auto stub = v1::Station::NewStub(channel());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10s);
  v1::StatusReply reply;
  ASSERT_TRUE(stub->Status(&context, {}, &reply).ok());
  EXPECT_EQ(reply.station_id(), "A110119001");
}

TEST_F(ServerTest, SaysThatTheLoopIsStuck) {
  station.serve();
  std::promise<void> go_on;
  boost::asio::post(station.io().io, [waits = go_on.get_future().share()] { waits.wait(); });
  const auto stub = v1::Station::NewStub(channel());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10s);
  v1::StatusReply reply;
  EXPECT_EQ(stub->Status(&context, {}, &reply).error_message(), "the daemon's loop does not answer");
  go_on.set_value();
}

TEST_F(ServerTest, StopsInTimeWithOpenStreamsAndTellsThemWhy) {
  station.append_passages(10);
  station.serve();
  v1::SubscribeRequest request;
  request.set_tail(true);
  std::vector<std::unique_ptr<Subscriber>> subscribers;
  for (int i = 0; i < 10; ++i) {
    subscribers.push_back(subscribe(request));
    ASSERT_TRUE(subscribers.back()->next());
  }
  const auto begin = std::chrono::steady_clock::now();
  station.stop_serving();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
  for (auto& subscriber : subscribers) {
    EXPECT_EQ(subscriber->read_all().error_code(), grpc::StatusCode::UNAVAILABLE);
  }
}

}  // namespace
}  // namespace exhaust::service
