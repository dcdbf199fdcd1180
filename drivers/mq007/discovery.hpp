#pragma once

#include "drivers/driver.hpp"
#include "drivers/outlet.hpp"

namespace exhaust::mq007 {

/// Asks the network for a unit, at once and then every 600 ms, and takes the first that answers (with the name that is
/// wanted). `outlet` and `counters` outlive the call. Counts discovery_rounds, bad_answers and other_units.
///
/// Errors: kTimeout (nobody answered), kDisconnected (there is no network to ask), kSettings.
asio::awaitable<Result<Endpoint>> discover(asio::io_context& io, Mq007Settings settings, Outlet* outlet,
                                           Counters* counters, Deadline deadline);

}  // namespace exhaust::mq007
