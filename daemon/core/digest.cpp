#include "daemon/core/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace exhaust {

struct Hasher::Context {
  explicit Context(HashAlgorithm algorithm)
      : kind(algorithm == HashAlgorithm::kSm3 ? EVP_sm3() : EVP_sha256()), state(EVP_MD_CTX_new()) {
    start();
  }
  ~Context() { EVP_MD_CTX_free(state); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void start() { check(EVP_DigestInit_ex(state, kind, nullptr)); }
  static void check(int done) {
    if (done != 1) throw std::runtime_error("OpenSSL refuses the hash algorithm");
  }

  const EVP_MD* kind;
  EVP_MD_CTX* state;
};

Hasher::Hasher(HashAlgorithm algorithm) : context_(std::make_unique<Context>(algorithm)) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::add(ByteView bytes) {
  Context::check(EVP_DigestUpdate(context_->state, bytes.data(), bytes.size()));
  return *this;
}

namespace {
template <class T>
std::array<std::uint8_t, sizeof(T)> big_endian(T value) {
  std::array<std::uint8_t, sizeof(T)> bytes;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value >> (8 * (sizeof(T) - 1 - i)));
  }
  return bytes;
}
}  // namespace

Hasher& Hasher::add_u8(std::uint8_t value) { return add({&value, 1}); }
Hasher& Hasher::add_u16be(std::uint16_t value) { return add(big_endian(value)); }
Hasher& Hasher::add_u32be(std::uint32_t value) { return add(big_endian(value)); }
Hasher& Hasher::add_u64be(std::uint64_t value) { return add(big_endian(value)); }

Digest Hasher::finish() {
  Digest digest;
  Context::check(EVP_DigestFinal_ex(context_->state, digest.data(), nullptr));
  context_->start();
  return digest;
}

Digest sha256(ByteView bytes) { return Hasher().add(bytes).finish(); }

Digest hmac_sha256(ByteView key, ByteView bytes) {
  Digest digest;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(), digest.data(), nullptr) == nullptr) {
    throw std::runtime_error("OpenSSL refuses the hash algorithm");
  }
  return digest;
}

std::string md5_hex(ByteView bytes) {
  std::array<std::uint8_t, 16> digest;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_md5(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL refuses MD5");
  }
  return to_hex(digest);
}

}  // namespace exhaust
