#include "daemon/replay/replay.hpp"

#include <algorithm>

#include "daemon/assembly/reading_state.hpp"

namespace exhaust::replay {

namespace {

Result<std::unique_ptr<settings::Settings>> settings_of(const v1::CaptureHead& head) {
  if (head.files().empty()) return fail(ErrorKind::kDamaged, "the capture holds no settings");
  std::vector<settings::NamedFile> files;
  for (const auto& file : head.files()) {
    const auto hash = sha256(as_bytes(file.text()));
    if (file.sha256() != as_text(hash)) return fail(ErrorKind::kDamaged, "the capture's file " + file.name() + " is not the one that its hash names");
    files.push_back({file.name(), file.text()});
  }
  auto own = std::move(files.front());
  files.erase(files.begin());
  auto settings = settings::read_settings(std::move(own), files);
  if (!settings) return std::unexpected(settings.error());
  if (settings->standards.empty()) return fail(ErrorKind::kDamaged, "the capture's settings name no standard");
  return std::make_unique<settings::Settings>(std::move(*settings));
}

}  // namespace

Replay::Replay(capture::Reader reader, std::unique_ptr<settings::Settings> settings, Decoders decoders)
    : reader_(std::move(reader)), settings_(std::move(settings)), decoders_(std::move(decoders)) {}

Result<Replay> Replay::open(const std::filesystem::path& capture, Decoders decoders, std::optional<assessment::StandardSet> standards) {
  auto reader = capture::Reader::open(capture);
  if (!reader) return std::unexpected(reader.error());
  auto settings = settings_of(reader->head());
  if (!settings) return std::unexpected(settings.error());
  if (standards) (*settings)->standards = std::move(*standards);
  Replay replay(std::move(*reader), std::move(*settings), std::move(decoders));

  const auto& head = replay.head();
  const auto start = assembly::monotonic_from_ns(head.started_ns());
  const auto wall = assembly::wall_from_us(head.started_us());
  if (!start) return std::unexpected(start.error());
  if (!wall) return std::unexpected(wall.error());
  for (const auto& name : head.devices()) {
    const auto& all = replay.settings_->devices;
    const auto found = std::ranges::find(all, name, &DeviceSettings::name);
    if (found == all.end()) return fail(ErrorKind::kDamaged, "the capture's settings know no device " + name);
    replay.devices_.push_back(&*found);
  }
  const auto& lanes = replay.settings_->lanes;
  replay.inspection_ = std::make_unique<inspection::Inspection>(replay.settings_->station.id, lanes, replay.standards(),
                                                                assembly::Moment{*start, *wall},
                                                                std::vector<inspection::LanePast>(lanes.size()),
                                                                settings::quality_plans(*replay.settings_));
  if (!replay.settings_->registry.file.empty()) {
    auto answers = capture::Reader::open(capture);
    if (!answers) return std::unexpected(answers.error());
    replay.vehicles_ = std::make_unique<CapturedVehicles>(std::move(*answers));
  }
  replay.inspection_->tell_vehicles_by(replay.settings_->registry.fuel, replay.vehicles_.get());
  if (auto restored = replay.inspection_->restore(head.state()); !restored) return std::unexpected(restored.error());
  replay.now_ = *start;
  replay.summary_.version = head.version();
  replay.summary_.other_version = head.version() != EXHAUST_VERSION;
  return replay;
}

Result<Summary> Replay::run(const std::function<void(const Payload&)>& payload) {
  payload_ = &payload;
  while (const auto record = reader_.next()) {
    if (auto done = step(*record); !done) return std::unexpected(done.error());
  }
  summary_.torn = reader_.torn();
  if (vehicles_) summary_.unanswered = vehicles_->unanswered();
  summary_.without_lane = inspection_->without_lane();
  for (std::size_t lane = 0; lane < settings_->lanes.size(); ++lane) summary_.open += inspection_->assembler(lane).open();
  return summary_;
}

Result<void> Replay::step(const v1::CaptureRecord& record) {
  switch (record.what_case()) {
    case v1::CaptureRecord::kFrame: return frame(record.frame());
    case v1::CaptureRecord::kClock: {
      const auto at = stamp(record.clock().at_ns());
      if (!at) return std::unexpected(at.error());
      say(inspection_->set_clock_state(record.clock().state(), *at));
      return {};
    }
    case v1::CaptureRecord::kDevice: {
      const auto& change = record.device();
      const auto at = stamp(change.at_ns());
      const auto wall = assembly::wall_from_us(change.at_us());
      const auto changed = device(change.device());
      if (!at) return std::unexpected(at.error());
      if (!wall) return std::unexpected(wall.error());
      if (!changed) return std::unexpected(changed.error());
      say(inspection_->device_changed((*changed)->name, change.state(), change.detail(), {*at, *wall}));
      return {};
    }
    case v1::CaptureRecord::kQuality: {
      const auto& change = record.quality();
      const auto at = stamp(change.at_ns());
      const auto wall = assembly::wall_from_us(change.at_us());
      if (!at) return std::unexpected(at.error());
      if (!wall) return std::unexpected(wall.error());
      if (const auto good = inspection_->acceptable(change, {*at, *wall}); !good) return fail(ErrorKind::kDamaged, "what an operator said: " + good.error().detail);
      say(inspection_->quality_changed(change, {*at, *wall}));
      return {};
    }
    case v1::CaptureRecord::kEnd: {
      const auto& end = record.end();
      const auto at = stamp(end.at_ns());
      const auto wall = assembly::wall_from_us(end.at_us());
      if (!at) return std::unexpected(at.error());
      if (!wall) return std::unexpected(wall.error());
      summary_.end = end.reason();
      summary_.dropped = end.dropped();
      // A station that stops closes what is open; where only the capture ended, what follows is not known here.
      say(end.reason() == "station_stopped" ? inspection_->finish({*at, *wall}) : inspection_->tick(*at));
      return {};
    }
    case v1::CaptureRecord::kVehicle: return {};  // an answer: waits for its question
    default: return {};  // of a later version, and it may matter: the payloads will tell
  }
}

Result<void> Replay::frame(const v1::CapturedFrame& captured) {
  const auto delivered = stamp(captured.delivered_ns());
  const auto arrived = assembly::wall_from_us(captured.arrived_us());
  const auto from = device(captured.device());
  if (!delivered) return std::unexpected(delivered.error());
  if (!arrived) return std::unexpected(arrived.error());
  if (!from) return std::unexpected(from.error());
  ++summary_.frames;
  if (captured.kind() != v1::CapturedFrame::measurement) return {};
  ++summary_.measurements;
  const auto decode = decoders_(**from);
  const Frame frame{Frame::Kind::kMeasurement, *delivered, *arrived, captured.session(), as_bytes(captured.frame())};
  const auto readings = decode == nullptr ? fail(ErrorKind::kBadFrame, "") : readings_of(decode, **from, frame);
  if (!readings) {
    ++summary_.undecoded;
    return {};
  }
  for (const auto& reading : *readings) {
    ++summary_.readings;
    say(inspection_->take(reading));
  }
  return {};
}

Result<const DeviceSettings*> Replay::device(std::uint32_t index) const {
  if (index < devices_.size()) return devices_[index];
  return fail(ErrorKind::kDamaged, "a record is of device " + std::to_string(index) + ", and there are " + std::to_string(devices_.size()));
}

Result<MonotonicTime> Replay::stamp(std::int64_t ns) {
  const auto at = assembly::monotonic_from_ns(ns);
  if (!at) return at;
  if (*at < now_) return fail(ErrorKind::kDamaged, "a record is older than the one before it");
  now_ = *at;
  return at;
}

void Replay::say(const inspection::Statements& statements) {
  for (const auto& statement : statements) {
    (*payload_)({settings_->lanes[statement.lane].lane, statement.kind, statement.payload, sha256(as_bytes(statement.payload))});
  }
}

}  // namespace exhaust::replay
