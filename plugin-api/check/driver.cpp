// SPDX-License-Identifier: MIT-0
#include "check/driver.hpp"

#include <dlfcn.h>

#include <array>
#include <cstring>
#include <thread>

#include "check/cells.hpp"

namespace dbmux::check {
namespace {

constexpr std::array kCategories{
    "OK",           "E_INTERNAL",     "E_INVALID",        "E_UNSUPPORTED", "E_SYNTAX",
    "E_NOT_FOUND",  "E_EXISTS",       "E_CONSTRAINT",     "E_DENIED",      "E_AUTH",
    "E_CONNECTION", "E_TIMEOUT",      "E_CANCELLED",      "E_CONFLICT",    "E_RESOURCE",
    "E_READ_ONLY",  "E_LOCK_TIMEOUT", "E_NOT_UNDERSTOOD", "E_NEED_INPUT"};

std::vector<dbmux_param> lend(Lent& lent, std::span<const Option> options) {
  std::vector<dbmux_param> out;
  for (const auto& o : options) {
    dbmux_param p{};
    p.name = lent.copy(o.name);
    p.type = {"", 0};
    p.value = o.value;
    if (o.has_text) {
      p.value.u.ptr = lent.copy(o.text).ptr;
      p.value.len = static_cast<std::uint32_t>(o.text.size());
    }
    out.push_back(p);
  }
  return out;
}

template <class F>
void on_thread(bool other, F&& f) {
  if (other) {
    std::thread(f).join();
  } else {
    f();
  }
}

template <class T>
T* lend_array(Lent& lent, const std::vector<T>& from) {
  if (from.empty()) return nullptr;
  char* to = lent.take(from.size() * sizeof(T), alignof(T));
  expect(to != nullptr, "memory for the check itself", "there is none");
  std::memcpy(to, from.data(), from.size() * sizeof(T));
  return reinterpret_cast<T*>(to);
}

}  // namespace

std::string category_name(dbmux_status status) {
  const auto at = static_cast<std::size_t>(status);
  return status >= 0 && at < kCategories.size() ? kCategories[at] : "status " + std::to_string(status);
}

std::string Outcome::said() const {
  return ok() ? "OK" : category_name(status) + ": " + printable(error.message);
}

void inspect_return(const char* function, std::int64_t deadline_ns) {
  const auto late = std::chrono::nanoseconds(now_ns() - deadline_ns);
  if (late <= kGrace) return;
  fail(std::string(function) + "() returns by the deadline of its call",
       "it came back " + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(late).count()) +
           " ms later",
       "Bound every wait by call->deadline_ns, on the clock of host->now_ns().");
}

Plugin Plugin::load(const std::string& file) {
  Plugin plugin;
  void* library = nullptr;
  {
    const Within within("a constructor at load time");
    library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  }
  if (!library) {
    const char* why = ::dlerror();
    fail("the file loads with RTLD_NOW", printable(why ? why : "no reason given"),
         "Link every library that it needs, with -Wl,-z,defs; ldd shows which is not found.");
  }
  void* symbol = ::dlsym(library, "dbmux_plugin_v1");
  expect(symbol != nullptr, "an exported function dbmux_plugin_v1()", "there is none",
         "Define it with C linkage and default visibility, as plugin.h declares it.");
  const auto entry = reinterpret_cast<const dbmux_plugin* (*)()>(symbol);
  const Within within("dbmux_plugin_v1");
  plugin.descriptor_ = entry();
  plugin.entry_ = symbol;
  return plugin;
}

void Plugin::init() const {
  open_host();
  const LiveCall none;
  const auto outcome = run("init", none, [&](dbmux_error* e) { return descriptor_->init(host_table(), e); });
  expect(outcome.ok(), "init() returns OK", outcome.said(), "The reason is the plugin's own.");
}

void Plugin::shutdown() const {
  {
    const Within within("shutdown");
    descriptor_->shutdown();
  }
  close_host();
}

