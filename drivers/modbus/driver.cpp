#include "drivers/modbus/driver.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/log.hpp"
#include "drivers/device_counter.hpp"
#include "drivers/modbus/conditions.hpp"
#include "drivers/modbus/plan.hpp"
#include "drivers/outlet.hpp"

namespace exhaust {

namespace {

using namespace modbus;

/// How often a torn read is repeated.
constexpr int kMostRepeats = 3;

/// While measurement n is the newest, the device may be writing n + 1, in the slot of the oldest one.
std::uint64_t readable_history(const ModbusProfile& profile) { return profile.slots > 1 ? profile.slots - 1u : 1u; }

/// In a history a number also says the slot, and nobody knows in which one a device goes on.
std::uint64_t runs_over_at(const ModbusProfile& profile) {
  return profile.slots <= 1 && profile.handshake && profile.handshake->type == RegisterType::kU16 ? 65536 : 0;
}

/// Requests that were answered, and what the registers were.
struct Answered {
  std::vector<Envelope::Exchanged> exchanges;
  std::vector<Block> blocks;
};

/// A measurement of a history, and in which of the answers it stands whole.
struct Slot {
  std::uint64_t number = 0;
  std::uint8_t exchange = 0;
  Block block;
  bool torn = false;
};

class ModbusDriver final : public Driver {
 public:
  ModbusDriver(DriverContext context, const DeviceSettings& device, BusTable& buses)
      : clock_(context.clock),
        outlet_(std::move(context), device, &decode_modbus),
        device_(device),
        modbus_(std::get<ModbusSettings>(device.driver)),
        buses_(buses),
        counter_(readable_history(modbus_.profile), runs_over_at(modbus_.profile)) {
    for (const char* word :
         {"bad_frames", "refused", "queue_full", "out_of_range", "counter_restarts", "history_missing",
          "history_postponed", "torn", "torn_skipped", "overwritten", "not_measuring", "unknown_states", "late_answers",
          "foreign_frames", "echoes", "bad_crc", "short_frames", "noise_bytes"}) {
      counters_[word] = 0;
    }
  }

  asio::awaitable<Result<void>> open(Deadline deadline) override {
    auto checked = check(modbus_.profile);
    if (!checked) co_return checked;
    plan_ = plan_poll(modbus_.profile);
    auto bus = buses_.at(modbus_.endpoint, modbus_.line);
    if (!bus) co_return std::unexpected(bus.error());
    if (bus_ == nullptr) {
      bus_ = *bus;
      bus_->join();
    }
    auto connected = co_await bus_->connect(deadline);
    if (!connected) co_return connected;
    outlet_.begin_session();
    auto known = co_await identify(deadline);
    co_return known;
  }

  asio::awaitable<Result<void>> poll(Deadline deadline) override {
    if (bus_ == nullptr) co_return fail(ErrorKind::kDisconnected, device_.name + " is not open");
    if (modbus_.profile.slots > 1) {
      auto done = co_await poll_slots(deadline);
      co_return done;
    }
    if (modbus_.profile.handshake && !plan_.atomic) {
      auto done = co_await poll_counted(deadline);
      co_return done;
    }
    auto done = co_await poll_values(deadline);
    co_return done;
  }

  asio::awaitable<void> close() override {
    auto* bus = std::exchange(bus_, nullptr);
    if (bus != nullptr) co_await bus->leave();
  }

  const Counters& counters() const override { return counters_; }

 private:
  asio::awaitable<Result<void>> read(PlannedRead read, Deadline deadline, Answered& into) {
    auto* bus = bus_;
    if (bus == nullptr) co_return fail(ErrorKind::kDisconnected, device_.name + " was closed");
    const ReadRequest request{modbus_.unit_id, read.function, read.range, device_.response_timeout, modbus_.patience};
    std::vector<BusFrame> told;
    auto exchange = co_await bus->read(request, deadline, told);
    for (const auto& frame : told) tell(frame);
    if (!exchange) {
      const auto kind = exchange.error().kind;
      if (kind == ErrorKind::kBadFrame) ++counters_["bad_frames"];
      if (kind == ErrorKind::kRefusedByDevice) ++counters_["refused"];
      if (kind == ErrorKind::kRefused) ++counters_["queue_full"];
      co_return std::unexpected(exchange.error());
    }
    into.blocks.push_back({read.function, read.range.first, std::move(exchange->registers)});
    into.exchanges.push_back({std::move(exchange->request), std::move(exchange->answer)});
    co_return Result<void>{};
  }

  /// One after the other; after an error those that were answered are told as received.
  asio::awaitable<Result<void>> read_all(std::vector<PlannedRead> reads, Deadline deadline, Answered& into) {
    for (const auto& planned : reads) {
      auto done = co_await read(planned, deadline, into);
      if (!done) {
        received(into);
        co_return done;
      }
    }
    co_return Result<void>{};
  }

