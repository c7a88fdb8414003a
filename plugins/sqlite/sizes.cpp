#include "sizes.hpp"

#include "introspect.hpp"

namespace dbmux::sqlite {

namespace {

constexpr std::chrono::milliseconds kStatsBudget{500};

std::int64_t sum(Connection& connection, std::string_view sql, std::string_view name) {
  auto rows = Rows::of(connection, sql, {name});
  if (!rows) return -1;
  auto more = rows->next();
  return more && *more && !rows->is_null(0) ? rows->integer(0) : -1;
}

}  // namespace

Bytes bytes_of(Connection& connection, const Object& object, std::chrono::milliseconds budget) {
  Bytes bytes;
  if (object.kind == Object::Kind::view) return bytes;
  connection.interruption().set_budget(budget);
  // Page by page rather than aggregated, which would ask nobody on its way.
  if (object.kind == Object::Kind::virtual_table) {
    // Its rows are in tables named after it.
    bytes.table = sum(connection,
                      "SELECT sum(s.pgsize) FROM pragma_table_list t CROSS JOIN dbstat s ON s.name=t.name"
                      " WHERE t.schema='main' AND t.type='shadow' AND substr(t.name,1,length(?1)+1)=?1||'_'",
                      object.name);
  } else {
    bytes.table = sum(connection, "SELECT sum(pgsize) FROM dbstat WHERE name=?1", object.name);
    bytes.indexes =
        sum(connection,
            "SELECT ifnull(sum(s.pgsize),0) FROM pragma_index_list(?1,'main') i CROSS JOIN dbstat s"
            " ON s.name=i.name",
            object.name);
  }
  connection.interruption().set_budget(std::chrono::milliseconds(0));
  return bytes;
}

kit::CursorResult stats_meta(Connection& connection, const dbmux_object& object) {
  if (auto known = check_schema(object); !known) return known.failure();
  auto rows = kit::rows_of({{"name"}, {"value", DBMUX_I64}, {"unit"}});
  const auto add = [&](std::string_view name, std::int64_t value, std::string_view unit) {
    rows->add({kit::text(name), known_or_null(value), kit::text(unit)});
  };
  if (object.name.len) {
    auto found = find_object(connection, kit::view(object.name));
    if (!found) return found.failure();
    const auto bytes = bytes_of(connection, *found, kStatsBudget);
    if (connection.interruption().due()) return connection.stopped();
    add("bytes", bytes.table, "bytes");
    if (found->kind == Object::Kind::table) add("indexes_bytes", bytes.indexes, "bytes");
    return rows;
  }
  std::int64_t values[3];
  const char* const pragmas[] = {"page_size", "page_count", "freelist_count"};
  for (int i = 0; i < 3; ++i) {
    auto value = header_value(connection, pragmas[i]);
    if (!value) return value.failure();
    values[i] = *value;
  }
  add("bytes", values[0] * values[1], "bytes");
  add("free_bytes", values[0] * values[2], "bytes");
  add("page_size", values[0], "bytes");
  return rows;
}

}  // namespace dbmux::sqlite
