#pragma once

#include <cstdint>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "daemon/core/result.hpp"
#include "drivers/modbus/adu.hpp"
#include "drivers/modbus/map.hpp"
#include "drivers/outlet.hpp"

/// The measurement frame of Modbus. One reading may need several exchanges, so the frame is an envelope around the whole
/// frames that went over the line, exactly those that the reading is decoded from (numbers high byte first):
///
///   u8    framing of the frames inside: 1 TCP (with MBAP header), 2 RTU (with CRC)
///   u8    exchanges n, at least 1
///   n x   u16 length, request, u16 length, answer
///   u8    takings m: 0 when all the answers together are one reading
///   m x   u8 exchange (0-based), u64 number of a measurement that stands in the slots which it read, in the order of
///         the readings. Slots that were read, but torn or overwritten, are not taken.
///
/// Pure.
namespace exhaust::modbus {

struct Envelope {
  struct Exchanged {
    Bytes request, answer;
  };
  struct Taking {
    std::uint8_t exchange = 0;
    std::uint64_t number = 0;
  };
  Framing framing = Framing::kTcp;
  std::vector<Exchanged> exchanges;  ///< at most 255
  std::vector<Taking> takings;       ///< at most 255
};

Bytes compose(const Envelope& envelope);
/// Error: kBadFrame.
Result<Envelope> parse_envelope(ByteView frame);

/// One answer as registers. Error: kBadFrame (also when it is not what the request asks for), kRefusedByDevice.
Result<Block> read_block(Framing framing, ByteView request, ByteView answer);

/// All readings of an envelope, decoded by a profile. Error: kBadFrame.
Result<std::vector<Decoded>> decode(const Envelope& envelope, const ModbusProfile& profile);

}  // namespace exhaust::modbus

namespace exhaust {

/// What a measurement frame (an envelope, see above) says: one reading, or one for each slot taken, oldest first.
/// Fills in `body`, and `count` where the device is wired to the gate's trigger. Pure.
/// REQUIRES: `device.driver` holds ModbusSettings. Error: kBadFrame, kSettings (the profile is none).
Result<std::vector<Reading>> decode_modbus(const DeviceSettings& device, ByteView measurement);

}  // namespace exhaust
