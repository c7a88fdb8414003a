#include <algorithm>
#include <string>

#include "catalog.hpp"
#include "connection.hpp"
#include "page_key.hpp"
#include "sql_text.hpp"
#include "statement_cursor.hpp"

namespace dbmux::sqlite {

namespace {

constexpr std::size_t kMostColumns = 2000;

// A scan as SQL: what to select, and the key that orders the rows and says where to go on.
struct Plan {
  std::vector<std::string> select,
      key;  // expressions; those of the key beyond `select` are appended to it, hidden
  StatementCursor::Page page;
  std::string table;
};

// The column that is the row id itself: INTEGER PRIMARY KEY makes no index of its own.
kit::Result<std::string> rowid_alias(Connection& connection, const Object& object,
                                     const std::vector<Column>& columns) {
  std::string alias;
  int keys = 0;
  for (const auto& c : columns)
    if (c.key_position > 0) {
      ++keys;
      if (equal_ignoring_case(c.type, "INTEGER")) alias = c.name;
    }
  if (keys != 1 || alias.empty()) return std::string();
  auto rows =
      Rows::of(connection, "SELECT 1 FROM pragma_index_list(?1, 'main') WHERE origin='pk'", {object.name});
  if (!rows) return rows.failure();
  auto indexed = rows->next();
  if (!indexed) return indexed.failure();
  return *indexed ? std::string() : alias;
}

kit::Result<std::vector<std::string>> selected(const Object& object, const std::vector<Column>& columns,
                                               const dbmux_scan& scan) {
  std::vector<std::string> names;
  if (scan.n_columns == 0)
    for (const auto& c : columns) names.push_back(c.name);
  for (std::size_t i = 0; i < scan.n_columns; ++i) {
    const auto wanted = kit::view(scan.columns[i]);
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const Column& c) { return equal_ignoring_case(c.name, wanted); });
    if (found == columns.end())
      return kit::fail(DBMUX_E_NOT_FOUND, object.name + " has no column named " + std::string(wanted))
          .object(std::string(wanted));
    names.push_back(found->name);
  }
  return names;
}

kit::Result<Plan> plan_of(Connection& connection, const dbmux_scan& scan) {
  if (auto known = check_schema(scan.table); !known) return known.failure();
  auto object = find_object(connection, kit::view(scan.table.name));
  if (!object) return object.failure();
  auto columns = columns_of(connection, *object);
  if (!columns) return columns.failure();
  auto names = selected(*object, *columns, scan);
  if (!names) return names.failure();
  auto alias = rowid_alias(connection, *object, *columns);
  if (!alias) return alias.failure();

  Plan plan;
  plan.table = "main." + quoted(object->name);
  for (const auto& name : *names) plan.select.push_back(quoted(name));
  if (object->without_rowid) {
    std::vector<const Column*> key;
    for (const auto& c : *columns)
      if (c.key_position > 0) key.push_back(&c);
    std::sort(key.begin(), key.end(), [](auto* a, auto* b) { return a->key_position < b->key_position; });
    for (const auto* c : key) plan.key.push_back(quoted(c->name));
  } else if (!alias->empty()) {
    plan.key.push_back(quoted(*alias));
  } else if (object->kind != Object::Kind::view) {
    if (auto name = rowid_name(*columns); !name.empty()) plan.key.push_back(std::move(name));
  }
  for (const auto& part : plan.key) {
    const auto shown = std::find(plan.select.begin(), plan.select.end(), part);
    plan.page.key.push_back(static_cast<int>(shown - plan.select.begin()));
    if (shown != plan.select.end()) continue;
    plan.select.push_back(part);
    ++plan.page.hidden;
  }
  return plan;
}

void page_by_offset(Plan& plan) {
  plan.select.resize(plan.select.size() - static_cast<std::size_t>(plan.page.hidden));
  plan.key.clear();
  plan.page.key.clear();
  plan.page.hidden = 0;
}

