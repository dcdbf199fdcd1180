#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exhaust::registry {

/// Rows of a text table (RFC 4180), as they come: lines end with LF or CRLF, fields may stand in double quotes. Works on
/// bytes, so UTF-8 and the GB codings read alike: no byte of a longer character is a comma, a quote or a line end.
class CsvReader {
 public:
  /// A row longer than this is not read; a quote that is never closed ends here too.
  static constexpr std::size_t kMostRow = 64 << 10;

  explicit CsvReader(std::istream& in);

  /// The first bytes, without taking them: enough to tell the coding.
  std::string_view ahead();
  void skip(std::size_t bytes);

  struct Row {
    std::uint64_t line = 0;  ///< the first it stands on, from 1
    std::vector<std::string> fields;
    const char* damage = nullptr;  ///< why there are no fields
  };
  /// Lines with nothing but delimiters are left out. Absent: the end. What a quote without an end would swallow is read again, line by line.
  std::optional<Row> next(char delimiter);
  /// The row that was returned last stands on several lines and is not one: go on with its second line.
  void again_from_next_line();

  std::uint64_t bytes() const { return taken_; }  ///< read so far
  /// The stream failed: what came is not all there is.
  bool broken() const { return in_.bad(); }

 private:
  bool fill();
  std::size_t line_end(std::size_t from) const;

  std::istream& in_;
  std::string buffer_;
  std::size_t at_ = 0;         ///< in the buffer: the next row
  std::size_t row_at_ = 0;     ///< the last one returned
  std::uint64_t line_ = 1, row_line_ = 1;
  std::uint64_t taken_ = 0;
  bool end_ = false;
};

}  // namespace exhaust::registry
