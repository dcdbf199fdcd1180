// Cameras that post twice, and vehicles with two plates.
#include <algorithm>

#include "daemon/assembly/lane_assembler.hpp"
#include "daemon/assembly/passage_parts.hpp"

namespace exhaust::assembly {

namespace {

constexpr std::string_view kTrailer = "trailer";

/// Whether a second reading of the same plate says more than the first: something where that said nothing, or
/// the same with more confidence.
bool is_better(const v1::Plate& second, const v1::Plate& first) {
  if (second.text().empty()) return false;
  if (first.text().empty()) return true;
  return second.has_confidence() && first.has_confidence() && second.confidence() > first.confidence();
}

}  // namespace

void LaneAssembler::remember_plate(const Reading& reading, const PlateReading& plate) {
  std::erase_if(said_plates_,
                [&](const SaidPlate& said) { return reading.delivered - said.at > settings_.double_window; });
  if (said_plates_.size() == kMostSaidPlates) said_plates_.pop_front();
  said_plates_.push_back(
      {reading.delivered, reading.device, plate.event_id, parse_plate(plate.raw_text, plate.color).text});
}

/// A camera without a count that says the same again, or a second camera that sees the same vehicle: it must
/// not become the plate of whoever is nearest now. An event's id alone proves nothing: there are cameras that
/// say the same one always.
bool LaneAssembler::was_said_already(const Reading& reading, const PlateReading& plate,
                                     const PlateText& text) {
  const auto same = [&](const SaidPlate& said) {
    if (reading.delivered - said.at > settings_.double_window || said.text != text.text) return false;
    return !text.text.empty() ||
           (said.device == reading.device && !plate.event_id.empty() && said.event_id == plate.event_id);
  };
  if (std::ranges::none_of(said_plates_, same)) return false;
  for (auto& open : open_) {
    if (text.text.empty() || open.passage.plate().text() != text.text) continue;
    if (!takes_second_plate(open, reading, plate)) orphan("double");
    return true;
  }
  orphan("double");
  return true;
}

/// The plates of a vehicle and its trailer are seconds apart: their digits bring them together, else the
/// second would be taken for the next vehicle's.
bool LaneAssembler::belongs_to_its_trailer(const Reading& reading, const PlateText& text) {
  const bool trailer = text.plate_class == kTrailer;
  const auto is_pair = [&](const std::string& other) {
    return trailer ? is_trailer_of(text.text, other) : is_trailer_of(other, text.text);
  };
  for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
    if (reading.delivered - open->triggered > settings_.join_window || !is_pair(open->passage.plate().text()))
      continue;
    give(*open, reading);
    return true;
  }
  // The trailer of one that was closed is not the next vehicle.
  if (!trailer ||
      std::ranges::none_of(said_plates_, [&](const SaidPlate& said) { return is_pair(said.text); }))
    return false;
  orphan("late");
  return true;
}

/// True: the reading was used. What it took the place of is counted then.
bool LaneAssembler::takes_second_plate(Open& open, const Reading& reading, const PlateReading& plate) {
  auto& passage = open.passage;
  auto second = to_message(plate);
  const bool behind = second.class_() == kTrailer;
  const bool first_is_trailer = passage.plate().class_() == kTrailer;
  if (behind != first_is_trailer && !second.text().empty() && !passage.plate().text().empty()) {
    const bool by_digits = behind ? is_trailer_of(second.text(), passage.plate().text())
                                  : is_trailer_of(passage.plate().text(), second.text());
    if (passage.has_trailer_plate() || !(reading.count || by_digits)) return false;
    if (first_is_trailer) {
      passage.mutable_trailer_plate()->Swap(passage.mutable_plate());
      *passage.mutable_plate() = std::move(second);
      origin(open, reading).source = static_cast<std::uint32_t>(passage.sources_size());
    } else {
      *passage.mutable_trailer_plate() = std::move(second);
    }
    *passage.add_sources() = source_of(reading);
    return true;
  }
  // Without a count, another text may be another vehicle's.
  const bool same_vehicle =
      reading.count || passage.plate().text().empty() || passage.plate().text() == second.text();
  if (!settings_.better_plate || !same_vehicle || !is_better(second, passage.plate())) return false;
  replace(open, reading);
  orphan("double");  // the first one
  return true;
}

}  // namespace exhaust::assembly
