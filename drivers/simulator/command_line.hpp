#pragma once

#include <cstdint>
#include <vector>

#include "daemon/core/result.hpp"

namespace exhaust::simulator {

/// The program exhaust-sim. Exit: 0 done, 64 usage, 65 data (traffic or truth file), 69 a port is taken, 74 storage.
int command_line(int argc, char** argv, const char* version);

/// `count` different free TCP ports of the loopback, chosen at random below the ephemeral range and all held at the
/// same time while choosing. They are free when this returns; who needs them should take them soon. Error: kRefused.
Result<std::vector<std::uint16_t>> free_ports(std::size_t count);

}  // namespace exhaust::simulator
