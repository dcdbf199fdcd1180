#pragma once

#include <cstdint>
#include <filesystem>

namespace exhaust::capture {

struct CaptureSettings {
  std::filesystem::path folder = "/var/lib/exhaustd/captures";
  std::uint64_t most_bytes = 256ull << 20;  ///< of one capture, which ends there; 1 MiB to 64 GiB
  std::uint64_t most_files = 8;             ///< in the folder; with so many no other is begun, and none is deleted
};

}  // namespace exhaust::capture
