#include "drivers/simulator/mq007_command.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "drivers/simulator/exit_codes.hpp"
#include "drivers/simulator/mq007_unit.hpp"

namespace exhaust::simulator {

struct Mq007Command::Typed {
  CLI::App* app = nullptr;
  Mq007UnitSettings settings;
  std::string truth, headway = "1s";
  std::uint64_t vehicles = 0;
};

Mq007Command::Mq007Command(CLI::App& app) : typed_(std::make_unique<Typed>()) {
  auto& unit = *app.add_subcommand("mq007", "A complete MQ-007 on 127.0.0.1; traffic comes while somebody is connected");
  auto& settings = typed_->settings;
  typed_->app = &unit;
  unit.add_option("--udp-port", settings.udp_port, "Where it is looked for")->required()->check(CLI::Range(1, 65535));
  unit.add_option("--tcp-port", settings.tcp_port, "Its three connections")->required()->check(CLI::Range(1, 65535));
  unit.add_option("--name", settings.name, "TESTER_NAME")->capture_default_str();
  unit.add_option("--truth", typed_->truth, "What was sent, one JSON line a vehicle; goes on from it");
  unit.add_option("--vehicles", typed_->vehicles, "Vehicles when traffic ends; default: endless");
  unit.add_option("--headway", typed_->headway, "From one front to the next")->capture_default_str();
  unit.add_option("--seed", settings.seed, "Of the vehicles")->capture_default_str();
  unit.add_flag("--both-lengths", settings.both_lengths, "Every second result comes with its spectrum");
  unit.add_option("--damage-every", settings.damage_every, "After so many results, bytes that are no frame")
      ->capture_default_str();
}

Mq007Command::~Mq007Command() = default;

bool Mq007Command::parsed() const { return typed_->app->parsed(); }

int Mq007Command::run() const {
  auto settings = typed_->settings;
  const auto headway = parse_duration(typed_->headway);
  if (!headway) return complain(kUsage, "--headway: " + headway.error().detail);
  if (*headway < std::chrono::milliseconds{20}) return complain(kUsage, "--headway must be at least 20ms");
  settings.headway = *headway;
  if (!typed_->truth.empty()) settings.truth = typed_->truth;
  if (typed_->app->count("--vehicles") > 0) settings.vehicles = typed_->vehicles;

  asio::io_context io;
  int code = kDone;
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
  auto unit = Mq007Unit::start(io, std::move(settings), [&](const Error& error) {
    code = complain(kStorage, error.detail);
    io.stop();
  });
  if (!unit) return complain(exit_code(unit.error().kind), unit.error().detail);
  try {
    io.run();
  } catch (const std::exception& failure) {
    return complain(kNotReachable, failure.what());
  }
  std::fprintf(stderr, "exhaust-sim: %s\n", (*unit)->summary().c_str());
  return code;
}

}  // namespace exhaust::simulator
