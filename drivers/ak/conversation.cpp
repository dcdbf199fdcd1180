#include "drivers/ak/conversation.hpp"

#include <algorithm>
#include <utility>

namespace exhaust::ak {

namespace {

/// Reads that empty the line before a question; a peer that talks without end is left to its answer's time limit.
constexpr int kMostDrains = 16;

}  // namespace

Conversation::Conversation(boost::asio::io_context& io, const Clock& clock, const DeviceSettings& device, Outlet& outlet,
                           Counters& counters)
    : clock_(clock), device_(device), ak_(std::get<AkSettings>(device.driver)), outlet_(outlet), counters_(counters), line_(io) {
  for (const char* word : {"bad_frames", "stale_answers", "aborted_telegrams", "dropped_telegrams", "skipped_bytes", "status_changes"}) {
    counters_[word] = 0;
  }
}

boost::asio::awaitable<Result<void>> Conversation::open(Deadline deadline) {
  reader_.reset();
  tell_dropped();
  auto opened = co_await line_.open(ak_.endpoint, deadline);
  co_return opened;
}

boost::asio::awaitable<Result<Answer>> Conversation::ask(std::string code, std::vector<std::string> data, Deadline deadline) {
  const auto limit = std::min(deadline, clock_.monotonic() + device_.response_timeout);
  auto answer = co_await exchange(std::move(code), std::move(data), limit);
  tell_dropped();
  if (answer) note_status(answer->reply);
  co_return answer;
}

boost::asio::awaitable<Result<Answer>> Conversation::exchange(std::string code, std::vector<std::string> data, Deadline limit) {
  auto empty = co_await drain();
  if (!empty) co_return std::unexpected(empty.error());
  const auto command = encode_command(code, ak_.channel, data, ak_.dont_care);
  outlet_.sent(as_bytes(command));
  auto written = co_await line_.write(command, limit);
  if (!written) co_return std::unexpected(written.error());
  while (true) {
    while (auto telegram = reader_.next()) {
      auto reply = parse_reply(*telegram);
      if (!reply) {
        outlet_.dropped(as_bytes(*telegram));
        ++counters_["bad_frames"];
        co_return std::unexpected(reply.error());
      }
      if (reply->code == code || reply->code == kUnknownCode) {
        Answer answer{std::move(*reply), std::move(*telegram)};
        co_return answer;
      }
      outlet_.dropped(as_bytes(*telegram));
      ++counters_["stale_answers"];
    }
    std::string bytes;
    auto count = co_await line_.read_some(bytes, limit);
    if (!count) co_return std::unexpected(count.error());
    reader_.feed(bytes);
    tell_dropped();
  }
}

/// What stands on the line before we ask can only be a late answer.
boost::asio::awaitable<Result<void>> Conversation::drain() {
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
  tell_dropped();
  co_return Result<void>{};
}

void Conversation::tell_dropped() {
  if (const auto bytes = reader_.take_dropped(); !bytes.empty()) outlet_.dropped(as_bytes(bytes));
  counters_["aborted_telegrams"] = reader_.aborted();
  counters_["dropped_telegrams"] = reader_.dropped();
  counters_["skipped_bytes"] = reader_.skipped_bytes();
}

void Conversation::note_status(const Reply& reply) {
  if (!reply.status || reply.status == status_) return;
  if (status_) ++counters_["status_changes"];
  status_ = reply.status;
}

}  // namespace exhaust::ak
