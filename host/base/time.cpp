#include "base/time.hpp"

namespace dbmux {
namespace {

// The last `digits` decimal digits.
void append_digits(std::string& to, unsigned value, int digits) {
  const auto begin = to.size();
  to.append(static_cast<std::size_t>(digits), '0');
  for (auto at = to.size(); at > begin; value /= 10) to[--at] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string iso8601(Wall::time_point at) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at);
  const auto day = std::chrono::floor<std::chrono::days>(ms);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{ms - day};
  std::string text;
  text.reserve(24);
  append_digits(text, static_cast<unsigned>(int{date.year()}), 4);
  append_digits(text += '-', unsigned{date.month()}, 2);
  append_digits(text += '-', unsigned{date.day()}, 2);
  append_digits(text += 'T', static_cast<unsigned>(time.hours().count()), 2);
  append_digits(text += ':', static_cast<unsigned>(time.minutes().count()), 2);
  append_digits(text += ':', static_cast<unsigned>(time.seconds().count()), 2);
  append_digits(text += '.', static_cast<unsigned>(time.subseconds().count()), 3);
  return text += 'Z';
}

}  // namespace dbmux
