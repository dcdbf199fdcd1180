// Which vehicle a plate belongs to, out of millions: ours against the same prepared statement in bare sqlite3.
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <vector>

#include "daemon/registry/plate_key.hpp"
#include "daemon/registry/registry_writer.hpp"
#include "daemon/registry/vehicle_registry.hpp"
#include "tests/bench/bench.hpp"

namespace exhaust::bench {

namespace {

using namespace std::chrono_literals;
using registry::VehicleRegistry;
using std::chrono::steady_clock;

constexpr const char* kProvinces[] = {"京", "津", "沪", "渝", "冀", "豫", "云", "辽", "黑", "湘", "皖", "鲁", "新", "苏", "浙"};
constexpr std::size_t kAsked = 1 << 18;  // plates, asked for again and again

/// Spread over the key space as registration numbers are.
std::string plate(std::uint64_t number) {
  static constexpr std::string_view kSigns = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  std::uint64_t mixed = number * 0x9E3779B97F4A7C15u >> 16;
  std::string text = kProvinces[mixed % std::size(kProvinces)];
  mixed /= std::size(kProvinces);
  text.push_back(static_cast<char>('A' + mixed % 8));
  mixed /= 8;
  for (int i = 0; i < 5; ++i, mixed /= kSigns.size()) text.push_back(kSigns[mixed % kSigns.size()]);
  return text;
}

struct Folder {
  Folder() {
    char name[] = "/tmp/exhaust-bench-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

registry::RegistryWriter::Written make(const std::filesystem::path& file, std::uint64_t vehicles) {
  auto writer = registry::RegistryWriter::begin(file);
  if (!writer) throw std::runtime_error(writer.error().detail);
  for (std::uint64_t i = 0; i < vehicles; ++i) {
    v1::Vehicle vehicle;
    vehicle.set_fuel(i % 5 == 0 ? "diesel" : "gasoline");
    vehicle.set_type("K" + std::to_string(10 + i % 90));
    vehicle.set_use(std::string(1, static_cast<char>('A' + i % 26)));
    const auto added = writer->add(plate(i), i % 5 == 0 ? "yellow" : "blue", *writer->kind(vehicle));
    if (!added) throw std::runtime_error(added.error().detail);
  }
  auto written = writer->commit({"benchmark", "", vehicles, 0});
  if (!written) throw std::runtime_error(written.error().detail);
  return *written;
}

struct Question {
  std::string plate, color;
  registry::PlateKey key;
};

struct Tally {
  std::uint64_t asked = 0, found = 0;
  std::chrono::duration<double> time{};
  double rate() const { return static_cast<double>(asked) / time.count(); }
};

/// Of this thread: a warm look-up waits for nothing, so what else the machine does is left out.
std::chrono::nanoseconds processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

template <class Ask>
void round(const std::vector<Question>& questions, std::size_t& next, Tally& tally, Ask ask) {
  const auto begin = processor_time();
  for (const auto until = steady_clock::now() + 100ms; steady_clock::now() < until;) {
    for (int i = 0; i < 64; ++i, ++tally.asked) tally.found += ask(questions[next++ % questions.size()]) ? 1 : 0;
  }
  tally.time += processor_time() - begin;
}

/// The statement that ours uses, and what it costs to take its columns.
class Bare {
 public:
  explicit Bare(const std::filesystem::path& file) {
    const auto name = "file:" + file.string() + "?immutable=1";
    if (sqlite3_open_v2(name.c_str(), &database_, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(database_));
    }
    sqlite3_exec(database_, "PRAGMA cache_size = -8192", nullptr, nullptr, nullptr);
    sqlite3_prepare_v2(database_, "SELECT plate, kind FROM vehicle WHERE plate BETWEEN ? AND ? LIMIT 16", -1, &find_, nullptr);
  }
  ~Bare() {
    sqlite3_finalize(find_);
    sqlite3_close(database_);
  }
  bool find(registry::PlateKey key) {
    sqlite3_reset(find_);
    sqlite3_bind_int64(find_, 1, key);
    sqlite3_bind_int64(find_, 2, key);
    if (sqlite3_step(find_) != SQLITE_ROW) return false;
    kind_ = sqlite3_column_int64(find_, 1);
    return true;
  }

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* find_ = nullptr;
  volatile std::int64_t kind_ = 0;
};

/// Microseconds of look-ups whose page is on the disk alone; the system may keep it all the same (a folder in memory).
std::pair<double, double> cold(const std::filesystem::path& file, const std::vector<Question>& questions) {
  std::vector<double> times;
  for (int i = 0; i < 50; ++i) {
    auto opened = VehicleRegistry::open(file, VehicleRegistry::Check::kHead);
    if (!opened) throw std::runtime_error(opened.error().detail);
    ::usleep(1000);
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    static_cast<void>(::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED));
    ::close(descriptor);
    const auto begin = steady_clock::now();
    static_cast<void>((*opened)->find(questions[static_cast<std::size_t>(i)].plate, questions[static_cast<std::size_t>(i)].color));
    times.push_back(std::chrono::duration<double, std::micro>(steady_clock::now() - begin).count());
  }
  std::ranges::sort(times);
  return {times[times.size() / 2], times.back()};
}

}  // namespace

nlohmann::ordered_json registry(const Options& options) {
  const Folder folder;
  const auto file = folder.path / "vehicles.db";
  const auto begin = steady_clock::now();
  const auto written = make(file, options.vehicles);
  const std::chrono::duration<double> made = steady_clock::now() - begin;
  std::mt19937_64 random(1);
  std::vector<Question> questions;
  for (std::size_t i = 0; i < kAsked; ++i) {
    const auto number = random() % options.vehicles;
    const auto* color = number % 5 == 0 ? "yellow" : "blue";
    questions.push_back({plate(number), color, *registry::plate_key(plate(number), color)});
  }
  auto ours = VehicleRegistry::open(file, VehicleRegistry::Check::kWhole);
  if (!ours) throw std::runtime_error(ours.error().detail);
  Bare bare(file);
  Tally our_tally, raw_tally;
  std::size_t our_next = 0, raw_next = 0;
  for (const auto end = steady_clock::now() + options.time; steady_clock::now() < end;) {
    round(questions, our_next, our_tally, [&](const Question& asked) { return (*ours)->find(asked.plate, asked.color).has_value(); });
    round(questions, raw_next, raw_tally, [&](const Question& asked) { return bare.find(asked.key); });
  }
  if (our_tally.found != our_tally.asked || raw_tally.found != raw_tally.asked) throw std::runtime_error("a vehicle was not found");
  const auto [median, worst] = cold(file, questions);
  return {
      {"benchmark", "registry"},
      {"ours", our_tally.rate()},
      {"raw", raw_tally.rate()},
      {"ratio", our_tally.rate() / raw_tally.rate()},
      {"lookup_microseconds", 1e6 / our_tally.rate()},
      {"cold_lookup_microseconds_median", median},
      {"cold_lookup_microseconds_worst", worst},
      {"vehicles", written.vehicles},
      {"bytes", written.bytes},
      {"bytes_per_vehicle", static_cast<double>(written.bytes) / static_cast<double>(written.vehicles)},
      {"made_per_second", static_cast<double>(options.vehicles) / made.count()},
  };
}

}  // namespace exhaust::bench
