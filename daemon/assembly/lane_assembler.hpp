#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/assembly/assembly_settings.hpp"
#include "daemon/core/plate.hpp"
#include "daemon/core/result.hpp"
#include "drivers/reading.hpp"
#include "exhaust/v1/capture.pb.h"
#include "exhaust/v1/entry.pb.h"
#include "exhaust/v1/passage.pb.h"

namespace exhaust::assembly {

/// What a lane must know again after a restart: how far the ledger's entries reach.
struct LaneMemory {
  std::uint64_t number = 0;  ///< the gate's count of the last vehicle that is in an entry
  std::int64_t offset = 0;   ///< triggered since the ledger began = number + offset
  WallTime at{};             ///< when that vehicle was seen

  std::int64_t triggered() const { return static_cast<std::int64_t>(number) + offset; }
};

/// The gate was heard for the first time in this ledger: counting begins after this number.
struct CountingBegins {};

/// What leaves a lane, in the order of the gate's count; with it the lane's memory once it is stored.
struct Outcome {
  std::variant<v1::Passage, v1::Gap, CountingBegins> what;
  LaneMemory memory;
};
using Outcomes = std::vector<Outcome>;

/// Joins the readings of one lane into passages: by the gate's vehicle count where a device carries it, else
/// by time. The gate's count is the measure of completeness. A count that is skipped while the gate was being
/// heard opens a passage without speed; one that is skipped while it was not heard (another session) is
/// missed, in a gap. A passage closes when it holds what the lane expects, or at its deadline with what it
/// has, be it nothing: that is a vehicle that could not be measured, and an entry as any other; passages
/// leave in the order of the count. Every reading that is a part of a passage is used once or counted as an
/// orphan, with a reason.
///
/// A reading without a count is the nearest vehicle's or nobody's:
/// docs/adr/0008-the-nearest-vehicle-or-nobody.md.
///
/// A unit that triggers and measures but does not count (MQ-007) is counted by us: each front is the next
/// vehicle, and what it measures belongs to one of its own fronts, before the result. After an opening of the
/// unit, a result may be of a vehicle whose front was not heard, or was heard before and its result lost:
/// until a join window has passed no result is given to anybody, so that the values of two vehicles never
/// change places.
///
/// No I/O and no clock: deadlines compare the readings' delivery stamps, so that a replay takes the same
/// decisions.
class LaneAssembler {
 public:
  LaneAssembler(LaneSettings settings, std::optional<LaneMemory> memory);

  /// `state`: a word of DeviceChange in capture.proto, `detail` in words. What a device says while it does
  /// not answer is lost; a device of this lane that is degraded or down is named in the passages of that
  /// time.
  void device_changed(const std::string& device, std::string_view state, std::string_view detail,
                      MonotonicTime at);
  /// Weather goes to every lane's assembler.
  Outcomes take(const Reading& reading);
  /// Lets deadlines pass. `now` never decreases and is not older than the last reading.
  Outcomes tick(MonotonicTime now);
  /// Time alone closes nothing until after this moment; absent: nothing is open.
  std::optional<MonotonicTime> due() const;
  /// The end of acquisition: whatever is open closes with what it has.
  Outcomes finish();

  /// All that decides what comes next (the orphans' count is for people, and stays behind). An assembler that
  /// is made with the same settings and restored from it goes on exactly as this one would.
  void save(v1::LaneState& state) const;
  /// Error: kDamaged, and the assembler is not to be used.
  Result<void> restore(const v1::LaneState& state);

  std::size_t open() const { return open_.size(); }
  /// By the gate's own counter, since the ledger began.
  std::uint64_t triggered() const;
  /// Readings that belong to no passage, since the start. With a count: late (its passage is closed),
  /// vehicle_missed (its vehicle is in a gap). Without: late (the vehicle that it fits is closed), ambiguous
  /// (it fits two as well), off_time (a plate too far from all, or one that fits far better came),
  /// front_unheard (nobody listened to the trigger then). Of any: double (the passage has that part, or a
  /// better one came), no_trigger, too_many_waiting; repeated (a gate's report of a vehicle that has its
  /// speed).
  const std::map<std::string, std::uint64_t, std::less<>>& orphans() const { return orphans_; }

 private:
  /// More than a lane can hold in flight at 3,600 vehicles per hour (standards.md 1.3) and the widest
  /// windows.
  static constexpr std::size_t kMostWaiting = 1024;
  static constexpr std::size_t kMostOpen = 4096;
  static constexpr std::size_t kMostPast = 4096;
  static constexpr std::size_t kMostSaidPlates = 256;

  /// Where a part of a passage came from.
  struct Origin {
    std::uint32_t source = 0;  ///< index in the passage's sources
    Duration distance{0};      ///< from its usual time; with a count: 0
  };
  struct Open {
    std::uint64_t number;
    MonotonicTime triggered;
    MonotonicTime earliest;  ///< its front may have been since then; equal to `triggered`: heard at its time
    WallTime at;
    v1::Passage passage;
    std::string trigger_device;  ///< empty: nobody reported this vehicle
    bool has_speed = false;
    bool cleared =
        false;  ///< its tail has left the beam: the trigger's device has said so, or a front came after
    bool said_cleared = false;
    std::optional<MonotonicTime> result;  ///< when the trigger's device gave the result of this vehicle
    std::optional<MonotonicTime> tail;    ///< when the trigger's device said that it has left the beam
    bool follows = false;                 ///< nobody can have gone by unheard since the vehicle before
    std::array<Origin, 4> origins{};      ///< of plume, smoke, plate, speed

