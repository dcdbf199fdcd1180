#include "drivers/simulator/command_line.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "drivers/simulator/camera_command.hpp"
#include "drivers/simulator/conox.hpp"
#include "drivers/simulator/device_command.hpp"
#include "drivers/simulator/exit_codes.hpp"
#include "drivers/simulator/fault_file.hpp"
#include "drivers/simulator/mq007_command.hpp"
#include "drivers/simulator/unit.hpp"

namespace exhaust::simulator {

namespace {

constexpr std::size_t kMostPorts = 1000;
constexpr Lane kMostLanes = 16;

/// The options of `run` as they are typed.
struct Typed {
  std::string folder, camera, truth, traffic, faults, fault_log;
  std::string mean_headway = "4s", longest_headway = "10s";
  std::uint16_t modbus_port = 0, ak_port = 0;
  Lane lanes = 2;
  std::uint64_t passages = 0, seed = 1;
  double time_scale = 1;
  bool at_once = false;
};

void declare(CLI::App& run, Typed& typed) {
  run.add_option("--folder", typed.folder, "Folder of the serial lines: gate1, gate2, weather")->required();
  run.add_option("--modbus-port", typed.modbus_port, "Analysers: Modbus TCP on 127.0.0.1, unit id = lane")
      ->required()->check(CLI::Range(1, 65535));
  run.add_option("--ak-port", typed.ak_port, "Smoke meters: AK on 127.0.0.1, channel = lane")
      ->required()->check(CLI::Range(1, 65535));
  run.add_option("--camera", typed.camera, "Where the cameras post, http://127.0.0.1:PORT/PATH")->required();
  run.add_option("--truth", typed.truth, "What was sent, one JSON line a vehicle; goes on from it")->required();
  run.add_option("--lanes", typed.lanes)->check(CLI::Range(Lane{1}, kMostLanes))->capture_default_str();
  run.add_option("--passages", typed.passages, "Lines in the truth when traffic ends; default: endless");
  run.add_option("--traffic", typed.traffic, "Real vehicles in the CONOX columns (CSV); default: from the model");
  run.add_option("--seed", typed.seed, "Of vehicles and headways")->capture_default_str();
  run.add_option("--time-scale", typed.time_scale, "Simulated seconds in a real one")
      ->check(CLI::Range(0.01, 10000.0))->capture_default_str();
  run.add_option("--mean-headway", typed.mean_headway, "Of a lane, in simulated time")->capture_default_str();
  run.add_option("--longest-headway", typed.longest_headway, "Longer ones are cut to this")->capture_default_str();
  run.add_option("--faults", typed.faults, "What goes wrong and when (TOML); see the README");
  run.add_option("--fault-log", typed.fault_log, "One JSON line for each fault that happened");
  run.add_flag("--at-once", typed.at_once, "Traffic does not wait until a daemon has asked every device");
}

Result<double> seconds_of(const char* option, const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration) return fail(ErrorKind::kSettings, std::string(option) + ": " + duration.error().detail);
  return std::chrono::duration<double>(*duration).count();
}

/// Everything but the traffic file. Error: kSettings, one sentence.
Result<UnitSettings> checked(const Typed& typed, bool has_passages) {
  UnitSettings settings;
  settings.folder = typed.folder;
  settings.truth = typed.truth;
  settings.modbus_port = typed.modbus_port;
  settings.ak_port = typed.ak_port;
  if (typed.modbus_port == typed.ak_port) {
    return fail(ErrorKind::kSettings, "--modbus-port and --ak-port must be different ports");
  }
  const auto camera = parse_camera_target(typed.camera);
  if (!camera) return fail(ErrorKind::kSettings, "--camera: " + camera.error().detail);
  settings.camera = *camera;
  settings.seed = typed.seed;
  settings.time_scale = typed.time_scale;
  settings.at_once = typed.at_once;
  if (has_passages) settings.passages = typed.passages;
  const auto mean = seconds_of("--mean-headway", typed.mean_headway);
  if (!mean) return std::unexpected(mean.error());
  const auto longest = seconds_of("--longest-headway", typed.longest_headway);
  if (!longest) return std::unexpected(longest.error());
  if (*mean < 0.05) return fail(ErrorKind::kSettings, "--mean-headway must be at least 50ms");
  if (*longest < *mean) return fail(ErrorKind::kSettings, "--longest-headway must not be shorter than --mean-headway");
  settings.headway = {.lanes = typed.lanes, .mean_s = *mean, .longest_s = *longest};
  return settings;
}

int run_unit(UnitSettings settings) {
  const bool has_faults = !settings.faults.empty();
  asio::io_context io;
  int code = kDone;
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
  auto unit = Unit::start(io, std::move(settings), [&](const Error& error) {
    code = complain(kStorage, error.detail);
    io.stop();
  });
  if (!unit) return complain(exit_code(unit.error().kind), unit.error().detail);
  io.run();
  std::fprintf(stderr, "exhaust-sim: %s\n", (*unit)->summary().c_str());
  if (has_faults) std::printf("{\"faults\": %s}\n", to_json((*unit)->faults()).c_str());
  return code;
}

int print_ports(std::size_t count) {
  const auto ports = free_ports(count);
  if (!ports) return complain(kNotReachable, ports.error().detail);
  for (const auto port : *ports) std::printf("%u\n", static_cast<unsigned>(port));
  return kDone;
}

}  // namespace

int command_line(int argc, char** argv, const char* version) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("A simulated roadside unit: analysers, smoke meters, gates, cameras and weather on real protocols.",
               "exhaust-sim");
  app.set_version_flag("--version", std::string("exhaust-sim ") + version);
  app.require_subcommand(1);
  Typed typed;
  auto* run = app.add_subcommand("run", "Runs until SIGTERM; traffic begins when a daemon has asked every device");
  declare(*run, typed);
  const DeviceCommand device(app);
  std::size_t count = 1;
  auto* ports = app.add_subcommand("ports", "Prints free loopback TCP ports, one a line");
  ports->add_option("count", count)->required()->check(CLI::Range(std::size_t{1}, kMostPorts));
  const CameraCommand camera(app);
  const Mq007Command mq007(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return complain(kUsage, std::string(error.what()) + ". See exhaust-sim --help, run --help and device --help.");
  }
  if (ports->parsed()) return print_ports(count);
  if (device.parsed()) return device.run();
  if (camera.parsed()) return camera.run();
  if (mq007.parsed()) return mq007.run();

  auto settings = checked(typed, run->count("--passages") > 0);
  if (!settings) return complain(kUsage, settings.error().detail);
  if (!typed.traffic.empty()) {
    auto traffic = read_conox(std::filesystem::path(typed.traffic));
    if (!traffic) return complain(kData, traffic.error().detail);
    settings->traffic = std::move(*traffic);
  }
  if (!typed.faults.empty()) {
    auto faults = read_faults(typed.faults);
    if (!faults) return complain(kData, faults.error().detail);
    const auto checked_faults = check_faults(*faults, fault_targets(typed.lanes));
    if (!checked_faults) return complain(kData, typed.faults + ": " + checked_faults.error().detail);
    settings->faults = std::move(*faults);
  }
  settings->fault_log = typed.fault_log;
  return run_unit(std::move(*settings));
}

}  // namespace exhaust::simulator
