#include <algorithm>
#include <string>
#include <vector>

#include "connection.hpp"
#include "plan.hpp"
#include "sql_text.hpp"
#include "statement_cursor.hpp"

namespace dbmux::postgres {

namespace {

constexpr const char* kPlanned = "EXPLAIN (FORMAT JSON, VERBOSE) ";
constexpr const char* kMeasured = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, VERBOSE) ";

constexpr const char* kTables =
    "SELECT n.nspname, c.relname, CASE WHEN c.reltuples < 0 OR c.relpages = 0 THEN NULL"
    "  ELSE c.reltuples / c.relpages * (pg_catalog.pg_relation_size(c.oid)"
    "   / pg_catalog.current_setting('block_size')::float8) END,"
    " CASE WHEN r.nspname = 'public' THEN r.relname ELSE r.nspname || '.' || r.relname END,"
    " pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem'))"
    " FROM unnest($1::text[], $2::text[]) AS w (nspname, relname)"
    " LEFT JOIN (pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid)"
    "  ON n.nspname = w.nspname AND c.relname = w.relname"
    " LEFT JOIN LATERAL (SELECT rn.nspname, rc.relname FROM pg_catalog.pg_class rc"
    "  JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace"
    "  WHERE c.relispartition AND rc.oid = pg_catalog.pg_partition_root(c.oid)) r ON true";

constexpr std::array kBeginWriting{"BEGIN READ WRITE"};
constexpr std::array kEndWriting{"ROLLBACK"};
constexpr std::array kBeginWritingInside{"SAVEPOINT dbmux_plan"};
constexpr std::array kEndWritingInside{"ROLLBACK TO SAVEPOINT dbmux_plan", "RELEASE SAVEPOINT dbmux_plan"};

// Without an EXPLAIN of its own.
std::string_view bare_statement(std::string_view text) {
  Tokens tokens(text);
  auto token = tokens.next();
  while (token.is_symbol(';')) token = tokens.next();
  if (!token.is("EXPLAIN")) return text;
  token = tokens.next();
  if (token.is_symbol('(')) {
    while (!token.is_symbol(')') && token.kind != Token::Kind::end) token = tokens.next();
    token = tokens.next();
  }
  while (token.is("ANALYZE") || token.is("ANALYSE") || token.is("VERBOSE")) token = tokens.next();
  return text.substr(token.offset);
}

// As PostgreSQL reads an array.
void append_quoted(std::string& array, std::string_view text) {
  array += array.empty() ? "{\"" : ",\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') array += '\\';
    array += c;
  }
  array += '"';
}

std::string closed(const std::string& array) { return array.empty() ? "{}" : array + '}'; }

std::int32_t moved(std::int32_t position, std::string_view text, std::string_view bare,
                   std::string_view prefix) {
  if (position <= 0) return position;
  const auto before = kit::count_characters(text.substr(0, text.size() - bare.size()));
  return std::max(1, position + static_cast<std::int32_t>(before) - static_cast<std::int32_t>(prefix.size()));
}

}  // namespace

kit::Result<std::string> Connection::only_cell(kit::Call call, StatementCursor& cursor) {
  std::string text;
  for (;;) {
    auto batch = cursor.next_batch(call);
    if (!batch) return batch.failure();
    if (batch->rows == 0) break;
    if (batch->columns == 1) text = kit::view(batch->cells[0]);
  }
  if (auto closed = cursor.close(call); !closed) return closed.failure();
  return text;
}

// Once the statement is known to be sound: as it is planned when nothing is known of its parameters.
kit::Result<std::string> Connection::generic_plan(kit::Call call, std::string_view statement,
                                                  int parameters) {
  auto running = enter(call);
  if (!running) return running.failure();
  // A name that is left behind within a transaction must not be in the way of the next.
  const auto name = "dbmux_plan_" + std::to_string(++plans_);
  const auto prepare = "PREPARE " + name + " AS " + std::string(statement);
  auto execute = kPlanned + ("EXECUTE " + name) + '(';
  for (int i = 0; i < parameters; ++i) execute += i > 0 ? ",NULL" : "NULL";
  const auto reading = brackets_for_reading();
  std::vector<const char*> before(reading.before.begin(), reading.before.end());
  before.push_back("SET LOCAL plan_cache_mode = force_generic_plan");
  before.push_back(prepare.c_str());
  std::vector<const char*> after(reading.after.begin(), reading.after.end());
  if (in_transaction()) {
    dirty_ = true;
  } else {
    after.push_back("DEALLOCATE ALL");
  }
  StatementCursor cursor(*this, std::move(*running),
                         {execute + ')', {before, after, reading.enforced_by}, true, false, true},
                         StatementCursor::Shape());
  if (auto started = cursor.start(Parameters()); !started) return started.failure();
  return only_cell(call, cursor);
}

