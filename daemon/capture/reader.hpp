#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "daemon/core/result.hpp"
#include "exhaust/v1/capture.pb.h"

namespace exhaust::capture {

/// Reads a capture from its beginning, one record in memory at a time. What a power cut or a copy has torn off is left
/// out: the records before it are good, and `torn` says what was found instead of the next.
class Reader {
 public:
  /// Errors: kStorage (not readable), kDamaged (not a capture, or its head is damaged), kSettings (a newer version).
  static Result<Reader> open(const std::filesystem::path& file);

  const v1::CaptureHead& head() const { return head_; }
  /// The next record; absent at the end, and where the rest is torn.
  std::optional<v1::CaptureRecord> next();
  /// One sentence; absent while nothing is wrong.
  const std::optional<std::string>& torn() const { return torn_; }

 private:
  Reader() = default;
  std::optional<v1::CaptureRecord> read_record();
  std::optional<v1::CaptureRecord> tear(const char* what);

  std::unique_ptr<std::ifstream> in_;
  std::uint64_t size_ = 0, at_ = 0;
  v1::CaptureHead head_;
  std::optional<std::string> torn_;
  bool ended_ = false;
};

}  // namespace exhaust::capture
