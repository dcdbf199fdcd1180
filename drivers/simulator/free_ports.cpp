#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <random>
#include <vector>

#include "drivers/simulator/command_line.hpp"

namespace exhaust::simulator {

namespace {

// Linux gives outgoing connections ports from 32768 on: one of these could be taken away before it is used.
constexpr int kFirst = 10240;
constexpr int kLast = 32767;
constexpr std::size_t kTriesForEach = 1000;

}  // namespace

Result<std::vector<std::uint16_t>> free_ports(std::size_t count) {
  using boost::asio::ip::tcp;
  std::random_device seed;
  std::mt19937 random(seed());
  std::uniform_int_distribution<int> any(kFirst, kLast);
  boost::asio::io_context io;
  std::vector<tcp::acceptor> held;
  std::vector<std::uint16_t> ports;
  for (std::size_t tries = 0; ports.size() < count; ++tries) {
    if (tries >= count * kTriesForEach) return fail(ErrorKind::kRefused, "no free ports were found");
    const auto port = static_cast<std::uint16_t>(any(random));
    tcp::acceptor acceptor(io);
    boost::system::error_code error;
    acceptor.open(tcp::v4(), error);
    if (!error) acceptor.bind({boost::asio::ip::address_v4::loopback(), port}, error);
    // Listening finds those too that are bound with SO_REUSEADDR by somebody else.
    if (!error) acceptor.listen(1, error);
    if (error) continue;
    held.push_back(std::move(acceptor));
    ports.push_back(port);
  }
  return ports;
}

}  // namespace exhaust::simulator
