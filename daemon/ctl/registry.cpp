#include "daemon/ctl/registry.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "daemon/core/plate.hpp"
#include "daemon/core/time.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/records/records.hpp"
#include "daemon/registry/vehicle_registry.hpp"
#include "daemon/settings/settings.hpp"

namespace exhaust::ctl {

namespace {

using nlohmann::ordered_json;
using registry::VehicleRegistry;

Result<std::filesystem::path> file_of(const Options& options, const RegistryOptions& what) {
  if (!what.file.empty()) return what.file;
  const auto settings = settings::read_settings(options.config);
  if (!settings) return std::unexpected(settings.error());
  if (settings->registry.file.empty()) return fail(ErrorKind::kSettings, options.config + " names no registry: expected [registry] file, or say the file here");
  return settings->registry.file;
}

std::string n(std::uint64_t value) { return std::to_string(value); }

int print(const Options& options, const std::filesystem::path& file, const registry::ImportReport& report) {
  if (options.output != Output::kTable) {
    ordered_json all{{"file", file.string()}, {"rows", report.rows}, {"vehicles", report.vehicles}, {"duplicates", report.duplicates},
                     {"refused", report.refused}, {"reasons", report.reasons}, {"first_refused", ordered_json::array()},
                     {"columns", ordered_json::object()}, {"unused_columns", report.unused_columns},
                     {"color_conflicts", report.color_conflicts}, {"encoding", report.gbk ? "gbk" : "utf-8"}, {"bytes", report.bytes}, {"contents", report.contents}};
    for (const auto& row : report.first_refused) all["first_refused"].push_back({{"line", row.line}, {"reason", row.reason}});
    for (const auto& [name, column] : report.columns) {
      all["columns"][name] = {{"not_kept", column.not_kept}};
      if (column.not_kept > 0) all["columns"][name].update({{"first_line", column.first_line}, {"first_value", column.first_value}});
    }
    std::puts(all.dump(options.output == Output::kJson ? 2 : -1).c_str());
    return kDone;
  }
  std::printf("%s: %s vehicles, %.1f MB: %s rows = %s vehicles + %s duplicates (the last counts) + %s refused\n", file.c_str(), n(report.vehicles).c_str(),
              static_cast<double>(report.bytes) / 1e6, n(report.rows).c_str(), n(report.vehicles).c_str(), n(report.duplicates).c_str(), n(report.refused).c_str());
  for (const auto& [reason, count] : report.reasons) std::printf("refused %s: %s\n", n(count).c_str(), reason.c_str());
  for (const auto& row : report.first_refused) std::printf("  line %s: %s\n", n(row.line).c_str(), row.reason.c_str());
  if (report.refused > report.first_refused.size()) std::printf("  and %s more (--show)\n", n(report.refused - report.first_refused.size()).c_str());
  for (const auto& [name, column] : report.columns) {
    if (column.not_kept == 0) continue;
    std::printf("%s: %s values are no code and were left out, the first on line %s: %s\n", name.c_str(), n(column.not_kept).c_str(), n(column.first_line).c_str(),
                column.first_value.c_str());
  }
  if (report.color_conflicts > 0) std::printf("%s plates do not come in the colour that their row says\n", n(report.color_conflicts).c_str());
  std::string unused;
  for (const auto& name : report.unused_columns) unused += (unused.empty() ? "" : ", ") + name;
  if (!unused.empty()) std::printf("columns not used: %s\n", unused.c_str());
  return kDone;
}

void add_coding_and_colors(CLI::App* command, RegistryOptions& what) {
  using enum registry::TextCoding;
  command->add_option("--encoding", what.coding, "auto, utf-8 or gbk")
      ->transform(CLI::CheckedTransformer(std::map<std::string, registry::TextCoding>{{"auto", kTell}, {"utf-8", kUtf8}, {"gbk", kGbk}}));
  command->add_option("--colors", what.colors, "who numbered the colours: national (0 blue), jtt697 (1 blue, 3 black), sfe (1 blue, 3 white)")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, ColorProfile>{{"national", ColorProfile::kNational}, {"jtt697", ColorProfile::kJtt697}, {"sfe", ColorProfile::kSfe}}));
}

}  // namespace

