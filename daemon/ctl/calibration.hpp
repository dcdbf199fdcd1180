#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "daemon/ctl/options.hpp"

namespace exhaust::ctl {

/// The verbs of `exhaustctl calibration`: what was checked of each lane, what is due, and audits.
void add_calibration_commands(CLI::App& app, const Options& options,
                              const std::function<void(CLI::App*, std::function<int()>)>& does);

}  // namespace exhaust::ctl
