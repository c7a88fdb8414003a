#include <algorithm>
#include <string>

#include "connection.hpp"
#include "page_key.hpp"
#include "relation.hpp"
#include "sql_text.hpp"
#include "statement_cursor.hpp"

namespace dbmux::postgres {

namespace {

// A scan as SQL: what to select, and the key that says where to go on.
//
// Rows go by the primary key, else by a unique key without NULLs. Tables that have none go by where their
// rows lie, which takes no sort: a row that is changed between two pages may then come again, or not.
// What has neither (views, foreign tables, parents of heirs) goes by offset in the order of its own plan.
// The limit is hidden from the planner there, and the scans neither share nor split their work: so every
// page has the same plan, and without changes the same order.
struct Plan {
  std::vector<std::string> select, key;  // those of the key beyond `select` are appended to it, hidden
  StatementCursor::Page page;
  std::string table;
  bool sorted = false;
};

kit::Result<std::vector<std::string>> selected(const Relation& relation, const dbmux_scan& scan) {
  if (scan.n_columns == 0) return relation.columns;
  std::vector<std::string> names;
  const auto has = [&](std::string_view name) {
    return std::find(relation.columns.begin(), relation.columns.end(), name) != relation.columns.end();
  };
  for (std::size_t i = 0; i < scan.n_columns; ++i) {
    std::string name(kit::view(scan.columns[i]));
    if (!has(name) && has(unquoted(name))) name = unquoted(name);
    if (!has(name))
      return kit::fail(DBMUX_E_NOT_FOUND, relation.name + " has no column named " + name).object(name);
    names.push_back(std::move(name));
  }
  return names;
}

kit::Result<Plan> plan_of(const Relation& relation, const dbmux_scan& scan) {
  auto names = selected(relation, scan);
  if (!names) return names.failure();
  Plan plan;
  plan.table = relation.quoted();
  for (const auto& name : *names) plan.select.push_back(quoted_name(name));
  for (const auto& part : relation.key) plan.key.push_back(quoted_name(part));
  plan.sorted = !plan.key.empty();
  if (!plan.sorted && relation.has_places) plan.key.emplace_back("ctid");
  for (const auto& part : plan.key) {
    const auto shown = std::find(plan.select.begin(), plan.select.end(), part);
    plan.page.key.push_back(static_cast<int>(shown - plan.select.begin()));
    if (shown != plan.select.end()) continue;
    plan.select.push_back(part);
    ++plan.page.hidden;
  }
  plan.page.limit = std::max<std::int64_t>(scan.limit, 0);
  if (scan.after.len > 0 && plan.key.empty()) {
    const auto offset = kit::decode_offset(kit::view(scan.after));
    if (!offset) return not_a_place();
    plan.page.offset = *offset;
  } else if (scan.after.len == 0) {
    plan.page.offset = std::max<std::int64_t>(scan.offset, 0);
  }
  return plan;
}

// Its parameters: the values of the key when there is `after`, then how many rows, then how many to leave
// out.
std::string sql_of(const Plan& plan, bool after) {
  const auto key = kit::joined(plan.key, ",");
  std::size_t n = 0;
  std::string sql = "SELECT " + kit::joined(plan.select, ",") + " FROM " + plan.table;
  if (after) {
    std::string values;
    while (n < plan.key.size()) values += (n > 0 ? ",$" : "$") + std::to_string(n + 1), ++n;
    sql += plan.key.size() == 1 ? " WHERE " + key + ">" + values : " WHERE (" + key + ")>(" + values + ")";
  }
  if (plan.sorted) sql += " ORDER BY " + key;
  const auto number = [&] {
    const auto parameter = "$" + std::to_string(++n) + "::bigint";
    return plan.key.empty() ? "(SELECT " + parameter + ")" : parameter;
  };
  sql += " LIMIT " + number();
  return sql + " OFFSET " + number();
}

// No server counts so many in that time, whatever it has in memory and however many of its processes help.
bool is_hopeless(std::int64_t rows, std::int64_t deadline_ns) {
  constexpr std::int64_t kMostRowsPerMs = 100'000;
  if (deadline_ns == INT64_MAX) return false;
  return rows / kMostRowsPerMs > (deadline_ns - kit::now_ns()) / 1'000'000;
}

}  // namespace

kit::CursorResult Connection::scan(kit::Call call, const dbmux_scan& scan) {
  if (auto open = check_transaction(in_transaction()); !open) return open.failure();
  auto running = enter(call);
  if (!running) return running.failure();
  auto relation = find_relation(*this, scan.table);
  if (!relation) return relation.failure();
  auto plan = plan_of(*relation, scan);
  if (!plan) return plan.failure();
  Parameters parameters;
  const auto after = kit::view(scan.after);
  const bool by_key = !after.empty() && !plan->key.empty();
  if (by_key)
    if (auto added = add_key(parameters, plan->key.size(), after); !added) return added.failure();
  parameters.add(std::to_string(plan->page.limit > 0 ? plan->page.limit + 1 : INT64_MAX));
  parameters.add(std::to_string(plan->page.offset));
  if (auto limited = limit_time(); !limited) return limited.failure();
  StatementCursor::Job job{sql_of(*plan, by_key), brackets_for_reading(!plan->sorted), true, false, true};
  auto cursor =
      std::make_unique<StatementCursor>(*this, std::move(*running), std::move(job),
                                        StatementCursor::Shape{scan.batch_rows, scan.max_cell_bytes});
  cursor->set_page(std::move(plan->page));
  if (auto started = cursor->start(parameters); !started) return started.failure();
  return std::unique_ptr<kit::Cursor>(std::move(cursor));
}

kit::Result<std::int64_t> Connection::count(kit::Call call, const dbmux_object& object, bool exact) {
  if (auto open = check_transaction(in_transaction()); !open) return open.failure();
  auto running = enter(call);
  if (!running) return running.failure();
  auto estimate = estimate_of(*this, object);
  if (!estimate) return estimate.failure();
  if (!exact) return std::int64_t{estimate->rows};
  if (is_hopeless(estimate->rows, interruption_.deadline_ns())) return std::int64_t{-1};
  if (auto limited = limit_time(); !limited) return limited.failure();
  StatementCursor::Job job{"SELECT count(*) FROM " + estimate->relation, brackets_for_reading(), true, false,
                           true};
  StatementCursor cursor(*this, std::move(*running), std::move(job), StatementCursor::Shape());
  if (auto started = cursor.start(Parameters()); !started) return started.failure();
  auto batch = cursor.next_batch(call);
  if (!batch) return batch.failure();
  const auto rows = batch->rows == 1 ? batch->cells[0].u.i64 : -1;
  if (auto closed = cursor.close(call); !closed) return closed.failure();
  return std::int64_t{rows};
}

}  // namespace dbmux::postgres
