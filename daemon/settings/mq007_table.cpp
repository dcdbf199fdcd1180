#include <boost/asio/ip/address_v4.hpp>

#include "daemon/settings/device_table.hpp"

namespace exhaust::settings {

using namespace std::chrono_literals;

namespace {

void read_where(TableReader& table, Mq007Settings& unit) {
  if (table.has("endpoint")) {
    Endpoint endpoint;
    read_endpoint(table, "endpoint", endpoint);
    if (endpoint.kind != Endpoint::Kind::kTcp) {
      table.mistake("endpoint", "expected tcp:HOST:PORT, or no endpoint to look for the unit");
    }
    unit.endpoint = endpoint;
    for (const char* key : {"broadcast", "discovery_port", "discovery_ports", "tester_name"}) {
      if (table.has(key)) table.mistake(key, "is for units that are looked for: not together with endpoint");
    }
  }
  table.text("broadcast", unit.broadcast);
  boost::system::error_code error;
  boost::asio::ip::make_address_v4(unit.broadcast, error);
  if (error) {
    table.mistake("broadcast", "'" + unit.broadcast +
                                   "' is not an IPv4 address: expected one like 255.255.255.255 or 192.168.1.255");
  }
  table.integer("discovery_port", unit.discovery_port, 1, 65535);
  table.integer("discovery_ports", unit.discovery_ports, 1, 20);
  table.text("tester_name", unit.tester_name);
}

void read_gas_unit(TableReader& table, std::string_view key, GasUnit& unit) {
  table.word(key, unit, {{"percent", GasUnit::kPercent}, {"ppm", GasUnit::kPpm}});
}

}  // namespace

Mq007Settings read_mq007(TableReader& table) {
  Mq007Settings unit;
  read_where(table, unit);
  table.duration("shake_hand_period", unit.shake_hand_period, 10ms, 1min);
  table.duration("link_timeout", unit.link_timeout, 50ms, 10min);
  if (unit.link_timeout <= unit.shake_hand_period) table.mistake("link_timeout", "must be longer than shake_hand_period");
  table.flag("time_sync", unit.time_sync);
  table.flag("ask_calibration", unit.ask_calibration);
  table.word("result_struct", unit.result_struct,
             {{"by_length", ResultStruct::kByLength},
              {"with_spectrum", ResultStruct::kWithSpectrum},
              {"without_spectrum", ResultStruct::kWithoutSpectrum}});
  read_gas_unit(table, "hc_unit", unit.hc_unit);
  read_gas_unit(table, "no_unit", unit.no_unit);
  read_gas_unit(table, "co_unit", unit.co_unit);
  read_gas_unit(table, "co2_unit", unit.co2_unit);
  table.word("opacity", unit.opacity,
             {{"max", Mq007Settings::Opacity::kMax}, {"mean", Mq007Settings::Opacity::kMean}});
  table.word("opacity_unit", unit.opacity_unit,
             {{"percent", Mq007Settings::OpacityUnit::kPercent}, {"fraction", Mq007Settings::OpacityUnit::kFraction}});
  table.flag("use_k", unit.use_k);
  table.integer("least_infrared", unit.least_infrared, 0, 1 << 30);
  table.integer("least_ultraviolet", unit.least_ultraviolet, 0, 1 << 30);
  table.integer("least_green", unit.least_green, 0, 1 << 30);
  return unit;
}

}  // namespace exhaust::settings
