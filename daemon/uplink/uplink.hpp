#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "daemon/core/identity.hpp"
#include "daemon/core/time.hpp"
#include "daemon/ledger/ledger.hpp"
#include "daemon/uplink/tier_settings.hpp"

namespace exhaust::uplink {

/// How one platform stands. The figures close at any moment:
/// stored = accepted + withheld + pending + quarantined + expired + damaged.
struct TierState {
  std::string name;
  std::string endpoint;
  std::string state;        ///< connecting, connected, waiting (for the next attempt), refused (a person must act)
  std::string detail;       ///< why it is not connected
  std::uint64_t stored = 0;
  std::uint64_t accepted = 0;
  std::uint64_t withheld = 0;
  std::uint64_t pending = 0;
  std::uint64_t quarantined = 0;  ///< stored there without payload, by the platform's own rejection
  std::uint64_t expired = 0;
  std::uint64_t damaged = 0;
  std::uint64_t sent_bytes = 0;   ///< of batches, since the start
  std::optional<WallTime> last_ack;
  std::uint64_t reconnects = 0;   ///< attempts after the first
  std::uint64_t rewinds = 0;      ///< times the platform asked for what it had acknowledged before
};

/// Pushes this tier's whole ledger to one platform: all chains, in ledger order, as ingest.proto says.
/// Exactly once in effect, whatever dies: what counts as accepted is the platform's word alone, and it is
/// asked again after each connection. Tries for ever. Holds no more than one window of batches in memory.
///
/// Threading: all methods on the thread of `io`, which must have only one.
class Uplink {
 public:
  /// `state_folder` exists; it gets NAME.cursor.
  Uplink(boost::asio::io_context& io, ledger::Ledger& ledger, TierSettings settings, Identity identity,
         std::filesystem::path state_folder);
  ~Uplink();  ///< stops
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  void start();
  /// Ends the stream and saves the cursor; blocks for 2 s at most. Unacknowledged batches are sent again next
  /// time.
  void stop();
  TierState state() const;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace exhaust::uplink
