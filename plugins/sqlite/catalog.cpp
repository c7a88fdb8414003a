#include "catalog.hpp"

#include <algorithm>
#include <map>

#include "sql_text.hpp"

namespace dbmux::sqlite {

kit::Result<Rows> Rows::of(Connection& connection, std::string_view sql,
                           std::initializer_list<std::string_view> texts) {
  const Guard::Trust trust(connection.guard());
  auto statement = connection.compile_own(sql);
  if (!statement) return statement.failure();
  int at = 0;
  for (const auto text : texts)
    // A pointer of nothing would be NULL rather than the empty text.
    sqlite3_bind_text64(statement->get(), ++at, text.empty() ? "" : text.data(), text.size(),
                        SQLITE_TRANSIENT, SQLITE_UTF8);
  return Rows(connection, std::move(*statement));
}

kit::Result<bool> Rows::next() {
  const Guard::Trust trust(connection_->guard());
  const int rc = sqlite3_step(statement_.get());
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  return connection_->failed(rc);
}

std::string_view Rows::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return {data ? data : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::optional<std::string> Rows::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return std::string(text(column));
}

const char* Object::kind_name() const {
  switch (kind) {
    case Kind::view:
      return "view";
    case Kind::virtual_table:
      return "virtual table";
    default:
      return "table";
  }
}

kit::Status check_schema(const dbmux_object& object) {
  const auto schema = kit::view(object.schema);
  if (schema.empty() || equal_ignoring_case(schema, "main")) return {};
  return kit::fail(DBMUX_E_NOT_FOUND,
                   "there is no schema '" + std::string(schema) + "'; the only one is main")
      .object(std::string(schema));
}

namespace {

Object object_from(const Rows& rows) {
  const auto type = rows.text(1);
  return {std::string(rows.text(0)),
          type == "view"      ? Object::Kind::view
          : type == "virtual" ? Object::Kind::virtual_table
                              : Object::Kind::table,
          rows.integer(2) != 0};
}

}  // namespace

namespace {

kit::Result<std::vector<Object>> objects_where(Connection& connection, std::string_view condition,
                                               std::string_view parameter) {
  auto rows = Rows::of(connection,
                       "SELECT name, type, wr FROM pragma_table_list WHERE schema='main' AND type<>'shadow'"
                       " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND (" +
                           std::string(condition) + ") ORDER BY name",
                       {parameter});
  if (!rows) return rows.failure();
  std::vector<Object> objects;
  while (true) {
    auto more = rows->next();
    if (!more) return more.failure();
    if (!*more) return objects;
    objects.push_back(object_from(*rows));
  }
}

}  // namespace

kit::Result<std::vector<Object>> list_objects(Connection& connection, std::string_view like) {
  return objects_where(connection, "?1='' OR name LIKE ?1", like);
}

kit::Result<std::vector<Object>> objects_with_keys(Connection& connection) {
  return objects_where(connection,
                       "name IN (SELECT name FROM main.sqlite_schema WHERE type='table' AND"
                       " instr(upper(sql), ?1) > 0)",
                       "REFERENCES");
}

kit::Result<std::vector<Object>> objects_with_column(Connection& connection, std::string_view like) {
  constexpr std::size_t kLongest = 1000;  // LIKE has a bound of its own
  if (like.size() > kLongest) return list_objects(connection);
  std::string pattern(like);
  for (char& c : pattern)
    if (c == '"' || c == '`' || c == '\'') c = '%';  // doubled within a quoted name
  return objects_where(connection,
                       "type<>'table' OR name IN (SELECT name FROM main.sqlite_schema WHERE type='table' AND"
                       " upper(sql) LIKE '%' || upper(?1) || '%')",
                       pattern);
}

kit::Result<Object> find_object(Connection& connection, std::string_view name) {
  auto rows =
      Rows::of(connection, "SELECT name, type, wr FROM pragma_table_list(?1) WHERE schema='main'", {name});
  if (!rows) return rows.failure();
  auto more = rows->next();
  if (!more) return more.failure();
  if (*more) return object_from(*rows);
  return kit::fail(DBMUX_E_NOT_FOUND, "no such table: " + std::string(name)).object(std::string(name));
}

kit::Result<std::vector<Object>> objects_of(Connection& connection, const dbmux_object& object,
                                            std::string_view like) {
  if (auto known = check_schema(object); !known) return known.failure();
  if (object.name.len == 0) return list_objects(connection, like);
  auto one = find_object(connection, kit::view(object.name));
  if (!one) return one.failure();
  return std::vector<Object>{std::move(*one)};
}

kit::Result<std::vector<Column>> columns_of(Connection& connection, const Object& object) {
  auto rows =
      Rows::of(connection,
               "SELECT name, type, dflt_value, pk, \"notnull\", hidden FROM pragma_table_xinfo(?1, 'main')"
               " WHERE hidden<>1 ORDER BY cid",
               {object.name});
  if (!rows) return rows.failure();
  std::vector<Column> columns;
  while (true) {
    auto more = rows->next();
    if (!more) return more.failure();
    if (!*more) break;
    Column c;
    c.name = rows->text(0);
    c.type = rows->text(1);
    c.default_value = rows->optional_text(2);
    c.key_position = static_cast<int>(rows->integer(3));
    c.not_null = rows->integer(4) != 0 || (c.key_position > 0 && object.without_rowid);
    c.is_virtual = rows->integer(5) == 2;
    c.is_stored = rows->integer(5) == 3;
    columns.push_back(std::move(c));
  }
  // INTEGER PRIMARY KEY is the row id itself, and that is never NULL.
  const auto is_key = [](const Column& c) { return c.key_position > 0; };
  const auto key = std::find_if(columns.begin(), columns.end(), is_key);
  if (key != columns.end() && std::count_if(columns.begin(), columns.end(), is_key) == 1 &&
      equal_ignoring_case(key->type, "INTEGER"))
    key->not_null = true;
  return columns;
}

std::string rowid_name(const std::vector<Column>& columns) {
  for (const char* name : {"rowid", "_rowid_", "oid"})
    if (std::none_of(columns.begin(), columns.end(),
                     [&](const Column& c) { return equal_ignoring_case(c.name, name); }))
      return name;
  return {};
}

namespace {

std::int64_t first_integer(Connection& connection, std::string_view sql,
                           std::initializer_list<std::string_view> texts = {}) {
  auto rows = Rows::of(connection, sql, texts);
  if (!rows) return -1;
  auto more = rows->next();
  if (!more || !*more || rows->is_null(0)) return -1;
  return rows->integer(0);
}

// A row takes at least some four bytes: a wider span of ids is full of holes and says nothing.
std::int64_t span_of_ids(Connection& connection, const Object& object, std::int64_t file_bytes) {
  if (object.kind != Object::Kind::table || object.without_rowid) return -1;
  const auto table = "main." + quoted(object.name);
  const auto span = first_integer(connection, "SELECT ifnull((SELECT max(rowid) FROM " + table +
                                                  ") - (SELECT min(rowid) FROM " + table + ") + 1, 0)");
  return span <= file_bytes / 4 ? span : -1;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return lower;
}

// Of ANALYZE, by the table's name in lower case.
std::map<std::string, std::int64_t> statistics(Connection& connection) {
  std::map<std::string, std::int64_t> counts;
  auto rows = Rows::of(connection,
                       "SELECT tbl, CAST(stat AS INTEGER) FROM main.sqlite_stat1 ORDER BY idx IS NULL DESC");
  if (!rows) return counts;
  for (auto more = rows->next(); more && *more; more = rows->next())
    counts.try_emplace(lower_case(rows->text(0)), rows->is_null(1) ? -1 : rows->integer(1));
  return counts;
}

}  // namespace

std::int64_t estimated_rows(Connection& connection, const Object& object) {
  if (object.kind == Object::Kind::view) return -1;
  const auto counted = first_integer(connection,
                                     "SELECT CAST(stat AS INTEGER) FROM main.sqlite_stat1 WHERE tbl=?1"
                                     " COLLATE NOCASE ORDER BY idx IS NULL DESC LIMIT 1",
                                     {object.name});
  if (counted >= 0) return counted;
  const auto bytes = file_bytes(connection);
  return bytes ? span_of_ids(connection, object, *bytes) : -1;
}

std::vector<std::int64_t> estimated_rows(Connection& connection, const std::vector<Object>& objects) {
  std::vector<std::int64_t> estimates(objects.size(), -1);
  const auto counts = statistics(connection);
  const auto bytes = file_bytes(connection);
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (objects[i].kind == Object::Kind::view) continue;
    const auto known = counts.empty() ? counts.end() : counts.find(lower_case(objects[i].name));
    if (known != counts.end() && known->second >= 0) {
      estimates[i] = known->second;
    } else if (bytes) {
      estimates[i] = span_of_ids(connection, objects[i], *bytes);
    }
  }
  return estimates;
}

kit::Result<std::int64_t> header_value(Connection& connection, const char* pragma) {
  auto rows = Rows::of(connection, std::string("PRAGMA main.") + pragma);
  if (!rows) return rows.failure();
  auto more = rows->next();
  if (!more) return more.failure();
  return rows->integer(0);
}

kit::Result<std::int64_t> file_bytes(Connection& connection) {
  auto size = header_value(connection, "page_size");
  if (!size) return size;
  auto count = header_value(connection, "page_count");
  if (!count) return count;
  return *size * *count;
}

kit::Result<std::string> definition_of(Connection& connection, std::string_view type, std::string_view name) {
  auto rows =
      Rows::of(connection, "SELECT sql FROM main.sqlite_schema WHERE type=?1 AND name=?2 COLLATE NOCASE",
               {type, name});
  if (!rows) return rows.failure();
  auto more = rows->next();
  if (!more) return more.failure();
  return std::string(*more ? rows->text(0) : "");
}

}  // namespace dbmux::sqlite
