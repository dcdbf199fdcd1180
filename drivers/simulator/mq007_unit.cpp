#include "drivers/simulator/mq007_unit.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>

#include "drivers/mq007/command.hpp"
#include "drivers/mq007/qt_stream.hpp"
#include "drivers/simulator/model.hpp"

namespace exhaust::simulator {

using namespace std::chrono_literals;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
namespace type = mq007::type;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr auto kStatusPeriod = 1s;
constexpr auto kNobodyThere = 50ms;   ///< so soon it is looked again whether somebody has connected
constexpr auto kCalibration = 500ms;
constexpr auto kLinkTimeout = 10s;
constexpr std::size_t kMostQueued = 1u << 20;
constexpr int kUltravioletPoints = 256, kInfraredPoints = 200;

void report(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

Bytes calibration_data() {
  mq007::QtWriter writer;
  for (int list = 0; list < 10; ++list) writer.i32_list({});
  writer.i32_list({});
  for (int value = 0; value < 7; ++value) writer.f32(0);
  for (const float gas : {105.0f, 2500.0f, 5.24f, 8.36f}) writer.f32(gas);
  writer.f32(0);
  writer.i32(0);
  writer.i32(0);
  writer.local_time(std::chrono::local_days{std::chrono::year{2026} / 11 / 23} + 10h);
  writer.text("simulated");
  return writer.bytes();
}

}  // namespace

mq007::TestResult result_of(const Vehicle& vehicle) {
  mq007::TestResult result;
  const auto& plume = vehicle.plume;
  if (plume.co_per_co2) {
    const double co = *plume.co_per_co2, hc = plume.hc_per_co2.value_or(0), no = plume.no_per_co2.value_or(0);
    const double co2 = 42 / (2.79 + 2 * co + 1.21 * hc + no);
    result.co2 = co2;
    result.co = co * co2;
    if (plume.hc_per_co2) result.hc = hc * co2 * 1e4;
    if (plume.no_per_co2) result.no = no * co2 * 1e4;
  }
  result.opacity_max = vehicle.smoke.opacity_percent;
  if (result.opacity_max) {
    result.opacity_mean = *result.opacity_max / 2;
    result.blackness = *result.opacity_max / 10;
  }
  result.k = vehicle.smoke.k_per_m;
  result.length_cm = 400 + 10 * static_cast<double>(vehicle.index % 30);
  result.speed_km_h = vehicle.speed_km_h;
  result.acceleration_m_s2 = vehicle.acceleration_m_s2;
  return result;
}

/// One connection. Writes what is queued, one piece after the other.
struct Mq007Unit::Client : std::enable_shared_from_this<Client> {
  explicit Client(tcp::socket accepted, std::size_t place) : socket(std::move(accepted)), role(place) {}

  void send(ByteView bytes) {
    if (!socket.is_open()) return;
    if (queued.size() + bytes.size() > kMostQueued) return close();  // somebody who does not listen
    queued.append(as_text(bytes));
    if (under_way.empty()) write_on();
  }
  void write_on() {
    if (queued.empty()) return;
    under_way.swap(queued);
    asio::async_write(socket, asio::buffer(under_way), [self = shared_from_this()](error_code error, std::size_t) {
      self->under_way.clear();
      if (error) return self->close();
      self->write_on();
    });
  }
  void close() {
    error_code ignored;
    socket.close(ignored);
  }

