#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/core/mailbox.hpp"
#include "daemon/core/time.hpp"
#include "exhaust/v1/ingest.pb.h"

namespace exhaust::uplink {

/// One Ingest.Push call to one platform, on a connection of its own.
///
/// Threading: all methods and all events on the mailbox's strand.
class PushStream {
 public:
  struct Events {
    std::function<void(const v1::PushReply&)> reply;
    std::function<void()> written;  ///< the last `write` is out of our hands; the next may follow
    std::function<void(const std::string&)> ended;  ///< the last event, with the reason
  };

  PushStream(const std::string& endpoint, std::shared_ptr<Mailbox> mailbox, Events events);
  /// Leaves the call to gRPC, which ends it by itself; no event comes any more once the mailbox is closed.
  ~PushStream();
  PushStream(const PushStream&) = delete;
  PushStream& operator=(const PushStream&) = delete;

  /// REQUIRES: `written` has come for the one before.
  void write(v1::PushRequest request);
  /// Ends the call soon, also on a dead line; `ended` follows.
  void cancel();
  /// Cancels, and blocks until gRPC will not call any more. False: not before `deadline`.
  bool close(Deadline deadline);

 private:
  class Reactor;
  std::shared_ptr<Reactor> reactor_;
};

}  // namespace exhaust::uplink
