#include "drivers/anpr/http_auth.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>

#include "daemon/core/bytes.hpp"
#include "daemon/core/digest.hpp"
#include "daemon/core/ids.hpp"

namespace exhaust::anpr::http_auth {

namespace {

constexpr std::size_t kMaxHeader = 4 * 1024;
constexpr std::size_t kMaxParameters = 24;
constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kNonceHead = 48;   ///< time of issue and 16 random bytes, in hex
constexpr std::size_t kNonceProof = 32;  ///< half of an HMAC, in hex

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

void skip(std::string_view& text, std::string_view signs) {
  text.remove_prefix(std::min(text.find_first_not_of(signs), text.size()));
}

std::string_view take_until(std::string_view& text, std::string_view signs) {
  const auto end = std::min(text.find_first_of(signs), text.size());
  const auto taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value.push_back(text[i]);
  }
  return std::nullopt;
}

std::string hash(Algorithm algorithm, std::string_view text) {
  return algorithm == Algorithm::kMd5 ? md5_hex(as_bytes(text)) : to_hex(sha256(as_bytes(text)));
}

std::optional<Algorithm> algorithm_of(const Header& header) {
  const auto found = header.parameters.find("algorithm");
  const auto name = found == header.parameters.end() ? "md5" : lowered(found->second);
  if (name == "md5") return Algorithm::kMd5;
  if (name == "sha-256") return Algorithm::kSha256;
  return std::nullopt;
}

const char* name_of(Algorithm algorithm) {
  return algorithm == Algorithm::kMd5 ? "MD5" : "SHA-256";
}

std::string value_of(const Header& header, const std::string& key) {
  const auto found = header.parameters.find(key);
  return found == header.parameters.end() ? std::string{} : found->second;
}

/// Whether a list such as "auth,auth-int" names it.
bool offers_auth(std::string_view list) {
  while (!list.empty()) {
    skip(list, " \t,");
    if (lowered(take_until(list, " \t,")) == "auth") return true;
  }
  return false;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= ' ') out += c;
  }
  return out + '"';
}

std::optional<std::uint32_t> hex_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size() || text.size() != 8) return std::nullopt;
  return value;
}

std::string hex8(std::uint32_t value) {
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08x", value);
  return text.data();
}

std::string random_hex() {
  return to_hex(make_ledger_id());
}

}  // namespace

std::optional<Header> parse_header(std::string_view text) {
  if (text.size() > kMaxHeader) return std::nullopt;
  skip(text, kBlanks);
  Header header;
  header.scheme = lowered(take_until(text, kBlanks));
  if (header.scheme.empty()) return std::nullopt;
  skip(text, kBlanks);
  if (header.scheme == "basic" && !text.starts_with("realm") && !text.starts_with("Realm")) {
    header.token = take_until(text, kBlanks);
    return header;
  }
  while (!text.empty()) {
    skip(text, " \t,");
    if (text.empty()) break;
    const auto key = lowered(take_until(text, " \t=,"));
    skip(text, kBlanks);
    if (key.empty() || !text.starts_with('=')) return std::nullopt;
    text.remove_prefix(1);
    skip(text, kBlanks);
    std::optional<std::string> value;
    if (text.starts_with('"'))
      value = take_quoted(text);
    else
      value = std::string(take_until(text, " \t,"));
    if (!value || header.parameters.size() == kMaxParameters) return std::nullopt;
    if (!header.parameters.try_emplace(key, std::move(*value)).second) return std::nullopt;
  }
  return header;
}

std::string digest_response(const DigestInput& in) {
  const auto who = hash(in.algorithm, in.user + ':' + in.realm + ':' + in.password);
  const auto what = hash(in.algorithm, in.method + ':' + in.uri);
  const auto how =
      in.qop.empty() ? in.nonce : in.nonce + ':' + in.nonce_count + ':' + in.client_nonce + ':' + in.qop;
  return hash(in.algorithm, who + ':' + how + ':' + what);
}

std::optional<std::string> Client::answer(const std::vector<std::string>& challenges, std::string_view method,
                                          std::string_view uri) {
  std::optional<Header> best;
  bool basic = false;
  for (const auto& text : challenges) {
    const auto header = parse_header(text);
    if (!header) continue;
    basic = basic || header->scheme == "basic";
    if (header->scheme != "digest" || !algorithm_of(*header)) continue;
    const auto qop = header->parameters.find("qop");
    if (qop != header->parameters.end() && !offers_auth(qop->second)) continue;
    if (!best || algorithm_of(*header) > algorithm_of(*best)) best = header;
  }
  if (!best) {
    if (!basic || !allow_basic_) return std::nullopt;
    return "Basic " + to_base64(as_bytes(user_ + ':' + password_));
  }
  DigestInput input{.algorithm = *algorithm_of(*best),
                    .user = user_,
                    .realm = value_of(*best, "realm"),
                    .password = password_,
                    .method = std::string(method),
                    .uri = std::string(uri),
                    .nonce = value_of(*best, "nonce"),
                    .nonce_count = {},
                    .client_nonce = {},
                    .qop = {}};
  std::string text = "Digest username=" + quoted(user_) + ", realm=" + quoted(input.realm) +
                     ", nonce=" + quoted(input.nonce) + ", uri=" + quoted(uri);
  if (best->parameters.contains("algorithm")) text += std::string(", algorithm=") + name_of(input.algorithm);
  if (best->parameters.contains("opaque")) text += ", opaque=" + quoted(value_of(*best, "opaque"));
  if (best->parameters.contains("qop")) {
    uses_ = input.nonce == last_nonce_ ? uses_ + 1 : 1;
    last_nonce_ = input.nonce;
    input.nonce_count = hex8(uses_);
    input.client_nonce = random_hex();
    input.qop = "auth";
    text += ", qop=auth, nc=" + input.nonce_count + ", cnonce=" + quoted(input.client_nonce);
  }
  return text + ", response=" + quoted(digest_response(input));
}

