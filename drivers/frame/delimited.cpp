#include <algorithm>
#include <string>
#include <utility>

#include "drivers/frame/decoders.hpp"
#include "drivers/frame/text_line.hpp"
#include "drivers/line/crc16.hpp"
#include "drivers/quantity.hpp"

namespace exhaust::frame {

namespace {

using Checksum = DelimitedFormat::Checksum;

constexpr std::size_t kMostBytes = 1024;
constexpr std::string_view kVehicleNumber = "vehicle_number";
constexpr std::string_view kMeasurementNumber = "measurement_number";

struct Parts {
  std::string_view fields;    ///< without check sum
  std::string_view summed;    ///< what the check sum is over
  std::string_view digits;    ///< the check sum as written
};

std::size_t digits_of(Checksum checksum) { return checksum == Checksum::kCrc16 ? 4 : 2; }

/// Nothing: there is no place for a check sum in it.
std::optional<Parts> parts_of(const DelimitedFormat& format, std::string_view line) {
  const auto content = content_of(line, format.start, format.end);
  if (format.checksum == Checksum::kNone) return Parts{.fields = content, .summed = {}, .digits = {}};
  std::size_t until = 0, digits = 0;
  if (format.checksum_mark.empty()) {
    if (content.size() < digits_of(format.checksum)) return std::nullopt;
    until = digits = content.size() - digits_of(format.checksum);
  } else {
    until = content.rfind(format.checksum_mark);
    if (until == std::string_view::npos) return std::nullopt;
    digits = until + format.checksum_mark.size();
  }
  const auto before = format.checksum_with_start ? 0 : format.start.size();
  return Parts{.fields = content.substr(0, until),
               .summed = line.substr(before, format.start.size() + until - before),
               .digits = content.substr(digits)};
}

bool checks(Checksum checksum, const Parts& parts) {
  switch (checksum) {
    case Checksum::kNone: return true;
    case Checksum::kSum: return is_hex(parts.digits, sum_of(parts.summed), 2);
    case Checksum::kXor: return is_hex(parts.digits, xor_of(parts.summed), 2);
    case Checksum::kCrc16: return is_hex(parts.digits, crc16_modbus(as_bytes(parts.summed)), 4);
  }
  return false;
}

Cut cut_delimited(const FrameSettings& settings, ByteView waiting) {
  const auto& format = settings.delimited;
  const auto found = cut_line(waiting, format.start, format.end, kMostBytes);
  if (found.kind != Cut::Kind::kFrame) return found;
  const auto parts = parts_of(format, as_text(waiting.first(found.bytes)));
  if (!parts) return Cut::skip(found.bytes, Flaw::kBadFrame);
  if (!checks(format.checksum, *parts)) return Cut::skip(found.bytes, Flaw::kBadChecksum);
  if (format.field_count > 0 && split(parts->fields, format.separator).size() != format.field_count) {
    return Cut::skip(found.bytes, Flaw::kBadLength);
  }
  return found;
}

/// The fields of a line that `cut_delimited` calls a frame.
std::vector<std::string_view> fields_of(const DelimitedFormat& format, std::string_view line) {
  const auto parts = parts_of(format, line);
  return parts ? split(parts->fields, format.separator) : std::vector<std::string_view>{};
}

Role role_of(const FrameSettings& settings, ByteView line) {
  const auto fields = fields_of(settings.delimited, as_text(line));
  for (const auto& field : settings.delimited.fields) {
    if (field.text.empty()) continue;
    if (field.position >= fields.size() || trimmed(fields[field.position]) != field.text) return Role::kForeign;
  }
  return settings.request.value_or("").empty() ? Role::kReport : Role::kAnswer;
}

/// Absent: nothing stands there, or one of the texts for it. Error: what stands there is no number.
Result<std::optional<double>> value_of(const DelimitedField& field, std::string_view text) {
  text = trimmed(text);
  if (text.empty() || std::ranges::find(field.not_available, text) != field.not_available.end()) return std::nullopt;
  const auto number = number_in(text);
  if (!number) return fail(ErrorKind::kBadFrame, field.quantity + ": '" + std::string(text.substr(0, 40)) + "' is not a number");
  return *number * field.scale + field.offset;
}

Result<Readings> read_delimited(const FrameSettings& settings, ByteView line) {
  const auto& format = settings.delimited;
  const auto found = cut_delimited(settings, line);
  if (found.kind != Cut::Kind::kFrame || found.bytes != line.size()) return fail(ErrorKind::kBadFrame, "not one whole line");
  const auto fields = fields_of(format, as_text(line));
  Reading reading;
  reading.body = empty_body(format.reading);
  for (const auto& field : format.fields) {
    if (field.quantity.empty()) continue;
    if (field.position >= fields.size()) {
      return fail(ErrorKind::kBadFrame, "a line of " + std::to_string(fields.size()) + " fields has no field " +
                                            std::to_string(field.position) + ", " + field.quantity);
    }
    const auto value = value_of(field, fields[field.position]);
    if (!value) return std::unexpected(value.error());
    if (field.quantity == kVehicleNumber) {
      if (settings.count == CountSource::kShared) reading.count = whole_number(*value);
    } else if (field.quantity != kMeasurementNumber) {
      put(field.quantity, *value, reading.body);
    }
  }
  if (auto* speed = std::get_if<SpeedReading>(&reading.body)) speed->solicited = role_of(settings, line) == Role::kAnswer;
  return Readings{std::move(reading)};
}

/// The measurement's number as it is written; the vehicle's where there is no other.
std::optional<Bytes> identity_of(const FrameSettings& settings, ByteView line) {
  const auto fields = fields_of(settings.delimited, as_text(line));
  for (const auto number : {kMeasurementNumber, kVehicleNumber}) {
    for (const auto& field : settings.delimited.fields) {
      if (field.quantity != number || field.position >= fields.size()) continue;
      const auto value = value_of(field, fields[field.position]);
      if (value && !*value) return std::nullopt;
      const auto text = as_bytes(trimmed(fields[field.position]));
      return Bytes(text.begin(), text.end());
    }
  }
  return Bytes{};
}

/// A line that begins with nothing, without check sum, could be any line's rest: 6.8 of 46.8.
std::string_view end_of_line(const FrameSettings& settings) {
  const auto& format = settings.delimited;
  return format.start.empty() && format.checksum == Checksum::kNone ? std::string_view(format.end) : "";
}

}  // namespace

constexpr Decoder kDelimited{.name = "delimited",
                             .cut = &cut_delimited,
                             .role = &role_of,
                             .read = &read_delimited,
                             .request =
                                 [](const FrameSettings& settings) {
                                   const auto text = as_bytes(settings.request ? std::string_view(*settings.request) : "");
                                   return Bytes(text.begin(), text.end());
                                 },
                             .identity = &identity_of,
                             .frame_end = &end_of_line};

}  // namespace exhaust::frame
