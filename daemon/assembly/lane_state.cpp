#include "daemon/assembly/lane_assembler.hpp"
#include "daemon/assembly/reading_state.hpp"

namespace exhaust::assembly {

namespace {

/// A stamp that may not be there.
Result<std::optional<MonotonicTime>> if_there(bool has, std::int64_t ns) {
  if (!has) return std::nullopt;
  const auto at = monotonic_from_ns(ns);
  if (!at) return std::unexpected(at.error());
  return *at;
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
  for (const auto& [device, condition] : conditions_) *state.add_conditions() = condition;
  if (before_) {
    const auto& [number, front, co2_excess_percent] = *before_;
    auto& to = *state.mutable_before();
    to.set_number(number);
    if (front) to.set_front_ns(to_ns(*front));
    if (co2_excess_percent) to.set_co2_excess_percent(*co2_excess_percent);
  }
  for (const auto& past : past_) {
    const auto& [earliest, triggered, parts, unheard, tail] = past;
    auto& to = *state.add_past();
    to.set_triggered_ns(to_ns(triggered));
    if (earliest != triggered) to.set_earliest_ns(to_ns(earliest));
    to.set_parts(parts);
    to.set_unheard(unheard);
    if (tail) to.set_tail_ns(to_ns(*tail));
  }
  for (const auto& said : said_plates_) {
    const auto& [at, device, event_id, text] = said;
    auto& to = *state.add_said_plates();
    to.set_at_ns(to_ns(at));
    to.set_device(device);
    to.set_event_id(event_id);
    to.set_text(text);
  }
  state.set_hears(hears_);
  if (deaf_since_) state.set_deaf_since_ns(to_ns(*deaf_since_));
  if (last_triggered_) state.set_last_triggered_ns(to_ns(*last_triggered_));
  for (const auto& open : open_) {
    const auto& [number, triggered, earliest, at, passage, trigger_device, has_speed, cleared, said_cleared, result, tail, follows, origins] = open;
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
    if (earliest != triggered) to.set_earliest_ns(to_ns(earliest));
    if (tail) to.set_tail_ns(to_ns(*tail));
    to.set_follows(follows);
    for (const auto& [source, distance] : origins) {
      auto& origin = *to.add_origins();
      origin.set_source(source);
      origin.set_distance_ns(distance.count());
    }
  }
  for (const auto& waiting : waiting_) {
    auto& to = *state.add_waiting();
    *to.mutable_reading() = to_message(waiting.reading);
    to.set_until_ns(to_ns(waiting.until));
  }
  for (const auto& weather : weather_) *state.add_weather() = to_message(weather);
}

Result<void> LaneAssembler::restore(const v1::LaneState& state) {
  const auto damaged = [&](const char* what) {
    return fail(ErrorKind::kDamaged, "lane " + std::to_string(state.lane()) + ": " + what);
  };
  if (state.lane() != settings_.lane) return damaged("the state is of another lane");
  const auto is_more = [](int size, std::size_t most) { return static_cast<std::size_t>(size) > most; };
  if (is_more(state.open_size(), kMostOpen) || is_more(state.waiting_size(), kMostWaiting) || is_more(state.past_size(), kMostPast) ||
      is_more(state.said_plates_size(), kMostSaidPlates)) {
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
    const auto result = if_there(open.has_result_ns(), open.result_ns());
    const auto earliest = if_there(open.has_earliest_ns(), open.earliest_ns());
    const auto tail = if_there(open.has_tail_ns(), open.tail_ns());
    if (!result) return std::unexpected(result.error());
    if (!earliest) return std::unexpected(earliest.error());
    if (!tail) return std::unexpected(tail.error());
    open_.push_back({open.number(), *triggered, earliest->value_or(*triggered), *at, open.passage(), open.trigger_device(), open.has_speed(),
                     open.cleared(), open.said_cleared(), *result, *tail, open.follows(), {}});
    auto& origins = open_.back().origins;
    for (std::size_t i = 0; i < origins.size() && i < static_cast<std::size_t>(open.origins_size()); ++i) {
      const auto& from = open.origins(static_cast<int>(i));
      origins[i] = {from.source(), Duration{from.distance_ns()}};
    }
  }
  opened_.clear();
  for (const auto& opened : state.opened()) {
    const auto at = monotonic_from_ns(opened.at_ns());
    if (!at) return std::unexpected(at.error());
    opened_[opened.device()] = *at;
  }
  conditions_.clear();
  for (const auto& condition : state.conditions()) conditions_[condition.device()] = condition;
  before_.reset();
  if (state.has_before()) {
    const auto& before = state.before();
    const auto front = if_there(before.has_front_ns(), before.front_ns());
    if (!front) return std::unexpected(front.error());
    before_ = {before.number(), *front, before.has_co2_excess_percent() ? std::optional(before.co2_excess_percent()) : std::nullopt};
  }
  past_.clear();
  for (const auto& past : state.past()) {
    const auto triggered = monotonic_from_ns(past.triggered_ns());
    const auto earliest = if_there(past.has_earliest_ns(), past.earliest_ns());
    if (!triggered) return std::unexpected(triggered.error());
    if (!earliest) return std::unexpected(earliest.error());
    const auto tail = if_there(past.has_tail_ns(), past.tail_ns());
    if (!tail) return std::unexpected(tail.error());
    past_.push_back({earliest->value_or(*triggered), *triggered, past.parts(), past.unheard(), *tail});
  }
  said_plates_.clear();
  for (const auto& said : state.said_plates()) {
    const auto at = monotonic_from_ns(said.at_ns());
    if (!at) return std::unexpected(at.error());
    said_plates_.push_back({*at, said.device(), said.event_id(), said.text()});
  }
  const auto deaf_since = if_there(state.has_deaf_since_ns(), state.deaf_since_ns());
  if (!deaf_since) return std::unexpected(deaf_since.error());
  hears_ = state.hears();
  deaf_since_ = *deaf_since;
  const auto last_triggered = if_there(state.has_last_triggered_ns(), state.last_triggered_ns());
  if (!last_triggered) return std::unexpected(last_triggered.error());
  last_triggered_ = *last_triggered;
  own_triggers_.clear();
  for (const auto& own : state.own_triggers()) {
    auto& to = own_triggers_[own.device()];
    const auto result = if_there(own.has_result_ns(), own.result_ns());
    if (!result) return std::unexpected(result.error());
    to.result = *result;
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
  weather_.clear();
  for (const auto& one : state.weather()) {
    auto weather = from_message(one);
    if (!weather) return std::unexpected(weather.error());
    if (!std::holds_alternative<WeatherReading>(weather->body)) return damaged("the weather is not one");
    on_weather(*weather);
  }
  return {};
}

}  // namespace exhaust::assembly
