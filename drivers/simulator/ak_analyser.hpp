#pragma once

#include "drivers/ak/telegram.hpp"
#include "drivers/simulator/instrument.hpp"

namespace exhaust::simulator {

/// A gas analyser with the AK protocol (devices.md 1). AKON answers with CO %, CO2 %, HC ppm and NO ppm of `gases_at`; the
/// channel is ignored. Of each 300 s it is in standby (STBY) from 200 to 210 and measures (SMGA) for the rest, and has
/// error 12 from 120 to 130: then the status digit is 1, and ASTF lists it.
class AkAnalyser final : public Instrument {
 public:
  Bytes take(ByteView received, double at_s) override;
  void silence() override { telegrams_.reset(); }

 private:
  ak::TelegramReader telegrams_;
};

}  // namespace exhaust::simulator
