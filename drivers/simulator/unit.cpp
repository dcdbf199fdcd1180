#include "drivers/simulator/unit.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <exception>

namespace exhaust::simulator {

namespace {

using namespace std::chrono_literals;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr auto kDaemonCheck = 50ms;
constexpr auto kFinishCheck = 20ms;
constexpr auto kSilentWait = 10s;  ///< between two words to the person who waits
constexpr auto kLatest = 1s;
constexpr double kCameraRetry_s = 0.1;  ///< of simulated time, so that a dead listener does not hold up the queue
/// Far more than 3.5 characters at 9600 baud, far less than a poll period.
constexpr auto kWeatherSilence = 50ms;

Duration real(double simulated_s, double time_scale) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(simulated_s / time_scale));
}

void say(const std::string& line) { std::fprintf(stderr, "exhaust-sim: %s\n", line.c_str()); }

std::optional<std::uint64_t> last_index(const UnitSettings& settings) {
  if (settings.traffic.empty()) return settings.passages;
  const std::uint64_t rows = settings.traffic.size();
  return std::min(rows, settings.passages.value_or(rows));
}

}  // namespace

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
  auto unit = std::unique_ptr<Unit>(new Unit(io, std::move(settings), std::move(on_failure), std::move(*truth)));
  if (const auto opened = unit->open_devices(); !opened) return std::unexpected(opened.error());
  unit->restore_memory();
  asio::co_spawn(io, unit->wait_for_daemon(), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  return unit;
}

Unit::Unit(asio::io_context& io, UnitSettings settings, OnFailure on_failure, TruthFile truth)
    : io_(io), settings_(std::move(settings)), on_failure_(std::move(on_failure)), truth_(std::move(truth)),
      vehicles_(truth_.so_far().vehicles), last_(last_index(settings_)), arrivals_(settings_.seed, settings_.headway),
      timeline_(io), finish_check_(io) {
  for (std::uint64_t i = 0; i < vehicles_; ++i) arrived_s_ = arrivals_.next().at_s;
}

Result<void> Unit::open_devices() {
  std::error_code error;
  std::filesystem::create_directories(settings_.folder, error);
  if (error) return fail(ErrorKind::kStorage, settings_.folder.string() + ": " + error.message());

  gates_.resize(settings_.headway.lanes);
  for (Lane lane = 1; lane <= settings_.headway.lanes; ++lane) {
    auto& gate = gates_[lane - 1];
    auto line = Pty::open(io_, settings_.folder / ("gate" + std::to_string(lane)), [&gate](ByteView received) {
      if (const auto answers = gate.board.answers(received); !answers.empty()) gate.line->send(answers);
    });
    if (!line) return std::unexpected(line.error());
    gate.line = std::move(*line);
  }
  auto line = Pty::open(io_, settings_.folder / "weather", [this](ByteView received) {
    const auto now = SystemClock().monotonic();
    if (now - weather_heard_ > kWeatherSilence) weather_.silence();
    weather_heard_ = now;
    const auto answers = weather_.answers(received, weather_at(weather_seconds()));
    if (!answers.empty()) weather_line_->send(answers);
  });
  if (!line) return std::unexpected(line.error());
  weather_line_ = std::move(*line);

  auto smoke = SmokeServer::start(io_, settings_.ak_port, settings_.headway.lanes);
  if (!smoke) return std::unexpected(smoke.error());
  smoke_ = std::move(*smoke);
  auto analyser = AnalyserServer::start(settings_.modbus_port, settings_.headway.lanes);
  if (!analyser) return std::unexpected(analyser.error());
  analyser_ = std::move(*analyser);
  camera_ = std::make_unique<Camera>(io_, settings_.camera, settings_.headway.lanes,
                                     real(kCameraRetry_s, settings_.time_scale));
  return {};
}

/// The devices keep their memory and counters through a power cut: all of them go on after the newest vehicle of the
/// truth, also if they had not yet spoken of it when the power went.
void Unit::restore_memory() {
  for (const auto& [lane, newest] : truth_.so_far().newest_of_lane) {
    for (const auto& passing : newest) {
      gates_[lane - 1].board.remember(passing);
      smoke_->meter().measured(lane, passing.number, passing.vehicle.smoke);
      analyser_->complete(lane, passing.number, passing.vehicle.plume);
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
    if (!analyser_->asked(lane)) missing += " analyser" + number;
    if (!smoke_->meter().asked(lane)) missing += " smoke" + number;
  }
  return missing;
}

void Unit::begin_traffic() {
  plan_next(SystemClock().monotonic());
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
  gate.line->send(gate.board.report(passing));

  Random random(settings_.seed, Random::Purpose::kDeviceTimes, passing.vehicle.index);
  const auto now = SystemClock().monotonic();
  const auto after = [&](double from_s, double to_s) {
    return now + real(random.uniform(from_s, to_s), settings_.time_scale);
  };
  timeline_.at(after(0.05, 0.3), [this, passing] { camera_->post(passing); });
  timeline_.at(after(0.6, 0.9), [this, passing] {
    smoke_->meter().measured(passing.lane, passing.number, passing.vehicle.smoke);
  });
  timeline_.at(after(0.9, 1.1), [this, passing] {
    analyser_->complete(passing.lane, passing.number, passing.vehicle.plume);
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

std::string Unit::summary() const {
  std::uint64_t frames_lost = weather_line_->frames_lost(), bad_frames = 0;
  for (const auto& gate : gates_) {
    frames_lost += gate.line->frames_lost();
    bad_frames += gate.board.bad_frames();
  }
  const auto& posts = camera_->counters();
  const auto text = [](const char* name, std::uint64_t value) { return std::string(name) + std::to_string(value); };
  return text("stopped: vehicles in the truth ", vehicles_) + text(", emitted since the start ", emitted_) +
         text(", late ", late_) + text("; posts accepted ", posts.accepted) + text(", retried ", posts.retried) +
         text(", lost ", posts.lost) + text(", overflowed ", posts.overflowed) + text("; frames lost ", frames_lost) +
         text(", bad frames received ", bad_frames) +
         text(", connections refused ", analyser_->refused_connections() + smoke_->refused_connections());
}

}  // namespace exhaust::simulator
