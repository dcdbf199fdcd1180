#include "daemon/assessment/standard.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace exhaust::assessment {

namespace {
constexpr std::array<std::pair<std::string_view, Fuel>, 6> kFuels{{{"unknown", Fuel::kUnknown},
                                                                   {"gasoline", Fuel::kGasoline},
                                                                   {"diesel", Fuel::kDiesel},
                                                                   {"electric", Fuel::kElectric},
                                                                   {"nev", Fuel::kNev},
                                                                   {"other", Fuel::kOther}}};
}

Fuel fuel_of(std::string_view word) {
  const auto found = std::ranges::find(kFuels, word, &decltype(kFuels)::value_type::first);
  return found == kFuels.end() ? Fuel::kUnknown : found->second;
}

const char* to_string(Fuel fuel) {
  const auto found = std::ranges::find(kFuels, fuel, &decltype(kFuels)::value_type::second);
  return found == kFuels.end() ? "unknown" : found->first.data();
}

bool contains(const Fuels& fuels, Fuel fuel) { return std::ranges::find(fuels, fuel) != fuels.end(); }

}  // namespace exhaust::assessment
