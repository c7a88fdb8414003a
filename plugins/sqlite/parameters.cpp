#include "parameters.hpp"

#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "error.hpp"

namespace dbmux::sqlite {

namespace {

int bind_text(sqlite3_stmt* s, int at, std::string_view text) {
  return sqlite3_bind_text64(s, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

// A decimal as the digits that matter and a power of ten, so that two spellings of one number are equal.
struct Decimal {
  bool negative = false;
  std::string digits;
  long exponent = 0;
  bool operator==(const Decimal&) const = default;
};

Decimal normalised(std::string_view text) {
  Decimal d;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    d.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  bool fraction = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.') {
      fraction = true;
    } else if (c == 'e' || c == 'E') {
      long e = 0;
      const auto start = i + 1 < text.size() && text[i + 1] == '+' ? i + 2 : i + 1;
      std::from_chars(text.data() + start, text.data() + text.size(), e);
      d.exponent += e;
      break;
    } else {
      d.digits += c;
      if (fraction) --d.exponent;
    }
  }
  while (!d.digits.empty() && d.digits.back() == '0') d.digits.pop_back(), ++d.exponent;
  d.digits.erase(0, d.digits.find_first_not_of('0'));
  if (d.digits.empty()) return {};
  return d;
}

// As an integer or a double where that is exact, else as text: SQLite has no exact decimals.
int bind_number(sqlite3_stmt* s, int at, std::string_view text) {
  const auto* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto [p, ec] = std::from_chars(text.data(), end, whole); ec == std::errc() && p == end)
    return sqlite3_bind_int64(s, at, whole);
  double real = 0;
  if (const auto [p, ec] = std::from_chars(text.data(), end, real);
      ec == std::errc() && p == end && std::isfinite(real)) {
    char shortest[64];
    const auto written = std::to_chars(shortest, shortest + sizeof shortest, real);
    if (normalised({shortest, static_cast<std::size_t>(written.ptr - shortest)}) == normalised(text))
      return sqlite3_bind_double(s, at, real);
  }
  return bind_text(s, at, text);
}

}  // namespace

int bind_value(sqlite3_stmt* s, int at, const dbmux_value& v) {
  switch (v.kind) {
    case DBMUX_NULL:
      return sqlite3_bind_null(s, at);
    case DBMUX_BOOL:
      return sqlite3_bind_int(s, at, v.u.i64 != 0);
    case DBMUX_I64:
      return sqlite3_bind_int64(s, at, v.u.i64);
    case DBMUX_U64:
      return v.u.u64 <= INT64_MAX ? sqlite3_bind_int64(s, at, v.u.i64)
                                  : bind_text(s, at, std::to_string(v.u.u64));
    case DBMUX_F64:
      return sqlite3_bind_double(s, at, v.u.f64);
    case DBMUX_NUMBER:
      return bind_number(s, at, kit::view(v));
    case DBMUX_TEXT:
    case DBMUX_JSON:
      return bind_text(s, at, kit::view(v));
    case DBMUX_BYTES:
    case DBMUX_F32S:
      return sqlite3_bind_blob64(s, at, kit::view(v).data(), v.len, SQLITE_TRANSIENT);
    default:
      return SQLITE_MISUSE;
  }
}

namespace {

std::string_view without_sign(std::string_view name) {
  if (!name.empty() && (name[0] == ':' || name[0] == '@' || name[0] == '$' || name[0] == '?'))
    name.remove_prefix(1);
  return name;
}

std::string_view name_at(sqlite3_stmt* s, int at) {
  const char* name = sqlite3_bind_parameter_name(s, at);
  return name ? name : "";
}

std::string shown(sqlite3_stmt* s, int at) {
  const auto name = name_at(s, at);
  return name.empty() ? "number " + std::to_string(at) : std::string(name);
}

std::string all_names(sqlite3_stmt* s, int count) {
  std::string names;
  for (int at = 1; at <= count; ++at) names += (at > 1 ? ", " : "") + shown(s, at);
  return names;
}

std::string counted(std::size_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

kit::Status bind_one(sqlite3_stmt* s, int at, const dbmux_value& value) {
  const int rc = bind_value(s, at, value);
  if (rc == SQLITE_OK) return {};
  if (rc == SQLITE_MISUSE)
    return kit::fail(DBMUX_E_INVALID, "parameter " + shown(s, at) + " is of an unknown kind");
  auto reason = failure(sqlite3_db_handle(s), rc);
  reason->message = "parameter " + shown(s, at) + ": " + reason->message;
  return reason;
}

kit::Status bind_by_name(sqlite3_stmt* s, const dbmux_param* params, std::size_t n, int count) {
  std::vector<bool> given(static_cast<std::size_t>(count) + 1);
  for (std::size_t i = 0; i < n; ++i) {
    const auto name = kit::view(params[i].name);
    int found = 0;
    for (int at = 1; at <= count && !found; ++at)
      if (!name_at(s, at).empty() &&
          (name_at(s, at) == name || without_sign(name_at(s, at)) == without_sign(name)))
        found = at;
    if (!found)
      return kit::fail(DBMUX_E_INVALID, "the statement has no parameter '" + std::string(name) + "'" +
                                            (count ? "; it has " + all_names(s, count) : ""))
          .object(std::string(name));
    if (given[static_cast<std::size_t>(found)])
      return kit::fail(DBMUX_E_INVALID, "parameter " + shown(s, found) + " was given twice");
    given[static_cast<std::size_t>(found)] = true;
    if (auto bound = bind_one(s, found, params[i].value); !bound) return bound;
  }
  for (int at = 1; at <= count; ++at)
    if (!given[static_cast<std::size_t>(at)])
      return kit::fail(DBMUX_E_INVALID, "no value was given for the parameter " + shown(s, at));
  return {};
}

}  // namespace

kit::Status bind(sqlite3_stmt* s, const dbmux_param* params, std::size_t n) {
  const int count = sqlite3_bind_parameter_count(s);
  std::size_t named = 0;
  for (std::size_t i = 0; i < n; ++i) named += params[i].name.len > 0;
  if (named > 0 && named < n)
    return kit::fail(DBMUX_E_INVALID, "give all parameters by position or all by name");
  if (named > 0) return bind_by_name(s, params, n, count);
  if (n != static_cast<std::size_t>(count))
    return kit::fail(DBMUX_E_INVALID, "the statement has " +
                                          counted(static_cast<std::size_t>(count), "parameter") +
                                          (count ? " (" + all_names(s, count) + ")" : "") + ", but " +
                                          counted(n, "value") + (n == 1 ? " was" : " were") + " given");
  for (std::size_t i = 0; i < n; ++i)
    if (auto bound = bind_one(s, static_cast<int>(i) + 1, params[i].value); !bound) return bound;
  return {};
}

}  // namespace dbmux::sqlite
