#include "drivers/simulator/camera_command.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <map>
#include <system_error>

#include "drivers/simulator/exit_codes.hpp"
#include "drivers/simulator/fault_file.hpp"
#include "drivers/simulator/fault_log.hpp"
#include "drivers/simulator/lone_camera.hpp"

namespace exhaust::simulator {

namespace {

using Format = CameraHabits::Format;
const std::map<std::string, Format> kFormats{{"isapi", Format::kIsapi}, {"gbk", Format::kIsapiGbk}, {"json", Format::kJson}};

}  // namespace

CameraCommand::CameraCommand(CLI::App& app)
    : command_(app.add_subcommand("camera", "One plate camera alone: posts to a URL, or serves its alertStream")) {
  auto* place = command_->add_option_group("place");
  place->add_option("--to", to_, "Where it posts, http://127.0.0.1:PORT/PATH");
  place->add_option("--tcp", port_, "Its alertStream on 127.0.0.1")->check(CLI::Range(1, 65535));
  place->require_option(1);
  command_->add_option("--format", format_, "isapi, gbk (ISAPI of older firmware), json (not on --tcp)")
      ->check(CLI::IsMember({"isapi", "gbk", "json"}))->capture_default_str();
  command_->add_option("--user", user_, "For Digest: what it answers with, or asks for");
  command_->add_option("--password", password_);
  command_->add_option("--headway", headway_, "From one vehicle to the next")->capture_default_str();
  command_->add_flag("--twice", twice_, "Posts each event twice");
  command_->add_option("--seed", seed_, "Of faults")->capture_default_str();
  command_->add_option("--faults", faults_, "What goes wrong and when (TOML); see the README");
  command_->add_option("--fault-log", fault_log_, "One JSON line for each fault that happened");
}

int CameraCommand::run() const {
  const auto headway = parse_duration(headway_);
  if (!headway) return complain(kUsage, "--headway: " + headway.error().detail);
  if (*headway < std::chrono::milliseconds{20}) return complain(kUsage, "--headway must be at least 20ms");
  const auto format = kFormats.at(format_);
  if (port_ != 0 && format == Format::kJson) return complain(kUsage, "an alertStream is ISAPI: --format json needs --to");
  std::vector<Fault> faults;
  if (!faults_.empty()) {
    auto read = read_faults(faults_);
    if (!read) return complain(kData, read.error().detail);
    const auto target = lone_camera_target(port_ != 0);
    const auto checked = check_faults(*read, {&target, 1});
    if (!checked) return complain(kData, faults_ + ": " + checked.error().detail);
    faults = std::move(*read);
  }
  auto log = FaultLog::open(fault_log_);
  if (!log) return complain(exit_code(log.error().kind), log.error().detail);
  FaultSchedule schedule(std::move(faults), seed_,
                         [&log](std::string_view device, FaultKind what, double at_s) { log->write(device, what, at_s); });

  asio::io_context io;
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
  std::unique_ptr<LoneCamera> camera;
  if (!to_.empty()) {
    auto target = parse_camera_target(to_);
    if (!target) return complain(kUsage, "--to: " + target.error().detail);
    camera = make_posting_camera(io, std::move(*target), {format, twice_, user_, password_}, *headway);
  } else {
    CameraStreamSettings settings;
    settings.listen.port(port_);
    settings.user = user_;
    settings.password = password_;
    settings.gbk = format == Format::kIsapiGbk;
    try {
      camera = make_pulled_camera(io, std::move(settings), *headway);
    } catch (const std::system_error& error) {
      return complain(kNotReachable, "cannot listen on 127.0.0.1:" + std::to_string(port_) + ": " + error.what());
    }
  }
  camera->fails_by(schedule, [began = SystemClock().monotonic()] {
    return std::chrono::duration<double>(SystemClock().monotonic() - began).count();
  });
  io.run();
  if (!schedule.counts().empty()) std::printf("{\"faults\": %s}\n", to_json(schedule.counts()).c_str());
  std::fprintf(stderr, "exhaust-sim: %s\n", camera->summary().c_str());
  return kDone;
}

}  // namespace exhaust::simulator