Guard::Guard(const Clock& clock, std::string user, std::string password, bool allow_basic, std::string realm)
    : clock_(clock),
      user_(std::move(user)),
      password_(std::move(password)),
      realm_(std::move(realm)),
      secret_(random_hex() + random_hex()),
      allow_basic_(allow_basic) {}

std::string Guard::proof_of(std::string_view nonce_head) const {
  return to_hex(hmac_sha256(as_bytes(secret_), as_bytes(nonce_head))).substr(0, kNonceProof);
}

std::string Guard::make_nonce() const {
  const auto now = static_cast<std::uint64_t>(clock_.monotonic().time_since_epoch().count());
  const auto head =
      hex8(static_cast<std::uint32_t>(now >> 32)) + hex8(static_cast<std::uint32_t>(now)) + random_hex();
  return head + proof_of(head);
}

/// Absent: not one of ours.
std::optional<MonotonicTime> Guard::issued(std::string_view nonce) const {
  if (nonce.size() != kNonceHead + kNonceProof) return std::nullopt;
  if (!same_secret(proof_of(nonce.substr(0, kNonceHead)), nonce.substr(kNonceHead))) return std::nullopt;
  const auto high = hex_number(nonce.substr(0, 8)), low = hex_number(nonce.substr(8, 8));
  if (!high || !low) return std::nullopt;
  return MonotonicTime{Duration{static_cast<Duration::rep>(std::uint64_t{*high} << 32 | *low)}};
}

/// False: this count of this nonce was used before, or may have been.
bool Guard::take(const std::string& nonce, MonotonicTime issued, std::uint32_t count) {
  const auto used = std::ranges::find(used_, nonce, &Used::nonce);
  if (used != used_.end()) {
    if (count <= used->count) return false;
    used->count = count;
    return true;
  }
  if (issued <= forgotten_) return false;
  used_.push_back({nonce, count});
  if (used_.size() > kMostNonces) {
    if (const auto oldest = this->issued(used_.front().nonce)) forgotten_ = std::max(forgotten_, *oldest);
    used_.pop_front();
  }
  return true;
}

Guard::Verdict Guard::check(std::string_view authorization, std::string_view method,
                            std::string_view target) {
  if (authorization.empty()) return Verdict::kNobody;
  const auto header = parse_header(authorization);
  if (!header) return Verdict::kWrong;
  if (header->scheme == "basic") {
    const auto said = from_base64(header->token);
    const bool right = allow_basic_ && said && same_secret(*said, user_ + ':' + password_);
    return right ? Verdict::kAllowed : Verdict::kWrong;
  }
  const auto algorithm = algorithm_of(*header);
  const auto count = hex_number(value_of(*header, "nc"));
  if (header->scheme != "digest" || !algorithm || !count) return Verdict::kWrong;
  if (value_of(*header, "qop") != "auth" || value_of(*header, "uri") != target) return Verdict::kWrong;
  if (value_of(*header, "username") != user_ || value_of(*header, "realm") != realm_) return Verdict::kWrong;
  const auto nonce = value_of(*header, "nonce");
  const auto expected = digest_response({.algorithm = *algorithm,
                                         .user = user_,
                                         .realm = realm_,
                                         .password = password_,
                                         .method = std::string(method),
                                         .uri = std::string(target),
                                         .nonce = nonce,
                                         .nonce_count = value_of(*header, "nc"),
                                         .client_nonce = value_of(*header, "cnonce"),
                                         .qop = "auth"});
  if (!same_secret(expected, lowered(value_of(*header, "response")))) return Verdict::kWrong;
  const auto when = issued(nonce);
  if (!when || clock_.monotonic() - *when > kNonceLife) return Verdict::kStale;
  return take(nonce, *when, *count) ? Verdict::kAllowed : Verdict::kStale;
}

std::vector<std::string> Guard::challenges(bool stale) {
  std::vector<std::string> fields;
  for (const auto algorithm : {Algorithm::kSha256, Algorithm::kMd5}) {
    fields.push_back("Digest realm=" + quoted(realm_) + ", qop=\"auth\", algorithm=" + name_of(algorithm) +
                     ", nonce=" + quoted(make_nonce()) + (stale ? ", stale=true" : ""));
  }
  if (allow_basic_) fields.push_back("Basic realm=" + quoted(realm_) + ", charset=\"UTF-8\"");
  return fields;
}

bool same_secret(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(i < b.size() ? b[i] : '\0');
  }
  return difference == 0;
}

}  // namespace exhaust::anpr::http_auth