Source::Source(const Plugin& plugin, std::span<const Option> options) : plugin_(plugin) {
  std::size_t size = 0;
  for (const auto& o : options) size += o.name.size() + o.text.size() + sizeof(dbmux_param);
  Lent lent(size + 256);
  const auto params = lend(lent, options);
  const auto* lent_params = lend_array(lent, params);
  const LiveCall call;
  const auto outcome = run("source_open", call, [&](dbmux_error* e) {
    return plugin.driver().source_open(call.raw(), lent_params, params.size(), &raw_, e);
  });
  expect(outcome.ok(), "source_open() takes options that the plugin's own schema allows", outcome.said(),
         "What the schema cannot say is refused here; a dead server is not: that is for connect().");
  expect(raw_ != nullptr, "source_open() gives a source when it says OK", "NULL");
}

Source::~Source() {
  const LiveCall call;
  {
    const Within within("source_close");
    plugin_.driver().source_close(raw_, call.raw());
  }
  inspect_return("source_close", call.deadline_ns());
}

Outcome try_connect(const Source& source, const LiveCall& call, dbmux_conn** out) {
  return run("connect", call, [&](dbmux_error* e) {
    return source.plugin().driver().connect(source.raw(), call.raw(), DBMUX_CONN_READ_ONLY, out, e);
  });
}

Conn::Conn(const Source& source) : source_(source) {
  const LiveCall call;
  const auto outcome = try_connect(source, call, &raw_);
  const bool not_there = outcome.status == DBMUX_E_CONNECTION || outcome.status == DBMUX_E_AUTH ||
                         outcome.status == DBMUX_E_TIMEOUT;
  if (not_there) server_unreachable(outcome.said());
  expect(outcome.ok(), "connect() opens a session", outcome.said(),
         "If the configuration is wrong, give another with --config.");
  expect(raw_ != nullptr, "connect() gives a connection when it says OK", "NULL");
}

Conn::~Conn() {
  const LiveCall call;
  {
    const Within within("close");
    driver().close(raw_, call.raw());
  }
  inspect_return("close", call.deadline_ns());
}

Outcome Conn::ping() {
  const LiveCall call;
  return run("ping", call, [&](dbmux_error* e) { return driver().ping(raw_, call.raw(), e); });
}

Outcome Conn::reset() {
  const LiveCall call;
  return run("reset", call, [&](dbmux_error* e) { return driver().reset(raw_, call.raw(), e); });
}

dbmux_info Conn::info() {
  const LiveCall call;
  Guarded<dbmux_info> info;
  const auto outcome =
      run("info", call, [&](dbmux_error* e) { return driver().info(raw_, call.raw(), &info.value, e); });
  info.inspect("info");
  expect(outcome.ok(), "info() of a fresh session returns OK", outcome.said());
  return info.value;
}

void Conn::cancel(std::uint64_t id) {
  const Within within("cancel");
  driver().cancel(raw_, id);
}

namespace {

// The cursor of one answer; closed exactly once.
class Reading {
 public:
  Reading(Conn& conn, const LiveCall& call, dbmux_cursor* cursor, const Query& query, Answer& answer)
      : conn_(conn), call_(call), cursor_(cursor), query_(query), answer_(answer) {}

  void run_to_end(std::vector<std::string>* names) {
    if (columns(names))
      while (batch()) continue;
    if (answer_.ok() && ended_) summary();
    close();
  }

 private:
  template <class F>
  bool step(const char* function, F&& f) {
    on_thread(query_.hop, [&] { answer_.outcome = run(function, call_, f, query_.text); });
    answer_.function = function;
    return answer_.ok();
  }

  bool columns(std::vector<std::string>* names) {
    const dbmux_column* columns = nullptr;
    std::size_t n = 0;
    if (!step("columns", [&](dbmux_error* e) { return conn_.driver().columns(cursor_, &columns, &n, e); }))
      return false;
    answer_.columns = static_cast<std::uint32_t>(n);
    if (query_.inspect) inspect_columns({columns, n});
    if (names)
      for (std::size_t i = 0; i < n; ++i) names->emplace_back(view(columns[i].name));
    return true;
  }

