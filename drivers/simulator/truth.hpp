#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "daemon/core/result.hpp"
#include "drivers/simulator/vehicle.hpp"

namespace exhaust::simulator {

/// One vehicle as one line of JSON, without the line's end; null is "not measured". Numbers have 17 significant
/// digits, so that they come back as they were.
std::string to_truth_line(const Passing& passing);
/// Error: kDamaged. `samples`, `co_r2` and the camera's confidence are not in the file and stay empty.
Result<Passing> from_truth_line(std::string_view line);

/// What a truth file says on start.
struct TruthSoFar {
  std::uint64_t vehicles = 0;                          ///< the last index
  std::map<Lane, std::deque<Passing>> newest_of_lane;  ///< the newest `kRemembered` of each lane, oldest first
  std::size_t torn_bytes = 0;                          ///< cut off the end: a vehicle that was never emitted

  /// As many as the devices remember.
  static constexpr std::size_t kRemembered = 64;
  std::uint32_t last_number(Lane lane) const;
};

/// Reads the text of a truth file, up to a torn last line. Indices must be 1, 2, ... and the numbers of each lane too.
/// Error: kDamaged, with the line.
Result<TruthSoFar> read_truth(std::string_view text);

/// The ground truth: what this unit sent. A line is on the disk before its vehicle is emitted, so that nothing that
/// a daemon may have seen is missing here.
class TruthFile {
 public:
  /// Opens or makes the file, cuts off a torn last line, and locks it against a second simulator.
  /// Errors: kStorage, kDamaged, kRefused (another process has it).
  static Result<TruthFile> open(const std::filesystem::path& file);
  TruthFile(TruthFile&& other) noexcept;
  TruthFile& operator=(TruthFile&&) = delete;
  ~TruthFile();

  const TruthSoFar& so_far() const { return so_far_; }
  /// On the disk when it returns. Error: kStorage, after which the file must not be written again.
  Result<void> append(const Passing& passing);

 private:
  TruthFile(int file, TruthSoFar so_far) : file_(file), so_far_(std::move(so_far)) {}

  int file_;
  TruthSoFar so_far_;
};

}  // namespace exhaust::simulator
