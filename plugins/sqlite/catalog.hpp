#pragma once
// Tables and views by name. Every function here runs statements of our own, within the running call.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"

namespace dbmux::sqlite {

struct Object {
  enum class Kind { table, view, virtual_table };
  std::string name;  // as it was created
  Kind kind = Kind::table;
  bool without_rowid = false;

  const char* kind_name() const;  // "table", "view", "virtual table"
};

struct Column {
  std::string name, type;
  std::optional<std::string> default_value;
  int key_position = 0;                        // 1-based within the primary key, 0 none
  bool not_null = false;                       // declared, or by being the key
  bool is_virtual = false, is_stored = false;  // generated
};

// "" is main. not_found for every other name.
kit::Status check_schema(const dbmux_object&);

// Without SQLite's own and without the shadow tables behind virtual ones; ordered by name. like: a LIKE
// pattern, "" all.
kit::Result<std::vector<Object>> list_objects(Connection&, std::string_view like = {});
// Also SQLite's own and shadow tables. not_found with the name as object.
kit::Result<Object> find_object(Connection&, std::string_view name);
// The named one, or all that match.
kit::Result<std::vector<Object>> objects_of(Connection&, const dbmux_object&, std::string_view like = {});

// Visible columns in their order. Fails for a view that no longer compiles.
kit::Result<std::vector<Column>> columns_of(Connection&, const Object&);

// Of ANALYZE's statistics, else by the span of row ids; -1 when neither says anything.
std::int64_t estimated_rows(Connection&, const Object&);
std::vector<std::int64_t> estimated_rows(Connection&, const std::vector<Object>&);
// Those of list_objects whose text has a foreign key, or has the word for one otherwise.
kit::Result<std::vector<Object>> objects_with_keys(Connection&);
// Without tables in whose text no column of that name can be: names stand there as they are, or quoted.
kit::Result<std::vector<Object>> objects_with_column(Connection&, std::string_view like);

// A number of the file's header: page_size, page_count, freelist_count.
kit::Result<std::int64_t> header_value(Connection&, const char* pragma);

kit::Result<std::int64_t> file_bytes(Connection&);

// The text of the object's CREATE statement; "" for SQLite's own.
kit::Result<std::string> definition_of(Connection&, std::string_view type, std::string_view name);

// The name under which the row id can be reached: rowid, oid or _rowid_, unless columns have taken all three.
std::string rowid_name(const std::vector<Column>&);

// Rows of one of our own statements. A value of the current row; texts are valid until the next step.
class Rows {
 public:
  static kit::Result<Rows> of(Connection&, std::string_view sql,
                              std::initializer_list<std::string_view> texts = {});
  kit::Result<bool> next();
  std::string_view text(int column) const;
  std::optional<std::string> optional_text(int column) const;
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  bool is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

 private:
  Rows(Connection& connection, StatementHandle statement)
      : connection_(&connection), statement_(std::move(statement)) {}
  Connection* connection_;
  StatementHandle statement_;
};

}  // namespace dbmux::sqlite