    std::optional<MonotonicTime> front() const {
      return earliest == triggered ? std::optional(triggered) : std::nullopt;
    }
  };
  /// A vehicle that was closed, or a time in which the trigger was not heard and anybody may have gone by.
  struct Past {
    MonotonicTime earliest, triggered;  ///< as in `Open`
    std::uint32_t parts = 0;            ///< bits of `Part` that it had
    bool unheard = false;
    std::optional<MonotonicTime> tail{};
  };
  /// The vehicle that a reading without a count fits best.
  struct Fit {
    Open* open;  ///< one of these two
    const Past* past;
    Duration distance;    ///< of its front (or tail, for a plume) from where the reading's should be
    bool certain;         ///< no other comes close
    MonotonicTime until;  ///< no front that comes later can change this
  };
  struct SaidPlate {
    MonotonicTime at;
    std::string device, event_id, text;
  };
  /// What is known of the last vehicle that was closed.
  struct Before {
    std::uint64_t number;
    std::optional<MonotonicTime> front;
    std::optional<double> co2_excess_percent;
  };
  struct Waiting {
    Reading reading;
    MonotonicTime until;
  };

  /// What was last heard of a device that counts vehicles.
  struct Counter {
    std::uint32_t session = 0;
    std::uint64_t number = 0;
  };

  /// What was learnt of a device that triggers without a count and measures the vehicle as well.
  struct OwnTrigger {
    std::optional<MonotonicTime> result;  ///< the last that found its vehicle
    bool result_after_cleared = false;    ///< says that the tail has left, and the result only after that
  };

  bool was_restarted(const Reading& reading, std::uint64_t number, const Counter* before) const;
  void on_trigger(const Reading& reading, Outcomes& out);
  void open_passage(std::uint64_t number, const Reading& trigger, bool follows);
  void miss(std::uint64_t first, std::uint64_t last, const char* reason, WallTime wall, Outcomes& out);
  void on_part(const Reading& reading);
  void on_weather(const Reading& reading);
  void on_counted(const Reading& reading);
  void on_own_result(const Reading& reading);
  void on_uncounted(const Reading& reading);
  void on_cleared(const Reading& reading);
  void wait(const Reading& reading, MonotonicTime until);
  void give(Open& open, const Reading& reading, std::optional<Duration> distance = {});
  Duration usual_delay(const Reading& reading) const;
  std::optional<Fit> fit_of(const Reading& reading);
  void settle(const Reading& reading, const std::optional<Fit>& fit);
  Open* find(std::uint64_t number);
  Open* result_of(const Reading& reading);
  bool may_be_of_unheard_front(const Reading& reading) const;
  bool lacks(const Open& open, const Reading& reading) const;
  static std::uint32_t parts_in(const Open& open);
  void fill(Open& open, const Reading& reading, Duration distance = {});
  static Origin& origin(Open& open, const Reading& reading);
  static void replace(Open& open, const Reading& reading);
  void adopt_waiting();
  bool end_a_wait(MonotonicTime now);
  void remember_plate(const Reading& reading, const PlateReading& plate);
  bool was_said_already(const Reading& reading, const PlateReading& plate, const PlateText& text);
  bool belongs_to_its_trailer(const Reading& reading, const PlateText& text);
  bool takes_second_plate(Open& open, const Reading& reading, const PlateReading& plate);
  void remember_past(Past past);
  bool complete(const Open& open) const;
  void close_due(MonotonicTime now, Outcomes& out);
  void emit_front(Outcomes& out);
  bool is_of_lane(const std::string& device) const;
  void note_hearing(MonotonicTime at);
  MonotonicTime long_before(MonotonicTime at) const;
  void note_conditions(v1::Passage& passage) const;
  void note_neighbours(Open& open);
  void orphan(const char* reason) { ++orphans_[reason]; }

  LaneSettings settings_;
  bool counting_ = false;  ///< a count is known, from the gate or from the ledger
  std::map<std::string, Counter, std::less<>> counters_;
  std::uint64_t last_ = 0;  ///< the gate's highest count so far
  std::int64_t offset_ = 0;
  WallTime last_at_{};
  std::deque<Open> open_;                                        ///< ascending numbers
  std::map<std::string, OwnTrigger, std::less<>> own_triggers_;  ///< by device
  std::map<std::string, MonotonicTime, std::less<>> opened_;     ///< since when each device that answers does
  std::map<std::string, v1::DeviceCondition, std::less<>>
      conditions_;  ///< devices of this lane that are not simply up
  std::optional<Before> before_;
  std::deque<Past> past_;                        ///< those that a reading could still be of
  std::deque<SaidPlate> said_plates_;            ///< within the double window
  bool hears_ = false;                           ///< a device of this lane that triggers answers
  std::optional<MonotonicTime> deaf_since_;      ///< none of them answers any more
  std::optional<MonotonicTime> last_triggered_;  ///< when the newest vehicle was learnt of
  std::deque<Waiting> waiting_;                  ///< readings whose trigger has not been seen yet
  std::vector<Reading> weather_;  ///< newest last; each gives something that none after it gives: six at most
  std::map<std::string, std::uint64_t, std::less<>> orphans_;
};

}  // namespace exhaust::assembly
