#include "profile/scalar.hpp"

#include <charconv>
#include <cmath>

namespace dbmux {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr Unit kTime[] = {{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}};
constexpr Unit kBytes[] = {{"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
constexpr std::int64_t kLongestMs = std::int64_t{7} * 24 * 3'600'000;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;

template <std::size_t N>
std::optional<std::int64_t> with_unit(std::string_view text, const Unit (&units)[N], std::int64_t most) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  const auto amount = as_integer(text.substr(0, digits));
  if (!amount || *amount <= 0) return std::nullopt;
  const std::string_view name = digits == std::string_view::npos ? "" : text.substr(digits);
  for (const Unit& unit : units)
    if (unit.name == name) {
      if (*amount > most / unit.factor) return std::nullopt;
      return *amount * unit.factor;
    }
  return std::nullopt;
}

}  // namespace

std::optional<bool> as_boolean(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

std::optional<std::int64_t> as_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> as_number(std::string_view text) {
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::chrono::milliseconds> as_duration(std::string_view text) {
  const auto ms = with_unit(text, kTime, kLongestMs);
  if (!ms) return std::nullopt;
  return std::chrono::milliseconds(*ms);
}

std::optional<std::pair<std::chrono::milliseconds, std::chrono::milliseconds>> as_duration_range(
    std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const auto from = as_duration(text.substr(0, dots));
  const auto to = as_duration(text.substr(dots + 2));
  if (!from || !to || *from > *to) return std::nullopt;
  return std::pair(*from, *to);
}

std::optional<std::int64_t> as_size(std::string_view text) { return with_unit(text, kBytes, kMostBytes); }

}  // namespace dbmux
