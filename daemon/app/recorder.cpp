#include "daemon/app/recorder.hpp"

#include <algorithm>

#include "daemon/assembly/reading_state.hpp"
#include "daemon/capture/format.hpp"
#include "daemon/core/digest.hpp"
#include "daemon/core/log.hpp"
#include "daemon/core/utf8.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::app {

namespace {

/// A capture never takes the last room from the ledger.
constexpr std::uint64_t kLeaveFree = 512ull << 20;
constexpr std::size_t kMostNote = 1000;

/// "20261123T100211.123456Z"
std::string compact(WallTime time) {
  auto text = to_rfc3339(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

/// Cut between characters: half a one would make the entry, which holds it, unreadable.
std::string shortened(std::string note) {
  if (note.size() <= kMostNote) return note;
  note.resize(kMostNote);
  while (!is_utf8(note)) note.pop_back();
  return note;
}

}  // namespace

Recorder::Recorder(boost::asio::io_context& io, const Clock& clock, const settings::Settings& settings, Asks asks)
    : clock_(clock), settings_(settings), asks_(std::move(asks)), mailbox_(std::make_shared<Mailbox>(io.get_executor())) {
  for (const auto& device : settings_.devices) index_of_.emplace(device.name, 0);
  std::uint32_t index = 0;
  for (auto& [name, its] : index_of_) its = index++;
}

Recorder::~Recorder() { mailbox_->close(); }

bool Recorder::runs() const { return writer_ != nullptr && !writer_->state().ended; }

Result<v1::CaptureStatus> Recorder::start(const v1::CaptureStartRequest& request) {
  if (stopping_) return fail(ErrorKind::kRefused, "the station is stopping");
  if (writer_ && !writer_->state().complete) return fail(ErrorKind::kRefused, "a capture runs already: " + file_.string());
  auto file = new_file(clock_.wall());
  if (!file) return std::unexpected(file.error());
  auto state = asks_.state();
  const assembly::Moment now{clock_.monotonic(), clock_.wall()};
  const auto note = shortened(request.note());
  auto beginning = head(note, now);
  *beginning.mutable_state() = std::move(state);
  auto writer = capture::Writer::create(*file, std::move(beginning), settings_.capture.most_bytes);
  if (!writer) return std::unexpected(writer.error());
  writer_ = std::move(*writer);
  file_ = std::move(*file);
  started_ = now.wall;
  log::info("capture begins", {{"FILE", file_.string()}});
  v1::OperatorAction action;
  action.set_actor(request.actor());
  action.set_action("capture_start");
  action.set_detail(file_.filename().string() + (note.empty() ? "" : ": " + note));
  asks_.operated(std::move(action));
  return status();
}

void Recorder::stop(const v1::CaptureStopRequest& request, Answer answer) {
  if (!runs()) {
    const auto last = writer_ ? "; the last one, " + file_.string() + ", ended by itself: " + writer_->state().reason : std::string();
    return answer(fail(ErrorKind::kRefused, "no capture runs" + last));
  }
  // What is due by now is decided, and the registry asked about it, while the capture still runs.
  const assembly::Moment end{clock_.monotonic(), clock_.wall()};
  static_cast<void>(asks_.state());
  v1::OperatorAction action;
  action.set_actor(request.actor());
  action.set_action("capture_stop");
  action.set_detail(file_.filename().string());
  asks_.operated(std::move(action));
  log::info("capture ends", {{"FILE", file_.string()}, {"REASON", "stopped"}});
  writer_->end("stopped", end.at, end.wall, [this, box = mailbox_, answer = std::move(answer)] {
    box->post([this, answer] {
      if (writer_->state().failed) answer(fail(ErrorKind::kStorage, writer_->state().reason));
      else answer(status());
    });
  });
}

v1::CaptureStatus Recorder::status() const {
  v1::CaptureStatus status;
  status.set_most_bytes(settings_.capture.most_bytes);
  if (!writer_) {
    status.set_state("none");
    return status;
  }
  const auto state = writer_->state();
  status.set_state(state.failed ? "failed" : state.complete ? "done" : state.ended ? "ending" : "running");
  status.set_file(file_.string());
  *status.mutable_started_at() = records::to_timestamp(started_);
  status.set_frames(state.frames);
  status.set_bytes(state.bytes);
  status.set_dropped(state.dropped);
  status.set_detail(state.reason);
  return status;
}

void Recorder::tap(const DeviceSettings& device, const Frame& frame) {
  if (!runs()) return;
  const auto index = index_of_.find(device.name);
  if (index != index_of_.end()) writer_->frame(index->second, frame);
}

void Recorder::clock_changed(const v1::ClockState& state, assembly::Moment now) {
  if (runs()) writer_->clock_changed(state, now.at);
}

void Recorder::device_changed(const acquisition::StateChange& change, assembly::Moment now) {
  const auto index = index_of_.find(change.device);
  if (runs() && index != index_of_.end()) writer_->device_changed(index->second, to_string(change.to), change.detail, now.at, now.wall);
}

void Recorder::quality_changed(const v1::QualityChange& change, assembly::Moment now) {
  if (runs()) writer_->quality_changed(change, now.at, now.wall);
}

void Recorder::looked_up(std::string_view plate, std::string_view color, const std::optional<v1::Vehicle>& found) {
  if (runs()) writer_->looked_up(plate, color, found);
}

void Recorder::station_stops(assembly::Moment now) {
  stopping_ = true;
  if (runs()) writer_->end("station_stopped", now.at, now.wall, {});
}

Result<std::filesystem::path> Recorder::new_file(WallTime now) const {
  const auto& folder = settings_.capture.folder;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::uint64_t files = 0;
  for (auto at = std::filesystem::directory_iterator(folder, error); !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    files += at->path().extension() == capture::kExtension ? 1 : 0;
  }
  const auto space = error ? std::filesystem::space_info{} : std::filesystem::space(folder, error);
  if (error) return fail(ErrorKind::kStorage, "captures go to " + folder.string() + ": " + error.message());
  if (files >= settings_.capture.most_files) {
    return fail(ErrorKind::kRefused, std::to_string(files) + " captures are in " + folder.string() + " already: take one away first ([capture] most_files)");
  }
  if (space.available < settings_.capture.most_bytes + kLeaveFree) {
    return fail(ErrorKind::kRefused, "there is no room for a capture of " + std::to_string(settings_.capture.most_bytes >> 20) +
                                         " MiB and 512 MiB more in " + folder.string());
  }
  return folder / (settings_.station.id + "-" + compact(now) + std::string(capture::kExtension));
}

v1::CaptureHead Recorder::head(const std::string& note, assembly::Moment now) const {
  v1::CaptureHead head;
  head.set_station_id(settings_.station.id);
  head.set_simulated(settings_.station.simulated);
  head.set_version(EXHAUST_VERSION);
  head.set_started_ns(assembly::to_ns(now.at));
  head.set_started_us(assembly::to_us(now.wall));
  head.set_note(note);
  const auto add = [&](const std::string& name, const std::string& text) {
    auto& file = *head.add_files();
    file.set_name(name);
    file.set_text(text);
    file.set_sha256(records::to_bytes(sha256(as_bytes(text))));
  };
  add(settings_.file.filename().string(), settings_.text);
  for (const auto& file : settings_.files) add(file.name, file.text);
  for (const auto& [name, index] : index_of_) head.add_devices(name);
  return head;
}

}  // namespace exhaust::app
