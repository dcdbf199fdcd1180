#include "daemon/app/recorder.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "daemon/capture/reader.hpp"

namespace exhaust::app {
namespace {

using namespace std::chrono_literals;

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    char name[] = "/tmp/exhaust-recorder-XXXXXX";
    settings.capture.folder = std::filesystem::path(mkdtemp(name)) / "captures";
    settings.capture.most_bytes = 1 << 20;
    settings.capture.most_files = 2;
    settings.station.id = "A110119001";
    settings.file = "/etc/exhaustd/exhaustd.toml";
    settings.text = "[station]\n";
    settings.files = {{"devices/one.toml", "profile"}};
    for (const auto* device : {"smoke", "gate"}) settings.devices.emplace_back().name = device;
    recorder = std::make_unique<Recorder>(io, clock, settings,
                                          Recorder::Asks{.state =
                                                             [] {
                                                               v1::InspectionState state;
                                                               state.add_lanes()->set_lane(7);
                                                               return state;
                                                             },
                                                         .operated = [this](const auto& action) { actions.push_back(action); }});
  }
  ~RecorderTest() override {
    recorder.reset();
    std::filesystem::remove_all(settings.capture.folder.parent_path());
  }

  Result<v1::CaptureStatus> start(const std::string& note = "") {
    clock.advance(1s);
    v1::CaptureStartRequest request;
    request.set_actor("technician");
    request.set_note(note);
    return recorder->start(request);
  }
  Result<v1::CaptureStatus> stop() {
    std::optional<Result<v1::CaptureStatus>> answer;
    recorder->stop({}, [&](const auto& said) { answer = said; });
    io.restart();
    const auto work = boost::asio::make_work_guard(io);
    for (const auto deadline = std::chrono::steady_clock::now() + 10s; !answer && std::chrono::steady_clock::now() < deadline;) {
      io.run_one_for(10ms);
    }
    return answer.value_or(fail(ErrorKind::kTimeout, "no answer"));
  }
  void gate_says(const std::string& text) {
    recorder->tap(settings.devices[1], {Frame::Kind::kReceived, clock.monotonic(), clock.wall(), 1, as_bytes(text)});
  }

  settings::Settings settings;
  ManualClock clock;
  boost::asio::io_context io;
  std::vector<v1::OperatorAction> actions;
  std::unique_ptr<Recorder> recorder;
};

TEST_F(RecorderTest, ACaptureBeginsWithStateSettingsAndFilesInForce) {
  gate_says("before");
  const auto started = start("why not");
  ASSERT_TRUE(started) << started.error().detail;
  EXPECT_EQ(started->state(), "running");
  gate_says("during");
  recorder->device_changed({"smoke", 1, acquisition::DeviceState::kUp, acquisition::DeviceState::kDown, "silent"}, {clock.monotonic(), clock.wall()});
  recorder->clock_changed({}, {clock.monotonic(), clock.wall()});
  const auto stopped = stop();
  ASSERT_TRUE(stopped) << stopped.error().detail;
  EXPECT_EQ(stopped->state(), "done");
  gate_says("after");

  auto reader = capture::Reader::open(stopped->file());
  ASSERT_TRUE(reader) << reader.error().detail;
  const auto& head = reader->head();
  EXPECT_EQ(head.station_id(), "A110119001");
  EXPECT_EQ(head.note(), "why not");
  EXPECT_EQ(head.state().lanes(0).lane(), 7u);
  ASSERT_EQ(head.files_size(), 2);
  EXPECT_EQ(head.files(0).name(), "exhaustd.toml");
  EXPECT_EQ(head.files(1).text(), "profile");
  std::vector<v1::CaptureRecord> records;
  while (auto record = reader->next()) records.push_back(*record);
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].frame().frame(), "during");
  EXPECT_EQ(head.devices(static_cast<int>(records[0].frame().device())), "gate");
  EXPECT_EQ(head.devices(static_cast<int>(records[1].device().device())), "smoke");
  EXPECT_EQ(records[1].device().state(), "down");
  EXPECT_TRUE(records[2].has_clock());
  EXPECT_EQ(records[3].end().reason(), "stopped");
  EXPECT_FALSE(reader->torn());
}

TEST_F(RecorderTest, WhatAnOperatorDoesGoesIntoTheLedger) {
  ASSERT_TRUE(start("looking for noise"));
  ASSERT_TRUE(stop());
  ASSERT_EQ(actions.size(), 2u);
  EXPECT_EQ(actions[0].actor(), "technician");
  EXPECT_EQ(actions[0].action(), "capture_start");
  EXPECT_NE(actions[0].detail().find("looking for noise"), std::string::npos);
  EXPECT_EQ(actions[1].action(), "capture_stop");
}

TEST_F(RecorderTest, ALongNoteIsCutBetweenCharacters) {
  const auto started = start(std::string(999, 'n') + "京京");
  ASSERT_TRUE(started) << started.error().detail;
  ASSERT_TRUE(stop());
  const auto reader = capture::Reader::open(started->file());
  ASSERT_TRUE(reader) << reader.error().detail;
  EXPECT_EQ(reader->head().note(), std::string(999, 'n'));
  v1::OperatorAction stored;
  EXPECT_TRUE(stored.ParseFromString(actions[0].SerializeAsString()));
}

TEST_F(RecorderTest, OneAtATimeAndOnlySoManyFiles) {
  EXPECT_FALSE(stop());
  ASSERT_TRUE(start());
  EXPECT_EQ(start().error().kind, ErrorKind::kRefused);
  ASSERT_TRUE(stop());
  ASSERT_TRUE(start());
  ASSERT_TRUE(stop());
  const auto third = start();
  ASSERT_FALSE(third);
  EXPECT_NE(third.error().detail.find("most_files"), std::string::npos);
  EXPECT_EQ(actions.size(), 4u);
}

TEST_F(RecorderTest, NoCaptureTakesTheLedgersRoom) {
  settings.capture.most_bytes = std::uint64_t{1} << 60;
  const auto started = start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().detail.find("no room"), std::string::npos);
}

TEST_F(RecorderTest, AFolderThatCannotBeMadeIsSaid) {
  std::ofstream(settings.capture.folder) << "a file";
  EXPECT_EQ(start().error().kind, ErrorKind::kStorage);
}

TEST_F(RecorderTest, AStationThatStopsEndsItsCapture) {
  const auto started = start();
  ASSERT_TRUE(started);
  recorder->station_stops({clock.monotonic(), clock.wall()});
  EXPECT_FALSE(start());
  recorder.reset();  // waits for the disk
  auto reader = capture::Reader::open(started->file());
  const auto record = reader->next();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->end().reason(), "station_stopped");
}

TEST_F(RecorderTest, AFullCaptureEndsByItselfAndStopSaysSo) {
  ASSERT_TRUE(start());
  for (int i = 0; i < 300; ++i) gate_says(std::string(10'000, 'x'));
  const auto stopped = stop();
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().detail.find("full"), std::string::npos);
}

}  // namespace
}  // namespace exhaust::app
