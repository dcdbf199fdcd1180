#pragma once

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "daemon/core/mailbox.hpp"
#include "daemon/uplink/feed.hpp"
#include "daemon/uplink/push_stream.hpp"
#include "daemon/uplink/uplink.hpp"

namespace exhaust::uplink {

/// The flow of ingest.proto, from the feeder's side. Internal to this folder.
///
/// connect -> Hello, Welcome -> Open each chain, Resume -> (read from the ledger -> Batch)* with Acks in
/// between. The reader has one place in the ledger for all chains. It starts at the earliest entry that any
/// platform's answer asks for and skips what the other chains have sent already; a chain that is taken later
/// moves it back.
class Uplink::Worker {
 public:
  Worker(boost::asio::io_context& io, ledger::Ledger& ledger, TierSettings settings, Identity identity,
         std::filesystem::path state_folder);
  ~Worker() { stop(); }

  void start();
  void stop();
  TierState state() const;

 private:
  // The connection: worker.cpp
  void connect();
  void ended(const std::string& why);
  void reply(const v1::PushReply& reply);
  void watch_deadline();
  void save();
  void save_later();
  void abort(std::string why);
  void retry_later();
  void at(boost::asio::steady_timer& timer, MonotonicTime when, std::function<void()> work);

  // The chains: handshake.cpp
  Feed& feed(const ledger::ChainKey& key);
  Feed* find_feed(const std::string& station_id, const std::string& ledger_id);
  void offer_all();
  bool offer_next();
  void resume(const v1::Resume& resume);
  void compare(Feed& feed, const v1::Resume& resume, const Digest& theirs, const Result<ledger::Entries>& ours);
  void go_on_from(Feed& feed, const v1::Resume& resume, Position position);
  void refused(const v1::Refused& refused);
  void refuse(Feed& feed, std::string why, bool permanent);

  // The entries: batches.cpp
  void pump();
  void read();
  void take(Position from, const Result<ledger::Entries>& entries);
  void send(v1::PushRequest request);
  void acknowledged(const v1::Ack& ack);
  void forget_acknowledged();

  ledger::Ledger& ledger_;
  const TierSettings settings_;
  const Identity identity_;
  const std::filesystem::path cursor_file_;
  std::shared_ptr<Mailbox> mailbox_;
  boost::asio::steady_timer reconnect_, deadline_, retry_, save_;
  Backoff backoff_;

  std::map<ledger::ChainKey, Feed> feeds_;
  std::deque<Feed*> to_offer_;
  std::unique_ptr<PushStream> stream_;
  std::uint64_t generation_ = 0;  ///< of the stream: answers of the ledger for an earlier one are stale
  bool welcome_ = false;          ///< the platform has greeted us on this stream
  bool writing_ = false;
  bool reading_ = false;
  std::size_t opening_ = 0;       ///< chains in kOpening
  std::size_t checking_ = 0;      ///< chains in kChecking
  Position place_ = 1;            ///< the reader's
  MonotonicTime pause_until_;     ///< the platform asked for it
  std::deque<std::vector<SentRun>> window_;  ///< batches that are not acknowledged yet
  MonotonicTime progress_;        ///< when the platform last did something, or was last owed nothing

  bool started_ = false;
  bool was_connected_ = false;
  bool save_waits_ = false;
  std::string abort_reason_;      ///< why we cancelled the stream
  std::string trouble_;           ///< why there is no stream
  std::uint64_t attempts_ = 0, sent_bytes_ = 0, rewinds_ = 0;
  std::optional<WallTime> last_ack_;
  std::shared_ptr<std::atomic<bool>> woken_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<void> watch_;   ///< last: it calls until it is destroyed
};

}  // namespace exhaust::uplink
