#pragma once
// Cells and written rows for the tests of the row writer.
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/rows.hpp"

namespace dbmux::testing {

inline Cell null_cell() { return {}; }
inline Cell boolean(bool yes) {
  Cell c;
  c.kind = Kind::boolean;
  c.i64 = yes ? 1 : 0;
  return c;
}
inline Cell i64(std::int64_t number) {
  Cell c;
  c.kind = Kind::i64;
  c.i64 = number;
  return c;
}
inline Cell u64(std::uint64_t number) {
  Cell c;
  c.kind = Kind::u64;
  c.u64 = number;
  return c;
}
inline Cell f64(double number) {
  Cell c;
  c.kind = Kind::f64;
  c.f64 = number;
  return c;
}
// bytes must outlive the cell.
inline Cell bytes_of(Kind kind, std::string_view bytes, bool truncated = false) {
  Cell c;
  c.kind = kind;
  c.flags = truncated ? Cell::kTruncated : std::uint8_t{0};
  c.ptr = bytes.data();
  c.len = static_cast<std::uint32_t>(bytes.size());
  return c;
}
inline Cell text(std::string_view value) { return bytes_of(Kind::text, value); }
inline Cell json(std::string_view value) { return bytes_of(Kind::json, value); }
inline Cell number(std::string_view value) { return bytes_of(Kind::number, value); }
inline Cell bytes(std::string_view value) { return bytes_of(Kind::bytes, value); }

inline std::string written(Format format, Depth depth, std::initializer_list<std::string_view> columns,
                           const std::vector<Cell>& cells, RowLimits limits = {}) {
  Output out;
  RowWriter writer(out, format, depth, {columns.begin(), columns.size()}, limits);
  writer.write(cells, columns.size() == 0 ? 0 : static_cast<std::uint32_t>(cells.size() / columns.size()));
  writer.end();
  return out.take_string();
}

// One cell as it stands between [[ and ]] of the columnar format.
inline std::string one_cell(Depth depth, const Cell& cell, RowLimits limits = {}) {
  auto all = written(Format::columnar, depth, {"c"}, {cell}, limits);
  const auto from = all.find("[[") + 2;
  return all.substr(from, all.size() - 2 - from);
}

}  // namespace dbmux::testing
