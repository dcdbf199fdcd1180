#pragma once

#include <string>
#include <vector>

namespace exhaust::anpr {

/// One event as it came: by a request, or out of a stream.
struct HttpPost {
  std::string content_type;
  std::string body;
};

struct HttpAnswer {
  unsigned status = 200;
  std::string sentence;
  std::vector<std::string> challenges{};  ///< WWW-Authenticate of a 401
};

}  // namespace exhaust::anpr
