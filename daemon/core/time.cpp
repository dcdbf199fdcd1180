#include "daemon/core/time.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace exhaust {

namespace {

using namespace std::chrono;

struct Civil {
  year_month_day date;
  hh_mm_ss<microseconds> time;
};

Civil civil(WallTime time) {
  const auto day = floor<days>(time);
  return {year_month_day{day}, hh_mm_ss{duration_cast<microseconds>(time - day)}};
}

/// Reads exactly `width` digits at `at` and moves past them.
bool digits(std::string_view text, std::size_t& at, std::size_t width, int& out) {
  if (at + width > text.size()) return false;
  const auto* first = text.data() + at;
  const auto [end, error] = std::from_chars(first, first + width, out);
  if (error != std::errc{} || end != first + width || *first == '-') return false;
  at += width;
  return true;
}

bool literal(std::string_view text, std::size_t& at, char expected) {
  if (at >= text.size() || text[at] != expected) return false;
  ++at;
  return true;
}

}  // namespace

MonotonicTime SystemClock::monotonic() const { return steady_clock::now(); }
WallTime SystemClock::wall() const { return floor<microseconds>(system_clock::now()); }

std::string to_rfc3339(WallTime time) {
  const auto [date, clock] = civil(time);
  std::array<char, 64> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02ld:%02ld:%02ld.%06ldZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                    clock.minutes().count(), static_cast<long>(clock.seconds().count()),
                    static_cast<long>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

Result<WallTime> from_rfc3339(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorKind::kSettings,
                "'" + std::string(text) + "' is not a time with an offset, like 2026-11-23T10:02:11+08:00");
  };
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  std::size_t at = 0;
  if (!digits(text, at, 4, y) || !literal(text, at, '-') || !digits(text, at, 2, mo) || !literal(text, at, '-') ||
      !digits(text, at, 2, d)) {
    return bad();
  }
  if (at >= text.size() || (text[at] != 'T' && text[at] != ' ')) return bad();
  ++at;
  if (!digits(text, at, 2, h) || !literal(text, at, ':') || !digits(text, at, 2, mi) || !literal(text, at, ':') ||
      !digits(text, at, 2, s)) {
    return bad();
  }
  microseconds fraction{0};
  if (at < text.size() && text[at] == '.') {
    ++at;
    microseconds unit{100'000};
    const auto start = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) fraction += unit * (text[at] - '0');
    if (at == start) return bad();
  }
  minutes offset{0};
  if (at < text.size() && text[at] == 'Z') {
    ++at;
  } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    const int sign = text[at] == '-' ? -1 : 1;
    int oh = 0, om = 0;
    ++at;
    if (!digits(text, at, 2, oh)) return bad();
    literal(text, at, ':');
    if (!digits(text, at, 2, om)) return bad();
    offset = sign * (hours{oh} + minutes{om});
  } else {
    return bad();
  }
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (at != text.size() || !date.ok() || h > 23 || mi > 59 || s > 60) return bad();
  return WallTime{sys_days{date}} + hours{h} + minutes{mi} + seconds{s} + fraction - offset;
}

std::string to_china_compact(sys_seconds time) {
  const auto [date, clock] = civil(WallTime{time} + kChinaUtcOffset);
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%04d%02u%02u%02ld%02ld%02ld", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                   clock.hours().count(), clock.minutes().count(),
                                   static_cast<long>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

Result<Duration> parse_duration(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorKind::kSettings, "'" + std::string(text) + "' is not a duration like 250ms, 5s, 10min, 2h or 30d");
  };
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !(number >= 0) || number > 1e9) return bad();
  const std::string_view unit{end, text.data() + text.size()};
  double seconds_each = 0;
  if (unit == "us") seconds_each = 1e-6;
  else if (unit == "ms") seconds_each = 1e-3;
  else if (unit == "s") seconds_each = 1;
  else if (unit == "min") seconds_each = 60;
  else if (unit == "h") seconds_each = 3600;
  else if (unit == "d") seconds_each = 86400;
  else return bad();
  return duration_cast<Duration>(duration<double>{number * seconds_each});
}

std::string stretch_of_time(double seconds) {
  char text[64];
  const auto in_two = [&](double large, const char* of_large, double small, const char* of_small) {
    std::snprintf(text, sizeof text, "%.0f %s %.0f %s", large, of_large, small, of_small);
  };
  if (seconds < 0.9995) {
    std::snprintf(text, sizeof text, "%.0f ms", seconds * 1000);
  } else if (seconds < 9.95) {
    std::snprintf(text, sizeof text, std::abs(seconds - std::round(seconds)) < 0.05 ? "%.0f s" : "%.1f s", seconds);
  } else if (seconds < 599.5) {
    std::snprintf(text, sizeof text, "%.0f s", seconds);
  } else if (const double minutes = std::round(seconds / 60); minutes < 120) {
    std::snprintf(text, sizeof text, "%.0f min", minutes);
  } else if (minutes < 48 * 60) {
    in_two(std::floor(minutes / 60), "h", std::fmod(minutes, 60), "min");
  } else {
    const double hours = std::round(seconds / 3600);
    in_two(std::floor(hours / 24), "d", std::fmod(hours, 24), "h");
  }
  return text;
}

}  // namespace exhaust
