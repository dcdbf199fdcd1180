#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "daemon/assessment/wording.hpp"
#include "daemon/core/digest.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/standard_shelf.hpp"
#include "daemon/ctl/standard_words.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/settings/standard_file.hpp"
#include "daemon/settings/standard_keys.hpp"

/// Standards as files: exhaustctl standards.
namespace exhaust::ctl {

namespace {

using nlohmann::ordered_json;

ordered_json value_of(const settings::StandardKey& key) {
  if (key.number) return *key.number;
  if (!key.is_text) return key.value == "true";
  return key.value;
}

ordered_json json_of(const ShelvedStandard& found) {
  const auto& standard = found.standard;
  ordered_json json{{"id", standard.id},
                    {"title", standard.title},
                    {"version", standard.version},
                    {"effective_from", assessment::shown(standard.effective_from)},
                    {"effective_until", nullptr},
                    {"example", standard.example},
                    {"fuels", fuels_in_short(standard.applies_to)},
                    {"limits", limits_in_short(standard)},
                    {"asked", found.asked},
                    {"sha256", to_hex(standard.hash)},
                    {"file", found.file.string()}};
  if (standard.effective_until) json["effective_until"] = assessment::shown(*standard.effective_until);
  return json;
}

void print(const Options& options, const ordered_json& json) {
  std::puts(json.dump(options.output == Output::kJson ? 2 : -1).c_str());
}

/// A file, or an id among those of this machine.
Result<ShelvedStandard> find_standard(const Options& options, const std::string& name) {
  std::error_code error;
  if (std::filesystem::is_regular_file(name, error)) {
    auto standard = settings::read_standard(name);
    if (!standard) return std::unexpected(standard.error());
    return ShelvedStandard{std::move(*standard), name, 0};
  }
  auto here = standards_here(options);
  std::vector<ShelvedStandard> found;
  for (auto& one : here.standards) {
    if (one.standard.id == name) found.push_back(std::move(one));
  }
  if (found.size() == 1) return std::move(found.front());
  std::string sentence =
      found.empty()
          ? "'" + name + "' is neither a file nor the id of a standard here: see exhaustctl standards list"
          : "several standards have the id '" + name + "': name one of the files";
  for (const auto& one : found) sentence += "\n  " + one.file.string();
  for (const auto& mistake : here.mistakes) sentence += "\n" + mistake;
  return fail(ErrorKind::kSettings, sentence);
}

}  // namespace

int standards_list(const Options& options) {
  const auto here = standards_here(options);
  if (options.output == Output::kTable) {
    Table table({"ID", "VERSION", "FROM", "UNTIL", "FUELS", "LIMITS", "EXAMPLE", "ASKED", "SHA-256", "FILE"});
    for (const auto& [standard, file, asked] : here.standards) {
      table.row({standard.id, standard.version, assessment::shown(standard.effective_from),
                 standard.effective_until ? assessment::shown(*standard.effective_until) : "-",
                 fuels_in_short(standard.applies_to), limits_in_short(standard),
                 standard.example ? "yes" : "-", asked == 0 ? "-" : std::to_string(asked),
                 to_hex(standard.hash).substr(0, 12), file.string()});
    }
    table.print();
  } else if (options.output == Output::kJson) {
    auto all = ordered_json::array();
    for (const auto& found : here.standards) all.push_back(json_of(found));
    print(options, all);
  } else {
    for (const auto& found : here.standards) print(options, json_of(found));
  }
  for (const auto& mistake : here.mistakes) std::fprintf(stderr, "%s\n", mistake.c_str());
  return here.mistakes.empty() ? kDone : kSettingsWrong;
}

int standards_show(const Options& options, const std::string& name) {
  const auto found = find_standard(options, name);
  if (!found) return report(found.error());
  if (options.output == Output::kTable) {
    std::fputs(in_words(found->standard).c_str(), stdout);
    std::printf("file %s\n", found->file.c_str());
    return kDone;
  }
  auto json = json_of(*found);
  for (const auto& key : settings::keys_of(found->standard)) json["keys"][key.path] = value_of(key);
  print(options, json);
  return kDone;
}

int standards_check(const Options&, const std::vector<std::string>& files) {
  int exit = kDone;
  for (const auto& file : files) {
    const auto standard = settings::read_standard(file);
    if (!standard) {
      exit = report(standard.error());
      continue;
    }
    std::printf("%s: valid: %s, version %s, for %s: %s%s\n", file.c_str(), standard->id.c_str(),
                standard->version.c_str(), fuels_in_short(standard->applies_to).c_str(),
                limits_in_short(*standard).c_str(), standard->example ? "; an example, not law" : "");
  }
  return exit;
}

int standards_diff(const Options& options, const std::string& one_name, const std::string& other_name) {
  const auto one = find_standard(options, one_name);
  if (!one) return report(one.error());
  const auto other = find_standard(options, other_name);
  if (!other) return report(other.error());
  const auto found = differences(one->standard, other->standard);
  const bool same_bytes = one->standard.hash == other->standard.hash;
  if (options.output == Output::kTable) {
    Table table({"KEY", one->standard.id + " " + one->standard.version,
                 other->standard.id + " " + other->standard.version, "WHICH IS"});
    for (const auto& difference : found)
      table.row({difference.path, difference.was, difference.is, difference.meaning});
    if (!table.empty())
      table.print();
    else
      std::puts(
          same_bytes
              ? "the same file, byte for byte"
              : "the same rules; the files differ in comments or in what is left out, so their hashes do");
  } else {
    ordered_json all{{"one", json_of(*one)},
                     {"other", json_of(*other)},
                     {"same_rules", found.empty()},
                     {"same_bytes", same_bytes},
                     {"differences", ordered_json::array()}};
    for (const auto& difference : found) {
      all["differences"].push_back({{"key", difference.path},
                                    {"one", difference.was},
                                    {"other", difference.is},
                                    {"which_is", difference.meaning}});
    }
    print(options, all);
  }
  return found.empty() ? kDone : kDiffers;
}

}  // namespace exhaust::ctl
