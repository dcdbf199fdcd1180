#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace exhaust::simulator {

/// `exhaust-sim camera`: one plate camera alone, until SIGTERM or SIGINT.
class CameraCommand {
 public:
  explicit CameraCommand(CLI::App& app);
  bool parsed() const { return command_->parsed(); }
  /// The exit code.
  int run() const;

 private:
  CLI::App* command_;
  std::string to_, format_ = "isapi", user_, password_, headway_ = "4s";
  std::string faults_, fault_log_;
  std::uint64_t seed_ = 1;
  std::uint16_t port_ = 0;
  bool twice_ = false;
};

}  // namespace exhaust::simulator
