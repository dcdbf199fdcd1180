#pragma once

#include <modbus.h>
#include <poll.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace exhaust::modbus {

/// A Modbus TCP device on a loopback port, made with libmodbus, in a thread of its own. One client at a time.
///
/// Threading: `set` and `fault` from any thread; the rest from the test's.
class ModbusServer {
 public:
  enum class Answer { kHonest, kSilent, kHangUp, kBusy, kWrongTransaction };

  ModbusServer() : context_(modbus_new_tcp("127.0.0.1", 0)), listener_(modbus_tcp_listen(context_, 128)) {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    map_ = modbus_mapping_new(0, 0, 2000, 2000);
    thread_ = std::jthread([this](std::stop_token stop) { serve(stop); });
  }
  ~ModbusServer() {
    thread_.request_stop();
    thread_.join();
    ::close(listener_);
    modbus_mapping_free(map_);
    modbus_free(context_);
  }

  std::uint16_t port() const { return port_; }
  int requests() const { return requests_; }
  int connections() const { return connections_; }

  void set(std::size_t first, const std::vector<std::uint16_t>& words) {
    const std::lock_guard lock(mutex_);
    put(first, words);
  }
  /// What to answer to a request; called on the server's thread with first register and count. May call `put`.
  void answers(std::function<Answer(std::uint16_t first, std::uint16_t count)> script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  void put(std::size_t first, const std::vector<std::uint16_t>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      map_->tab_input_registers[first + i] = map_->tab_registers[first + i] = words[i];
    }
  }

 private:
  bool readable(int descriptor, const std::stop_token& stop) const {
    while (!stop.stop_requested()) {
      pollfd waiting{descriptor, POLLIN, 0};
      if (::poll(&waiting, 1, 5) > 0) return true;
    }
    return false;
  }

  void serve(const std::stop_token& stop) {
    while (readable(listener_, stop)) {
      int listener = listener_;
      const int peer = modbus_tcp_accept(context_, &listener);
      ++connections_;
      std::uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
      while (readable(peer, stop)) {
        const int length = modbus_receive(context_, query);
        if (length < 0 || !reply(query, length)) break;
      }
      ::close(peer);
    }
  }

  bool reply(std::uint8_t* query, int length) {
    const std::lock_guard lock(mutex_);
    ++requests_;
    const auto word = [&](int at) { return static_cast<std::uint16_t>(query[at] << 8 | query[at + 1]); };
    switch (script_ ? script_(word(8), word(10)) : Answer::kHonest) {
      case Answer::kHonest: modbus_reply(context_, query, length, map_); return true;
      case Answer::kSilent: return true;
      case Answer::kHangUp: return false;
      case Answer::kBusy:
        modbus_reply_exception(context_, query, MODBUS_EXCEPTION_SLAVE_OR_SERVER_BUSY);
        return true;
      case Answer::kWrongTransaction:
        ++query[1];
        modbus_reply(context_, query, length, map_);
        return true;
    }
    return false;
  }

  modbus_t* context_;
  int listener_;
  std::uint16_t port_ = 0;
  modbus_mapping_t* map_ = nullptr;
  std::mutex mutex_;
  std::function<Answer(std::uint16_t, std::uint16_t)> script_;
  std::atomic<int> requests_ = 0, connections_ = 0;
  std::jthread thread_;
};

}  // namespace exhaust::modbus
