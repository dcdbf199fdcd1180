#include "drivers/modbus_profile.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace exhaust {

namespace {

using enum RegisterType;

/// Of each kind beside the quantities, so that what one reading takes stays bounded.
constexpr std::size_t kMostOfAKind = 32;
constexpr std::size_t kAddresses = 65536;

bool is_float(RegisterType type) { return type == kF32 || type == kF64; }

/// The values that the raw number of a field can have.
std::pair<double, double> raw_range(const RegisterField& field) {
  switch (field.type) {
    case kU16: return {0, 65535};
    case kI16: return {-32768, 32767};
    case kU32: return {0, 4294967295.0};
    case kI32: return {-2147483648.0, 2147483647.0};
    case kU64: return {0, 18446744073709551616.0};  // as a double, 2^64 - 1 is 2^64
    case kBits: return {0, std::exp2(field.last_bit - field.first_bit + 1) - 1};
    default: return {-HUGE_VAL, HUGE_VAL};
  }
}

class Search {
 public:
  explicit Search(const ModbusProfile& profile) : profile_(profile) {}

  std::vector<ProfileMistake> all() {
    if (profile_.fields.empty()) add("field", "the profile has no fields");
    if (profile_.most_registers < 1 || profile_.most_registers > kMostRegisters) {
      add("most_registers", "a request brings 1 to 125 registers");
    }
    for (const auto& field : profile_.fields) quantity(field);
    each("state", profile_.states, [this](const StateField& state) { this->state(state); });
    each("alarm", profile_.alarms, [this](const AlarmField& alarm) { coded("alarm", alarm.where); });
    each("identity", profile_.identities, [this](const IdentityField& identity) { this->identity(identity); });
    if (profile_.handshake) handshake(*profile_.handshake);
    if (!profile_.handshake && profile_.reading != ReadingKind::kWeather) {
      add("reading",
          "a measurement of vehicles needs a [handshake] counter, or an old one could be taken for a new one");
    }
    slots();
    return std::move(found_);
  }

 private:
  void add(std::string key, std::string what) { found_.push_back({std::move(key), std::move(what)}); }

  template <class Field, class Look>
  void each(const char* key, const std::vector<Field>& fields, Look look) {
    if (fields.size() > kMostOfAKind) add(key, "expected at most 32 of a kind");
    std::set<std::string_view> names;
    for (const auto& field : fields) {
      if (!names.insert(field.where.quantity).second) add(key, "'" + field.where.quantity + "' stands there twice");
      look(field);
    }
  }

  void quantity(const RegisterField& field) {
    const auto name = "'" + field.quantity + "'";
    const auto* known = find_quantity(field.quantity);
    const bool counts = field.quantity == kVehicleNumber || field.quantity == kMeasurementCheck;
    if (!counts && (known == nullptr || known->kind != profile_.reading)) {
      add("quantity", name + " is not a quantity that a " + to_string(profile_.reading) + " reading has: expected " +
                          quantity_words(profile_.reading) + ", vehicle_number or measurement_check");
    }
    if (std::ranges::count(profile_.fields, field.quantity, &RegisterField::quantity) > 1) {
      add("field", name + " stands there twice");
    }
    if (field.type == kString) add("field", name + ": a text is no measurement; it belongs under [[identity]]");
    place("field", field, true);
  }

  void state(const StateField& state) {
    coded("state", state.where);
    for (const auto& word : state.measuring) {
      const auto same = [&](const auto& pair) { return pair.second == word; };
      if (std::ranges::none_of(state.words, same)) {
        add("state", "'" + state.where.quantity + "': '" + word + "' under measuring is no word of its enum");
      }
    }
  }

  void coded(const char* key, const RegisterField& field) {
    if (is_float(field.type) || field.type == kString || field.type == kU64) {
      add(key, "'" + field.quantity + "': a code is u16, i16, u32, i32 or bits");
    }
    place(key, field, in_slot(profile_, field));
  }

  void identity(const IdentityField& identity) {
    const auto& field = identity.where;
    if (is_float(field.type)) add("identity", "'" + field.quantity + "': an identity is a text or a whole number");
    if (identity.expect && field.type == kString && identity.expect->size() > 2u * field.length) {
      add("identity", "'" + field.quantity + "': '" + *identity.expect + "' is longer than its registers");
    }
    place("identity", field, false);
  }

  void handshake(const RegisterField& counter) {
    if (counter.type != kU16 && counter.type != kU32 && counter.type != kU64) {
      add("handshake", "the handshake counter must be u16 or u32 or u64");
    }
    place("handshake", counter, false);
  }

