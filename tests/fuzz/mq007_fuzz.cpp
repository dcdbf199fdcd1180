#include "drivers/mq007/command.hpp"
#include "drivers/mq007/driver.hpp"
#include "drivers/mq007/frame.hpp"
#include "drivers/mq007/result.hpp"
#include "drivers/mq007/status.hpp"

using namespace exhaust;

namespace {

/// Every decoder of a message's data, whatever its type says: the types of a damaged frame may be any.
void decode(ByteView data) {
  for (const auto expected : {ResultStruct::kByLength, ResultStruct::kWithSpectrum, ResultStruct::kWithoutSpectrum}) {
    (void)mq007::decode_result(data, expected);
  }
  if (const auto status = mq007::decode_status(data)) (void)mq007::encode_status(*status);
  if (const auto status = mq007::decode_calibration_status(data)) (void)mq007::encode_calibration_status(*status);
  (void)mq007::decode_calibration_data(data);
  if (const auto command = mq007::decode_command(data)) (void)mq007::encode_command(*command);
  if (const auto answer = mq007::decode_answer(data)) (void)mq007::encode_answer(*answer);
}

}  // namespace

/// The MQ-007's reader, in two pieces, and all that decodes what it finds: any bytes, no crash, bounded memory, no byte
/// lost or told twice.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  decode(input);
  DeviceSettings device;
  device.driver = Mq007Settings{};
  mq007::FrameReader reader;
  std::size_t told = 0;
  const std::size_t cut = size > 0 ? data[0] % size : 0;
  for (const auto part : {input.first(cut), input.subspan(cut)}) {
    reader.feed(part);
    while (const auto piece = reader.next()) {
      told += piece->bytes.size();
      if (piece->bytes.empty()) __builtin_trap();
      if (!piece->whole) continue;
      const auto message = mq007::parse(piece->bytes);
      if (!message) __builtin_trap();  // a whole frame is one
      decode(message->data);
      (void)decode_mq007(device, piece->bytes);
    }
  }
  if (told + reader.waiting() != size) __builtin_trap();
  return 0;
}
