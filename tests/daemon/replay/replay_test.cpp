#include "daemon/replay/replay.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <future>

#include "daemon/assembly/reading_state.hpp"
#include "daemon/capture/writer.hpp"
#include "daemon/ledger/sqlite/sqlite_ledger.hpp"
#include "daemon/replay/against.hpp"
#include "daemon/settings/settings.hpp"
#include "exhaust/v1/entry.pb.h"
#include "tests/daemon/inspection/traffic.hpp"

namespace exhaust::replay {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSettings = R"(
[station]
id = "A110119001"
simulated = true
[assembly]
join_window = "2s"
gap_least = "1s"
[standard]
files = ["standards/hj845-2017.toml"]
[quality.zero]
interval = "20s"
required = true
[quality.sanity]
co2_block = 5
co2_learn_blocks = 1
[[lane]]
lane = 1
line = "01"
[[lane]]
lane = 2
line = "01"
[device.gate-1]
driver = "frame"
lane = 1
endpoint = "tcp:127.0.0.1:1"
decoder = "stdbus-gate"
[device.gate-2]
driver = "frame"
lane = 2
endpoint = "tcp:127.0.0.1:1"
decoder = "stdbus-gate"
[device.analyser-1]
driver = "modbus"
lane = 1
endpoint = "tcp:127.0.0.1:1"
profile = "devices/analyser-history.toml"
[device.analyser-2]
driver = "modbus"
lane = 2
endpoint = "tcp:127.0.0.1:1"
profile = "devices/analyser-history.toml"
[device.smoke-1]
driver = "ak"
lane = 1
endpoint = "tcp:127.0.0.1:1"
channel = "K1"
values = ["vehicle_number", "opacity_percent"]
[device.smoke-2]
driver = "ak"
lane = 2
endpoint = "tcp:127.0.0.1:1"
channel = "K2"
values = ["vehicle_number", "opacity_percent"]
[device.camera]
driver = "anpr"
listen = "127.0.0.1:0"
[device.weather]
driver = "modbus"
endpoint = "tcp:127.0.0.1:1"
profile = "devices/zhixiangyu-weather.toml"
)";

/// The frames of this test's devices are readings, serialized: all decoders' work, and nothing of one.
Result<std::vector<Reading>> decode(const DeviceSettings&, ByteView frame) {
  v1::ReadingState state;
  if (!state.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) return fail(ErrorKind::kBadFrame, "not a reading");
  auto reading = assembly::from_message(state);
  if (!reading) return std::unexpected(reading.error());
  return std::vector{std::move(*reading)};
}

/// A station's deciding half, live, whose devices' frames are captured on the way.
class ReplayTest : public testing::Test {
 protected:
  explicit ReplayTest(const std::string& more_settings = {}) {
    char name[] = "/tmp/exhaust-replay-XXXXXX";
    folder = mkdtemp(name);
    file = folder / "one.exhcap";
    std::filesystem::create_directory_symlink(std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "standards", folder / "standards");
    std::filesystem::create_directory_symlink(std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "devices", folder / "devices");
    std::ofstream(folder / "station.toml") << kSettings << more_settings;
    auto read = settings::read_settings(folder / "station.toml");
    if (!read) throw std::runtime_error(read.error().detail);
    settings = std::move(*read);
  }
  ~ReplayTest() override { std::filesystem::remove_all(folder); }

