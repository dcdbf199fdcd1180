#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <map>

#include "daemon/core/log.hpp"
#include "daemon/records/records.hpp"
#include "daemon/service/reactors.hpp"
#include "daemon/service/run_check.hpp"
#include "daemon/service/services.hpp"
#include "exhaust/v1/ingest.grpc.pb.h"

namespace exhaust::service {

namespace {

using PushReactor = grpc::ServerBidiReactor<v1::PushRequest, v1::PushReply>;

constexpr std::size_t kRunsInLedger = 8;     ///< per stream: taken by the ledger's queue, not durable yet
constexpr std::size_t kRepliesWaiting = 64;  ///< per stream: more, and we read no further
constexpr std::size_t kChainsPerStream = 8192;
constexpr std::chrono::milliseconds kQueueRetry{20};
constexpr std::chrono::seconds kQueuePatience{5};

/// One chain on one stream. `held` runs ahead of the disk: it covers what the ledger's queue has taken.
struct Opened {
  std::unique_ptr<Feeders::Lease> lease;
  std::shared_ptr<const ledger::ChainHeader> header;
  Sequence held = 0;
  Digest hash{};
  std::size_t in_ledger = 0;  ///< runs
  bool refused = false;       ///< what comes is ignored until the chain is opened again
};

/// A feeder's stream.
///
/// Back-pressure: the next message is read only when the ledger's queue has taken all runs of the last one.
class PushCall final : public Call, public PushReactor {
 public:
  explicit PushCall(House& house)
      : Call(house.calls.executor()), house_(house), queue_timer_(mailbox_->strand()) {}

  void begin() override { StartRead(&incoming_); }
  void stop() override { finish(stopping()); }

 private:
  // Reactions, on gRPC's threads.
  void OnReadDone(bool ok) override {
    mailbox_->post([this, ok] { read_done(ok); });
  }
  void OnWriteDone(bool ok) override {
    mailbox_->post([this, ok] {
      writing_ = false;
      if (!ok) finish(grpc::Status::CANCELLED);
      go_on();
    });
  }
  void OnCancel() override {
    mailbox_->post([this] { finish(grpc::Status::CANCELLED); });
  }
  void OnDone() override {
    const auto box = mailbox_;  // *this may be gone before `post` returns
    box->post([this] {
      done_ = true;
      end_if_over();
    });
  }

  // All else on the strand.
  void read_done(bool ok) {
    reading_ = false;
    if (!ok) {
      no_more_ = true;
      return go_on();
    }
    switch (incoming_.message_case()) {
      case v1::PushRequest::kHello: hello(incoming_.hello()); break;
      case v1::PushRequest::kOpen: open(incoming_.open()); break;
      case v1::PushRequest::kBatch: batch(*incoming_.mutable_batch()); break;
      case v1::PushRequest::MESSAGE_NOT_SET: break;  // of a later version
    }
    go_on();
  }

  void hello(const v1::Hello& hello) {
    who_ = hello.who().substr(0, 64);
    auto& welcome = *replies_.emplace_back().mutable_welcome();
    welcome.set_who(house_.identity.who);
    welcome.set_version(house_.identity.version);
    *welcome.mutable_platform_time() = records::to_timestamp(SystemClock{}.wall());
  }

