#include "drivers/endpoint.hpp"

#include <array>
#include <algorithm>
#include <charconv>

namespace exhaust {

namespace {

constexpr std::array kBaudRates{1200u, 2400u, 4800u, 9600u, 19200u, 38400u, 57600u, 115200u};

std::unexpected<Error> bad(std::string_view text) {
  return fail(ErrorKind::kSettings, "'" + std::string(text) +
                                        "' is not an endpoint: expected tcp:HOST:PORT, rtu-tcp:HOST:PORT or "
                                        "serial:/dev/serial/by-id/NAME?baud=9600&parity=none&data=8&stop=1");
}

template <class T>
bool number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

bool apply(Endpoint& endpoint, std::string_view key, std::string_view value) {
  if (key == "baud") return number(value, endpoint.baud) && std::ranges::find(kBaudRates, endpoint.baud) != kBaudRates.end();
  if (key == "data") return number(value, endpoint.data_bits) && (endpoint.data_bits == 7 || endpoint.data_bits == 8);
  if (key == "stop") return number(value, endpoint.stop_bits) && (endpoint.stop_bits == 1 || endpoint.stop_bits == 2);
  if (key != "parity") return false;
  if (value == "none") endpoint.parity = 'N';
  else if (value == "even") endpoint.parity = 'E';
  else if (value == "odd") endpoint.parity = 'O';
  else return false;
  return true;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  Endpoint endpoint;
  if (text.starts_with("tcp:") || text.starts_with("rtu-tcp:")) {
    if (text.starts_with("rtu-tcp:")) endpoint.kind = Endpoint::Kind::kRtuTcp;
    const auto rest = text.substr(text.find(':') + 1);
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return bad(text);
    endpoint.host = rest.substr(0, colon);
    if (!number(rest.substr(colon + 1), endpoint.port) || endpoint.port == 0) return bad(text);
    return endpoint;
  }
  const std::size_t scheme = text.starts_with("serial:") ? 7 : text.starts_with("rtu:") ? 4 : 0;
  if (scheme == 0) return bad(text);
  endpoint.kind = Endpoint::Kind::kSerial;
  auto rest = text.substr(scheme);
  const auto question = rest.find('?');
  endpoint.path = rest.substr(0, question);
  if (!endpoint.path.starts_with('/')) return bad(text);
  while (rest.find_first_of("?&") != std::string_view::npos) {
    rest = rest.substr(rest.find_first_of("?&") + 1);
    const auto pair = rest.substr(0, rest.find('&'));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || !apply(endpoint, pair.substr(0, equals), pair.substr(equals + 1))) return bad(text);
  }
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  if (endpoint.kind != Endpoint::Kind::kSerial) {
    const std::string scheme = endpoint.kind == Endpoint::Kind::kTcp ? "tcp:" : "rtu-tcp:";
    return scheme + endpoint.host + ":" + std::to_string(endpoint.port);
  }
  return "serial:" + endpoint.path + "?baud=" + std::to_string(endpoint.baud);
}

}  // namespace exhaust
