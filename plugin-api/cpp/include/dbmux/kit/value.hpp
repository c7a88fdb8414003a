// SPDX-License-Identifier: MIT-0
#pragma once
// Making dbmux_value cells. Those with text point at it and own nothing.
#include <dbmux/plugin.h>

#include <cstdint>
#include <string_view>

namespace dbmux::kit {

inline std::string_view view(dbmux_str s) { return {s.ptr ? s.ptr : "", s.ptr ? s.len : 0}; }
inline dbmux_str str(std::string_view s) { return {s.data(), s.size()}; }
// The text of a value of kind NUMBER, TEXT, JSON, BYTES or F32S.
inline std::string_view view(const dbmux_value& v) { return {v.len ? v.u.ptr : "", v.len}; }

inline dbmux_value null_value() { return {}; }
inline dbmux_value boolean(bool b) {
  dbmux_value v{};
  v.kind = DBMUX_BOOL;
  v.u.i64 = b ? 1 : 0;
  return v;
}
inline dbmux_value integer(std::int64_t i) {
  dbmux_value v{};
  v.kind = DBMUX_I64;
  v.u.i64 = i;
  return v;
}
inline dbmux_value real(double d) {
  dbmux_value v{};
  v.kind = DBMUX_F64;
  v.u.f64 = d;
  return v;
}
inline dbmux_value text_of_kind(std::uint8_t kind, std::string_view s) {
  dbmux_value v{};
  v.kind = kind;
  v.len = static_cast<std::uint32_t>(s.size());
  v.u.ptr = s.data();
  return v;
}
inline dbmux_value text(std::string_view s) { return text_of_kind(DBMUX_TEXT, s); }
inline dbmux_value json(std::string_view s) { return text_of_kind(DBMUX_JSON, s); }
inline dbmux_value bytes(std::string_view s) { return text_of_kind(DBMUX_BYTES, s); }
inline bool has_text(std::uint8_t kind) { return kind >= DBMUX_NUMBER && kind <= DBMUX_F32S; }

}  // namespace dbmux::kit
