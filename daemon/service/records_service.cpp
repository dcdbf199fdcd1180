#include <boost/asio/steady_timer.hpp>

#include <atomic>

#include "daemon/records/records.hpp"
#include "daemon/service/reactors.hpp"
#include "daemon/service/selection.hpp"
#include "daemon/service/services.hpp"
#include "exhaust/v1/records.grpc.pb.h"

namespace exhaust::service {

namespace {

constexpr std::size_t kBlockRecords = 500;
/// Of payload; envelopes bring a full block to 256 KiB at most.
constexpr std::size_t kBlockBytes = 200u << 10;
/// A search that finds nothing says so often where it is.
constexpr Position kSilentScan = 10'000;

grpc::Status no_such(const std::string& what) { return {grpc::StatusCode::NOT_FOUND, what}; }
grpc::Status storage(const Error& error) { return {grpc::StatusCode::UNAVAILABLE, error.detail}; }

/// One subscriber: a cursor on the ledger that moves when the last block is out of our hands. One read or one
/// write at a time, so a slow reader holds one block and delays nobody.
class Subscription final : public Call, public grpc::ServerWriteReactor<v1::RecordBlock> {
 public:
  Subscription(House& house, const v1::SubscribeRequest& request)
      : Call(house.calls.executor()),
        house_(house),
        request_(request),
        selection_(request),
        own_(house.ledger.own_chain()->key.ledger_id),
        heartbeat_(mailbox_->strand()) {}

  void begin() override {
    const auto newest = house_.ledger.newest();
    if (request_.until_now()) until_ = newest;
    switch (request_.from_case()) {
      case v1::SubscribeRequest::kTail: return start_at(newest + 1);
      case v1::SubscribeRequest::kFromToken: {
        const auto place = from_token(own_, request_.from_token());
        if (!place) return finish({grpc::StatusCode::INVALID_ARGUMENT, "the token is not of this tier's ledger"});
        if (*place > newest + 1) {
          return finish({grpc::StatusCode::OUT_OF_RANGE, "the token is ahead of this tier's ledger: it lost data"});
        }
        return start_at(*place);
      }
      case v1::SubscribeRequest::kFromSequence: return start_at_sequence(newest);
      case v1::SubscribeRequest::kFromTime: {
        const auto time = records::to_wall_time(request_.from_time()).time_since_epoch().count();
        waiting_for_ledger_ = true;
        return house_.ledger.find_time(time, found([this, newest](const ledger::Entries& entries) {
          start_at(entries.empty() ? newest + 1 : entries.front()->position);
        }));
      }
      case v1::SubscribeRequest::FROM_NOT_SET: return start_at(1);
    }
  }
  void stop() override { finish(stopping()); }
  void wake() override {
    if (woken_.exchange(true)) return;
    mailbox_->post([this] {
      woken_ = false;
      go_on();
    });
  }

 private:
  void OnWriteDone(bool ok) override {
    mailbox_->post([this, ok] {
      writing_ = false;
      ok ? go_on() : finish(grpc::Status::CANCELLED);
    });
  }
  void OnCancel() override {
    mailbox_->post([this] { finish(grpc::Status::CANCELLED); });
  }
  void OnDone() override {
    const auto box = mailbox_;  // *this may be gone before `post` returns
    box->post([this] { house_.calls.end(*this); });
  }

  void start_at_sequence(Position newest) {
    const auto chain = chain_of(house_.ledger, request_.station_id());
    if (!chain) return finish(no_such("no ledger of station " + request_.station_id() + " here"));
    const auto first = std::max<Sequence>(1, request_.from_sequence());
    selection_.begin_chain_at(chain->header->key, first);
    if (first > chain->last) return start_at(newest + 1);
    waiting_for_ledger_ = true;
    house_.ledger.find(chain->header->key, first, found([this](const ledger::Entries& entries) {
      // Not here any more: from the oldest there is.
      start_at(entries.empty() ? 1 : entries.front()->position);
    }));
  }

  void start_at(Position place) {
    place_ = told_ = place;
    started_ = true;
    go_on();
  }

  /// A completion for the ledger that brings what it found to the strand.
  template <class Work>
  ledger::Ledger::ReadDone found(Work work) {
    return [this, box = mailbox_, work = std::move(work)](Result<ledger::Entries> entries) {
      box->post([this, work, entries = std::move(entries)] {
        waiting_for_ledger_ = false;
        if (ending_) return go_on();
        if (!entries) return finish(storage(entries.error()));
        work(*entries);
      });
    };
  }

  void take(const ledger::Entries& entries) {
    block_.Clear();
    for (const auto& entry : entries) {
      if (until_ && entry->position > *until_) break;
      place_ = entry->position + 1;
      if (auto record = selection_(*entry)) *block_.add_records() = std::move(*record);
    }
    if (entries.empty() || (until_ && entries.back()->position > *until_)) at_end_ = true;
    if (!block_.records().empty() || place_ - told_ >= kSilentScan) send();
    go_on();
  }

