#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/result.hpp"

/// multipart/form-data as cameras post it (RFC 2046 5.1, RFC 7578). No I/O.
namespace exhaust::anpr::multipart {

inline constexpr std::size_t kMaxParts = 16;
inline constexpr std::size_t kMaxPartHeader = 4 * 1024;

/// One part of a body; views into it.
struct Part {
  std::string name;                           ///< of Content-Disposition; empty when it has none
  std::string file_name;                      ///< likewise
  std::string content_type;                   ///< lower case, without parameters; empty when not said
  std::optional<std::size_t> content_length;  ///< as the part itself says
  std::string_view content;
};

/// By its lower-case media type, or by what every JPEG begins with.
inline bool is_picture(std::string_view content_type, std::string_view content) {
  return content_type.starts_with("image/") || content.starts_with("\xFF\xD8\xFF");
}

/// The media type of a Content-Type, in lower case and without parameters.
std::string media_type(std::string_view content_type);

/// The boundary of a multipart Content-Type, quoted or not. Error: kBadFrame.
Result<std::string> boundary_of(std::string_view content_type);

/// A line that is a boundary.
struct Delimiter {
  std::size_t begin = 0;  ///< the content before ends here
  std::size_t end = 0;    ///< what follows begins here
  bool last = false;
};
/// The next line from `from` on that is a boundary and nothing else: pictures may contain anything that
/// merely looks like one. `dashed`: "--" and the boundary.
std::optional<Delimiter> find_delimiter(std::string_view body, std::string_view dashed, std::size_t from);

/// Reads the lines of a part's header, without the empty line that ends them.
void read_header(std::string_view lines, Part& part);

/// The parts between the boundaries; what stands before the first and after the last is ignored (RFC 2046
/// 5.1.1). Error: kBadFrame when the last boundary is missing (the body was cut), or a bound is passed.
Result<std::vector<Part>> split(std::string_view body, std::string_view boundary);

}  // namespace exhaust::anpr::multipart