  tcp::socket socket;
  std::size_t role;  ///< 0 data, 1 command, 2 keep-alive
  std::string queued, under_way;
  MonotonicTime heard = SystemClock().monotonic();
};

Result<std::unique_ptr<Mq007Unit>> Mq007Unit::start(asio::io_context& io, Mq007UnitSettings settings,
                                                    OnFailure on_failure) {
  std::optional<TruthFile> truth;
  if (settings.truth) {
    auto opened = TruthFile::open(*settings.truth);
    if (!opened) return std::unexpected(opened.error());
    truth.emplace(std::move(*opened));
  }
  auto unit = std::unique_ptr<Mq007Unit>(
      new Mq007Unit(io, std::move(settings), std::move(on_failure), std::move(truth)));
  if (const auto listening = unit->listen(); !listening) return std::unexpected(listening.error());
  asio::co_spawn(io, unit->answer_search(), &report);
  asio::co_spawn(io, unit->accept_forever(), &report);
  asio::co_spawn(io, unit->report_status(), &report);
  unit->plan_next(unit->started_ + unit->settings_.headway);
  return unit;
}

Mq007Unit::Mq007Unit(asio::io_context& io, Mq007UnitSettings settings, OnFailure on_failure,
                     std::optional<TruthFile> truth)
    : io_(io), settings_(std::move(settings)), on_failure_(std::move(on_failure)), truth_(std::move(truth)),
      search_(io), acceptor_(io), beat_(io), timeline_(io), started_(SystemClock().monotonic()),
      vehicles_(truth_ ? truth_->so_far().vehicles : 0) {}

Mq007Unit::~Mq007Unit() = default;

Result<void> Mq007Unit::listen() {
  const auto here = asio::ip::address_v4::loopback();
  error_code error;
  const auto cannot = [&](const char* what, std::uint16_t port) {
    return fail(ErrorKind::kDisconnected, std::string("cannot listen on ") + what + " 127.0.0.1:" +
                                              std::to_string(port) + ": " + error.message());
  };
  search_.open(udp::v4(), error);
  if (!error) search_.bind({here, settings_.udp_port}, error);
  if (error) return cannot("UDP", settings_.udp_port);
  acceptor_.open(tcp::v4(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind({here, settings_.tcp_port}, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return cannot("TCP", settings_.tcp_port);
  return {};
}

asio::awaitable<void> Mq007Unit::answer_search() {
  const auto answer = mq007::encode_answer({acceptor_.local_endpoint().port(), settings_.name});
  std::array<char, 256> datagram{};
  for (;;) {
    udp::endpoint from;
    const auto [error, count] = co_await search_.async_receive_from(asio::buffer(datagram), from, kAsTuple);
    if (error == asio::error::operation_aborted) co_return;
    if (error || std::string_view(datagram.data(), count) != mq007::kDiscoveryQuestion) continue;
    ++searches_;
    error_code ignored;
    search_.send_to(asio::buffer(answer), from, 0, ignored);
  }
}

asio::awaitable<void> Mq007Unit::accept_forever() {
  asio::steady_timer pause(io_);
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(kAsTuple);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      pause.expires_after(100ms);
      [[maybe_unused]] const auto [waited] = co_await pause.async_wait(kAsTuple);
      continue;
    }
    if (connected()) disconnect_all();  // one client; the newest has come back
    ++connections_;
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto client = std::make_shared<Client>(std::move(socket), clients_.size());
    clients_.push_back(client);
    asio::co_spawn(io_, serve(std::move(client)), &report);
  }
}

asio::awaitable<void> Mq007Unit::serve(std::shared_ptr<Client> client) {
  mq007::FrameReader reader;
  std::array<char, 4096> chunk{};
  for (;;) {
    const auto [error, count] = co_await client->socket.async_read_some(asio::buffer(chunk), kAsTuple);
    if (error) break;
    const auto bytes = as_bytes({chunk.data(), count});
    client->heard = SystemClock().monotonic();
    if (client->role == 2) {
      ++shakes_;
      client->send(as_bytes(mq007::kShakeHand));
      continue;
    }
    reader.feed(bytes);
    while (const auto piece = reader.next()) {
      if (!piece->whole) continue;
      const auto message = mq007::parse(piece->bytes);
      if (message && message->type == type::kTimeSync) ++time_syncs_;
      if (!message || message->type != type::kCommand) continue;
      if (const auto command = mq007::decode_command(message->data)) obey(command->word);
    }
  }
  // The end of one connection is the end of the client, if it is still that client's.
  if (std::ranges::find(clients_, client) != clients_.end()) disconnect_all();
}

void Mq007Unit::disconnect_all() {
  for (const auto& client : clients_) client->close();
  clients_.clear();
}

asio::awaitable<void> Mq007Unit::report_status() {
  for (;;) {
    beat_.expires_after(kStatusPeriod);
    const auto [error] = co_await beat_.async_wait(kAsTuple);
    if (error) co_return;
    if (!connected()) continue;
    if (SystemClock().monotonic() - clients_[2]->heard > kLinkTimeout) {
      disconnect_all();
      continue;
    }
    send(type::kStatus, mq007::encode_status(status()));
  }
}

mq007::UnitStatus Mq007Unit::status() const {
  const auto runs = std::chrono::duration_cast<std::chrono::seconds>(SystemClock().monotonic() - started_).count();
  mq007::UnitStatus status;
  status.opacity_counts.assign(10, 3000);
  status.ultraviolet_points = kUltravioletPoints;
  status.infrared_points = kInfraredPoints;
  status.work_mode = mode_;
  status.infrared = 2400;
  status.ultraviolet = 41000;
  status.green = 3000;
  status.seconds_since_start = static_cast<std::int32_t>(runs);
  status.seconds_since_calibration = static_cast<std::int32_t>(runs);
  status.software_version = "simulated";
  status.address = "127.0.0.1";
  status.name = settings_.name;
  status.infrared_connected = status.ultraviolet_connected = status.green_connected = true;
  return status;
}

void Mq007Unit::obey(std::string_view word) {
  if (word == mq007::kGetCalibrationData) send(type::kCalibrationData, calibration_data());
  if (word == "CALIBRATE_AUTOMATICALLY") calibrate();
  if (word == "SET_RT_TEST_MODE") mode_ = mq007::WorkMode::kRealTime;
  if (word == "QUIT_RT_TEST_MODE") mode_ = mq007::WorkMode::kTesting;
  if (word == "REBOOT_TESTER") {
    started_ = SystemClock().monotonic();
    disconnect_all();
  }
}

void Mq007Unit::calibrate() {
  mode_ = mq007::WorkMode::kCalibrating;
  send(type::kCalibrationStatus, mq007::encode_calibration_status({false, false, 10, "zero gas"}));
  timeline_.at(SystemClock().monotonic() + kCalibration, [this] {
    mode_ = mq007::WorkMode::kTesting;
    send(type::kCalibrationStatus, mq007::encode_calibration_status({true, true, 100, "done"}));
  });
}

void Mq007Unit::send(std::string_view frame_type, ByteView data) {
  if (!clients_.empty()) clients_.front()->send(mq007::encode(frame_type, data));
}

/// No number for a length; five bytes more than there are; a length beyond all reason; noise.
void Mq007Unit::send_damage() {
  if (clients_.empty()) return;
  for (const std::string_view damaged : {"PACKAGE_START00x0001311PACKAGE_END", "PACKAGE_START0000001811PACKAGE_END",
                                         "PACKAGE_START99999999", "12PACKAGE_ST", "\xFF\x01noise"}) {
    clients_.front()->send(as_bytes(damaged));
  }
}

void Mq007Unit::plan_next(MonotonicTime when) {
  if (settings_.vehicles && vehicles_ >= *settings_.vehicles) {
    if (!said_finished_ && settings_.truth) {
      timeline_.at(when, [this] {
        std::fprintf(stderr, "traffic finished: %llu vehicles\n", static_cast<unsigned long long>(vehicles_));
      });
    }
    said_finished_ = true;
    return;
  }
  timeline_.at(when, [this, when] {
    const auto now = SystemClock().monotonic();
    if (!connected() || mode_ != mq007::WorkMode::kTesting) return plan_next(now + kNobodyThere);
    pass();
    plan_next(std::max(now, when) + settings_.headway);
  });
}

void Mq007Unit::pass() {
  Passing passing;
  passing.lane = 1;
  passing.number = static_cast<std::uint32_t>(vehicles_ + 1);
  passing.at = SystemClock().wall();
  passing.vehicle = make_vehicle(settings_.seed, vehicles_ + 1);
  if (truth_) {
    if (const auto written = truth_->append(passing); !written) {
      settings_.vehicles = vehicles_;
      return on_failure_(written.error());
    }
  }
  ++vehicles_;
  send(type::kTrigger);
  const auto now = SystemClock().monotonic();
  timeline_.at(now + std::min<Duration>(200ms, settings_.headway / 5), [this] { send(type::kCarLeft); });
  timeline_.at(now + std::min<Duration>(600ms, settings_.headway / 2), [this, vehicle = passing.vehicle] {
    auto result = result_of(vehicle);
    result.has_peak_spectrum = settings_.both_lengths && vehicle.index % 2 == 0;
    send(type::kResult, mq007::encode_result(result));
    ++results_;
    if (settings_.damage_every > 0 && results_ % settings_.damage_every == 0) send_damage();
  });
}

std::string Mq007Unit::summary() const {
  const auto text = [](const char* name, std::uint64_t value) { return std::string(name) + std::to_string(value); };
  return text("stopped: vehicles ", vehicles_) + text(", results ", results_) + text("; searches answered ", searches_) +
         text(", connections ", connections_) + text(", handshakes ", shakes_) + text(", time syncs ", time_syncs_);
}

}  // namespace exhaust::simulator
