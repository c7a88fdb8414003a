#include "cursor.hpp"

#include <algorithm>
#include <thread>

namespace {

constexpr std::int64_t kForever = -1;

std::string readable(std::uint32_t value) { return std::to_string(value); }

}  // namespace

dbmux_cursor::dbmux_cursor(dbmux_conn* c, const dbmux_call* call, std::uint32_t max_cell_bytes,
                           std::uint32_t batch_rows)
    : conn(c), batch_rows_(std::max(batch_rows, 1u)), cells_(max_cell_bytes) {
  if (conn) conn->start(call->id);
}

void dbmux_cursor::set_result(scripted::Result r) {
  result_ = std::move(r);
  row_ = 0;
  columns_.clear();
  for (const auto& c : result_.columns)
    columns_.push_back({.name = scripted::str(c.name),
                        .native_type = scripted::str(c.type),
                        .origin = scripted::str(c.origin),
                        .kind = c.kind,
                        .nullable = c.nullable,
                        .reserved = 0});
}

void dbmux_cursor::list(std::vector<std::string> names, std::vector<std::vector<std::string>> rows) {
  set_result(scripted::table_of(std::move(names), std::move(rows)));
}

dbmux_status dbmux_cursor::advance(const dbmux_call* call, bool& found, dbmux_error* error) {
  found = false;
  while (!found && step_ < steps_.size()) {
    const scripted::Step step = steps_[step_++];
    if (const dbmux_status status = run(step, call, found, error); status != DBMUX_OK) return status;
  }
  return DBMUX_OK;
}

dbmux_status dbmux_cursor::run(const scripted::Step& step, const dbmux_call* call, bool& found,
                               dbmux_error* error) {
  if (step.word == "result") {
    std::string problem;
    auto result = scripted::parse_result(step.argument, params, problem);
    if (!result) return scripted::fail(error, DBMUX_E_SYNTAX, problem);
    set_result(std::move(*result));
    found = true;
    return DBMUX_OK;
  }
  if (step.word == "write") return write(scripted::number(step.argument, 1), call, found, error);
  if (run_report(step)) {
    found = true;
    return DBMUX_OK;
  }
  bool known = true;
  const dbmux_status status = run_fault(step, call, known, error);
  return known ? status : run_effect(step, call, error);
}

dbmux_status dbmux_cursor::write(std::int64_t rows, const dbmux_call* call, bool& found, dbmux_error* error) {
  if ((request_flags & DBMUX_REQ_READ_ONLY) && conn->source->options.enforces_read_only)
    return scripted::fail(error, DBMUX_E_READ_ONLY, "write would change data");
  if (!(request_flags & DBMUX_REQ_DRY_RUN)) {
    conn->source->count("writes");
    conn->source->record("write", std::to_string(rows), call->id);
  }
  scripted::Result r;
  r.affected = rows;
  set_result(std::move(r));
  found = true;
  return DBMUX_OK;
}