void add_registry_commands(CLI::App& app, const Options& options, const std::function<void(CLI::App*, std::function<int()>)>& does) {
  const auto what = std::make_shared<RegistryOptions>();
  auto* registry = app.add_subcommand("registry", "which vehicle a plate belongs to")->require_subcommand(1)->fallthrough();
  auto* import = registry->add_subcommand("import", "a table of vehicles (CSV, national field names) into the registry's file");
  import->add_option("TABLE", what->table, "the file; -: standard input")->required();
  import->add_option("--into", what->file, "the registry's file; default: [registry] file of the settings");
  import->add_option("--show", what->shown, "name so many of the refused rows")->capture_default_str()->check(CLI::Range(0, 1'000'000));
  add_coding_and_colors(import, *what);
  does(import, [&options, what] { return registry_import(options, *what); });
  auto* show = registry->add_subcommand("show", "what is registered for a plate; exit 1 if nothing");
  show->add_option("PLATE", what->plate, "like 京A12345, spaced and dotted as you like")->required();
  show->add_option("--color", what->color, "only in this colour: blue, yellow, ... or its name or national number");
  show->add_option("--file", what->file, "the registry's file; default: of the settings");
  does(show, [&options, what] { return registry_show(options, *what); });
  auto* stats = registry->add_subcommand("stats", "how many vehicles of what kinds, and where they came from");
  stats->add_option("--file", what->file, "the registry's file; default: of the settings");
  does(stats, [&options, what] { return registry_stats(options, *what); });
}

int registry_import(const Options& options, const RegistryOptions& what) {
  const auto file = file_of(options, what);
  if (!file) return report(file.error());
  std::ifstream from_file;
  std::uintmax_t size = 0;
  if (what.table != "-") {
    from_file.open(what.table, std::ios::binary);
    std::error_code unknown;
    size = std::filesystem::file_size(what.table, unknown);
    if (!from_file || std::filesystem::is_directory(what.table, unknown)) return report({ErrorKind::kBadFrame, what.table + ": cannot be read"});
    if (unknown) size = 0;
  }
  registry::ImportOptions how;
  how.coding = what.coding;
  how.colors = what.colors;
  how.shown = what.shown;
  how.source = recordable_text(what.table == "-" ? "standard input" : std::filesystem::path(what.table).filename().string());
  how.made_at = to_rfc3339(SystemClock().wall());
  registry::Progress progress;
  if (isatty(STDERR_FILENO) != 0) {
    progress = [size](std::uint64_t bytes) {
      if (size > 0) std::fprintf(stderr, "\r%3.0f %% of %.0f MB", 100.0 * static_cast<double>(bytes) / static_cast<double>(size), static_cast<double>(size) / 1e6);
      else std::fprintf(stderr, "\r%.0f MB", static_cast<double>(bytes) / 1e6);
      if (size > 0 && bytes == size) std::fputs(": sorting and writing", stderr);
    };
  }
  const auto imported = registry::import_csv(from_file.is_open() ? from_file : std::cin, *file, how, progress);
  if (progress) std::fputs("\r\033[K", stderr);
  if (!imported) return report({imported.error().kind, imported.error().detail + "; " + file->string() + " is as it was"});
  return print(options, *file, *imported);
}

