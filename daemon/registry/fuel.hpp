#pragma once

#include "daemon/registry/registry_settings.hpp"
#include "daemon/registry/vehicles.hpp"
#include "exhaust/v1/passage.pb.h"

namespace exhaust::registry {

/// Fills in `vehicle` before assessment, from the surest that knows (standards.md 2.4): a fuel that is given is put into our
/// words (any case; GA 24.9 letters) and stays; else the registry; else the plate: new-energy letters, learner plates, then
/// colour; else the rules about length and smoke. What nothing tells is "unknown"; `fuel_source` always says where the answer
/// came from. All else of a vehicle only the registry knows: what it does not is left empty, and nothing is derived.
///
/// `vehicles` is asked once, if the fuel is not given and the plate was read; nullptr: there is no registry. A plate that
/// was not classified is looked at by its text, and left as it is.
void fill_vehicle(v1::Passage& passage, const FuelRules& rules = {}, Vehicles* vehicles = nullptr);

/// For a passage that was not assembled here, such as one written by hand: classifies and normalises its
/// plate as a camera's reading would be, if that was not done, then fills in the vehicle.
void complete(v1::Passage& passage);

}  // namespace exhaust::registry
