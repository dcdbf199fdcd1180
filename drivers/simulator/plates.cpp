#include "drivers/simulator/plates.hpp"

#include <array>
#include <string_view>

namespace exhaust::simulator {

namespace {

constexpr std::array<std::string_view, 31> kProvinces{
    "京", "津", "沪", "渝", "冀", "豫", "云", "辽", "黑", "湘", "皖", "鲁", "新", "苏", "浙", "赣",
    "鄂", "桂", "甘", "晋", "蒙", "陕", "吉", "闽", "贵", "粤", "青", "藏", "川", "宁", "琼"};

// Serials have neither I nor O; the letters of authorities here are those that every province uses.
constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::string_view kAuthorities = "ABCDEFGH";
constexpr std::string_view kElectric = "ABCDE";
constexpr std::string_view kNotPureElectric = "FGHJK";

char pick(Random& random, std::string_view from) { return from[random.below(from.size())]; }
char digit(Random& random) { return static_cast<char>('0' + random.below(10)); }

}  // namespace

const char* color_of(PlateKind kind) {
  switch (kind) {
    case PlateKind::kBlue: return "blue";
    case PlateKind::kYellow: return "yellow";
    case PlateKind::kSmallNewEnergy: return "green";
    case PlateKind::kLargeNewEnergy: return "yellow_green";
  }
  return "unknown";
}

std::string draw_plate(Random& random, PlateKind kind, bool electric) {
  std::string plate{kProvinces[random.below(kProvinces.size())]};
  plate += pick(random, kAuthorities);
  const char energy = pick(random, electric ? kElectric : kNotPureElectric);
  switch (kind) {
    case PlateKind::kBlue:
    case PlateKind::kYellow: {
      // At most two letters among the five, as issued.
      const std::size_t letter_at = random.below(8), other_letter_at = random.below(12);
      for (std::size_t i = 0; i < 5; ++i) {
        plate += i == letter_at || i == other_letter_at ? pick(random, kLetters) : digit(random);
      }
      break;
    }
    case PlateKind::kSmallNewEnergy:
      plate += energy;
      plate += random.chance(0.3) ? pick(random, kLetters) : digit(random);
      for (int i = 0; i < 4; ++i) plate += digit(random);
      break;
    case PlateKind::kLargeNewEnergy:
      for (int i = 0; i < 5; ++i) plate += digit(random);
      plate += energy;
      break;
  }
  return plate;
}

}  // namespace exhaust::simulator
