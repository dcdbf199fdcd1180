#include "daemon/uplink/worker.hpp"

#include "daemon/core/log.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::uplink {

namespace asio = boost::asio;

namespace {
MonotonicTime now() { return std::chrono::steady_clock::now(); }

constexpr std::chrono::seconds kSaveEvery{10};
constexpr std::chrono::seconds kStopWithin{2};
}  // namespace

Uplink::Worker::Worker(boost::asio::io_context& io, ledger::Ledger& ledger, TierSettings settings, Identity identity,
                       std::filesystem::path state_folder)
    : ledger_(ledger),
      settings_(std::move(settings)),
      identity_(std::move(identity)),
      cursor_file_(state_folder / (settings_.name + ".cursor")),
      mailbox_(std::make_shared<Mailbox>(io.get_executor())),
      reconnect_(mailbox_->strand()),
      deadline_(mailbox_->strand()),
      retry_(mailbox_->strand()),
      save_(mailbox_->strand()),
      backoff_(settings_.backoff_first, settings_.backoff_most) {
  for (const auto& [key, accepted] : load_cursor(cursor_file_)) feed(key).accepted = accepted;
}

/// Calls `work` at `when`, unless the timer is set anew or the worker has stopped.
void Uplink::Worker::at(asio::steady_timer& timer, MonotonicTime when, std::function<void()> work) {
  timer.expires_at(when);
  timer.async_wait([work = std::move(work), box = mailbox_](const boost::system::error_code& error) {
    if (!error && !box->closed()) work();
  });
}

void Uplink::Worker::start() {
  if (started_ || mailbox_->closed()) return;
  started_ = true;
  watch_ = ledger_.watch([this, box = mailbox_, woken = woken_](Position) {
    if (woken->exchange(true)) return;
    box->post([this] {
      *woken_ = false;
      pump();
    });
  });
  mailbox_->post([this] { connect(); });
}

void Uplink::Worker::stop() {
  if (mailbox_->closed()) return;
  watch_.reset();
  for (auto* timer : {&reconnect_, &deadline_, &retry_, &save_}) timer->cancel();
  if (stream_ && !stream_->close(now() + kStopWithin)) {
    log::warning("platform stream did not end in time", {{"TIER", settings_.name}});
  }
  mailbox_->close();
  stream_.reset();
  if (started_) save();
}

void Uplink::Worker::connect() {
  ++attempts_;
  ++generation_;
  welcome_ = false;
  writing_ = true;
  progress_ = now();
  const auto written = [this] {
    writing_ = false;
    pump();
  };
  stream_ = std::make_unique<PushStream>(
      settings_.endpoint, mailbox_,
      PushStream::Events{.reply = [this](const v1::PushReply& r) { reply(r); },
                         .written = written,
                         .ended = [this](const std::string& why) { ended(why); }});
  v1::PushRequest request;
  request.mutable_hello()->set_who(identity_.who);
  request.mutable_hello()->set_version(identity_.version);
  stream_->write(std::move(request));
  watch_deadline();
}

void Uplink::Worker::ended(const std::string& why) {
  trouble_ = abort_reason_.empty() ? why : std::exchange(abort_reason_, {});
  if (std::exchange(was_connected_, false)) {
    log::warning("platform lost", {{"TIER", settings_.name}, {"ERROR", trouble_}});
  }
  stream_.reset();
  welcome_ = reading_ = false;
  opening_ = checking_ = 0;
  window_.clear();
  to_offer_.clear();
  for (auto& [key, feed] : feeds_) feed.stage = Feed::Stage::kClosed;
  deadline_.cancel();
  retry_.cancel();
  at(reconnect_, now() + backoff_.next(), [this] { connect(); });
}

