#include "daemon/uplink/uplink.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/daemon/service/tier.hpp"

namespace exhaust::uplink {
namespace {

using namespace exhaust::testing_tier;
using ::testing::HasSubstr;

/// A station, a hub and the uplink between them, over a real socket.
class UplinkTest : public testing::Test {
 protected:
  ~UplinkTest() override { disconnect(); }

  TierSettings settings() {
    TierSettings settings;
    settings.name = "city";
    settings.endpoint = hub.endpoint();
    settings.batch_entries = 50;
    settings.batch_deadline = 2s;
    settings.backoff_first = 5ms;
    settings.backoff_most = 40ms;
    return settings;
  }
  void connect() { connect(settings()); }
  void connect(TierSettings with) {
    station.io().run([&] {
      uplink = std::make_unique<Uplink>(station.io().io, station.ledger(), with, Identity{station.station_id(), "test"},
                                        folder.path);
      uplink->start();
      return 0;
    });
  }
  void disconnect() {
    station.io().run([&] { return uplink.reset(), 0; });
  }
  TierState state() {
    const auto now = station.io().run([&] { return uplink->state(); });
    EXPECT_EQ(now.stored, now.accepted + now.withheld + now.pending + now.quarantined + now.expired + now.damaged);
    return now;
  }
  bool all_accepted() {
    const auto now = state();
    return now.pending == 0 && now.stored == station.last_of(station.key());
  }

