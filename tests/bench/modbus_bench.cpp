// One libmodbus server in a thread of this process, asked in turns by a bare libmodbus loop and by our bus. Both ask for
// the same block of input registers as fast as they are answered.
//
// The server has a processor of its own, as a device by the road has: left to the scheduler, the bare loop and its
// server now share one and now do not, which changes its rate by half and says nothing about either loop.
#include <arpa/inet.h>
#include <modbus.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "drivers/modbus/bus.hpp"
#include "drivers/modbus/link.hpp"
#include "tests/bench/bench.hpp"

namespace exhaust::bench {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr Duration kThinks{1ms};  // faster than any device of the domain
constexpr unsigned kDevices = 8;  // on one line
constexpr modbus::RegisterRange kBlock{100, 16};  // one measurement of the simulated analyser

enum class Processors { kLast, kOthers };

/// Where this thread and those it starts may run. With one processor there is nothing to choose.
void run_on(Processors which) {
  cpu_set_t places;
  if (::sched_getaffinity(0, sizeof(places), &places) != 0 || CPU_COUNT(&places) < 2) return;
  auto last = CPU_SETSIZE - 1;
  while (!CPU_ISSET(last, &places)) --last;
  if (which == Processors::kOthers) {
    CPU_CLR(last, &places);
  } else {
    CPU_ZERO(&places);
    CPU_SET(last, &places);
  }
  ::sched_setaffinity(0, sizeof(places), &places);
}

/// Serves one client after the other with libmodbus' own mapping; each answer takes it so long.
class Server {
 public:
  explicit Server(Duration thinks)
      : thinks_(thinks), context_(modbus_new_tcp("127.0.0.1", 0)), map_(modbus_mapping_new(0, 0, 0, 1000)) {
    listener_ = modbus_tcp_listen(context_, 4);
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    if (listener_ < 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no loopback port to listen on");
    }
    port_ = ntohs(address.sin_port);
    for (int i = 0; i < 1000; ++i) map_->tab_input_registers[i] = static_cast<std::uint16_t>(i);
    thread_ = std::thread([this] {
      run_on(Processors::kLast);
      serve();
    });
  }
  ~Server() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    modbus_mapping_free(map_);
    modbus_free(context_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void serve() {
    int listener = listener_;
    while (modbus_tcp_accept(context_, &listener) >= 0) {
      std::uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
      for (int length = 0; length >= 0;) {
        length = modbus_receive(context_, query);
        if (length > 0 && thinks_ > Duration{0}) std::this_thread::sleep_for(thinks_);
        if (length > 0) modbus_reply(context_, query, length, map_);
      }
      modbus_close(context_);
    }
  }

  Duration thinks_;
  modbus_t* context_;
  modbus_mapping_t* map_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

struct Tally {
  std::uint64_t polls = 0;
  std::chrono::duration<double> time{};
  double rate() const { return static_cast<double>(polls) / time.count(); }
};

void check(std::uint16_t first, std::uint16_t last) {
  if (first != kBlock.first || last != kBlock.first + kBlock.count - 1) throw std::runtime_error("a wrong answer");
}

void bare_loop(std::uint16_t port, Duration span, Tally& tally) {
  auto* context = modbus_new_tcp("127.0.0.1", port);
  if (modbus_connect(context) != 0) throw std::runtime_error("libmodbus does not connect");
  std::uint16_t words[kBlock.count];
  const auto begin = steady_clock::now();
  for (const auto until = begin + span; steady_clock::now() < until; ++tally.polls) {
    if (modbus_read_input_registers(context, kBlock.first, kBlock.count, words) != kBlock.count) {
      throw std::runtime_error(modbus_strerror(errno));
    }
    check(words[0], words[kBlock.count - 1]);
  }
  tally.time += steady_clock::now() - begin;
  modbus_close(context);
  modbus_free(context);
}

void our_link(std::uint16_t port, Duration span, Tally& tally) {
  Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  endpoint.port = port;
  modbus::Link link(endpoint, {}, [] {});
  const auto begin = steady_clock::now();
  for (const auto until = begin + span; steady_clock::now() < until; ++tally.polls) {
    const auto outcome = link.read({1, RegisterFunction::kInput, kBlock, 500ms, {}}, steady_clock::now() + 1s);
    if (!outcome.exchange) throw std::runtime_error(outcome.exchange.error().detail);
  }
  tally.time += steady_clock::now() - begin;
}

asio::awaitable<void> poll_until(modbus::Bus& bus, std::uint8_t unit, MonotonicTime until, std::uint64_t& polls) {
  while (steady_clock::now() < until) {
    std::vector<modbus::BusFrame> told;
    const modbus::ReadRequest request{unit, RegisterFunction::kInput, kBlock, 500ms, {}};
    auto exchange = co_await bus.read(request, steady_clock::now() + 1s, told);
    if (!exchange) throw std::runtime_error(exchange.error().detail);
    check(exchange->registers.front(), exchange->registers.back());
    ++polls;
  }
}

/// `devices` on one line, each polled by a coroutine of its own, as the drivers do.
void our_poller(std::uint16_t port, unsigned devices, Duration span, Tally& tally) {
  asio::io_context io;
  Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  endpoint.port = port;
  modbus::Bus bus(io, endpoint, {});
  const auto begin = steady_clock::now();
  std::vector<std::future<void>> done;
  for (unsigned i = 0; i < devices; ++i) {
    bus.join();
    done.push_back(asio::co_spawn(io, poll_until(bus, static_cast<std::uint8_t>(i + 1), begin + span, tally.polls), asio::use_future));
  }
  io.run();
  tally.time += steady_clock::now() - begin;
  for (auto& each : done) each.get();
}

}  // namespace

nlohmann::ordered_json modbus(const Options& options) {
  const Server server(0ms), device(kThinks);
  run_on(Processors::kOthers);
  // Short rounds in turns, so that what else the machine does meets all of them.
  const Duration round = 100ms;
  Tally raw, one, many, alone, raw_device, our_device;
  for (const auto end = steady_clock::now() + options.time; steady_clock::now() < end;) {
    bare_loop(server.port(), round, raw);
    our_poller(server.port(), 1, round, one);
    our_link(server.port(), round, alone);
    bare_loop(device.port(), round, raw_device);
    our_poller(device.port(), kDevices, round, our_device);
    our_poller(server.port(), kDevices, round, many);
  }
  return {
      {"benchmark", "modbus"},
      {"ours", many.rate()},
      {"raw", raw.rate()},
      {"ratio", many.rate() / raw.rate()},
      {"ratio_where_answers_take_1_ms", our_device.rate() / raw_device.rate()},
      {"ratio_of_the_line_alone", alone.rate() / raw.rate()},
      {"ours_with_one_device", one.rate()},
      {"ratio_with_one_device", one.rate() / raw.rate()},
      {"hand_over_microseconds", 1e6 / one.rate() - 1e6 / raw.rate()},
      {"devices", kDevices},
      {"registers", kBlock.count},
  };
}

}  // namespace exhaust::bench
