#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "daemon/core/plate_codes.hpp"
#include "daemon/ctl/options.hpp"
#include "daemon/registry/registry_import.hpp"

namespace CLI {
class App;
}

/// The file that tells the vehicle behind a plate. None of these verbs needs a daemon; one that runs picks up what was imported.
namespace exhaust::ctl {

struct RegistryOptions {
  std::string table;  ///< "-": standard input
  std::string file;   ///< empty: the one of the settings
  registry::TextCoding coding = registry::TextCoding::kTell;
  ColorProfile colors = ColorProfile::kNational;
  std::size_t shown = 20;
  std::string plate, color;
};

/// Adds `registry` and its verbs. `does` says what a verb runs; `options` is filled in by then.
void add_registry_commands(CLI::App& app, const Options& options, const std::function<void(CLI::App*, std::function<int()>)>& does);

int registry_import(const Options& options, const RegistryOptions& what);
int registry_show(const Options& options, const RegistryOptions& what);
int registry_stats(const Options& options, const RegistryOptions& what);

}  // namespace exhaust::ctl
