#include "drivers/anpr/password.hpp"

#include <filesystem>
#include <fstream>

namespace exhaust::anpr {

Result<std::string> read_password(const std::string& file) {
  std::string line;
  std::error_code ignored;
  std::ifstream in;
  if (std::filesystem::is_regular_file(file, ignored)) in.open(file);
  if (in.is_open()) std::getline(in, line);
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty() || line.size() > 1024) {
    return fail(ErrorKind::kSettings,
                "the password file '" + file + "' cannot be read or has no password in its first line");
  }
  return line;
}

}  // namespace exhaust::anpr
