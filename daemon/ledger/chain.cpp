#include "daemon/ledger/chain.hpp"

namespace exhaust::ledger {

namespace {
// Making a hash context costs more than hashing one entry.
Hasher& hasher(HashAlgorithm algorithm) {
  thread_local Hasher sha256_hasher{HashAlgorithm::kSha256};
  thread_local Hasher sm3_hasher{HashAlgorithm::kSm3};
  return algorithm == HashAlgorithm::kSm3 ? sm3_hasher : sha256_hasher;
}
}  // namespace

Digest chain_start(const ChainHeader& header) {
  return hasher(header.algorithm)
      .add_u8(0x02)
      .add_u16be(static_cast<std::uint16_t>(header.key.station_id.size()))
      .add(as_bytes(header.key.station_id))
      .add(header.key.ledger_id)
      .add_u8(header.format)
      .add_u8(static_cast<std::uint8_t>(header.algorithm))
      .add_u8(header.simulated ? 1 : 0)
      .finish();
}

Digest leaf_of(HashAlgorithm algorithm, ByteView payload) {
  return hasher(algorithm).add_u8(0x00).add(payload).finish();
}

Digest chain_next(HashAlgorithm algorithm, const Digest& before, Sequence sequence, std::int64_t wall_time_us,
                  std::uint32_t kind, const Digest& leaf) {
  return hasher(algorithm)
      .add_u8(0x01)
      .add(before)
      .add_u64be(sequence)
      .add_u64be(static_cast<std::uint64_t>(wall_time_us))
      .add_u32be(kind)
      .add(leaf)
      .finish();
}

}  // namespace exhaust::ledger
