#include "drivers/ak/telegram.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace exhaust::ak {

namespace {

constexpr std::size_t kMostWhole = 64;
constexpr std::size_t kLineCharacters = 60;
/// STX DC CODE ' ' K0 ETX
constexpr std::size_t kShortestCommand = 10;
/// STX DC CODE ETX: what "????" is
constexpr std::size_t kShortestReply = 7;

struct RefusalWord {
  std::string_view word, meaning;
};
constexpr std::array kRefusals{RefusalWord{"BS", "busy"}, RefusalWord{"SE", "syntax error"},
                               RefusalWord{"NA", "not available"}, RefusalWord{"DF", "data format error"},
                               RefusalWord{"OF", "offline: in manual mode"}};

bool is_separator(char c) { return c == ' ' || c == '\r' || c == '\n'; }

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_separator(text[at])) {
      ++at;
      continue;
    }
    const auto start = at;
    while (at < text.size() && !is_separator(text[at])) ++at;
    found.emplace_back(text.substr(start, at - start));
  }
  return found;
}

std::string start(std::string_view code, std::uint8_t dont_care) {
  std::string telegram{kStx};
  telegram.push_back(static_cast<char>(dont_care));
  telegram.append(code);
  return telegram;
}

/// For texts of errors: the part of a damaged telegram that fits a line of the log.
std::string shown(std::string_view telegram) {
  std::string text;
  for (const char c : telegram.substr(0, 40)) text.push_back(c >= ' ' && c <= '~' ? c : '.');
  return "'" + text + "'";
}

bool framed(std::string_view telegram) {
  return telegram.size() >= kShortestReply && telegram.front() == kStx && telegram.back() == kEtx;
}

/// A letter, or the "?" of "????".
bool begins_code(char byte) { return (byte >= 'A' && byte <= 'Z') || byte == '?'; }

bool is_code(std::string_view code) {
  return code == kUnknownCode || std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::string encode_command(std::string_view code, std::string_view channel, const std::vector<std::string>& data,
                           std::uint8_t dont_care) {
  auto telegram = start(code, dont_care).append(" ").append(channel);
  for (const auto& word : data) telegram.append(" ").append(word);
  return telegram + kEtx;
}

std::string encode_reply(std::string_view code, int status_digit, const std::vector<std::string>& values,
                         std::uint8_t dont_care) {
  auto telegram = start(code, dont_care);
  if (code == kUnknownCode) return telegram + kEtx;
  telegram.append(" ").push_back(static_cast<char>('0' + status_digit));
  std::size_t line = telegram.size();
  for (const auto& value : values) {
    if (line + 1 + value.size() > kLineCharacters) {
      telegram.append("\r\n");
      line = value.size();
    } else {
      telegram.push_back(' ');
      line += 1 + value.size();
    }
    telegram.append(value);
  }
  return telegram + kEtx;
}

Result<Command> decode_command(std::string_view telegram) {
  const auto bad = [&] { return fail(ErrorKind::kBadFrame, shown(telegram) + " is not an AK command"); };
  if (telegram.size() < kShortestCommand || !framed(telegram)) return bad();
  Command command;
  command.dont_care = static_cast<std::uint8_t>(telegram[1]);
  command.code = telegram.substr(2, 4);
  if (!is_code(command.code) || command.code == kUnknownCode || !is_separator(telegram[6])) return bad();
  command.data = words(telegram.substr(7, telegram.size() - 8));
  if (command.data.empty()) return bad();
  command.channel = command.data.front();
  command.data.erase(command.data.begin());
  const auto digits = std::string_view(command.channel).substr(1);
  const bool numbered = !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (command.channel.front() != 'K' || !numbered) return bad();
  return command;
}

Result<Reply> parse_reply(std::string_view telegram) {
  const auto bad = [&] { return fail(ErrorKind::kBadFrame, shown(telegram) + " is not an AK reply"); };
  if (!framed(telegram)) return bad();
  Reply reply;
  reply.dont_care = static_cast<std::uint8_t>(telegram[1]);
  reply.code = telegram.substr(2, 4);
  if (!is_code(reply.code)) return bad();
  if (reply.code == kUnknownCode) return reply;
  if (!is_separator(telegram[6])) return bad();
  reply.values = words(telegram.substr(7, telegram.size() - 8));
  if (reply.values.empty()) return bad();
  const auto& digit = reply.values.front();
  if (digit.size() != 1 || digit[0] < '0' || digit[0] > '9') return bad();
  reply.status = digit[0] - '0';
  reply.values.erase(reply.values.begin());
  return reply;
}

std::string refusal(const Reply& reply) {
  if (reply.code == kUnknownCode) return "the device does not know the command";
  if (reply.values.size() != 1) return {};
  const auto found = std::ranges::find(kRefusals, reply.values.front(), &RefusalWord::word);
  if (found == kRefusals.end()) return {};
  return reply.code + ": " + std::string(found->word) + ", " + std::string(found->meaning);
}

bool is_busy(const Reply& reply) { return reply.values.size() == 1 && reply.values.front() == "BS"; }

Result<std::optional<double>> decode_value(std::string_view word) {
  if (word.starts_with('#')) return std::nullopt;
  auto digits = word;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size() || error == std::errc::invalid_argument || digits.empty()) {
    return fail(ErrorKind::kBadFrame, shown(word) + " is not a value");
  }
  if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
  return value;
}

void TelegramReader::feed(std::string_view bytes) {
  for (const char byte : bytes) take(byte);
}

void TelegramReader::take(char byte) {
  if (current_.size() == 2 && current_[1] == kStx && !begins_code(byte)) {
    // The second STX was no don't-care byte but a new beginning, and this is its don't-care byte.
    current_.pop_back();
    abort();
    current_ = kStx;
  }
  if (current_.size() == 1) {
    current_.push_back(byte);
  } else if (byte == kStx) {
    if (!current_.empty()) abort();
    current_ = kStx;
  } else if (current_.empty()) {
    ++skipped_bytes_;
    drop({&byte, 1});
  } else if (current_.size() >= kMostTelegramBytes) {
    ++dropped_;
    drop(current_);
    drop({&byte, 1});
    current_.clear();
  } else {
    current_.push_back(byte);
    if (byte != kEtx) return;
    whole_.push_back(std::move(current_));
    current_.clear();
    if (whole_.size() <= kMostWhole) return;
    drop(whole_.front());
    whole_.pop_front();
    ++dropped_;
  }
}

void TelegramReader::abort() {
  ++aborted_;
  drop(current_);
  current_.clear();
}

/// Nobody may ask for it: then the oldest of it goes.
void TelegramReader::drop(std::string_view bytes) {
  dropped_bytes_.append(bytes);
  if (dropped_bytes_.size() > 4 * kMostTelegramBytes) dropped_bytes_.erase(0, dropped_bytes_.size() - 2 * kMostTelegramBytes);
}

std::string TelegramReader::take_dropped() { return std::exchange(dropped_bytes_, {}); }

std::optional<std::string> TelegramReader::next() {
  if (whole_.empty()) return std::nullopt;
  auto telegram = std::move(whole_.front());
  whole_.pop_front();
  return telegram;
}

void TelegramReader::reset() {
  if (!current_.empty()) abort();
  whole_.clear();
}

}  // namespace exhaust::ak
