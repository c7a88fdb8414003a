#pragma once
// Rows as plain values that tests can write down, compare and print.
#include <cstdint>
#include <cstring>
#include <ostream>
#include <string>
#include <vector>

#include "driver/plugin.hpp"

namespace dbmux::test {

struct Value {
  Kind kind = Kind::null;
  std::int64_t i64 = 0;  // boolean, i64, u64
  double f64 = 0;
  std::string bytes;  // every kind behind a pointer
  bool truncated = false;

  Value() = default;
  Value(std::nullptr_t) {}
  Value(int n) : kind(Kind::i64), i64(n) {}
  Value(std::int64_t n) : kind(Kind::i64), i64(n) {}
  Value(double d) : kind(Kind::f64), f64(d) {}
  Value(const char* text) : kind(Kind::text), bytes(text) {}
  Value(std::string text) : kind(Kind::text), bytes(std::move(text)) {}
  explicit Value(const Cell& c) : kind(c.kind), truncated(c.truncated()) {
    if (kind == Kind::boolean || kind == Kind::i64 || kind == Kind::u64) i64 = c.i64;
    if (kind == Kind::f64) f64 = c.f64;
    if (kind >= Kind::number) bytes = c.view();
  }

  friend bool operator==(const Value& a, const Value& b) {
    // By bit pattern, so that -0.0 is not 0.0 and NaN equals itself.
    return a.kind == b.kind && a.i64 == b.i64 && std::memcmp(&a.f64, &b.f64, sizeof a.f64) == 0 &&
           a.bytes == b.bytes && a.truncated == b.truncated;
  }
};

inline Value blob(std::string bytes) {
  Value v(std::move(bytes));
  v.kind = Kind::bytes;
  return v;
}

inline Value cut(Value v) {
  v.truncated = true;
  return v;
}

inline void PrintTo(const Value& v, std::ostream* out) {
  constexpr const char* kKinds[] = {"null",   "boolean", "i64",  "u64",   "f64",
                                    "number", "text",    "json", "bytes", "f32s"};
  *out << kKinds[static_cast<int>(v.kind) % 10] << ' ';
  if (v.kind == Kind::f64)
    *out << v.f64;
  else if (v.kind < Kind::number)
    *out << v.i64;
  else
    *out << '\'' << v.bytes.substr(0, 100) << "' (" << v.bytes.size() << " bytes"
         << (v.truncated ? ", cut)" : ")");
}

using Row = std::vector<Value>;
using Rows = std::vector<Row>;

// A column that outlives its cursor.
struct KeptColumn {
  explicit KeptColumn(const Column& c) : name(c.name), native_type(c.native_type) {}
  std::string name, native_type;
};

struct Table {
  std::vector<KeptColumn> columns;
  Rows rows;
  std::vector<std::uint32_t> batches;  // rows in each
  Summary summary;

  // The index of a column, or columns.size().
  std::size_t column(std::string_view name) const {
    std::size_t i = 0;
    while (i < columns.size() && columns[i].name != name) ++i;
    return i;
  }
  Value at(std::size_t row, std::string_view name) const {
    const std::size_t c = column(name);
    return row < rows.size() && c < columns.size() ? rows[row][c]
                                                   : Value("no such cell: " + std::string(name));
  }
  std::vector<Value> all(std::string_view name) const {
    std::vector<Value> out;
    for (std::size_t r = 0; r < rows.size(); ++r) out.push_back(at(r, name));
    return out;
  }
};

inline Param param(const Value& v, std::string name = {}, std::string type = {}) {
  Param p;
  p.name = std::move(name);
  p.type = std::move(type);
  p.kind = v.kind;
  p.i64 = v.i64;
  p.f64 = v.f64;
  p.text = v.bytes;
  return p;
}

inline std::vector<Param> params(const std::vector<Value>& values) {
  std::vector<Param> out;
  for (const auto& v : values) out.push_back(param(v));
  return out;
}

}  // namespace dbmux::test
