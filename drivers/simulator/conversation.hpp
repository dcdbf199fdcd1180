#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "drivers/simulator/framing.hpp"
#include "drivers/simulator/instrument.hpp"

namespace exhaust::simulator {

/// What one device puts on the wire at once.
struct Answer {
  std::string device;  ///< as fault files name it
  Framing framing;
  Bytes bytes;
};

/// The devices behind one line or port, in talk with one client. Half requests belong to the talk, measurements to the
/// devices. Pure: no I/O, no clock; `at_s` is simulated time, never decreasing.
class Conversation {
 public:
  virtual ~Conversation() = default;
  virtual std::vector<Answer> take(ByteView received, double at_s) = 0;
  /// What the devices say by themselves.
  virtual std::vector<Answer> beat(double /*at_s*/) { return {}; }
  /// The line was silent for longer than a frame allows.
  virtual void silence() {}
};

/// An instrument that has a line to itself.
class InstrumentConversation final : public Conversation {
 public:
  InstrumentConversation(std::string device, Framing framing, std::unique_ptr<Instrument> instrument)
      : device_(std::move(device)), framing_(framing), instrument_(std::move(instrument)) {}

  std::vector<Answer> take(ByteView received, double at_s) override { return said(instrument_->take(received, at_s)); }
  std::vector<Answer> beat(double at_s) override { return said(instrument_->beat(at_s)); }
  void silence() override { instrument_->silence(); }

 private:
  std::vector<Answer> said(Bytes bytes) const {
    if (bytes.empty()) return {};
    return {Answer{device_, framing_, std::move(bytes)}};
  }

  std::string device_;
  Framing framing_;
  std::unique_ptr<Instrument> instrument_;
};

}  // namespace exhaust::simulator