  void open(const v1::Open& open) {
    const auto refuse = [&](v1::Refused::Reason reason, std::string detail, Sequence expected = 0) {
      this->refuse(open.chain().station_id(), open.chain().ledger_id(), {reason, std::move(detail), expected});
    };
    if (who_.empty()) {
      return finish({grpc::StatusCode::FAILED_PRECONDITION, "the first message is Hello, with a name"});
    }
    const auto header = records::from_chain(open.chain());
    if (!header) {
      const bool unknown = header.error().kind == ErrorKind::kRefused;
      return refuse(unknown ? v1::Refused::unknown_format : v1::Refused::malformed, header.error().detail);
    }
    if (header->simulated && !house_.settings.accept_simulated) {
      return refuse(v1::Refused::simulated, "this platform takes no simulated ledgers");
    }
    if (header->key.station_id == house_.ledger.own_chain()->key.station_id) {
      return refuse(v1::Refused::fork, "this is our own chain: nobody else speaks for station " + header->key.station_id);
    }

    const auto known = chains_.find(header->key);
    if (known != chains_.end() && known->second.in_ledger > 0) {
      return refuse(v1::Refused::busy, "earlier entries are still being stored");
    }
    if (known != chains_.end()) chains_.erase(known);  // offered again, e.g. after a refusal
    if (chains_.size() >= kChainsPerStream) return refuse(v1::Refused::busy, "too many chains on one stream");
    Opened opened;
    opened.lease = house_.feeders.take(header->key);
    if (!opened.lease) return refuse(v1::Refused::already_fed, "another feeder brings this chain");

    // Nobody else can append to it from here on.
    const auto stored = house_.ledger.chain(header->key);
    opened.header = stored ? stored->header : std::make_shared<const ledger::ChainHeader>(*header);
    opened.held = stored ? stored->last : 0;
    opened.hash = opened.held > 0 ? stored->hash : ledger::chain_start(*opened.header);
    if (*opened.header != *header) return refuse(v1::Refused::fork, "the chain was begun with another header");
    if (open.first_sequence() > opened.held + 1) {
      return refuse(v1::Refused::hole, "the feeder no longer has what is missing here", opened.held + 1);
    }
    if (open.last_sequence() == opened.held && open.chain_hash() != records::to_bytes(opened.hash)) {
      return refuse(v1::Refused::fork, "entry " + std::to_string(opened.held) + " is another one here");
    }
    auto& resume = *replies_.emplace_back().mutable_resume();
    resume.set_station_id(header->key.station_id);
    resume.set_ledger_id(records::to_bytes(header->key.ledger_id));
    resume.set_next_sequence(opened.held + 1);
    resume.set_chain_hash(records::to_bytes(opened.hash));
    resume.set_rejected(stored ? stored->rejected : 0);
    chains_[header->key] = std::move(opened);
  }

  void batch(v1::Batch& batch) {
    if (static_cast<std::size_t>(batch.runs_size()) > kBatchEntries) {
      return finish({grpc::StatusCode::INVALID_ARGUMENT, "more than 1000 runs in a batch"});
    }
    std::size_t entries = 0;
    for (const auto& run : batch.runs()) entries += static_cast<std::size_t>(run.entries_size());
    for (auto& run : *batch.mutable_runs()) {
      if (entries > kBatchEntries) {
        refuse(run.station_id(), run.ledger_id(), {v1::Refused::malformed, "more than 1000 entries in a batch"});
      } else {
        check(run);
      }
    }
  }

  void check(v1::Run& run) {
    Opened* chain = find(run.station_id(), run.ledger_id());
    if (!chain) {
      return refuse(run.station_id(), run.ledger_id(), {v1::Refused::malformed, "not opened on this stream"});
    }
    if (chain->refused) return;
    auto checked = check_run(run, chain->header, chain->held, chain->hash);
    if (!checked) return refuse(run.station_id(), run.ledger_id(), std::move(checked.error()));
    if (checked->run.items.empty()) {
      // All of it was held: say so, unless a run that says more is on its way to the disk.
      if (chain->in_ledger == 0) acknowledge(*chain, chain->held, chain->hash, {});
      return;
    }
    chain->held = checked->last;
    chain->hash = checked->hash;
    checked_.push_back(std::move(*checked));
  }

  /// Gives the ledger what was checked; comes again when its queue is full.
  void store() {
    while (!checked_.empty() && !finished_) {
      auto& next = checked_.front();
      Opened& chain = chains_.at(next.run.chain->key);
      if (chain.refused) {  // by a run before it
        checked_.pop_front();
        continue;
      }
      const auto done = [this, box = mailbox_, key = next.run.chain->key, last = next.last, hash = next.hash,
                         rejections = next.rejections](Result<ledger::ChainState> state) {
        box->post([this, key, last, hash, rejections, state = std::move(state)] {
          stored(chains_.at(key), last, hash, rejections, state);
          go_on();
          end_if_over();
        });
      };
      if (house_.ledger.append_run(next.run, done)) {
        ++chain.in_ledger;
        ++in_ledger_;
        checked_.pop_front();
        patience_ends_.reset();
        continue;
      }
      const auto now = std::chrono::steady_clock::now();
      if (!patience_ends_) patience_ends_ = now + kQueuePatience;
      if (now >= *patience_ends_) {
        patience_ends_.reset();
        refuse(*chain.header, {v1::Refused::busy, "the ledger's queue is full"});
        continue;
      }
      queue_timer_.expires_after(kQueueRetry);
      return queue_timer_.async_wait([this, box = mailbox_](const boost::system::error_code& error) {
        if (!error && !box->closed()) go_on();
      });
    }
    checked_.clear();
  }

