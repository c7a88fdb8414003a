// Rows from elsewhere as a new table.
#include <algorithm>
#include <string>

#include "connection.hpp"
#include "parameters.hpp"
#include "sql_text.hpp"

namespace dbmux::sqlite {

namespace {

bool taken(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& other) { return equal_ignoring_case(other, name); });
}

// As they are where that is possible: no name may be empty, stand twice or hold a NUL.
std::vector<std::string> column_names(std::span<const dbmux_column> columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) {
    std::string name(kit::view(column.name));
    std::replace(name.begin(), name.end(), '\0', ' ');
    if (name.empty()) name = "column_" + std::to_string(names.size() + 1);
    auto fit = name;
    for (int n = 2; taken(names, fit); ++n) fit = name + "_" + std::to_string(n);
    names.push_back(std::move(fit));
  }
  return names;
}

kit::Result<std::string> table_name(const dbmux_object& table) {
  const auto schema = kit::view(table.schema);
  if (!schema.empty() && !equal_ignoring_case(schema, "main"))
    return kit::fail(DBMUX_E_NOT_FOUND, "there is no schema " + std::string(schema) + ", only main");
  const auto name = kit::view(table.name);
  if (name.empty() || name.find('\0') != std::string_view::npos)
    return kit::fail(DBMUX_E_INVALID, "a table's name is neither empty nor holds a NUL character");
  return std::string(name);
}

}  // namespace

kit::Result<bool> Connection::has_object(const std::string& name) {
  auto found = compile_own("SELECT 1 FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE");
  if (!found) return found.failure();
  sqlite3_bind_text64(found->get(), 1, name.data(), name.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  const int rc = sqlite3_step(found->get());
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return failed(rc);
  return rc == SQLITE_ROW;
}

kit::Status Connection::begin_load(kit::Call call, const dbmux_object& table,
                                   std::span<const dbmux_column> columns) {
  if (read_only_) return kit::fail(DBMUX_E_READ_ONLY, "a session that only reads makes no table");
  if (columns.empty()) return kit::fail(DBMUX_E_INVALID, "a table has at least one column");
  auto name = table_name(table);
  if (!name) return name.failure();
  auto running = enter(call);
  if (!running) return running.failure();
  if (in_transaction()) return kit::fail(DBMUX_E_INVALID, "a transaction is open already");
  if (auto status = set_query_only(false); !status) return status;
  const Guard::Trust trust(guard_);
  if (auto status = run_own("BEGIN IMMEDIATE"); !status) return status;
  auto status = [&]() -> kit::Status {
    auto exists = has_object(*name);
    if (!exists) return exists.failure();
    if (*exists) return kit::fail(DBMUX_E_EXISTS, "there is a table " + *name + " already").object(*name);
    auto names = column_names(columns);
    for (auto& column : names) column = quoted(column);
    // No type, so that every cell stays what it is.
    const auto create = "CREATE TABLE main." + quoted(*name) + " (" + kit::joined(names, ", ") + ")";
    if (auto made = run_own(create.c_str()); !made) return made;
    const std::vector<std::string> marks(names.size(), "?");
    auto insert =
        compile_own("INSERT INTO main." + quoted(*name) + " VALUES (" + kit::joined(marks, ", ") + ")");
    if (!insert) return insert.failure();
    load_ = std::move(*insert);
    return {};
  }();
  if (!status) undo_load();
  return status;
}

kit::Status Connection::load_rows(kit::Call call, const dbmux_value* cells, std::uint32_t rows) {
  if (!load_) return kit::fail(DBMUX_E_INVALID, "no load has begun");
  auto running = enter(call);
  auto status = running ? insert_rows(cells, rows) : kit::Status(running.failure());
  if (!status) undo_load();
  return status;
}

kit::Status Connection::insert_rows(const dbmux_value* cells, std::uint32_t rows) {
  const Guard::Trust trust(guard_);
  auto* insert = load_.get();
  const int width = sqlite3_bind_parameter_count(insert);
  for (std::uint32_t row = 0; row < rows; ++row, cells += width) {
    for (int i = 0; i < width; ++i)
      if (const int rc = bind_value(insert, i + 1, cells[i]); rc != SQLITE_OK)
        return rc == SQLITE_MISUSE ? kit::fail(DBMUX_E_INVALID, "a cell is of an unknown kind") : failed(rc);
    const int rc = sqlite3_step(insert);
    if (rc != SQLITE_DONE) return failed(rc);
    sqlite3_reset(insert);
  }
  return {};
}

kit::Status Connection::end_load(kit::Call call) {
  if (!load_) return kit::fail(DBMUX_E_INVALID, "no load has begun");
  auto running = enter(call);
  load_.reset();
  auto status = running ? run_own("COMMIT") : kit::Status(running.failure());
  if (!status) undo_load();
  return status;
}

void Connection::undo_load() {
  load_.reset();
  if (in_transaction()) static_cast<void>(run_own("ROLLBACK"));
}

kit::Status Connection::drop_table(kit::Call call, const dbmux_object& table) {
  if (read_only_) return kit::fail(DBMUX_E_READ_ONLY, "a session that only reads drops no table");
  auto name = table_name(table);
  if (!name) return name.failure();
  auto running = enter(call);
  if (!running) return running.failure();
  if (in_transaction()) return kit::fail(DBMUX_E_INVALID, "a transaction is open already");
  if (auto status = set_query_only(false); !status) return status;
  const Guard::Trust trust(guard_);
  auto exists = has_object(*name);
  if (!exists) return exists.failure();
  if (!*exists) return kit::fail(DBMUX_E_NOT_FOUND, "there is no table " + *name).object(*name);
  return run_own(("DROP TABLE main." + quoted(*name)).c_str());
}

}  // namespace dbmux::sqlite
