#include "drivers/simulator/unit.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <exception>

#include "drivers/simulator/devices.hpp"
#include "drivers/simulator/weather.hpp"

namespace exhaust::simulator {

namespace {

using namespace std::chrono_literals;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr auto kDaemonCheck = 50ms;
constexpr auto kFinishCheck = 20ms;
constexpr auto kSilentWait = 10s;  ///< between two words to the person who waits
constexpr auto kLatest = 1s;
constexpr double kCameraRetry_s = 0.1;  ///< of simulated time, so that a dead listener does not hold up the queue

Duration real(double simulated_s, double time_scale) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(simulated_s / time_scale));
}

void say(const std::string& line) { std::fprintf(stderr, "exhaust-sim: %s\n", line.c_str()); }

std::optional<std::uint64_t> last_index(const UnitSettings& settings) {
  if (settings.traffic.empty()) return settings.passages;
  const std::uint64_t rows = settings.traffic.size();
  return std::min(rows, settings.passages.value_or(rows));
}

std::string of_lane(const char* device, Lane lane) { return device + ("-" + std::to_string(lane)); }

}  // namespace

std::vector<FaultTarget> fault_targets(Lane lanes) {
  const std::vector<FaultKind> line(std::begin(kLineFaults), std::end(kLineFaults));
  auto rtu = line;
  rtu.push_back(FaultKind::kBusy);
  auto connection = rtu;
  connection.insert(connection.end(), std::begin(kConnectionFaults), std::end(kConnectionFaults));
  auto analyser = connection;
  analyser.push_back(FaultKind::kTorn);
  std::vector<FaultTarget> targets{{"weather", rtu}};
  for (Lane lane = 1; lane <= lanes; ++lane) {
    targets.push_back({of_lane("gate", lane), line});
    targets.push_back({of_lane("analyser", lane), analyser});
    targets.push_back({of_lane("smoke", lane), connection});
    targets.push_back({of_lane("camera", lane), {std::begin(kPostFaults), std::end(kPostFaults)}});
  }
  return targets;
}

