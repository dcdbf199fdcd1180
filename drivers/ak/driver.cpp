#include "drivers/ak/driver.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "daemon/core/log.hpp"
#include "drivers/ak/telegram.hpp"
#include "drivers/ak/values.hpp"
#include "drivers/device_counter.hpp"
#include "drivers/line/byte_line.hpp"
#include "drivers/outlet.hpp"

namespace exhaust {

namespace {

using namespace ak;

/// Measurements that are asked for after a silence: more is left to the gap entry.
constexpr std::uint64_t kMostHistory = 64;
/// Reads that empty the line before a question; a peer that talks without end is left to its answer's time
/// limit.
constexpr int kMostDrains = 16;
/// Polls in which one measurement of the history is asked for before it is given up.
constexpr int kMostFetches = 3;

/// One answer to AKON.
struct Answer {
  Reply reply;
  std::string telegram;
};

class AkDriver final : public Driver {
 public:
  AkDriver(DriverContext context, const DeviceSettings& device)
      : clock_(context.clock),
        line_(context.io),
        device_(device),
        ak_(std::get<AkSettings>(device.driver)),
        outlet_(std::move(context), device, &decode_ak),
        counter_(ak_.fetch_by_number ? kMostHistory : 1) {
    for (const char* word : {"bad_frames", "stale_answers", "refused", "aborted_telegrams", "dropped_telegrams",
                             "skipped_bytes", "status_changes", "counter_restarts", "history_missing",
                             "history_postponed", "without_number"}) {
      counters_[word] = 0;
    }
  }

  asio::awaitable<Result<void>> open(Deadline deadline) override {
    auto names = check_names(ak_.values);
    if (!names) co_return names;
    reader_.reset();
    auto opened = co_await line_.open(ak_.endpoint, deadline);
    if (opened) outlet_.begin_session();
    co_return opened;
  }

  asio::awaitable<Result<void>> poll(Deadline deadline) override {
    auto newest = co_await ask({}, deadline);
    if (!newest) co_return std::unexpected(newest.error());
    auto measurement = read(*newest);
    if (!measurement) co_return std::unexpected(measurement.error());
    const auto number = number_of(*measurement);
    if (!number) {
      outlet_.received(as_bytes(newest->telegram));
      ++counters_["without_number"];
      co_return Result<void>{};
    }
    const auto news = counter_.look(*number);
    counters_["history_missing"] += news.lost;
    if (news.restarted) ++counters_["counter_restarts"];
    if (news.empty()) {
      outlet_.received(as_bytes(newest->telegram));
      co_return Result<void>{};
    }
    for (auto missed = news.first; missed < news.last; ++missed) {
      if (clock_.monotonic() >= deadline) {
        outlet_.received(as_bytes(newest->telegram));
        ++counters_["history_postponed"];
        co_return Result<void>{};
      }
      auto fetched = co_await fetch(missed, deadline);
      if (!fetched) {
        const bool gone = fetched.error().kind == ErrorKind::kDisconnected;
        if (gone || ++failed_fetches_ < kMostFetches) {
          outlet_.received(as_bytes(newest->telegram));  // its number is asked for again
          co_return fetched;
        }
        ++counters_["history_missing"];  // newer ones must not wait for it for ever
      }
      failed_fetches_ = 0;
      counter_.done(missed);
    }
    counter_.done(*number);
    co_return outlet_.measurement(as_bytes(newest->telegram));
  }

  asio::awaitable<void> close() override {
    line_.close();
    co_return;
  }

  const Counters& counters() const override { return counters_; }

 private:
  bool names(std::string_view word) const { return std::ranges::find(ak_.values, word) != ak_.values.end(); }
  std::optional<std::uint64_t> number_of(const Measurement& measurement) const {
    return names("measurement_number") ? measurement.measurement_number : measurement.vehicle_number;
  }

