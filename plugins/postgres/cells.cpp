#include "cells.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "types.hpp"

namespace dbmux::postgres {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

dbmux_value text_cell(std::uint8_t kind, std::string_view text, std::uint32_t max_bytes, kit::Arena& arena) {
  const bool cut = max_bytes > 0 && text.size() > max_bytes;
  const auto whole = text;
  if (cut) text = kit::utf8_prefix(text, max_bytes);
  // Only databases without an encoding give such.
  const bool valid = kind == DBMUX_NUMBER || kit::valid_utf8(text);
  if (cut && !valid) text = whole.substr(0, max_bytes);
  auto cell = kit::text_of_kind(kind, arena.copy(text));
  if (!valid) cell.kind = DBMUX_BYTES;
  if (cut) {
    if (valid) cell.kind = DBMUX_TEXT;  // half a JSON value or number is none
    cell.flags = DBMUX_VALUE_TRUNCATED;
  }
  return cell;
}

dbmux_value real_cell(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return kit::real(value);
  if (text == "NaN") return kit::real(std::numeric_limits<double>::quiet_NaN());
  const double infinity = std::numeric_limits<double>::infinity();
  return kit::real(text.starts_with('-') ? -infinity : infinity);
}

unsigned nibble(char c) { return static_cast<unsigned>(is_digit(c) ? c - '0' : c - 'a' + 10); }

// "\x0aff"
dbmux_value bytes_cell(std::string_view hex, std::uint32_t max_bytes, kit::Arena& arena) {
  hex.remove_prefix(std::min<std::size_t>(2, hex.size()));
  std::size_t size = hex.size() / 2;
  const bool cut = max_bytes > 0 && size > max_bytes;
  if (cut) size = max_bytes;
  char* bytes = arena.allocate(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
  auto cell = kit::bytes({bytes, size});
  if (cut) cell.flags = DBMUX_VALUE_TRUNCATED;
  return cell;
}

// A zone as the server writes it, "+05", "+05:30" or "-00:01:15", with at least its minutes.
void append_zone(std::string& out, std::string_view zone) {
  out += zone;
  if (zone.size() == 3) out += ":00";
}

std::size_t zone_at(std::string_view time) { return std::min(time.find_first_of("+-"), time.size()); }

// "2024-02-29", also "10000-01-01" and "0044-03-15 BC": ISO 8601 signs years that have more than four digits,
// and counts backwards from a year 0.
void append_date(std::string& out, std::string_view date, bool before_christ) {
  const auto dash = date.find('-');
  if (dash == std::string_view::npos) {
    out += date;
    return;
  }
  int year = 0;
  std::from_chars(date.data(), date.data() + dash, year);
  if (before_christ) year = 1 - year;
  auto digits = std::to_string(std::abs(year));
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  if (year < 0) out += '-';
  if (digits.size() > 4 && year > 0) out += '+';
  out += digits;
  out += date.substr(dash);
}

std::string moment(Reading reading, std::string_view text) {
  std::string out;
  out.reserve(48);
  if (text.empty() || !is_digit(text[0])) return std::string(text);  // infinity
  const bool before_christ = text.ends_with(" BC");
  if (before_christ) text.remove_suffix(3);
  if (reading != Reading::time) {
    const auto space = std::min(text.find(' '), text.size());
    append_date(out, text.substr(0, space), before_christ);
    if (space == text.size()) return out;
    out += 'T';
    text.remove_prefix(space + 1);
  }
  const auto zone = zone_at(text);
  out += text.substr(0, zone);
  append_zone(out, text.substr(zone));
  return out;
}

}  // namespace

Reading reading_of(Oid type) {
  switch (type) {
    case oid::kBool:
      return Reading::boolean;
    case oid::kInt2:
    case oid::kInt4:
    case oid::kInt8:
    case oid::kOid:
      return Reading::integer;
    case oid::kFloat4:
    case oid::kFloat8:
      return Reading::real;
    case oid::kNumeric:
      return Reading::number;
    case oid::kJson:
    case oid::kJsonb:
      return Reading::json;
    case oid::kBytea:
      return Reading::bytes;
    case oid::kDate:
      return Reading::date;
    case oid::kTime:
    case oid::kTimetz:
      return Reading::time;
    case oid::kTimestamp:
    case oid::kTimestamptz:
      return Reading::timestamp;
    default:
      return Reading::text;
  }
}

std::int32_t usual_kind(Reading reading) {
  switch (reading) {
    case Reading::boolean:
      return DBMUX_BOOL;
    case Reading::integer:
      return DBMUX_I64;
    case Reading::real:
      return DBMUX_F64;
    case Reading::number:
      return DBMUX_NUMBER;
    case Reading::json:
      return DBMUX_JSON;
    case Reading::bytes:
      return DBMUX_BYTES;
    default:
      return DBMUX_TEXT;
  }
}

dbmux_value read_cell(Reading reading, std::string_view text, std::uint32_t max_bytes, kit::Arena& arena) {
  switch (reading) {
    case Reading::boolean:
      return kit::boolean(text == "t");
    case Reading::integer: {
      std::int64_t value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return kit::integer(value);
    }
    case Reading::real:
      return real_cell(text);
    case Reading::number: {
      const bool finite = !text.empty() && (is_digit(text.back()) || text.back() == '.');
      return text_cell(finite ? DBMUX_NUMBER : DBMUX_TEXT, text, max_bytes, arena);
    }
    case Reading::json:
      return text_cell(DBMUX_JSON, text, max_bytes, arena);
    case Reading::bytes:
      return bytes_cell(text, max_bytes, arena);
    case Reading::date:
    case Reading::time:
    case Reading::timestamp:
      return text_cell(DBMUX_TEXT, moment(reading, text), max_bytes, arena);
    case Reading::text:
      break;
  }
  return text_cell(DBMUX_TEXT, text, max_bytes, arena);
}

}  // namespace dbmux::postgres
