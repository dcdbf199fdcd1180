#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/capture/reader.hpp"
#include "daemon/core/digest.hpp"
#include "daemon/inspection/inspection.hpp"
#include "daemon/replay/captured_vehicles.hpp"
#include "daemon/settings/settings.hpp"
#include "drivers/outlet.hpp"

namespace exhaust::replay {

/// One payload that the replay arrived at: passage, gap, or the beginning of counting.
struct Payload {
  Lane lane = 0;
  std::uint32_t kind = 0;  ///< Entry.Kind
  std::string bytes;
  Digest sha256{};
};

/// How a replay went.
struct Summary {
  std::uint64_t frames = 0, measurements = 0, readings = 0;
  std::uint64_t undecoded = 0;      ///< measurement frames that this program cannot read: another version wrote them
  std::uint64_t dropped = 0;        ///< records that the capture lacks, by its own count
  std::uint64_t unanswered = 0;     ///< questions to the registry that the capture holds no answer to
  std::uint64_t open = 0;           ///< vehicles that were being assembled at the end
  std::uint64_t without_lane = 0;
  std::string end;                  ///< stopped, full, station_stopped; empty: the capture was cut off
  std::optional<std::string> torn;  ///< why the rest could not be read
  std::string version;              ///< of the program that captured
  bool other_version = false;       ///< it is not this one
};

/// How a device's measurement frames become readings; nullptr: not known.
using Decoders = std::function<Decode(const DeviceSettings&)>;

/// A capture, ready to be run through decoding, assembly and assessment: with the settings that it holds, from the state
/// that it begins with, by its own stamps. The code that decides is the live station's.
class Replay {
 public:
  /// `standards`: judge by these instead of the capture's own. Errors: those of `Reader::open`; kDamaged (what the head
  /// holds does not fit together), kSettings (the settings in it are not valid for this program).
  static Result<Replay> open(const std::filesystem::path& capture, Decoders decoders,
                             std::optional<assessment::StandardSet> standards = std::nullopt);

  const v1::CaptureHead& head() const { return reader_.head(); }
  const settings::Settings& settings() const { return *settings_; }
  const assessment::StandardSet& standards() const { return settings_->standards; }

  /// Hands out every payload, in order. Once. Error: kDamaged, when a record contradicts the ones before it.
  Result<Summary> run(const std::function<void(const Payload&)>& payload);

 private:
  Replay(capture::Reader reader, std::unique_ptr<settings::Settings> settings, Decoders decoders);

  Result<void> step(const v1::CaptureRecord& record);
  Result<void> frame(const v1::CapturedFrame& captured);
  Result<const DeviceSettings*> device(std::uint32_t index) const;
  /// Of a record: never before the last one.
  Result<MonotonicTime> stamp(std::int64_t ns);
  void say(const inspection::Statements& statements);

  capture::Reader reader_;
  std::unique_ptr<settings::Settings> settings_;  ///< does not move: the inspection holds its standards
  Decoders decoders_;
  std::vector<const DeviceSettings*> devices_;
  std::unique_ptr<CapturedVehicles> vehicles_;  ///< nullptr: the station had no registry
  std::unique_ptr<inspection::Inspection> inspection_;
  MonotonicTime now_{};
  Summary summary_;
  const std::function<void(const Payload&)>* payload_ = nullptr;
};

}  // namespace exhaust::replay
