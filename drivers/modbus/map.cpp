#include "drivers/modbus/map.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace exhaust::modbus {

namespace {

/// A code as the register would hold it: as an f32, -999.9 is a neighbour of the number in the settings.
double as_held(double code, RegisterType type) {
  return type == RegisterType::kF32 ? static_cast<double>(static_cast<float>(code)) : code;
}

bool is_no_value(double raw, const RegisterField& field) {
  return !std::isfinite(raw) || std::ranges::any_of(field.not_available, [&](double code) {
    return raw == as_held(code, field.type);
  });
}

/// In the device's unit. A field without scale keeps every digit.
double scaled(double raw, const RegisterField& field) {
  return field.scale == 1.0 && field.offset == 0.0 ? raw : raw * field.scale + field.offset;
}

double in_own_unit(double value, const RegisterField& field) {
  return field.unit_factor == 1.0 && field.unit_shift == 0.0 ? value : value * field.unit_factor + field.unit_shift;
}

/// A u64 is exact here, where a double is not.
std::optional<std::uint64_t> vehicle_number(std::span<const std::uint16_t> words, const RegisterField& field,
                                            std::optional<double> value) {
  constexpr std::uint64_t kSqliteMost = (std::uint64_t{1} << 63) - 1;  // what the ledger's indexes can hold
  if (!value) return std::nullopt;
  if (field.type == RegisterType::kU64 && field.scale == 1.0 && field.offset == 0.0) {
    const auto number = decode_bits(words, field.order);
    return number <= kSqliteMost ? std::optional(number) : std::nullopt;
  }
  return whole_number(value);
}

}  // namespace

std::span<const std::uint16_t> find_words(std::span<const Block> blocks, const RegisterField& field,
                                          const ModbusProfile& profile) {
  for (const auto& block : blocks) {
    if (block.function != function_of(profile, field)) continue;
    if (field.address < block.first || end_of(field) > block.first + block.words.size()) continue;
    return std::span(block.words).subspan(field.address - block.first, word_count(field));
  }
  return {};
}

std::optional<double> decode_field(std::span<const std::uint16_t> words, const RegisterField& field,
                                   std::uint32_t& out_of_range) {
  const double raw = decode_raw(words, field);
  if (is_no_value(raw, field)) return std::nullopt;
  const double value = scaled(raw, field);
  if ((field.valid_min && value < *field.valid_min) || (field.valid_max && value > *field.valid_max)) {
    ++out_of_range;
    return std::nullopt;
  }
  const double own = in_own_unit(value, field);
  return std::isfinite(own) ? std::optional(own) : std::nullopt;
}

Result<Decoded> decode(std::span<const Block> blocks, const ModbusProfile& profile) {
  Decoded decoded;
  decoded.body = empty_body(profile.reading);
  if (auto* speed = std::get_if<SpeedReading>(&decoded.body)) speed->solicited = true;
  for (const auto& field : profile.fields) {
    const auto words = find_words(blocks, field, profile);
    if (words.empty()) {
      return fail(ErrorKind::kBadFrame, "'" + field.quantity + "' at register " + std::to_string(field.address) +
                                            " is not in the answer");
    }
    const auto value = decode_field(words, field, decoded.out_of_range);
    if (field.quantity == kVehicleNumber) {
      decoded.vehicle_number = vehicle_number(words, field, value);
    } else if (field.quantity == kMeasurementCheck) {
      const auto check = whole_number(value, 65535);
      if (check) decoded.measurement_check = static_cast<std::uint16_t>(*check);
    } else if (const auto* quantity = find_quantity(field.quantity)) {
      put(*quantity, value, decoded.body);
    }
  }
  return decoded;
}

bool has_measurement_check(const ModbusProfile& profile) {
  return std::ranges::find(profile.fields, kMeasurementCheck, &RegisterField::quantity) != profile.fields.end();
}

}  // namespace exhaust::modbus
