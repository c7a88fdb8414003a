// SPDX-License-Identifier: MIT-0
#include "check/cells.hpp"

#include <rapidjson/document.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

#include "check/finding.hpp"
#include "check/memory.hpp"
#include "check/utf8.hpp"
#include "check/verdict.hpp"

namespace dbmux::check {
namespace {

constexpr std::array kKinds{"NULL", "BOOL", "I64", "U64", "F64", "NUMBER", "TEXT", "JSON", "BYTES", "F32S"};

bool known(std::int32_t kind) { return kind >= 0 && static_cast<std::size_t>(kind) < kKinds.size(); }

bool parse(rapidjson::Document& doc, std::string_view text) {
  doc.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  return !doc.HasParseError();
}

// -12.50, 1e-7, NaN and infinities
bool is_number(std::string_view text) {
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return !text.empty() && at == end && error != std::errc::invalid_argument;
}

std::string_view text_of(const dbmux_value& v) { return {v.len ? v.u.ptr : "", v.len}; }

struct CellAt {
  const dbmux_value& cell;
  std::string where;

  void wrong(std::string expected, std::string seen, std::string advice = {}) const {
    fail(std::move(expected), where + ": " + std::move(seen), std::move(advice));
  }

  void inspect(std::uint32_t max_cell_bytes) const {
    if (!known(cell.kind))
      wrong("a cell is of one of the ten kinds", "kind " + std::to_string(cell.kind),
            "Start from a zeroed dbmux_value.");
    if ((cell.flags & ~DBMUX_VALUE_TRUNCATED) != 0)
      wrong("flags of a cell are 0 or TRUNCATED", std::to_string(cell.flags),
            "Start from a zeroed dbmux_value.");
    if (cell.kind == DBMUX_BOOL && cell.u.i64 != 0 && cell.u.i64 != 1)
      wrong("a BOOL is 0 or 1 in u.i64", std::to_string(cell.u.i64));
    if (has_text(cell.kind)) inspect_text(max_cell_bytes);
  }

