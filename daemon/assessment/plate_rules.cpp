#include "daemon/assessment/finding.hpp"
#include "daemon/assessment/rules.hpp"

namespace exhaust::assessment::rules {

using v1::Validity;

Finding plate_read(const Facts& facts) {
  constexpr std::string_view what = "plate";
  if (!facts.standard.validity.plate_required) return off(what);
  if (!facts.passage.has_plate()) return failed(what, Validity::PLATE_NOT_READ, "the camera reported none");
  const bool readable = !facts.passage.plate().text().empty();
  if (!readable) return failed(what, Validity::PLATE_NOT_READ, "the camera could not read it");
  return held(what, "it was read");
}

/// A plate without a class (a passage written by hand) was not classified, which is no fault of the plate's.
/// Classes "none" and "garbled" have no text, so they fail as not read.
Finding plate_plausible(const Facts& facts) {
  constexpr std::string_view what = "form of the plate";
  if (!facts.standard.validity.plate_plausible) return off(what);
  const auto& plate = facts.passage.plate();
  if (plate.text().empty()) return not_made(what, "there is no text");
  if (plate.class_().empty()) return not_made(what, "it was not classified");
  if (plate.class_() != "unknown") return held(what, "it is a known one");
  return failed(what, Validity::PLATE_NOT_PLAUSIBLE, "no plate looks like this");
}

Finding plate_confidence(const Facts& facts) {
  constexpr std::string_view what = "confidence in the plate";
  const auto& least = facts.standard.validity.plate_confidence_min;
  if (!least) return off(what);
  const auto& plate = facts.passage.plate();
  if (plate.text().empty()) return not_made(what, "there is no text");
  const auto confidence = given(plate.has_confidence(), plate.confidence());
  if (!confidence) return not_made(what, "the camera does not give it");
  return compared(what, "", *confidence, {least, {}}, Validity::PLATE_CONFIDENCE);
}

}  // namespace exhaust::assessment::rules
