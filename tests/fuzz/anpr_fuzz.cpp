#include "daemon/core/bytes.hpp"
#include "drivers/anpr/driver.hpp"
#include "drivers/anpr/envelope.hpp"
#include "drivers/anpr/event_assembler.hpp"
#include "drivers/anpr/http_auth.hpp"
#include "drivers/anpr/http_stream.hpp"
#include "drivers/anpr/isapi.hpp"
#include "drivers/anpr/json_event.hpp"
#include "drivers/anpr/multipart.hpp"
#include "drivers/anpr/part_reader.hpp"

using namespace exhaust;

namespace {

DeviceSettings device_of(AnprSettings::Mode mode) {
  AnprSettings settings;
  settings.mode = mode;
  settings.picture_limit_bytes = 4096;
  settings.count_element = "triggerNumber";
  settings.count = CountSource::kShared;
  settings.json.plate = "Plate.Number";
  settings.json.time = "Time";
  settings.json.lane = "Lanes.0";
  settings.json.pictures = {"Pictures.0.Data", "Picture"};
  DeviceSettings device;
  device.driver = settings;
  return device;
}

void require(bool truth) {
  if (!truth) __builtin_trap();
}

/// A stream in one piece and in small ones; what is put together of it stays within its bound.
void read_stream(std::string_view text) {
  const AnprSettings settings = std::get<AnprSettings>(device_of(AnprSettings::Mode::kPull).driver);
  Counters counters;
  anpr::EventAssembler assembler(settings, counters);
  const auto parts_of = [&](std::size_t step) {
    anpr::PartReader reader("b", settings.picture_limit_bytes, counters);
    std::vector<anpr::StreamPart> parts;
    for (std::size_t at = 0; at < text.size(); at += step) {
      reader.feed(text.substr(at, step));
      while (auto part = reader.next()) parts.push_back(std::move(*part));
    }
    return parts;
  };
  parts_of(7);
  for (auto& part : parts_of(text.size() + 1)) {
    for (const auto& post : assembler.take(std::move(part))) {
      require(post.body.size() <= settings.body_limit_bytes() + (1u << 20));
      (void)anpr::decode_post(settings, post.content_type, post.body);
    }
  }
  (void)assembler.finish();
}

void read_reply(std::string_view text) {
  anpr::ReplyReader reader;
  for (std::size_t at = 0; at < text.size(); at += 5) {
    if (!reader.feed(text.substr(at, 5))) break;
    (void)reader.take_body();
  }
  if (reader.has_header()) (void)reader.reply();
}

}  // namespace

/// All that reads what a camera, or somebody who pretends to be one, sends. The first byte chooses; any
/// bytes, no crash, bounded memory.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kIsapi = device_of(AnprSettings::Mode::kIsapi),
                    kJson = device_of(AnprSettings::Mode::kJson);
  if (size == 0) return 0;
  const ByteView bytes{data + 1, size - 1};
  const auto text = as_text(bytes);
  switch (data[0] % 8) {
    case 0:
      (void)decode_anpr(kIsapi, bytes);
      break;
    case 1:
      (void)decode_anpr(kJson, bytes);
      break;
    case 2:
      (void)anpr::isapi::decode_event(text, std::get<AnprSettings>(kIsapi.driver));
      break;
    case 3:
      (void)anpr::decode_json_event(text, std::get<AnprSettings>(kJson.driver), true);
      break;
    case 4:
      read_stream(text);
      break;
    case 5:
      read_reply(text);
      break;
    case 6: {
      if (const auto header = anpr::http_auth::parse_header(text)) require(header->parameters.size() <= 24);
      (void)anpr::http_auth::Client("u", "p", true).answer({std::string(text)}, "GET", "/");
      static const SystemClock kClock;
      (void)anpr::http_auth::Guard(kClock, "u", "p", true).check(text, "GET", "/");
      break;
    }
    default:
      (void)anpr::multipart::split(text, "b");
      break;
  }
  return 0;
}