void Uplink::Worker::reply(const v1::PushReply& reply) {
  progress_ = now();
  switch (reply.message_case()) {
    case v1::PushReply::kWelcome:
      if (welcome_) break;
      welcome_ = was_connected_ = true;
      trouble_.clear();
      log::info("platform answers", {{"TIER", settings_.name}, {"PLATFORM", reply.welcome().who()}});
      offer_all();
      break;
    case v1::PushReply::kResume: resume(reply.resume()); break;
    case v1::PushReply::kAck: acknowledged(reply.ack()); break;
    case v1::PushReply::kRefused: refused(reply.refused()); break;
    case v1::PushReply::MESSAGE_NOT_SET: break;  // of a later version
  }
  pump();
}

/// Only an answer proves that the far end works; a keepalive does not (architecture.md 6).
void Uplink::Worker::watch_deadline() {
  at(deadline_, progress_ + settings_.batch_deadline, [this] {
    const bool owed = !welcome_ || opening_ > 0 || !window_.empty();
    if (!owed) progress_ = now();
    if (now() < progress_ + settings_.batch_deadline) return watch_deadline();
    abort("no answer from the platform in time");
  });
}

void Uplink::Worker::abort(std::string why) {
  if (!stream_) return;  // it ended by itself just now
  abort_reason_ = std::move(why);
  stream_->cancel();
}

/// Sets the timer for the chains that are to be offered again, and for the end of a pause.
void Uplink::Worker::retry_later() {
  auto next = pause_until_ > now() ? pause_until_ : MonotonicTime::max();
  for (const auto& [key, feed] : feeds_) {
    if (feed.stage == Feed::Stage::kRefused) next = std::min(next, feed.retry_at);
  }
  if (next == MonotonicTime::max()) return;
  at(retry_, next, [this] {
    for (auto& [key, feed] : feeds_) {
      if (feed.stage != Feed::Stage::kRefused || feed.retry_at > now()) continue;
      feed.stage = Feed::Stage::kClosed;
      to_offer_.push_back(&feed);
    }
    retry_later();
    pump();
  });
}

void Uplink::Worker::save_later() {
  if (std::exchange(save_waits_, true)) return;
  at(save_, now() + kSaveEvery, [this] {
    save_waits_ = false;
    save();
  });
}

void Uplink::Worker::save() {
  Cursor cursor;
  for (const auto& [key, feed] : feeds_) cursor[key] = feed.accepted;
  if (const auto saved = save_cursor(cursor_file_, cursor); !saved) {
    log::warning("cursor not saved", {{"TIER", settings_.name}, {"ERROR", saved.error().detail}});
  }
}

TierState Uplink::Worker::state() const {
  TierState state;
  state.name = settings_.name;
  state.endpoint = settings_.endpoint;
  state.sent_bytes = sent_bytes_;
  state.last_ack = last_ack_;
  state.reconnects = attempts_ > 0 ? attempts_ - 1 : 0;
  state.rewinds = rewinds_;
  std::string refused, waiting;
  for (const auto& chain : ledger_.chains()) {
    state.stored += chain.last;
    const auto at = feeds_.find(chain.header->key);
    if (at == feeds_.end()) continue;
    const auto& feed = at->second;
    // A platform that says it has more than we do is refused, not believed.
    const auto accepted = std::min(feed.accepted.sequence, chain.last);
    const auto rejected = std::min(feed.accepted.rejected, accepted);
    state.accepted += accepted - rejected;
    state.quarantined += rejected;
    if (feed.stage != Feed::Stage::kRefused) continue;
    (feed.permanent ? refused : waiting) = feed.key.station_id + ": " + feed.why;
  }
  state.pending = state.stored - state.accepted - state.quarantined;
  if (!welcome_) {
    state.state = stream_ || !started_ ? "connecting" : "waiting";
    state.detail = trouble_;
  } else if (!refused.empty()) {
    state.state = "refused";
    state.detail = refused;
  } else {
    state.state = waiting.empty() ? "connected" : "waiting";
    state.detail = waiting;
  }
  return state;
}

}  // namespace exhaust::uplink
