#include "daemon/acquisition/device_task.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "daemon/core/log.hpp"
#include "daemon/core/utf8.hpp"
#include "drivers/reading_values.hpp"

namespace exhaust::acquisition {

namespace {

using namespace std::chrono_literals;

/// Closing and opening mends a line. It mends neither a device that says no nor a bound of our own (a full queue, a unit
/// whose circuit is open): these are asked on, on the beat.
bool reopening_helps(ErrorKind kind) { return kind != ErrorKind::kRefused && kind != ErrorKind::kRefusedByDevice; }

std::string what_of(std::exception_ptr failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an unknown exception";
  }
}

}  // namespace

DeviceTask::DeviceTask(const Surroundings& around, DeviceSettings settings, std::uint64_t seed)
    : around_(around),
      settings_(std::move(settings)),
      alarm_(around.make_alarm()),
      backoff_(settings_.backoff_first, settings_.backoff_most, seed),
      rule_(settings_.degraded_after, settings_.down_after),
      clock_(settings_.clock_offset_limit) {
  report_.name = settings_.name;
  report_.driver = driver_name(settings_);
  report_.lane = settings_.lane;
  report_.endpoint = endpoint_text(settings_);
  report_.decoder = decoder_text(settings_);
  report_.model = settings_.model;
  report_.maker = settings_.maker;
  report_.verification_expires = settings_.verification_expires;
  report_.period = settings_.period;
  report_.state_since = around_.clock.wall();
  make_new_driver();
}

/// The driver's callbacks hold no share of the task, which owns the driver.
void DeviceTask::make_new_driver() {
  driver_ = around_.make_driver({around_.io, around_.clock, [this](Reading reading) { take(std::move(reading)); },
                                 [this](const Frame& frame) { around_.consumers.tap(settings_, frame); },
                                 [this](const DeviceNotice& said) { notice(said); }},
                                settings_);
}

void DeviceTask::start(Duration first_delay, std::function<void()> ended) {
  on_end_ = std::move(ended);
  ended_ = false;
  asio::co_spawn(around_.io, run(shared_from_this(), first_delay), [self = shared_from_this()](std::exception_ptr failure) {
    self->ended_ = true;
    self->on_end_();
    // Not the driver's, which are caught: a broken promise of this class ends the daemon, visibly.
    if (!failure) return;
    log::error("a device's task failed", {{"DEVICE", self->name()}, {"ERROR", what_of(failure)}});
    std::rethrow_exception(failure);
  });
}

asio::awaitable<void> DeviceTask::run(std::shared_ptr<DeviceTask> self, Duration first_delay) {
  (void)self;  // held until the end
  co_await pause_until(around_.clock.monotonic() + first_delay);
  while (!stopping_) {
    const auto session = co_await one_session();
    if (session == Session::kThrew && driver_ == nullptr) co_return;
    if (!stopping_) co_await back_off();
  }
}

asio::awaitable<DeviceTask::Session> DeviceTask::one_session() {
  std::string thrown;
  bool worked = false;
  try {
    worked = co_await open_and_poll();
  } catch (...) {
    thrown = what_of(std::current_exception());
  }
  end_call();
  const bool closed = co_await close_driver();
  if (thrown.empty() && closed) co_return worked ? Session::kWorked : Session::kFailed;
  if (thrown.empty()) thrown = "closing it failed";
  driver_threw(thrown);
  co_await wait_for_other_closing();
  // What could not be closed may still run: it is kept, and never used again.
  if (!closed || closing_) {
    log::error("a driver that cannot be closed is out of use until the next start", {{"DEVICE", name()}});
    retired_ = std::move(driver_);
    co_return Session::kThrew;
  }
  driver_.reset();
  make_new_driver();
  co_return Session::kThrew;
}

/// True: at least one poll succeeded.
asio::awaitable<bool> DeviceTask::open_and_poll() {
  const auto deadline = around_.clock.monotonic() + kOpenTimeout;
  begin_call("opening", deadline);
  const auto opened = co_await driver_->open(deadline);
  const bool overdue = end_call();
  if (stopping_) co_return false;
  if (!opened) {
    ++report_.errors;
    set_state(rule_.broken(), opened.error().detail);
    co_return false;
  }
  if (overdue) co_return false;
  ++report_.openings;
  rule_.opened();
  const bool worked = co_await poll_on_beat();
  co_return worked;
}

