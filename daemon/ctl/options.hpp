#pragma once

#include <chrono>
#include <string>

#include "daemon/assessment/phrases.hpp"

namespace exhaust::ctl {

/// What a command ends with: sysexits, so that scripts can tell what to do. `health` has its own: 0/1/2/3.
enum Exit : int {
  kDone = 0,
  kDiffers = 1,      ///< a check ran and found something wrong
  kUsage = 64,
  kData = 65,
  kNotReachable = 69,
  kStorage = 74,
  kSettingsWrong = 78,
};

enum class Output { kTable, kJson, kJsonl };

/// The options that every command has.
struct Options {
  std::string config = "/etc/exhaustd/exhaustd.toml";  ///< where the socket is written, when no address is given
  std::string address;                                 ///< "HOST:PORT" or "unix:/path"
  std::string socket;                                  ///< path of the local socket
  Output output = Output::kTable;
  std::chrono::milliseconds timeout{5000};
  assessment::Language language = assessment::Language::kEnglish;  ///< of explanations
};

}  // namespace exhaust::ctl