  void begin(unsigned seed) {
    station.emplace(seed);
    live = std::make_unique<inspection::Inspection>("A110119001", settings.lanes, settings.standards, now(), std::vector<inspection::LanePast>(2),
                                                    settings::quality_plans(settings));
    std::filesystem::remove(file);
  }
  assembly::Moment now() const { return {station->at(), station->wall()}; }
  void step() {
    const int what = station->below(40);
    if (what == 0) {
      v1::ClockState clock;
      clock.set_state(v1::ClockState::synchronised);
      clock.set_estimated_error_s(station->below(1000) * 1e-6);
      if (writer) writer->clock_changed(clock, station->at());
      keep(live->set_clock_state(clock, station->at()));
    } else if (what < 9) {
      const auto index = static_cast<std::uint32_t>(station->below(static_cast<int>(settings.devices.size())));
      static constexpr const char* kStates[] = {"up", "up", "up", "degraded", "down", "unknown"};
      const auto* state = kStates[station->below(6)];
      if (writer) writer->device_changed(index, state, "as it says", station->at(), station->wall());
      keep(live->device_changed(settings.devices[index].name, state, "as it says", now()));
    } else if (what < 11) {
      const auto change = station->quality_change();
      if (!live->acceptable(change, now())) return;
      if (writer) writer->quality_changed(change, station->at(), station->wall());
      keep(live->quality_changed(change, now()));
    } else if (what < 12) {
      keep(live->tick(station->at()));
    } else {
      const auto reading = station->next();
      const auto bytes = assembly::to_message(reading).SerializeAsString();
      std::uint32_t index = 0;
      while (settings.devices[index].name != reading.device) ++index;
      const Frame frame{Frame::Kind::kMeasurement, reading.delivered, reading.arrived, reading.session, as_bytes(bytes)};
      if (writer) writer->frame(index, frame);
      if (writer && what == 12) writer->frame(index, {Frame::Kind::kSent, frame.delivered, frame.arrived, 1, as_bytes("a question")});
      const auto readings = *readings_of(&decode, settings.devices[index], frame);
      for (const auto& one : readings) keep(live->take(one));
    }
  }
  void capture_starts(std::uint64_t most_bytes = 64 << 20) {
    v1::CaptureHead head;
    head.set_station_id("A110119001");
    head.set_version(EXHAUST_VERSION);
    head.set_started_ns(assembly::to_ns(now().at));
    head.set_started_us(assembly::to_us(now().wall));
    const auto add = [&](const std::string& name, const std::string& text) {
      auto& added = *head.add_files();
      added.set_name(name);
      added.set_text(text);
      const auto hash = sha256(as_bytes(text));
      added.set_sha256(hash.data(), hash.size());
    };
    add("station.toml", settings.text);
    for (const auto& named : settings.files) add(named.name, named.text);
    for (const auto& device : settings.devices) head.add_devices(device.name);
    *head.mutable_state() = live->save();
    writer = std::move(*capture::Writer::create(file, std::move(head), most_bytes));
    said.clear();
  }
  void capture_ends(const char* reason = "stopped") {
    std::promise<void> done;
    writer->end(reason, now().at, now().wall, [&] { done.set_value(); });
    done.get_future().wait();
    keep(std::string_view(reason) == "station_stopped" ? live->finish(now()) : live->tick(now().at));
    writer.reset();
  }
  void keep(inspection::Statements statements) {
    for (auto& statement : statements) said.push_back(std::move(statement));
  }
  Summary replay(std::optional<assessment::StandardSet> standards = std::nullopt) {
    payloads.clear();
    auto opened = Replay::open(file, [](const DeviceSettings&) { return &decode; }, std::move(standards));
    EXPECT_TRUE(opened) << opened.error().detail;
    if (!opened) return {};
    auto summary = opened->run([this](const Payload& payload) { payloads.push_back(payload); });
    EXPECT_TRUE(summary) << summary.error().detail;
    return summary ? *summary : Summary{};
  }
  void expect_the_same() {
    ASSERT_EQ(payloads.size(), said.size());
    for (std::size_t i = 0; i < said.size(); ++i) {
      ASSERT_EQ(payloads[i].kind, said[i].kind) << i;
      ASSERT_EQ(payloads[i].bytes, said[i].payload) << i;
    }
  }
  /// What a station would have stored.
  void store_in_a_ledger(const std::function<void(std::size_t, ledger::Draft&)>& change = {}) {
    ledger::LedgerSettings where;
    where.folder = folder / "ledger";
    auto ledger = *ledger::open_sqlite_ledger(where, "A110119001", true, "test");
    std::promise<void> stored;
    std::size_t left = said.size();
    for (std::size_t i = 0; i < said.size(); ++i) {
      ledger::Draft draft{said[i].kind, 1, said[i].payload, {}};
      if (change) change(i, draft);
      ASSERT_TRUE(ledger->append(std::move(draft), [&](const auto&) {
        if (--left == 0) stored.set_value();
      }));
    }
    stored.get_future().wait();
  }

  std::filesystem::path folder, file;
  settings::Settings settings;
  std::optional<RandomStation> station;
  std::unique_ptr<inspection::Inspection> live;
  std::unique_ptr<capture::Writer> writer;
  std::vector<inspection::Statement> said;
  std::vector<Payload> payloads;
};

