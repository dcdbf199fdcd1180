#include "daemon/ctl/device_probe.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/device.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/settings/settings.hpp"

namespace exhaust::ctl {

namespace {

namespace asio = boost::asio;

struct Target {
  Endpoint endpoint;
  ModbusLine line;
  std::uint8_t first_unit = 1, last_unit = 247;
  std::vector<ModbusProfile> profiles;  ///< that its settings name
};

Result<Target> target_of(const Options& options, const ProbeOptions& which) {
  Target target;
  const bool is_endpoint = which.where.find(':') != std::string::npos;
  if (is_endpoint) {
    const auto endpoint = parse_endpoint(which.where);
    if (!endpoint) return fail(ErrorKind::kRefused, endpoint.error().detail);
    target.endpoint = *endpoint;
  } else {
    const auto device = find_device(options, which.where);
    if (!device) return std::unexpected(device.error());
    const auto* modbus = std::get_if<ModbusSettings>(&device->driver);
    if (modbus == nullptr) return fail(ErrorKind::kRefused, which.where + " is no Modbus device: only those can be probed");
    target = {modbus->endpoint, modbus->line, modbus->unit_id, modbus->unit_id, {modbus->profile}};
  }
  if (which.units.empty()) return target;
  const auto units = parse_span(which.units, 247);
  if (!units || units->first == 0) return fail(ErrorKind::kRefused, "--units " + which.units + ": expected units from 1 to 247, like 17 or 1-32");
  target.first_unit = static_cast<std::uint8_t>(units->first);
  target.last_unit = static_cast<std::uint8_t>(units->second);
  return target;
}

/// Maps to try: those that were named, or the settings' own and all that are shipped.
Result<std::vector<ModbusProfile>> candidates(const ProbeOptions& which, const Target& target) {
  auto all = target.profiles;
  std::vector<std::filesystem::path> files(which.profiles.begin(), which.profiles.end());
  if (files.empty()) {
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(settings::shipped_folder() / "devices", none)) {
      if (file.path().extension() == ".toml") files.push_back(file.path());
    }
    std::ranges::sort(files);
  }
  for (const auto& file : files) {
    auto profile = settings::read_profile(file);
    if (!profile) return std::unexpected(profile.error());
    if (std::ranges::find(all, profile->name, &ModbusProfile::name) == all.end()) all.push_back(std::move(*profile));
  }
  return all;
}

Result<modbus::ProbeRequest> request_of(const ProbeOptions& which, const Target& target) {
  modbus::ProbeRequest request;
  request.first_unit = target.first_unit;
  request.last_unit = target.last_unit;
  request.response_timeout = which.response_timeout;
  auto profiles = candidates(which, target);
  if (!profiles) return std::unexpected(profiles.error());
  request.candidates = std::move(*profiles);
  const auto registers = [](const std::string& text) { return parse_span(text, 65535); };
  for (const auto& text : which.ranges) {
    const auto span = registers(text);
    if (!span || span->second - span->first >= 65535) return fail(ErrorKind::kRefused, "--registers " + text + ": expected registers, like 0-99");
    request.ranges.push_back({span->first, static_cast<std::uint16_t>(span->second - span->first + 1)});
  }
  for (const auto& text : which.forbidden) {
    const auto span = registers(text);
    if (!span) return fail(ErrorKind::kRefused, "--forbid " + text + ": expected registers, like 200-209");
    request.forbidden.push_back(*span);
  }
  return request;
}

void show_progress(const modbus::ProbeProgress& told) {
  if (isatty(STDERR_FILENO) != 0) {
    std::fprintf(stderr, "\r\033[Kunit %u, %zu requests, %zu units answer", told.unit, told.requests, told.units);
    if (!told.said.empty()) std::fprintf(stderr, "\r\033[K%s\n", told.said.c_str());
  } else if (!told.said.empty()) {
    std::fprintf(stderr, "%s\n", told.said.c_str());
  }
}

using Findings = Result<std::vector<modbus::Finding>>;

asio::awaitable<void> run_probe(modbus::Bus& bus, modbus::ProbeRequest request, Findings& findings, std::size_t& units) {
  bus.join();
  findings = co_await modbus::probe(bus, std::move(request), [&units](const modbus::ProbeProgress& told) {
    units = told.units;
    show_progress(told);
  });
  co_await bus.leave();
}

std::string shown_value(const modbus::FoundValue& value) {
  return value.quantity + " " + (value.value ? shown_number(*value.value) : "-");
}

std::string order_text(const modbus::Finding& finding) {
  std::string text = finding.order ? to_string(*finding.order) : "";
  if (finding.shift != 0) text += (text.empty() ? "" : ", ") + std::string(finding.shift > 0 ? "+" : "") + std::to_string(finding.shift);
  return text.empty() ? "as written" : text;
}

int write_proposal(const std::string& file, const std::string& toml) {
  std::ofstream out(file);
  out << toml << std::flush;
  if (out) return kDone;
  std::fprintf(stderr, "%s could not be written\n", file.c_str());
  return kStorage;
}

}  // namespace