  void inspect_text(std::uint32_t max_cell_bytes) const {
    const std::string name = kind_name(cell.kind);
    if (max_cell_bytes > 0 && cell.len > max_cell_bytes)
      wrong("no cell is longer than max_cell_bytes (" + std::to_string(max_cell_bytes) + ")",
            name + " of " + std::to_string(cell.len) + " bytes",
            "Cut it, on a character's edge, and set DBMUX_VALUE_TRUNCATED.");
    if (cell.len > 0 && !readable(cell.u.ptr, cell.len))
      wrong("the bytes of a cell can be read until the next call on the cursor",
            name + " of " + std::to_string(cell.len) + " bytes cannot be",
            "len counts the bytes behind u.ptr, which must stay until the next call.");
    const auto text = text_of(cell);
    const bool cut = (cell.flags & DBMUX_VALUE_TRUNCATED) != 0;
    if (cell.kind == DBMUX_TEXT && !is_utf8(text))
      wrong("TEXT is UTF-8", "\"" + printable(text, 60) + "\"",
            "Send as BYTES what is not, and cut on a character's edge.");
    rapidjson::Document doc;
    if (cell.kind == DBMUX_JSON && !cut && !parse(doc, text))
      wrong("JSON is one complete value", printable(text, 60), "Send as TEXT what is not.");
    if (cell.kind == DBMUX_JSON && text.find('\n') != std::string_view::npos)
      wrong("JSON is written on one line", printable(text, 60));
    if (cell.kind == DBMUX_NUMBER && !cut && !is_number(text))
      wrong("NUMBER is decimal text", "\"" + printable(text, 60) + "\"");
    if (cell.kind == DBMUX_F32S && cell.len % 4 != 0)
      wrong("F32S is whole float32 values", std::to_string(cell.len) + " bytes");
  }
};

void inspect_name(const char* what, dbmux_str name, std::size_t column) {
  const std::string where = "column " + std::to_string(column + 1);
  expect(name.len == 0 || readable(name.ptr, name.len), std::string(what) + " of a column can be read",
         where + ": " + std::to_string(name.len) + " bytes cannot be");
  const std::string_view text(name.len ? name.ptr : "", name.len);
  expect(is_utf8(text), std::string(what) + " of a column is UTF-8",
         where + ": \"" + printable(text, 60) + "\"");
}

std::string without_zeros(std::string_view number) {
  std::string out(number);
  if (out.find('.') == std::string::npos || out.find_first_of("eE") != std::string::npos) return out;
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

bool same_json(std::string_view a, std::string_view b) {
  rapidjson::Document x, y;
  return parse(x, a) && parse(y, b) && x == y;
}

bool same_double(double sent, const dbmux_value& got, std::string_view text) {
  double back = 0;
  if (got.kind == DBMUX_F64) {
    back = got.u.f64;
  } else if (got.kind == DBMUX_NUMBER || got.kind == DBMUX_TEXT) {
    std::from_chars(text.data(), text.data() + text.size(), back);
  } else {
    return std::isnan(sent) && got.kind == DBMUX_NULL;  // SQL engines without NaN
  }
  return back == sent || (std::isnan(back) && std::isnan(sent));
}

}  // namespace

std::string kind_name(std::int32_t kind) {
  return known(kind) ? kKinds[static_cast<std::size_t>(kind)] : "kind " + std::to_string(kind);
}

void inspect_columns(std::span<const dbmux_column> columns) {
  expect(columns.empty() || readable(columns.data(), columns.size_bytes()),
         "columns() gives what can be read", std::to_string(columns.size()) + " columns cannot be");
  for (std::size_t i = 0; i < columns.size(); ++i) {
    inspect_name("the name", columns[i].name, i);
    inspect_name("native_type", columns[i].native_type, i);
    inspect_name("origin", columns[i].origin, i);
    const std::string where = "column " + std::to_string(i + 1) + ": ";
    expect(known(columns[i].kind), "a column is of one of the ten kinds",
           where + "kind " + std::to_string(columns[i].kind));
    expect(columns[i].nullable >= -1 && columns[i].nullable <= 1, "nullable is 0, 1 or -1",
           where + std::to_string(columns[i].nullable));
  }
}

void inspect_cells(std::span<const dbmux_value> cells, std::uint32_t n_cols, std::uint32_t max_cell_bytes) {
  for (std::size_t i = 0; i < cells.size(); ++i)
    CellAt{cells[i], "row " + std::to_string(i / n_cols + 1) + ", column " + std::to_string(i % n_cols + 1)}
        .inspect(max_cell_bytes);
}

std::string shown(const dbmux_value& v, std::string_view text) {
  char number[64];
  const auto written = [&](const std::to_chars_result& r) { return std::string(number, r.ptr); };
  switch (v.kind) {
    case DBMUX_NULL:
      return "NULL";
    case DBMUX_BOOL:
      return v.u.i64 ? "true" : "false";
    case DBMUX_I64:
      return std::to_string(v.u.i64);
    case DBMUX_U64:
      return std::to_string(v.u.u64);
    case DBMUX_F64:
      return written(std::to_chars(number, number + sizeof number, v.u.f64));
    case DBMUX_BYTES:
    case DBMUX_F32S:
      return hex(text.substr(0, 40));
    default:
      return std::string(text);
  }
}

bool says_the_same(const dbmux_value& sent, const dbmux_value& got, std::string_view got_text) {
  const std::string a = shown(sent, has_text(sent.kind) ? text_of(sent) : std::string_view());
  const std::string b = shown(got, got_text);
  switch (sent.kind) {
    case DBMUX_NULL:
      return got.kind == DBMUX_NULL;
    case DBMUX_BOOL:
      return a == b || b == (sent.u.i64 ? "1" : "0") || b == (sent.u.i64 ? "t" : "f");
    case DBMUX_I64:
    case DBMUX_U64:
      return a == without_zeros(b);
    case DBMUX_F64:
      return same_double(sent.u.f64, got, got_text);
    case DBMUX_NUMBER:
      return without_zeros(a) == without_zeros(b);
    case DBMUX_JSON:
      return same_json(text_of(sent), got_text);
    case DBMUX_BYTES:
    case DBMUX_F32S:
      return got_text == text_of(sent) ||
             (got.kind == DBMUX_TEXT && got_text.ends_with(hex(text_of(sent)))) ||
             (sent.kind == DBMUX_F32S && (got.kind == DBMUX_TEXT || got.kind == DBMUX_JSON));
    default:
      return got_text == text_of(sent);
  }
}

}  // namespace dbmux::check
