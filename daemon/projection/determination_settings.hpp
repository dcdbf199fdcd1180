#pragma once

namespace exhaust::projection {

/// [determinations] of the settings.
struct DeterminationSettings {
  bool make = false;  ///< true at one tier only: the city's
};

}  // namespace exhaust::projection
