#include "drivers/anpr/multipart.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace exhaust::anpr::multipart {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes a quoted string or a token off the front of `text`.
std::optional<std::string> take_value(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    const auto end = std::min(text.find(';'), text.size());
    value = trimmed(text.substr(0, end));
    text.remove_prefix(end);
    return value;
  }
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

/// The parameter `key` of a header value such as `form-data; name="a"; filename="b"`.
std::optional<std::string> parameter(std::string_view header, std::string_view key) {
  auto at = header.find(';');
  while (at != std::string_view::npos) {
    header.remove_prefix(at + 1);
    const auto equals = header.find('=');
    const auto next = header.find(';');
    if (equals == std::string_view::npos) return std::nullopt;
    if (next < equals) {
      at = next;
      continue;
    }
    const auto name = lowered(trimmed(header.substr(0, equals)));
    header = header.substr(equals + 1);
    header.remove_prefix(std::min(header.find_first_not_of(" \t"), header.size()));
    const auto value = take_value(header);
    if (!value) return std::nullopt;
    if (name == key) return value;
    at = header.find(';');
  }
  return std::nullopt;
}

void read_line(std::string_view line, Part& part) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const auto name = lowered(trimmed(line.substr(0, colon)));
  const auto value = trimmed(line.substr(colon + 1));
  if (name == "content-type") part.content_type = media_type(value);
  if (name == "content-length") {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error == std::errc{} && end == value.data() + value.size()) part.content_length = length;
  }
  if (name != "content-disposition") return;
  part.name = parameter(value, "name").value_or("");
  part.file_name = parameter(value, "filename").value_or("");
}

Result<Part> read_part(std::string_view text) {
  // A part may have no header at all: then it starts with the empty line.
  const auto header_end = text.starts_with(kLineEnd) ? 0 : text.find("\r\n\r\n");
  if (header_end == std::string_view::npos) {
    return fail(ErrorKind::kBadFrame, "a part has no empty line after its headers");
  }
  if (header_end > kMaxPartHeader) return fail(ErrorKind::kBadFrame, "a part has too long headers");
  Part part;
  read_header(text.substr(0, header_end), part);
  part.content = text.substr(header_end + (header_end == 0 ? 2 : 4));
  return part;
}

}  // namespace

std::string media_type(std::string_view content_type) {
  return lowered(trimmed(content_type.substr(0, content_type.find(';'))));
}

Result<std::string> boundary_of(std::string_view content_type) {
  if (!media_type(content_type).starts_with("multipart/")) {
    return fail(ErrorKind::kBadFrame, "the Content-Type is not multipart");
  }
  auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 70) {  // RFC 2046 5.1.1
    return fail(ErrorKind::kBadFrame, "the Content-Type has no boundary of 1 to 70 characters");
  }
  return *boundary;
}

void read_header(std::string_view lines, Part& part) {
  while (!lines.empty()) {
    const auto line_end = std::min(lines.find(kLineEnd), lines.size());
    read_line(lines.substr(0, line_end), part);
    lines.remove_prefix(std::min(line_end + kLineEnd.size(), lines.size()));
  }
}

std::optional<Delimiter> find_delimiter(std::string_view body, std::string_view dashed, std::size_t from) {
  for (auto at = body.find(dashed, from); at != std::string_view::npos; at = body.find(dashed, at + 1)) {
    const bool starts_line = at == 0 || (at >= from + 2 && body.substr(at - 2, 2) == kLineEnd);
    if (!starts_line) continue;
    const auto begin = at == 0 ? 0 : at - 2;
    const auto rest = body.substr(at + dashed.size());
    if (rest.starts_with("--")) return Delimiter{begin, at + dashed.size() + 2, true};
    const auto blanks = std::min(rest.find_first_not_of(" \t"), rest.size());
    if (rest.substr(blanks).starts_with(kLineEnd)) {
      return Delimiter{begin, at + dashed.size() + blanks + 2, false};
    }
  }
  return std::nullopt;
}

Result<std::vector<Part>> split(std::string_view body, std::string_view boundary) {
  const std::string dashed = "--" + std::string(boundary);
  auto before = find_delimiter(body, dashed, 0);
  if (!before) return fail(ErrorKind::kBadFrame, "the body does not contain its boundary");
  std::vector<Part> parts;
  while (!before->last) {
    // The line end of a boundary may at once be the one that belongs to the next.
    const auto after = find_delimiter(body, dashed, before->end - 2);
    if (!after) return fail(ErrorKind::kBadFrame, "the body ends without its last boundary");
    if (parts.size() == kMaxParts) return fail(ErrorKind::kBadFrame, "the body has too many parts");
    const auto length = after->begin < before->end ? 0 : after->begin - before->end;
    auto part = read_part(body.substr(before->end, length));
    if (!part) return std::unexpected(part.error());
    parts.push_back(std::move(*part));
    before = after;
  }
  return parts;
}

}  // namespace exhaust::anpr::multipart
