// SPDX-License-Identifier: MIT-0
#pragma once
// What the kinds of dbmux.introspect/1 have in common: their columns, as dbmux/plugin.h fixes them, and
// `like`.
#include <initializer_list>
#include <memory>
#include <string_view>

#include "dbmux/kit/rows_cursor.hpp"

namespace dbmux::kit {

inline std::unique_ptr<RowsCursor> rows_of(std::initializer_list<ColumnSpec> columns) {
  return std::make_unique<RowsCursor>(columns);
}

inline std::unique_ptr<RowsCursor> schema_rows() { return rows_of({{"catalog"}, {"name"}, {"comment"}}); }

inline std::unique_ptr<RowsCursor> object_rows() {
  return rows_of(
      {{"schema"}, {"name"}, {"type"}, {"comment"}, {"row_estimate", DBMUX_I64}, {"bytes", DBMUX_I64}});
}

// key_position: from 1, null outside of the primary key.
inline std::unique_ptr<RowsCursor> column_rows() {
  return rows_of({{"schema"},
                  {"object"},
                  {"position", DBMUX_I64},
                  {"name"},
                  {"native_type"},
                  {"nullable", DBMUX_BOOL},
                  {"is_primary_key", DBMUX_BOOL},
                  {"default_value"},
                  {"generated"},
                  {"comment"},
                  {"inferred", DBMUX_BOOL},
                  {"key_position", DBMUX_I64}});
}

// SQL's LIKE, for engines that have none: % any text, _ one character, without case for ASCII. An empty
// pattern takes everything.
inline bool is_like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return true;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  std::size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
  const auto skip_character = [&] {
    do ++t;
    while (t < text.size() && (static_cast<unsigned char>(text[t]) & 0xC0) == 0x80);
  };
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == '_') {
      ++p;
      skip_character();
    } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

}  // namespace dbmux::kit
