#include <algorithm>
#include <charconv>
#include <cmath>

#include "daemon/settings/settings.hpp"
#include "daemon/settings/toml_reader.hpp"

namespace exhaust::settings {

namespace {

/// How the file writes register numbers: what the first register is called. The Modicon notations name the function too.
struct Notation {
  std::int64_t base = 0;
  std::int64_t most = 65535;
  std::optional<RegisterFunction> function;
};

constexpr std::int64_t kRegisters = 65536;

std::optional<Notation> notation(std::int64_t base) {
  using enum RegisterFunction;
  switch (base) {
    case 0:
    case 1: return Notation{base, base + kRegisters - 1, std::nullopt};
    case 30001: return Notation{base, 39999, kInput};
    case 40001: return Notation{base, 49999, kHolding};
    case 300001: return Notation{base, base + kRegisters - 1, kInput};
    case 400001: return Notation{base, base + kRegisters - 1, kHolding};
    default: return std::nullopt;
  }
}

/// Reads the tables of one profile; `root` is the file.
class ProfileReader {
 public:
  explicit ProfileReader(TableReader& root) : root_(root) {}

  ModbusProfile read() {
    root_.require("profile", "a name");
    root_.text("profile", profile_.name);
    root_.word("reading", profile_.reading,
               {{"plume", ReadingKind::kPlume},
                {"smoke", ReadingKind::kSmoke},
                {"speed", ReadingKind::kSpeed},
                {"weather", ReadingKind::kWeather}});
    read_function(root_, profile_.function);
    read_notation();
    root_.integer("slots", profile_.slots, 1, 1024);
    root_.integer("slot_stride", profile_.slot_stride, 0, 1024);
    root_.integer("most_registers", profile_.most_registers, 1, kMostRegisters);
    root_.integer("gap_fill", profile_.gap_fill, 0, kMostRegisters);
    std::vector<std::pair<std::int64_t, std::int64_t>> forbidden;
    root_.ranges("forbidden", forbidden, notation_.base, notation_.most);
    for (const auto& [first, last] : forbidden) profile_.forbidden.emplace_back(address_of(first), address_of(last));
    root_.table("handshake", [this](TableReader& table) {
      profile_.handshake.emplace().quantity = "handshake";
      place(table, *profile_.handshake);
    });
    root_.require("field", "at least one [[field]]");
    root_.tables("field", [this](TableReader& table) { quantity(table); });
    root_.tables("state", [this](TableReader& table) { state(table); });
    root_.tables("alarm", [this](TableReader& table) { alarm(table); });
    root_.tables("identity", [this](TableReader& table) { identity(table); });
    for (const auto& mistake : mistakes(profile_)) {
      if (mistake.key != "quantity") root_.mistake(mistake.key, mistake.what);  // said where it stands
    }
    return std::move(profile_);
  }

 private:
  static void read_function(TableReader& table, RegisterFunction& function) {
    table.word("function", function, {{"holding", RegisterFunction::kHolding}, {"input", RegisterFunction::kInput}});
  }

  std::uint16_t address_of(std::int64_t written) const { return static_cast<std::uint16_t>(written - notation_.base); }

  void read_notation() {
    std::int64_t base = 0;
    root_.require("address_base", "0, 1, 30001, 40001, 300001 or 400001: what the manual calls the first register");
    root_.integer("address_base", base, 0, 400001);
    const auto found = notation(base);
    if (found) notation_ = *found;
    else root_.mistake("address_base", "expected 0, 1, 30001, 40001, 300001 or 400001");
    agree(root_, "address_base", profile_.function);
  }

  void agree(TableReader& table, std::string_view key, RegisterFunction function) {
    if (!notation_.function || *notation_.function == function) return;
    table.mistake(key, "registers from " + std::to_string(notation_.base) + " on are " +
                           to_string(*notation_.function) + " registers, not " + to_string(function));
  }

  /// What holds for a register of any use.
  void place(TableReader& table, RegisterField& field) {
    std::int64_t address = notation_.base;
    table.require("address", "a register number");
    table.integer("address", address, notation_.base, notation_.most);
    field.address = address_of(address);
    if (table.has("function")) {
      read_function(table, field.function.emplace(profile_.function));
      agree(table, "function", *field.function);
    }
    using enum RegisterType;
    table.word("type", field.type,
               {{"u16", kU16}, {"i16", kI16}, {"u32", kU32}, {"i32", kI32}, {"u64", kU64}, {"f32", kF32},
                {"f64", kF64}, {"string", kString}, {"bits", kBits}});
    if (field.type == kString) {
      table.require("length", "the registers of the text, two characters each");
      table.integer("length", field.length, 1, kMostRegisters);
    } else if (field.type == kBits) {
      table.integer("length", field.length, 1, 2);
      bits(table, field);
    }
    const bool several = field.type != kString && word_count(field) > 1;
    if (several) table.require("order", "ABCD, CDAB, BADC or DCBA: a number in several registers has no usual order");
    using enum WordOrder;
    table.word("order", field.order, {{"ABCD", kABCD}, {"CDAB", kCDAB}, {"BADC", kBADC}, {"DCBA", kDCBA}});
  }

