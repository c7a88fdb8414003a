#include "page_key.hpp"

#include <charconv>
#include <cstring>
#include <vector>

namespace dbmux::sqlite {

namespace {

// "k", then each value a dot, a letter for its type, and digits: decimal for
// integers, the bits of a double, the bytes of a text or blob in hexadecimal.

void append_bytes(std::string& to, const void* data, int n) {
  kit::append_hex(to, {static_cast<const char*>(data), static_cast<std::size_t>(n)});
}

template <class T>
bool decode_number(std::string_view text, T& value) {
  const auto [p, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  return ec == std::errc() && p == text.data() + text.size();
}

bool bind_part(sqlite3_stmt* s, int at, std::string_view part) {
  if (part.empty()) return false;
  const auto digits = part.substr(1);
  std::int64_t whole = 0;
  switch (part[0]) {
    case 'n':
      return digits.empty() && sqlite3_bind_null(s, at) == SQLITE_OK;
    case 'i':
      return decode_number(digits, whole) && sqlite3_bind_int64(s, at, whole) == SQLITE_OK;
    case 'r': {
      double real = 0;
      const auto bytes = kit::decode_hex(digits);
      if (!bytes || bytes->size() != sizeof real) return false;
      std::memcpy(&real, bytes->data(), sizeof real);
      return sqlite3_bind_double(s, at, real) == SQLITE_OK;
    }
    case 't': {
      const auto text = kit::decode_hex(digits);
      return text && sqlite3_bind_text64(s, at, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8) ==
                         SQLITE_OK;
    }
    case 'b': {
      const auto blob = kit::decode_hex(digits);
      return blob && sqlite3_bind_blob64(s, at, blob->data(), blob->size(), SQLITE_TRANSIENT) == SQLITE_OK;
    }
    default:
      return false;
  }
}

}  // namespace

std::string encode_key(sqlite3_stmt* s, std::span<const int> columns) {
  std::string key = "k";
  for (const int i : columns) {
    key += '.';
    switch (sqlite3_column_type(s, i)) {
      case SQLITE_INTEGER:
        key += 'i' + std::to_string(sqlite3_column_int64(s, i));
        break;
      case SQLITE_FLOAT: {
        const double real = sqlite3_column_double(s, i);
        key += 'r';
        append_bytes(key, &real, sizeof real);
        break;
      }
      case SQLITE_TEXT: {
        const auto* text = sqlite3_column_text(s, i);
        key += 't';
        append_bytes(key, text, sqlite3_column_bytes(s, i));
        break;
      }
      case SQLITE_BLOB: {
        const auto* blob = sqlite3_column_blob(s, i);
        key += 'b';
        append_bytes(key, blob, sqlite3_column_bytes(s, i));
        break;
      }
      default:
        key += 'n';
    }
  }
  return key;
}

kit::Status bind_key(sqlite3_stmt* s, int count, std::string_view key) {
  bool good = key.starts_with("k.");
  if (good) key.remove_prefix(2);
  for (int i = 0; good && i < count; ++i) {
    const auto dot = key.find('.');
    good = bind_part(s, 1 + i, key.substr(0, dot)) && (dot == std::string_view::npos) == (i + 1 == count);
    if (dot != std::string_view::npos) key.remove_prefix(dot + 1);
  }
  if (!good) return kit::fail(DBMUX_E_INVALID, "this is not a place in the rows of this table");
  return {};
}

}  // namespace dbmux::sqlite
