#include "daemon/app/daemon.hpp"
#include "daemon/app/reviews.hpp"
#include "daemon/records/records.hpp"
#include "drivers/reading_values.hpp"

namespace exhaust::app {

namespace {

template <class Counts>
void add_counts(const Counts& counts, google::protobuf::RepeatedPtrField<v1::Count>& to) {
  for (const auto& [name, count] : counts) {
    auto& one = *to.Add();
    one.set_name(name);
    one.set_count(count);
  }
}

void add_lane(const LaneAccount& account, v1::LaneStatus& lane) {
  lane.set_lane(account.lane);
  lane.set_line(account.line);
  lane.set_triggered(account.triggered);
  lane.set_passages(account.passages);
  lane.set_missed(account.missed);
  lane.set_open(account.open);
  add_counts(account.orphans, *lane.mutable_orphans());
}

void add_poll_times(const acquisition::PollTimes& times, v1::PollTimes& to) {
  to.set_count(times.count());
  to.set_sum_s(times.sum_s());
  for (const auto bound : acquisition::PollTimes::kBounds_s) to.add_bounds_s(bound);
  for (const auto count : times.buckets()) to.add_buckets(count);
  if (const auto median = times.quantile_s(0.5)) to.set_median_s(*median);
  if (const auto p99 = times.quantile_s(0.99)) to.set_p99_s(*p99);
}

void add_last_reading(const Reading& reading, v1::LastReading& last) {
  last.set_kind(kind_of(reading));
  last.set_lane(reading.lane);
  *last.mutable_arrived() = records::to_timestamp(reading.arrived);
  if (reading.device_time) *last.mutable_device_time() = records::to_timestamp(*reading.device_time);
  if (reading.count) last.set_vehicle_number(*reading.count);
  for (const auto& value : values_of(reading)) {
    auto& one = *last.add_values();
    one.set_name(std::string(value.name));
    one.set_unit(std::string(value.unit));
    if (value.number) one.set_number(*value.number);
    one.set_text(value.text);
  }
}

void add_clock(const acquisition::ClockReport& clock, v1::DeviceClock& to) {
  to.set_offset_s(clock.offset_s);
  if (clock.drift_s_per_day) to.set_drift_s_per_day(*clock.drift_s_per_day);
  to.set_limit_s(clock.limit_s);
  to.set_off(clock.off);
}

void add_device(const acquisition::DeviceReport& report, v1::DeviceStatus& device) {
  const auto seconds = [](Duration time) { return std::chrono::duration<double>(time).count(); };
  device.set_name(report.name);
  device.set_driver(report.driver);
  device.set_lane(report.lane);
  device.set_endpoint(report.endpoint);
  device.set_decoder(report.decoder);
  device.set_model(report.model);
  device.set_maker(report.maker);
  device.set_verification_expires(report.verification_expires);
  device.set_period_s(seconds(report.period));
  device.set_state(to_string(report.state));
  *device.mutable_state_since() = records::to_timestamp(report.state_since);
  device.set_detail(report.detail);
  device.set_state_changes(report.changes);
  device.set_withheld_changes(report.changes_withheld);
  device.set_notices(report.notices);
  device.set_withheld_notices(report.notices_withheld);
  device.set_openings(report.openings);
  device.set_polls(report.polls);
  device.set_readings(report.readings);
  device.set_errors(report.errors);
  device.set_missed_beats(report.missed_beats);
  device.set_overdue_calls(report.overdue_calls);
  device.set_driver_failures(report.driver_failures);
  add_poll_times(report.poll_times, *device.mutable_poll_times());
  if (report.last_good_poll) *device.mutable_last_good_poll() = records::to_timestamp(*report.last_good_poll);
  device.set_backoff_s(seconds(report.backoff));
  if (report.next_try) *device.mutable_next_try() = records::to_timestamp(*report.next_try);
  add_counts(report.readings_by_kind, *device.mutable_readings_by_kind());
  if (report.last_reading) *device.mutable_last_reading() = records::to_timestamp(*report.last_reading);
  if (report.last) add_last_reading(*report.last, *device.mutable_last());
  if (report.clock) add_clock(*report.clock, *device.mutable_device_clock());
  add_counts(report.counters, *device.mutable_counters());
}

void add_ledger(const ledger::Ledger& ledger, v1::LedgerStatus& status) {
  const auto statistics = ledger.statistics();
  status.set_entries(statistics.entries);
  status.set_bytes(statistics.bytes);
  status.set_path(statistics.path);
  status.set_refused(statistics.refused);
  status.set_queued(statistics.queued);
  for (const auto& state : ledger.chains()) {
    auto& chain = *status.add_chains();
    chain.set_station_id(state.header->key.station_id);
    chain.set_ledger_id(records::to_text(state.header->key.ledger_id));
    chain.set_own(state.own);
    chain.set_simulated(state.header->simulated);
    chain.set_last_sequence(state.last);
    chain.set_last_hash(records::to_bytes(state.hash));
    chain.set_passages(state.passages);
    chain.set_rejected(state.rejected);
    if (state.last > 0) *chain.mutable_last_entry_at() = records::to_timestamp(records::to_wall_time(state.last_wall_time_us));
  }
}

void add_tier(const uplink::TierState& state, v1::TierStatus& tier) {
  tier.set_name(state.name);
  tier.set_endpoint(state.endpoint);
  tier.set_state(state.state);
  tier.set_detail(state.detail);
  tier.set_stored(state.stored);
  tier.set_accepted(state.accepted);
  tier.set_withheld(state.withheld);
  tier.set_pending(state.pending);
  tier.set_quarantined(state.quarantined);
  tier.set_expired(state.expired);
  tier.set_damaged(state.damaged);
  tier.set_sent_bytes(state.sent_bytes);
  if (state.last_ack) *tier.mutable_last_ack() = records::to_timestamp(*state.last_ack);
  tier.set_reconnects(state.reconnects);
}

void add_standard(const assessment::Standard& standard, v1::StandardStatus& to) {
  to.set_id(standard.id);
  to.set_version(standard.version);
  to.set_example(standard.example);
  to.set_sha256(records::to_bytes(standard.hash));
}

}  // namespace

v1::StatusReply Daemon::status() const {
  v1::StatusReply reply;
  reply.set_station_id(settings_.station.id);
  reply.set_name(settings_.station.name);
  reply.set_simulated(settings_.station.simulated);
  reply.set_version(EXHAUST_VERSION);
  *reply.mutable_started_at() = records::to_timestamp(started_);
  *reply.mutable_now() = records::to_timestamp(clock_.wall());
  *reply.mutable_clock() = clock_state_;
  if (pipeline_) {
    for (const auto& account : pipeline_->accounts()) add_lane(account, *reply.add_lanes());
    reply.set_readings_without_lane(pipeline_->without_lane());
  }
  if (vehicles_) *reply.mutable_registry() = vehicles_->status();
  if (server_) reply.set_refused_calls(server_->refused_calls());
  if (acquisition_) {
    for (const auto& report : acquisition_->report()) add_device(report, *reply.add_devices());
  }
  add_ledger(*ledger_, *reply.mutable_ledger());
  for (const auto& uplink : uplinks_) add_tier(uplink->state(), *reply.add_tiers());
  for (const auto& standard : settings_.standards.all()) add_standard(standard, *reply.add_standards());
  add_determinations(history_->state(), ledger_->newest(), history_settings(settings_).rules, *reply.mutable_determinations());
  return reply;
}

}  // namespace exhaust::app
