#include "daemon/registry/fuel.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/core/plate.hpp"

namespace exhaust::registry {

namespace {

struct Told {
  std::string_view fuel, source;
};

/// What the plate was classified as; if it was not, what its text looks like.
std::string class_of(const v1::Plate& plate) {
  if (!plate.class_().empty()) return plate.class_();
  return parse_plate(plate.text().empty() ? plate.raw_text() : plate.text(), plate.color()).plate_class;
}

/// The kind of plate before its colour: a camera tells letters better than shades.
Told told_by(const v1::Plate& plate) {
  const auto plate_class = class_of(plate);
  if (plate_class == "nev_small" || plate_class == "nev_large") {
    const auto text = parse_plate(plate.text().empty() ? plate.raw_text() : plate.text(), plate.color()).text;
    return {is_pure_electric(text, plate_class) ? "electric" : "nev", "plate_class"};
  }
  // Yellow for what it is used for, not for its size (MQ-007, standards.md 2.4).
  if (plate_class == "learner") return {"gasoline", "plate_class"};
  if (plate.color() == "yellow") return {"diesel", "plate_color"};
  if (plate.color() == "blue") return {"gasoline", "plate_color"};
  return {"unknown", "none"};
}

/// Our own words, what people write, and GA 24.9 (plates.md 6). Mixed, gaseous, alcohol, hybrid and other
/// fuels are "other": no standard here judges them by a fuel of their own.
constexpr std::array<std::pair<std::string_view, std::string_view>, 26> kWords{{
    {"gasoline", "gasoline"}, {"petrol", "gasoline"}, {"汽油", "gasoline"}, {"a", "gasoline"},
    {"diesel", "diesel"},     {"柴油", "diesel"},     {"b", "diesel"},
    {"electric", "electric"}, {"电", "electric"},     {"纯电动", "electric"}, {"c", "electric"},
    {"nev", "nev"},
    {"other", "other"},       {"其他", "other"},      {"d", "other"}, {"e", "other"}, {"f", "other"},
    {"l", "other"},           {"m", "other"},         {"n", "other"}, {"o", "other"}, {"p", "other"},
    {"y", "other"},           {"z", "other"},         {"hybrid", "other"},
    {"unknown", "unknown"},
}};

std::string normalised(std::string_view given) {
  const auto first = given.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  given = given.substr(first, given.find_last_not_of(" \t") - first + 1);
  std::string word(given);
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto found = std::ranges::find(kWords, std::string_view(word), &decltype(kWords)::value_type::first);
  // A word nobody knows must not be judged as if we knew it.
  return found == kWords.end() ? "unknown" : std::string(found->second);
}

}  // namespace

void fill_vehicle(v1::Passage& passage) {
  auto& vehicle = *passage.mutable_vehicle();
  if (auto fuel = normalised(vehicle.fuel()); !fuel.empty()) {
    vehicle.set_fuel(std::move(fuel));
    if (vehicle.fuel_source().empty()) vehicle.set_fuel_source("given");
    return;
  }
  const auto [fuel, source] = told_by(passage.plate());
  vehicle.set_fuel(std::string(fuel));
  vehicle.set_fuel_source(std::string(source));
}

void complete(v1::Passage& passage) {
  if (passage.has_plate() && passage.plate().class_().empty()) {
    auto& plate = *passage.mutable_plate();
    const std::string written = plate.text().empty() ? plate.raw_text() : plate.text();
    const auto parsed = parse_plate(written, plate.color());
    if (plate.raw_text().empty()) plate.set_raw_text(written);
    plate.set_text(parsed.text);
    plate.set_class_(parsed.plate_class);
    plate.set_corrected(plate.corrected() || parsed.corrected);
  }
  fill_vehicle(passage);
}

}  // namespace exhaust::registry
