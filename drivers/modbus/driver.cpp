#include "drivers/modbus/driver.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/log.hpp"
#include "drivers/device_counter.hpp"
#include "drivers/modbus/map.hpp"

namespace exhaust {

namespace {

using namespace modbus;

/// While measurement n is the newest, the device may be writing n + 1, in the slot of the oldest one.
std::uint64_t readable_history(const ModbusProfile& profile) { return profile.slots > 1 ? profile.slots - 1u : 1u; }

/// One measurement as it was read.
struct Slot {
  std::uint64_t number = 0;
  Block block;
  Decoded decoded;
  bool torn = false;
};

class ModbusDriver final : public Driver {
 public:
  ModbusDriver(DriverContext context, const DeviceSettings& device, BusTable& buses)
      : context_(std::move(context)),
        device_(device),
        modbus_(std::get<ModbusSettings>(device.driver)),
        buses_(buses),
        counter_(readable_history(modbus_.profile)) {
    for (const char* word : {"bad_frames", "refused", "queue_full", "out_of_range", "counter_restarts",
                             "history_missing", "history_postponed", "torn", "overwritten", "late_answers",
                             "foreign_frames", "echoes", "bad_crc", "short_frames", "noise_bytes"}) {
      counters_[word] = 0;
    }
  }

  asio::awaitable<Result<void>> open(Deadline deadline) override {
    auto checked = check(modbus_.profile);
    if (!checked) co_return checked;
    auto bus = buses_.at(modbus_.endpoint, modbus_.line);
    if (!bus) co_return std::unexpected(bus.error());
    if (bus_ == nullptr) {
      bus_ = *bus;
      bus_->join();
    }
    auto connected = co_await bus_->connect(deadline);
    if (connected) ++session_;
    co_return connected;
  }

