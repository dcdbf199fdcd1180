#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "drivers/modbus/bus.hpp"
#include "drivers/modbus/evidence.hpp"
#include "drivers/modbus_profile.hpp"

/// Finds out what is on a line. Read-only: it asks with functions 3 and 4 and nothing else. Some devices change
/// something when certain registers are read; such ranges are `forbidden`.
namespace exhaust::modbus {

struct ProbeRequest {
  std::uint8_t first_unit = 1, last_unit = 247;
  std::vector<RegisterFunction> functions{RegisterFunction::kHolding, RegisterFunction::kInput};
  /// Known maps to try; their registers are looked at, and those right before and behind.
  std::vector<ModbusProfile> candidates;
  /// More registers to look at, 0-based, for the search for weather.
  std::vector<RegisterRange> ranges;
  bool weather = true;  ///< also look for temperature, humidity and pressure in any place that was read
  std::vector<std::pair<std::uint16_t, std::uint16_t>> forbidden;  ///< never read, first and last, 0-based
  Duration response_timeout{std::chrono::milliseconds{200}};
  std::uint16_t most_registers = 16;  ///< of one request
  std::size_t most_requests = 2000;   ///< then it ends with what it has
  Deadline deadline = Deadline::max();  ///< the same
};

struct ProbeProgress {
  std::uint8_t unit = 0;      ///< being asked
  std::size_t requests = 0;   ///< so far
  std::size_t units = 0;      ///< that answered so far
  std::string said;           ///< what has just been found out, or empty
};

/// Asks each unit of the range, one after the other, and ranks what its registers could mean; the best 16. A unit that
/// lets the first request of both functions pass in silence is not there.
/// Errors: those of `Bus::connect`. A unit's own errors only leave it out. On the io thread; `progress` is called there,
/// after each request.
asio::awaitable<Result<std::vector<Finding>>> probe(Bus& bus, ProbeRequest request,
                                                    std::function<void(const ProbeProgress&)> progress);

/// The registers that a probe looks at, cut into requests. Pure.
std::vector<RegisterRange> probed_ranges(const ProbeRequest& request);

}  // namespace exhaust::modbus
