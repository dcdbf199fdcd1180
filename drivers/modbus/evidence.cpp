#include "drivers/modbus/evidence.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <sstream>
#include <string_view>

#include "drivers/modbus/profile_text.hpp"

namespace exhaust::modbus {

namespace {

using enum RegisterType;

constexpr std::size_t kMostFindings = 8;
/// A field that is right gives a value within its range this often: instruments warm up and drift.
constexpr double kTrust = 0.99;
/// What a departure from the candidate costs, so that of two equal interpretations the documented one wins.
constexpr double kDeparture = 0.5;

/// What a quantity is by the roadside, in its own unit; narrower than what an instrument can tell.
struct Usual {
  std::string_view quantity;
  double least, most;
  double likely_least = 0, likely_most = 0;  ///< where nine of ten stations are; both 0: no idea
};
constexpr std::array kUsual{Usual{"temperature_c", -40, 60, -10, 40},        Usual{"humidity_percent", 1, 100, 20, 100},
                            Usual{"pressure_hpa", 600, 1090, 900, 1060},       Usual{"wind_speed_m_s", 0, 40},
                            Usual{"wind_direction_deg", 0, 360},    Usual{"rain_mm_h", 0, 200},
                            Usual{"co2_excess_percent", -0.5, 16},  Usual{"co_per_co2", -0.2, 1},
                            Usual{"hc_per_co2", -0.05, 0.2},        Usual{"no_per_co2", -0.05, 0.2},
                            Usual{"no2_per_co2", -0.05, 0.2},       Usual{"co_r2", 0, 1},
                            Usual{"co_per_co2_error", 0, 1},        Usual{"hc_per_co2_error", 0, 0.2},
                            Usual{"no_per_co2_error", 0, 0.2},      Usual{"no2_per_co2_error", 0, 0.2},
                            Usual{"co2_percent", -0.5, 16},         Usual{"co_percent", -0.5, 16},
                            Usual{"hc_ppm", -500, 20000},           Usual{"no_ppm", -500, 10000},
                            Usual{"no2_ppm", -500, 5000},           Usual{"o2_percent", -0.5, 25},
                            Usual{"opacity_percent", -2, 100},      Usual{"k_per_m", -0.2, 16},
                            Usual{"ringelmann", 0, 5},              Usual{"speed_km_h", 1, 200},
                            Usual{"acceleration_m_s2", -10, 10},    Usual{"length_m", 0.5, 30}};

/// Numbers in registers are seldom spread evenly: small ones are common. So chance is taken over magnitudes.
/// The share of the type's values, by magnitude, between two raw numbers of the same sign.
double share_of_magnitudes(RegisterType type, double small, double large) {
  switch (type) {
    case kF32: return (std::log2(large) - std::log2(std::max(small, 1e-3))) / 254;
    case kF64: return (std::log2(large) - std::log2(std::max(small, 1e-3))) / 2046;
    case kU16:
    case kI16:
    case kBits: return (std::log2(large + 1) - std::log2(small + 1)) / 16;
    case kU64: return (std::log2(large + 1) - std::log2(small + 1)) / 64;
    default: return (std::log2(large + 1) - std::log2(small + 1)) / 32;
  }
}

bool is_signed(RegisterType type) { return type == kI16 || type == kI32 || type == kF32 || type == kF64; }

/// How likely chance puts a number between two raw ones.
double chance(RegisterType type, double least, double most) {
  double share = 0.0;
  if (most > 0) share += share_of_magnitudes(type, std::max(least, 0.0), most);
  if (is_signed(type)) {
    if (least < 0) share += share_of_magnitudes(type, std::max(-most, 0.0), -least);
    share /= 2;
  }
  return std::clamp(share, 1e-6, kTrust);
}

RegisterField moved(RegisterField field, int shift, std::optional<WordOrder> order) {
  field.address = static_cast<std::uint16_t>(field.address + shift);
  if (order) field.order = *order;
  return field;
}

/// Absent: the device does not have these registers.
std::optional<Registers> words_at(const RegisterImage& image, std::size_t first, std::size_t count) {
  Registers words;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = image.words.find(static_cast<std::uint16_t>(first + i));
    if (first + i > 65535 || found == image.words.end()) return std::nullopt;
    words.push_back(found->second);
  }
  return words;
}

std::string sentence_of(const Finding& finding) {
  std::ostringstream text;
  text << "unit " << int{finding.unit} << ", " << to_string(finding.function) << " registers";
  if (!finding.candidate.empty()) text << ", as " << finding.candidate;
  if (finding.shift != 0) text << ", addresses " << (finding.shift > 0 ? "+" : "") << finding.shift;
  if (finding.order) text << ", order " << to_string(*finding.order);
  text << ":";
  for (const auto& found : finding.values) {
    text << " " << found.quantity << " ";
    if (found.value) text << *found.value;
    else text << "none";
  }
  return text.str();
}

void finish(Finding& finding) {
  finding.sentence = sentence_of(finding);
  finding.toml = "# Proposed by a probe: " + finding.sentence + "\n" + to_toml(finding.profile);
}

std::optional<Finding> interpret(const RegisterImage& image, const ModbusProfile& candidate, int shift,
                                 std::optional<WordOrder> order) {
  Finding finding;
  finding.unit = image.unit;
  finding.function = image.function;
  finding.candidate = candidate.name;
  finding.shift = shift;
  finding.profile = candidate;
  bool departs_in_order = false;
  for (auto& field : finding.profile.fields) {
    if (function_of(candidate, field) != function_of(candidate, candidate.fields.front())) return std::nullopt;
    if (field.address + shift < 0 || field.address + shift > 65535) return std::nullopt;
    departs_in_order = departs_in_order || (order && field.order != *order);
    field = moved(field, shift, order);
    field.function.reset();
    const auto words = words_at(image, field.address, word_count(field));
    if (!words) return std::nullopt;
    std::uint32_t out_of_range = 0;
    const double bits = evidence(field, *words);
    finding.values.push_back({field.quantity, field.address, decode_field(*words, field, out_of_range), bits});
    finding.score += bits;
  }
  if (order && !departs_in_order) return std::nullopt;  // the same as without
  finding.order = order;
  finding.profile.function = image.function;
  if (candidate.handshake) {
    const auto& counter = *candidate.handshake;
    if (counter.address + shift < 0 || counter.address + shift > 65535) return std::nullopt;
    finding.profile.handshake = moved(counter, shift, order);
    if (!words_at(image, finding.profile.handshake->address, word_count(counter))) return std::nullopt;
  }
  finding.score -= kDeparture * ((shift != 0) + (order ? 1 : 0) + (image.function != candidate.function));
  return finding;
}

/// One way of writing numbers that a whole weather station keeps to.
struct Style {
  RegisterType type;
  WordOrder order;
  double scale;
};
constexpr std::array kStyles{Style{kF32, WordOrder::kABCD, 1},   Style{kF32, WordOrder::kCDAB, 1},
                             Style{kF32, WordOrder::kBADC, 1},   Style{kF32, WordOrder::kDCBA, 1},
                             Style{kI16, WordOrder::kABCD, 0.1}, Style{kI16, WordOrder::kABCD, 0.01},
                             Style{kI16, WordOrder::kBADC, 0.1}};

struct Place {
  RegisterField field;
  Registers words;
  double bits = 0.0;
};

std::vector<Place> places(const RegisterImage& image, const char* quantity, const Style& style, double unit_factor) {
  std::vector<Place> found;
  for (const auto& [address, word] : image.words) {
    RegisterField field;
    field.quantity = quantity;
    field.address = address;
    field.type = style.type;
    field.order = style.order;
    field.scale = style.scale;
    field.unit_factor = unit_factor;
    const auto words = words_at(image, address, word_count(field));
    if (!words) continue;
    const double bits = evidence(field, *words);
    if (bits > 0.5) found.push_back({field, *words, bits});
  }
  return found;
}

bool overlap(const RegisterField& a, const RegisterField& b) { return a.address < end_of(b) && b.address < end_of(a); }

/// The best of `all` within `reach` registers of `near`, that overlaps none of `taken`.
const Place* best_near(const std::vector<Place>& all, const RegisterField& near, const std::vector<const Place*>& taken) {
  constexpr int kReach = 16;
  const Place* best = nullptr;
  double best_score = 0;
  for (const auto& place : all) {
    const int distance = std::abs(int{place.field.address} - int{near.address});
    const bool free = std::ranges::none_of(taken, [&](const Place* other) { return overlap(other->field, place.field); });
    const double score = place.bits - 0.05 * distance;
    if (distance > kReach || !free || score <= best_score) continue;
    best = &place;
    best_score = score;
  }
  return best;
}

Finding weather_finding(const RegisterImage& image, const std::vector<const Place*>& taken) {
  Finding finding;
  finding.unit = image.unit;
  finding.function = image.function;
  finding.order = taken.front()->field.order;
  finding.profile.name = "probed-weather";
  finding.profile.reading = ReadingKind::kWeather;
  finding.profile.function = image.function;
  for (const auto* place : taken) {
    std::uint32_t out_of_range = 0;
    finding.profile.fields.push_back(place->field);
    finding.values.push_back({place->field.quantity, place->field.address,
                              decode_field(place->words, place->field, out_of_range), place->bits});
    finding.score += place->bits;
  }
  return finding;
}

}  // namespace

