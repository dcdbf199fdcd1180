#include "drivers/ak/driver.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "daemon/core/log.hpp"
#include "drivers/ak/conversation.hpp"
#include "drivers/ak/values.hpp"
#include "drivers/device_counter.hpp"

namespace exhaust {

namespace {

using namespace ak;

/// Measurements that are asked for after a silence: more is left to the gap entry.
constexpr std::uint64_t kMostHistory = 64;
/// Polls in which one measurement of the history is asked for before it is given up.
constexpr int kMostFetches = 3;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

class AkDriver final : public Driver {
 public:
  AkDriver(DriverContext context, const DeviceSettings& device)
      : clock_(context.clock),
        io_(context.io),
        device_(device),
        ak_(std::get<AkSettings>(device_.driver)),
        outlet_(std::move(context), device, &decode_ak),
        counter_(ak_.fetch_by_number ? kMostHistory : 1),
        conversation_(io_, clock_, device_, outlet_, counters_) {
    for (const char* word : {"wrong_value_counts", "bad_values", "refused", "not_measuring", "counter_restarts", "history_missing",
                             "history_postponed", "without_number"}) {
      counters_[word] = 0;
    }
  }

  asio::awaitable<Result<void>> open(Deadline deadline) override {
    auto checked = check_values(ak_);
    if (!checked) co_return checked;
    auto opened = co_await conversation_.open(deadline);
    if (!opened) co_return opened;
    outlet_.begin_session();
    suspect_ = false;
    co_return opened;
  }

  asio::awaitable<Result<void>> poll(Deadline deadline) override {
    auto polled = co_await measure(deadline);
    const bool gone = !polled && polled.error().kind == ErrorKind::kDisconnected;
    if (gone || conversation_.status().value_or(0) == told_status_) co_return polled;
    auto told = co_await tell_errors(deadline);
    if (polled && !told) co_return told;
    co_return polled;
  }

  asio::awaitable<void> close() override {
    conversation_.close();
    co_return;
  }

  const Counters& counters() const override { return counters_; }

 private:
  bool names(std::string_view word) const { return std::ranges::find(ak_.values, word) != ak_.values.end(); }
  bool numbered() const { return names("measurement_number") || names("vehicle_number"); }

  asio::awaitable<Result<void>> measure(Deadline deadline) {
    if (!ak_.measuring_states.empty() || suspect_) {
      auto state = co_await ask_state(deadline);
      if (!state) co_return state;
    }
    if (!measuring_ && !numbered()) {
      ++counters_["not_measuring"];
      co_return Result<void>{};
    }
    auto newest = co_await ask_values({}, deadline);
    if (!newest) {
      const auto kind = newest.error().kind;
      suspect_ = !numbered() && (kind == ErrorKind::kTimeout || kind == ErrorKind::kBadFrame);
      co_return std::unexpected(newest.error());
    }
    auto measurement = read(*newest);
    if (!measurement) co_return std::unexpected(measurement.error());
    if (!numbered()) co_return outlet_.measurement(as_bytes(newest->telegram));
    auto delivered = co_await deliver_new(std::move(*newest), measurement->number(), deadline);
    co_return delivered;
  }

  /// Where nothing numbers the values, a late answer to AKON could be taken for the one to the next AKON. ASTZ stands
  /// between the two: only when it is answered, what was late has come and is dropped.
  asio::awaitable<Result<void>> ask_state(Deadline deadline) {
    auto answer = co_await conversation_.ask("ASTZ", {}, deadline);
    if (!answer) co_return std::unexpected(answer.error());
    suspect_ = false;
    outlet_.received(as_bytes(answer->telegram));
    if (ak_.measuring_states.empty()) co_return Result<void>{};
    if (auto reason = refusal(answer->reply); !reason.empty()) {
      ++counters_["refused"];
      co_return fail(ErrorKind::kRefusedByDevice, std::move(reason));
    }
    const auto& states = answer->reply.values;
    const auto named = [&](const std::string& state) { return std::ranges::find(states, state) != states.end(); };
    const bool measuring = std::ranges::any_of(ak_.measuring_states, named);
    if (measuring != measuring_) outlet_.notice("state", (measuring ? "measuring again: " : "not measuring: ") + joined(states));
    measuring_ = measuring;
    co_return Result<void>{};
  }

  /// Delivers what is new up to `newest`, which is number `number`: of a history, oldest first.
  asio::awaitable<Result<void>> deliver_new(Answer newest, std::optional<std::uint64_t> number, Deadline deadline) {
    if (!number) {
      outlet_.received(as_bytes(newest.telegram));
      ++counters_["without_number"];
      co_return Result<void>{};
    }
    const auto news = counter_.look(*number);
    if (news.restarted) {
      ++counters_["counter_restarts"];
      outlet_.notice("restarted", "the number of the newest measurement went down to " + std::to_string(*number));
    }
    if (!measuring_ && !news.empty()) {
      counters_["not_measuring"] += news.last - news.first + 1 + news.lost;
      counter_.done(*number);
    } else {
      counters_["history_missing"] += news.lost;
    }
    if (!measuring_ || news.empty()) {
      outlet_.received(as_bytes(newest.telegram));
      co_return Result<void>{};
    }
    auto fetched = co_await fetch_missed(news, deadline);
    if (!fetched || !*fetched) {
      outlet_.received(as_bytes(newest.telegram));  // its number is asked for again
      if (!fetched) co_return std::unexpected(fetched.error());
      co_return Result<void>{};
    }
    counter_.done(*number);
    co_return outlet_.measurement(as_bytes(newest.telegram));
  }

