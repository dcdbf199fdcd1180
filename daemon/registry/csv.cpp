#include "daemon/registry/csv.hpp"

#include <algorithm>

namespace exhaust::registry {

namespace {

constexpr std::size_t kChunk = 1 << 20;

/// Takes one row off `text` into `fields`. Result: its length with the line end; npos: a quote has no end.
std::size_t split(std::string_view text, char delimiter, std::vector<std::string>& fields) {
  fields.assign(1, {});
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    auto& field = fields.back();
    if (quoted) {
      if (c != '"') field.push_back(c);
      else if (i + 1 < text.size() && text[i + 1] == '"') field.push_back(text[++i]);
      else quoted = false;
    } else if (c == '"' && field.empty()) {
      quoted = true;
    } else if (c == delimiter) {
      fields.emplace_back();
    } else if (c == '\n') {
      if (!field.empty() && field.back() == '\r') field.pop_back();
      return i + 1;
    } else {
      field.push_back(c);
    }
  }
  if (!fields.back().empty() && fields.back().back() == '\r') fields.back().pop_back();
  return quoted ? std::string_view::npos : text.size();
}

}  // namespace

CsvReader::CsvReader(std::istream& in) : in_(in) {}

/// At least a whole row is in the buffer then, or all that is left.
bool CsvReader::fill() {
  if (end_ || buffer_.size() - at_ > kMostRow) return at_ < buffer_.size();
  buffer_.erase(0, at_);
  at_ = 0;
  const auto old = buffer_.size();
  buffer_.resize(old + kChunk);
  in_.read(buffer_.data() + old, static_cast<std::streamsize>(kChunk));
  const auto got = static_cast<std::size_t>(in_.gcount());
  buffer_.resize(old + got);
  end_ = got < kChunk;
  return !buffer_.empty();
}

std::string_view CsvReader::ahead() {
  fill();
  return std::string_view(buffer_).substr(at_, kMostRow);
}

void CsvReader::skip(std::size_t bytes) {
  at_ += bytes;
  taken_ += bytes;
}

std::size_t CsvReader::line_end(std::size_t from) const {
  const auto at = buffer_.find('\n', from);
  return at == std::string::npos ? buffer_.size() : at + 1;
}

std::optional<CsvReader::Row> CsvReader::next(char delimiter) {
  while (fill()) {
    Row row;
    row.line = line_;
    const auto window = std::string_view(buffer_).substr(at_, kMostRow);
    auto length = split(window, delimiter, row.fields);
    if (length == std::string_view::npos) {
      row.damage = "a quote has no end";
      length = line_end(at_) - at_;
    } else if (length == window.size() && window.back() != '\n' && at_ + length < buffer_.size()) {
      row.damage = "is longer than 64 KiB";
    }
    if (row.damage != nullptr) row.fields.clear();
    row_at_ = at_;
    row_line_ = line_;
    line_ += static_cast<std::uint64_t>(std::count(buffer_.begin() + static_cast<std::ptrdiff_t>(at_), buffer_.begin() + static_cast<std::ptrdiff_t>(at_ + length), '\n'));
    skip(length);
    // What is left of a line that is too long.
    while (row.damage != nullptr && buffer_[at_ - 1] != '\n' && fill()) {
      const auto end = line_end(at_);
      line_ += buffer_[end - 1] == '\n' ? 1 : 0;
      skip(end - at_);
    }
    const bool is_empty = row.damage == nullptr && std::ranges::all_of(row.fields, &std::string::empty);
    if (!is_empty) return row;
  }
  return std::nullopt;
}

void CsvReader::again_from_next_line() {
  if (line_ <= row_line_ + 1) return;
  const auto end = line_end(row_at_);
  taken_ -= at_ - end;
  at_ = end;
  line_ = row_line_ + 1;
}

}  // namespace exhaust::registry
