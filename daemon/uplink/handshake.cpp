#include <algorithm>

#include "daemon/core/log.hpp"
#include "daemon/records/records.hpp"
#include "daemon/uplink/worker.hpp"

namespace exhaust::uplink {

namespace {
/// Offers on their way at a time; a hub may have thousands of chains.
constexpr std::size_t kOffersAtOnce = 64;

MonotonicTime now() { return std::chrono::steady_clock::now(); }
}  // namespace

Feed& Uplink::Worker::feed(const ledger::ChainKey& key) {
  return feeds_.try_emplace(key, key, Backoff{settings_.backoff_first, settings_.backoff_most}).first->second;
}

Feed* Uplink::Worker::find_feed(const std::string& station_id, const std::string& ledger_id) {
  const auto id = records::ledger_id_from_bytes(ledger_id);
  if (!id) return nullptr;
  const auto at = feeds_.find({station_id, *id});
  return at == feeds_.end() ? nullptr : &at->second;
}

void Uplink::Worker::offer_all() {
  // Before the chains are listed: what is appended from now on lies after it, of new chains too.
  place_ = ledger_.newest() + 1;
  to_offer_.push_back(&feed(ledger_.own_chain()->key));
  for (const auto& chain : ledger_.chains()) {
    if (!chain.own && chain.last > 0) to_offer_.push_back(&feed(chain.header->key));
  }
}

/// Writes the next Open, if there is one and room for it.
bool Uplink::Worker::offer_next() {
  while (!to_offer_.empty() && to_offer_.front()->stage != Feed::Stage::kClosed) to_offer_.pop_front();
  if (to_offer_.empty() || opening_ + checking_ >= kOffersAtOnce) return false;
  Feed& feed = *to_offer_.front();
  to_offer_.pop_front();
  auto chain = ledger_.chain(feed.key);
  if (!chain) chain.emplace().header = ledger_.own_chain();  // nothing in it yet
  v1::PushRequest request;
  auto& open = *request.mutable_open();
  *open.mutable_chain() = records::to_chain(*chain->header);
  open.set_first_sequence(1);
  open.set_last_sequence(chain->last);
  open.set_chain_hash(records::to_bytes(chain->last > 0 ? chain->hash : ledger::chain_start(*chain->header)));
  feed.stage = Feed::Stage::kOpening;
  if (opening_++ == 0 && window_.empty()) progress_ = now();  // until now nothing was owed
  send(std::move(request));
  return true;
}

void Uplink::Worker::resume(const v1::Resume& resume) {
  Feed* feed = find_feed(resume.station_id(), resume.ledger_id());
  if (!feed || feed->stage != Feed::Stage::kOpening) return;
  --opening_;
  feed->stage = Feed::Stage::kChecking;
  ++checking_;

  const auto theirs = records::digest_from_bytes(resume.chain_hash());
  const auto next = resume.next_sequence();
  // Read before the chain: an entry appended in between is then met again, not missed.
  const auto end = ledger_.newest() + 1;
  const auto chain = ledger_.chain(feed->key);
  const auto last = chain ? chain->last : 0;
  if (!theirs || next == 0) return refuse(*feed, "the platform's answer is malformed", true);
  if (next - 1 > last) {
    return refuse(*feed, "the platform has entries up to " + std::to_string(next - 1) + ", we have " +
                             std::to_string(last) + ": this ledger is behind (an older copy?)", true);
  }
  if (next == 1) {
    const auto header = chain ? chain->header : ledger_.own_chain();
    if (*theirs != ledger::chain_start(*header)) return refuse(*feed, "the chains do not start alike: a fork", true);
    if (last == 0) return go_on_from(*feed, resume, end);
  }
  ledger_.find(feed->key, std::max<Sequence>(1, next - 1),
               [this, box = mailbox_, feed, resume, theirs, mine = generation_](Result<ledger::Entries> found) {
                 box->post([=, this, found = std::move(found)] {
                   if (mine == generation_ && stream_ && feed->stage == Feed::Stage::kChecking) {
                     compare(*feed, resume, *theirs, found);
                   }
                   pump();
                 });
               });
}

/// `ours` is the entry before the next one, or the first one when the platform has none.
void Uplink::Worker::compare(Feed& feed, const v1::Resume& resume, const Digest& theirs,
                             const Result<ledger::Entries>& ours) {
  const auto held = std::to_string(resume.next_sequence() - 1);
  if (!ours || ours->empty()) return refuse(feed, "entry " + held + " is not to be found here any more", true);
  const auto& entry = *ours->front();
  if (resume.next_sequence() == 1) return go_on_from(feed, resume, entry.position);
  if (entry.hash != theirs) return refuse(feed, "the platform's entry " + held + " is not ours: a fork", true);
  go_on_from(feed, resume, entry.position + 1);
}

void Uplink::Worker::go_on_from(Feed& feed, const v1::Resume& resume, Position position) {
  --checking_;
  feed.stage = Feed::Stage::kOpen;
  feed.next = resume.next_sequence();
  const auto held = feed.next - 1;
  if (held < feed.accepted.sequence) {
    ++rewinds_;
    log::warning("platform lost entries and gets them again", {{"TIER", settings_.name},
                                                               {"CHAIN", feed.key.station_id},
                                                               {"HAD", std::to_string(feed.accepted.sequence)},
                                                               {"HAS", std::to_string(held)}});
  }
  feed.accepted = {held, std::min(resume.rejected(), held)};
  feed.backoff.reset();
  feed.why.clear();
  place_ = std::min(place_, position);
  if (place_ > ledger_.newest()) backoff_.reset();
  save_later();
}

void Uplink::Worker::refused(const v1::Refused& refused) {
  Feed* feed = find_feed(refused.station_id(), refused.ledger_id());
  if (!feed || feed->stage == Feed::Stage::kClosed || feed->stage == Feed::Stage::kRefused) return;
  const bool later = refused.reason() == v1::Refused::already_fed || refused.reason() == v1::Refused::busy;
  auto why = v1::Refused::Reason_Name(refused.reason());
  if (!refused.detail().empty()) why += ": " + refused.detail();
  refuse(*feed, std::move(why), !later);
}

/// Other chains go on; this one is offered again, for ever.
void Uplink::Worker::refuse(Feed& feed, std::string why, bool permanent) {
  if (feed.stage == Feed::Stage::kOpening) --opening_;
  if (feed.stage == Feed::Stage::kChecking) --checking_;
  if (feed.why != why) {
    log::write(permanent ? log::Level::kError : log::Level::kInfo, "platform refuses a chain",
               {{"TIER", settings_.name}, {"CHAIN", feed.key.station_id}, {"ERROR", why}});
  }
  feed.stage = Feed::Stage::kRefused;
  feed.why = std::move(why);
  feed.permanent = permanent;
  feed.retry_at = now() + (permanent ? settings_.backoff_most : feed.backoff.next());
  for (auto& batch : window_) std::erase_if(batch, [&](const SentRun& run) { return run.feed == &feed; });
  forget_acknowledged();
  retry_later();
}

}  // namespace exhaust::uplink
