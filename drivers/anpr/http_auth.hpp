#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/time.hpp"

/// Digest access authentication (RFC 7616: MD5 and SHA-256, qop "auth") and Basic (RFC 7617), both sides. No
/// I/O.
namespace exhaust::anpr::http_auth {

enum class Algorithm { kMd5, kSha256 };

/// "Digest realm=\"a\", qop=\"auth\"" or "Basic YTpi".
struct Header {
  std::string scheme;                             ///< lower case
  std::map<std::string, std::string> parameters;  ///< keys in lower case, values without their quotes
  std::string token;                              ///< what follows the scheme when it has no parameters
};
/// Absent: malformed, or larger than 4 KiB or 24 parameters.
std::optional<Header> parse_header(std::string_view text);

/// What goes into a `response`. An empty `qop` is the form of RFC 2069.
struct DigestInput {
  Algorithm algorithm = Algorithm::kMd5;
  std::string user, realm, password;
  std::string method, uri;
  std::string nonce, nonce_count, client_nonce, qop;
};
std::string digest_response(const DigestInput& input);

/// Who asks: answers the challenges of a camera.
class Client {
 public:
  Client(std::string user, std::string password, bool allow_basic)
      : user_(std::move(user)), password_(std::move(password)), allow_basic_(allow_basic) {}

  /// The Authorization for the strongest of `challenges` that is allowed; absent when none is. Counts the
  /// uses of a nonce.
  std::optional<std::string> answer(const std::vector<std::string>& challenges, std::string_view method,
                                    std::string_view uri);

 private:
  std::string user_, password_;
  bool allow_basic_;
  std::string last_nonce_;
  std::uint32_t uses_ = 0;
};

/// Who is asked: tells whether a request may come in. Nonces carry their own proof, so that nobody who does
/// not know the password can make it forget one; only uses of nonces with the right password are remembered,
/// at most 64.
class Guard {
 public:
  static constexpr std::size_t kMostNonces = 64;
  static constexpr Duration kNonceLife = std::chrono::minutes{5};

  Guard(const Clock& clock, std::string user, std::string password, bool allow_basic,
        std::string realm = "exhaustd");

  enum class Verdict {
    kAllowed,
    kNobody,  ///< no credentials
    kStale,   ///< right, but the nonce is too old or its count was used
    kWrong,   ///< other credentials, or malformed ones
  };
  /// `target` as in the request line; the credentials must be for it.
  Verdict check(std::string_view authorization, std::string_view method, std::string_view target);
  /// The WWW-Authenticate fields of a 401, the strongest first.
  std::vector<std::string> challenges(bool stale);

 private:
  struct Used {
    std::string nonce;
    std::uint32_t count = 0;
  };
  std::string make_nonce() const;
  std::string proof_of(std::string_view nonce_head) const;
  std::optional<MonotonicTime> issued(std::string_view nonce) const;
  bool take(const std::string& nonce, MonotonicTime issued, std::uint32_t count);

  const Clock& clock_;
  std::string user_, password_, realm_, secret_;
  bool allow_basic_;
  std::deque<Used> used_;
  MonotonicTime forgotten_ = MonotonicTime::min();  ///< nonces issued up to then are no longer taken
};

/// Equal, in a time that does not tell where they differ.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace exhaust::anpr::http_auth
