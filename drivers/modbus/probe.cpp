#include "drivers/modbus/probe.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <set>
#include <utility>

namespace exhaust::modbus {

namespace {

constexpr std::size_t kMostFindings = 16;

/// One sweep over a line.
class Sweep {
 public:
  Sweep(Bus& bus, ProbeRequest request, std::function<void(const ProbeProgress&)> progress)
      : bus_(bus), request_(std::move(request)), progress_(std::move(progress)), ranges_(probed_ranges(request_)) {}

  asio::awaitable<Result<std::vector<Finding>>> run() {
    std::vector<Finding> findings;
    for (unsigned unit = request_.first_unit; unit <= request_.last_unit && !spent(); ++unit) {
      told_.unit = static_cast<std::uint8_t>(unit);
      bool answered = false;
      for (const auto function : request_.functions) {
        RegisterImage image{told_.unit, function, {}};
        auto alive = co_await look(image);
        if (!alive) co_return std::unexpected(alive.error());
        answered = answered || *alive;
        if (!*alive && !answered) continue;
        add_findings(image, findings);
      }
      if (answered) say("unit " + std::to_string(unit) + " answers", true);
    }
    co_return ranked(std::move(findings), kMostFindings);
  }

 private:
  bool spent() const {
    return told_.requests >= request_.most_requests || std::chrono::steady_clock::now() >= request_.deadline;
  }

  void say(std::string what, bool new_unit = false) {
    told_.units += new_unit ? 1 : 0;
    told_.said = std::move(what);
    if (progress_) progress_(told_);
  }

  /// Fills in the image. False: nobody answers. A range that the device refuses is halved, until it is known which
  /// registers it has.
  asio::awaitable<Result<bool>> look(RegisterImage& image) {
    std::deque<RegisterRange> waiting(ranges_.begin(), ranges_.end());
    bool alive = false;
    unsigned silences = 0;
    while (!waiting.empty() && !spent()) {
      const auto range = waiting.front();
      waiting.pop_front();
      const ReadRequest read{image.unit, image.function, range, request_.response_timeout, patience()};
      std::vector<BusFrame> told;
      const auto deadline = std::min(request_.deadline, std::chrono::steady_clock::now() + Bus::kConnectMost + request_.response_timeout);
      auto exchange = co_await bus_.read(read, deadline, told);
      ++told_.requests;
      say("");
      if (exchange) {
        alive = true;
        silences = 0;
        for (std::size_t i = 0; i < exchange->registers.size(); ++i) {
          image.words[static_cast<std::uint16_t>(range.first + i)] = exchange->registers[i];
        }
        continue;
      }
      const auto kind = exchange.error().kind;
      if (kind == ErrorKind::kRefusedByDevice) {
        alive = true;
        if (range.count > 1) halve(range, waiting);
      } else if (kind == ErrorKind::kSettings || kind == ErrorKind::kRefused) {
        co_return std::unexpected(exchange.error());
      } else if (kind == ErrorKind::kDisconnected) {
        auto connected = co_await bus_.connect(deadline);
        if (!connected) co_return std::unexpected(connected.error());
        if (!alive || ++silences > 2) break;
      } else if (!alive || ++silences > 2) {
        break;
      }
    }
    co_return alive;
  }

  static void halve(RegisterRange range, std::deque<RegisterRange>& waiting) {
    const auto half = static_cast<std::uint16_t>(range.count / 2);
    waiting.push_back({range.first, half});
    waiting.push_back({static_cast<std::uint16_t>(range.first + half), static_cast<std::uint16_t>(range.count - half)});
  }

  /// A probe waits for nobody: whoever is silent is asked no more anyway.
  static ModbusPatience patience() {
    ModbusPatience patience;
    patience.silent_after = 100;
    return patience;
  }

  void add_findings(const RegisterImage& image, std::vector<Finding>& findings) const {
    for (const auto& candidate : request_.candidates) std::ranges::move(score(image, candidate), std::back_inserter(findings));
    if (request_.weather) std::ranges::move(search_weather(image), std::back_inserter(findings));
  }

  Bus& bus_;
  ProbeRequest request_;
  std::function<void(const ProbeProgress&)> progress_;
  std::vector<RegisterRange> ranges_;
  ProbeProgress told_;
};

}  // namespace

std::vector<RegisterRange> probed_ranges(const ProbeRequest& request) {
  std::set<std::uint16_t> wanted;
  const auto want = [&](std::size_t first, std::size_t end) {
    for (std::size_t at = first == 0 ? 0 : first - 1; at < std::min<std::size_t>(end + 1, 65536); ++at) {
      wanted.insert(static_cast<std::uint16_t>(at));
    }
  };
  for (const auto& candidate : request.candidates) {
    for (const auto& field : candidate.fields) want(field.address, end_of(field));
    if (candidate.handshake) want(candidate.handshake->address, end_of(*candidate.handshake));
  }
  for (const auto& range : request.ranges) want(range.first, static_cast<std::size_t>(range.first) + range.count);
  const auto forbidden = [&](std::uint16_t at) {
    return std::ranges::any_of(request.forbidden, [&](const auto& range) { return at >= range.first && at <= range.second; }) ||
           std::ranges::any_of(request.candidates, [&](const auto& each) { return touches_forbidden(each, at, at + 1u); });
  };
  std::vector<RegisterRange> ranges;
  for (const auto at : wanted) {
    if (forbidden(at)) continue;
    if (!ranges.empty() && ranges.back().first + ranges.back().count == at && ranges.back().count < request.most_registers) {
      ++ranges.back().count;
    } else {
      ranges.push_back({at, 1});
    }
  }
  return ranges;
}

asio::awaitable<Result<std::vector<Finding>>> probe(Bus& bus, ProbeRequest request,
                                                    std::function<void(const ProbeProgress&)> progress) {
  auto connected = co_await bus.connect(std::min(request.deadline, std::chrono::steady_clock::now() + Bus::kConnectMost));
  if (!connected) co_return std::unexpected(connected.error());
  Sweep sweep(bus, std::move(request), std::move(progress));
  auto findings = co_await sweep.run();
  co_return findings;
}

}  // namespace exhaust::modbus
