#include "driver/state.hpp"

namespace dbmux {

using abi::ErrorSlot;
using abi::LiveCall;

namespace {

constexpr auto kCloseBudget = std::chrono::seconds(1);

constexpr std::uint32_t flag_if(bool set, int flag) { return set ? static_cast<std::uint32_t>(flag) : 0; }

Error unsupported(const Plugin& plugin, std::string_view what) {
  Error e;
  e.category = Category::unsupported;
  e.message = plugin.descriptor().name + " does not offer " + std::string(what);
  return e;
}

}  // namespace

// ---- Source

Source::Source(std::unique_ptr<State> state) : state_(std::move(state)) {}

Source::~Source() {
  abi::forget_listener(state_->raw);
  Call call({}, Clock::now() + kCloseBudget);
  const LiveCall live(call, &state_->services);
  state_->driver().source_close(state_->raw, &live.raw);
}

Result<std::unique_ptr<Conn>> Source::connect(Call& call, bool read_only) {
  const LiveCall live(call, &state_->services);
  ErrorSlot error;
  dbmux_conn* raw = nullptr;
  const auto status = state_->driver().connect(state_->raw, &live.raw,
                                               flag_if(read_only, DBMUX_CONN_READ_ONLY), &raw, &error.raw);
  if (status != DBMUX_OK) return fail(abi::to_error(status, error.raw));
  auto state = std::make_unique<Conn::State>();
  state->source = shared_from_this();
  state->raw = raw;
  return std::unique_ptr<Conn>(new Conn(std::move(state)));
}

// ---- Conn

Conn::Conn(std::unique_ptr<State> state) : state_(std::move(state)) {}

Conn::~Conn() {
  if (!state_->raw) return;
  Call call({}, Clock::now() + kCloseBudget);
  close(call);
}

void Conn::close(Call& call) {
  const std::lock_guard waits_for_cancels(state_->cancelling);
  const LiveCall live(call, &state_->services());
  if (state_->raw) state_->driver().close(state_->raw, &live.raw);
  state_->raw = nullptr;
}

void Conn::cancel(std::uint64_t call_id) {
  const std::lock_guard lock(state_->cancelling);
  if (state_->raw) state_->driver().cancel(state_->raw, call_id);
}

bool Conn::dead() const { return state_->dead.load(std::memory_order_relaxed); }

Result<ConnInfo> Conn::info(Call& call) {
  const LiveCall live(call, &state_->services());
  ErrorSlot error;
  dbmux_info raw{};
  raw.size = sizeof raw;
  raw.lag_ns = -1;
  const auto status = state_->driver().info(state_->raw, &live.raw, &raw, &error.raw);
  if (status != DBMUX_OK) return fail(state_->failed(status, error.raw));
  ConnInfo info;
  info.capabilities = raw.capabilities;
  info.product = abi::view(raw.product);
  info.version = abi::view(raw.version);
  info.dialect = abi::view(raw.dialect);
  info.user = abi::view(raw.user);
  info.role = raw.role;
  info.privileges = raw.privileges;
  info.lag_ns = raw.lag_ns;
  return info;
}

Result<void> Conn::ping(Call& call) {
  return state_->simple(
      call, [&](const dbmux_call* c, dbmux_error* e) { return state_->driver().ping(state_->raw, c, e); });
}

Result<void> Conn::reset(Call& call) {
  return state_->simple(
      call, [&](const dbmux_call* c, dbmux_error* e) { return state_->driver().reset(state_->raw, c, e); });
}

template <class Opener>
Result<std::unique_ptr<Cursor>> Conn::open(Call& call, Opener&& opener) {
  auto cursor = std::make_unique<Cursor::State>(call, *state_);
  ErrorSlot error;
  const auto status = opener(&cursor->live.raw, &cursor->raw, &error.raw);
  if (status != DBMUX_OK) return fail(state_->failed(status, error.raw));
  return std::unique_ptr<Cursor>(new Cursor(std::move(cursor)));
}

namespace {

dbmux_request to_request(const Statement& s, const std::vector<dbmux_param>& params, const Plugin& plugin) {
  dbmux_request r{};
  r.size = sizeof r;
  r.flags = flag_if(s.read_only, DBMUX_REQ_READ_ONLY) | flag_if(s.dry_run, DBMUX_REQ_DRY_RUN) |
            flag_if(s.in_transaction, DBMUX_REQ_IN_TXN);
  const auto& languages = plugin.descriptor().languages;
  r.language =
      abi::str(s.language.empty() && !languages.empty() ? std::string_view(languages.front()) : s.language);
  r.text = abi::str(s.text);
  r.params = params.data();
  r.n_params = s.sets > 1 ? params.size() / s.sets : params.size();
  r.n_sets = s.sets;
  r.max_rows = s.max_rows;
  r.max_bytes = s.max_bytes;
  r.max_cell_bytes = s.max_cell_bytes;
  r.batch_rows = s.batch_rows;
  return r;
}

dbmux_object to_object(const ObjectName& name) {
  return {abi::str(name.catalog), abi::str(name.schema), abi::str(name.name)};
}

}  // namespace

Result<std::unique_ptr<Cursor>> Conn::execute(Call& call, const Statement& statement) {
  const auto params = abi::to_abi(statement.params);
  const auto request = to_request(statement, params, state_->plugin());
  return open(call, [&](const dbmux_call* c, dbmux_cursor** out, dbmux_error* e) {
    return state_->driver().execute(state_->raw, c, &request, out, e);
  });
}

Result<std::unique_ptr<Cursor>> Conn::scan(Call& call, const Scan& scan) {
  const auto* table = state_->extension<dbmux_ext_table>(DBMUX_EXT_TABLE);
  if (!table) return fail(unsupported(state_->plugin(), "reading a table page by page"));
  std::vector<dbmux_str> columns;
  for (const auto& c : scan.columns) columns.push_back(abi::str(c));
  dbmux_scan raw{};
  raw.size = sizeof raw;
  raw.table = to_object(scan.table);
  raw.columns = columns.data();
  raw.n_columns = columns.size();
  raw.after = abi::str(scan.after);
  raw.limit = scan.limit;
  raw.offset = scan.offset;
  raw.max_cell_bytes = scan.max_cell_bytes;
  raw.batch_rows = scan.batch_rows;
  return open(call, [&](const dbmux_call* c, dbmux_cursor** out, dbmux_error* e) {
    return table->scan(state_->raw, c, &raw, out, e);
  });
}

Result<std::int64_t> Conn::count(Call& call, const ObjectName& name, bool exact) {
  const auto* table = state_->extension<dbmux_ext_table>(DBMUX_EXT_TABLE);
  if (!table) return fail(unsupported(state_->plugin(), "counting rows"));
  const auto object = to_object(name);
  std::int64_t rows = -1;
  auto done = state_->simple(call, [&](const dbmux_call* c, dbmux_error* e) {
    return table->count(state_->raw, c, &object, exact ? 1 : 0, &rows, e);
  });
  if (!done) return fail(done.error());
  return rows;
}

Result<std::unique_ptr<Cursor>> Conn::introspect(Call& call, Meta kind, const ObjectName& name,
                                                 std::string_view like) {
  const auto* introspect = state_->extension<dbmux_ext_introspect>(DBMUX_EXT_INTROSPECT);
  if (!introspect) return fail(unsupported(state_->plugin(), "looking at its schema"));
  const auto object = to_object(name);
  return open(call, [&](const dbmux_call* c, dbmux_cursor** out, dbmux_error* e) {
    return introspect->open(state_->raw, c, static_cast<std::int32_t>(kind), &object, abi::str(like), out, e);
  });
}

Result<std::unique_ptr<Cursor>> Conn::explain(Call& call, const Statement& statement, bool analyze) {
  const auto* explain = state_->extension<dbmux_ext_explain>(DBMUX_EXT_EXPLAIN);
  if (!explain) return fail(unsupported(state_->plugin(), "query plans"));
  const auto params = abi::to_abi(statement.params);
  const auto request = to_request(statement, params, state_->plugin());
  return open(call, [&](const dbmux_call* c, dbmux_cursor** out, dbmux_error* e) {
    return explain->explain(state_->raw, c, &request, analyze ? 1 : 0, out, e);
  });
}

Result<Analysis> Conn::analyze(Call& call, const Statement& statement) {
  const auto* ext = state_->extension<dbmux_ext_analyze>(DBMUX_EXT_ANALYZE);
  if (!ext) return fail(unsupported(state_->plugin(), "an analysis of statements"));
  const auto params = abi::to_abi(statement.params);
  const auto request = to_request(statement, params, state_->plugin());
  dbmux_analysis raw{};
  raw.size = sizeof raw;
  auto done = state_->simple(call, [&](const dbmux_call* c, dbmux_error* e) {
    return ext->analyze(state_->raw, c, &request, &raw, e);
  });
  if (!done) return fail(done.error());
  Analysis analysis;
  analysis.statement_class = static_cast<StatementClass>(raw.statement_class);
  analysis.complete = raw.complete != 0;
  for (const auto& use : std::span(raw.uses, raw.n_uses))
    analysis.uses.push_back(
        {{std::string(abi::view(use.object.catalog)), std::string(abi::view(use.object.schema)),
          std::string(abi::view(use.object.name))},
         std::string(abi::view(use.column)),
         (use.how & DBMUX_USE_READ) != 0,
         (use.how & DBMUX_USE_WRITE) != 0,
         (use.how & DBMUX_USE_CALL) != 0});
  return analysis;
}

Result<void> Conn::begin_load(Call& call, const ObjectName& table, std::span<const std::string> columns) {
  const auto* load = state_->extension<dbmux_ext_load>(DBMUX_EXT_LOAD);
  if (!load) return fail(unsupported(state_->plugin(), "loading rows into a table"));
  const auto object = to_object(table);
  std::vector<dbmux_column> raw;
  for (const auto& name : columns) {
    dbmux_column column{};
    column.name = abi::str(name);
    column.kind = DBMUX_TEXT;
    column.nullable = -1;
    raw.push_back(column);
  }
  return state_->simple(call, [&](const dbmux_call* c, dbmux_error* e) {
    return load->begin(state_->raw, c, &object, raw.data(), raw.size(), e);
  });
}

Result<void> Conn::load_rows(Call& call, std::span<const Cell> cells, std::uint32_t rows) {
  const auto* load = state_->extension<dbmux_ext_load>(DBMUX_EXT_LOAD);
  if (!load) return fail(unsupported(state_->plugin(), "loading rows into a table"));
  return state_->simple(call, [&](const dbmux_call* c, dbmux_error* e) {
    return load->rows(state_->raw, c, reinterpret_cast<const dbmux_value*>(cells.data()), rows, e);
  });
}

Result<void> Conn::end_load(Call& call) {
  const auto* load = state_->extension<dbmux_ext_load>(DBMUX_EXT_LOAD);
  if (!load) return fail(unsupported(state_->plugin(), "loading rows into a table"));
  return state_->simple(call,
                        [&](const dbmux_call* c, dbmux_error* e) { return load->end(state_->raw, c, e); });
}

Result<void> Conn::drop_table(Call& call, const ObjectName& table) {
  const auto* load = state_->extension<dbmux_ext_load>(DBMUX_EXT_LOAD);
  if (!load) return fail(unsupported(state_->plugin(), "loading rows into a table"));
  const auto object = to_object(table);
  return state_->simple(
      call, [&](const dbmux_call* c, dbmux_error* e) { return load->drop(state_->raw, c, &object, e); });
}

Result<void> Conn::begin(Call& call, bool read_only, std::string_view isolation) {
  const auto* txn = state_->extension<dbmux_ext_txn>(DBMUX_EXT_TXN);
  if (!txn) return fail(unsupported(state_->plugin(), "transactions"));
  return state_->simple(call, [&](const dbmux_call* c, dbmux_error* e) {
    return txn->begin(state_->raw, c, read_only ? 1 : 0, abi::str(isolation), e);
  });
}

Result<void> Conn::commit(Call& call) {
  const auto* txn = state_->extension<dbmux_ext_txn>(DBMUX_EXT_TXN);
  if (!txn) return fail(unsupported(state_->plugin(), "transactions"));
  return state_->simple(call,
                        [&](const dbmux_call* c, dbmux_error* e) { return txn->commit(state_->raw, c, e); });
}

Result<void> Conn::rollback(Call& call) {
  const auto* txn = state_->extension<dbmux_ext_txn>(DBMUX_EXT_TXN);
  if (!txn) return fail(unsupported(state_->plugin(), "transactions"));
  return state_->simple(
      call, [&](const dbmux_call* c, dbmux_error* e) { return txn->rollback(state_->raw, c, e); });
}

}  // namespace dbmux
