#include "drivers/simulator/analyser_server.hpp"

#include <modbus/modbus.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace exhaust::simulator {

namespace {

constexpr std::uint8_t kReadHolding = 0x03;
constexpr std::uint8_t kReadInput = 0x04;

/// A client that stops in the middle of a request, or does not take its answer, holds up the others this long.
constexpr std::uint32_t kPatienceUs = 200'000;

}  // namespace

struct AnalyserServer::Modbus {
  modbus_t* context = nullptr;
  modbus_mapping_t* answer = nullptr;  ///< the copy that one answer is made from
  int listener = -1;

  ~Modbus() {
    if (listener >= 0) close(listener);
    modbus_mapping_free(answer);
    modbus_free(context);
  }
};

Result<std::unique_ptr<AnalyserServer>> AnalyserServer::start(std::uint16_t port, Lane lanes) {
  auto modbus = std::make_unique<Modbus>();
  modbus->context = modbus_new_tcp("127.0.0.1", port);
  modbus->answer = modbus_mapping_new(0, 0, AnalyserRegisters::kCount, AnalyserRegisters::kCount);
  const int wake = eventfd(0, EFD_CLOEXEC);
  if (modbus->context == nullptr || modbus->answer == nullptr || wake < 0) {
    return fail(ErrorKind::kDisconnected, "analyser: no memory for a Modbus server");
  }
  // After an exception libmodbus sleeps for the response time-out and flushes; a server should not.
  modbus_set_response_timeout(modbus->context, 0, 1'000);
  modbus_set_byte_timeout(modbus->context, 0, kPatienceUs);
  modbus->listener = modbus_tcp_listen(modbus->context, static_cast<int>(kMaxClients));
  if (modbus->listener < 0) {
    const std::string why = modbus_strerror(errno);
    close(wake);
    return fail(ErrorKind::kDisconnected, "analyser: cannot listen on 127.0.0.1:" + std::to_string(port) + ": " + why);
  }
  return std::unique_ptr<AnalyserServer>(new AnalyserServer(std::move(modbus), wake, lanes));
}

AnalyserServer::AnalyserServer(std::unique_ptr<Modbus> modbus, int wake, Lane lanes)
    : modbus_(std::move(modbus)), wake_(wake) {
  for (Lane lane = 1; lane <= lanes; ++lane) units_.push_back(std::make_unique<Unit>());
  thread_ = std::thread(&AnalyserServer::serve, this);
}

AnalyserServer::~AnalyserServer() {
  const std::uint64_t one = 1;
  while (write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  for (const int client : clients_) close(client);
  close(wake_);
}

void AnalyserServer::complete(Lane lane, std::uint32_t number, const PlumeReading& plume) {
  const std::lock_guard lock(mutex_);
  units_.at(lane - 1)->registers.complete(number, plume);
}

bool AnalyserServer::asked(Lane lane) const { return units_.at(lane - 1)->asked; }

void AnalyserServer::serve() {
  for (;;) {
    fd_set ready;
    FD_ZERO(&ready);
    FD_SET(wake_, &ready);
    FD_SET(modbus_->listener, &ready);
    int highest = std::max(wake_, modbus_->listener);
    for (const int client : clients_) {
      FD_SET(client, &ready);
      highest = std::max(highest, client);
    }
    if (select(highest + 1, &ready, nullptr, nullptr, nullptr) < 0) continue;
    if (FD_ISSET(wake_, &ready)) return;
    std::erase_if(clients_, [&](int client) {
      if (!FD_ISSET(client, &ready) || answer(client)) return false;
      close(client);
      return true;
    });
    if (FD_ISSET(modbus_->listener, &ready)) accept_client();
  }
}

void AnalyserServer::accept_client() {
  const int client = modbus_tcp_accept(modbus_->context, &modbus_->listener);
  if (client < 0) return;
  // select and libmodbus keep descriptors in an fd_set, which has no place for higher ones.
  if (client >= FD_SETSIZE || clients_.size() >= kMaxClients) {
    ++refused_connections_;
    close(client);
    return;
  }
  const int on = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval patience{0, kPatienceUs};
  setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  clients_.push_back(client);
}

/// One request of one client. False: the client has gone, or what it sent is no Modbus.
bool AnalyserServer::answer(int client) {
  auto* context = modbus_->context;
  modbus_set_socket(context, client);
  std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> request{};
  const int length = modbus_receive(context, request.data());
  if (length < 0) return false;
  if (length == 0) return true;

  const auto header = static_cast<std::size_t>(modbus_get_header_length(context));
  const auto unit_id = request[header - 1];
  const auto function = request[header];
  if (unit_id < 1 || unit_id > units_.size()) {
    return modbus_reply_exception(context, request.data(), MODBUS_EXCEPTION_GATEWAY_TARGET) > 0;
  }
  if (function != kReadHolding && function != kReadInput) {
    return modbus_reply_exception(context, request.data(), MODBUS_EXCEPTION_ILLEGAL_FUNCTION) > 0;
  }
  {
    const std::lock_guard lock(mutex_);
    const auto words = units_[unit_id - 1]->registers.words();
    std::ranges::copy(words, modbus_->answer->tab_registers);
    std::ranges::copy(words, modbus_->answer->tab_input_registers);
  }
  units_[unit_id - 1]->asked = true;
  return modbus_reply(context, request.data(), length, modbus_->answer) > 0;
}

}  // namespace exhaust::simulator