Brackets Connection::brackets_for_measuring(bool reading) const {
  if (reading) return brackets_for_reading();
  if (in_transaction()) return {kBeginWritingInside, kEndWritingInside, 0};
  return {kBeginWriting, kEndWriting, 0, prelude_ ? &*prelude_ : nullptr};
}

kit::Result<std::string> Connection::plan_text(kit::Call call, const dbmux_request& request,
                                               std::string_view statement, bool analyze) {
  const bool reading = !analyze || (request.flags & DBMUX_REQ_READ_ONLY) != 0;
  auto outline = outline_of(statement);
  if (!outline) return outline.failure();
  const std::string sent = analyze ? kMeasured : kPlanned, judged = analyze ? "EXPLAIN ANALYZE " : "EXPLAIN ";
  if (auto small = check_size(statement, *outline, reading); !small) return small.failure();
  if (auto allowed = reading ? check_reading(judged + std::string(statement), true) : check_writing(*outline);
      !allowed) {
    // Planning calls nothing that acts, so the server may judge what is not understood here.
    auto reason = allowed.failure();
    if (reason->position > 0) reason->position += static_cast<std::int32_t>(sent.size() - judged.size());
    if (analyze || reason->category != DBMUX_E_NOT_UNDERSTOOD) return reason;
  }
  if (!reading && (read_only_ || transaction_ == Transaction::reading))
    return kit::fail(DBMUX_E_READ_ONLY, "measuring a plan runs the statement, and this session only reads");
  const bool generic = request.n_params == 0 && outline->parameters > 0;
  if (generic && analyze)
    return kit::fail(DBMUX_E_INVALID, "a plan can be measured only with the values of its parameters");
  if (!generic)
    if (auto fit = check_parameters(request, outline->parameters); !fit) return fit.failure();
  auto running = enter(call);
  if (!running) return running.failure();
  if (reading && analyze)
    if (auto verdict = judge(judged + std::string(statement)); !verdict) return verdict.failure();
  const std::vector<dbmux_param> unknown(generic ? static_cast<std::size_t>(outline->parameters) : 0);
  const auto params = generic ? std::span<const dbmux_param>(unknown)
                              : std::span<const dbmux_param>(request.params, request.n_params);
  auto parameters = bound(sent + std::string(statement), params);
  if (!parameters) return parameters.failure();
  if (auto limited = limit_time(); !limited) return limited.failure();
  auto made = [&]() -> kit::Result<std::string> {
    StatementCursor cursor(
        *this, std::move(*running),
        {sent + std::string(statement), brackets_for_measuring(reading), true, false, false},
        StatementCursor::Shape());
    if (auto started = cursor.start(*parameters); !started) return started.failure();
    return only_cell(call, cursor);
  }();
  if (!made || !generic) return made;
  return generic_plan(call, statement, outline->parameters);
}

kit::CursorResult Connection::explain(kit::Call call, const dbmux_request& request, bool analyze) {
  if (auto open = check_transaction(in_transaction()); !open) return open.failure();
  const auto text = kit::view(request.text);
  const auto bare = bare_statement(text);
  const auto answer = [](const Plan& plan) {
    auto rows = kit::rows_of({{"plan", DBMUX_JSON}});
    rows->add({kit::json(plan.to_json())});
    return kit::CursorResult(std::move(rows));
  };
  if (const auto outline = outline_of(bare); outline && outline->verb == "SHOW")
    return answer(Plan::of_command("SHOW"));
  auto json = plan_text(call, request, bare, analyze);
  if (!json) {
    auto reason = json.failure();
    reason->position = moved(reason->position, text, bare, analyze ? kMeasured : kPlanned);
    return reason;
  }
  auto plan = Plan::read(*json);
  if (!plan) return plan.failure();
  auto running = enter(call);
  if (!running) return running.failure();
  if (auto known = know_tables(*plan); !known) return known.failure();
  return answer(*plan);
}

kit::Status Connection::know_tables(Plan& plan) {
  if (plan.tables().empty()) {
    plan.judge(INT64_MAX);
    return {};
  }
  std::string schemas, names;
  for (const auto& table : plan.tables()) {
    append_quoted(schemas, table.schema);
    append_quoted(names, table.name);
  }
  Parameters wanted;
  wanted.add(closed(schemas));
  wanted.add(closed(names));
  auto found = look_up(kTables, wanted);
  if (!found) return found.failure();
  const auto* rows = found->get();
  const auto field = [&](int row, int column) { return std::string_view(PQgetvalue(rows, row, column)); };
  for (int i = 0; i < PQntuples(rows); ++i)
    for (auto& table : plan.tables())
      if (table.schema == field(i, 0) && table.name == field(i, 1)) {
        if (!PQgetisnull(rows, i, 2)) table.rows = std::atof(PQgetvalue(rows, i, 2));
        table.root = field(i, 3);
      }
  plan.judge(PQntuples(rows) > 0 ? std::atoll(PQgetvalue(rows, 0, 4)) : INT64_MAX);
  return {};
}

}  // namespace dbmux::postgres
