#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "daemon/core/result.hpp"
#include "daemon/ctl/options.hpp"
#include "drivers/device_settings.hpp"

namespace CLI {
class App;
}

/// The technician's verbs: `list` and `show` ask the daemon; `read`, `plan` and `probe` need none.
namespace exhaust::ctl {

struct ReadOptions {
  std::string name;
  std::uint64_t count = 1;
  std::chrono::milliseconds wait{10'000};  ///< for the next reading
  bool frames = false;                     ///< the bytes on the line too
  bool anyway = false;                     ///< also beside a daemon that holds the device
};

/// Adds `device` and its verbs. `does` says what a verb runs; `options` is filled in by then.
void add_device_commands(CLI::App& app, const Options& options,
                         const std::function<void(CLI::App*, std::function<int()>)>& does);

int device_list(const Options& options);
int device_show(const Options& options, const std::string& name);
int device_read(const Options& options, const ReadOptions& which);
int device_plan(const Options& options, const std::string& name);

/// The device of that name in the settings file. Errors: those of the file; kRefused with the names there are.
Result<DeviceSettings> find_device(const Options& options, const std::string& name);
/// The name of a device that a running daemon has on this line (`endpoint_text` of it, with or without a unit), if there
/// is a daemon and it has one.
std::optional<std::string> held_by_daemon(Options options, const std::string& endpoint);
/// As `report`; a name that is not there is wrong usage.
int report_device(const Error& error);

}  // namespace exhaust::ctl