Result<std::unique_ptr<Unit>> Unit::start(asio::io_context& io, UnitSettings settings, OnFailure on_failure) {
  auto truth = TruthFile::open(settings.truth);
  if (!truth) return std::unexpected(truth.error());
  if (!truth->so_far().newest_of_lane.empty() &&
      truth->so_far().newest_of_lane.rbegin()->first > settings.headway.lanes) {
    return fail(ErrorKind::kDamaged, "truth file " + settings.truth.string() + " is of a unit with more lanes");
  }
  if (truth->so_far().torn_bytes > 0) {
    say("cut " + std::to_string(truth->so_far().torn_bytes) + " bytes of a torn last line off the truth file");
  }
  auto fault_log = FaultLog::open(settings.fault_log);
  if (!fault_log) return std::unexpected(fault_log.error());
  auto unit = std::unique_ptr<Unit>(
      new Unit(io, std::move(settings), std::move(on_failure), std::move(*truth), std::move(*fault_log)));
  if (const auto opened = unit->open_devices(); !opened) return std::unexpected(opened.error());
  unit->restore_memory();
  asio::co_spawn(io, unit->wait_for_daemon(), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  return unit;
}

Unit::Unit(asio::io_context& io, UnitSettings settings, OnFailure on_failure, TruthFile truth, FaultLog fault_log)
    : io_(io), settings_(std::move(settings)), on_failure_(std::move(on_failure)), truth_(std::move(truth)),
      vehicles_(truth_.so_far().vehicles), last_(last_index(settings_)), arrivals_(settings_.seed, settings_.headway),
      timeline_(io), finish_check_(io), fault_log_(std::move(fault_log)),
      schedule_(settings_.faults, settings_.seed,
                [this](std::string_view device, FaultKind kind, double at_s) { fault_log_.write(device, kind, at_s); }),
      gates_(settings_.headway.lanes), smoke_(settings_.headway.lanes), analysers_(settings_.headway.lanes) {
  for (std::uint64_t i = 0; i < vehicles_; ++i) arrived_s_ = arrivals_.next().at_s;
}

Result<void> Unit::open_devices() {
  std::error_code error;
  std::filesystem::create_directories(settings_.folder, error);
  if (error) return fail(ErrorKind::kStorage, settings_.folder.string() + ": " + error.message());

  const Surroundings surroundings{[this] { return traffic_seconds(); }, lines_};
  auto analysers = std::make_shared<ModbusUnits>();
  for (Lane lane = 1; lane <= settings_.headway.lanes; ++lane) {
    auto& gate = gates_[lane - 1];
    auto line = SerialLine::make(io_, settings_.folder / ("gate" + std::to_string(lane)),
                                 std::make_unique<GateConversation>(of_lane("gate", lane), gate.board), surroundings);
    if (!line) return std::unexpected(line.error());
    gate.line = std::move(*line);
    auto& analyser = analysers_[lane - 1];
    auto unit = analyser_unit(of_lane("analyser", lane), analyser.registers, schedule_);
    unit.read = [&analyser, read = std::move(unit.read)](std::size_t first, std::size_t count, double at_s) {
      analyser.asked = true;
      return read(first, count, at_s);
    };
    analysers->emplace(static_cast<std::uint8_t>(lane), std::move(unit));
  }
  auto weather = std::make_shared<ModbusUnits>();
  weather->emplace(kWeatherUnit, weather_unit("weather", [this](double) { return weather_seconds(); }));
  auto line = SerialLine::make(io_, settings_.folder / "weather",
                               std::make_unique<ModbusConversation>(std::move(weather), Framing::kModbusRtu), surroundings);
  if (!line) return std::unexpected(line.error());
  weather_ = std::move(*line);

  auto smoke = TcpPort::open(io_, "smoke meter", settings_.ak_port,
                             [this] { return std::make_unique<SmokeConversation>(smoke_); }, surroundings);
  if (!smoke) return std::unexpected(smoke.error());
  smoke_port_ = std::move(*smoke);
  auto analyser = TcpPort::open(io_, "analyser", settings_.modbus_port,
                                [analysers] { return std::make_unique<ModbusConversation>(analysers, Framing::kModbusTcp); },
                                surroundings);
  if (!analyser) return std::unexpected(analyser.error());
  analyser_port_ = std::move(*analyser);
  camera_ = std::make_unique<Camera>(io_, settings_.camera, settings_.headway.lanes, real(kCameraRetry_s, settings_.time_scale));
  camera_->fails_by(schedule_, surroundings.now_s);
  return {};
}

/// The devices keep their memory and counters through a power cut: all of them go on after the newest vehicle of the
/// truth, also if they had not yet spoken of it when the power went.
void Unit::restore_memory() {
  for (const auto& [lane, newest] : truth_.so_far().newest_of_lane) {
    for (const auto& passing : newest) {
      gates_[lane - 1].board.remember(passing);
      smoke_.measured(lane, passing.number, passing.vehicle.smoke);
      analysers_[lane - 1].registers.complete(passing.number, passing.vehicle.plume);
      number_of_lane_[lane] = passing.number;
    }
  }
}

/// Traffic that nobody could notice proves nothing: it begins when each device has been asked once and somebody
/// listens for the camera.
asio::awaitable<void> Unit::wait_for_daemon() {
  asio::steady_timer pause(io_);
  auto last_word = SystemClock().monotonic();
  while (!settings_.at_once) {
    auto missing = not_yet_asked();
    if (missing.empty()) {
      const bool listens = co_await camera_->somebody_listens();
      if (listens) break;
      missing = " listener-for-the-camera";
    }
    if (SystemClock().monotonic() - last_word > kSilentWait) {
      say("traffic waits for:" + missing);
      last_word = SystemClock().monotonic();
    }
    pause.expires_after(kDaemonCheck);
    [[maybe_unused]] const auto [waited] = co_await pause.async_wait(kAsTuple);
  }
  begin_traffic();
}

std::string Unit::not_yet_asked() const {
  std::string missing;
  for (Lane lane = 1; lane <= settings_.headway.lanes; ++lane) {
    const auto number = std::to_string(lane);
    if (!gates_[lane - 1].board.asked()) missing += " gate" + number;
    if (!analysers_[lane - 1].asked) missing += " analyser" + number;
    if (!smoke_.asked(lane)) missing += " smoke" + number;
  }
  return missing;
}

void Unit::begin_traffic() {
  traffic_began_ = SystemClock().monotonic();
  plan_next(traffic_began_);
}

void Unit::plan_next(MonotonicTime after) {
  if (last_ && vehicles_ >= *last_) return say_when_finished();
  const auto arrival = arrivals_.next();
  const auto headway = real(arrival.at_s - arrived_s_, settings_.time_scale);
  arrived_s_ = arrival.at_s;
  timeline_.at(after + headway, [this, arrival, due = after + headway] {
    // Planned from the planned time, so that the mean holds; but what a stalled machine missed is not caught up.
    const auto now = SystemClock().monotonic();
    const bool late = now - due > kLatest;
    late_ += late ? 1 : 0;
    pass(arrival);
    plan_next(late ? now : due);
  });
}

void Unit::pass(Arrivals::Arrival arrival) {
  Passing passing;
  passing.lane = arrival.lane;
  passing.number = ++number_of_lane_[arrival.lane];
  passing.at = SystemClock().wall();
  passing.vehicle = next_vehicle();
  if (const auto written = truth_.append(passing); !written) {
    last_ = vehicles_;
    return on_failure_(written.error());
  }
  ++vehicles_;
  ++emitted_;
  devices_speak(passing);
}

Vehicle Unit::next_vehicle() const {
  const auto index = vehicles_ + 1;
  if (settings_.traffic.empty()) return make_vehicle(settings_.seed, index);
  return make_vehicle(settings_.seed, index, settings_.traffic[index - 1], index);
}

void Unit::devices_speak(const Passing& passing) {
  auto& gate = gates_[passing.lane - 1];
  gate.line->say({of_lane("gate", passing.lane), Framing::kStdbus, gate.board.report(passing)});

  Random random(settings_.seed, Random::Purpose::kDeviceTimes, passing.vehicle.index);
  const auto now = SystemClock().monotonic();
  const auto after = [&](double from_s, double to_s) {
    return now + real(random.uniform(from_s, to_s), settings_.time_scale);
  };
  timeline_.at(after(0.05, 0.3), [this, passing] { camera_->post(passing); });
  timeline_.at(after(0.6, 0.9), [this, passing] {
    smoke_.measured(passing.lane, passing.number, passing.vehicle.smoke);
  });
  timeline_.at(after(0.9, 1.1), [this, passing] {
    analysers_[passing.lane - 1].registers.complete(passing.number, passing.vehicle.plume);
  });
}

void Unit::say_when_finished() {
  if (timeline_.empty() && camera_->idle()) {
    std::fprintf(stderr, "traffic finished: %llu vehicles\n", static_cast<unsigned long long>(vehicles_));
    return;
  }
  finish_check_.expires_after(kFinishCheck);
  finish_check_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) say_when_finished();
  });
}

