// F03: a USB-serial adapter that is pulled out and comes back under another number, by ptys behind a symlink, as
// /dev/serial/by-id has it. 50 times; 1,000 with EXHAUST_LONG=1.
#include <gmock/gmock.h>
#include <pty.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "drivers/line/byte_line.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kDeadline = 50ms;

Deadline in(Duration time) { return std::chrono::steady_clock::now() + time; }

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

Duration cpu_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) { return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec}; };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

/// An adapter with a fixed name, and another pty each time that it is plugged in.
class Adapter {
 public:
  Adapter() : link_(std::filesystem::temp_directory_path() / ("unplug_test." + std::to_string(::getpid()))) {}
  ~Adapter() { unplug(); }

  void plug() {
    char name[128];
    termios raw{};
    ::cfmakeraw(&raw);
    ASSERT_EQ(::openpty(&master_, &slave_, name, &raw, nullptr), 0);
    if (name == last_) {  // the kernel gives out the lowest number that is free
      const int master = master_, slave = slave_;
      ASSERT_EQ(::openpty(&master_, &slave_, name, &raw, nullptr), 0);
      ::close(master);
      ::close(slave);
    }
    ASSERT_NE(name, last_);
    last_ = name;
    std::filesystem::remove(link_);
    std::filesystem::create_symlink(name, link_);
  }
  void unplug() {
    std::filesystem::remove(link_);
    for (int* end : {&master_, &slave_}) {
      if (*end >= 0) ::close(*end);
      *end = -1;
    }
  }
  void say(std::string_view text) const { ASSERT_EQ(::write(master_, text.data(), text.size()), static_cast<ssize_t>(text.size())); }
  Endpoint endpoint() const { return *parse_endpoint("serial:" + link_.string() + "?baud=115200"); }

 private:
  std::filesystem::path link_;
  std::string last_;
  int master_ = -1, slave_ = -1;
};

class UnplugIntegration : public testing::Test {
 protected:
  template <class T>
  T run(asio::awaitable<T> work) {
    return run_awaitable(io, std::move(work));
  }
  static int cycles() { return std::getenv("EXHAUST_LONG") != nullptr ? 1000 : 50; }

  asio::io_context io;
  Adapter adapter;
  ByteLine line{io};
};

TEST_F(UnplugIntegration, APortPulledDuringAWriteComesBackByItsNameWithoutLeak_F03) {
  std::optional<std::size_t> before;
  for (int i = 0; i < cycles(); ++i) {
    adapter.plug();
    const auto opened = run(line.open(adapter.endpoint(), in(500ms)));
    ASSERT_TRUE(opened) << opened.error().detail;
    adapter.say("here");
    std::string heard;
    ASSERT_TRUE(run(line.read_some(heard, in(500ms)))) << i;
    EXPECT_EQ(heard, "here");

    // More than the port takes: the write waits when the plug is pulled.
    const auto begun = std::chrono::steady_clock::now();
    auto writing = asio::co_spawn(io, line.write(std::string(1u << 20, 'x'), in(kDeadline)), asio::use_future);
    auto reading = asio::co_spawn(io, line.read_some(heard, in(kDeadline)), asio::use_future);
    io.restart();
    io.poll();
    adapter.unplug();
    io.run();
    EXPECT_FALSE(writing.get()) << i;
    EXPECT_EQ(reading.get().error().kind, ErrorKind::kDisconnected) << i;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, kDeadline + 1s) << "left the call";
    line.close();
    EXPECT_EQ(run(line.open(adapter.endpoint(), in(100ms))).error().kind, ErrorKind::kDisconnected) << "while it is out";
    if (!before) before = open_descriptors();  // the io_context has what it keeps
    ASSERT_EQ(open_descriptors(), *before) << i;
  }
}

TEST_F(UnplugIntegration, AnUnpluggedPortCostsNoProcessorTime_F03) {
  adapter.plug();
  ASSERT_TRUE(run(line.open(adapter.endpoint(), in(500ms))));
  std::string heard;
  auto writing = asio::co_spawn(io, line.write(std::string(1u << 20, 'x'), in(kDeadline)), asio::use_future);
  io.restart();
  io.poll();
  adapter.unplug();
  io.run();
  EXPECT_FALSE(writing.get());
  // The descriptor is still open, and hung up: nobody may turn round on it.
  const auto before = cpu_time();
  const auto nothing = [](boost::system::error_code) {};
  asio::steady_timer timer(io, 200ms);
  timer.async_wait(nothing);
  io.restart();
  io.run();
  EXPECT_LT(cpu_time() - before, 50ms) << "of 200 ms";
}

}  // namespace
}  // namespace exhaust
