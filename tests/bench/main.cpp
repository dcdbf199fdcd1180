// exhaust-bench: what we are as fast as, measured side by side in one run.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "tests/bench/bench.hpp"

namespace {

/// A table that a person reads: names with blanks, numbers with a sensible number of places.
void print(const nlohmann::ordered_json& measured) {
  for (const auto& [name, value] : measured.items()) {
    std::string label = name;
    for (auto& letter : label) letter = letter == '_' ? ' ' : letter;
    const auto number = value.is_number() ? value.get<double>() : 0.0;
    if (value.is_string()) std::printf("%-44s %s\n", label.c_str(), value.get<std::string>().c_str());
    else std::printf(number < 100 ? "%-44s %12.3f\n" : "%-44s %12.0f\n", label.c_str(), number);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures parts of exhaustd against the plain way of doing the same."};
  app.require_subcommand(1);
  bool json = false;
  double seconds = 5;
  exhaust::bench::Options sizes;
  nlohmann::ordered_json measured;
  const auto add = [&](const char* name, const char* about, auto benchmark) {
    auto* command = app.add_subcommand(name, about);
    command->add_flag("--json", json, "one object instead of a table");
    command->add_option("--seconds", seconds, "how long to measure, altogether")->check(CLI::Range(0.1, 3600.0));
    command->callback([&, benchmark] {
      auto options = sizes;
      options.time = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
      measured = benchmark(options);
    });
    return command;
  };
  add("modbus", "polls a second of one TCP device: ours against a bare libmodbus loop", &exhaust::bench::modbus);
  add("registry", "finds vehicles by their plates: ours against the same statement in bare sqlite3", &exhaust::bench::registry)
      ->add_option("--vehicles", sizes.vehicles, "in the registry")
      ->check(CLI::Range(1'000, 100'000'000))
      ->capture_default_str();
  auto* history = add("history", "a vehicle's history: ours against bare SQLite inserts of the same rows", &exhaust::bench::history);
  history->add_option("--passages", sizes.passages, "of a tenth as many vehicles")->check(CLI::Range(100'000ul, 1'000'000'000ul))->capture_default_str();
  history->add_option("--folder", sizes.folder, "for the files; default: the temporary one");
  history->add_flag("!--no-plain", sizes.plain, "ours alone");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "exhaust-bench: %s\n", error.what());
    return 70;
  }
  json ? static_cast<void>(std::printf("%s\n", measured.dump().c_str())) : print(measured);
  return 0;
}
