#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/acquisition/acquisition.hpp"
#include "daemon/assembly/lane_watch.hpp"
#include "daemon/capture/writer.hpp"
#include "daemon/core/mailbox.hpp"
#include "daemon/settings/settings.hpp"
#include "exhaust/v1/entry.pb.h"
#include "exhaust/v1/station.pb.h"

namespace exhaust::app {

/// The station's raw captures: begun and ended by an operator, one at a time, in `[capture] folder`. A capture begins
/// with the state, the settings and the standard in force, and holds from then on whatever can change a decision.
///
/// Threading: everything on the io thread.
class Recorder {
 public:
  struct Asks {
    std::function<v1::InspectionState()> state;         ///< of this very moment
    std::function<void(v1::OperatorAction)> operated;   ///< goes into the ledger
  };
  using Answer = std::function<void(Result<v1::CaptureStatus>)>;

  Recorder(boost::asio::io_context& io, const Clock& clock, const settings::Settings& settings, Asks asks);
  ~Recorder();

  /// Errors: kRefused (one runs already, too many files, no room, the station is stopping), kStorage.
  Result<v1::CaptureStatus> start(const v1::CaptureStartRequest& request);
  /// Answers once the file is complete on the disk. Error: kRefused (none runs), kStorage.
  void stop(const v1::CaptureStopRequest& request, Answer answer);
  v1::CaptureStatus status() const;

  void tap(const DeviceSettings& device, const Frame& frame);
  void clock_changed(const v1::ClockState& state, assembly::Moment now);
  void device_changed(const acquisition::StateChange& change, assembly::Moment now);
  void quality_changed(const v1::QualityChange& change, assembly::Moment now);
  /// What the registry said, and led to a decision at once.
  void looked_up(std::string_view plate, std::string_view color, const std::optional<v1::Vehicle>& found);
  /// Acquisition has ended: so does the capture. None begins any more.
  void station_stops(assembly::Moment now);

 private:
  bool runs() const;
  Result<std::filesystem::path> new_file(WallTime now) const;
  v1::CaptureHead head(const std::string& note, assembly::Moment now) const;

  const Clock& clock_;
  const settings::Settings& settings_;
  const Asks asks_;
  std::map<std::string, std::uint32_t, std::less<>> index_of_;  ///< of each device, in the head's order
  std::shared_ptr<Mailbox> mailbox_;  ///< the writing thread's word that a file is complete comes by it
  std::unique_ptr<capture::Writer> writer_;
  std::filesystem::path file_;
  WallTime started_{};
  bool stopping_ = false;
};

}  // namespace exhaust::app