  void bits(TableReader& table, RegisterField& field) {
    const std::int64_t most = 16 * field.length - 1;
    if (table.has("bit")) {
      table.integer("bit", field.first_bit, 0, most);
      field.last_bit = field.first_bit;
      if (table.has("bits")) table.mistake("bits", "expected bit or bits, not both");
    }
    std::vector<double> bits;
    table.numbers("bits", bits);
    const auto fits = [most](double bit) { return bit >= 0 && bit <= static_cast<double>(most) && bit == std::floor(bit); };
    if (bits.size() == 2 && fits(bits[0]) && fits(bits[1]) && bits[0] <= bits[1]) {
      field.first_bit = static_cast<std::uint8_t>(bits[0]);
      field.last_bit = static_cast<std::uint8_t>(bits[1]);
    } else if (table.has("bits")) {
      table.mistake("bits", "expected [lowest, highest] from 0 to " + std::to_string(most) + "; 0 is the least significant");
    } else if (!table.has("bit")) {
      table.require("bit", "bit = 3 or bits = [4, 7]; 0 is the least significant");
    }
  }

  void quantity(TableReader& table) {
    auto& field = profile_.fields.emplace_back();
    table.require("quantity", "what the register holds");
    table.text("quantity", field.quantity);
    const auto* known = find_quantity(field.quantity);
    const bool counts = field.quantity == kVehicleNumber || field.quantity == kMeasurementCheck;
    if (!counts && !field.quantity.empty() && (known == nullptr || known->kind != profile_.reading)) {
      table.mistake("quantity", "'" + field.quantity + "' is not a quantity that a " + to_string(profile_.reading) +
                                    " reading has: expected " + quantity_words(profile_.reading) +
                                    ", vehicle_number or measurement_check");
    }
    place(table, field);
    table.number("scale", field.scale, -1e9, 1e9);
    table.number("offset", field.offset, -1e9, 1e9);
    table.numbers("not_available", field.not_available);
    unit(table, known, field);
    std::vector<double> valid;
    table.numbers("valid", valid);
    if (valid.size() == 2 && valid[0] <= valid[1]) {
      field.valid_min = valid[0];
      field.valid_max = valid[1];
    } else if (table.has("valid")) {
      table.mistake("valid", "expected [least, most], in the unit of the field");
    }
  }

  static void unit(TableReader& table, const Quantity* quantity, RegisterField& field) {
    std::string word;
    table.text("unit", word);
    if (word.empty()) return;
    if (quantity == nullptr || quantity->units.empty()) {
      table.mistake("unit", "'" + field.quantity + "' is a number without unit");
    } else if (const auto* unit = find_unit(*quantity, word)) {
      field.unit_factor = unit->factor;
      field.unit_shift = unit->shift;
    } else {
      table.mistake("unit", "'" + word + "' is not one of: " + unit_words(*quantity));
    }
  }

  void name(TableReader& table, RegisterField& field) {
    table.require("name", "a word for people");
    table.text("name", field.quantity);
    place(table, field);
  }

  static void codes(TableReader& table, CodeWords& words) {
    table.table("enum", [&](TableReader& inner) {
      for (const auto& [key, word] : inner.pairs()) {
        std::int64_t code = 0;
        const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), code);
        if (error == std::errc{} && end == key.data() + key.size()) words[code] = word;
        else inner.mistake(key, "expected a whole number as the code of '" + word + "'");
      }
    });
  }

  void state(TableReader& table) {
    auto& state = profile_.states.emplace_back();
    name(table, state.where);
    codes(table, state.words);
    table.texts("measuring", state.measuring);
  }

  void alarm(TableReader& table) {
    auto& alarm = profile_.alarms.emplace_back();
    name(table, alarm.where);
    codes(table, alarm.words);
    std::vector<double> normal{0};
    table.numbers("normal", normal);
    alarm.normal.clear();
    for (const double code : normal) {
      if (code != std::floor(code) || std::abs(code) > 4294967295.0) {
        table.mistake("normal", "expected a list of whole numbers");
        break;
      }
      alarm.normal.push_back(static_cast<std::int64_t>(code));
    }
  }

  void identity(TableReader& table) {
    auto& identity = profile_.identities.emplace_back();
    name(table, identity.where);
    if (!table.has("expect")) return;
    if (identity.where.type == RegisterType::kString) {
      table.text("expect", identity.expect.emplace());
    } else {
      std::int64_t number = 0;
      table.integer("expect", number, INT64_MIN, INT64_MAX);
      identity.expect = std::to_string(number);
    }
  }

  TableReader& root_;
  Notation notation_;
  ModbusProfile profile_;
};

}  // namespace

Result<ModbusProfile> read_profile(const std::filesystem::path& file) {
  const auto text = read_text_file(file);
  if (!text) return std::unexpected(text.error());
  return parse_profile(*text, file.string());
}

Result<ModbusProfile> parse_profile(const std::string& text, const std::string& name) {
  ModbusProfile profile;
  const auto done = read_toml(text, name, [&](TableReader& root) { profile = ProfileReader(root).read(); });
  if (!done) return std::unexpected(done.error());
  return profile;
}

}  // namespace exhaust::settings