  Folder folder, station_folder, hub_folder;
  Tier station{station_folder.path, "A110119001"};
  Tier hub{hub_folder.path, "D110100001"};
  std::unique_ptr<Uplink> uplink;
};

TEST_F(UplinkTest, BringsTheSameBytesAndTheSameHashes) {
  station.append_passages(333);
  hub.serve();
  connect();
  ASSERT_TRUE(eventually([&] { return all_accepted(); })) << state().detail;
  EXPECT_EQ(state().state, "connected");
  EXPECT_GT(state().sent_bytes, 0u);
  EXPECT_TRUE(state().last_ack.has_value());
  expect_same_chain(station, hub);
}

TEST_F(UplinkTest, BringsALoneEntryAtOnce) {
  hub.serve();
  connect();
  ASSERT_TRUE(eventually([&] { return all_accepted() && state().state == "connected"; }));
  station.append_passages(1);
  ASSERT_TRUE(eventually([&] { return all_accepted(); }));
  expect_same_chain(station, hub);
}

TEST_F(UplinkTest, WaitsForAPlatformThatIsNotThereAndSaysWhy) {
  station.append_passages(3);
  connect();
  ASSERT_TRUE(eventually([&] { return state().reconnects >= 3; }));
  EXPECT_NE(state().detail, "");
  EXPECT_EQ(state().accepted, 0u);
  hub.serve();
  ASSERT_TRUE(eventually([&] { return all_accepted(); }));
  expect_same_chain(station, hub);
}

TEST_F(UplinkTest, BringsEachEntryOnceWhateverHappensToTheHub) {
  station.append_passages(500);
  hub.serve();
  connect();
  for (int round = 1; round <= 4; ++round) {
    const auto before = hub.last_of(station.key());
    ASSERT_TRUE(eventually([&] { return hub.last_of(station.key()) > before || all_accepted(); }));
    hub.close();  // in the middle of the stream
    station.append_passages(300);
    hub.open();
    hub.serve();
  }
  ASSERT_TRUE(eventually([&] { return all_accepted(); })) << state().detail;
  expect_same_chain(station, hub);
  EXPECT_GE(state().reconnects, 4u);
}

TEST_F(UplinkTest, RewindsWhenTheHubLostItsData) {
  station.append_passages(120);
  hub.serve();
  connect();
  ASSERT_TRUE(eventually([&] { return all_accepted(); }));
  hub.lose_everything();
  hub.serve();
  ASSERT_TRUE(eventually([&] { return state().rewinds == 1 && all_accepted(); })) << state().detail;
  expect_same_chain(station, hub);
}

TEST_F(UplinkTest, IsRefusedAsBehindWhenTheStationLostItsTail) {
  station.append_passages(40);
  const auto copy = station_folder.path / "copy";
  station.close();
  std::filesystem::copy(station_folder.path / "ledger", copy, std::filesystem::copy_options::recursive);
  station.open();
  station.append_passages(10);
  hub.serve();
  connect();
  ASSERT_TRUE(eventually([&] { return all_accepted(); }));

  disconnect();
  station.close();
  std::filesystem::remove_all(station_folder.path / "ledger");
  std::filesystem::rename(copy, station_folder.path / "ledger");
  station.open();
  connect();
  ASSERT_TRUE(eventually([&] { return state().state == "refused"; }));
  EXPECT_THAT(state().detail, HasSubstr("behind"));

  // Written anew, the same sequences are a fork.
  station.append_passages(1);
  station.append(v1::Entry::device_event, "");
  station.append_passages(20);
  ASSERT_TRUE(eventually([&] { return state().detail.find("fork") != std::string::npos; })) << state().detail;
  EXPECT_EQ(state().state, "refused");
}

TEST_F(UplinkTest, SaysThatASimulatedLedgerIsNotTaken) {
  Folder elsewhere;
  Tier simulated{elsewhere.path, "A110119002", true};
  hub.serve();
  std::unique_ptr<Uplink> of_simulated;
  simulated.io().run([&] {
    of_simulated = std::make_unique<Uplink>(simulated.io().io, simulated.ledger(), settings(),
                                            Identity{"A110119002", "test"}, elsewhere.path);
    of_simulated->start();
    return 0;
  });
  EXPECT_TRUE(eventually([&] { return simulated.io().run([&] { return of_simulated->state(); }).state == "refused"; }));
  EXPECT_THAT(simulated.io().run([&] { return of_simulated->state(); }).detail, HasSubstr("simulated"));
  simulated.io().run([&] { return of_simulated.reset(), 0; });
}

TEST_F(UplinkTest, CountsWhatThePlatformRejectsAsQuarantined) {
  station.append_passages(5);
  station.append(v1::Entry::passage, "\xff\xff");
  station.append_passages(5);
  hub.serve();
  connect();
  ASSERT_TRUE(eventually([&] { return all_accepted(); }));
  EXPECT_EQ(state().quarantined, 1u);
  EXPECT_EQ(state().accepted, state().stored - 1);
  // Asked again after a new connection, the platform says the same.
  disconnect();
  connect();
  ASSERT_TRUE(eventually([&] { return state().state == "connected" && all_accepted(); }));
  EXPECT_EQ(state().quarantined, 1u);
  EXPECT_EQ(hub.last_of(station.key()), station.last_of(station.key()));
}

TEST_F(UplinkTest, ShowsTheSavedFiguresBeforeThePlatformIsHeard) {
  station.append_passages(30);
  hub.serve();
  connect();
  ASSERT_TRUE(eventually([&] { return all_accepted(); }));
  const auto accepted = state().accepted;
  disconnect();
  hub.stop_serving();
  station.append_passages(2);
  connect();
  EXPECT_EQ(state().accepted, accepted);
  EXPECT_EQ(state().pending, 2u);
  EXPECT_NE(state().state, "connected");
}

TEST_F(UplinkTest, CarriesTheChainsOfAHubToTheNextTier) {
  Folder province_folder, cursors;
  Tier province{province_folder.path, "D110000001"};
  province.serve();
  hub.serve();
  std::unique_ptr<Uplink> onward;
  auto to_province = settings();
  to_province.endpoint = province.endpoint();
  hub.io().run([&] {
    onward = std::make_unique<Uplink>(hub.io().io, hub.ledger(), to_province, Identity{hub.station_id(), "test"},
                                      cursors.path);
    onward->start();
    return 0;
  });
  station.append_passages(150);
  connect();
  EXPECT_TRUE(eventually([&] { return province.last_of(station.key()) == station.last_of(station.key()); }));
  expect_same_chain(station, province);
  EXPECT_TRUE(eventually([&] { return hub.io().run([&] { return onward->state(); }).pending == 0; }));
  hub.io().run([&] { return onward.reset(), 0; });
}

TEST_F(UplinkTest, GivesUpASilentPlatformAtTheDeadline) {
  // Something accepts the connection and never says a word.
  station.append_passages(1);
  const auto path = (folder.path / "mute").string();
  const int mute = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(mute, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(mute, 16), 0);
  auto to_mute = settings();
  to_mute.endpoint = "unix:" + path;
  to_mute.batch_deadline = 50ms;
  connect(to_mute);
  EXPECT_TRUE(eventually([&] { return state().reconnects >= 2; }));
  EXPECT_EQ(state().detail, "no answer from the platform in time");
  disconnect();
  ::close(mute);
}

TEST_F(UplinkTest, StopsInTimeWhileThePlatformIsUnreachable) {
  auto nowhere = settings();
  nowhere.endpoint = "unix:" + (folder.path / "nobody").string();
  connect(nowhere);
  const auto begin = std::chrono::steady_clock::now();
  disconnect();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

}  // namespace
}  // namespace exhaust::uplink
