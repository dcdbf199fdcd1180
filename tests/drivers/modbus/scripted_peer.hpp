#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "drivers/line/crc16.hpp"
#include "drivers/modbus/adu.hpp"

namespace exhaust::modbus {

/// The other end of a Modbus line, for what no library would say: it answers each request with the bytes of a script,
/// some of them later. On a pty, or on a loopback port with one client at a time.
///
/// Threading: `script` is called on the peer's thread; the rest from the test's.
class ScriptedPeer {
 public:
  struct Say {
    Bytes bytes;
    std::chrono::milliseconds after{0};  ///< since the request
  };
  using Script = std::function<std::vector<Say>(ByteView request)>;

  ScriptedPeer(Framing framing, bool pty, Script script)
      : framing_(framing), script_(std::move(script)), pty_(pty) {
    if (pty) {
      plug();
    } else {
      listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      socklen_t size = sizeof(address);
      ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
      ::listen(listener_, 8);
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
      port_ = ntohs(address.sin_port);
    }
    thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
  }
  ~ScriptedPeer() {
    thread_.request_stop();
    thread_.join();
    for (const int descriptor : {listener_, peer_, slave_}) {
      if (descriptor >= 0) ::close(descriptor);
    }
    if (pty_) ::unlink(link_.c_str());
  }

  std::string endpoint() const {
    if (pty_) return "rtu:" + link_ + "?baud=115200";
    return (framing_ == Framing::kRtu ? "rtu-tcp:127.0.0.1:" : "tcp:127.0.0.1:") + std::to_string(port_);
  }
  int connections() const { return connections_; }
  int open_connections() const { return open_; }
  std::vector<Bytes> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  void script(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  /// Speaks unasked.
  void say(const Bytes& bytes) {
    const std::lock_guard lock(mutex_);
    if (::write(peer_, bytes.data(), bytes.size()) < 0) return;
  }
  /// TCP: the next connections are accepted, and nothing is ever read of them.
  void deaf(bool deaf) { deaf_ = deaf; }
  /// TCP: the connection is reset, as by a gateway that starts anew.
  void reset() { reset_ = true; }
  /// pty: pulls the adapter, and puts it in again under the same by-id name.
  void unplug() {
    const std::lock_guard lock(mutex_);
    ::close(peer_);
    ::close(slave_);
    peer_ = slave_ = -1;
    ::unlink(link_.c_str());
  }
  void plug() {
    const std::lock_guard lock(mutex_);
    char name[128];
    if (::openpty(&peer_, &slave_, name, nullptr, nullptr) != 0) return;
    for (const int descriptor : {peer_, slave_}) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    termios raw{};
    ::tcgetattr(slave_, &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(slave_, TCSANOW, &raw);
    if (link_.empty()) link_ = "/tmp/exhaust-by-id-" + std::to_string(::getpid()) + "-" + std::to_string(++number());
    ::unlink(link_.c_str());
    if (::symlink(name, link_.c_str()) != 0) return;
  }

 private:
  using Clock = std::chrono::steady_clock;

  static std::atomic<int>& number() {
    static std::atomic<int> last = 0;
    return last;
  }
  std::size_t request_size() const { return framing_ == Framing::kRtu ? 8 : 12; }

  void run(const std::stop_token& stop) {
    Bytes input;
    while (!stop.stop_requested()) {
      accept_one(input);
      int peer;
      {
        const std::lock_guard lock(mutex_);
        peer = peer_;
      }
      if (reset_.exchange(false) && peer >= 0 && !pty_) {
        const linger now{1, 0};
        ::setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        hang_up();
        continue;
      }
      // A pty that is pulled while we wait is somebody else's descriptor soon: waits are short.
      pollfd waiting{deaf_ ? -1 : peer, POLLIN, 0};
      if (::poll(&waiting, 1, 1) > 0) {
        std::uint8_t chunk[256];
        const std::lock_guard lock(mutex_);
        const auto got = peer_ == peer ? ::read(peer, chunk, sizeof(chunk)) : 0;
        if (got <= 0 && !pty_) {
          hang_up();
          continue;
        }
        if (got > 0) input.insert(input.end(), chunk, chunk + got);
      }
      const std::lock_guard lock(mutex_);
      while (input.size() >= request_size()) {
        const Bytes request(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(request_size()));
        input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(request_size()));
        requests_.push_back(request);
        for (auto& said : script_(request)) due_.emplace(Clock::now() + said.after, std::move(said.bytes));
      }
      while (!due_.empty() && due_.begin()->first <= Clock::now()) {
        const auto& bytes = due_.begin()->second;
        if (peer_ >= 0 && send_or_write(peer_, bytes, pty_) < 0) input.clear();
        due_.erase(due_.begin());
      }
    }
  }
  static ssize_t send_or_write(int descriptor, const Bytes& bytes, bool pty) {
    return pty ? ::write(descriptor, bytes.data(), bytes.size())
               : ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void accept_one(Bytes& input) {
    if (pty_ || peer_ >= 0) return;
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 1) <= 0) return;
    peer_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    ++connections_;
    open_ = 1;
    input.clear();
  }
  void hang_up() {
    ::close(peer_);
    peer_ = -1;
    open_ = 0;
  }

  Framing framing_;
  Script script_;
  bool pty_;
  int listener_ = -1, peer_ = -1, slave_ = -1;
  std::uint16_t port_ = 0;
  std::string link_;
  mutable std::mutex mutex_;
  std::vector<Bytes> requests_;
  std::multimap<Clock::time_point, Bytes> due_;
  std::atomic<bool> deaf_ = false, reset_ = false;
  std::atomic<int> connections_ = 0, open_ = 0;
  std::jthread thread_;
};

/// Unit and PDU as a frame; over TCP with the request's transaction number.
inline Bytes wrap(Framing framing, ByteView request, Bytes body) {
  if (framing == Framing::kRtu) {
    const auto crc = crc16_modbus(body);
    body.push_back(static_cast<std::uint8_t>(crc));
    body.push_back(static_cast<std::uint8_t>(crc >> 8));
    return body;
  }
  Bytes frame{request[0], request[1], 0, 0, 0, static_cast<std::uint8_t>(body.size())};
  frame.insert(frame.end(), body.begin(), body.end());
  return frame;
}
inline Bytes exception_answer(Framing framing, ByteView request, std::uint8_t code) {
  const auto question = *read_question(framing, request);
  return wrap(framing, request, {question.unit, static_cast<std::uint8_t>(0x80 | static_cast<int>(question.function)), code});
}

/// An answer as a device would make it: the registers say `first`, `first` + 1, ... times `factor`.
inline Bytes honest_answer(Framing framing, ByteView request, unsigned factor = 1) {
  const auto question = *read_question(framing, request);
  Bytes body{question.unit, static_cast<std::uint8_t>(question.function), static_cast<std::uint8_t>(2 * question.range.count)};
  for (unsigned i = 0; i < question.range.count; ++i) {
    const auto word = static_cast<std::uint16_t>((question.range.first + i) * factor);
    body.push_back(static_cast<std::uint8_t>(word >> 8));
    body.push_back(static_cast<std::uint8_t>(word));
  }
  return wrap(framing, request, body);
}

}  // namespace exhaust::modbus
