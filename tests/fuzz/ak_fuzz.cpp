#include "daemon/core/bytes.hpp"
#include "drivers/ak/telegram.hpp"

using namespace exhaust;

/// The AK reader and the parser of what it finds: any bytes, no crash, bounded memory.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ak::TelegramReader reader;
  reader.feed(as_text({data, size}));
  while (const auto telegram = reader.next()) {
    (void)ak::decode_command(*telegram);
    const auto reply = ak::parse_reply(*telegram);
    if (!reply) continue;
    (void)ak::refusal(*reply);
    for (const auto& value : reply->values) (void)ak::decode_value(value);
  }
  return 0;
}