TEST_F(ReplayTest, WhateverHappenedThePayloadsAreTheSameBytes) {
  std::size_t all = 0;
  for (unsigned seed = 1; seed <= 15; ++seed) {
    begin(seed);
    for (int i = station->below(300); i > 0; --i) step();
    capture_starts();
    for (int i = 0; i < 400; ++i) step();
    capture_ends(seed % 2 == 0 ? "stopped" : "station_stopped");
    const auto summary = replay();
    EXPECT_EQ(summary.end, seed % 2 == 0 ? "stopped" : "station_stopped");
    EXPECT_FALSE(summary.torn);
    EXPECT_FALSE(summary.other_version);
    EXPECT_EQ(summary.undecoded, 0u);
    expect_the_same();
    all += payloads.size();
  }
  EXPECT_GT(all, 1000u);
}

/// The same station with a registry, which is replaced in the middle of everything.
class ReplayWithRegistryTest : public ReplayTest, public registry::Vehicles {
 protected:
  ReplayWithRegistryTest() : ReplayTest("[registry]\nfile = \"vehicles.db\"\n[fuel]\ndiesel_above_opacity_percent = 30.0\n") {}

  std::optional<v1::Vehicle> find(std::string_view plate, std::string_view color) override {
    std::optional<v1::Vehicle> found;
    const auto number = ++asked + std::hash<std::string_view>{}(plate);
    if (number % 3 != 0) {
      found.emplace();
      found->set_fuel(number % 3 == 1 ? "diesel" : "electric");
      found->set_fuel_source("registry");
      found->set_category(std::to_string(asked));  // another one each time: an answer to another question is noticed
    }
    if (writer && asked != forgotten) writer->looked_up(plate, color, found);
    return found;
  }
  void begin_asking(unsigned seed) {
    begin(seed);
    live->tell_vehicles_by(settings.registry.fuel, this);
  }
  std::size_t asked = 0, forgotten = 0;
};

TEST_F(ReplayWithRegistryTest, TheCaptureAnswersAndThePayloadsAreTheSameBytes) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    begin_asking(seed);
    for (int i = station->below(300); i > 0; --i) step();
    capture_starts();
    asked = 0;
    for (int i = 0; i < 400; ++i) step();
    if (seed % 2 != 0) keep(live->finish(now()));  // the station's order: what it still asks is in the capture
    capture_ends(seed % 2 == 0 ? "stopped" : "station_stopped");
    EXPECT_GT(asked, 10u);
    const auto summary = replay();
    EXPECT_EQ(summary.unanswered, 0u) << "seed " << seed;
    expect_the_same();
  }
}

TEST_F(ReplayWithRegistryTest, AnAnswerThatTheDiskWasTooSlowForIsCounted) {
  begin_asking(4);
  capture_starts();
  forgotten = asked + 10;
  for (int i = 0; i < 400; ++i) step();
  capture_ends();
  EXPECT_EQ(replay().unanswered, 1u);
}

TEST_F(ReplayWithRegistryTest, AFullCaptureHoldsTheAnswersToItsLastFrame) {
  for (const std::uint64_t most : {30'000u, 40'000u, 50'000u, 60'000u}) {
    begin_asking(6);
    capture_starts(most);
    while (!writer->state().ended) step();
    for (int i = 0; i < 100; ++i) step();
    ASSERT_EQ(writer->state().reason, "full");
    capture_ends();
    const auto summary = replay();
    EXPECT_EQ(summary.end, "full");
    EXPECT_EQ(summary.unanswered, 0u);
    ASSERT_FALSE(payloads.empty());
    ASSERT_LT(payloads.size(), said.size());
    for (std::size_t i = 0; i < payloads.size(); ++i) ASSERT_EQ(payloads[i].bytes, said[i].payload) << i;
  }
}

TEST_F(ReplayTest, ATornCaptureGivesThePayloadsUpToThere) {
  begin(7);
  capture_starts();
  for (int i = 0; i < 400; ++i) step();
  capture_ends();
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  const auto summary = replay();
  EXPECT_TRUE(summary.torn);
  ASSERT_FALSE(payloads.empty());
  ASSERT_LT(payloads.size(), said.size());
  for (std::size_t i = 0; i < payloads.size(); ++i) EXPECT_EQ(payloads[i].bytes, said[i].payload);
}