  void tell(const BusFrame& frame) {
    if (frame.amount > 0) counters_[frame.counter] += frame.amount;
    if (frame.kind == Frame::Kind::kSent) outlet_.sent(frame.bytes);
    else if (frame.kind == Frame::Kind::kReceived) outlet_.received(frame.bytes);
    else outlet_.dropped(frame.bytes);
  }

  /// These answers become no reading.
  void received(const Answered& answered) {
    for (const auto& exchange : answered.exchanges) {
      outlet_.sent(exchange.request);
      outlet_.received(exchange.answer);
    }
  }

  Result<void> measured(Answered answered, std::vector<Envelope::Taking> takings = {}) {
    Envelope envelope{framing_of(modbus_.endpoint), std::move(answered.exchanges), std::move(takings)};
    if (const auto decoded = decode(envelope, modbus_.profile)) {
      for (const auto& one : *decoded) counters_["out_of_range"] += one.out_of_range;
    }
    return outlet_.measurement(compose(envelope));
  }

  asio::awaitable<Result<void>> identify(Deadline deadline) {
    Answered answered;
    auto done = co_await read_all(plan_.identity, deadline, answered);
    if (!done) co_return done;
    received(answered);
    const auto found = read_identities(answered.blocks, modbus_.profile);
    for (const auto& [name, value] : found) {
      if (!value || known_[name] == value) continue;
      known_[name] = value;
      outlet_.notice("identity", name + ": " + *value);
    }
    auto expected = check_identities(found, modbus_.profile);
    if (!expected) expected.error().detail = "unit " + std::to_string(modbus_.unit_id) + " " + expected.error().detail;
    co_return expected;
  }

  /// Tells what changed. True: the device measures.
  bool look_at_conditions(std::span<const Block> blocks) {
    const auto change = conditions_.look(blocks);
    counters_["unknown_states"] += change.unknown_states;
    for (const auto& notice : change.notices) outlet_.notice(notice.word, notice.detail);
    return conditions_.measuring();
  }

  std::optional<std::uint64_t> counter_in(std::span<const Block> blocks) const {
    const auto& field = *modbus_.profile.handshake;
    const auto words = find_words(blocks, field, modbus_.profile);
    if (words.empty()) return std::nullopt;
    return decode_bits(words, field.order);
  }

  asio::awaitable<Result<std::uint64_t>> read_counter(Deadline deadline) {
    Answered answered;
    auto done = co_await read_all(plan_.counter, deadline, answered);
    if (!done) co_return std::unexpected(done.error());
    received(answered);
    co_return counter_in(answered.blocks).value_or(0);
  }

  DeviceCounter::News look(std::uint64_t newest) {
    const auto news = counter_.look(newest);
    counters_["history_missing"] += news.lost;
    if (news.restarted) {
      ++counters_["counter_restarts"];
      outlet_.notice("restarted", "the measurement counter went down to " + std::to_string(newest));
      log::warning("measurement counter went down", {{"DEVICE", device_.name}, {"COUNTER", std::to_string(newest)}});
    }
    return news;
  }

  bool torn(std::span<const Block> blocks, std::uint64_t number) const {
    if (!has_measurement_check(modbus_.profile)) return false;
    const auto decoded = decode(blocks, modbus_.profile);
    return decoded && decoded->measurement_check != static_cast<std::uint16_t>(number);
  }

  /// Everything at once: a device without a counter, or whose counter and values come in one answer.
  asio::awaitable<Result<void>> poll_values(Deadline deadline) {
    Answered watched;
    auto done = co_await read_all(plan_.watch, deadline, watched);
    if (!done) co_return done;
    received(watched);
    for (int repeats = 0; repeats <= kMostRepeats; ++repeats) {
      Answered answered;
      done = co_await read_all(plan_.values, deadline, answered);
      if (!done) co_return done;
      auto all = watched.blocks;
      all.insert(all.end(), answered.blocks.begin(), answered.blocks.end());
      const bool measuring = look_at_conditions(all);
      const auto newest = modbus_.profile.handshake ? counter_in(answered.blocks) : std::nullopt;
      const bool known = newest && look(*newest).empty();
      const bool mixed = newest && !known && torn(answered.blocks, *newest);
      if (newest && (!mixed || repeats == kMostRepeats)) counter_.done(*newest);
      if (measuring && !known && !mixed) co_return measured(std::move(answered));
      received(answered);
      if (mixed) ++counters_["torn"];
      if (!mixed && !known) ++counters_["not_measuring"];
      if (!mixed) co_return Result<void>{};
    }
    ++counters_["torn_skipped"];
    co_return Result<void>{};
  }

