#include <algorithm>

#include "daemon/core/bytes.hpp"
#include "drivers/frame/decoder.hpp"
#include "drivers/frame/driver.hpp"
#include "drivers/frame/frame_reader.hpp"
#include "drivers/frame/stdbus.hpp"

using namespace exhaust;

namespace {

void require(bool truth) {
  if (!truth) __builtin_trap();
}

DelimitedField field(unsigned position, std::string quantity) {
  DelimitedField one;
  one.position = position;
  one.quantity = std::move(quantity);
  one.not_available = {"---"};
  return one;
}

DeviceSettings device_of(std::string decoder, std::uint8_t variant) {
  FrameSettings settings;
  settings.decoder = std::move(decoder);
  settings.host_address = 0x00;
  settings.count = CountSource::kShared;
  if (variant & 1) settings.request = "0R0\r\n";
  settings.swap_hc_no = variant & 2;
  settings.transmittance = variant & 2 ? Transmittance::kPercent : Transmittance::kNone;
  auto& format = settings.delimited;
  format.start = variant & 4 ? "" : "$<";
  format.separator = variant & 8 ? " " : ",";
  format.checksum = static_cast<DelimitedFormat::Checksum>(variant >> 6);
  format.checksum_mark = variant & 16 ? "" : "*";
  format.checksum_with_start = variant & 32;
  format.reading = ReadingKind::kSpeed;
  format.fields = {field(1, "vehicle_number"), field(2, "speed_km_h"), field(3, "direction")};
  DeviceSettings device;
  device.driver = settings;
  return device;
}

/// The frames in `stream` when it comes in parts of `size` bytes. Each byte comes out once and in order.
std::vector<Bytes> frames_in(const DeviceSettings& device, const frame::Decoder& decoder, ByteView stream, std::size_t size) {
  const auto& settings = std::get<FrameSettings>(device.driver);
  frame::FrameReader reader([&](ByteView waiting) { return decoder.cut(settings, waiting); });
  std::vector<Bytes> frames;
  std::size_t out = 0;
  const auto comes_out = [&](ByteView bytes) {
    require(out + bytes.size() <= stream.size() && std::ranges::equal(bytes, stream.subspan(out, bytes.size())));
    out += bytes.size();
  };
  for (std::size_t at = 0; at < stream.size(); at += size) {
    reader.feed(stream.subspan(at, std::min(size, stream.size() - at)));
    while (auto piece = reader.next()) {
      comes_out(piece->bytes);
      if (piece->whole) frames.push_back(std::move(piece->bytes));
    }
  }
  comes_out(reader.reset());
  require(out == stream.size());
  return frames;
}

}  // namespace

/// The first byte chooses the decoder, the second its settings: any bytes, no crash, bounded memory, each byte has one
/// fate, and what is a frame is one however the bytes come.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto decoders = frame::all_decoders();
  const auto& decoder = *decoders[data[0] % decoders.size()];
  const auto device = device_of(std::string(decoder.name), data[1]);
  const auto& settings = std::get<FrameSettings>(device.driver);
  const ByteView stream(data + 2, size - 2);
  const auto frames = frames_in(device, decoder, stream, stream.size());
  // Where nothing marks a beginning, the rest of an overlong line is a line of its own if it comes later.
  const bool has_start = decoder.name != "wxt" && !(decoder.name == "delimited" && settings.delimited.start.empty());
  const auto again = frames_in(device, decoder, stream, 97);
  if (has_start) require(frames == again);
  for (const auto& bytes : frames) {
    (void)decoder.role(settings, bytes);
    (void)decode_frame(device, bytes);
    if (decoder.identity != nullptr) (void)decoder.identity(settings, bytes);
    if (decoder.acknowledgement != nullptr) (void)decoder.acknowledgement(bytes);
  }
  (void)decode_frame(device, stream);
  if (const auto parsed = stdbus::parse(stream)) require(stdbus::parse(stdbus::encode(*parsed)) == parsed);
  return 0;
}