  /// False: the deadline came first, the rest is left for the next poll.
  asio::awaitable<Result<bool>> fetch_missed(DeviceCounter::News news, Deadline deadline) {
    for (auto missed = news.first; missed < news.last; ++missed) {
      if (clock_.monotonic() >= deadline) {
        ++counters_["history_postponed"];
        co_return false;
      }
      auto fetched = co_await fetch(missed, deadline);
      if (!fetched) {
        const bool gone = fetched.error().kind == ErrorKind::kDisconnected;
        if (gone || ++failed_fetches_ < kMostFetches) co_return std::unexpected(fetched.error());
        ++counters_["history_missing"];  // newer ones must not wait for it for ever
      }
      failed_fetches_ = 0;
      counter_.done(missed);
    }
    co_return true;
  }

  /// Delivers measurement `number`; one that the meter no longer has is counted. Errors end the poll: `number` is asked
  /// for again in the next one.
  asio::awaitable<Result<void>> fetch(std::uint64_t number, Deadline deadline) {
    auto answer = co_await ask_values(number, deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (!refusal(answer->reply).empty()) {
      outlet_.received(as_bytes(answer->telegram));
      ++counters_["history_missing"];
      co_return Result<void>{};
    }
    const auto measurement = read(*answer);
    if (!measurement) co_return std::unexpected(measurement.error());
    if (measurement->number() == number) co_return outlet_.measurement(as_bytes(answer->telegram));
    outlet_.dropped(as_bytes(answer->telegram));
    ++counters_["history_missing"];
    co_return Result<void>{};
  }

  /// Asks AKON, for a measurement of the history if `number` is there: then only "busy" is a refusal to report, the
  /// others say that the meter does not have it.
  asio::awaitable<Result<Answer>> ask_values(std::optional<std::uint64_t> number, Deadline deadline) {
    std::vector<std::string> data;
    if (number) data.push_back(std::to_string(*number));
    auto answer = co_await conversation_.ask("AKON", std::move(data), deadline);
    if (!answer) co_return answer;
    auto reason = refusal(answer->reply);
    if (reason.empty() || (number && !is_busy(answer->reply))) co_return answer;
    outlet_.received(as_bytes(answer->telegram));
    ++counters_["refused"];
    co_return fail(ErrorKind::kRefusedByDevice, std::move(reason));
  }

  Result<Measurement> read(const Answer& answer) {
    auto measurement = read_values(answer.reply.values, ak_);
    if (measurement) return measurement;
    outlet_.dropped(as_bytes(answer.telegram));
    ++counters_[answer.reply.values.size() == ak_.values.size() ? "bad_values" : "wrong_value_counts"];
    return measurement;
  }

  /// The digit rises with each change of the error state and is 0 when all errors are cleared. ASTF lists them. A failure
  /// leaves it for the next poll.
  asio::awaitable<Result<void>> tell_errors(Deadline deadline) {
    if (conversation_.status() != 0) {
      auto answer = co_await conversation_.ask("ASTF", {}, deadline);
      if (!answer) co_return std::unexpected(answer.error());
      outlet_.received(as_bytes(answer->telegram));
      told_status_ = conversation_.status().value_or(0);
      const auto reason = refusal(answer->reply);
      const auto& errors = answer->reply.values;
      auto detail = !reason.empty()   ? "; they cannot be read: " + reason
                    : errors.empty() ? "; none is listed"
                                     : ": errors " + joined(errors);
      tell_status("error status " + std::to_string(told_status_) + std::move(detail));
    } else {
      told_status_ = 0;
      tell_status("all errors cleared");
    }
    co_return Result<void>{};
  }

  void tell_status(std::string detail) {
    log::info("AK status changed", {{"DEVICE", device_.name}, {"STATUS", detail}});
    outlet_.notice("error_status", std::move(detail));
  }

  const Clock& clock_;
  asio::io_context& io_;
  DeviceSettings device_;
  const AkSettings& ak_;  ///< in `device_`
  Outlet outlet_;
  Counters counters_;
  DeviceCounter counter_;
  Conversation conversation_;
  bool measuring_ = true;
  bool suspect_ = false;    ///< an answer to AKON may still be on its way
  int told_status_ = 0;     ///< the status digit whose errors were said
  int failed_fetches_ = 0;  ///< of the oldest missed measurement
};

}  // namespace

Result<std::vector<Reading>> decode_ak(const DeviceSettings& device, ByteView measurement) {
  const auto& ak = std::get<AkSettings>(device.driver);
  const auto reply = parse_reply(as_text(measurement));
  if (!reply) return std::unexpected(reply.error());
  if (reply->code != "AKON") return fail(ErrorKind::kBadFrame, reply->code + " is no answer to AKON");
  auto values = read_values(reply->values, ak);
  if (!values) return std::unexpected(values.error());
  Reading reading;
  if (ak.count == CountSource::kShared) reading.count = values->vehicle_number;
  reading.body = std::move(values->body);
  return std::vector{std::move(reading)};
}

std::unique_ptr<Driver> make_ak_driver(DriverContext context, const DeviceSettings& settings) {
  return std::make_unique<AkDriver>(std::move(context), settings);
}

}  // namespace exhaust
