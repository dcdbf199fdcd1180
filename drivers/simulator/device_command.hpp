#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace exhaust::simulator {

/// `exhaust-sim device KIND`: one device alone, until SIGTERM or SIGINT; then what it did, as one line of JSON.
class DeviceCommand {
 public:
  explicit DeviceCommand(CLI::App& app);
  bool parsed() const { return command_->parsed(); }
  /// The exit code.
  int run() const;

 private:
  CLI::App* command_;
  std::string kind_, link_, tty_, faults_, fault_log_, profile_;
  std::uint16_t port_ = 0;
  unsigned baud_ = 9600;
  unsigned unit_id_ = 1;
  std::uint64_t seed_ = 1;
  double time_scale_ = 1;
  bool rtu_ = false;
};

}  // namespace exhaust::simulator
