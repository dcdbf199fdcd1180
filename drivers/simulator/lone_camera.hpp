#pragma once

#include <memory>

#include "drivers/simulator/camera.hpp"
#include "drivers/simulator/camera_stream.hpp"

namespace exhaust::simulator {

/// One plate camera alone, with a vehicle every `headway`: number n is plate n of an endless, repeatable row
/// (every tenth cannot be read), on lane 1.
///
/// Threading: the io thread. Ends with the io_context: not destroyed while that runs.
class LoneCamera {
 public:
  virtual ~LoneCamera() = default;
  /// From now on what the schedule says of "camera-1" goes wrong. The schedule outlives the camera.
  virtual void fails_by(FaultSchedule& schedule, std::function<double()> now_s) = 0;
  /// Vehicles shown so far.
  virtual std::uint32_t vehicles() const = 0;
  /// "3 vehicles: 3 accepted, 0 retried, 0 lost": for a person.
  virtual std::string summary() const = 0;
};

/// What can go wrong with it. `pulled`: it serves its alertStream.
FaultTarget lone_camera_target(bool pulled);

/// Vehicle `number` of the row.
Passing lone_passing(std::uint32_t number);

/// It posts to `target`: ISAPI, ISAPI in GBK, or JSON, by its habits.
std::unique_ptr<LoneCamera> make_posting_camera(asio::io_context& io, CameraTarget target,
                                                CameraHabits habits, Duration headway);
/// It waits for somebody who pulls its alertStream. Throws std::system_error when it cannot listen there.
std::unique_ptr<LoneCamera> make_pulled_camera(asio::io_context& io, CameraStreamSettings settings,
                                               Duration headway);

}  // namespace exhaust::simulator
