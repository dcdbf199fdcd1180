#include "drivers/simulator/serial_line.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace exhaust::simulator {

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

void report(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

SerialLine::SerialLine(asio::io_context& io, std::unique_ptr<Conversation> conversation, Surroundings surroundings)
    : io_(io), conversation_(std::move(conversation)), surroundings_(std::move(surroundings)), outbox_(io, *this) {}

Result<std::unique_ptr<SerialLine>> SerialLine::make(asio::io_context& io, std::filesystem::path link,
                                                     std::unique_ptr<Conversation> conversation, Surroundings surroundings) {
  auto line = std::unique_ptr<SerialLine>(new SerialLine(io, std::move(conversation), std::move(surroundings)));
  auto pty = Pty::open(io, std::move(link), [at = line.get()](ByteView bytes) { at->received(bytes); });
  if (!pty) return std::unexpected(pty.error());
  line->start(std::move(*pty));
  return line;
}

Result<std::unique_ptr<SerialLine>> SerialLine::open(asio::io_context& io, const Endpoint& port,
                                                     std::unique_ptr<Conversation> conversation, Surroundings surroundings) {
  auto line = std::unique_ptr<SerialLine>(new SerialLine(io, std::move(conversation), std::move(surroundings)));
  auto pty = Pty::open_port(io, port, [at = line.get()](ByteView bytes) { at->received(bytes); });
  if (!pty) return std::unexpected(pty.error());
  line->start(std::move(*pty));
  return line;
}

void SerialLine::start(std::unique_ptr<Pty> pty) {
  pty_ = std::move(pty);
  asio::co_spawn(io_, write_forever(), &report);
  asio::co_spawn(io_, beat_forever(), &report);
}

void SerialLine::received(ByteView bytes) {
  traffic_.bytes_in += bytes.size();
  const auto now = SystemClock().monotonic();
  if (now - heard_ > kFrameSilence) conversation_->silence();
  heard_ = now;
  for (auto& answer : conversation_->take(bytes, surroundings_.now_s())) say(std::move(answer));
}

void SerialLine::say(Answer answer) {
  ++traffic_.answers;
  traffic_.last_answer = answer.bytes;
  auto sending = surroundings_.lines.send(std::move(answer), false, surroundings_.now_s());
  // What goes at once goes at once: a report is on the wire before the vehicle's other devices speak.
  const bool at_once = std::ranges::all_of(sending.writes, [](const auto& write) { return write.after <= Duration::zero(); });
  if (!outbox_.empty() || !at_once) return outbox_.push(std::move(sending));
  for (const auto& write : sending.writes) pty_->send(write.bytes);
}

Traffic SerialLine::traffic() const {
  auto traffic = traffic_;
  traffic.lost = pty_->frames_lost() + outbox_.lost();
  return traffic;
}

asio::awaitable<bool> SerialLine::write(Bytes bytes) {
  pty_->send(bytes);
  co_return true;
}

asio::awaitable<void> SerialLine::write_forever() { [[maybe_unused]] const auto end = co_await outbox_.run(); }

asio::awaitable<void> SerialLine::beat_forever() {
  asio::steady_timer beats(io_);
  for (;;) {
    beats.expires_after(kBeat);
    [[maybe_unused]] const auto [cancelled] = co_await beats.async_wait(kAsTuple);
    for (auto& answer : conversation_->beat(surroundings_.now_s())) say(std::move(answer));
  }
}

}  // namespace exhaust::simulator
