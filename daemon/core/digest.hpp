#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "daemon/core/bytes.hpp"

namespace exhaust {

using Digest = std::array<std::uint8_t, 32>;

/// Values stand in chain(0) and on the wire: never renumbered.
enum class HashAlgorithm : std::uint8_t { kSha256 = 1, kSm3 = 2 };

/// Incremental hash. One object serves any number of digests, one after the other.
class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm = HashAlgorithm::kSha256);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& add(ByteView bytes);
  Hasher& add_u8(std::uint8_t value);
  Hasher& add_u16be(std::uint16_t value);
  Hasher& add_u32be(std::uint32_t value);
  Hasher& add_u64be(std::uint64_t value);
  /// The digest of what was added; starts anew.
  Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

Digest sha256(ByteView bytes);
/// RFC 2104.
Digest hmac_sha256(ByteView key, ByteView bytes);
/// In lower-case hex. For protocols that know nothing better (RFC 7616); never for evidence.
std::string md5_hex(ByteView bytes);

}  // namespace exhaust
