#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <toml++/toml.h>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"

/// Reads a TOML file strictly: unknown keys are mistakes, and all mistakes are reported together, each with file,
/// line, key and what is allowed. Private to the settings module.
namespace exhaust::settings {

class Mistakes {
 public:
  explicit Mistakes(std::string file) : file_(std::move(file)) {}
  void add(const toml::source_region& where, std::string_view key, std::string_view what);
  bool none() const { return texts_.empty(); }
  std::size_t count() const { return texts_.size(); }
  /// "FILE:12: period: ..." one a line.
  Error error() const;
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::vector<std::string> texts_;
};

/// One table being read. Each key that is asked for is thereby known; `finish` reports the rest.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string name, Mistakes& mistakes)
      : table_(table), name_(std::move(name)), mistakes_(mistakes) {}
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  bool has(std::string_view key) const { return table_.contains(key); }
  /// The value is left as it is (its default) when the key is absent or wrong.
  void text(std::string_view key, std::string& value);
  void flag(std::string_view key, bool& value);
  void number(std::string_view key, double& value, double least, double most);
  void number(std::string_view key, std::optional<double>& value, double least, double most);
  template <class Int>
  void integer(std::string_view key, Int& value, std::int64_t least, std::int64_t most) {
    std::int64_t wide = static_cast<std::int64_t>(value);
    read_integer(key, wide, least, most);
    value = static_cast<Int>(wide);
  }
  void duration(std::string_view key, Duration& value, Duration least, Duration most);
  void texts(std::string_view key, std::vector<std::string>& value);
  void numbers(std::string_view key, std::vector<double>& value);
  /// [[first, last], ...], whole numbers from `least` to `most`, first <= last.
  void ranges(std::string_view key, std::vector<std::pair<std::int64_t, std::int64_t>>& value, std::int64_t least,
              std::int64_t most);
  /// One of a closed set of words.
  template <class Enum>
  void word(std::string_view key, Enum& value, std::initializer_list<std::pair<std::string_view, Enum>> words) {
    std::string text;
    this->text(key, text);
    if (!has(key) || text.empty()) return;
    std::string allowed;
    for (const auto& [name, meaning] : words) {
      if (name == text) {
        value = meaning;
        return;
      }
      allowed += (allowed.empty() ? "" : ", ") + std::string(name);
    }
    mistake(key, "'" + text + "' is not one of: " + allowed);
  }
  /// Calls `read` for the sub-table, if there.
  void table(std::string_view key, const std::function<void(TableReader&)>& read);
  /// Calls `read` for each table of an array of tables.
  void tables(std::string_view key, const std::function<void(TableReader&)>& read);
  /// Calls `read` with name and sub-table, for each, in alphabetical order: [device.NAME].
  void named_tables(std::string_view key, const std::function<void(const std::string& name, TableReader&)>& read);
  /// All keys of this table with their text values: maps of words.
  std::vector<std::pair<std::string, std::string>> pairs();

  void mistake(std::string_view key, std::string_view what);
  /// A key that must be there is not.
  void require(std::string_view key, std::string_view expected);
  /// Reports the keys that nobody asked for, with the nearest known one.
  void finish();

 private:
  const toml::node* find(std::string_view key);
  std::string full(std::string_view key) const { return name_.empty() ? std::string(key) : name_ + "." + std::string(key); }
  void read_integer(std::string_view key, std::int64_t& value, std::int64_t least, std::int64_t most);

  const toml::table& table_;
  std::string name_;
  Mistakes& mistakes_;
  std::set<std::string, std::less<>> known_;
};

/// Parses, hands the root table to `read`, then reports what is left over. Errors: kSettings, all of them.
Result<void> read_toml(std::string_view text, const std::string& file, const std::function<void(TableReader&)>& read);

/// The whole file. Error: kSettings, with one sentence.
Result<std::string> read_text_file(const std::filesystem::path& file);

}  // namespace exhaust::settings
