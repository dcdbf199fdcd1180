#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace exhaust {

/// "file:/path?QUERY", as SQLite takes it: signs of the path that mean something in such a name are escaped.
std::string file_uri(const std::filesystem::path& path, std::string_view query);

}  // namespace exhaust