  /// Sends `block_`, which may hold no records: a heartbeat.
  void send() {
    block_.set_token(to_token(own_, place_));
    block_.set_newest_position(house_.ledger.newest());
    told_ = place_;
    said_something_ = writing_ = true;
    heartbeat_.cancel();
    next_beat_ = std::chrono::steady_clock::now() + house_.settings.heartbeat;
    StartWrite(&block_);
  }

  void go_on() {
    if (writing_ || finished_) return;
    if (ending_) {
      finished_ = true;
      heartbeat_.cancel();
      return Finish(*ending_);
    }
    if (waiting_for_ledger_ || !started_) return;
    const auto newest = house_.ledger.newest();
    if (until_ && (at_end_ || place_ > *until_)) {
      if (!said_something_ || told_ != place_) return beat();
      return finish(grpc::Status::OK);
    }
    if (place_ <= newest && !at_end_) {
      waiting_for_ledger_ = true;
      return house_.ledger.read(place_, kBlockRecords, kBlockBytes,
                                found([this](const ledger::Entries& entries) { take(entries); }));
    }
    at_end_ = false;
    // Live, and nothing to say: at first at once, so that the subscriber knows from where; then now and
    // again.
    if (!said_something_ || std::chrono::steady_clock::now() >= next_beat_) return beat();
    heartbeat_.expires_at(next_beat_);
    heartbeat_.async_wait([this, box = mailbox_](const boost::system::error_code& error) {
      if (!error && !box->closed() && !waiting_for_ledger_) go_on();
    });
  }

  void beat() {
    block_.Clear();
    send();
  }

  void finish(grpc::Status why) {
    if (!ending_) ending_ = std::move(why);
    go_on();
  }

  House& house_;
  const v1::SubscribeRequest request_;
  Selection selection_;
  const LedgerId own_;
  boost::asio::steady_timer heartbeat_;
  MonotonicTime next_beat_;
  std::atomic<bool> woken_{false};

  Position place_ = 0;              ///< to be read next
  Position told_ = 0;               ///< as in the last token sent
  std::optional<Position> until_;   ///< the last one wanted
  bool at_end_ = false;             ///< the ledger has given all it has up to there
  bool started_ = false;
  bool said_something_ = false;
  bool waiting_for_ledger_ = false;
  bool writing_ = false;
  v1::RecordBlock block_;           ///< REQUIRES: not touched while writing
  std::optional<grpc::Status> ending_;
  bool finished_ = false;
};

/// One record.
class Lookup final : public UnaryCall {
 public:
  Lookup(House& house, const v1::GetRequest& request, v1::Record& record)
      : UnaryCall(house), request_(request), record_(record) {}

  void begin() override {
    ledger::ChainKey key;
    if (request_.ledger_id().empty()) {
      const auto chain = chain_of(house_.ledger, request_.station_id());
      if (!chain) return finish(no_such("no ledger of station " + request_.station_id() + " here"));
      key = chain->header->key;
    } else {
      const auto id = records::ledger_id_from_text(request_.ledger_id());
      if (!id) return finish({grpc::StatusCode::INVALID_ARGUMENT, id.error().detail});
      const auto& own = house_.ledger.own_chain()->key.station_id;
      key = {request_.station_id().empty() ? own : request_.station_id(), *id};
    }
    house_.ledger.find(key, request_.sequence(), [this, box = mailbox_](Result<ledger::Entries> found) {
      box->post([this, found = std::move(found)] {
        if (finished_) return;
        if (!found) return finish(storage(found.error()));
        if (found->empty()) return finish(no_such("no entry " + std::to_string(request_.sequence()) + " here"));
        record_ = records::to_record(*found->front());
        finish(grpc::Status::OK);
      });
    });
  }

 private:
  const v1::GetRequest request_;
  v1::Record& record_;  ///< gRPC's, until Finish
};

class RecordsService final : public v1::Records::CallbackService {
 public:
  explicit RecordsService(House& house) : house_(house) {}

 private:
  grpc::ServerWriteReactor<v1::RecordBlock>* Subscribe(grpc::CallbackServerContext*,
                                                       const v1::SubscribeRequest* request) override {
    return service::begin<grpc::ServerWriteReactor<v1::RecordBlock>>(
        house_, std::make_unique<Subscription>(house_, *request));
  }
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext*, const v1::GetRequest* request,
                                v1::Record* record) override {
    return service::begin<grpc::ServerUnaryReactor>(house_, std::make_unique<Lookup>(house_, *request, *record));
  }

  House& house_;
};

}  // namespace

std::shared_ptr<grpc::Service> make_records_service(House& house) {
  return std::make_shared<RecordsService>(house);
}

}  // namespace exhaust::service
