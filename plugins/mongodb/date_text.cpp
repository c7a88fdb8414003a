#include "date_text.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace dbmux::mongodb {

namespace {

constexpr std::int64_t kMsPerDay = 86'400'000;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // Exactly so many digits.
  std::optional<int> digits(std::size_t n) {
    if (text_.size() < n) return {};
    int value = 0;
    for (const char c : text_.substr(0, n)) {
      if (c < '0' || c > '9') return {};
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(n);
    return value;
  }
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // Milliseconds of a fraction; what is finer is cut, as the type holds no more.
  std::optional<int> fraction() {
    int value = 0, places = 0;
    for (; !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; text_.remove_prefix(1))
      if (places < 3) value = value * 10 + (text_[0] - '0'), ++places;
    if (places == 0) return {};
    for (; places < 3; ++places) value *= 10;
    return value;
  }
  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

// Minutes east of UTC.
std::optional<int> zone(Scanner& in) {
  if (in.done() || in.take('Z')) return 0;
  const bool west = in.take('-');
  if (!west && !in.take('+')) return {};
  const auto hours = in.digits(2);
  in.take(':');
  const auto minutes = in.digits(2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return {};
  const int east = *hours * 60 + *minutes;
  return west ? -east : east;
}

// Milliseconds of the day, less the zone.
std::optional<std::int64_t> time(Scanner& in) {
  const auto hours = in.digits(2);
  const bool colon = in.take(':');
  const auto minutes = in.digits(2);
  if (!hours || !colon || !minutes || *hours > 23 || *minutes > 59) return {};
  int seconds = 0, ms = 0;
  if (in.take(':')) {
    const auto s = in.digits(2);
    if (!s || *s > 59) return {};
    seconds = *s;
    if (in.take('.')) {
      const auto f = in.fraction();
      if (!f) return {};
      ms = *f;
    }
  }
  const auto east = zone(in);
  if (!east) return {};
  return ((std::int64_t{*hours} * 60 + *minutes - *east) * 60 + seconds) * 1000 + ms;
}

}  // namespace

std::optional<std::int64_t> date_of(std::string_view text) {
  using namespace std::chrono;
  Scanner in(text);
  const auto y = in.digits(4);
  const bool dash = in.take('-');
  const auto m = in.digits(2);
  const bool second = in.take('-');
  const auto d = in.digits(2);
  if (!y || !dash || !m || !second || !d) return {};
  const year_month_day day{year(*y), month(static_cast<unsigned>(*m)),
                           std::chrono::day(static_cast<unsigned>(*d))};
  if (!day.ok()) return {};
  std::int64_t ms = sys_days(day).time_since_epoch().count() * kMsPerDay;
  if (in.done()) return ms;
  if (!in.take('T') && !in.take(' ')) return {};
  const auto rest = time(in);
  if (!rest || !in.done()) return {};
  return ms + *rest;
}

std::optional<std::string> text_of_date(std::int64_t ms) {
  using namespace std::chrono;
  constexpr std::int64_t kFirst = -62'167'219'200'000, kLast = 253'402'300'799'999;
  if (ms < kFirst || ms > kLast) return {};
  std::int64_t days_since = ms / kMsPerDay, rest = ms % kMsPerDay;
  if (rest < 0) --days_since, rest += kMsPerDay;
  const year_month_day day{sys_days(days(days_since))};
  char text[40];
  const int n = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d",
                              static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                              static_cast<unsigned>(day.day()), static_cast<int>(rest / 3'600'000),
                              static_cast<int>(rest / 60'000 % 60), static_cast<int>(rest / 1000 % 60));
  std::string out(text, static_cast<std::size_t>(n));
  if (rest % 1000 != 0) {
    const int f = std::snprintf(text, sizeof text, ".%03d", static_cast<int>(rest % 1000));
    out.append(text, static_cast<std::size_t>(f));
  }
  return out + 'Z';
}

}  // namespace dbmux::mongodb