// Parameters: the key's values when there is `after`, then how many rows, then how many to leave out.
std::string sql_of(const Plan& plan, bool after) {
  const auto key = kit::joined(plan.key, ",");
  const auto n = after ? plan.key.size() : 0;
  std::string sql = "SELECT " + kit::joined(plan.select, ",") + " FROM " + plan.table;
  if (after) {
    std::string values;
    for (std::size_t i = 1; i <= n; ++i) values += (i > 1 ? ",?" : "?") + std::to_string(i);
    sql += plan.key.size() == 1 ? " WHERE " + key + ">" + values : " WHERE (" + key + ")>(" + values + ")";
  }
  if (!plan.key.empty()) sql += " ORDER BY " + key;
  return sql + " LIMIT ?" + std::to_string(n + 1) + " OFFSET ?" + std::to_string(n + 2);
}

kit::Failure of_scan(kit::Failure reason) {
  reason->position = 0;  // it was in a text that nobody has written
  return reason;
}

}  // namespace

kit::CursorResult Connection::scan(kit::Call call, const dbmux_scan& scan) {
  if (auto open = check_transaction(false); !open) return open.failure();
  auto running = enter(call);
  if (!running) return running.failure();
  if (auto status = set_query_only(true); !status) return status.failure();
  auto plan = plan_of(*this, scan);
  if (!plan) return plan.failure();
  const auto after = kit::view(scan.after);
  plan->page.limit = scan.limit > 0 ? scan.limit : 0;
  plan->page.offset = after.empty() && scan.offset > 0 ? scan.offset : 0;
  const auto offset = kit::decode_offset(after);
  if (offset) {
    plan->page.offset = *offset;
    page_by_offset(*plan);
  }
  if (plan->select.size() > kMostColumns) page_by_offset(*plan);
  bool by_key = !after.empty() && !offset;
  auto statement = compile(sql_of(*plan, by_key), Guard::Mode::reading);
  if (!statement && !by_key && !plan->key.empty()) {
    // A virtual table need not have row ids.
    page_by_offset(*plan);
    statement = compile(sql_of(*plan, false), Guard::Mode::reading);
  }
  if (!statement) return of_scan(statement.failure());
  const int n = by_key ? static_cast<int>(plan->key.size()) : 0;
  if (by_key)
    if (auto bound = bind_key(statement->get(), n, after); !bound) return bound.failure();
  sqlite3_bind_int64(statement->get(), n + 1, plan->page.limit > 0 ? plan->page.limit + 1 : -1);
  sqlite3_bind_int64(statement->get(), n + 2, plan->page.offset);
  auto cursor = std::make_unique<StatementCursor>(
      *this, std::move(*statement), std::move(*running),
      StatementCursor::Shape{scan.batch_rows, scan.max_cell_bytes, plan->page.limit});
  cursor->set_page(std::move(plan->page));
  if (auto status = cursor->start(); !status) return of_scan(status.failure());
  return std::unique_ptr<kit::Cursor>(std::move(cursor));
}

kit::Result<std::int64_t> Connection::count(kit::Call call, const dbmux_object& object, bool exact) {
  if (auto known = check_schema(object); !known) return known.failure();
  auto running = enter(call);
  if (!running) return running.failure();
  auto found = find_object(*this, kit::view(object.name));
  if (!found) return found.failure();
  if (!exact) return estimated_rows(*this, *found);
  if (auto status = set_query_only(true); !status) return status.failure();
  // count(*) is one opcode and sees no deadline: only where it cannot take long.
  constexpr std::int64_t kQuicklyCounted = std::int64_t{64} << 20;
  auto bytes = file_bytes(*this);
  if (!bytes) return bytes.failure();
  auto statement =
      compile((*bytes <= kQuicklyCounted ? "SELECT count(*) FROM main." : "SELECT count(1) FROM main.") +
                  quoted(found->name),
              Guard::Mode::reading);
  if (!statement) return of_scan(statement.failure());
  if (const int rc = sqlite3_step(statement->get()); rc != SQLITE_ROW) return failed(rc);
  return std::int64_t{sqlite3_column_int64(statement->get(), 0)};
}

}  // namespace dbmux::sqlite
