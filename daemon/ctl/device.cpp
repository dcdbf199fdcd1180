#include "daemon/ctl/device.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "daemon/ctl/client.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/device_plan.hpp"
#include "daemon/ctl/device_probe.hpp"
#include "daemon/ctl/device_text.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/records/records.hpp"
#include "daemon/settings/settings.hpp"

namespace exhaust::ctl {

namespace {

Result<v1::StatusReply> ask(const Options& options) {
  auto client = Client::connect(options);
  if (!client) return std::unexpected(client.error());
  return client->status();
}

template <class Devices, class Name>
std::string names_of(const Devices& devices, Name name) {
  std::string all;
  for (const auto& device : devices) all += (all.empty() ? "" : ", ") + name(device);
  return all.empty() ? "none" : all;
}

int no_such_device(const std::string& name, const std::string& where, const std::string& names) {
  std::fprintf(stderr, "%s has no device '%s'; it has: %s\n", where.c_str(), name.c_str(), names.c_str());
  return kUsage;
}

void print_show(const v1::DeviceStatus& device, const google::protobuf::Timestamp& now) {
  std::puts(device.name().c_str());
  const auto lines = device_lines(device, now);
  std::size_t width = 0;
  for (const auto& [name, value] : lines) width = std::max(width, name.size());
  for (const auto& [name, value] : lines) std::printf("  %-*s  %s\n", static_cast<int>(width), name.c_str(), value.c_str());
  if (!device.has_last()) return;
  Table values({"  VALUE", "", "UNIT"});
  for (auto& line : value_lines(device.last())) {
    line[0].insert(0, "  ");
    values.row(std::move(line));
  }
  std::puts("");
  values.print();
}

}  // namespace

int device_list(const Options& options) {
  const auto reply = ask(options);
  if (!reply) return report(reply.error());
  if (options.output != Output::kTable) {
    for (const auto& device : reply->devices()) std::puts(records::to_json(device, options.output == Output::kJson).c_str());
    return kDone;
  }
  Table table(device_list_head());
  for (const auto& device : reply->devices()) table.row(device_list_line(device, reply->now()));
  if (table.empty()) std::puts("this daemon has no devices");
  else table.print();
  return kDone;
}

int device_show(const Options& options, const std::string& name) {
  const auto reply = ask(options);
  if (!reply) return report(reply.error());
  const auto found = std::ranges::find(reply->devices(), name, &v1::DeviceStatus::name);
  if (found == reply->devices().end()) {
    return no_such_device(name, "the daemon", names_of(reply->devices(), [](const auto& device) { return device.name(); }));
  }
  if (options.output == Output::kTable) print_show(*found, reply->now());
  else std::puts(records::to_json(*found, options.output == Output::kJson).c_str());
  return kDone;
}

Result<DeviceSettings> find_device(const Options& options, const std::string& name) {
  const auto settings = settings::read_settings(options.config);
  if (!settings) return std::unexpected(settings.error());
  const auto found = std::ranges::find(settings->devices, name, &DeviceSettings::name);
  if (found != settings->devices.end()) return *found;
  return fail(ErrorKind::kRefused, options.config + " has no device '" + name + "'; it has: " +
                                       names_of(settings->devices, [](const auto& device) { return device.name; }));
}

std::optional<std::string> held_by_daemon(Options options, const std::string& endpoint) {
  options.timeout = std::min<std::chrono::milliseconds>(options.timeout, std::chrono::seconds{1});
  const auto status = ask(options);
  if (!status) return std::nullopt;
  // A serial port is the same whatever its speed, a line whatever the unit.
  const auto line = [](const std::string& text) { return text.substr(0, std::min(text.find('?'), text.find(" unit "))); };
  for (const auto& held : status->devices()) {
    if (line(held.endpoint()) == line(endpoint)) return held.name();
  }
  return std::nullopt;
}

int device_plan(const Options& options, const std::string& name) {
  const auto device = find_device(options, name);
  if (!device) return report_device(device.error());
  const auto requests = plan_of(*device);
  if (options.output != Output::kTable) {
    for (const auto& request : requests) std::puts(to_json(request, options.output == Output::kJson).c_str());
    return kDone;
  }
  std::printf("%s: %s, %s, one poll each %s\n", device->name.c_str(), driver_name(*device), endpoint_text(*device).c_str(),
              stretch_of_time(std::chrono::duration<double>(device->period).count()).c_str());
  Table table({"WHEN", "WHAT", "BYTES", "FOR"});
  for (const auto& request : requests) table.row({request.when, request.what, request.bytes, request.purpose});
  table.print();
  return kDone;
}

int report_device(const Error& error) {
  const int code = report(error);
  return error.kind == ErrorKind::kRefused ? kUsage : code;
}

void add_device_commands(CLI::App& app, const Options& options,
                         const std::function<void(CLI::App*, std::function<int()>)>& does) {
  auto* device = app.add_subcommand("device", "the station's devices")->require_subcommand(1)->fallthrough();
  does(device->add_subcommand("list", "state, last reading, errors and clock of each, as the daemon sees them"), [&options] { return device_list(options); });

  const auto named = [](CLI::App* command) {
    auto name = std::make_shared<std::string>();
    command->add_option("NAME", *name, "the device's name in the settings: [device.NAME]")->required();
    return name;
  };
  auto* show = device->add_subcommand("show", "everything of one, as the daemon sees it");
  does(show, [&options, name = named(show)] { return device_show(options, *name); });

  auto* plan = device->add_subcommand("plan", "what the daemon would ask the device, by the settings alone; touches no device");
  does(plan, [&options, name = named(plan)] { return device_plan(options, *name); });

  auto* read = device->add_subcommand("read", "opens the device itself and prints what it says; needs no daemon.\n"
                                              "exit: 0 read  1 it answers, but with nothing new  69 no answer, or held by another  78 settings");
  auto which = std::make_shared<ReadOptions>();
  read->add_option("NAME", which->name, "the device's name in the settings: [device.NAME]")->required();
  read->add_option("--count", which->count, "readings, then end")->check(CLI::PositiveNumber)->capture_default_str();
  auto wait_s = std::make_shared<double>(10);
  read->add_option("--wait", *wait_s, "seconds to wait for the next reading")->check(CLI::Range(0.1, 86400.0))->capture_default_str();
  read->add_flag("--frames", which->frames, "the bytes on the line too, on stderr: > sent  < received  = measurement  x dropped");
  read->add_flag("--anyway", which->anyway, "also while the daemon holds the device: some take two connections, others drop the first");
  does(read, [&options, which, wait_s] {
    which->wait = std::chrono::milliseconds(static_cast<long>(*wait_s * 1000));
    return device_read(options, *which);
  });

  auto* probe = device->add_subcommand("probe", "finds out what is on a Modbus line; reads only, with functions 3 and 4.\n"
                                                "exit: 0 found  1 units answer, and nothing fits  69 nobody answers, or the line is held");
  auto what = std::make_shared<ProbeOptions>();
  probe->add_option("WHERE", what->where, "tcp:HOST:PORT, rtu:PATH?baud=9600, or the name of a device in the settings")->required();
  probe->add_option("--units", what->units, "1-247; default: all, or the named device's own");
  probe->add_option("--profile", what->profiles, "maps to try; default: all that are shipped")->check(CLI::ExistingFile);
  probe->add_option("--registers", what->ranges, "more registers to look at, 0-99");
  probe->add_option("--forbid", what->forbidden, "registers never to read, because reading them changes something");
  auto patience_ms = std::make_shared<long>(200);
  probe->add_option("--response-timeout", *patience_ms, "milliseconds for an answer")->check(CLI::Range(10, 10000))->capture_default_str();
  probe->add_option("--write", what->write, "the best proposal as a profile, into this file");
  probe->add_flag("--anyway", what->anyway, "also while the daemon has devices on this line");
  does(probe, [&options, what, patience_ms] {
    what->response_timeout = std::chrono::milliseconds(*patience_ms);
    return device_probe(options, *what);
  });
}

}  // namespace exhaust::ctl
