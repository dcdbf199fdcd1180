#include "daemon/assessment/slope.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace exhaust::assessment {

namespace {

struct Point {
  double co2, gas;  ///< %
};

std::vector<Point> measured(std::span<const double> co2_percent, std::span<const double> gas,
                            double percent_per_unit) {
  std::vector<Point> points;
  points.reserve(gas.size());
  for (std::size_t i = 0; i < gas.size(); ++i) {
    const Point point{co2_percent[i], gas[i] * percent_per_unit};
    if (std::isfinite(point.co2) && std::isfinite(point.gas)) points.push_back(point);
  }
  return points;
}

}  // namespace

std::optional<SlopeLine> slope_against_co2(std::span<const double> co2_percent, std::span<const double> gas,
                                           double percent_per_unit) {
  if (co2_percent.size() != gas.size()) return std::nullopt;
  auto points = measured(co2_percent, gas, percent_per_unit);
  if (points.size() < 2) return std::nullopt;
  const auto count = static_cast<double>(points.size());

  // Counted from the first point, what does not vary is exactly 0 and not a rounding error of its mean.
  const auto origin = points.front();
  Point mean{0, 0};
  for (auto& [co2, of_gas] : points) {
    co2 -= origin.co2;
    of_gas -= origin.gas;
    mean.co2 += co2 / count;
    mean.gas += of_gas / count;
  }
  double co2_co2 = 0, co2_gas = 0, gas_gas = 0;
  for (const auto& [co2, of_gas] : points) {
    co2_co2 += (co2 - mean.co2) * (co2 - mean.co2);
    co2_gas += (co2 - mean.co2) * (of_gas - mean.gas);
    gas_gas += (of_gas - mean.gas) * (of_gas - mean.gas);
  }
  if (!(co2_co2 > 0)) return std::nullopt;

  SlopeLine line{.ratio = co2_gas / co2_co2, .points = static_cast<std::uint32_t>(points.size())};
  line.intercept_percent = origin.gas + mean.gas - line.ratio * (origin.co2 + mean.co2);
  if (!std::isfinite(line.intercept_percent)) return std::nullopt;  // nor is it where the ratio is not
  if (points.size() > 2) {
    double residual_squares = 0;
    for (const auto& [co2, of_gas] : points) {
      const double residual = of_gas - mean.gas - line.ratio * (co2 - mean.co2);
      residual_squares += residual * residual;
    }
    const double error = std::sqrt(residual_squares / (count - 2) / co2_co2);
    if (std::isfinite(error)) line.standard_error = error;
  }
  // Rounding may carry a perfect fit past 1 by its last digit.
  const double r2 = std::min(1.0, co2_gas / co2_co2 * (co2_gas / gas_gas));
  if (gas_gas > 0 && std::isfinite(r2)) line.r2 = r2;
  return line;
}

}  // namespace exhaust::assessment
