#include "drivers/simulator/jpeg.hpp"

#include <bit>
#include <cmath>
#include <cstdlib>

namespace exhaust::simulator {

namespace {

// Huffman code of the DC differences: T.81 table K.3. Codes of a length follow each other, as T.81 annex C says.
constexpr std::array<std::uint8_t, 16> kDcCodesOfLength{0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0};
constexpr std::size_t kDcCategories = 12;
// The only AC symbol that is ever needed is "end of block": one code of one bit.
constexpr std::array<std::uint8_t, 16> kAcCodesOfLength{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
constexpr std::uint8_t kEndOfBlock = 0;
constexpr unsigned kComponents = 3;

struct Code {
  std::uint32_t bits = 0;
  unsigned length = 0;
};

std::array<Code, kDcCategories> dc_codes() {
  std::array<Code, kDcCategories> codes{};
  std::uint32_t next = 0;
  std::size_t category = 0;
  for (unsigned length = 1; length <= 16; ++length, next <<= 1) {
    for (unsigned i = 0; i < kDcCodesOfLength[length - 1]; ++i) codes[category++] = {next++, length};
  }
  return codes;
}

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  void put(std::uint32_t bits, unsigned length) {
    for (unsigned i = length; i-- > 0;) {
      byte_ = static_cast<std::uint8_t>(byte_ << 1 | ((bits >> i) & 1));
      if (++filled_ == 8) flush();
    }
  }
  /// Fills the last byte with ones.
  void finish() {
    while (filled_ != 0) put(1, 1);
  }

 private:
  void flush() {
    out_ += static_cast<char>(byte_);
    if (byte_ == 0xFF) out_ += '\0';  // an FF in the data must not look like a marker
    byte_ = 0;
    filled_ = 0;
  }

  std::string& out_;
  std::uint8_t byte_ = 0;
  unsigned filled_ = 0;
};

void put_u8(std::string& out, unsigned value) { out += static_cast<char>(value); }
void put_u16(std::string& out, std::size_t value) {
  put_u8(out, static_cast<unsigned>(value >> 8));
  put_u8(out, static_cast<unsigned>(value & 0xFF));
}

void put_huffman_table(std::string& out, unsigned kind, const std::array<std::uint8_t, 16>& codes_of_length,
                       std::size_t symbols) {
  put_u16(out, 0xFFC4);
  put_u16(out, 2 + 1 + 16 + symbols);
  put_u8(out, kind);
  for (const auto count : codes_of_length) put_u8(out, count);
  for (unsigned symbol = 0; symbol < symbols; ++symbol) put_u8(out, kind == 0x10 ? kEndOfBlock : symbol);
}

void put_headers(std::string& out, const Mosaic& picture) {
  put_u16(out, 0xFFD8);
  put_u16(out, 0xFFE0);
  put_u16(out, 16);
  out.append("JFIF\0\x01\x01\0", 8);
  put_u16(out, 1);
  put_u16(out, 1);
  put_u16(out, 0);  // no thumbnail
  // The DC coefficient of a flat block is 8 times its value: a step of 8 keeps the value itself.
  put_u16(out, 0xFFDB);
  put_u16(out, 2 + 1 + 64);
  put_u8(out, 0);
  for (int i = 0; i < 64; ++i) put_u8(out, 8);
  put_u16(out, 0xFFC0);
  put_u16(out, 8 + 3 * kComponents);
  put_u8(out, 8);
  put_u16(out, picture.height() * Mosaic::kCellPixels);
  put_u16(out, picture.width() * Mosaic::kCellPixels);
  put_u8(out, kComponents);
  for (unsigned i = 1; i <= kComponents; ++i) {
    put_u8(out, i);
    put_u8(out, 0x11);  // no subsampling
    put_u8(out, 0);
  }
  put_huffman_table(out, 0x00, kDcCodesOfLength, kDcCategories);
  put_huffman_table(out, 0x10, kAcCodesOfLength, 1);
  put_u16(out, 0xFFDA);
  put_u16(out, 6 + 2 * kComponents);
  put_u8(out, kComponents);
  for (unsigned i = 1; i <= kComponents; ++i) {
    put_u8(out, i);
    put_u8(out, 0x00);
  }
  put_u8(out, 0);
  put_u8(out, 63);
  put_u8(out, 0);
}

/// JFIF: luminance and colour differences, each shifted to -128..127.
std::array<int, kComponents> levels(Color color) {
  const double r = color.red, g = color.green, b = color.blue;
  const auto level = [](double value) { return std::min(127, static_cast<int>(std::lround(value))); };
  return {level(0.299 * r + 0.587 * g + 0.114 * b - 128), level(-0.168736 * r - 0.331264 * g + 0.5 * b),
          level(0.5 * r - 0.418688 * g - 0.081312 * b)};
}

}  // namespace

void Mosaic::fill(std::size_t x, std::size_t y, std::size_t width, std::size_t height, Color color) {
  for (auto row = y; row < std::min(y + height, height_); ++row) {
    for (auto column = x; column < std::min(x + width, width_); ++column) cells_[row * width_ + column] = color;
  }
}

std::string to_jpeg(const Mosaic& picture) {
  static const auto codes = dc_codes();
  std::string out;
  put_headers(out, picture);
  BitWriter bits(out);
  std::array<int, kComponents> last{};
  for (std::size_t y = 0; y < picture.height(); ++y) {
    for (std::size_t x = 0; x < picture.width(); ++x) {
      const auto now = levels(picture.at(x, y));
      for (std::size_t i = 0; i < kComponents; ++i) {
        const int difference = now[i] - last[i];
        const auto category = static_cast<unsigned>(std::bit_width(static_cast<unsigned>(std::abs(difference))));
        bits.put(codes[category].bits, codes[category].length);
        // A negative difference is coded as its ones' complement (T.81 F.1.2.1).
        bits.put(static_cast<std::uint32_t>(difference < 0 ? difference - 1 : difference), category);
        bits.put(0, 1);  // end of block
      }
      last = now;
    }
  }
  bits.finish();
  put_u16(out, 0xFFD9);
  return out;
}

}  // namespace exhaust::simulator
