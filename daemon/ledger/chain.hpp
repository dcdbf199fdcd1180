#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "daemon/core/digest.hpp"
#include "daemon/core/ids.hpp"
#include "daemon/core/time.hpp"

/// The hash chain, exactly as in docs/ledger-format.md. Pure functions; hashes are of stored bytes, never of
/// re-encoded ones.
namespace exhaust::ledger {

struct ChainKey {
  std::string station_id;
  LedgerId ledger_id{};
  auto operator<=>(const ChainKey&) const = default;
};

inline constexpr std::uint8_t kChainFormat = 1;

/// What chain(0) covers.
struct ChainHeader {
  ChainKey key;
  std::uint8_t format = kChainFormat;
  HashAlgorithm algorithm = HashAlgorithm::kSha256;
  bool simulated = false;
  bool operator==(const ChainHeader&) const = default;
};

/// chain(0) = H(0x02 || u16be length || station_id || ledger_id || u8 format || u8 algorithm || u8 simulated)
Digest chain_start(const ChainHeader& header);
/// leaf(n) = H(0x00 || payload)
Digest leaf_of(HashAlgorithm algorithm, ByteView payload);
/// chain(n) = H(0x01 || chain(n-1) || u64be sequence || i64be wall_time_us || u32be kind || leaf(n))
Digest chain_next(HashAlgorithm algorithm, const Digest& before, Sequence sequence, std::int64_t wall_time_us,
                  std::uint32_t kind, const Digest& leaf);

}  // namespace exhaust::ledger
