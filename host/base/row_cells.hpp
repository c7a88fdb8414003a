#pragma once
// Parts of the row writer that all formats share. Internal to base/.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/cell.hpp"

namespace dbmux {

// Integers that every JSON reader keeps exactly.
inline constexpr std::int64_t kExactInteger = (std::int64_t{1} << 53) - 1;

// Bytes of the longest number that to_chars writes for a double or a 64-bit integer.
inline constexpr std::size_t kNumberRoom = 32;

char* put_number(char* to, std::int64_t);
char* put_number(char* to, std::uint64_t);
char* put_number(char* to, double);  // finite: shortest that reads back the same
char* put_number(char* to, float);
std::string_view name_of_non_finite(double);  // NaN, Infinity, -Infinity

// The part of a cell that is written, and what says that it is only a part.
struct Clipped {
  std::string_view kept;
  std::string mark;  // "… [+18,204 characters]", or empty
};
// limit 0: none. Text, numbers and JSON are cut on a character edge, bytes anywhere.
Clipped clip(const Cell&, std::uint32_t limit);
// The mark in bytes, for a cell that turned out to be no text.
std::string byte_mark(const Cell&, std::string_view kept);

// The i-th number of an f32s cell, and how many there are.
float f32_at(const Cell&, std::uint32_t i);
inline std::uint32_t f32_count(const Cell& cell) { return cell.len / 4; }
std::string number_mark(const Cell&, std::uint32_t kept);

}  // namespace dbmux
