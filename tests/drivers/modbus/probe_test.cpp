// A libmodbus server on a loopback port.
#include "drivers/modbus/probe.hpp"

#include <gmock/gmock.h>

#include "tests/drivers/modbus/profiles.hpp"
#include "tests/drivers/modbus/server.hpp"
#include "tests/drivers/modbus/wire.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust::modbus {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Answer = ModbusServer::Answer;

TEST(ModbusProbe, LooksAtTheRegistersOfItsCandidatesAndTheirNeighbours) {
  ProbeRequest request;
  request.candidates = {weather_profile()};
  request.ranges = {{100, 3}};
  EXPECT_THAT(probed_ranges(request), ElementsAre(RegisterRange{0, 11}, RegisterRange{99, 5}));
  request.most_registers = 4;
  EXPECT_EQ(probed_ranges(request).front(), (RegisterRange{0, 4}));
}

TEST(ModbusProbe, NeverAsksForAForbiddenRegister) {
  ProbeRequest request;
  request.candidates = {weather_profile()};
  request.forbidden = {{10, 10}};
  request.ranges = {{50, 2}};
  request.candidates[0].forbidden = {{51, 60}};
  EXPECT_THAT(probed_ranges(request), ElementsAre(RegisterRange{0, 10}, RegisterRange{49, 2}));
}

class ModbusProbeIntegration : public testing::Test {
 protected:
  ModbusProbeIntegration() {
    request.first_unit = 1;
    request.last_unit = 1;
    request.response_timeout = 50ms;
    request.candidates = {weather_profile()};
  }
  Result<std::vector<Finding>> probe() {
    Bus bus(io, *parse_endpoint("tcp:127.0.0.1:" + std::to_string(server.port())), {});
    bus.join();
    auto findings = run_awaitable(io, modbus::probe(bus, request, [this](const ProbeProgress& told) { last = told; }));
    run_awaitable(io, left(bus));
    return findings;
  }
  static asio::awaitable<bool> left(Bus& bus) {
    co_await bus.leave();
    co_return true;
  }

  asio::io_context io;
  ModbusServer server;
  ProbeRequest request;
  ProbeProgress last;
};

TEST_F(ModbusProbeIntegration, FindsTheWeatherStationWithTheOtherWordOrder) {
  server.set(0, wire("40 50 00 00 43 34 00 00 41 CC 00 00 42 70 00 00 44 7D 50 00"));
  const auto findings = probe();
  ASSERT_TRUE(findings) << findings.error().detail;
  ASSERT_FALSE(findings->empty());
  EXPECT_EQ(findings->front().order, WordOrder::kABCD);
  EXPECT_EQ(findings->front().values.back().value, 1013.25);
  EXPECT_EQ(last.units, 1u);
}

TEST_F(ModbusProbeIntegration, ARefusedRangeIsHalvedUntilItsRegistersAreKnown) {
  server.set(0, wire("00 00 40 50 00 00 43 34 00 00 41 CC 00 00 42 70 50 00 44 7D"));
  server.answers([](std::uint16_t first, std::uint16_t count) {
    return first + count > 10 ? Answer::kBusy : Answer::kHonest;  // it has registers 0 to 9
  });
  const auto findings = probe();
  ASSERT_TRUE(findings);
  ASSERT_FALSE(findings->empty());
  EXPECT_EQ(findings->front().candidate, "weather");
  EXPECT_EQ(findings->front().shift, 0);
}

TEST_F(ModbusProbeIntegration, WhoIsSilentIsAskedNoMoreThanOnceByEachFunction) {
  server.answers([](auto, auto) { return Answer::kSilent; });
  const auto findings = probe();
  ASSERT_TRUE(findings) << findings.error().detail;
  EXPECT_THAT(*findings, IsEmpty());
  EXPECT_EQ(server.requests(), 2);
  EXPECT_EQ(last.units, 0u);
}

TEST_F(ModbusProbeIntegration, EndsAtItsBoundWithWhatItHas) {
  request.last_unit = 247;
  request.most_requests = 5;
  EXPECT_TRUE(probe());
  EXPECT_EQ(server.requests(), 5);
}

}  // namespace
}  // namespace exhaust::modbus