/// Polls until the line breaks or the daemon stops.
asio::awaitable<bool> DeviceTask::poll_on_beat() {
  const auto allowed = std::max(settings_.period, 4 * settings_.response_timeout);
  bool worked = false;
  for (auto due = around_.clock.monotonic(); !stopping_;) {
    const auto begun = around_.clock.monotonic();
    ++report_.polls;
    begin_call("a poll", begun + allowed);
    const auto polled = co_await driver_->poll(begun + allowed);
    const bool overdue = end_call();
    const auto now = around_.clock.monotonic();
    report_.poll_times.add(now - begun);
    if (polled) {
      worked = true;
      backoff_.reset();
      report_.last_good_poll = around_.clock.wall();
      if (!overdue) set_state(rule_.good(), rule_.remark());
    } else if (!stopping_ && poll_failed(polled.error(), worked)) {
      co_return worked;
    }
    if (overdue) co_return worked;  // the driver was closed meanwhile
    const auto next = next_beat(due, settings_.period, now);
    report_.missed_beats += next.missed;
    due = next.due;
    co_await pause_until(due);
  }
  co_return worked;
}

/// True: the session is over.
bool DeviceTask::poll_failed(const Error& error, bool worked) {
  ++report_.errors;
  const bool broken = error.kind == ErrorKind::kDisconnected || error.kind == ErrorKind::kSettings;
  const bool was_down = rule_.state() == DeviceState::kDown;
  set_state(broken ? rule_.broken() : rule_.failed(), error.detail);
  if (broken) return true;
  // One question is enough to find a device that was down still silent: its bus is needed by others.
  const bool silent = rule_.state() == DeviceState::kDown && (rule_.exhausted() || (was_down && !worked));
  return silent && reopening_helps(error.kind);
}

/// False: it threw.
asio::awaitable<bool> DeviceTask::close_driver() {
  begin_call("closing", around_.clock.monotonic() + kOpenTimeout);
  bool closed = true;
  try {
    co_await driver_->close();
  } catch (...) {
    closed = false;
    log::error("a driver failed while it was closed", {{"DEVICE", name()}, {"ERROR", what_of(std::current_exception())}});
  }
  end_call();
  co_return closed;
}

/// A closing that was begun under the call may be under way still, inside the driver.
asio::awaitable<void> DeviceTask::wait_for_other_closing() {
  const auto deadline = around_.clock.monotonic() + kOpenTimeout;
  while (closing_ && !stopping_ && around_.clock.monotonic() < deadline) {
    co_await pause_until(around_.clock.monotonic() + 100ms);
  }
}

void DeviceTask::driver_threw(const std::string& what) {
  ++report_.driver_failures;
  log::error("a device's driver failed", {{"DEVICE", name()}, {"DRIVER", report_.driver}, {"ERROR", what}});
  backoff_.to_limit();
  set_state(rule_.broken(), "its driver failed, which is a mistake in the program: " + what);
}

asio::awaitable<void> DeviceTask::back_off() {
  report_.backoff = backoff_.next();
  report_.next_try = around_.clock.wall() + std::chrono::duration_cast<std::chrono::microseconds>(report_.backoff);
  co_await pause_until(around_.clock.monotonic() + report_.backoff);
  report_.backoff = {};
  report_.next_try.reset();
}

asio::awaitable<void> DeviceTask::pause_until(MonotonicTime when) {
  if (!stopping_ && when > around_.clock.monotonic()) co_await alarm_->wait_until(when);
}

void DeviceTask::begin_call(const char* what, Deadline deadline) {
  const auto allowed = deadline - around_.clock.monotonic();
  call_ = Call{what, deadline, deadline + std::max<Duration>(kOverdueAfter, allowed)};
}

/// True: it was overdue.
bool DeviceTask::end_call() {
  const auto call = std::exchange(call_, std::nullopt);
  return call && call->overdue;
}

void DeviceTask::stop() {
  stopping_ = true;
  alarm_->cancel();
  if (call_) spawn_close();
}

/// A driver ends its calls when it is closed.
void DeviceTask::spawn_close() {
  if (closing_ || !driver_) return;
  closing_ = true;
  asio::co_spawn(around_.io, close_under_call(shared_from_this()), [self = shared_from_this()](std::exception_ptr failure) {
    self->closing_ = false;
    if (failure) log::error("a driver failed while it was closed", {{"DEVICE", self->name()}, {"ERROR", what_of(failure)}});
  });
}

