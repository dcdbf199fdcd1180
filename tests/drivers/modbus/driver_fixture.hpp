#pragma once

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "drivers/modbus/driver.hpp"
#include "tests/drivers/modbus/profiles.hpp"
#include "tests/drivers/modbus/server.hpp"
#include "tests/drivers/run_awaitable.hpp"

/// A driver against real devices; time-outs are real and short.
namespace exhaust {

using namespace modbus;
using namespace std::chrono_literals;

class ModbusDriverIntegration : public testing::Test {
 protected:
  ~ModbusDriverIntegration() override {
    if (driver) run(driver->close());
  }

  template <class T>
  T run(asio::awaitable<T> work) {
    return run_awaitable(io, std::move(work));
  }
  Result<void> open() { return run(driver->open(clock.monotonic() + 1s)); }
  Result<void> poll() { return run(driver->poll(clock.monotonic() + 2s)); }
  std::uint64_t count(std::string_view word) { return driver->counters().find(word)->second; }
  std::vector<std::uint64_t> delivered() {
    std::vector<std::uint64_t> numbers;
    for (const auto& reading : readings) numbers.push_back(reading.count.value_or(0));
    return numbers;
  }
  std::unique_ptr<Driver> make(const std::string& endpoint, const ModbusProfile& profile) {
    ModbusSettings settings;
    settings.endpoint = *parse_endpoint(endpoint);
    settings.profile = profile;
    settings.count = CountSource::kShared;
    DeviceSettings device;
    device.name = profile.name;
    device.lane = 2;
    device.response_timeout = 50ms;
    device.driver = settings;
    devices[profile.name] = device;
    auto tap = [this](const Frame& frame) {
      frames.push_back(frame.kind);
      if (frame.kind == Frame::Kind::kMeasurement) measurements.emplace_back(frame.bytes.begin(), frame.bytes.end());
    };
    auto notice = [this](const DeviceNotice& said) { notices.push_back(said.word + ": " + said.detail); };
    return make_modbus_driver(
        {io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); }, tap, notice}, device, buses);
  }

  asio::io_context io;
  SystemClock clock;
  BusTable buses{io};
  std::vector<Reading> readings;
  std::vector<Frame::Kind> frames;
  std::vector<Bytes> measurements;
  std::vector<std::string> notices;
  std::map<std::string, DeviceSettings> devices;
  std::unique_ptr<Driver> driver;
};

/// The simulated analyser's map over TCP; vehicle n + 1000 is measurement n.
class AnalyserIntegration : public ModbusDriverIntegration {
 protected:
  AnalyserIntegration() { driver = make(endpoint(), analyser_profile()); }
  ~AnalyserIntegration() override {
    server.answers(nullptr);
  }

  std::string endpoint() const { return "tcp:127.0.0.1:" + std::to_string(server.port()); }

  static std::vector<std::uint16_t> words(std::uint64_t number) {
    std::vector<std::uint16_t> all;
    const auto add = [&all](double value, RegisterType type) {
      for (const auto word : encode(value, type, WordOrder::kABCD)) all.push_back(word);
    };
    add(static_cast<double>(number + 1000), RegisterType::kU32);
    for (const double value : {0.5, -0.001, std::nan(""), 0.003, 0.0, 0.9}) add(value, RegisterType::kF32);
    add(50, RegisterType::kU16);
    add(static_cast<double>(number % 65536), RegisterType::kU16);
    return all;
  }
  void write_slot(std::uint64_t number) { server.put(100 + number % 64 * 16, words(number)); }
  void write_counter(std::uint64_t number) {
    server.put(0, encode(static_cast<double>(number), RegisterType::kU32, WordOrder::kABCD));
  }
  /// The device completes measurements up to `number`.
  void measure(std::uint64_t number) {
    for (auto n = newest + 1; n <= number; ++n) server.set(100 + n % 64 * 16, words(n));
    newest = number;
    server.set(0, encode(static_cast<double>(number), RegisterType::kU32, WordOrder::kABCD));
  }

  std::uint64_t newest = 0;
  ModbusServer server;
};

}  // namespace exhaust
