#include <algorithm>
#include <cstdio>

#include "daemon/capture/reader.hpp"
#include "daemon/core/bytes.hpp"
#include "daemon/ctl/actor.hpp"
#include "daemon/ctl/client.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/table.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::ctl {

namespace {

int print(const Options& options, const Result<v1::CaptureStatus>& status) {
  if (!status) return report(status.error());
  if (options.output != Output::kTable) {
    std::puts(records::to_json(*status, options.output == Output::kJson).c_str());
    return kDone;
  }
  if (status->state() == "none") {
    std::puts("no capture since the daemon's start");
    return kDone;
  }
  std::printf("%s: %s%s%s, %llu frames, %.1f of %.1f MB\n", status->file().c_str(), status->state().c_str(),
              status->detail().empty() ? "" : ", ", status->detail().c_str(), static_cast<unsigned long long>(status->frames()),
              static_cast<double>(status->bytes()) / 1e6, static_cast<double>(status->most_bytes()) / 1e6);
  if (status->dropped() > 0) {
    std::printf("INCOMPLETE: the disk was too slow for %llu records\n", static_cast<unsigned long long>(status->dropped()));
  }
  return kDone;
}

char direction(v1::CapturedFrame::Kind kind) {
  switch (kind) {
    case v1::CapturedFrame::sent: return '>';
    case v1::CapturedFrame::measurement: return '=';
    case v1::CapturedFrame::dropped: return 'x';
    default: return '<';
  }
}

/// "02 20 41": in capitals, as the manuals of devices have it.
std::string spaced_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size() * 3);
  for (const auto byte : as_bytes(bytes)) {
    if (!text.empty()) text += ' ';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

/// A comment of one line, whatever stands in it.
void comment(const std::string& text) {
  std::string line = "# ";
  for (const char c : text) line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  std::puts(line.c_str());
}

/// Prints frames as tests/drivers/capture_text.hpp reads them; all that is no frame is a comment.
class TextForm {
 public:
  TextForm(const v1::CaptureHead& head, std::string device) : head_(head), device_(std::move(device)) {
    comment("station " + head_.station_id() + (head_.simulated() ? " (simulated)" : "") + ", exhaustd " + head_.version() + ", " +
            to_rfc3339(records::to_wall_time(head_.started_us())) + (head_.note().empty() ? "" : ": " + head_.note()));
    if (!device_.empty()) comment(device_);
  }

  void print(const v1::CaptureRecord& record) {
    if (record.has_frame()) print_frame(record.frame());
    else if (record.has_device()) print_change(record.device());
    else if (record.has_clock()) comment(at(record.clock().at_ns()) + " clock " + v1::ClockState::State_Name(record.clock().state().state()));
    else if (record.has_end()) comment(at(record.end().at_ns()) + " end: " + record.end().reason());
  }

 private:
  void print_frame(const v1::CapturedFrame& frame) {
    const auto name = name_of(frame.device());
    if (!device_.empty() && name != device_) return;
    if (name != last_ && device_.empty()) comment(name);
    last_ = name;
    std::printf("%s %c %s\n", at(frame.delivered_ns()).c_str(), direction(frame.kind()), spaced_hex(frame.frame()).c_str());
  }
  void print_change(const v1::DeviceChange& change) {
    const auto name = name_of(change.device());
    if (!device_.empty() && name != device_) return;
    comment(at(change.at_ns()) + " " + name + " " + change.state() + (change.detail().empty() ? "" : ": " + change.detail()));
  }
  std::string name_of(std::uint32_t index) const {
    return index < static_cast<std::uint32_t>(head_.devices_size()) ? head_.devices(static_cast<int>(index)) : "device " + std::to_string(index);
  }
  /// Seconds since the capture began.
  std::string at(std::int64_t ns) const {
    char text[40];
    std::snprintf(text, sizeof text, "%.6f", (static_cast<double>(ns) - static_cast<double>(head_.started_ns())) * 1e-9);
    return text;
  }

  const v1::CaptureHead& head_;
  const std::string device_;
  std::string last_;
};

}  // namespace

int capture_start(const Options& options, const std::string& note) {
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  v1::CaptureStartRequest request;
  request.set_actor(actor());
  request.set_note(note);
  return print(options, client->capture_start(request));
}

int capture_stop(const Options& options) {
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  v1::CaptureStopRequest request;
  request.set_actor(actor());
  return print(options, client->capture_stop(request));
}

int capture_status(const Options& options) {
  auto client = Client::connect(options);
  if (!client) return report(client.error());
  return print(options, client->capture_status());
}

int capture_show(const Options& options, const std::string& file, const std::string& device) {
  auto reader = capture::Reader::open(file);
  if (!reader) return report(reader.error());
  const auto& devices = reader->head().devices();
  if (!device.empty() && std::find(devices.begin(), devices.end(), device) == devices.end()) {
    std::string names;
    for (const auto& name : devices) names += (names.empty() ? "" : ", ") + name;
    return report({ErrorKind::kBadFrame, "the capture knows no device " + device + ": it has " + names});
  }
  TextForm text(reader->head(), device);
  while (const auto record = reader->next()) {
    if (options.output == Output::kTable) text.print(*record);
    else std::puts(records::to_json(*record, options.output == Output::kJson).c_str());
  }
  if (!reader->torn()) return kDone;
  std::fprintf(stderr, "%s: %s\n", file.c_str(), reader->torn()->c_str());
  return kDiffers;
}

}  // namespace exhaust::ctl
