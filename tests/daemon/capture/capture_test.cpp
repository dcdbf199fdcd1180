#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "daemon/capture/format.hpp"
#include "daemon/capture/reader.hpp"
#include "daemon/capture/writer.hpp"

namespace exhaust::capture {
namespace {

using namespace std::chrono_literals;

class CaptureTest : public testing::Test {
 protected:
  CaptureTest() {
    char name[] = "/tmp/exhaust-capture-XXXXXX";
    folder = mkdtemp(name);
    file = folder / "one.exhcap";
  }
  ~CaptureTest() override {
    writer.reset();
    std::filesystem::remove_all(folder);
  }

  void begin(std::uint64_t most_bytes = 1 << 20) {
    v1::CaptureHead head;
    head.set_station_id("A110119001");
    head.set_started_ns(now.time_since_epoch().count());
    head.add_devices("gate-1");
    auto created = Writer::create(file, head, most_bytes);
    ASSERT_TRUE(created) << created.error().detail;
    writer = std::move(*created);
  }
  void frame(const std::string& text) {
    now += 1ms;
    writer->frame(0, {Frame::Kind::kMeasurement, now, wall, 3, as_bytes(text)});
  }
  /// Until the file is on the disk.
  void end() {
    std::promise<void> done;
    writer->end("stopped", now, wall, [&] { done.set_value(); });
    done.get_future().wait();
  }
  std::vector<v1::CaptureRecord> records() {
    std::vector<v1::CaptureRecord> all;
    auto reader = Reader::open(file);
    EXPECT_TRUE(reader) << reader.error().detail;
    if (!reader) return all;
    while (auto record = reader->next()) all.push_back(std::move(*record));
    torn = reader->torn();
    return all;
  }
  std::string bytes() const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void replace(const std::string& with) const { std::ofstream(file, std::ios::binary | std::ios::trunc) << with; }

  std::filesystem::path folder, file;
  MonotonicTime now{1h};
  WallTime wall{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  std::unique_ptr<Writer> writer;
  std::optional<std::string> torn;
};

TEST_F(CaptureTest, WhatWasTappedIsReadBackInOrder) {
  begin();
  frame("first");
  v1::ClockState clock;
  clock.set_state(v1::ClockState::synchronised);
  writer->clock_changed(clock, now + 1ms);
  writer->device_changed(0, "down", "no answer", now + 2ms, wall);
  frame(std::string("\0\xff\x02", 3));
  end();
  const auto all = records();
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[0].frame().frame(), "first");
  EXPECT_EQ(all[0].frame().kind(), v1::CapturedFrame::measurement);
  EXPECT_EQ(all[0].frame().session(), 3u);
  EXPECT_EQ(all[0].frame().delivered_ns(), std::chrono::nanoseconds(1h + 1ms).count());
  EXPECT_EQ(all[1].clock().state().state(), v1::ClockState::synchronised);
  EXPECT_EQ(all[2].device().detail(), "no answer");
  EXPECT_EQ(all[3].frame().frame(), std::string("\0\xff\x02", 3));
  EXPECT_EQ(all[4].end().reason(), "stopped");
  EXPECT_EQ(all[4].end().frames(), 2u);
  EXPECT_FALSE(torn);
  EXPECT_TRUE(writer->state().complete);
  EXPECT_EQ(writer->state().bytes, std::filesystem::file_size(file));
}

TEST_F(CaptureTest, TheRegistrysAnswersStandWhereTheyWereGiven) {
  begin();
  frame("a plate");
  v1::Vehicle vehicle;
  vehicle.set_fuel("diesel");
  writer->looked_up("京A12345", "yellow", vehicle);
  writer->looked_up("京A12346", "blue", std::nullopt);
  end();
  const auto all = records();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[1].vehicle().plate(), "京A12345");
  EXPECT_EQ(all[1].vehicle().color(), "yellow");
  EXPECT_EQ(all[1].vehicle().found().fuel(), "diesel");
  EXPECT_FALSE(all[2].vehicle().has_found());
  EXPECT_EQ(all[3].end().frames(), 1u);
}

TEST_F(CaptureTest, AFullOneEndsAtTheStampOfItsLastRecord) {
  begin(4096);
  for (int i = 0; i < 100; ++i) frame(std::string(100, 'x'));
  end();
  const auto all = records();
  EXPECT_EQ(all.back().end().at_ns(), all[all.size() - 2].frame().delivered_ns());
}

TEST_F(CaptureTest, AnswersToTheLastFrameFitWhereNoFrameDoes) {
  begin(1 << 20);
  while (!writer->state().ended) {
    const auto room = (1u << 20) - writer->state().bytes;
    if (room < 17'000) break;
    frame(std::string(std::min<std::size_t>(room - 16'900, 10'000), 'x'));
  }
  for (int i = 0; i < 50; ++i) writer->looked_up("京A12345", "yellow", std::nullopt);
  EXPECT_FALSE(writer->state().ended);
  frame(std::string(1000, 'x'));
  EXPECT_TRUE(writer->state().ended);
  end();
  EXPECT_EQ(records().back().end().reason(), "full");
}

TEST_F(CaptureTest, OthersMayNotReadIt) {
  begin();
  end();
  struct stat state {};
  ASSERT_EQ(::stat(file.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 07u, 0u);
  EXPECT_EQ(state.st_mode & 0777u & ~0640u, 0u);
}

TEST_F(CaptureTest, ItEndsBeforeItsBound) {
  begin(4096);
  for (int i = 0; i < 100; ++i) frame(std::string(100, 'x'));
  end();
  EXPECT_LE(std::filesystem::file_size(file), 4096u);
  const auto all = records();
  EXPECT_EQ(all.back().end().reason(), "full");
  EXPECT_EQ(all.back().end().frames(), all.size() - 1);
  EXPECT_GT(all.size(), 20u);
  EXPECT_EQ(writer->state().reason, "full");
}

TEST_F(CaptureTest, ARecordThatDoesNotFitIntoTheQueueIsCountedAndNobodyWaits) {
  begin(64 << 20);
  frame("before");
  frame(std::string(kMostQueued + 1, 'x'));
  frame("after");
  end();
  const auto all = records();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1].frame().frame(), "after");
  EXPECT_EQ(all[2].end().dropped(), 1u);
  EXPECT_EQ(writer->state().dropped, 1u);
}

TEST_F(CaptureTest, ThePostOfACameraFitsHoweverLargeItsPictures) {
  begin(64 << 20);
  frame(std::string(34 << 20, 'x'));  // three full pictures in base64, and a little
  end();
  EXPECT_EQ(writer->state().dropped, 0u);
  ASSERT_EQ(records().size(), 2u);
}

TEST_F(CaptureTest, WhereverItIsTornTheRecordsBeforeAreGood) {
  begin();
  for (int i = 0; i < 5; ++i) frame("frame " + std::to_string(i));
  end();
  const auto whole = bytes();
  std::size_t most = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    replace(whole.substr(0, length));
    auto reader = Reader::open(file);
    if (!reader) continue;  // within magic and head
    std::size_t read = 0;
    while (const auto record = reader->next()) EXPECT_EQ(record->frame().frame(), "frame " + std::to_string(read++));
    EXPECT_TRUE(reader->torn()) << length;
    EXPECT_GE(read, most);
    most = read;
  }
  EXPECT_EQ(most, 5u);
}

