// SPDX-License-Identifier: MIT-0
#pragma once
// UTF-8, as the ABI wants it: TEXT cells are valid, cuts fall on a character's edge, positions count
// characters. And lists of texts.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace dbmux::kit {

// The length of the longest prefix of plain ASCII, rounded down to eight bytes.
inline std::size_t ascii_prefix(std::string_view s) {
  std::size_t i = 0;
  for (; i + 8 <= s.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, s.data() + i, 8);
    if (word & 0x8080808080808080u) break;
  }
  return i;
}

// Well-formed as Unicode defines it: no overlong forms, no surrogates, nothing above U+10FFFF. NUL is a
// character.
inline bool valid_utf8(std::string_view s) {
  const auto* p = reinterpret_cast<const unsigned char*>(s.data());
  const auto* const end = p + s.size();
  while (true) {
    p += ascii_prefix({reinterpret_cast<const char*>(p), static_cast<std::size_t>(end - p)});
    while (p < end && *p < 0x80) ++p;
    if (p == end) return true;
    const auto left = end - p;
    const auto tail = [&](int i) { return (p[i] & 0xC0) == 0x80; };
    if (*p >= 0xC2 && *p <= 0xDF) {
      if (left < 2 || !tail(1)) return false;
      p += 2;
    } else if ((*p & 0xF0) == 0xE0) {
      if (left < 3 || !tail(1) || !tail(2)) return false;
      if ((*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] >= 0xA0)) return false;
      p += 3;
    } else if (*p >= 0xF0 && *p <= 0xF4) {
      if (left < 4 || !tail(1) || !tail(2) || !tail(3)) return false;
      if ((*p == 0xF0 && p[1] < 0x90) || (*p == 0xF4 && p[1] >= 0x90)) return false;
      p += 4;
    } else {
      return false;
    }
  }
}

// The longest prefix of at most `most` bytes that ends on a character's edge. s is valid UTF-8.
inline std::string_view utf8_prefix(std::string_view s, std::size_t most) {
  if (s.size() <= most) return s;
  while (most > 0 && (static_cast<unsigned char>(s[most]) & 0xC0) == 0x80) --most;
  return s.substr(0, most);
}

inline std::size_t count_characters(std::string_view s) {
  std::size_t n = 0;
  for (const char c : s) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return n;
}

// The texts of a range.
template <class Texts>
std::string joined(const Texts& texts, std::string_view between) {
  std::string all;
  bool first = true;
  for (const auto& text : texts) {
    if (!first) all += between;
    all += text;
    first = false;
  }
  return all;
}

}  // namespace dbmux::kit
