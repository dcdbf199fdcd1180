// Integration: the whole unit on ptys and loopback ports, with nobody but the test to listen. A fraction of a second.
#include "drivers/simulator/unit.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "drivers/simulator/command_line.hpp"

namespace exhaust::simulator {
namespace {

using namespace std::chrono_literals;

class UnitTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder);
    const auto ports = free_ports(3).value();
    settings.folder = folder / "lines";
    std::filesystem::create_directories(folder);
    settings.truth = folder / "truth.jsonl";
    settings.modbus_port = ports[0];
    settings.ak_port = ports[1];
    settings.camera = parse_camera_target("http://127.0.0.1:" + std::to_string(ports[2]) + "/anpr").value();
    settings.time_scale = 1000;
    settings.at_once = true;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::unique_ptr<Unit> start(asio::io_context& io) {
    auto unit = Unit::start(io, settings, [](const Error& error) { FAIL() << error.detail; });
    EXPECT_TRUE(unit) << unit.error().detail;
    return std::move(*unit);
  }
  std::string truth() const {
    std::ostringstream out;
    out << std::ifstream(settings.truth).rdbuf();
    return out.str();
  }
  std::uint64_t vehicles() const { return read_truth(truth())->vehicles; }
  template <class Condition>
  void run_until(asio::io_context& io, Condition condition) {
    const auto deadline = SystemClock().monotonic() + 5s;
    while (!condition() && SystemClock().monotonic() < deadline) io.run_for(5ms);
    EXPECT_TRUE(condition());
  }

  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / ("unit-" + std::to_string(getpid()));
  UnitSettings settings;
};

TEST_F(UnitTest, SendsTheVehiclesAndEndsAtTheNumberAlsoAfterARestart) {
  settings.passages = 5;
  {
    asio::io_context io;
    const auto unit = start(io);
    run_until(io, [&] { return vehicles() == 5; });
  }
  const auto first = truth();
  settings.passages = 8;
  asio::io_context io;
  const auto unit = start(io);
  run_until(io, [&] { return vehicles() == 8; });
  EXPECT_TRUE(truth().starts_with(first));
  io.run_for(20ms);
  EXPECT_EQ(vehicles(), 8u);
}

TEST_F(UnitTest, WaitsForADaemonUnlessToldOtherwise) {
  settings.at_once = false;
  asio::io_context io;
  const auto unit = start(io);
  io.run_for(60ms);
  EXPECT_EQ(vehicles(), 0u);
}

TEST_F(UnitTest, TheGateIsAtItsLinkAndReportsEachVehicle) {
  settings.passages = 4;
  asio::io_context io;
  const auto unit = start(io);
  stdbus::StdbusReader reader;
  std::map<Lane, std::uint32_t> counts;
  std::map<Lane, int> lines;
  for (Lane lane = 1; lane <= 2; ++lane) {
    lines[lane] = open((settings.folder / ("gate" + std::to_string(lane))).c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY);
    ASSERT_GE(lines[lane], 0);
  }
  run_until(io, [&] {
    for (const auto& [lane, line] : lines) {
      std::array<std::uint8_t, 256> bytes{};
      const auto count = read(line, bytes.data(), bytes.size());
      if (count > 0) reader.feed({bytes.data(), static_cast<std::size_t>(count)});
      while (const auto frame = reader.next()) {
        const auto speed = stdbus::decode_speed(frame->frame.payload);
        EXPECT_TRUE(speed);
        if (speed) {
          EXPECT_EQ(speed->count, ++counts[lane]);
        }
      }
    }
    return counts[1] + counts[2] == 4;
  });
  for (const auto& [lane, line] : lines) close(line);
}

TEST_F(UnitTest, LinksGoWithTheUnit) {
  {
    asio::io_context io;
    const auto unit = start(io);
    EXPECT_TRUE(std::filesystem::is_symlink(settings.folder / "weather"));
  }
  EXPECT_FALSE(std::filesystem::is_symlink(settings.folder / "weather"));
}

TEST_F(UnitTest, APortThatIsTakenIsSaid) {
  asio::io_context io;
  const asio::ip::tcp::acceptor other(io, {asio::ip::address_v4::loopback(), settings.ak_port});
  const auto unit = Unit::start(io, settings, [](const Error&) {});
  ASSERT_FALSE(unit);
  EXPECT_EQ(unit.error().kind, ErrorKind::kDisconnected);
}

TEST(Pty, WhatNobodyReadsIsLostAndCountedAndNothingWaits) {
  const auto link = std::filesystem::path(testing::TempDir()) / ("pty-" + std::to_string(getpid()));
  asio::io_context io;
  const auto pty = Pty::open(io, link, [](ByteView) {});
  ASSERT_TRUE(pty) << pty.error().detail;
  const Bytes frame(29, 0x55);
  constexpr std::uint64_t kFrames = 20'000;
  for (std::uint64_t i = 0; i < kFrames; ++i) (*pty)->send(frame);
  EXPECT_GT((*pty)->frames_lost(), kFrames / 2);
  EXPECT_LT((*pty)->frames_lost(), kFrames);

  // Whoever reads now finds whole frames only: the half one is finished as soon as there is room.
  const int line = open(link.c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY);
  std::size_t bytes = 0;
  std::array<std::uint8_t, 4096> chunk{};
  for (int quiet = 0; quiet < 3; ++quiet) {
    io.run_for(std::chrono::milliseconds{10});
    for (ssize_t count = 0; (count = read(line, chunk.data(), chunk.size())) > 0;) {
      bytes += static_cast<std::size_t>(count);
      quiet = 0;
    }
  }
  close(line);
  EXPECT_EQ(bytes, (kFrames - (*pty)->frames_lost()) * frame.size());
}

TEST(FreePorts, AreDifferentAndBelowTheEphemeralRange) {
  const auto ports = free_ports(50);
  ASSERT_TRUE(ports);
  EXPECT_EQ(std::set<std::uint16_t>(ports->begin(), ports->end()).size(), 50u);
  for (const auto port : *ports) {
    EXPECT_GE(port, 10240);
    EXPECT_LE(port, 32767);
  }
}

}  // namespace
}  // namespace exhaust::simulator
