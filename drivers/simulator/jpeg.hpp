#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace exhaust::simulator {

struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;
};

/// A picture of square cells, 8 x 8 pixels each, of one colour.
class Mosaic {
 public:
  static constexpr std::size_t kCellPixels = 8;

  Mosaic(std::size_t width, std::size_t height, Color background)
      : width_(width), height_(height), cells_(width * height, background) {}
  std::size_t width() const { return width_; }    ///< in cells
  std::size_t height() const { return height_; }
  Color at(std::size_t x, std::size_t y) const { return cells_[y * width_ + x]; }
  /// What lies outside is cut off.
  void fill(std::size_t x, std::size_t y, std::size_t width, std::size_t height, Color color);
  /// Letters A-Z and digits, 5 x 7 cells with one between; anything else is drawn as a box. One box for each character
  /// that has several bytes.
  void write(std::size_t x, std::size_t y, std::string_view text, Color color);

 private:
  std::size_t width_, height_;
  std::vector<Color> cells_;
};

/// A baseline JPEG file (ITU-T T.81, JFIF) of the picture. A cell is one block, and as it has one colour, only the
/// block's mean has to be coded.
std::string to_jpeg(const Mosaic& picture);

}  // namespace exhaust::simulator
