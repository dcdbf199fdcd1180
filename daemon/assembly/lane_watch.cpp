#include "daemon/assembly/lane_watch.hpp"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "daemon/assembly/reading_state.hpp"

namespace exhaust::assembly {

namespace {

google::protobuf::Timestamp timestamp(WallTime time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time.time_since_epoch().count());
}

}  // namespace

LaneWatch::LaneWatch(const LaneSettings& settings, Moment start, std::optional<WallTime> since) : settings_(settings) {
  if (!look()) return;
  begin(start, since.value_or(start.wall));
  told_ = since.has_value();  // it was long enough, or the run ended in it: what began must be told to its end
}

std::vector<LaneWatch::Part> LaneWatch::parts() const {
  return {{kGate, &settings_.triggered_by}, {kInstrument, &settings_.plume_from}, {kInstrument, &settings_.smoke_from},
          {kCamera, &settings_.plate_from}};
}

/// True: the lane cannot measure now. Remembers what is missing.
bool LaneWatch::look() {
  bool dark = false;
  for (const auto& [worst, devices] : parts()) {
    if (devices->empty() || std::ranges::any_of(*devices, [&](const auto& device) { return up_.contains(device); })) continue;
    if (!dark && !dark_) {  // a new stretch
      missing_.clear();
      worst_ = kCamera;
    }
    dark = true;
    missing_.insert(devices->begin(), devices->end());
    worst_ = std::max(worst_, worst);
  }
  return dark;
}

void LaneWatch::begin(Moment now, WallTime since) {
  dark_ = true;
  told_ = false;
  from_ = since;
  anchor_ = now;
}

/// The first full hour that leaves the part before it long enough to be told.
WallTime LaneWatch::next_cut() const {
  const auto earliest = std::max(from_, anchor_.wall) + std::chrono::ceil<std::chrono::microseconds>(settings_.gap_least);
  return std::chrono::ceil<std::chrono::hours>(earliest);
}

std::optional<MonotonicTime> LaneWatch::due() const {
  if (!dark_) return std::nullopt;
  return anchor_.at + (next_cut() - anchor_.wall);
}

std::vector<v1::Gap> LaneWatch::tick(MonotonicTime now) {
  std::vector<v1::Gap> gaps;
  while (dark_ && *due() < now) gaps.push_back(part_until(next_cut()));
  return gaps;
}

std::vector<v1::Gap> LaneWatch::device_changed(const std::string& device, bool up, Moment now) {
  if (finished_) return {};
  if (up) up_.insert(device);
  else up_.erase(device);
  const bool was_dark = dark_;
  const bool dark = look();
  if (dark && !was_dark) begin(now, now.wall);
  if (dark || !was_dark) return {};
  const bool long_enough = told_ || now.at - anchor_.at >= settings_.gap_least;
  std::vector<v1::Gap> gaps;
  if (long_enough) gaps.push_back(part_until(now.wall));
  dark_ = false;
  return gaps;
}

std::vector<v1::Gap> LaneWatch::finish(Moment now) {
  finished_ = true;
  if (!dark_) return {};
  const bool long_enough = told_ || now.at - anchor_.at >= settings_.gap_least;
  std::vector<v1::Gap> gaps;
  if (long_enough) gaps.push_back(part_until(now.wall));
  dark_ = false;
  return gaps;
}

v1::Gap LaneWatch::part_until(WallTime to) {
  static constexpr const char* kReasons[] = {"camera_down", "instrument_down", "gate_down"};
  v1::Gap gap;
  gap.set_lane(settings_.lane);
  *gap.mutable_from() = timestamp(from_);
  *gap.mutable_to() = timestamp(to);
  gap.set_reason(kReasons[worst_]);
  // Without the gate nobody knows yet how many went by: its count tells later, in an entry of its own.
  if (worst_ != kGate) gap.set_missed(0);
  for (const auto& device : missing_) gap.add_devices(device);
  from_ = to;
  told_ = true;
  missing_.clear();
  worst_ = kCamera;
  look();
  return gap;
}

std::optional<WallTime> LaneWatch::dark_since() const { return dark_ ? std::optional(from_) : std::nullopt; }

void LaneWatch::save(v1::WatchState& state) const {
  for (const auto& device : up_) state.add_up(device);
  state.set_dark(dark_);
  state.set_from_us(to_us(from_));
  state.set_told(told_);
  state.set_anchor_ns(to_ns(anchor_.at));
  state.set_anchor_us(to_us(anchor_.wall));
  for (const auto& device : missing_) state.add_missing(device);
  state.set_worst(worst_);
}

Result<void> LaneWatch::restore(const v1::WatchState& state) {
  const auto from = wall_from_us(state.from_us());
  const auto at = monotonic_from_ns(state.anchor_ns());
  const auto wall = wall_from_us(state.anchor_us());
  // Cuts are counted from the anchor: years between the two are no state of a station.
  if (!from || !at || !wall || state.worst() > kGate || *from - *wall > std::chrono::years{10}) return fail(ErrorKind::kDamaged, "the state of a lane's watch is not one");
  up_ = {state.up().begin(), state.up().end()};
  dark_ = state.dark();
  from_ = *from;
  told_ = state.told();
  anchor_ = {*at, *wall};
  missing_ = {state.missing().begin(), state.missing().end()};
  worst_ = static_cast<Worst>(state.worst());
  return {};
}

}  // namespace exhaust::assembly
