#include "daemon/assessment/rounding.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace exhaust::assessment {

namespace {

/// 0.DIGITS x 10^exponent, without leading or trailing zeros.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

/// REQUIRES: finite and above zero.
Decimal shortest(double value) {
  std::array<char, 32> text{};
  const auto* end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific).ptr;
  Decimal decimal;
  const auto* at = text.data();
  for (; at != end && *at != 'e'; ++at) {
    if (*at != '.') decimal.digits += *at;
  }
  const auto* exponent = at + 1;
  if (*exponent == '+') ++exponent;  // from_chars takes a minus only
  std::from_chars(exponent, end, decimal.exponent);
  ++decimal.exponent;
  return decimal;
}

/// Whether the digits from `kept` on push up the one before them.
bool goes_up(const Decimal& decimal, std::size_t kept, Rounding rounding) {
  const auto& digits = decimal.digits;
  if (digits[kept] != '5') return digits[kept] > '5';
  if (rounding == Rounding::kHalfUp) return true;
  if (digits.find_first_not_of('0', kept + 1) != std::string::npos) return true;  // more than a half
  return kept > 0 && (digits[kept - 1] - '0') % 2 == 1;
}

}  // namespace

double round_to(double value, int decimals, Rounding rounding) {
  if (!std::isfinite(value) || value == 0) return value == 0 ? 0.0 : value;
  auto decimal = shortest(std::abs(value));
  const int kept = decimal.exponent + decimals;  // digits before the cut
  if (kept >= static_cast<int>(decimal.digits.size())) return value;
  if (kept < 0) return 0;  // less than a tenth of the last place
  const auto count = static_cast<std::size_t>(kept);
  const bool up = goes_up(decimal, count, rounding);
  decimal.digits.resize(count);
  if (up) {
    auto at = decimal.digits.find_last_not_of('9');
    if (at == std::string::npos) {
      decimal.digits.insert(0, 1, '0');
      ++decimal.exponent;
      at = 0;
    }
    ++decimal.digits[at];
    for (auto nine = at + 1; nine < decimal.digits.size(); ++nine) decimal.digits[nine] = '0';
  }
  if (decimal.digits.empty()) return 0;
  const std::string text = "0." + decimal.digits + "e" + std::to_string(decimal.exponent);
  double rounded = 0;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return std::copysign(rounded, rounded == 0 ? 1.0 : value);
}

}  // namespace exhaust::assessment
