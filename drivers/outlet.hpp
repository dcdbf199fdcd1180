#pragma once

#include <string>
#include <vector>

#include "drivers/driver.hpp"

namespace exhaust {

/// What one measurement frame says: a driver's pure half. Live and in a replay the same bytes give the same readings.
/// Fills in `body`, and `count`, `device_time` and `lane` where the frame says them. Error: kBadFrame.
using Decode = Result<std::vector<Reading>> (*)(const DeviceSettings& device, ByteView measurement);

/// The readings of a measurement frame, with device, lane, session, stamps and frame hash filled in.
Result<std::vector<Reading>> readings_of(Decode decode, const DeviceSettings& device, const Frame& measurement);

/// The one way from a driver to its consumers: tells the tap of every frame, and delivers what measurements say.
///
/// Threading: the io thread.
class Outlet {
 public:
  Outlet(DriverContext context, DeviceSettings device, Decode decode)
      : context_(std::move(context)), device_(std::move(device)), decode_(decode) {}

  void begin_session() { ++session_; }
  std::uint32_t session() const { return session_; }

  void sent(ByteView frame) { tap(Frame::Kind::kSent, frame); }
  void received(ByteView frame) { tap(Frame::Kind::kReceived, frame); }
  void dropped(ByteView frame) { tap(Frame::Kind::kDropped, frame); }
  /// Decodes and delivers. After an error nothing was delivered, and the frame counts as dropped.
  Result<void> measurement(ByteView frame);
  void notice(std::string word, std::string detail) { context_.notice({std::move(word), std::move(detail)}); }

 private:
  Frame frame_now(Frame::Kind kind, ByteView bytes) const;
  void tap(Frame::Kind kind, ByteView bytes) { context_.tap(frame_now(kind, bytes)); }

  DriverContext context_;
  DeviceSettings device_;
  Decode decode_;
  std::uint32_t session_ = 0;
};

}  // namespace exhaust