asio::awaitable<void> DeviceTask::close_under_call(std::shared_ptr<DeviceTask> self) {
  co_await self->driver_->close();
}

void DeviceTask::look() {
  const auto now = around_.clock.monotonic();
  if (changes_.settled(now) && changes_.told() != report_.state) {
    const auto from = changes_.told();
    changes_.tell(report_.state);
    tell({report_.name, report_.lane, from, report_.state, report_.detail});
  }
  if (!call_ || call_->overdue || now < call_->overdue_at) return;
  call_->overdue = true;
  ++report_.overdue_calls;
  const auto late = stretch_of_time(std::chrono::duration<double>(now - call_->deadline).count());
  log::error("a driver does not come back", {{"DEVICE", name()}, {"CALL", call_->what}, {"LATE", late}});
  set_state(rule_.broken(), std::string(call_->what) + " should have ended " + late + " ago; the device is closed");
  spawn_close();
}

void DeviceTask::take(Reading reading) {
  const auto now = around_.clock.wall();
  if (reading.arrived == WallTime{}) reading.arrived = now;
  ++report_.readings;
  ++report_.readings_by_kind[kind_of(reading)];
  report_.last_reading = reading.arrived;
  report_.last = reading;
  if (auto* plate = std::get_if<PlateReading>(&report_.last->body)) {
    for (auto& picture : plate->pictures) picture.jpeg.reset();
  }
  compare_clocks(reading);
  around_.consumers.deliver(std::move(reading));
}

void DeviceTask::compare_clocks(const Reading& reading) {
  if (!reading.device_time) return;
  const auto news = clock_.look(*reading.device_time, reading.arrived);
  if (news == DeviceClock::News::kOff) notice({"clock", "its clock is " + clock_.words()});
  if (news == DeviceClock::News::kBack) notice({"clock", "its clock agrees with ours again: " + clock_.words()});
}

void DeviceTask::notice(const DeviceNotice& said) {
  ++report_.notices;
  if (notices_.take(around_.clock.monotonic())) {
    withholding_notices_ = false;
    around_.consumers.notice(settings_, {said.word, valid_utf8(said.detail)});
    return;
  }
  ++report_.notices_withheld;
  if (std::exchange(withholding_notices_, true)) return;
  log::warning("a device says too much", {{"DEVICE", name()}, {"LAST", said.word}});
  around_.consumers.notice(settings_, {"too_many_notices", "more than " + std::to_string(kMostNoticesInAMinute) +
                                                               " within a minute: more are counted, not stored"});
}

void DeviceTask::set_state(DeviceState state, const std::string& detail) {
  report_.detail = valid_utf8(detail);  // it may quote the device
  if (stopping_ || report_.state == state) return;
  StateChange change{report_.name, report_.lane, report_.state, state, report_.detail};
  report_.state = state;
  report_.state_since = around_.clock.wall();
  ++report_.changes;
  const auto say = changes_.change(state, around_.clock.monotonic());
  change.told = say == ChangeLimit::Say::kChange;
  if (say == ChangeLimit::Say::kFlapping) {
    log::warning("device flaps", {{"DEVICE", name()}, {"ERROR", report_.detail}});
    around_.consumers.notice(settings_, {"flapping", "its state changed more than " + std::to_string(ChangeLimit::kMostInAMinute) +
                                                         " times within a minute: changes are counted, not stored, until it "
                                                         "has kept its state for a minute"});
  }
  tell(change);
}

void DeviceTask::tell(const StateChange& change) {
  if (change.told && change.to == DeviceState::kUp) {
    log::info("device answers", {{"DEVICE", change.device}});
  } else if (change.told) {
    log::warning("device fails", {{"DEVICE", change.device}, {"STATE", to_string(change.to)}, {"ERROR", change.detail}});
  }
  around_.consumers.changed(change);
}

DeviceReport DeviceTask::report() const {
  auto report = report_;
  report.changes_withheld = changes_.withheld();
  if (driver_) report.counters = driver_->counters();
  if (const auto offset = clock_.offset_s()) {
    report.clock = ClockReport{*offset, clock_.drift_s_per_day(), clock_.limit_s(), clock_.off()};
  }
  return report;
}

}  // namespace exhaust::acquisition