TEST_F(ReplayTest, AnotherStandardChangesTheAssessmentAndNothingElse) {
  begin(3);
  capture_starts();
  for (int i = 0; i < 400; ++i) step();
  capture_ends();
  replay();
  const auto before = payloads;
  auto strict = settings.standards.all().front();
  strict.id = "strict";
  strict.limits.clear();
  replay(assessment::StandardSet({strict}));
  ASSERT_EQ(payloads.size(), before.size());
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    if (payloads[i].kind != v1::Entry::passage) continue;
    v1::Passage one, other;
    one.ParseFromString(before[i].bytes);
    other.ParseFromString(payloads[i].bytes);
    EXPECT_EQ(other.assessment().standard(), "strict");
    one.clear_assessment();
    other.clear_assessment();
    EXPECT_EQ(one.SerializeAsString(), other.SerializeAsString());
  }
}

TEST_F(ReplayTest, TheLedgerOfTheSameTimeHoldsTheSameBytes) {
  begin(5);
  capture_starts();
  for (int i = 0; i < 400; ++i) step();
  capture_ends();
  store_in_a_ledger();
  replay();
  const auto compared = compare(folder / "ledger", payloads);
  ASSERT_TRUE(compared) << compared.error().detail;
  EXPECT_TRUE(compared->same()) << compared->differences.front();
  EXPECT_GT(compared->equal, 30u);
}

TEST_F(ReplayTest, OneAlteredEntryIsNamedWithTheFieldThatDiffers) {
  begin(5);
  capture_starts();
  for (int i = 0; i < 400; ++i) step();
  capture_ends();
  auto altered = said.size() / 2;
  while (said[altered].kind != v1::Entry::passage) ++altered;
  store_in_a_ledger([&](std::size_t i, ledger::Draft& draft) {
    v1::Passage passage;
    if (i != altered || draft.kind != v1::Entry::passage || !passage.ParseFromString(draft.payload)) return;
    passage.mutable_plate()->set_text("京B00000");
    draft.payload = passage.SerializeAsString();
  });
  replay();
  const auto compared = compare(folder / "ledger", payloads);
  ASSERT_TRUE(compared);
  ASSERT_EQ(compared->differences.size(), 1u);
  EXPECT_NE(compared->differences[0].find("plate"), std::string::npos) << compared->differences[0];
}

TEST_F(ReplayTest, WhatOnlyOneOfTheTwoHoldsIsADifference) {
  begin(5);
  capture_starts();
  for (int i = 0; i < 400; ++i) step();
  capture_ends();
  store_in_a_ledger();
  replay();
  const auto whole = payloads;
  payloads.erase(std::ranges::find(payloads.begin() + 10, payloads.end(), v1::Entry::passage, &Payload::kind));
  auto compared = compare(folder / "ledger", payloads);
  ASSERT_EQ(compared->differences.size(), 1u);
  EXPECT_NE(compared->differences[0].find("does not arrive"), std::string::npos);
  payloads = whole;
  v1::Gap gap;
  gap.set_lane(1);
  gap.set_reason("gate_silent");
  payloads.push_back({1, v1::Entry::gap, gap.SerializeAsString(), sha256(as_bytes(gap.SerializeAsString()))});
  compared = compare(folder / "ledger", payloads);
  ASSERT_EQ(compared->differences.size(), 1u);
  EXPECT_NE(compared->differences[0].find("does not hold"), std::string::npos);
}

TEST_F(ReplayTest, ARecordFromThePastIsDamage) {
  begin(1);
  capture_starts();
  const Frame old{Frame::Kind::kReceived, now().at - 1s, now().wall, 1, {}};
  writer->frame(0, old);
  capture_ends();
  auto opened = Replay::open(file, [](const DeviceSettings&) { return &decode; });
  ASSERT_TRUE(opened);
  const auto run = opened->run([](const auto&) {});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().kind, ErrorKind::kDamaged);
}

TEST_F(ReplayTest, AFrameThatCannotBeDecodedIsCounted) {
  begin(1);
  capture_starts();
  writer->frame(0, {Frame::Kind::kMeasurement, now().at, now().wall, 1, as_bytes("\x0f nonsense")});
  capture_ends();
  EXPECT_EQ(replay().undecoded, 1u);
}

}  // namespace
}  // namespace exhaust::replay