double Unit::weather_seconds() const {
  return std::chrono::duration<double>(SystemClock().wall().time_since_epoch()).count() * settings_.time_scale;
}

double Unit::traffic_seconds() const {
  if (traffic_began_ == MonotonicTime{}) return -1;
  return std::chrono::duration<double>(SystemClock().monotonic() - traffic_began_).count() * settings_.time_scale;
}

std::string Unit::summary() const {
  std::uint64_t frames_lost = weather_->traffic().lost, bad_frames = 0;
  for (const auto& gate : gates_) {
    frames_lost += gate.line->traffic().lost;
    bad_frames += gate.board.bad_frames();
  }
  const auto& posts = camera_->counters();
  const auto text = [](const char* name, std::uint64_t value) { return std::string(name) + std::to_string(value); };
  return text("stopped: vehicles in the truth ", vehicles_) + text(", emitted since the start ", emitted_) +
         text(", late ", late_) + text("; posts accepted ", posts.accepted) + text(", retried ", posts.retried) +
         text(", lost ", posts.lost) + text(", overflowed ", posts.overflowed) + text("; frames lost ", frames_lost) +
         text(", bad frames received ", bad_frames) +
         text(", connections refused ", analyser_port_->refused_connections() + smoke_port_->refused_connections());
}

}  // namespace exhaust::simulator
