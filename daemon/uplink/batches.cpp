#include <algorithm>

#include "daemon/core/log.hpp"
#include "daemon/records/records.hpp"
#include "daemon/uplink/worker.hpp"

namespace exhaust::uplink {

namespace {
MonotonicTime now() { return std::chrono::steady_clock::now(); }
}  // namespace

/// Does the next thing there is to do. Called after everything that happens.
void Uplink::Worker::pump() {
  if (!stream_ || !welcome_ || writing_ || offer_next()) return;
  // Reading waits until every offered chain has its place, so that none is read past.
  if (reading_ || !to_offer_.empty() || opening_ + checking_ > 0) return;
  if (window_.size() >= settings_.window_batches || now() < pause_until_) return;
  if (place_ <= ledger_.newest()) read();  // else the watch will call
}

void Uplink::Worker::read() {
  reading_ = true;
  ledger_.read(place_, settings_.batch_entries, settings_.batch_bytes,
               [this, box = mailbox_, mine = generation_, from = place_](Result<ledger::Entries> entries) {
                 box->post([this, mine, from, entries = std::move(entries)] {
                   if (mine != generation_ || !stream_) return;
                   reading_ = false;
                   // An offer may have gone out meanwhile: one message at a time; what was read is read again.
                   if (writing_) return;
                   take(from, entries);
                 });
               });
}

/// Makes a batch of what was read and is wanted.
void Uplink::Worker::take(Position from, const Result<ledger::Entries>& entries) {
  if (from != place_) return pump();  // a chain was taken meanwhile that begins earlier
  if (!entries) {
    // The ledger reports its own damage; here it is only a reason to come again later.
    return abort("the ledger cannot be read: " + entries.error().detail);
  }
  v1::PushRequest request;
  std::vector<SentRun> sent;
  v1::Run* run = nullptr;
  for (const auto& entry : *entries) {
    Feed& feed = this->feed(entry->chain->key);
    if (feed.stage == Feed::Stage::kClosed) {  // a chain that began after we connected
      to_offer_.push_back(&feed);
      break;
    }
    if (feed.stage == Feed::Stage::kOpening || feed.stage == Feed::Stage::kChecking) break;
    place_ = entry->position + 1;
    if (feed.stage == Feed::Stage::kRefused || entry->sequence < feed.next) continue;
    if (entry->sequence > feed.next) {
      refuse(feed, "entry " + std::to_string(feed.next) + " is missing in this ledger", true);
      continue;
    }
    if (sent.empty() || sent.back().feed != &feed) {
      run = request.mutable_batch()->add_runs();
      run->set_station_id(feed.key.station_id);
      run->set_ledger_id(records::to_bytes(feed.key.ledger_id));
      sent.push_back({&feed, 0, {}});
    }
    auto& out = *run->add_entries();
    out.set_sequence(entry->sequence);
    out.set_wall_time_us(entry->wall_time_us);
    out.set_kind(entry->kind);
    if (entry->payload) {
      out.set_payload(*entry->payload);
    } else {
      out.set_leaf(records::to_bytes(entry->leaf));
    }
    sent.back().last = entry->sequence;
    sent.back().hash = entry->hash;
    run->set_chain_hash(records::to_bytes(entry->hash));
    feed.next = entry->sequence + 1;
  }
  if (sent.empty()) return pump();
  if (window_.empty()) progress_ = now();  // until now nothing was owed
  window_.push_back(std::move(sent));
  sent_bytes_ += request.ByteSizeLong();
  send(std::move(request));
}

void Uplink::Worker::send(v1::PushRequest request) {
  writing_ = true;
  stream_->write(std::move(request));
}

void Uplink::Worker::acknowledged(const v1::Ack& ack) {
  Feed* feed = find_feed(ack.station_id(), ack.ledger_id());
  if (!feed || feed->stage == Feed::Stage::kClosed) return;
  if (ack.sequence() >= feed->next) {
    return abort("the platform acknowledges entry " + std::to_string(ack.sequence()) + ", which was not sent");
  }
  for (const auto& batch : window_) {
    for (const auto& run : batch) {
      if (run.feed != feed || run.last != ack.sequence()) continue;
      if (ack.chain_hash() != records::to_bytes(run.hash)) {
        const auto which = std::to_string(run.last);
        return refuse(*feed, "the platform's hash of entry " + which + " is not ours: a fork", true);
      }
    }
  }
  feed->accepted.sequence = std::max(feed->accepted.sequence, ack.sequence());
  feed->accepted.rejected += static_cast<std::uint64_t>(ack.rejections_size());
  for (const auto& rejection : ack.rejections()) {
    log::warning("platform rejects an entry", {{"TIER", settings_.name},
                                               {"CHAIN", feed->key.station_id},
                                               {"SEQUENCE", std::to_string(rejection.sequence())},
                                               {"REASON", rejection.reason()}});
  }
  last_ack_ = SystemClock{}.wall();
  backoff_.reset();
  if (ack.retry_after_ms() > 0) {
    const std::chrono::milliseconds asked{ack.retry_after_ms()};
    pause_until_ = now() + std::min<Duration>(asked, settings_.backoff_most);
    retry_later();
  }
  forget_acknowledged();
  save_later();
}

/// A batch is done when each of its runs is durable at the platform or was refused.
void Uplink::Worker::forget_acknowledged() {
  const auto done = [](const SentRun& run) {
    return run.feed->accepted.sequence >= run.last;
  };
  while (!window_.empty() && std::ranges::all_of(window_.front(), done)) window_.pop_front();
}

}  // namespace exhaust::uplink
