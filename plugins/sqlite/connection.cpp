#include "connection.hpp"

#include <string>

#include "allow_list.hpp"
#include "bounded_functions.hpp"
#include "error.hpp"
#include "parameters.hpp"
#include "source.hpp"
#include "sql_text.hpp"
#include "statement_cursor.hpp"

namespace dbmux::sqlite {

namespace {

struct Limit {
  int id, value;
};
// For every session: what one statement may ask of this process. Bounded values keep cancels prompt, because
// no function asks a handler while it works on one value.
constexpr Limit kLimits[] = {{SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
                             {SQLITE_LIMIT_VDBE_OP, 2'000'000},
                             {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200},
                             {SQLITE_LIMIT_WORKER_THREADS, 0}};
constexpr Limit kReadingLimits[] = {{SQLITE_LIMIT_LENGTH, 32 << 20}, {SQLITE_LIMIT_ATTACHED, 0}};

std::string seconds(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s"
                                  : std::to_string(time.count()) + " ms";
}

}  // namespace

kit::Result<std::unique_ptr<Connection>> Connection::open(const Source& source, kit::Call call,
                                                          bool read_only) {
  std::unique_ptr<Connection> connection(new Connection(source, read_only));
  auto& c = *connection;
  const auto& options = source.options();
  auto db = open_database(options, source.name(), read_only);
  if (!db) return db.failure();
  c.db_ = std::move(*db);
  c.interruption_.attach(c.db(), options.busy_timeout);
  const auto running = run(c.interruption_, call);
  c.configure();
  auto status = c.first_read();
  if (!status) {
    auto reason = status.failure();
    const auto rc = static_cast<int>(reason->native_code);
    if (!read_only || options.in_memory() || !may_open_immutable(options.filename, rc)) return reason;
    c.immutable_ = FileStamp::of(options.filename);
    auto again = open_database(options, immutable_uri(options.filename), true);
    if (!again) return again.failure();
    c.db_ = std::move(*again);
    c.interruption_.attach(c.db(), options.busy_timeout);
    c.configure();
    if (status = c.first_read(); !status) return status.failure();
    kit::log(DBMUX_LOG_INFO, options.filename +
                                 " is in WAL mode in a folder that is not writable: it is read "
                                 "without locks, and opened again when it changes");
  }
  c.file_read_only_ = sqlite3_db_readonly(c.db(), "main") == 1;
  if (!read_only && c.file_read_only_)
    return kit::fail(DBMUX_E_CONNECTION, options.filename + " may not be written by this process");
  if (read_only)
    if (status = c.set_query_only(true); !status) return status.failure();
  return connection;
}

Connection::~Connection() = default;

void Connection::configure() {
  sqlite3_db_config(db(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db(), SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(db(), SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, nullptr);
  sqlite3_db_config(db(), SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  for (const auto& limit : kLimits) sqlite3_limit(db(), limit.id, limit.value);
  if (read_only_) {
    for (const auto& limit : kReadingLimits) sqlite3_limit(db(), limit.id, limit.value);
    bound_functions(db());
  }
  guard_.attach(db());
}

kit::Status Connection::first_read() {
  const Guard::Trust trust(guard_);
  const int rc = sqlite3_exec(db(), "SELECT 1 FROM sqlite_schema LIMIT 1", nullptr, nullptr, nullptr);
  if (rc == SQLITE_OK) return {};
  const int primary = rc & 0xff;
  if (primary == SQLITE_BUSY || primary == SQLITE_INTERRUPT) return failed(rc);
  auto reason = why_not_opened(source_.options(), db(), rc);
  if (reason->native_code == 0) reason->native_code = rc;
  return reason;
}

kit::Result<kit::Info> Connection::info(kit::Call) {
  kit::Info i;
  i.capabilities = DBMUX_CAP_SERVER_CANCEL | DBMUX_CAP_TXN | DBMUX_CAP_READ_ONLY | DBMUX_CAP_DRY_RUN;
  i.product = "SQLite";
  i.version = sqlite3_libversion();
  i.dialect = "sqlite";
  i.role = DBMUX_ROLE_PRIMARY;
  i.privileges = file_read_only_ ? 0 : DBMUX_PRIV_WRITE;
  return i;
}

kit::Result<RunningCall> Connection::enter(kit::Call call) {
  auto running = run(interruption_, call);
  if (interruption_.due()) return stopped();
  if (!immutable_ || immutable_->unchanged(source_.options().filename)) return running;
  return kit::fail(DBMUX_E_CONNECTION, source_.options().filename + " has changed since it was opened")
      .flags(DBMUX_ERR_CONN_DEAD | DBMUX_ERR_RETRYABLE);
}

kit::Status Connection::ping(kit::Call call) {
  auto running = enter(call);
  if (!running) return running.failure();
  return run_own("SELECT 1 FROM sqlite_schema LIMIT 1");
}

kit::Status Connection::reset(kit::Call call) {
  const auto running = run(interruption_, call);
  load_.reset();
  if (in_transaction())
    if (auto status = run_own("ROLLBACK"); !status) return status.failure();
  transaction_ = Transaction::none;
  // Opening a file is as cheap as undoing settings and temporary objects.
  if (dirty_)
    return kit::fail(DBMUX_E_UNSUPPORTED, "a session with settings of its own is closed, not reset");
  return set_query_only(read_only_);
}

kit::Result<StatementHandle> Connection::compile(std::string_view text, Guard::Mode mode) {
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    return kit::fail(DBMUX_E_INVALID, "the statement holds a NUL character")
        .position(static_cast<std::int32_t>(kit::count_characters(text.substr(0, nul))) + 1);
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  int rc = SQLITE_OK;
  const auto prepare = [&] {
    guard_.start_compiling(mode);
    rc = sqlite3_prepare_v3(db(), text.data(), static_cast<int>(text.size()), 0, &raw, &tail);
    guard_.stop_compiling();
  };
  prepare();
  if (guard_.refused()) {
    // It may have been a virtual table's own statement; connected ones are not asked again.
    sqlite3_finalize(raw);
    raw = nullptr;
    connect_virtual_tables();
    prepare();
  }
  StatementHandle statement(raw);
  if (guard_.refused()) {
    auto refusal = guard_.refusal(text);
    guard_.forget_refusal();
    return refusal;
  }
  if (rc != SQLITE_OK) return failed(rc, text);
  if (!statement) return kit::fail(DBMUX_E_INVALID, "there is no statement in the text");
  const auto used = static_cast<std::size_t>(tail - text.data());
  if (!is_blank(text.substr(used)))
    return kit::fail(DBMUX_E_INVALID, "one statement at a time: the text goes on behind the first one")
        .position(static_cast<std::int32_t>(kit::count_characters(text.substr(0, used))) + 1);
  if (mode == Guard::Mode::reading && !sqlite3_stmt_readonly(raw) && !guard_.seen().pragma)
    return guard_.refusal(text);
  return statement;
}

kit::Result<StatementHandle> Connection::compile_own(std::string_view text) {
  sqlite3_stmt* raw = nullptr;
  const int rc = sqlite3_prepare_v3(db(), text.data(), static_cast<int>(text.size()), 0, &raw, nullptr);
  StatementHandle statement(raw);
  if (rc != SQLITE_OK) return failed(rc);
  return statement;
}

kit::Status Connection::run_own(const char* text) {
  const Guard::Trust trust(guard_);
  const int rc = sqlite3_exec(db(), text, nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return failed(rc);
  return {};
}

void Connection::connect_virtual_tables() {
  const Guard::Trust trust(guard_);
  for (const char* const* name = kBuiltInTables; *name; ++name)
    static_cast<void>(compile_own("SELECT 1 FROM " + std::string(*name)));
  auto list = compile_own("SELECT name FROM sqlite_schema WHERE type='table' AND sql LIKE 'CREATE VIRTUAL%'");
  if (!list) return;
  while (sqlite3_step(list->get()) == SQLITE_ROW) {
    const auto* name = reinterpret_cast<const char*>(sqlite3_column_text(list->get(), 0));
    static_cast<void>(compile_own("SELECT 1 FROM " + quoted(name ? name : "") + " LIMIT 0"));
  }
}

kit::Status Connection::set_query_only(bool on) {
  if (on == query_only_) return {};
  auto status = run_own(on ? "PRAGMA query_only=1" : "PRAGMA query_only=0");
  if (status) query_only_ = on;
  return status;
}

std::uint32_t Connection::layers() const {
  std::uint32_t layers = DBMUX_BY_PARSER;
  if (file_read_only_) layers |= DBMUX_BY_FILE;
  if (query_only_) layers |= DBMUX_BY_SESSION;
  return layers;
}

kit::Failure Connection::stopped() {
  if (interruption_.stop() == Interruption::Stop::deadline)
    return kit::fail(DBMUX_E_TIMEOUT, "the statement ran longer than it may, and was stopped");
  return kit::fail(DBMUX_E_CANCELLED, "the statement was cancelled");
}

kit::Failure Connection::failed(int rc, std::string_view statement) {
  const int primary = rc & 0xff;
  auto reason = [&] {
    if (guard_.refused() && (primary == SQLITE_AUTH || primary == SQLITE_ERROR)) {
      auto refusal = guard_.refusal(statement);
      guard_.forget_refusal();
      return refusal;
    }
    if (primary == SQLITE_INTERRUPT) {
      interruption_.due();
      return stopped();
    }
    if (primary == SQLITE_BUSY && interruption_.lock_wait_failed()) {
      if (interruption_.stop() == Interruption::Stop::cancelled) return stopped();
      const auto how_long = interruption_.stop() == Interruption::Stop::deadline
                                ? std::string("the call's time is over")
                                : "waited " + seconds(interruption_.busy_timeout()) + " for it (busyTimeout)";
      return kit::fail(DBMUX_E_LOCK_TIMEOUT, "the database is locked by another connection; " + how_long)
          .flags(DBMUX_ERR_RETRYABLE)
          .code(rc);
    }
    return failure(db(), rc, statement);
  }();
  if (primary == SQLITE_IOERR && guard_.mode() == Guard::Mode::writing)
    reason->flags |= DBMUX_ERR_MAY_HAVE_RUN;
  if (transaction_ != Transaction::none && !in_transaction()) reason->flags |= DBMUX_ERR_TXN_FAILED;
  return reason;
}

kit::CursorResult Connection::execute(kit::Call call, const dbmux_request& request) {
  if (request.n_sets > 1) return kit::fail(DBMUX_E_UNSUPPORTED, "one set of parameters at a time");
  if (auto open = check_transaction((request.flags & DBMUX_REQ_IN_TXN) != 0); !open) return open.failure();
  auto running = enter(call);
  if (!running) return running.failure();
  const bool reading =
      read_only_ || transaction_ == Transaction::reading || (request.flags & DBMUX_REQ_READ_ONLY) != 0;
  if (auto status = set_query_only(reading); !status) return status.failure();
  const auto text = kit::view(request.text);
  auto statement = compile(text, reading ? Guard::Mode::reading : Guard::Mode::writing);
  if (!statement) return statement.failure();
  if (guard_.seen().session) dirty_ = true;
  auto bound = bind(statement->get(), request.params, request.n_params);
  if (!bound) return bound.failure();
  auto cursor = std::make_unique<StatementCursor>(*this, std::move(*statement), std::move(*running),
                                                  StatementCursor::Shape::of(request));
  if ((request.flags & DBMUX_REQ_DRY_RUN) != 0) {
    cursor->skip();
  } else if (auto status = cursor->start(); !status) {
    return status.failure();
  }
  return std::unique_ptr<kit::Cursor>(std::move(cursor));
}

}  // namespace dbmux::sqlite