  /// Delivers measurement `number`; one that the meter no longer has is counted. Errors end the poll:
  /// `number` is asked for again in the next one.
  asio::awaitable<Result<void>> fetch(std::uint64_t number, Deadline deadline) {
    auto answer = co_await ask(number, deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (!refusal(answer->reply).empty()) {
      outlet_.received(as_bytes(answer->telegram));
      ++counters_["history_missing"];
      co_return Result<void>{};
    }
    const auto measurement = read(*answer);
    if (!measurement) co_return std::unexpected(measurement.error());
    if (number_of(*measurement) == number) co_return outlet_.measurement(as_bytes(answer->telegram));
    outlet_.dropped(as_bytes(answer->telegram));
    ++counters_["history_missing"];
    co_return Result<void>{};
  }

  /// Asks AKON, for a measurement of the history if `number` is there: then only "busy" is a refusal to
  /// report, the others say that the meter does not have it.
  asio::awaitable<Result<Answer>> ask(std::optional<std::uint64_t> number, Deadline deadline) {
    const auto limit = std::min(deadline, clock_.monotonic() + device_.response_timeout);
    auto result = co_await exchange(number, limit);
    counters_["aborted_telegrams"] = reader_.aborted();
    counters_["dropped_telegrams"] = reader_.dropped();
    counters_["skipped_bytes"] = reader_.skipped_bytes();
    if (!result) co_return result;
    note_status(result->reply);
    auto reason = refusal(result->reply);
    if (reason.empty() || (number && !is_busy(result->reply))) co_return result;
    outlet_.received(as_bytes(result->telegram));
    ++counters_["refused"];
    co_return fail(ErrorKind::kRefusedByDevice, std::move(reason));
  }

  asio::awaitable<Result<Answer>> exchange(std::optional<std::uint64_t> number, Deadline limit) {
    auto empty = co_await drain();
    if (!empty) co_return std::unexpected(empty.error());
    std::vector<std::string> data;
    if (number) data.push_back(std::to_string(*number));
    const auto command = encode_command("AKON", ak_.channel, data, ak_.dont_care);
    outlet_.sent(as_bytes(command));
    auto written = co_await line_.write(command, limit);
    if (!written) co_return std::unexpected(written.error());
    while (true) {
      while (const auto telegram = reader_.next()) {
        auto reply = parse_reply(*telegram);
        if (!reply) {
          outlet_.dropped(as_bytes(*telegram));
          ++counters_["bad_frames"];
          co_return std::unexpected(reply.error());
        }
        if (reply->code == "AKON" || reply->code == kUnknownCode) {
          Answer answer{std::move(*reply), *telegram};
          co_return answer;
        }
        outlet_.dropped(as_bytes(*telegram));
        ++counters_["stale_answers"];
      }
      std::string bytes;
      auto count = co_await line_.read_some(bytes, limit);
      if (!count) co_return std::unexpected(count.error());
      reader_.feed(bytes);
    }
  }

  /// What stands on the line before we ask can only be a late answer.
  asio::awaitable<Result<void>> drain() {
    for (int i = 0; i < kMostDrains; ++i) {
      std::string bytes;
      auto count = co_await line_.read_some(bytes, Deadline::min());
      if (!count && count.error().kind != ErrorKind::kTimeout) co_return std::unexpected(count.error());
      if (!count) break;
      reader_.feed(bytes);
    }
    while (const auto late = reader_.next()) {
      outlet_.dropped(as_bytes(*late));
      ++counters_["stale_answers"];
    }
    reader_.reset();
    co_return Result<void>{};
  }

  Result<Measurement> read(const Answer& answer) {
    auto measurement = read_values(answer.reply.values, ak_.values);
    if (measurement) return measurement;
    outlet_.dropped(as_bytes(answer.telegram));
    ++counters_["bad_frames"];
    return measurement;
  }

  /// The digit rises with each change of the error state and is 0 when all errors are cleared.
  void note_status(const Reply& reply) {
    if (!reply.status || reply.status == status_) return;
    if (status_) {
      ++counters_["status_changes"];
      log::info("AK status changed", {{"DEVICE", device_.name}, {"STATUS", std::to_string(*reply.status)}});
    }
    status_ = reply.status;
  }

  const Clock& clock_;
  ByteLine line_;
  DeviceSettings device_;
  AkSettings ak_;
  Outlet outlet_;
  TelegramReader reader_;
  DeviceCounter counter_;
  std::optional<int> status_;
  int failed_fetches_ = 0;  ///< of the oldest missed measurement
  Counters counters_;
};

}  // namespace

Result<std::vector<Reading>> decode_ak(const DeviceSettings& device, ByteView measurement) {
  const auto& ak = std::get<AkSettings>(device.driver);
  const auto reply = parse_reply(as_text(measurement));
  if (!reply) return std::unexpected(reply.error());
  if (reply->code != "AKON") return fail(ErrorKind::kBadFrame, reply->code + " is no answer to AKON");
  const auto values = read_values(reply->values, ak.values);
  if (!values) return std::unexpected(values.error());
  Reading reading;
  if (ak.count == CountSource::kShared) reading.count = values->vehicle_number;
  reading.body = values->smoke;
  return std::vector{std::move(reading)};
}

std::unique_ptr<Driver> make_ak_driver(DriverContext context, const DeviceSettings& settings) {
  return std::make_unique<AkDriver>(std::move(context), settings);
}

}  // namespace exhaust
