#include "drivers/simulator/fault_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace exhaust::simulator {

namespace {

/// Which kinds use a key that is not for all.
struct OwnKey {
  std::string_view key;
  FaultKind kind;
};
constexpr std::array<OwnKey, 6> kOwnKeys{{{"delay", FaultKind::kDelay},
                                          {"late_by", FaultKind::kLate},
                                          {"noise_bytes", FaultKind::kNoise},
                                          {"where", FaultKind::kNoise},
                                          {"interval", FaultKind::kTrickle},
                                          {"off_by", FaultKind::kClock}}};
constexpr std::array<std::string_view, 7> kCommonKeys{"device", "kind", "from", "for", "every", "probability", "count"};

/// One [[fault]] being read; keeps the first mistake.
class Entry {
 public:
  Entry(const toml::table& table, const std::string& file) : table_(table), file_(file) {}

  const std::string& mistake() const { return mistake_; }

  void wrong(const toml::node& where, std::string_view key, const std::string& what) {
    if (!mistake_.empty()) return;
    mistake_ = file_ + ":" + std::to_string(where.source().begin.line) + ": " + std::string(key) + ": " + what;
  }

  std::string text(std::string_view key, const std::string& expected) {
    const auto* node = table_.get(key);
    if (node == nullptr) {
      wrong(table_, key, "is missing: expected " + expected);
      return {};
    }
    if (const auto value = node->value<std::string>(); value && node->is_string()) return *value;
    wrong(*node, key, "expected " + expected);
    return {};
  }

  /// Seconds, of "10s" or "-90s".
  std::optional<double> seconds(std::string_view key, bool may_be_negative = false) {
    const auto* node = table_.get(key);
    if (node == nullptr) return std::nullopt;
    const auto expected = std::string("expected a time like \"250ms\" or \"10s\"") + (may_be_negative ? ", also negative" : "");
    auto text = node->is_string() ? node->value_or(std::string()) : std::string();
    const bool negative = may_be_negative && text.starts_with('-');
    const auto duration = parse_duration(negative ? text.substr(1) : text);
    if (!duration) {
      wrong(*node, key, expected);
      return std::nullopt;
    }
    return std::chrono::duration<double>(negative ? -*duration : *duration).count();
  }

  void duration(std::string_view key, Duration& value, bool may_be_negative = false) {
    if (const auto given = seconds(key, may_be_negative)) {
      value = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*given));
    }
  }

  template <class Int>
  void integer(std::string_view key, Int& value, std::int64_t least, std::int64_t most) {
    const auto* node = table_.get(key);
    if (node == nullptr) return;
    const auto given = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
    if (!given || *given < least || *given > most) {
      return wrong(*node, key, "expected a number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    value = static_cast<Int>(*given);
  }

  void probability(double& value) {
    const auto* node = table_.get("probability");
    if (node == nullptr) return;
    const auto given = node->is_number() ? node->value<double>() : std::nullopt;
    if (!given || !(*given > 0 && *given <= 1)) return wrong(*node, "probability", "expected a number above 0, at most 1");
    value = *given;
  }

  /// Each key must be known and must mean something for this kind.
  void check_keys(FaultKind kind) {
    for (const auto& [key, node] : table_) {
      bool known = std::ranges::find(kCommonKeys, key.str()) != kCommonKeys.end();
      std::string of;
      for (const auto& own : kOwnKeys) {
        if (own.key != key.str()) continue;
        if (own.kind == kind) known = true;
        of = to_string(own.kind);
      }
      if (known) continue;
      wrong(node, key.str(), of.empty() ? "is not a key of a fault" : "is only for faults of kind '" + of + "'");
    }
  }

  const toml::node* get(std::string_view key) const { return table_.get(key); }
  const toml::node& table() const { return table_; }

 private:
  const toml::table& table_;
  const std::string& file_;
  std::string mistake_;
};

Fault read_entry(Entry& entry) {
  Fault fault;
  fault.device = entry.text("device", "a device of the simulator, such as \"analyser-1\"");
  const auto word = entry.text("kind", "a kind of fault, such as \"silence\"");
  const auto kind = fault_kind(word);
  if (!kind && entry.mistake().empty()) {
    entry.wrong(*entry.get("kind"), "kind",
                "'" + word + "' is not one of: silence, delay, late, wrong_checksum, noise, truncated, trickle, torn, reset, "
                             "half_open, busy, double_post, clock");
  }
  fault.kind = kind.value_or(FaultKind::kSilence);
  entry.check_keys(fault.kind);
  fault.from_s = entry.seconds("from").value_or(0);
  fault.for_s = entry.seconds("for");
  fault.every_s = entry.seconds("every");
  if (fault.every_s && !(fault.for_s && *fault.for_s < *fault.every_s)) {
    entry.wrong(*entry.get("every"), "every", "needs a shorter 'for'");
  }
  entry.probability(fault.probability);
  if (entry.get("count") != nullptr) entry.integer("count", fault.count.emplace(), 1, 1'000'000'000);
  entry.duration("delay", fault.delay);
  entry.integer("late_by", fault.late_by, 1, 3);
  entry.integer("noise_bytes", fault.noise_bytes, 1, 4096);
  if (entry.get("where") != nullptr) {
    const auto where = entry.text("where", "\"before\" or \"inside\"");
    if (where != "before" && where != "inside") entry.wrong(*entry.get("where"), "where", "expected \"before\" or \"inside\"");
    fault.noise_inside = where == "inside";
  }
  entry.duration("interval", fault.interval);
  if (fault.interval < std::chrono::milliseconds{1}) entry.wrong(*entry.get("interval"), "interval", "expected at least 1ms");
  entry.duration("off_by", fault.off_by, true);
  if (fault.kind == FaultKind::kClock && fault.off_by == Duration::zero()) {
    entry.wrong(entry.table(), "off_by", "is missing: expected how far the clock is off, such as \"-90s\"");
  }
  return fault;
}

}  // namespace

Result<std::vector<Fault>> parse_faults(std::string_view text, const std::string& file) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kSettings,
                file + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
  }
  std::vector<Fault> faults;
  for (const auto& [key, node] : root) {
    const auto* entries = key == "fault" ? node.as_array() : nullptr;
    if (entries == nullptr || !entries->is_array_of_tables()) {
      return fail(ErrorKind::kSettings, file + ":" + std::to_string(node.source().begin.line) + ": " + std::string(key.str()) +
                                            ": expected nothing but [[fault]] entries");
    }
    for (const auto& each : *entries) {
      Entry entry(*each.as_table(), file);
      faults.push_back(read_entry(entry));
      if (!entry.mistake().empty()) return fail(ErrorKind::kSettings, entry.mistake());
    }
  }
  if (faults.empty()) return fail(ErrorKind::kSettings, file + ": expected at least one [[fault]]");
  return faults;
}

Result<std::vector<Fault>> read_faults(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::kSettings, file.string() + ": cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return parse_faults(text.str(), file.string());
}

}  // namespace exhaust::simulator
