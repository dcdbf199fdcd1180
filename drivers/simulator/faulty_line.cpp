#include "drivers/simulator/faulty_line.hpp"

#include <utility>

namespace exhaust::simulator {

namespace {

std::vector<FaultKind> kinds_of(bool on_connection, bool has_busy) {
  std::vector<FaultKind> kinds(std::begin(kLineFaults), std::end(kLineFaults));
  if (on_connection) kinds.insert(kinds.end(), std::begin(kConnectionFaults), std::end(kConnectionFaults));
  if (has_busy) kinds.push_back(FaultKind::kBusy);
  return kinds;
}

}  // namespace

Sending FaultyLines::send(Answer answer, bool on_connection, double at_s) {
  Sending sending;
  auto& held = held_[answer.device];
  for (auto& each : held) --each.requests;
  while (!held.empty() && held.front().requests == 0) {
    sending.writes.push_back({Duration::zero(), std::move(held.front().bytes)});
    held.pop_front();
  }
  const auto busy = busy_instead_of(answer.bytes, answer.framing);
  const auto strike = schedule_.strike(answer.device, kinds_of(on_connection, busy.has_value()), at_s);
  if (!strike) {
    sending.writes.push_back({Duration::zero(), std::move(answer.bytes)});
  } else if (strike->fault->kind == FaultKind::kBusy) {
    sending.writes.push_back({Duration::zero(), *busy});
  } else {
    spoil(answer, *strike, sending);
  }
  return sending;
}

void FaultyLines::spoil(Answer& answer, Strike strike, Sending& sending) {
  const auto& fault = *strike.fault;
  auto& bytes = answer.bytes;
  const auto write = [&](Bytes what) { sending.writes.push_back({Duration::zero(), std::move(what)}); };
  switch (fault.kind) {
    case FaultKind::kDelay: sending.writes.push_back({fault.delay, std::move(bytes)}); break;
    case FaultKind::kLate: held_[answer.device].push_back({std::move(bytes), fault.late_by}); break;
    case FaultKind::kWrongChecksum: write(with_wrong_checksum(std::move(bytes), answer.framing)); break;
    case FaultKind::kNoise:
      write(with_noise(std::move(bytes), noise(fault.noise_bytes, answer.framing, strike.random), fault.noise_inside, answer.framing));
      break;
    case FaultKind::kTruncated:
      bytes.resize(bytes.size() / 2);
      write(std::move(bytes));
      break;
    case FaultKind::kTrickle:
      for (const auto byte : bytes) sending.writes.push_back({fault.interval, Bytes{byte}});
      break;
    case FaultKind::kReset: sending.end = Sending::End::kReset; break;
    case FaultKind::kHalfOpen: sending.end = Sending::End::kHalfOpen; break;
    case FaultKind::kSilence:
    case FaultKind::kBusy:
    case FaultKind::kTorn:
    case FaultKind::kDoublePost:
    case FaultKind::kClock: break;
  }
}

}  // namespace exhaust::simulator
