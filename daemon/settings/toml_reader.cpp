#include "daemon/settings/toml_reader.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "daemon/core/words.hpp"

namespace exhaust::settings {

namespace {

std::string shown(double number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

std::string shown(Duration duration) {
  const auto seconds = std::chrono::duration<double>(duration).count();
  return seconds >= 1 ? shown(seconds) + "s" : shown(seconds * 1000) + "ms";
}

}  // namespace

void Mistakes::add(const toml::source_region& where, std::string_view key, std::string_view what) {
  texts_.push_back(file_ + ":" + std::to_string(where.begin.line) + ": " + std::string(key) + ": " + std::string(what));
}

Error Mistakes::error() const {
  std::string all;
  for (const auto& text : texts_) all += (all.empty() ? "" : "\n") + text;
  return {ErrorKind::kSettings, all};
}

const toml::node* TableReader::find(std::string_view key) {
  known_.emplace(key);
  return table_.get(key);
}

void TableReader::mistake(std::string_view key, std::string_view what) {
  const auto* node = table_.get(key);
  mistakes_.add(node != nullptr ? node->source() : table_.source(), full(key), what);
}

void TableReader::require(std::string_view key, std::string_view expected) {
  known_.emplace(key);
  if (!table_.contains(key)) mistake(key, "is missing: expected " + std::string(expected));
}

void TableReader::text(std::string_view key, std::string& value) {
  const auto* node = find(key);
  if (node == nullptr) return;
  if (const auto found = node->value_exact<std::string>()) value = *found;
  else mistake(key, "expected a text in quotes");
}

void TableReader::flag(std::string_view key, bool& value) {
  const auto* node = find(key);
  if (node == nullptr) return;
  if (const auto found = node->value_exact<bool>()) value = *found;
  else mistake(key, "expected true or false");
}

void TableReader::number(std::string_view key, double& value, double least, double most) {
  const auto* node = find(key);
  if (node == nullptr) return;
  const auto found = node->is_number() ? node->value<double>() : std::nullopt;
  if (found && std::isfinite(*found) && *found >= least && *found <= most) value = *found;
  else mistake(key, "expected a number from " + shown(least) + " to " + shown(most));
}

void TableReader::number(std::string_view key, std::optional<double>& value, double least, double most) {
  if (!has(key)) {
    known_.emplace(key);
    return;
  }
  double found = value.value_or(least);
  number(key, found, least, most);
  value = found;
}

void TableReader::read_integer(std::string_view key, std::int64_t& value, std::int64_t least, std::int64_t most) {
  const auto* node = find(key);
  if (node == nullptr) return;
  const auto found = node->value_exact<std::int64_t>();
  if (found && *found >= least && *found <= most) value = *found;
  else mistake(key, "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

void TableReader::duration(std::string_view key, Duration& value, Duration least, Duration most) {
  if (!has(key)) {
    known_.emplace(key);
    return;
  }
  std::string written;
  text(key, written);
  const auto found = parse_duration(written);
  if (!found) return mistake(key, found.error().detail);
  if (*found < least || *found > most) return mistake(key, "expected a duration from " + shown(least) + " to " + shown(most));
  value = *found;
}

void TableReader::texts(std::string_view key, std::vector<std::string>& value) {
  const auto* node = find(key);
  if (node == nullptr) return;
  std::vector<std::string> found;
  const auto* array = node->as_array();
  if (array == nullptr) return mistake(key, "expected a list of texts");
  for (const auto& item : *array) {
    const auto text = item.value_exact<std::string>();
    if (!text) return mistake(key, "expected a list of texts");
    found.push_back(*text);
  }
  value = std::move(found);
}

void TableReader::numbers(std::string_view key, std::vector<double>& value) {
  const auto* node = find(key);
  if (node == nullptr) return;
  std::vector<double> found;
  const auto* array = node->as_array();
  if (array == nullptr) return mistake(key, "expected a list of numbers");
  for (const auto& item : *array) {
    const auto number = item.is_number() ? item.value<double>() : std::nullopt;
    if (!number) return mistake(key, "expected a list of numbers");
    found.push_back(*number);
  }
  value = std::move(found);
}

void TableReader::ranges(std::string_view key, std::vector<std::pair<std::int64_t, std::int64_t>>& value,
                         std::int64_t least, std::int64_t most) {
  const auto* node = find(key);
  if (node == nullptr) return;
  std::vector<std::pair<std::int64_t, std::int64_t>> found;
  const auto wrong = [&] {
    mistake(key, "expected a list of ranges [first, last], whole numbers from " + std::to_string(least) + " to " +
                     std::to_string(most));
  };
  const auto* array = node->as_array();
  if (array == nullptr) return wrong();
  for (const auto& item : *array) {
    const auto* pair = item.as_array();
    if (pair == nullptr || pair->size() != 2) return wrong();
    const auto first = (*pair)[0].value_exact<std::int64_t>();
    const auto last = (*pair)[1].value_exact<std::int64_t>();
    if (!first || !last || *first < least || *last > most || *first > *last) return wrong();
    found.emplace_back(*first, *last);
  }
  value = std::move(found);
}

void TableReader::table(std::string_view key, const std::function<void(TableReader&)>& read) {
  const auto* node = find(key);
  if (node == nullptr) return;
  const auto* inner = node->as_table();
  if (inner == nullptr) return mistake(key, "expected a table: [" + full(key) + "]");
  TableReader reader(*inner, full(key), mistakes_);
  read(reader);
  reader.finish();
}

void TableReader::tables(std::string_view key, const std::function<void(TableReader&)>& read) {
  const auto* node = find(key);
  if (node == nullptr) return;
  const auto* array = node->as_array();
  if (array == nullptr || !std::ranges::all_of(*array, [](const auto& item) { return item.is_table(); })) {
    return mistake(key, "expected one or more tables: [[" + full(key) + "]]");
  }
  for (const auto& item : *array) {
    TableReader reader(*item.as_table(), full(key), mistakes_);
    read(reader);
    reader.finish();
  }
}

void TableReader::named_tables(std::string_view key, const std::function<void(const std::string&, TableReader&)>& read) {
  const auto* node = find(key);
  if (node == nullptr) return;
  const auto* outer = node->as_table();
  if (outer == nullptr) return mistake(key, "expected tables with names: [" + full(key) + ".NAME]");
  for (const auto& [name, item] : *outer) {
    const std::string named = full(key) + "." + std::string(name.str());
    if (!item.is_table()) {
      mistakes_.add(item.source(), named, "expected a table: [" + named + "]");
      continue;
    }
    TableReader reader(*item.as_table(), named, mistakes_);
    read(std::string(name.str()), reader);
    reader.finish();
  }
}

std::vector<std::pair<std::string, std::string>> TableReader::pairs() {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [key, item] : table_) {
    const std::string name(key.str());
    known_.emplace(name);
    if (const auto text = item.value_exact<std::string>()) found.emplace_back(name, *text);
    else if (const auto whole = item.value_exact<std::int64_t>()) found.emplace_back(name, std::to_string(*whole));
    else mistake(name, "expected a text or a whole number");
  }
  return found;
}

void TableReader::finish() {
  for (const auto& [key, node] : table_) {
    const std::string name(key.str());
    if (known_.contains(name)) continue;
    std::string what = "is not a known key";
    const std::vector<std::string> words(known_.begin(), known_.end());
    if (const auto nearest = nearest_word(name, words)) what += "; did you mean '" + *nearest + "'?";
    mistakes_.add(node.source(), full(name), what);
  }
}

Result<void> read_toml(std::string_view text, const std::string& file, const std::function<void(TableReader&)>& read) {
  Mistakes mistakes(file);
  toml::table root;
  try {
    root = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    mistakes.add(error.source(), "TOML", error.description());
    return std::unexpected(mistakes.error());
  }
  TableReader reader(root, "", mistakes);
  read(reader);
  reader.finish();
  if (!mistakes.none()) return std::unexpected(mistakes.error());
  return {};
}

Result<std::string> read_text_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || std::filesystem::is_directory(file)) return fail(ErrorKind::kSettings, file.string() + ": cannot be read");
  return text.str();
}

}  // namespace exhaust::settings