Result<std::pair<std::uint16_t, std::uint16_t>> parse_span(const std::string& text, std::uint16_t most) {
  std::uint16_t first = 0, last = 0;
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, first);
  last = first;
  if (error == std::errc{} && at != end && *at == '-') {
    const auto second = std::from_chars(at + 1, end, last);
    at = second.ptr;
    error = second.ec;
  }
  if (error != std::errc{} || at != end || last < first || last > most) {
    return fail(ErrorKind::kSettings, "'" + text + "' is not a span like 7 or 0-99, up to " + std::to_string(most));
  }
  return std::pair{first, last};
}

std::vector<Line> finding_lines(const std::vector<modbus::Finding>& findings) {
  std::vector<Line> lines;
  for (const auto& finding : findings) {
    std::string values;
    for (const auto& value : finding.values) values += (values.empty() ? "" : ", ") + shown_value(value);
    char score[32];
    std::snprintf(score, sizeof score, "%.0f", finding.score);
    lines.push_back({std::to_string(lines.size() + 1), std::to_string(finding.unit), to_string(finding.function),
                     finding.candidate.empty() ? "(searched)" : finding.candidate, order_text(finding), score, values});
  }
  return lines;
}

std::string finding_json(const modbus::Finding& finding, bool pretty) {
  nlohmann::ordered_json json{{"unit", finding.unit},   {"function", to_string(finding.function)}, {"candidate", finding.candidate},
                              {"shift", finding.shift}, {"score_bits", finding.score},             {"sentence", finding.sentence}};
  if (finding.order) json["order"] = to_string(*finding.order);
  auto& values = json["values"] = nlohmann::ordered_json::array();
  for (const auto& value : finding.values) {
    nlohmann::ordered_json one{{"quantity", value.quantity}, {"address", value.address}, {"evidence_bits", value.bits}};
    if (value.value) one["value"] = *value.value;
    values.push_back(std::move(one));
  }
  json["profile"] = finding.toml;
  return json.dump(pretty ? 2 : -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

int device_probe(const Options& options, const ProbeOptions& which) {
  const auto target = target_of(options, which);
  if (!target) return report_device(target.error());
  auto request = request_of(which, *target);
  if (!request) return report_device(request.error());
  if (!which.anyway) {
    if (const auto name = held_by_daemon(options, to_string(target->endpoint))) {
      std::fprintf(stderr, "exhaustd holds this line (device %s): stop exhaustd first\n", name->c_str());
      return kNotReachable;
    }
  }
  asio::io_context io{1};
  Findings findings;
  std::size_t units = 0;
  {
    modbus::Bus bus(io, target->endpoint, target->line);
    asio::co_spawn(io, run_probe(bus, std::move(*request), findings, units), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
    io.run();
  }
  if (isatty(STDERR_FILENO) != 0) std::fputs("\r\033[K", stderr);
  if (!findings) return report(findings.error());
  if (findings->empty()) {
    if (units == 0) std::fputs("no unit answers: look at wiring, baud rate and parity, or ask longer with --response-timeout\n", stderr);
    else std::fprintf(stderr, "%zu units answer, and nothing known fits their registers: look further with --registers, or give a map by --profile\n", units);
    return units == 0 ? kNotReachable : kDiffers;
  }
  if (options.output != Output::kTable) {
    for (const auto& finding : *findings) std::puts(finding_json(finding, options.output == Output::kJson).c_str());
  } else {
    Table table({"#", "UNIT", "REGISTERS", "MAP", "ORDER, SHIFT", "BITS", "VALUES"});
    for (auto& line : finding_lines(*findings)) table.row(std::move(line));
    table.print();
    std::printf("\nmost likely: %s\n", findings->front().sentence.c_str());
  }
  if (!which.write.empty()) return write_proposal(which.write, findings->front().toml);
  if (options.output == Output::kTable) std::puts("--write FILE keeps it as a profile for config/devices; check it against the data sheet");
  return kDone;
}

}  // namespace exhaust::ctl