  void stored(Opened& chain, Sequence last, const Digest& hash, const std::vector<v1::Rejection>& rejections,
              const Result<ledger::ChainState>& state) {
    --chain.in_ledger;
    --in_ledger_;
    if (state) {
      acknowledge(chain, last, hash, rejections);
    } else if (!chain.refused) {
      const bool fork = state.error().kind == ErrorKind::kRefused;
      refuse(*chain.header, {fork ? v1::Refused::fork : v1::Refused::busy, state.error().detail});
    }
    if (chain.refused && chain.in_ledger == 0) chain.lease.reset();
  }

  void acknowledge(const Opened& chain, Sequence last, const Digest& hash,
                   const std::vector<v1::Rejection>& rejections) {
    auto& ack = *replies_.emplace_back().mutable_ack();
    ack.set_station_id(chain.header->key.station_id);
    ack.set_ledger_id(records::to_bytes(chain.header->key.ledger_id));
    ack.set_sequence(last);
    ack.set_chain_hash(records::to_bytes(hash));
    for (const auto& rejection : rejections) *ack.add_rejections() = rejection;
    *ack.mutable_platform_time() = records::to_timestamp(SystemClock{}.wall());
  }

  void refuse(const ledger::ChainHeader& chain, Refusal why) {
    refuse(chain.key.station_id, records::to_bytes(chain.key.ledger_id), std::move(why));
  }

  void refuse(const std::string& station_id, const std::string& ledger_id, Refusal why) {
    const bool later = why.reason == v1::Refused::busy || why.reason == v1::Refused::already_fed;
    log::write(later ? log::Level::kInfo : log::Level::kWarning, "chain refused",
               {{"FEEDER", who_},
                {"CHAIN", station_id.substr(0, 32)},
                {"REASON", v1::Refused::Reason_Name(why.reason)},
                {"ERROR", why.detail}});
    if (Opened* chain = find(station_id, ledger_id)) {
      chain->refused = true;
      if (chain->in_ledger == 0) chain->lease.reset();
    }
    auto& refused = *replies_.emplace_back().mutable_refused();
    refused.set_station_id(station_id);
    refused.set_ledger_id(ledger_id);
    refused.set_reason(why.reason);
    refused.set_detail(std::move(why.detail));
    refused.set_expected_sequence(why.expected);
  }

  Opened* find(const std::string& station_id, const std::string& ledger_id) {
    const auto id = records::ledger_id_from_bytes(ledger_id);
    if (!id) return nullptr;
    const auto at = chains_.find({station_id, *id});
    return at == chains_.end() ? nullptr : &at->second;
  }

  /// Starts whatever may be started: one write, one read, or the end.
  void go_on() {
    if (finished_) return;
    store();
    if (!writing_ && !replies_.empty() && !ending_) {
      outgoing_ = std::move(replies_.front());
      replies_.pop_front();
      writing_ = true;
      StartWrite(&outgoing_);
    }
    if (!writing_ && (ending_ || (no_more_ && checked_.empty() && in_ledger_ == 0))) {
      finished_ = true;
      return Finish(ending_.value_or(grpc::Status::OK));
    }
    if (reading_ || no_more_ || ending_ || !checked_.empty()) return;
    if (in_ledger_ >= kRunsInLedger || replies_.size() >= kRepliesWaiting) return;
    reading_ = true;
    StartRead(&incoming_);
  }

  void finish(grpc::Status why) {
    if (!ending_) ending_ = std::move(why);
    go_on();
  }

  void end_if_over() {
    if (done_ && in_ledger_ == 0) house_.calls.end(*this);  // destroys *this, and with it the leases
  }

  House& house_;
  boost::asio::steady_timer queue_timer_;
  std::string who_;
  std::map<ledger::ChainKey, Opened> chains_;
  std::deque<CheckedRun> checked_;  ///< of one batch; not taken by the ledger's queue yet
  std::size_t in_ledger_ = 0;
  std::optional<MonotonicTime> patience_ends_;

  v1::PushRequest incoming_;
  v1::PushReply outgoing_;
  std::deque<v1::PushReply> replies_;
  bool reading_ = true;
  bool writing_ = false;
  bool no_more_ = false;   ///< the feeder has closed its side
  std::optional<grpc::Status> ending_;
  bool finished_ = false;  ///< Finish has been called
  bool done_ = false;      ///< gRPC will not call any more
};

class IngestService final : public v1::Ingest::CallbackService {
 public:
  explicit IngestService(House& house) : house_(house) {}

 private:
  PushReactor* Push(grpc::CallbackServerContext*) override {
    return service::begin<PushReactor>(house_, std::make_unique<PushCall>(house_));
  }

  House& house_;
};

}  // namespace

std::shared_ptr<grpc::Service> make_ingest_service(House& house) {
  return std::make_shared<IngestService>(house);
}

}  // namespace exhaust::service
