#include "base/text.hpp"

#include <algorithm>

#include "base/escape.hpp"

namespace dbmux {
namespace {

bool non_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

const char* skip_ascii(const char* s, const char* end) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  while (end - s >= 8 && (load8(s) & kHighBits) == 0) s += 8;
  while (s != end && !non_ascii(*s)) ++s;
  return s;
}

// The first byte that is not part of a well-formed sequence, or end.
const char* skip_utf8(const char* s, const char* end) {
  while ((s = skip_ascii(s, end)) != end) {
    do {
      const auto n = utf8_sequence(s, end);
      if (n == 0) return s;
      s += n;
    } while (s != end && non_ascii(*s));
  }
  return end;
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto* end = text.data() + text.size();
  return skip_utf8(text.data(), end) == end;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  auto n = max;
  while (n != 0 && max - n < 3 && continues(text[n])) --n;
  return text.substr(0, continues(text[n]) ? max : n);
}

std::int64_t utf8_length(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); });
}

std::string utf8_replaced(std::string_view text) {
  std::string replaced;
  const auto* s = text.data();
  const auto* end = s + text.size();
  for (;;) {
    const auto* stop = skip_utf8(s, end);
    replaced.append(s, stop);
    if (stop == end) return replaced;
    replaced += "\xEF\xBF\xBD";
    s = stop + 1;
    while (s != end && continues(*s)) ++s;
  }
}

std::string thousands(std::int64_t number) {
  auto text = std::to_string(number);
  const std::size_t first = text[0] == '-' ? 1 : 0;
  for (auto at = text.size(); at > first + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string human_duration(std::int64_t ms) {
  if (ms < 0) return "-" + human_duration(-(ms + 1) + 1);
  if (ms < 1000) return std::to_string(ms) + " ms";
  if (ms < 10'000 && ms % 1000 >= 100) {
    return std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100) + " s";
  }
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr std::array kUnits{Unit{86'400, " d"}, Unit{3600, " h"}, Unit{60, " min"}, Unit{1, " s"}};
  auto seconds = ms / 1000;
  std::string text;
  int parts = 0;
  for (const auto& [length, name] : kUnits) {
    if (parts == 2) break;
    const auto count = seconds / length;
    seconds %= length;
    if (count == 0) {
      if (parts != 0) ++parts;
      continue;
    }
    if (parts++ != 0) text += ' ';
    text += std::to_string(count) + name;
  }
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::string joined(std::span<const std::string> parts, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) text += separator;
    text += parts[i];
  }
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  auto* to = text.data();
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < left ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k <= left; ++k) to[k] = kDigits[group >> (18 - 6 * k) & 63];
    to += 4;
  }
  return text;
}

}  // namespace dbmux
