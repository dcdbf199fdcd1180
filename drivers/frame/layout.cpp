#include "drivers/frame/layout.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "drivers/quantity.hpp"

namespace exhaust::frame {

namespace {

bool sums_up(const Layout& layout, ByteView frame) {
  const auto body = frame.first(frame.size() - 1);
  const unsigned sum = std::accumulate(body.begin(), body.end(), 0u);
  const unsigned last = frame.back();
  return ((layout.check == LayoutCheck::kSum ? sum - last : sum + last) & 0xFF) == 0;
}

bool is_refusal(const Layout& layout, std::uint8_t byte) {
  return std::ranges::find(layout.refusals, byte) != layout.refusals.end();
}

}  // namespace

Cut cut(const Layout& layout, ByteView waiting) {
  if (is_refusal(layout, waiting[0])) return Cut::frame(1);
  if (waiting[0] != layout.first) {
    const auto begins = [&](std::uint8_t byte) { return byte == layout.first || is_refusal(layout, byte); };
    return Cut::skip(static_cast<std::size_t>(std::ranges::find_if(waiting, begins) - waiting.begin()));
  }
  if (waiting.size() < layout.length) return Cut::more();
  if (sums_up(layout, waiting.first(layout.length))) return Cut::frame(layout.length);
  // Only the first byte goes: a whole frame may begin inside of the damaged one.
  return Cut::skip(1, Flaw::kBadChecksum);
}

Role role(const Layout&, ByteView frame) { return frame.size() == 1 ? Role::kRefusal : Role::kAnswer; }

Result<Readings> read(const Layout& layout, ByteView frame) {
  if (frame.size() != layout.length || frame[0] != layout.first || !sums_up(layout, frame)) {
    return fail(ErrorKind::kBadFrame, "not a whole frame of " + std::to_string(layout.length) + " bytes with its check sum");
  }
  Reading reading;
  reading.body = empty_body(layout.kind);
  for (const auto& field : layout.fields) {
    const auto number = static_cast<std::int16_t>((frame[field.offset] << 8) | frame[field.offset + 1]);
    put(field.quantity, number / field.divisor, reading.body);
  }
  return Readings{std::move(reading)};
}

}  // namespace exhaust::frame
