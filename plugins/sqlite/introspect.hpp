#pragma once
// The kinds of introspection. Each runs within the running call; columns as dbmux.introspect/1 fixes them.
// Lists of columns are JSON arrays.
#include "connection.hpp"

namespace dbmux::sqlite {

kit::CursorResult schemas_meta();
kit::CursorResult objects_meta(Connection&, const dbmux_object&, std::string_view like);
kit::CursorResult columns_meta(Connection&, const dbmux_object&, std::string_view like);
kit::CursorResult triggers_meta(Connection&, const dbmux_object&, std::string_view like);
kit::CursorResult view_texts_meta(Connection&, const dbmux_object&, std::string_view like);
kit::CursorResult constraints_meta(Connection&, const dbmux_object&, std::string_view like);
kit::CursorResult indexes_meta(Connection&, const dbmux_object&, std::string_view like);
kit::CursorResult foreign_keys_meta(Connection&, const dbmux_object&, std::string_view like);
kit::CursorResult referenced_by_meta(Connection&, const dbmux_object&, std::string_view like);
kit::CursorResult stats_meta(Connection&, const dbmux_object&);
kit::CursorResult health_meta(Connection&);

inline dbmux_value text_or_null(const std::optional<std::string>& s) {
  return s ? kit::text(*s) : kit::null_value();
}
inline dbmux_value text_or_null(const std::string& s) { return s.empty() ? kit::null_value() : kit::text(s); }
inline dbmux_value known_or_null(std::int64_t n) { return n < 0 ? kit::null_value() : kit::integer(n); }

}  // namespace dbmux::sqlite
