#include "daemon/core/file_uri.hpp"

namespace exhaust {

std::string file_uri(const std::filesystem::path& path, std::string_view query) {
  std::string text = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '%') text += "%25";
    else if (c == '?') text += "%3f";
    else if (c == '#') text += "%23";
    else text.push_back(c);
  }
  return text.append("?").append(query);
}

}  // namespace exhaust
