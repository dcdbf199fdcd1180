// Uses ptys and loopback connections, with short real time-outs.
#include "drivers/line/byte_line.hpp"

#include <gmock/gmock.h>
#include <pty.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <future>
#include <optional>

#include "tests/drivers/run_awaitable.hpp"

namespace exhaust {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

Deadline in(Duration time) { return std::chrono::steady_clock::now() + time; }

/// A pty whose other end the test holds.
class Pty {
 public:
  Pty() {
    char name[128];
    EXPECT_EQ(::openpty(&master_, &slave_, name, nullptr, nullptr), 0);
    path_ = name;
  }
  ~Pty() {
    unplug();
  }
  void say(std::string_view text) const {
    EXPECT_EQ(::write(master_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string hear() const {
    char text[64];
    const auto count = ::read(master_, text, sizeof(text));
    return {text, static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  void unplug() {
    for (int* end : {&master_, &slave_}) {
      if (*end >= 0) ::close(*end);
      *end = -1;
    }
  }
  Endpoint endpoint() const { return *parse_endpoint("serial:" + path_ + "?baud=19200&parity=even&stop=2"); }
  const std::string& path() const { return path_; }
  int slave() const { return slave_; }

 private:
  int master_ = -1, slave_ = -1;
  std::string path_;
};

class ByteLineIntegration : public testing::Test {
 protected:
  template <class T>
  T run(asio::awaitable<T> work) {
    return run_awaitable(io, std::move(work));
  }
  Result<void> open(const Endpoint& endpoint) { return run(line.open(endpoint, in(500ms))); }

  asio::io_context io;
  ByteLine line{io};
  std::string buffer;
};

TEST_F(ByteLineIntegration, CarriesBytesOverASerialPortBothWays) {
  Pty pty;
  ASSERT_TRUE(open(pty.endpoint()));
  pty.say(std::string_view("\x02\x00\x0d\x11\xff", 5));
  EXPECT_EQ(*run(line.read_some(buffer, in(500ms))), 5u);
  EXPECT_EQ(buffer, std::string_view("\x02\x00\x0d\x11\xff", 5)) << "raw: no byte has a meaning to the port";
  ASSERT_TRUE(run(line.write("ask\n", in(500ms))));
  EXPECT_EQ(pty.hear(), "ask\n");
}

TEST_F(ByteLineIntegration, SetsSpeedAndFormatOfTheSettings) {
  Pty pty;
  ASSERT_TRUE(open(pty.endpoint()));
  termios format{};
  ASSERT_EQ(::tcgetattr(pty.slave(), &format), 0);
  EXPECT_EQ(::cfgetispeed(&format), speed_t{B19200});
  EXPECT_TRUE(format.c_cflag & CSTOPB);
  EXPECT_FALSE(format.c_lflag & (ICANON | ECHO | ISIG));
}

TEST_F(ByteLineIntegration, OpensAPtyThroughASymlink) {
  Pty pty;
  const auto link = std::filesystem::temp_directory_path() / ("byte_line_test." + std::to_string(::getpid()));
  std::filesystem::remove(link);
  std::filesystem::create_symlink(pty.path(), link);
  auto endpoint = pty.endpoint();
  endpoint.path = link;
  EXPECT_TRUE(open(endpoint));
  std::filesystem::remove(link);
}

TEST_F(ByteLineIntegration, SilenceEndsAtTheDeadlineAndTheLineGoesOn) {
  Pty pty;
  ASSERT_TRUE(open(pty.endpoint()));
  EXPECT_EQ(run(line.read_some(buffer, in(20ms))).error().kind, ErrorKind::kTimeout);
  pty.say("late");
  EXPECT_TRUE(run(line.read_some(buffer, in(500ms))));
  EXPECT_EQ(buffer, "late");
}

TEST_F(ByteLineIntegration, BytesThatCameWithTheDeadlineAreKept) {
  Pty pty;
  ASSERT_TRUE(open(pty.endpoint()));
  pty.say("just in time");
  ASSERT_TRUE(run(line.read_some(buffer, in(-1s))));
  EXPECT_EQ(buffer, "just in time");
}

TEST_F(ByteLineIntegration, WhatStoodInTheInputBeforeOpeningIsThrownAway) {
  Pty pty;
  pty.say("from before\n");
  ASSERT_TRUE(open(pty.endpoint()));
  EXPECT_EQ(run(line.read_some(buffer, in(20ms))).error().kind, ErrorKind::kTimeout);
}

TEST_F(ByteLineIntegration, AnUnpluggedPortIsDisconnected) {
  Pty pty;
  ASSERT_TRUE(open(pty.endpoint()));
  pty.unplug();
  EXPECT_EQ(run(line.read_some(buffer, in(500ms))).error().kind, ErrorKind::kDisconnected);
}

TEST_F(ByteLineIntegration, APortHasOneOwner) {
  Pty pty;
  ASSERT_TRUE(open(pty.endpoint()));
  ByteLine other{io};
  EXPECT_EQ(run(other.open(pty.endpoint(), in(500ms))).error().kind, ErrorKind::kDisconnected);
  line.close();
  const auto opened = run(other.open(pty.endpoint(), in(500ms)));
  EXPECT_TRUE(opened) << opened.error().detail;
}

TEST_F(ByteLineIntegration, AMissingPortIsDisconnected) {
  EXPECT_EQ(open(*parse_endpoint("serial:/dev/serial/by-id/none")).error().kind, ErrorKind::kDisconnected);
  EXPECT_EQ(run(line.read_some(buffer, in(20ms))).error().kind, ErrorKind::kDisconnected);
  EXPECT_EQ(run(line.write("x", in(20ms))).error().kind, ErrorKind::kDisconnected);
}

TEST_F(ByteLineIntegration, ClosingEndsAWaitingRead) {
  Pty pty;
  ASSERT_TRUE(open(pty.endpoint()));
  auto read = asio::co_spawn(io, line.read_some(buffer, in(10s)), asio::use_future);
  io.restart();
  io.poll();
  line.close();
  io.run();
  EXPECT_EQ(read.get().error().kind, ErrorKind::kDisconnected);
}

class TcpLineIntegration : public ByteLineIntegration {
 protected:
  Endpoint endpoint(const std::string& host = "127.0.0.1") const {
    return *parse_endpoint("tcp:" + host + ":" + std::to_string(acceptor.local_endpoint().port()));
  }
  asio::ip::tcp::acceptor acceptor{io, {asio::ip::make_address("127.0.0.1"), 0}};
};

TEST_F(TcpLineIntegration, ConnectsByAddressAndByNameAndNoticesTheOthersClose) {
  boost::system::error_code unknown;
  asio::ip::tcp::resolver(io).resolve("localhost", "", unknown);
  if (unknown) GTEST_SKIP() << "this machine does not know localhost: " << unknown.message();
  ASSERT_TRUE(open(endpoint("localhost")));
  ASSERT_TRUE(open(endpoint()));
  (void)acceptor.accept();
  auto peer = acceptor.accept();
  asio::write(peer, asio::buffer("abc", 3));
  peer.close();
  EXPECT_EQ(*run(line.read_some(buffer, in(500ms))), 3u);
  EXPECT_EQ(run(line.read_some(buffer, in(500ms))).error().kind, ErrorKind::kDisconnected);
}

TEST_F(TcpLineIntegration, AClosedPortIsDisconnected) {
  const auto gone = endpoint();
  acceptor.close();
  EXPECT_EQ(open(gone).error().kind, ErrorKind::kDisconnected);
}

TEST_F(TcpLineIntegration, AWriteThatNobodyTakesEndsAtTheDeadline) {
  ASSERT_TRUE(open(endpoint()));
  auto peer = acceptor.accept();
  EXPECT_EQ(run(line.write(std::string(16u << 20, 'x'), in(50ms))).error().kind, ErrorKind::kTimeout);
}

}  // namespace
}  // namespace exhaust