int registry_show(const Options& options, const RegistryOptions& what) {
  std::string_view color;
  if (!what.color.empty()) {
    const auto named = color_of_code(ColorProfile::kNational, what.color);
    if (!named) {
      std::fprintf(stderr, "'%s' is not a colour: expected blue, yellow, white, black, green, yellow_green\n", what.color.c_str());
      return kUsage;
    }
    color = *named;
  }
  const auto file = file_of(options, what);
  if (!file) return report(file.error());
  auto opened = VehicleRegistry::open(*file, VehicleRegistry::Check::kHead);
  if (!opened) return report(opened.error());
  const auto plate = parse_plate(what.plate, color);
  if (plate.text.empty()) {
    std::fprintf(stderr, "'%s' is not a plate\n", what.plate.c_str());
    return kUsage;
  }
  auto found = (*opened)->find_all(plate.text);
  if (!found) return report(found.error());
  if (!color.empty()) std::erase_if(*found, [&](const auto& one) { return !one.color.empty() && one.color != color; });
  if (found->empty()) {
    std::fprintf(stderr, "%s%s%s is not registered in %s\n", plate.text.c_str(), color.empty() ? "" : ", ", std::string(color).c_str(), file->c_str());
    return kDiffers;
  }
  Table table({"PLATE", "COLOR", "FUEL", "CATEGORY", "PLATE TYPE", "EMISSION STAGE", "USE", "TYPE"});
  const auto or_dash = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
  for (const auto& one : *found) {
    const auto& vehicle = one.vehicle;
    if (options.output == Output::kTable) {
      table.row({plate.text, or_dash(one.color), or_dash(vehicle.fuel()), or_dash(vehicle.category()), or_dash(vehicle.plate_type()),
                 or_dash(vehicle.emission_stage()), or_dash(vehicle.use()), or_dash(vehicle.type())});
    } else {
      auto all = ordered_json::parse(records::to_json(vehicle, false));
      all.erase("fuel_source");
      all.update({{"plate", plate.text}, {"color", one.color}});
      std::puts(all.dump(options.output == Output::kJson ? 2 : -1).c_str());
    }
  }
  if (options.output == Output::kTable) table.print();
  return kDone;
}

int registry_stats(const Options& options, const RegistryOptions& what) {
  const auto file = file_of(options, what);
  if (!file) return report(file.error());
  const auto opened = VehicleRegistry::open(*file, VehicleRegistry::Check::kHead);
  if (!opened) return report(opened.error());
  const auto& info = (*opened)->info();
  std::map<std::string, std::map<std::string, std::uint64_t>> counts;
  for (const auto& kind : (*opened)->kinds()) {
    const auto count = [&](const char* what_of, const std::string& value) { counts[what_of][value.empty() ? "-" : value] += kind.vehicles; };
    count("fuel", kind.vehicle.fuel());
    count("category", kind.vehicle.category());
    count("plate_type", kind.vehicle.plate_type());
    count("emission_stage", kind.vehicle.emission_stage());
    count("use", kind.vehicle.use());
  }
  if (options.output != Output::kTable) {
    ordered_json all{{"file", file->string()}, {"bytes", info.bytes}, {"vehicles", info.vehicles}, {"kinds", (*opened)->kinds().size()},
                     {"made_at", info.made_at}, {"made_by", info.made_by}, {"source", info.source}, {"contents", info.contents}, {"rows", info.rows},
                     {"refused", info.refused}, {"duplicates", info.duplicates}, {"by", counts}};
    std::puts(all.dump(options.output == Output::kJson ? 2 : -1).c_str());
    return kDone;
  }
  std::printf("%s: %s vehicles of %zu kinds, %.1f MB\n", file->c_str(), n(info.vehicles).c_str(), (*opened)->kinds().size(), static_cast<double>(info.bytes) / 1e6);
  std::printf("from %s, %s, by %s: %s rows, %s refused, %s duplicates; contents %s\n\n", info.source.c_str(), info.made_at.c_str(), info.made_by.c_str(),
              n(info.rows).c_str(), n(info.refused).c_str(), n(info.duplicates).c_str(), info.contents.substr(0, 12).c_str());
  Table table({"BY", "VALUE", "VEHICLES"});
  for (const auto& [what_of, values] : counts) {
    for (const auto& [value, count] : values) table.row({what_of, value, n(count)});
  }
  table.print();
  return kDone;
}

}  // namespace exhaust::ctl