TEST_F(CaptureTest, AFlippedBitEndsTheReadingThere) {
  begin();
  for (int i = 0; i < 5; ++i) frame("frame " + std::to_string(i));
  end();
  auto whole = bytes();
  whole[whole.find("frame 3")] ^= 1;
  replace(whole);
  EXPECT_EQ(records().size(), 3u);
  ASSERT_TRUE(torn);
  EXPECT_NE(torn->find("checksum"), std::string::npos);
}

TEST_F(CaptureTest, ALengthThatTheFileDoesNotHoldCostsNoMemory) {
  begin();
  end();
  replace(bytes() + std::string("\x03\xff\xff\xff\0\0\0\0", 8));
  records();
  auto cut = bytes();
  cut.resize(cut.size() - 8);
  replace(cut.substr(0, kMagic.size()) + std::string("\xff\xff\xff\xff\0\0\0\0", 8));
  const auto reader = Reader::open(file);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::kDamaged);
}

TEST_F(CaptureTest, OtherFilesAndLaterVersionsAreToldApart) {
  replace("[station]\nid = 1\n");
  EXPECT_EQ(Reader::open(file).error().kind, ErrorKind::kDamaged);
  replace(std::string("EXHCAP\0\2", 8) + "anything");
  EXPECT_EQ(Reader::open(file).error().kind, ErrorKind::kSettings);
  EXPECT_EQ(Reader::open(folder / "none").error().kind, ErrorKind::kStorage);
}

TEST_F(CaptureTest, AKilledWriterLeavesWhatWasWritten) {
  begin();
  frame("one");
  writer.reset();  // no end record
  EXPECT_EQ(records().size(), 1u);
  ASSERT_TRUE(torn);
  EXPECT_NE(torn->find("cut off"), std::string::npos);
}

TEST_F(CaptureTest, AnExistingFileIsNeverOverwritten) {
  replace("precious");
  EXPECT_FALSE(Writer::create(file, {}, 1 << 20));
  EXPECT_EQ(bytes(), "precious");
}

TEST_F(CaptureTest, ADiskThatTakesNoMoreEndsTheCaptureAndIsSaid) {
  const auto old = ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 2000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  begin();
  for (int i = 0; i < 100; ++i) frame(std::string(100, 'x'));
  end();
  frame("after");
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, old);
  const auto state = writer->state();
  EXPECT_TRUE(state.failed);
  EXPECT_TRUE(state.ended);
  EXPECT_NE(state.reason.find("disk"), std::string::npos);
  EXPECT_GT(records().size(), 5u);
  EXPECT_TRUE(torn);
}

TEST(CaptureFormat, TheChecksumIsTheUsualOne) { EXPECT_EQ(crc32("123456789"), 0xcbf43926u); }

}  // namespace
}  // namespace exhaust::capture
