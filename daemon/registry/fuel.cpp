#include "daemon/registry/fuel.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "daemon/core/plate.hpp"
#include "daemon/registry/vehicle_codes.hpp"

namespace exhaust::registry {

namespace {

/// Empty: nothing.
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
  return {};
}

/// What a large or smoking vehicle burns, most likely.
Told told_by_rule(const v1::Passage& passage, const FuelRules& rules) {
  if (!rules.heuristics) return {};
  const auto above = [](bool has, double value, const std::optional<double>& bound) { return has && bound && value > *bound; };
  const auto& smoke = passage.smoke();
  if (above(passage.has_length_m(), passage.length_m(), rules.diesel_above_length_m) ||
      above(smoke.has_opacity_percent(), smoke.opacity_percent(), rules.diesel_above_opacity_percent)) {
    return {"diesel", "heuristic"};
  }
  return {};
}

}  // namespace

void fill_vehicle(v1::Passage& passage, const FuelRules& rules, Vehicles* vehicles) {
  auto& vehicle = *passage.mutable_vehicle();
  if (vehicle.fuel().find_first_not_of(" \t") != std::string::npos) {
    // A word nobody knows must not be judged as if we knew it.
    vehicle.set_fuel(fuel_of_code(vehicle.fuel()).value_or("unknown"));
    if (vehicle.fuel_source().empty()) vehicle.set_fuel_source("given");
    return;
  }
  const auto& plate = passage.plate();
  if (vehicles != nullptr && !plate.text().empty()) {
    if (auto found = vehicles->find(plate.text(), plate.color())) vehicle = std::move(*found);
    if (!vehicle.fuel().empty()) return;
  }
  auto told = told_by(plate);
  if (told.fuel.empty()) told = told_by_rule(passage, rules);
  vehicle.set_fuel(told.fuel.empty() ? "unknown" : std::string(told.fuel));
  vehicle.set_fuel_source(told.fuel.empty() ? "none" : std::string(told.source));
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
