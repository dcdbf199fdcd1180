#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <map>
#include <string>
#include <vector>

#include "daemon/core/plate_codes.hpp"
#include "daemon/core/result.hpp"

namespace exhaust::registry {

enum class TextCoding { kTell, kUtf8, kGbk };

struct ImportOptions {
  TextCoding coding = TextCoding::kTell;  ///< kTell: by the byte order mark, else by the first 64 KiB
  ColorProfile colors = ColorProfile::kNational;
  std::size_t shown = 20;                 ///< refused rows that the report names
  std::string source, made_at;            ///< stand in the file
};

struct ImportedColumn {
  std::uint64_t not_kept = 0;   ///< values that are no code of this column: left empty, the vehicle is kept
  std::uint64_t first_line = 0;
  std::string first_value;
};

struct ImportReport {
  std::uint64_t rows = 0;        ///< rows = vehicles + duplicates + refused
  std::uint64_t vehicles = 0, duplicates = 0, refused = 0;
  std::map<std::string, std::uint64_t> reasons;  ///< of refused rows
  struct Refused {
    std::uint64_t line = 0;
    std::string reason;          ///< with the value
  };
  std::vector<Refused> first_refused;
  std::map<std::string, ImportedColumn> columns;  ///< by their names in the file: those that are kept
  std::vector<std::string> unused_columns;
  std::uint64_t color_conflicts = 0;  ///< the colour is not one that such a plate comes in; kept as the row says
  bool gbk = false;
  std::uint64_t bytes = 0;       ///< of the new file
  std::string contents;
};

/// Told now and then, with the bytes that were read.
using Progress = std::function<void(std::uint64_t bytes)>;

/// Reads a table of vehicles with the field names of networking.md 3.4, in any order, into a registry file; the old file is
/// in force until the new one is complete. A row without a plate, a colour or a known fuel code is refused and counted;
/// other codes that nobody knows are left out and counted.
///
/// Errors: those of RegistryWriter; kStorage (the table cannot be read to its end), kBadFrame (no header that names plate,
/// colour and fuel; no vehicle; more than half of the rows refused; so many colours contradict their plates that the colour profile must be wrong).
Result<ImportReport> import_csv(std::istream& in, const std::filesystem::path& into, const ImportOptions& options, const Progress& progress);

}  // namespace exhaust::registry
