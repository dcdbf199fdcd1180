#include "daemon/assembly/lane_assembler.hpp"
#include "daemon/assembly/reading_state.hpp"

namespace exhaust::assembly {

namespace {

/// When a device gave its result, where it has.
Result<void> restored_result(const auto& state, std::optional<MonotonicTime>& result) {
  if (!state.has_result_ns()) return {};
  const auto at = monotonic_from_ns(state.result_ns());
  if (!at) return std::unexpected(at.error());
  result = *at;
  return {};
}

}  // namespace

void LaneAssembler::save(v1::LaneState& state) const {
  state.set_lane(settings_.lane);
  state.set_counting(counting_);
  for (const auto& [device, counter] : counters_) {
    auto& to = *state.add_counters();
    to.set_device(device);
    to.set_session(counter.session);
    to.set_number(counter.number);
  }
  state.set_last_number(last_);
  state.set_offset(offset_);
  state.set_last_at_us(to_us(last_at_));
  for (const auto& [device, own] : own_triggers_) {
    const auto& [result, result_after_cleared] = own;
    auto& to = *state.add_own_triggers();
    to.set_device(device);
    if (result) to.set_result_ns(to_ns(*result));
    to.set_result_after_cleared(result_after_cleared);
  }
  for (const auto& [device, at] : opened_) {
    auto& to = *state.add_opened();
    to.set_device(device);
    to.set_at_ns(to_ns(at));
  }
  for (const auto& open : open_) {
    const auto& [number, triggered, at, passage, trigger_device, has_speed, cleared, said_cleared, result] = open;
    auto& to = *state.add_open();
    to.set_number(number);
    to.set_triggered_ns(to_ns(triggered));
    to.set_at_us(to_us(at));
    to.set_trigger_device(trigger_device);
    *to.mutable_passage() = passage;
    to.set_has_speed(has_speed);
    to.set_cleared(cleared);
    to.set_said_cleared(said_cleared);
    if (result) to.set_result_ns(to_ns(*result));
  }
  for (const auto& waiting : waiting_) {
    auto& to = *state.add_waiting();
    *to.mutable_reading() = to_message(waiting.reading);
    to.set_until_ns(to_ns(waiting.until));
  }
  if (weather_) *state.mutable_weather() = to_message(*weather_);
}

Result<void> LaneAssembler::restore(const v1::LaneState& state) {
  const auto damaged = [&](const char* what) {
    return fail(ErrorKind::kDamaged, "lane " + std::to_string(state.lane()) + ": " + what);
  };
  if (state.lane() != settings_.lane) return damaged("the state is of another lane");
  if (static_cast<std::size_t>(state.open_size()) > kMostOpen || static_cast<std::size_t>(state.waiting_size()) > kMostWaiting) {
    return damaged("more is open or waiting than a lane can hold");
  }
  counting_ = state.counting();
  counters_.clear();
  for (const auto& counter : state.counters()) counters_[counter.device()] = {counter.session(), counter.number()};
  last_ = state.last_number();
  offset_ = state.offset();
  const auto last_at = wall_from_us(state.last_at_us());
  if (!last_at) return std::unexpected(last_at.error());
  last_at_ = *last_at;
  open_.clear();
  for (const auto& open : state.open()) {
    const auto triggered = monotonic_from_ns(open.triggered_ns());
    const auto at = wall_from_us(open.at_us());
    if (!triggered) return std::unexpected(triggered.error());
    if (!at) return std::unexpected(at.error());
    if (open.number() > last_ || (!open_.empty() && open.number() <= open_.back().number)) {
      return damaged("open passages are not in the order of the gate's count");
    }
    std::optional<MonotonicTime> result;
    if (const auto read = restored_result(open, result); !read) return read;
    open_.push_back({open.number(), *triggered, *at, open.passage(), open.trigger_device(), open.has_speed(), open.cleared(), open.said_cleared(), result});
  }
  opened_.clear();
  for (const auto& opened : state.opened()) {
    const auto at = monotonic_from_ns(opened.at_ns());
    if (!at) return std::unexpected(at.error());
    opened_[opened.device()] = *at;
  }
  own_triggers_.clear();
  for (const auto& own : state.own_triggers()) {
    auto& to = own_triggers_[own.device()];
    if (const auto read = restored_result(own, to.result); !read) return read;
    to.result_after_cleared = own.result_after_cleared();
  }
  waiting_.clear();
  for (const auto& waiting : state.waiting()) {
    auto reading = from_message(waiting.reading());
    const auto until = monotonic_from_ns(waiting.until_ns());
    if (!reading) return std::unexpected(reading.error());
    if (!until) return std::unexpected(until.error());
    waiting_.push_back({std::move(*reading), *until});
  }
  weather_.reset();
  if (state.has_weather()) {
    auto weather = from_message(state.weather());
    if (!weather) return std::unexpected(weather.error());
    if (!std::holds_alternative<WeatherReading>(weather->body)) return damaged("the weather is not one");
    weather_ = std::move(*weather);
  }
  return {};
}

}  // namespace exhaust::assembly
