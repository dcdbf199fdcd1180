#include "daemon/settings/standard_keys.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace exhaust::settings {

namespace {

std::string text_of(double number) {
  std::array<char, 400> text{};
  return {text.data(),
          std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed).ptr};
}

StandardKey key_of(std::string path, const toml::node& node) {
  StandardKey key{std::move(path), {}, {}, false};
  if (node.is_number()) {
    key.number = node.value<double>();
    key.value = text_of(key.number.value_or(0));
  } else if (const auto* flag = node.as_boolean()) {
    key.value = flag->get() ? "true" : "false";
  } else {
    key.is_text = true;
    key.value = node.value<std::string>().value_or("");
    if (const auto* list = node.as_array()) {
      for (const auto& item : *list)
        key.value += (key.value.empty() ? "" : ", ") + item.value<std::string>().value_or("");
    }
  }
  return key;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kUsualFormulas{{
    {"vsp", "km_h"},
    {"missing_slope", "unknown"},
    {"combustion", "feat"},
    {"grams_per_kg", "carbon_860"},
    {"slopes", "unit"},
    {"no_humidity", "off"},
}};

class Collector {
 public:
  void add(const std::string& path, const toml::table& table) {
    for (const auto& [key, node] : in_file_order(table)) {
      if (!node->is_table() && !node->is_array_of_tables())
        keys_.push_back(key_of(path.empty() ? key : path + "." + key, *node));
    }
  }
  /// Defaults: what is there already stays.
  void add(StandardKey key) {
    if (std::ranges::find(keys_, key.path, &StandardKey::path) == keys_.end())
      keys_.push_back(std::move(key));
  }
  void add_text(std::string path, std::string value) { add({std::move(path), std::move(value), {}, true}); }
  void add_number(std::string path, double number) { add({std::move(path), text_of(number), number, false}); }
  StandardKeys take() { return std::move(keys_); }

 private:
  /// A TOML table has no order of its own; a reader expects the file's.
  static std::vector<std::pair<std::string, const toml::node*>> in_file_order(const toml::table& table) {
    std::vector<std::pair<std::string, const toml::node*>> nodes;
    for (const auto& [key, node] : table) nodes.emplace_back(std::string(key.str()), &node);
    const auto line = [](const auto& item) { return item.second->source().begin.line; };
    std::ranges::stable_sort(nodes, {}, line);
    return nodes;
  }

  StandardKeys keys_;
};

std::string words(const toml::table& table, std::string_view key) {
  const auto* node = table.get(key);
  return node == nullptr ? std::string() : key_of("", *node).value;
}

void add_validity(Collector& to, const toml::table& validity) {
  Collector rules;
  rules.add("validity", validity);
  for (auto& key : rules.take()) {
    if (key.is_text || key.value != "false") to.add(std::move(key));
  }
  const auto* windows = validity.get_as<toml::array>("window");
  if (windows == nullptr) return;
  for (const auto& item : *windows)
    to.add("validity.window." + words(*item.as_table(), "fuels"), *item.as_table());
}

void add_limits(Collector& to, const toml::array& limits) {
  const auto name = [](const toml::table& table) {
    return "limit." + words(table, "pollutant") + "." + words(table, "role");
  };
  for (const auto& item : limits) {
    const auto& table = *item.as_table();
    const auto same = std::ranges::count_if(
        limits, [&](const auto& other) { return name(*other.as_table()) == name(table); });
    const auto path = name(table) + (same > 1 ? "." + words(table, "fuels") : "");
    to.add(path, table);
    to.add_text(path + ".operator", "greater");
    to.add_text(path + ".compare", "full");
    if (words(table, "compare") == "rounded") to.add_text(path + ".rounding", "gb8170");
  }
}

}  // namespace

StandardKeys keys_of(const assessment::Standard& standard) {
  Collector keys;
  const auto root = toml::parse(standard.text);
  keys.add("", root);
  if (!standard.example) keys.add({"example", "false", {}, false});
  if (const auto* formulas = root.get_as<toml::table>("formulas")) keys.add("formulas", *formulas);
  for (const auto& [key, value] : kUsualFormulas)
    keys.add_text("formulas." + std::string(key), std::string(value));
  if (const auto* validity = root.get_as<toml::table>("validity")) add_validity(keys, *validity);
  if (const auto* limits = root.get_as<toml::array>("limit")) add_limits(keys, *limits);
  if (const auto* repetition = root.get_as<toml::table>("repetition")) {
    keys.add("repetition", *repetition);
    const assessment::Repetition usual;
    keys.add_number("repetition.consecutive", usual.consecutive);
    keys.add_number("repetition.months", usual.months);
    keys.add_text("repetition.merge_within", std::to_string(usual.merge_within.count()) + "s");
  }
  if (const auto* wxyy = root.get_as<toml::table>("wxyy")) keys.add("wxyy", *wxyy);
  return keys.take();
}

}  // namespace exhaust::settings