  /// A counter and values that need several requests: the counter is read before and after them, and when it moved
  /// everything is read again.
  asio::awaitable<Result<void>> poll_counted(Deadline deadline) {
    Answered watched;
    auto done = co_await read_all(plan_.watch, deadline, watched);
    if (!done) co_return done;
    received(watched);
    const bool measuring = look_at_conditions(watched.blocks);
    auto newest = counter_in(watched.blocks).value_or(0);
    if (look(newest).empty()) co_return Result<void>{};
    if (!measuring) {
      ++counters_["not_measuring"];
      counter_.done(newest);
      co_return Result<void>{};
    }
    for (int repeats = 0; repeats <= kMostRepeats; ++repeats) {
      if (clock_.monotonic() >= deadline) {
        ++counters_["history_postponed"];
        co_return Result<void>{};
      }
      Answered answered;
      done = co_await read_all(plan_.values, deadline, answered);
      if (!done) co_return done;
      auto after = co_await read_counter(deadline);
      if (!after) {
        received(answered);
        co_return std::unexpected(after.error());
      }
      if (*after == newest && !torn(answered.blocks, newest)) {
        counter_.done(newest);
        co_return measured(std::move(answered));
      }
      received(answered);
      ++counters_["torn"];
      if (*after == newest) continue;
      newest = *after;
      if (look(newest).empty()) co_return Result<void>{};
    }
    ++counters_["torn_skipped"];
    counter_.done(newest);
    co_return Result<void>{};
  }

  asio::awaitable<Result<void>> poll_slots(Deadline deadline) {
    Answered watched;
    auto done = co_await read_all(plan_.watch, deadline, watched);
    if (!done) co_return done;
    received(watched);
    const auto newest = counter_in(watched.blocks).value_or(0);
    // States in the slots belong to their measurement; those elsewhere hold for all that is new.
    (void)look_at_conditions(watched.blocks);
    const auto news = look(newest);
    for (auto next = news.first; next <= news.last;) {
      if (clock_.monotonic() >= deadline) {
        ++counters_["history_postponed"];
        co_return Result<void>{};
      }
      Answered answered;
      auto slots = co_await read_slots(plan_slots(modbus_.profile, next, news.last), deadline, answered);
      if (!slots) co_return std::unexpected(slots.error());
      // Only now is it known whether the device wrote over them while they were being read.
      auto after = co_await read_counter(deadline);
      if (!after || *after < news.last) received(answered);
      if (!after) co_return std::unexpected(after.error());
      if (*after < news.last) {
        look(*after);
        co_return Result<void>{};
      }
      auto taken = take(std::move(answered), *slots, *after);
      if (!taken) co_return taken;
      next = slots->back().number + 1;
    }
    co_return Result<void>{};
  }

  /// A torn slot is read once more: the device may have been writing it. Then `answered` holds both answers.
  asio::awaitable<Result<std::vector<Slot>>> read_slots(SlotRequest request, Deadline deadline, Answered& answered) {
    std::vector<Slot> slots;
    const std::vector<PlannedRead> reads(1, request.read);
    for (std::uint8_t exchange = 0; exchange < 2; ++exchange) {
      auto done = co_await read_all(reads, deadline, answered);
      if (!done) co_return std::unexpected(done.error());
      bool whole = true;
      for (std::size_t i = 0; i < request.count; ++i) {
        if (exchange > 0 && !slots[i].torn) continue;
        Slot slot{request.first + i, exchange, {}, false};
        slot.block = cut_slot(modbus_.profile, answered.blocks.back(), slot.number);
        slot.torn = torn({&slot.block, 1}, slot.number);
        if (slot.torn) ++counters_["torn"];
        whole = whole && !slot.torn;
        if (exchange == 0) slots.push_back(std::move(slot));
        else slots[i] = std::move(slot);
      }
      if (whole) break;
    }
    co_return slots;
  }

  /// Delivers the slots that are whole, or counts why not; `newest` is the counter after they were read.
  Result<void> take(Answered answered, std::span<const Slot> slots, std::uint64_t newest) {
    std::vector<Envelope::Taking> takings;
    for (const auto& slot : slots) {
      if (newest - slot.number >= readable_history(modbus_.profile)) {
        ++counters_["overwritten"];
      } else if (slot.torn) {
        ++counters_["torn_skipped"];
      } else if (!look_at_conditions({&slot.block, 1})) {
        ++counters_["not_measuring"];
      } else {
        takings.push_back({slot.exchange, slot.number});
      }
      counter_.done(slot.number);
    }
    if (!takings.empty()) return measured(std::move(answered), std::move(takings));
    received(answered);
    return {};
  }

  const Clock& clock_;
  Outlet outlet_;
  DeviceSettings device_;
  ModbusSettings modbus_;
  BusTable& buses_;
  Bus* bus_ = nullptr;  ///< while open
  PollPlan plan_;
  DeviceCounter counter_;
  Conditions conditions_{modbus_.profile};
  std::map<std::string, std::optional<std::string>> known_;  ///< identities as last told
  Counters counters_;
};

}  // namespace

std::unique_ptr<Driver> make_modbus_driver(DriverContext context, const DeviceSettings& settings, BusTable& buses) {
  return std::make_unique<ModbusDriver>(std::move(context), settings, buses);
}

}  // namespace exhaust