  bool batch() {
    Guarded<dbmux_batch> batch;
    auto& b = batch.value;
    if (!step("next_batch",
              [&](dbmux_error* e) { return conn_.driver().next_batch(cursor_, call_.raw(), &b, e); }))
      return false;
    batch.inspect("next_batch");
    if (b.n_rows == 0) {
      ended_ = true;
      return false;
    }
    expect(b.n_cols == answer_.columns, "a batch is as wide as columns() said",
           std::to_string(b.n_cols) + " cells a row, " + std::to_string(answer_.columns) + " columns");
    const auto cells = std::size_t{b.n_rows} * b.n_cols;
    expect(cells == 0 || readable(b.cells, cells * sizeof(dbmux_value)),
           "cells can be read until the next call",
           "the memory of a batch of " + std::to_string(b.n_rows) + " rows cannot be");
    if (query_.inspect) inspect_cells({b.cells, cells}, b.n_cols, query_.max_cell_bytes);
    if (answer_.rows == 0 && cells > 0) keep(b.cells[0]);
    if (query_.row)
      for (std::uint32_t r = 0; r < b.n_rows; ++r)
        query_.row({b.cells + std::size_t{r} * b.n_cols, std::size_t{b.n_cols}});
    answer_.rows += b.n_rows;
    answer_.biggest_batch = std::max(answer_.biggest_batch, b.n_rows);
    return answer_.rows < query_.most_rows;
  }

  void keep(const dbmux_value& cell) {
    answer_.first = cell;
    if (query_.inspect && has_text(cell.kind) && cell.len > 0)
      answer_.first_text.assign(cell.u.ptr, cell.len);
  }

  void summary() {
    Guarded<dbmux_summary> summary;
    summary.value.rows_affected = -1;
    if (!step("summary", [&](dbmux_error* e) { return conn_.driver().summary(cursor_, &summary.value, e); }))
      return;
    summary.inspect("summary");
    answer_.enforced_by = summary.value.enforced_by;
  }

  void close() {
    Outcome outcome;
    on_thread(query_.hop, [&] {
      outcome = run("cursor_close", call_,
                    [&](dbmux_error* e) { return conn_.driver().cursor_close(cursor_, call_.raw(), e); });
    });
    if (answer_.ok() && !outcome.ok()) {
      answer_.outcome = outcome;
      answer_.function = "cursor_close";
    }
  }

  Conn& conn_;
  const LiveCall& call_;
  dbmux_cursor* cursor_;
  const Query& query_;
  Answer& answer_;
  bool ended_ = false;
};

}  // namespace

Answer read(Conn& conn, const LiveCall& call, dbmux_cursor* cursor, const Query& query,
            std::vector<std::string>* column_names) {
  Answer answer;
  Reading(conn, call, cursor, query, answer).run_to_end(column_names);
  return answer;
}

Answer ask(Conn& conn, const LiveCall& call, const Query& query) {
  std::size_t size = query.text.size() + query.language.size() + sizeof(dbmux_request);
  for (const auto& v : query.params) size += sizeof(dbmux_param) + (has_text(v.kind) ? v.len : 0);
  dbmux_cursor* cursor = nullptr;
  Answer answer;
  {
    Lent lent(size + 256);
    std::vector<dbmux_param> params;
    for (const auto& v : query.params) {
      dbmux_param p{};
      p.name = p.type = {"", 0};
      p.value = v;
      if (has_text(v.kind)) p.value.u.ptr = lent.copy({v.u.ptr, v.len}).ptr;
      params.push_back(p);
    }
    dbmux_request request{};
    request.size = sizeof request;
    request.flags = DBMUX_REQ_READ_ONLY;
    request.language = lent.copy(query.language);
    request.text = lent.copy(query.text);
    request.params = lend_array(lent, params);
    request.n_params = params.size();
    request.max_cell_bytes = query.max_cell_bytes;
    request.batch_rows = query.batch_rows;
    const auto* lent_request = lend_array(lent, std::vector{request});
    on_thread(query.hop, [&] {
      answer.outcome = run(
          "execute", call,
          [&](dbmux_error* e) {
            return conn.driver().execute(conn.raw(), call.raw(), lent_request, &cursor, e);
          },
          query.text);
    });
    answer.function = "execute";
  }
  if (!answer.ok()) return answer;
  expect(cursor != nullptr, "execute() gives a cursor when it says OK", "NULL");
  return read(conn, call, cursor, query, nullptr);
}

Answer ask(Conn& conn, const Query& query) {
  const LiveCall call;
  return ask(conn, call, query);
}

}  // namespace dbmux::check
