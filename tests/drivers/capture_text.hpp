#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/core/bytes.hpp"

namespace exhaust {

/// One frame of a captured exchange, as `exhaustctl capture show` prints it and drivers/*/captures/*.txt hold it:
///
///   # a comment
///   0.000000 > 02 20 41 4B 4F 4E 20 4B 31 03      seconds, direction, bytes
///   0.013200 < 02 20 41 4B 4F 4E 20 30 20 31 03
///
/// Directions: `>` sent by us, `<` received, `=` received and a measurement, `x` received and dropped.
struct CapturedFrame {
  double at_s = 0;
  char direction = '<';
  Bytes bytes;
};

/// REQUIRES: `file` exists, below the source folder: "drivers/ak/captures/smoke.txt".
inline std::vector<CapturedFrame> read_capture_text(const std::string& file) {
  std::vector<CapturedFrame> frames;
  std::ifstream in(std::string(EXHAUST_SOURCE_DIR "/") + file);
  EXPECT_TRUE(in) << file << " cannot be read";
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream words(line);
    CapturedFrame frame;
    words >> frame.at_s >> frame.direction;
    std::string hex;
    std::getline(words, hex);
    const auto bytes = from_hex(hex);
    EXPECT_TRUE(words && bytes) << file << ": " << line;
    if (bytes) frame.bytes = *bytes;
    frames.push_back(std::move(frame));
  }
  EXPECT_FALSE(frames.empty()) << file << " holds no frames";
  return frames;
}

}  // namespace exhaust
