#include "drivers/mq007/command.hpp"

#include <charconv>

#include "daemon/core/plate.hpp"
#include "drivers/mq007/qt_stream.hpp"

namespace exhaust::mq007 {

namespace {

constexpr std::string_view kPortKey = "TCPSERVER_PORT";
constexpr std::string_view kNameKey = "TESTER_NAME";

std::vector<std::pair<std::string, std::string>> pairs_in(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto part = text.substr(0, comma);
    const auto equals = part.find('=');
    if (!part.empty()) {
      const auto value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
      pairs.emplace_back(part.substr(0, equals), value);
    }
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return pairs;
}

}  // namespace

std::string encode_command(const Command& command) {
  auto text = command.word;
  for (const auto& [key, value] : command.values) text.append(",").append(key).append("=").append(value);
  return text;
}

Result<Command> decode_command(ByteView data) {
  const auto text = as_text(data);
  const auto comma = text.find(',');
  Command command{std::string(text.substr(0, comma)), {}};
  if (command.word.empty()) return fail(ErrorKind::kBadFrame, "a command without a word");
  if (comma != std::string_view::npos) command.values = pairs_in(text.substr(comma + 1));
  return command;
}

Bytes encode_time_sync(WallTime now) {
  QtWriter writer;
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()) + kChinaUtcOffset;
  writer.local_time(std::chrono::local_time<std::chrono::milliseconds>(since_epoch));
  return writer.bytes();
}

std::string encode_answer(const DiscoveryAnswer& answer) {
  return std::string(kPortKey) + "=" + std::to_string(answer.tcp_port) + "," + std::string(kNameKey) + "=" +
         answer.tester_name + ",";
}

Result<DiscoveryAnswer> decode_answer(ByteView datagram) {
  DiscoveryAnswer answer;
  for (const auto& [key, value] : pairs_in(as_text(datagram))) {
    if (key == kNameKey) answer.tester_name = recordable_text(value);
    if (key != kPortKey) continue;
    const auto* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, answer.tcp_port);
    if (error != std::errc{} || stop != end) {
      return fail(ErrorKind::kBadFrame, "'" + recordable_text(value) + "' is not a port");
    }
  }
  if (answer.tcp_port == 0) return fail(ErrorKind::kBadFrame, "an answer without a port");
  return answer;
}

}  // namespace exhaust::mq007