double evidence(const RegisterField& field, std::span<const std::uint16_t> words) {
  std::uint32_t out_of_range = 0;
  const auto value = decode_field(words, field, out_of_range);
  const auto usual = std::ranges::find(kUsual, field.quantity, &Usual::quantity);
  if (usual == kUsual.end()) return 0.0;  // a count can be anything
  if (!value && out_of_range == 0 && std::isfinite(decode_raw(words, field))) return 0.0;  // a code for no value
  const double factor = field.scale * field.unit_factor;
  const double shift = field.offset * field.unit_factor + field.unit_shift;
  double least = (usual->least - shift) / factor, most = (usual->most - shift) / factor;
  if (least > most) std::swap(least, most);
  const double by_chance = chance(field.type, least, most);
  if (!value || *value < usual->least || *value > usual->most) return std::log2((1 - kTrust) / (1 - by_chance * kTrust));
  if (std::ranges::all_of(words, [](auto word) { return word == 0; })) return 0.2;  // unused registers are zero
  const bool is_float = field.type == kF32 || field.type == kF64;
  // A float next to zero is what integers look like when they are read as one.
  if (is_float && std::abs(*value) < 1e-3) return -1.0;
  const bool known = usual->likely_most > usual->likely_least;
  const bool likely = *value >= usual->likely_least && *value <= usual->likely_most;
  return std::log2(kTrust / by_chance) + (!known ? 0 : likely ? 1 : -1);
}

