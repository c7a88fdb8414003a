#include "introspect.hpp"

#include <chrono>
#include <memory>

#include "catalog.hpp"
#include "definition.hpp"
#include "sizes.hpp"

namespace dbmux::sqlite {

using kit::boolean;
using kit::integer;
using kit::null_value;
using kit::text;

kit::CursorResult schemas_meta() {
  auto rows = kit::schema_rows();
  rows->add({null_value(), text("main"), null_value()});
  return rows;
}

kit::CursorResult objects_meta(Connection& connection, const dbmux_object& object, std::string_view like) {
  auto found = objects_of(connection, object, like);
  if (!found) return found.failure();
  auto rows = kit::object_rows();
  // Sizes are read from every page of a table: too dear for a list, and for a file that is not small.
  constexpr std::chrono::milliseconds kQuick{20};
  constexpr std::int64_t kSmallFile = std::int64_t{4} << 20;
  auto file = file_bytes(connection);
  if (!file) return file.failure();
  const bool sized = object.name.len > 0 && *file <= kSmallFile;
  const auto estimates = estimated_rows(connection, *found);
  for (std::size_t i = 0; i < found->size(); ++i) {
    const auto& o = (*found)[i];
    const auto bytes = sized ? bytes_of(connection, o, kQuick) : Bytes{};
    rows->add({text("main"), text(o.name), text(o.kind_name()), null_value(), known_or_null(estimates[i]),
               known_or_null(bytes.table)});
  }
  return rows;
}

kit::CursorResult columns_meta(Connection& connection, const dbmux_object& object, std::string_view like) {
  if (auto known = check_schema(object); !known) return known.failure();
  const bool search = object.name.len == 0 && !like.empty();
  auto found = search ? objects_with_column(connection, like) : objects_of(connection, object);
  if (!found) return found.failure();
  auto rows = kit::column_rows();
  const std::string pattern(like);
  for (const auto& o : *found) {
    auto listed = columns_of(connection, o);
    if (!listed) {
      // One view that no longer compiles must not hide the others.
      if (object.name.len != 0 || o.kind != Object::Kind::view) return listed.failure();
      continue;
    }
    int position = 0;
    for (const auto& c : *listed) {
      ++position;
      if (!pattern.empty() && sqlite3_strlike(pattern.c_str(), c.name.c_str(), 0) != 0) continue;
      rows->add({text("main"), text(o.name), integer(position), text(c.name), text(c.type),
                 boolean(!c.not_null), boolean(c.key_position > 0), text_or_null(c.default_value),
                 c.is_stored    ? text("stored")
                 : c.is_virtual ? text("virtual")
                                : null_value(),
                 null_value(), boolean(false), c.key_position > 0 ? integer(c.key_position) : null_value()});
    }
  }
  return rows;
}

namespace {

// name, table and text of the schema's entries of a type.
kit::Result<Rows> definitions(Connection& connection, std::string_view type, const dbmux_object& object,
                              std::string_view like) {
  if (auto known = check_schema(object); !known) return known.failure();
  if (object.name.len)
    if (auto one = find_object(connection, kit::view(object.name)); !one) return one.failure();
  return Rows::of(
      connection,
      "SELECT name, tbl_name, sql FROM main.sqlite_schema WHERE type=?1 AND (?2='' OR tbl_name=?2 COLLATE"
      " NOCASE) AND (?3='' OR name LIKE ?3) ORDER BY tbl_name, rowid",
      {type, kit::view(object.name), like});
}

}  // namespace

kit::CursorResult triggers_meta(Connection& connection, const dbmux_object& object, std::string_view like) {
  auto found = definitions(connection, "trigger", object, like);
  if (!found) return found.failure();
  auto rows = kit::rows_of({{"schema"}, {"object"}, {"name"}, {"timing"}, {"event"}, {"text"}});
  while (true) {
    auto more = found->next();
    if (!more) return more.failure();
    if (!*more) return rows;
    const auto head = head_of_trigger(found->text(2));
    rows->add({text("main"), text(found->text(1)), text(found->text(0)), text(head.timing), text(head.event),
               text(found->text(2))});
  }
}

kit::CursorResult view_texts_meta(Connection& connection, const dbmux_object& object, std::string_view like) {
  auto found = definitions(connection, "view", object, like);
  if (!found) return found.failure();
  auto rows = kit::rows_of({{"schema"}, {"object"}, {"text"}});
  while (true) {
    auto more = found->next();
    if (!more) return more.failure();
    if (!*more) return rows;
    rows->add({text("main"), text(found->text(0)), text(found->text(2))});
  }
}

kit::CursorResult Connection::introspect(kit::Call call, std::int32_t kind, const dbmux_object& object,
                                         std::string_view like) {
  auto running = enter(call);
  if (!running) return running.failure();
  switch (kind) {
    case DBMUX_META_SCHEMAS:
      return schemas_meta();
    case DBMUX_META_OBJECTS:
      return objects_meta(*this, object, like);
    case DBMUX_META_COLUMNS:
      return columns_meta(*this, object, like);
    case DBMUX_META_INDEXES:
      return indexes_meta(*this, object, like);
    case DBMUX_META_FOREIGN_KEYS:
      return foreign_keys_meta(*this, object, like);
    case DBMUX_META_REFERENCED_BY:
      return referenced_by_meta(*this, object, like);
    case DBMUX_META_CONSTRAINTS:
      return constraints_meta(*this, object, like);
    case DBMUX_META_TRIGGERS:
      return triggers_meta(*this, object, like);
    case DBMUX_META_VIEW_TEXT:
      return view_texts_meta(*this, object, like);
    case DBMUX_META_STATS:
      return stats_meta(*this, object);
    case DBMUX_META_HEALTH:
      return health_meta(*this);
    default:
      return kit::fail(DBMUX_E_UNSUPPORTED, "SQLite knows nothing of this kind");
  }
}

}  // namespace dbmux::sqlite