  /// What holds for a field of any use.
  void place(const char* key, const RegisterField& field, bool of_slot) {
    const auto name = "'" + field.quantity + "'";
    const bool whole_length = field.type == kString ? field.length >= 1 : field.length >= 1 && field.length <= 2;
    if ((field.type == kString || field.type == kBits) && !whole_length) add(key, name + ": length does not fit its type");
    if (field.type == kBits && (field.first_bit > field.last_bit || field.last_bit >= 16 * field.length)) {
      add(key, name + ": expected bits from 0 to " + std::to_string(16 * field.length - 1) + ", the lower one first");
    }
    if (word_count(field) > profile_.most_registers) {
      add(key, name + " is longer than one request: most_registers is " + std::to_string(profile_.most_registers));
    }
    const std::size_t shift = of_slot ? static_cast<std::size_t>(profile_.slots - 1) * profile_.slot_stride : 0;
    if (end_of(field) + shift > kAddresses) add(key, name + " lies beyond register 65535");
    if (touches_forbidden(profile_, field.address, end_of(field))) add(key, name + " lies in a forbidden range");
    if (!std::isfinite(field.scale) || field.scale == 0.0) add(key, name + ": scale must not be 0");
    for (const double code : field.not_available) {
      const auto [least, most] = raw_range(field);
      const bool whole = std::isfinite(code) && code == std::floor(code);
      if (!is_float(field.type) && (!whole || code < least || code > most)) {
        add(key, name + ": a not_available code can never stand in its registers (it is compared before scaling)");
        break;
      }
    }
  }

  void slots() {
    if (profile_.slots < 1) return add("slots", "slots must be at least 1");
    if (profile_.slots == 1) return;
    if (!profile_.handshake) add("slots", "a history needs a [handshake] counter");
    if (profile_.slot_stride == 0) return add("slot_stride", "expected the registers of one slot as slot_stride");
    std::vector<const RegisterField*> all;
    for (const auto& field : profile_.fields) all.push_back(&field);
    for (const auto& state : profile_.states) {
      if (in_slot(profile_, state.where)) all.push_back(&state.where);
    }
    for (const auto& alarm : profile_.alarms) {
      if (in_slot(profile_, alarm.where)) all.push_back(&alarm.where);
    }
    if (all.empty()) return;
    std::ranges::sort(all, {}, &RegisterField::address);
    const std::size_t first = all.front()->address;
    std::size_t end = first;
    for (const auto* field : all) {
      if (function_of(profile_, *field) != function_of(profile_, *all.front())) {
        add("function", "the fields of one slot must have one function");
      }
      if (field->address > end) gap(end, field->address);
      end = std::max(end, end_of(*field));
    }
    if (end - first > profile_.most_registers) {
      add("slot_stride", "the fields of one measurement must fit one request of " +
                             std::to_string(profile_.most_registers) + " registers");
    }
    if (end - first > profile_.slot_stride) add("slot_stride", "the fields reach beyond slot_stride");
  }

  void gap(std::size_t first, std::size_t end) {
    const auto where = std::to_string(end - first) + " registers at " + std::to_string(first);
    if (end - first > profile_.gap_fill) {
      add("gap_fill", "a measurement comes in one request, and it has a gap of " + where +
                          ": expected gap_fill to allow it, or fields without gap");
    } else if (touches_forbidden(profile_, first, end)) {
      add("forbidden", "a measurement comes in one request, and its gap of " + where + " is forbidden");
    }
  }

  const ModbusProfile& profile_;
  std::vector<ProfileMistake> found_;
};

}  // namespace

std::size_t word_count(RegisterType type) {
  switch (type) {
    case kU16:
    case kI16:
    case kString:
    case kBits: return 1;
    case kU32:
    case kI32:
    case kF32: return 2;
    case kU64:
    case kF64: return 4;
  }
  return 1;
}

std::size_t word_count(const RegisterField& field) {
  return field.type == kString || field.type == kBits ? field.length : word_count(field.type);
}

bool touches_forbidden(const ModbusProfile& profile, std::size_t first, std::size_t end) {
  return std::ranges::any_of(profile.forbidden,
                             [&](const auto& range) { return first <= range.second && end > range.first; });
}

bool in_slot(const ModbusProfile& profile, const RegisterField& field) {
  if (profile.slots <= 1 || profile.fields.empty()) return false;
  const std::size_t first = std::ranges::min_element(profile.fields, {}, &RegisterField::address)->address;
  return field.address >= first && field.address < first + profile.slot_stride;
}

const char* to_string(RegisterType type) {
  switch (type) {
    case kU16: return "u16";
    case kI16: return "i16";
    case kU32: return "u32";
    case kI32: return "i32";
    case kU64: return "u64";
    case kF32: return "f32";
    case kF64: return "f64";
    case kString: return "string";
    case kBits: return "bits";
  }
  return "u16";
}

const char* to_string(WordOrder order) {
  switch (order) {
    case WordOrder::kABCD: return "ABCD";
    case WordOrder::kCDAB: return "CDAB";
    case WordOrder::kBADC: return "BADC";
    case WordOrder::kDCBA: return "DCBA";
  }
  return "ABCD";
}

const char* to_string(RegisterFunction function) {
  return function == RegisterFunction::kHolding ? "holding" : "input";
}

std::vector<ProfileMistake> mistakes(const ModbusProfile& profile) { return Search(profile).all(); }

Result<void> check(const ModbusProfile& profile) {
  std::string all;
  for (const auto& mistake : mistakes(profile)) all += (all.empty() ? "" : "; ") + mistake.what;
  if (all.empty()) return {};
  return fail(ErrorKind::kSettings, "register profile '" + profile.name + "': " + all);
}

}  // namespace exhaust