std::vector<Finding> score(const RegisterImage& image, const ModbusProfile& candidate) {
  std::vector<Finding> findings;
  if (candidate.fields.empty()) return findings;
  const std::array<std::optional<WordOrder>, 5> orders{std::nullopt, WordOrder::kABCD, WordOrder::kCDAB,
                                                       WordOrder::kBADC, WordOrder::kDCBA};
  const bool several = std::ranges::any_of(candidate.fields, [](const auto& field) { return word_count(field) > 1; });
  for (const int shift : {0, -1, 1}) {
    for (const auto order : orders) {
      // In single registers CDAB is ABCD, and DCBA is BADC.
      if (!several && (order == WordOrder::kCDAB || order == WordOrder::kDCBA)) continue;
      auto finding = interpret(image, candidate, shift, order);
      if (finding && finding->score > 0) findings.push_back(std::move(*finding));
    }
  }
  return ranked(std::move(findings), kMostFindings);
}

std::vector<Finding> search_weather(const RegisterImage& image) {
  std::vector<Finding> findings;
  for (const auto& style : kStyles) {
    const auto temperatures = places(image, "temperature_c", style, 1);
    const auto humidities = places(image, "humidity_percent", style, 1);
    for (const double pressure_unit : {1.0, 10.0}) {  // hPa, kPa
      for (const auto& pressure : places(image, "pressure_hpa", style, pressure_unit)) {
        std::vector<const Place*> taken{&pressure};
        if (const auto* found = best_near(humidities, pressure.field, taken)) taken.push_back(found);
        if (const auto* found = best_near(temperatures, taken.back()->field, taken)) taken.push_back(found);
        if (taken.size() == 3) findings.push_back(weather_finding(image, taken));
      }
    }
  }
  return ranked(std::move(findings), kMostFindings);
}

std::vector<Finding> ranked(std::vector<Finding> findings, std::size_t most) {
  std::ranges::stable_sort(findings, std::greater{}, &Finding::score);
  std::set<std::string> seen;
  std::vector<Finding> best;
  for (auto& finding : findings) {
    finish(finding);
    if (!seen.insert(finding.sentence).second) continue;
    best.push_back(std::move(finding));
    if (best.size() == most) break;
  }
  return best;
}

}  // namespace exhaust::modbus
