// SPDX-License-Identifier: MIT-0
#pragma once
// What the places of pages are written with (dbmux_summary.next, dbmux_scan.after): printable, and checked
// when they come back, since they may come from anybody.
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dbmux::kit {

// Two digits a byte.
inline void append_hex(std::string& to, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    to += kDigits[byte >> 4];
    to += kDigits[byte & 15];
  }
}

// None: not what append_hex() wrote.
inline std::optional<std::string> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned char byte = 0;
    const auto* end = text.data() + i + 2;
    const auto [read, error] = std::from_chars(text.data() + i, end, byte, 16);
    if (error != std::errc() || read != end) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

// "o120": behind so many rows.
inline std::string encode_offset(std::int64_t offset) { return 'o' + std::to_string(offset); }

// None: not an offset.
inline std::optional<std::int64_t> decode_offset(std::string_view place) {
  if (!place.starts_with('o')) return std::nullopt;
  std::int64_t offset = 0;
  const auto* end = place.data() + place.size();
  const auto [read, error] = std::from_chars(place.data() + 1, end, offset);
  if (error != std::errc() || read != end || offset < 0) return std::nullopt;
  return offset;
}

}  // namespace dbmux::kit
