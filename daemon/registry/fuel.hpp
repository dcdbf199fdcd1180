#pragma once

#include "exhaust/v1/passage.pb.h"

namespace exhaust::registry {

/// Fills in `vehicle` before assessment. A fuel that is given is put into our words (any case; GA 24.9
/// letters) and stays; else the plate tells it (standards.md 2.4): new-energy letters, learner plates, then
/// colour. What nothing tells is "unknown"; `fuel_source` always says where the answer came from. A plate
/// that was not classified is looked at by its text, and left as it is.
void fill_vehicle(v1::Passage& passage);

/// For a passage that was not assembled here, such as one written by hand: classifies and normalises its
/// plate as a camera's reading would be, if that was not done, then fills in the vehicle.
void complete(v1::Passage& passage);

}  // namespace exhaust::registry
