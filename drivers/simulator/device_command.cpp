#include "drivers/simulator/device_command.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "daemon/settings/settings.hpp"
#include "drivers/simulator/exit_codes.hpp"
#include "drivers/simulator/fault_file.hpp"
#include "drivers/simulator/fault_log.hpp"
#include "drivers/simulator/lone_device.hpp"
#include "drivers/simulator/serial_line.hpp"
#include "drivers/simulator/tcp_port.hpp"

namespace exhaust::simulator {

namespace {

std::string help_of_kinds() {
  std::string text = "One of:";
  for (const auto& kind : lone_kinds()) text += "\n" + std::string(kind.word) + ": " + std::string(kind.what);
  return text;
}

std::set<std::string> words() {
  std::set<std::string> words;
  for (const auto& kind : lone_kinds()) words.emplace(kind.word);
  return words;
}

void print(const std::string& kind, const Traffic& traffic, const FaultSchedule& schedule) {
  const nlohmann::ordered_json report{{"device", kind},
                                      {"bytes_in", traffic.bytes_in},
                                      {"answers", traffic.answers},
                                      {"lost", traffic.lost},
                                      {"last_answer", to_hex(traffic.last_answer)},
                                      {"faults", schedule.counts()}};
  std::printf("%s\n", report.dump().c_str());
}

}  // namespace

DeviceCommand::DeviceCommand(CLI::App& app)
    : command_(app.add_subcommand("device", "One device alone, with slowly varying values, until SIGTERM")) {
  command_->add_option("kind", kind_, help_of_kinds())->required()->check(CLI::IsMember(words()));
  auto* place = command_->add_option_group("place", "Where it is");
  place->add_option("--serial", link_, "A serial line: makes a pty with this link");
  place->add_option("--tty", tty_, "A serial port that is there already, such as one end of a crossed cable");
  place->add_option("--tcp", port_, "A port on 127.0.0.1")->check(CLI::Range(1, 65535));
  place->require_option(1);
  command_->add_option("--baud", baud_, "Of --tty, 8N1")->capture_default_str();
  command_->add_flag("--rtu", rtu_, "Modbus kinds on --tcp: RTU frames, as behind a transparent gateway");
  command_->add_option("--unit", unit_id_, "Modbus kinds: unit id")->check(CLI::Range(1, 247))->capture_default_str();
  command_->add_option("--profile", profile_, "Kind modbus: the register map, config/devices/*.toml");
  command_->add_option("--seed", seed_, "Of vehicles and faults")->capture_default_str();
  command_->add_option("--time-scale", time_scale_, "Simulated seconds in a real one")
      ->check(CLI::Range(0.01, 10000.0))->capture_default_str();
  command_->add_option("--faults", faults_, "What goes wrong and when (TOML); see the README");
  command_->add_option("--fault-log", fault_log_, "One JSON line for each fault that happened");
}

int DeviceCommand::run() const {
  const auto kind = std::ranges::find(lone_kinds(), std::string_view(kind_), &LoneKind::word);
  LoneSettings settings{.serial = port_ == 0, .rtu_over_tcp = rtu_, .unit_id = static_cast<std::uint8_t>(unit_id_), .seed = seed_};
  if (kind->needs_profile == profile_.empty()) {
    return complain(kUsage, kind_ + (kind->needs_profile ? " needs --profile" : " takes no --profile"));
  }
  if (kind->needs_profile) {
    auto profile = settings::read_profile(profile_);
    if (!profile) return complain(kData, profile.error().detail);
    settings.profile = std::move(*profile);
  }
  std::vector<Fault> faults;
  if (!faults_.empty()) {
    auto read = read_faults(faults_);
    if (!read) return complain(kData, read.error().detail);
    const auto target = fault_target(*kind, settings);
    const auto checked = check_faults(*read, {&target, 1});
    if (!checked) return complain(kData, faults_ + ": " + checked.error().detail);
    faults = std::move(*read);
  }
  auto log = FaultLog::open(fault_log_);
  if (!log) return complain(exit_code(log.error().kind), log.error().detail);

  asio::io_context io;
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
  FaultSchedule schedule(std::move(faults), seed_,
                         [&log](std::string_view device, FaultKind what, double at_s) { log->write(device, what, at_s); });
  FaultyLines lines(schedule);
  const auto began = SystemClock().monotonic();
  const Surroundings surroundings{
      [began, this] { return std::chrono::duration<double>(SystemClock().monotonic() - began).count() * time_scale_; }, lines};
  const auto make = kind->make(settings, schedule);

  if (!settings.serial) {
    const auto port = TcpPort::open(io, kind_, port_, make, surroundings);
    if (!port) return complain(exit_code(port.error().kind), port.error().detail);
    io.run();
    print(kind_, (*port)->traffic(), schedule);
    return kDone;
  }
  const Endpoint tty{.kind = Endpoint::Kind::kSerial, .host = {}, .path = tty_, .baud = baud_};
  const auto line = tty_.empty() ? SerialLine::make(io, link_, make(), surroundings) : SerialLine::open(io, tty, make(), surroundings);
  if (!line) return complain(exit_code(line.error().kind), line.error().detail);
  io.run();
  print(kind_, (*line)->traffic(), schedule);
  return kDone;
}

}  // namespace exhaust::simulator
