#include "base/row_cells.hpp"

#include <charconv>
#include <cmath>
#include <cstring>

#include "base/text.hpp"

namespace dbmux {
namespace {

template <class T>
char* put(char* to, T number) {
  return std::to_chars(to, to + kNumberRoom, number).ptr;
}

std::string mark(std::int64_t left_out, bool truncated, std::string_view unit) {
  if (left_out == 0) return truncated ? "… [cut]" : "";
  std::string text = truncated ? "… [+at least " : "… [+";
  text += thousands(left_out);
  text += ' ';
  text += unit;
  if (left_out != 1) text += 's';
  return text + ']';
}

}  // namespace

char* put_number(char* to, std::int64_t number) { return put(to, number); }
char* put_number(char* to, std::uint64_t number) { return put(to, number); }
char* put_number(char* to, double number) { return put(to, number); }
char* put_number(char* to, float number) { return put(to, number); }

std::string_view name_of_non_finite(double number) {
  if (std::isnan(number)) return "NaN";
  return number < 0 ? "-Infinity" : "Infinity";
}

Clipped clip(const Cell& cell, std::uint32_t limit) {
  auto kept = cell.view();
  if (limit != 0 && kept.size() > limit) {
    kept = cell.kind == Kind::bytes ? kept.substr(0, limit) : utf8_prefix(kept, limit);
  }
  if (cell.kind == Kind::bytes) return {kept, byte_mark(cell, kept)};
  return {kept, mark(utf8_length(cell.view().substr(kept.size())), cell.truncated(), "character")};
}

std::string byte_mark(const Cell& cell, std::string_view kept) {
  return mark(static_cast<std::int64_t>(cell.len - kept.size()), cell.truncated(), "byte");
}

float f32_at(const Cell& cell, std::uint32_t i) {
  float number;
  std::memcpy(&number, cell.ptr + std::size_t{4} * i, 4);
  return number;
}

std::string number_mark(const Cell& cell, std::uint32_t kept) {
  return mark(f32_count(cell) - kept, cell.truncated(), "number");
}

}  // namespace dbmux
