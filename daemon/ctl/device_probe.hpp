#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/ctl/device_text.hpp"
#include "daemon/ctl/options.hpp"
#include "drivers/modbus/probe.hpp"

namespace exhaust::ctl {

struct ProbeOptions {
  std::string where;                  ///< an endpoint, or the name of a Modbus device in the settings
  std::string units;                  ///< "1-247" or "17"; empty: all, or the named device's own
  std::vector<std::string> profiles;  ///< files of maps to try; empty: the shipped ones
  std::vector<std::string> ranges;    ///< more registers to look at, "0-99"
  std::vector<std::string> forbidden; ///< never read
  std::chrono::milliseconds response_timeout{200};
  std::string write;                  ///< file for the best proposal
  bool anyway = false;
};

int device_probe(const Options& options, const ProbeOptions& which);

/// "0-99" or "7", within 0 to `most`. Error: kSettings, with what is expected.
Result<std::pair<std::uint16_t, std::uint16_t>> parse_span(const std::string& text, std::uint16_t most);

/// Findings as rows: rank, unit, registers, what they would be, the values in its terms, and how sure.
std::vector<Line> finding_lines(const std::vector<modbus::Finding>& findings);
std::string finding_json(const modbus::Finding& finding, bool pretty);

}  // namespace exhaust::ctl
