#include "drivers/simulator/pictures.hpp"

#include "drivers/simulator/jpeg.hpp"

namespace exhaust::simulator {

namespace {

constexpr Color kWhite{245, 245, 245}, kBlack{20, 20, 20}, kMud{110, 85, 60};

struct PlateColors {
  Color ground, letters;
};

PlateColors colors_of(const std::string& word) {
  if (word == "yellow") return {{240, 190, 20}, kBlack};
  if (word == "green") return {{150, 215, 160}, kBlack};
  if (word == "yellow_green") return {{190, 210, 60}, kBlack};
  return {{20, 70, 170}, kWhite};
}

}  // namespace

std::string plate_picture(const Vehicle& vehicle) {
  const auto colors = colors_of(vehicle.plate_color);
  Mosaic picture(50, 11, colors.ground);
  picture.write(1, 2, vehicle.plate, colors.letters);
  if (!vehicle.plate_read) picture.fill(2, 1, 46, 9, kMud);
  return to_jpeg(picture);
}

std::string scene_picture(const Passing& passing) {
  constexpr std::size_t kWidth = 80, kHeight = 45, kLaneWidth = 40;
  const auto& vehicle = passing.vehicle;
  Mosaic picture(kWidth, kHeight, {150, 190, 225});
  picture.fill(0, 12, kWidth, kHeight, {90, 92, 95});
  for (std::size_t y = 14; y < kHeight; y += 6) picture.fill(kLaneWidth, y, 1, 3, kWhite);

  const std::size_t left = passing.lane % 2 == 1 ? 8 : 46;
  const auto shade = static_cast<std::uint8_t>(40 + vehicle.index * 37 % 190);
  const Color body{shade, static_cast<std::uint8_t>(220 - shade / 2), static_cast<std::uint8_t>(60 + shade / 3)};
  picture.fill(left + 3, 16, 18, 8, body);
  picture.fill(left + 5, 18, 14, 5, {40, 50, 60});
  picture.fill(left, 24, 24, 14, body);
  picture.fill(left + 2, 38, 4, 3, kBlack);
  picture.fill(left + 18, 38, 4, 3, kBlack);
  picture.fill(left + 7, 33, 10, 3, vehicle.plate_read ? colors_of(vehicle.plate_color).ground : kMud);
  picture.write(2, 2, std::to_string(passing.lane) + "L" + std::to_string(passing.number), kBlack);
  return to_jpeg(picture);
}

}  // namespace exhaust::simulator