  asio::awaitable<Result<void>> poll(Deadline deadline) override {
    if (bus_ == nullptr) co_return fail(ErrorKind::kDisconnected, device_.name + " is not open");
    if (modbus_.profile.handshake) {
      auto done = co_await poll_measurements(deadline);
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
  asio::awaitable<Result<Registers>> read(RegisterRange range, Deadline deadline) {
    auto* bus = bus_;
    if (bus == nullptr) co_return fail(ErrorKind::kDisconnected, device_.name + " was closed");
    const ReadRequest request{modbus_.unit_id, modbus_.profile.function, range, device_.response_timeout,
                              modbus_.patience};
    std::vector<BusFrame> told;
    auto exchange = co_await bus->read(request, deadline, told);
    for (const auto& frame : told) {
      if (frame.amount > 0) counters_[frame.counter] += frame.amount;
    }
    if (!exchange) {
      const auto kind = exchange.error().kind;
      if (kind == ErrorKind::kBadFrame) ++counters_["bad_frames"];
      if (kind == ErrorKind::kRefusedByDevice) ++counters_["refused"];
      if (kind == ErrorKind::kRefused) ++counters_["queue_full"];
    }
    if (!exchange) co_return std::unexpected(exchange.error());
    co_return std::move(exchange->registers);
  }

  asio::awaitable<Result<void>> poll_values(Deadline deadline) {
    std::vector<Block> blocks;
    for (const auto range : plan(modbus_.profile)) {
      auto registers = co_await read(range, deadline);
      if (!registers) co_return std::unexpected(registers.error());
      blocks.push_back({range.first, std::move(*registers)});
    }
    auto decoded = decode(blocks, modbus_.profile);
    if (!decoded) co_return std::unexpected(decoded.error());
    deliver(*decoded, blocks);
    co_return Result<void>{};
  }

  asio::awaitable<Result<void>> poll_measurements(Deadline deadline) {
    auto newest = co_await read_counter(deadline);
    if (!newest) co_return std::unexpected(newest.error());
    const auto news = look(*newest);
    for (auto next = news.first; next <= news.last;) {
      if (context_.clock.monotonic() >= deadline) {
        ++counters_["history_postponed"];
        co_return Result<void>{};
      }
      auto slots = co_await read_slots(plan_slots(modbus_.profile, next, news.last), deadline);
      if (!slots) co_return std::unexpected(slots.error());
      // Only now is it known whether the device wrote over them while they were being read.
      auto after = co_await read_counter(deadline);
      if (!after) co_return std::unexpected(after.error());
      if (*after < news.last) {
        look(*after);
        co_return Result<void>{};
      }
      for (const auto& slot : *slots) take(slot, *after);
      next = slots->back().number + 1;
    }
    co_return Result<void>{};
  }

  asio::awaitable<Result<std::uint64_t>> read_counter(Deadline deadline) {
    const auto& field = *modbus_.profile.handshake;
    const RegisterRange range{field.address, static_cast<std::uint16_t>(word_count(field.type))};
    auto registers = co_await read(range, deadline);
    if (!registers) co_return std::unexpected(registers.error());
    co_return static_cast<std::uint64_t>(modbus::decode(*registers, field.type, field.order));
  }

  DeviceCounter::News look(std::uint64_t newest) {
    const auto news = counter_.look(newest);
    counters_["history_missing"] += news.lost;
    if (news.restarted) {
      ++counters_["counter_restarts"];
      log::warning("measurement counter went down", {{"DEVICE", device_.name}, {"COUNTER", std::to_string(newest)}});
    }
    return news;
  }

  /// A torn slot is read once more: the device may have been writing it.
  asio::awaitable<Result<std::vector<Slot>>> read_slots(SlotRequest request, Deadline deadline) {
    auto slots = co_await read_slots_once(request, deadline);
    if (!slots || std::ranges::none_of(*slots, &Slot::torn)) co_return slots;
    auto again = co_await read_slots_once(request, deadline);
    if (!again) co_return again;
    for (std::size_t i = 0; i < slots->size(); ++i) {
      if ((*slots)[i].torn) (*slots)[i] = std::move((*again)[i]);
    }
    co_return slots;
  }

  asio::awaitable<Result<std::vector<Slot>>> read_slots_once(SlotRequest request, Deadline deadline) {
    auto registers = co_await read(request.range, deadline);
    if (!registers) co_return std::unexpected(registers.error());
    std::vector<Slot> slots;
    for (std::size_t i = 0; i < request.count; ++i) {
      Slot slot;
      slot.number = request.first + i;
      slot.block = cut_slot(modbus_.profile, *registers, i);
      auto decoded = decode({&slot.block, 1}, modbus_.profile);
      if (!decoded) co_return std::unexpected(decoded.error());
      slot.decoded = std::move(*decoded);
      slot.torn = checkable() && slot.decoded.measurement_check != static_cast<std::uint16_t>(slot.number);
      slots.push_back(std::move(slot));
    }
    co_return slots;
  }

  bool checkable() const {
    return std::ranges::find(modbus_.profile.fields, "measurement_check", &RegisterField::quantity) !=
           modbus_.profile.fields.end();
  }

  /// Delivers a slot, or counts why not; `newest` is the counter after it was read.
  void take(const Slot& slot, std::uint64_t newest) {
    if (newest - slot.number >= readable_history(modbus_.profile)) {
      ++counters_["overwritten"];
    } else if (slot.torn) {
      ++counters_["torn"];
    } else {
      deliver(slot.decoded, {&slot.block, 1});
    }
    counter_.done(slot.number);
  }

  void deliver(const Decoded& decoded, std::span<const Block> blocks) {
    counters_["out_of_range"] += decoded.out_of_range;
    Hasher frame;
    for (const auto& block : blocks) frame.add(wire_bytes(block.words));
    Reading reading;
    reading.device = device_.name;
    reading.lane = device_.lane;
    reading.delivered = context_.clock.monotonic();
    reading.session = session_;
    reading.frame_sha256 = frame.finish();
    if (modbus_.count == CountSource::kShared) reading.count = decoded.vehicle_number;
    std::visit([&](const auto& body) { reading.body = body; }, decoded.body);
    context_.deliver(std::move(reading));
  }

  DriverContext context_;
  DeviceSettings device_;
  ModbusSettings modbus_;
  BusTable& buses_;
  Bus* bus_ = nullptr;  ///< while open
  DeviceCounter counter_;
  std::uint32_t session_ = 0;
  Counters counters_;
};

}  // namespace

std::unique_ptr<Driver> make_modbus_driver(DriverContext context, const DeviceSettings& settings, BusTable& buses) {
  return std::make_unique<ModbusDriver>(std::move(context), settings, buses);
}

}  // namespace exhaust