// The faults that a server has.
dbmux_status dbmux_cursor::run_fault(const scripted::Step& step, const dbmux_call* call, bool& known,
                                     dbmux_error* error) {
  const std::string& argument = step.argument;
  if (step.word == "delay") return conn->pause(call, scripted::number(argument, 0), error);
  if (step.word == "block") return conn->pause(call, kForever, error);
  if (step.word == "poll") {
    while (!scripted::host->is_cancelled(scripted::host, call)) {
      if (scripted::host->now_ns(scripted::host) >= call->deadline_ns)
        return scripted::fail(error, DBMUX_E_TIMEOUT, "ran out of time");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return scripted::fail(error, DBMUX_E_CANCELLED, "the host said so");
  }
  if (step.word == "ignore-cancel") {
    conn->pause_deaf(scripted::number(argument, 0));
    return DBMUX_OK;
  }
  if (step.word == "die") {
    conn->dead = true;
    return scripted::fail(error, DBMUX_E_CONNECTION, "the server closed the connection",
                          DBMUX_ERR_CONN_DEAD | DBMUX_ERR_RETRYABLE |
                              scripted::when(argument == "maybe", DBMUX_ERR_MAY_HAVE_RUN));
  }
  if (step.word == "error") {
    const auto e = scripted::parse_error(argument);
    if (!e) return scripted::fail(error, DBMUX_E_SYNTAX, "error takes a JSON object");
    if (e->flags & DBMUX_ERR_CONN_DEAD) conn->dead = true;
    return e->raise(error);
  }
  if (step.word == "fail-silently") return DBMUX_E_DENIED;
  if (step.word == "leak") {
    char buffer[256];
    std::size_t n = 0;
    const auto status = scripted::host->secret(scripted::host, call, scripted::str(argument), buffer,
                                               sizeof buffer, &n, error);
    if (status != DBMUX_OK) return status;
    return scripted::fail(error, DBMUX_E_DENIED, "the secret is " + std::string(buffer, n) + ", is it not");
  }
  known = false;
  return DBMUX_OK;
}

// What a statement does beside its result.
dbmux_status dbmux_cursor::run_effect(const scripted::Step& step, const dbmux_call* call,
                                      dbmux_error* error) {
  dbmux_source& source = *conn->source;
  std::string_view rest = step.argument;
  if (step.word == "dirty") {
    conn->dirty = true;
  } else if (step.word == "catalog-changed") {
    catalog_changed_ = true;
  } else if (step.word == "notice") {
    const auto level = static_cast<std::int32_t>(scripted::number(scripted::next_word(rest), DBMUX_LOG_INFO));
    const auto code = scripted::number(scripted::next_word(rest), 0);
    scripted::host->notice(scripted::host, call, level, code, scripted::str(rest));
  } else if (step.word == "log") {
    const auto level = static_cast<std::int32_t>(scripted::number(scripted::next_word(rest), DBMUX_LOG_INFO));
    scripted::host->log(scripted::host, call, level, scripted::str(rest));
  } else if (step.word == "count") {
    const std::string metric(scripted::next_word(rest));
    scripted::host->count(scripted::host, call, metric.c_str(), scripted::number(rest, 1));
  } else if (step.word == "kill-others") {
    const std::lock_guard lock(source.mutex);
    for (dbmux_conn* other : source.conns)
      if (other != conn) other->dead = true;
  } else if (step.word == "fail-next") {
    const std::string operation(scripted::next_word(rest));
    const std::int64_t times = rest.starts_with('{') ? 1 : scripted::number(scripted::next_word(rest), 1);
    scripted::ScriptError gone{.status = DBMUX_E_CONNECTION,
                               .flags = DBMUX_ERR_CONN_DEAD | DBMUX_ERR_RETRYABLE};
    gone.message = "told to fail";
    const std::lock_guard lock(source.mutex);
    source.failing[operation] = {times, scripted::parse_error(rest).value_or(gone)};
  } else if (step.word != "plan" && step.word != "uses") {  // those two speak to explain and analyze
    return scripted::ScriptError{
        .status = DBMUX_E_SYNTAX, .position = 1, .object = step.word, .message = "no such word: " + step.word}
        .raise(error);
  }
  return DBMUX_OK;
}

// Results that tell what the plugin has seen.
bool dbmux_cursor::run_report(const scripted::Step& step) {
  dbmux_source& source = *conn->source;
  std::vector<std::vector<std::string>> rows;
  if (step.word == "stats") {
    const std::lock_guard lock(source.mutex);
    for (const auto& [name, value] : source.counters) rows.push_back({name, std::to_string(value)});
    rows.push_back({"open_sources", std::to_string(scripted::open_sources.load())});
    list({"name", "value"}, std::move(rows));
  } else if (step.word == "events") {
    const std::lock_guard lock(source.mutex);
    for (const auto& e : source.events) rows.push_back({e.name, e.detail, std::to_string(e.call)});
    list({"event", "detail", "call"}, std::move(rows));
  } else if (step.word == "params" || step.word == "options") {
    for (const auto& p : step.word == "params" ? params : source.options.given) {
      dbmux_value v = p.value;
      if (v.kind >= DBMUX_NUMBER) v.u.ptr = p.bytes.data();
      rows.push_back({p.name, p.type, readable(v.kind), scripted::describe(v)});
    }
    list({"name", "type", "kind", "value"}, std::move(rows));
  } else if (step.word == "request") {
    for (const auto& [name, value] : facts) rows.push_back({name, value});
    list({"name", "value"}, std::move(rows));
  } else if (step.word == "series") {
    std::string_view rest = step.argument;
    scripted::Result r;
    r.columns.push_back({.name = "n", .type = "integer", .origin = "", .kind = DBMUX_I64, .nullable = 0});
    r.rows = scripted::number(scripted::next_word(rest), 0);
    r.row_delay_ms = scripted::number(rest, 0);
    r.fill = [](std::int64_t row, scripted::Cells& out) { out.i64(row + 1); };
    set_result(std::move(r));
  } else {
    return false;
  }
  return true;
}

void dbmux_cursor::columns(const dbmux_column** out, std::size_t* n) {
  *out = columns_.data();
  *n = columns_.size();
}

dbmux_status dbmux_cursor::at_end(const dbmux_call* call, dbmux_error* error) {
  if (result_.then.empty()) return DBMUX_OK;
  const auto steps = scripted::parse_script(std::exchange(result_.then, {}));
  for (const auto& step : steps) {
    bool known = true;
    dbmux_status status = run_fault(step, call, known, error);
    if (!known) status = run_effect(step, call, error);
    if (status != DBMUX_OK) return status;
  }
  return DBMUX_OK;
}

dbmux_status dbmux_cursor::next_batch(const dbmux_call* call, dbmux_batch* batch, dbmux_error* error) {
  if (conn) {
    if (const dbmux_status status = scripted::enter(conn, "next_batch", error); status != DBMUX_OK)
      return status;
    if (const dbmux_status status = conn->check_stop(call, error); status != DBMUX_OK) return status;
  }
  cells_.clear();
  std::uint32_t n = 0;
  for (; n < batch_rows_ && row_ < result_.rows; ++n, ++row_) {
    if (result_.row_delay_ms > 0) {
      if (n > 0) break;  // a slow source hands out what it has
      const dbmux_status status = conn->pause(call, result_.row_delay_ms, error);
      if (status != DBMUX_OK) return status;
    }
    result_.fill(row_, cells_);
  }
  if (n == 0)
    if (const dbmux_status status = at_end(call, error); status != DBMUX_OK) return status;
  batch->n_cols = static_cast<std::uint32_t>(columns_.size());
  batch->n_rows = n;
  batch->cells = cells_.values().data();
  return DBMUX_OK;
}

void dbmux_cursor::summary(dbmux_summary* out) const {
  out->flags = scripted::when(conn && conn->in_transaction, DBMUX_SUM_IN_TXN) |
               scripted::when(conn && conn->dirty, DBMUX_SUM_SESSION_DIRTY) |
               scripted::when(catalog_changed_, DBMUX_SUM_CATALOG_CHANGED);
  out->enforced_by = result_.enforced_by;
  if (conn && result_.enforced_by == 0 && (request_flags & DBMUX_REQ_READ_ONLY) &&
      conn->source->options.enforces_read_only)
    out->enforced_by = DBMUX_BY_PARSER;
  out->rows_affected = result_.affected;
  out->insert_id = {};
  if (result_.insert_id) {
    out->insert_id.kind = DBMUX_I64;
    out->insert_id.u.i64 = *result_.insert_id;
  }
  out->next = scripted::str(result_.next);
}

namespace scripted {

Result table_of(std::vector<std::string> names, std::vector<std::vector<std::string>> rows) {
  Result r;
  for (auto& name : names) r.columns.push_back({.name = std::move(name), .type = "text", .origin = ""});
  r.rows = static_cast<std::int64_t>(rows.size());
  r.fill = [rows = std::move(rows)](std::int64_t row, Cells& out) {
    for (const auto& text : rows[static_cast<std::size_t>(row)]) out.text(DBMUX_TEXT, text);
  };
  return r;
}

dbmux_cursor* cursor_of(dbmux_conn* conn, const dbmux_call* call, Result result, std::uint32_t max_cell_bytes,
                        std::uint32_t batch_rows) {
  auto* cursor = new dbmux_cursor(conn, call, max_cell_bytes, batch_rows);
  cursor->set_result(std::move(result));
  return cursor;
}

namespace {

std::vector<std::pair<std::string, std::string>> facts_of(const dbmux_conn& conn, const dbmux_call& call,
                                                          const dbmux_request& request) {
  const std::string left = call.deadline_ns == INT64_MAX
                               ? "none"
                               : std::to_string((call.deadline_ns - host->now_ns(host)) / 1'000'000);
  return {{"call", std::to_string(call.id)},
          {"conn", std::to_string(conn.serial)},
          {"conn_read_only", readable(conn.flags & DBMUX_CONN_READ_ONLY)},
          {"read_only", readable(request.flags & DBMUX_REQ_READ_ONLY)},
          {"dry_run", readable((request.flags & DBMUX_REQ_DRY_RUN) / DBMUX_REQ_DRY_RUN)},
          {"in_transaction", readable((request.flags & DBMUX_REQ_IN_TXN) / DBMUX_REQ_IN_TXN)},
          {"principal", std::string(view(call.principal))},
          {"language", std::string(view(request.language))},
          {"ms_left", left},
          {"max_rows", std::to_string(request.max_rows)},
          {"max_bytes", std::to_string(request.max_bytes)},
          {"max_cell_bytes", readable(request.max_cell_bytes)},
          {"batch_rows", readable(request.batch_rows)},
          {"n_params", std::to_string(request.n_params)},
          {"n_sets", std::to_string(request.n_sets)}};
}

}  // namespace

dbmux_status execute(dbmux_conn* conn, const dbmux_call* call, const dbmux_request* request,
                     dbmux_cursor** out, dbmux_error* error) noexcept {
  conn->source->count("executes");
  if (const dbmux_status status = enter(conn, "execute", error); status != DBMUX_OK) return status;
  if (view(request->language) != "script")
    return fail(error, DBMUX_E_UNSUPPORTED, "the only language here is 'script'");
  const std::size_t n_params = request->n_params * std::max<std::size_t>(request->n_sets, 1);
  if (!std::all_of(request->params, request->params + n_params,
                   [](const dbmux_param& p) { return p.value.kind <= DBMUX_F32S; }))
    return fail(error, DBMUX_E_INVALID, "a parameter is of an unknown kind");
  auto cursor = std::make_unique<dbmux_cursor>(conn, call, request->max_cell_bytes, request->batch_rows);
  cursor->request_flags = request->flags;
  cursor->params = stored(request->params, n_params);
  cursor->facts = facts_of(*conn, *call, *request);
  cursor->script(view(request->text));
  bool found = false;
  dbmux_status status = conn->check_stop(call, error);
  if (status == DBMUX_OK) status = cursor->advance(call, found, error);
  if (status != DBMUX_OK) return status;
  *out = cursor.release();
  return DBMUX_OK;
}

}  // namespace scripted
