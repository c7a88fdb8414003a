#include <algorithm>
#include <string>

#include "catalog.hpp"
#include "definition.hpp"
#include "introspect.hpp"
#include "json_text.hpp"
#include "sql_text.hpp"

namespace dbmux::sqlite {

namespace {

using kit::boolean;
using kit::json;
using kit::null_value;
using kit::text;

struct Index {
  std::string name, origin;  // origin: c CREATE INDEX, u UNIQUE, pk PRIMARY KEY
  bool unique = false;
  std::vector<std::string> columns;  // expressions as written
  std::string definition;
};

struct ForeignKey {
  std::string name, target, on_update, on_delete;
  std::vector<std::string> columns, target_columns;
};

bool matches(std::string_view like, const std::string& name) {
  return like.empty() || sqlite3_strlike(std::string(like).c_str(), name.c_str(), 0) == 0;
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

kit::Status fill_columns(Connection& connection, Index& index) {
  auto rows =
      Rows::of(connection, "SELECT name, cid FROM pragma_index_xinfo(?1,'main') WHERE key=1 ORDER BY seqno",
               {index.name});
  if (!rows) return rows.failure();
  const auto terms = terms_of_index(index.definition);
  while (true) {
    auto more = rows->next();
    if (!more) return more.failure();
    if (!*more) return {};
    const auto at = index.columns.size();
    // An expression has no name in the catalogue.
    if (rows->is_null(0) && at < terms.size()) {
      index.columns.push_back(terms[at]);
    } else {
      index.columns.emplace_back(rows->text(0));
    }
  }
}

kit::Result<std::vector<Index>> indexes_of(Connection& connection, const Object& object) {
  std::vector<Index> indexes;
  if (object.kind != Object::Kind::table) return indexes;
  {
    auto rows =
        Rows::of(connection,
                 "SELECT i.name, i.origin, i.\"unique\", s.sql FROM pragma_index_list(?1,'main') i LEFT JOIN"
                 " main.sqlite_schema s ON s.type='index' AND s.name=i.name ORDER BY i.seq DESC",
                 {object.name});
    if (!rows) return rows.failure();
    while (true) {
      auto more = rows->next();
      if (!more) return more.failure();
      if (!*more) break;
      Index index;
      index.name = rows->text(0);
      index.origin = rows->text(1);
      index.unique = rows->integer(2) != 0;
      index.definition = rows->text(3);
      indexes.push_back(std::move(index));
    }
  }
  for (auto& index : indexes)
    if (auto filled = fill_columns(connection, index); !filled) return filled.failure();
  return indexes;
}

kit::Result<std::vector<std::string>> primary_key_of(Connection& connection, const std::string& table) {
  auto rows =
      Rows::of(connection, "SELECT name FROM pragma_table_info(?1,'main') WHERE pk>0 ORDER BY pk", {table});
  if (!rows) return rows.failure();
  std::vector<std::string> key;
  while (true) {
    auto more = rows->next();
    if (!more) return more.failure();
    if (!*more) return key;
    key.emplace_back(rows->text(0));
  }
}

kit::Result<std::vector<ForeignKey>> foreign_keys_of(Connection& connection, const Object& object) {
  std::vector<ForeignKey> keys;
  if (object.kind != Object::Kind::table) return keys;
  {
    // The newest is listed first.
    auto rows = Rows::of(connection,
                         "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM"
                         " pragma_foreign_key_list(?1,'main') ORDER BY id DESC, seq",
                         {object.name});
    if (!rows) return rows.failure();
    std::int64_t last = -1;
    while (true) {
      auto more = rows->next();
      if (!more) return more.failure();
      if (!*more) break;
      if (rows->integer(0) != last) {
        last = rows->integer(0);
        ForeignKey key;
        key.target = rows->text(1);
        key.on_update = rows->text(4);
        key.on_delete = rows->text(5);
        keys.push_back(std::move(key));
      }
      keys.back().columns.emplace_back(rows->text(2));
      if (!rows->is_null(3)) keys.back().target_columns.emplace_back(rows->text(3));
    }
  }
  if (keys.empty()) return keys;
  for (auto& key : keys) {
    // Without columns the target's primary key is meant.
    if (!key.target_columns.empty()) continue;
    auto target = primary_key_of(connection, key.target);
    if (!target) return target.failure();
    key.target_columns = std::move(*target);
  }
  auto sql = definition_of(connection, "table", object.name);
  if (!sql) return sql.failure();
  const auto names = foreign_key_names(*sql);
  for (std::size_t i = 0; names.size() == keys.size() && i < keys.size(); ++i) keys[i].name = names[i];
  return keys;
}

std::unique_ptr<kit::RowsCursor> foreign_key_rows() {
  return kit::rows_of({{"schema"},
                       {"object"},
                       {"name"},
                       {"columns", DBMUX_JSON},
                       {"ref_schema"},
                       {"ref_object"},
                       {"ref_columns", DBMUX_JSON},
                       {"on_update"},
                       {"on_delete"}});
}

void add_key(kit::RowsCursor& rows, const Object& object, const ForeignKey& key) {
  rows.add({text("main"), text(object.name), text_or_null(key.name), json(json_array(key.columns)),
            text("main"), text(key.target), json(json_array(key.target_columns)), text(key.on_update),
            text(key.on_delete)});
}

}  // namespace

kit::CursorResult indexes_meta(Connection& connection, const dbmux_object& object, std::string_view like) {
  auto found = objects_of(connection, object);
  if (!found) return found.failure();
  auto rows = kit::rows_of({{"schema"},
                            {"object"},
                            {"name"},
                            {"unique", DBMUX_BOOL},
                            {"primary", DBMUX_BOOL},
                            {"columns", DBMUX_JSON},
                            {"definition"},
                            {"bytes", DBMUX_I64},
                            {"valid", DBMUX_BOOL}});
  for (const auto& o : *found) {
    auto indexes = indexes_of(connection, o);
    if (!indexes) return indexes.failure();
    for (const auto& index : *indexes)
      if (matches(like, index.name))
        rows->add({text("main"), text(o.name), text(index.name), boolean(index.unique),
                   boolean(index.origin == "pk"), json(json_array(index.columns)),
                   text_or_null(index.definition), null_value(), boolean(true)});
  }
  return rows;
}

kit::CursorResult foreign_keys_meta(Connection& connection, const dbmux_object& object,
                                    std::string_view like) {
  auto found = objects_of(connection, object);
  if (!found) return found.failure();
  auto rows = foreign_key_rows();
  for (const auto& o : *found) {
    auto keys = foreign_keys_of(connection, o);
    if (!keys) return keys.failure();
    for (const auto& key : *keys)
      if (matches(like, key.name)) add_key(*rows, o, key);
  }
  return rows;
}

kit::CursorResult referenced_by_meta(Connection& connection, const dbmux_object& object,
                                     std::string_view like) {
  auto targets = objects_of(connection, object);
  if (!targets) return targets.failure();
  auto all = objects_with_keys(connection);
  if (!all) return all.failure();
  auto rows = foreign_key_rows();
  for (const auto& o : *all) {
    auto keys = foreign_keys_of(connection, o);
    if (!keys) return keys.failure();
    for (const auto& key : *keys)
      for (const auto& target : *targets)
        if (equal_ignoring_case(key.target, target.name) && matches(like, key.name)) add_key(*rows, o, key);
  }
  return rows;
}

kit::CursorResult constraints_meta(Connection& connection, const dbmux_object& object,
                                   std::string_view like) {
  auto found = objects_of(connection, object);
  if (!found) return found.failure();
  auto rows =
      kit::rows_of({{"schema"}, {"object"}, {"name"}, {"type"}, {"columns", DBMUX_JSON}, {"definition"}});
  for (const auto& o : *found) {
    if (o.kind != Object::Kind::table) continue;
    const auto add = [&](const std::string& name, const char* type, const std::vector<std::string>& columns,
                         const std::string& definition) {
      if (!matches(like, name)) return;
      rows->add({text("main"), text(o.name), text_or_null(name), text(type),
                 columns.empty() ? null_value() : json(json_array(columns)), text(definition)});
    };
    auto key = primary_key_of(connection, o.name);
    if (!key) return key.failure();
    if (!key->empty()) add("", "PRIMARY KEY", *key, "PRIMARY KEY (" + listed(*key) + ")");
    auto indexes = indexes_of(connection, o);
    if (!indexes) return indexes.failure();
    for (const auto& index : *indexes)
      if (index.origin == "u") add("", "UNIQUE", index.columns, "UNIQUE (" + listed(index.columns) + ")");
    auto sql = definition_of(connection, "table", o.name);
    if (!sql) return sql.failure();
    for (const auto& check : checks_in(*sql)) add(check.name, "CHECK", {}, check.expression);
  }
  return rows;
}

}  // namespace dbmux::sqlite
