#include "connection.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "error.hpp"
#include "source.hpp"
#include "statement_cursor.hpp"
#include "types.hpp"

namespace dbmux::postgres {

namespace {

constexpr std::array kBeginReading{"BEGIN READ ONLY"};
constexpr std::array kEndReading{"ROLLBACK"};
constexpr std::array kBegin{"BEGIN"};
constexpr std::array kCommit{"COMMIT"};
// Within a transaction that writes: what the savepoint undoes includes READ ONLY.
constexpr std::array kBeginReadingInside{"SAVEPOINT dbmux_read", "SET TRANSACTION READ ONLY"};
constexpr const char* kAlone = "SET LOCAL synchronize_seqscans = off";
constexpr const char* kUndivided = "SET LOCAL max_parallel_workers_per_gather = 0";
constexpr std::array kAsTheyLie{kAlone, kUndivided};
constexpr std::array kBeginAsTheyLie{kBeginReading[0], kAlone, kUndivided};
constexpr std::array kBeginAsTheyLieInside{kBeginReadingInside[0], kBeginReadingInside[1], kAlone,
                                           kUndivided};
constexpr std::array kEndReadingInside{"ROLLBACK TO SAVEPOINT dbmux_read", "RELEASE SAVEPOINT dbmux_read"};

constexpr std::int64_t kMs = 1'000'000, kSecond = 1'000 * kMs;
constexpr std::int64_t kSideQuestionNs = 1 * kSecond;
constexpr std::int64_t kLateNs = 800 * kMs;
constexpr std::int64_t kFirstPatienceNs = 20 * kMs;

// What statement_timeout should be for a call: its time, rounded up so that it seldom changes, and a second
// more.
std::int64_t server_limit_ms(std::int64_t deadline_ns) {
  if (deadline_ns == INT64_MAX) return 0;
  const auto needed = std::max<std::int64_t>(0, deadline_ns - kit::now_ns()) / kMs + 1000;
  std::int64_t limit = 5000;
  while (limit < needed && limit < INT32_MAX / 2) limit *= 2;
  return limit;
}

// Cells and strings are read on the terms of these.
std::string session_settings(bool read_only, std::int64_t limit_ms) {
  std::string settings =
      "-c DateStyle=ISO -c IntervalStyle=iso_8601 -c bytea_output=hex -c standard_conforming_strings=on"
      " -c extra_float_digits=1 -c statement_timeout=" +
      std::to_string(limit_ms);
  if (read_only) settings += " -c default_transaction_read_only=on";
  return settings;
}

}  // namespace

kit::Result<std::unique_ptr<Connection>> Connection::open(Source& source, kit::Call call, bool read_only) {
  std::unique_ptr<Connection> connection(new Connection(source, read_only));
  auto& c = *connection;
  auto running = c.enter(call);
  if (!running) return running.failure();
  if (auto opened = c.open_wire(call); !opened) return opened.failure();
  PQsetNoticeReceiver(c.wire_->get(), on_notice, &c);
  if (auto learned = c.learn_facts(); !learned) return learned.failure();
  if (c.pooled_ || !source.options().session.empty()) c.prelude_.emplace(source.options().session, c.pooled_);
  return connection;
}

kit::Status Connection::open_wire(kit::Call call) {
  const auto& options = source_.options();
  std::optional<kit::Secret> password;
  if (!options.password_name.empty()) {
    auto secret = call.secret(options.password_name);
    if (!secret) return secret.failure();
    if (secret->view().find('\0') != std::string_view::npos)
      return kit::fail(DBMUX_E_AUTH, "the password holds a NUL character");
    password.emplace(std::move(*secret));
  }
  // Most often the call that opens the session is also the first to use it.
  first_limit_ms_ = limit_ms_ = server_limit_ms(call.deadline_ns());
  pooled_ = source_.pooled();
  const auto dial = [&] {
    return source_.dialler().open(
        password ? password->c_str() : nullptr,
        pooled_ ? std::string() : session_settings(read_only_ && options.layers.session, limit_ms_),
        !read_only_, interruption_);
  };
  auto wire = dial();
  if (!wire) {
    auto refused = wire.failure();
    const bool no_settings = refused->message.find("unsupported startup parameter") != std::string::npos;
    if (pooled_ || options.pooler == "none" || !no_settings) return refused;
    pooled_ = true;
    source_.found_pooler();
    wire = dial();
    if (!wire) return wire.failure();
  }
  wire_ = std::move(*wire);
  return {};
}

kit::Status Connection::learn_facts() {
  auto facts = exchange(
      {"SELECT pg_backend_pid(), session_user, (SELECT rolsuper FROM pg_roles WHERE rolname = session_user),"
       " pg_is_in_recovery(), current_setting('server_version')"});
  if (!facts) return facts.failure();
  const auto* result = facts->get();
  if (!result || PQntuples(result) != 1)
    return kit::fail(DBMUX_E_CONNECTION, "the server does not answer like PostgreSQL");
  cancellable_ = std::atoi(PQgetvalue(result, 0, 0)) == PQbackendPID(wire_->get());
  if (!cancellable_ && source_.options().pooler != "none") {
    pooled_ = true;
    source_.found_pooler();
  }
  user_ = PQgetvalue(result, 0, 1);
  superuser_ = PQgetvalue(result, 0, 2)[0] == 't';
  replica_ = PQgetvalue(result, 0, 3)[0] == 't';
  version_ = PQgetvalue(result, 0, 4);
  return {};
}

void Connection::on_notice(void* self, const PGresult* result) {
  const auto& call = static_cast<Connection*>(self)->interruption_.call();
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (!call || !message) return;
  const std::string_view level = severity ? severity : "";
  const int number = level == "WARNING"                     ? DBMUX_LOG_WARN
                     : level == "NOTICE" || level == "INFO" ? DBMUX_LOG_INFO
                                                            : DBMUX_LOG_DEBUG;
  call->notice(number, 0, message);
}

kit::Result<RunningCall> Connection::enter(kit::Call call) {
  auto running = run(interruption_, call);
  if (const auto due = interruption_.due(); due != Ready::yes) return stopped(due);
  if (wire_ && wire_->dead()) return wire_->lost();
  if (prelude_ && !in_transaction()) process_.clear();
  if (prelude_)
    if (auto filled = prelude_->fill(call.principal(), server_limit_ms(call.deadline_ns())); !filled)
      return filled.failure();
  return running;
}

kit::Failure Connection::stopped(Ready why) {
  if (why == Ready::deadline)
    return kit::fail(DBMUX_E_TIMEOUT, "the statement ran longer than it may, and was stopped");
  return kit::fail(DBMUX_E_CANCELLED, "the statement was cancelled");
}

kit::Result<ResultHandle> Connection::exchange(std::initializer_list<const char*> commands, Waiter& waiter) {
  for (const char* command : commands) {
    if (auto sent = wire_->send(command); !sent) return sent.failure();
    if (auto sent = wire_->sync(); !sent) return sent.failure();
  }
  return finished(waiter);
}

kit::Result<ResultHandle> Connection::look_up(const char* query, const Parameters& parameters) {
  if (auto sent = wire_->send(query, &parameters); !sent) return sent.failure();
  if (auto sent = wire_->sync(); !sent) return sent.failure();
  return finished(interruption_);
}

kit::Result<ResultHandle> Connection::finished(Waiter& waiter) {
  auto end = wire_->finish(waiter);
  if (end.ready == Ready::lost) return wire_->lost();
  if (end.ready != Ready::yes) {
    // These are short: rather than to be cancelled, they may end a little late.
    Until grace(kit::now_ns() + kLateNs);
    auto reason = stopped(end.ready);
    if (wire_->finish(grace).ready == Ready::yes) return reason;
    wire_->give_up();
    return std::move(reason).flags(DBMUX_ERR_CONN_DEAD);
  }
  if (end.error) return failure(end.error.get());
  return std::move(end.rows);
}

kit::Result<ResultHandle> Connection::exchange(std::initializer_list<const char*> commands) {
  return exchange(commands, interruption_);
}

kit::Result<kit::Info> Connection::info(kit::Call call) {
  auto running = enter(call);
  if (!running) return running.failure();
  auto writes = exchange(
      {"SELECT (SELECT rolcreaterole OR rolcreatedb OR rolreplication FROM pg_catalog.pg_roles WHERE"
       " rolname = current_user) OR pg_has_role('pg_execute_server_program', 'member') OR"
       " pg_has_role('pg_write_server_files', 'member') OR pg_has_role('pg_signal_backend', 'member') OR"
       " has_database_privilege(current_database(), 'CREATE') OR EXISTS (SELECT FROM"
       " pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND has_schema_privilege(oid, 'CREATE')) OR"
       " EXISTS (SELECT FROM "
       "pg_catalog.pg_class c JOIN"
       " pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','p','v','m','f') "
       "AND n.nspname !~ '^pg_'"
       " AND n.nspname <> 'information_schema' AND has_table_privilege(c.oid, "
       "'INSERT,UPDATE,DELETE,TRUNCATE' || CASE WHEN current_setting('server_version_num')::int >= 170000 "
       "THEN"
       " ',MAINTAIN' ELSE '' END)),"
       " CASE WHEN NOT pg_is_in_recovery() THEN NULL"
       " WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM "
       "pg_stat_wal_receiver) THEN 0"
       " ELSE (1e9 * extract(epoch FROM now() - pg_last_xact_replay_timestamp()))::bigint END"});
  if (!writes) return writes.failure();
  kit::Info i;
  i.capabilities = DBMUX_CAP_TXN | DBMUX_CAP_READ_ONLY | DBMUX_CAP_DRY_RUN;
  if (!prelude_) i.capabilities |= DBMUX_CAP_SETS;
  if (cancellable_ || pooled_) i.capabilities |= DBMUX_CAP_SERVER_CANCEL;
  i.product = "PostgreSQL";
  i.version = version_;
  i.dialect = "postgresql";
  i.user = user_;
  i.role = replica_ ? DBMUX_ROLE_REPLICA : DBMUX_ROLE_PRIMARY;
  if (superuser_) i.privileges |= DBMUX_PRIV_SUPERUSER | DBMUX_PRIV_WRITE;
  if (PQgetvalue(writes->get(), 0, 0)[0] == 't') i.privileges |= DBMUX_PRIV_WRITE;
  if (!PQgetisnull(writes->get(), 0, 1)) i.lag_ns = std::atoll(PQgetvalue(writes->get(), 0, 1));
  return i;
}

kit::Status Connection::ping(kit::Call call) {
  auto running = enter(call);
  if (!running) return running.failure();
  if (auto pong = exchange({""}); !pong) return pong.failure();
  return {};
}

kit::Status Connection::reset(kit::Call call) {
  auto running = enter(call);
  if (!running) return running.failure();
  const bool inside = wire_->transaction() != PQTRANS_IDLE;
  transaction_ended();
  if (pooled_) dirty_ = false;  // the session's settings are another's by now
  if (!inside && !dirty_) return {};
  auto done = inside && dirty_ ? exchange({"ROLLBACK", "DISCARD ALL"})
              : inside         ? exchange({"ROLLBACK"})
                               : exchange({"DISCARD ALL"});
  if (!done) return done.failure();
  if (dirty_) limit_ms_ = first_limit_ms_;
  dirty_ = false;
  return {};
}

kit::Status Connection::limit_time() {
  const auto wanted = server_limit_ms(interruption_.deadline_ns());
  const bool fits = wanted == 0 ? limit_ms_ == 0 : limit_ms_ >= wanted && limit_ms_ <= 4 * wanted;
  if (fits || wire_->transaction() == PQTRANS_INERROR || (pooled_ && !in_transaction())) return {};
  const auto text =
      (pooled_ ? "SET LOCAL statement_timeout = " : "SET statement_timeout = ") + std::to_string(wanted);
  if (auto set = exchange({text.c_str()}); !set) return set.failure();
  limit_ms_ = wanted;
  limit_set_inside_ = in_transaction();
  return {};
}

void Connection::transaction_ended() {
  transaction_ = Transaction::none;
  if (limit_set_inside_) limit_ms_ = -1;
  limit_set_inside_ = false;
}

std::string Connection::type_name(Oid type, int modifier) {
  const auto until = std::min(interruption_.deadline_ns(), kit::now_ns() + kSideQuestionNs);
  return source_.sibling().type_name(type, modifier, *wire_, until);
}

Sibling::Cancelled Connection::ask_to_stop(std::int64_t until_ns) {
  auto& sibling = source_.sibling();
  if (!pooled_) return cancellable_ ? sibling.cancel(*wire_, until_ns) : Sibling::Cancelled();
  if (process_.empty()) return {};
  return sibling.cancel_transaction(process_, transaction_began_, *wire_, until_ns);
}

void Connection::learn_process(const PGresult* answer) {
  const int n = PQnfields(answer);
  if (!pooled_ || PQntuples(answer) != 1 || n < 2) return;
  process_ = PQgetvalue(answer, 0, n - 2);
  transaction_began_ = PQgetvalue(answer, 0, n - 1);
}

Connection::Stopped Connection::stop_flight(const Brackets& brackets, std::int64_t until_ns) {
  Stopped how;
  // A server that has not begun the statement yet ignores a cancel, so it is repeated.
  ResultHandle error;
  for (std::int64_t patience = kFirstPatienceNs; wire_->busy() && !wire_->dead(); patience *= 2) {
    const auto asked = ask_to_stop(until_ns);
    if (how.blockers.empty()) how.blockers = asked.blockers;
    Until slice(std::min(until_ns, kit::now_ns() + patience));
    auto end = wire_->finish(slice);
    if (end.error && !error) error = std::move(end.error);
    if (end.ready != Ready::yes && (!asked.reached || kit::now_ns() >= until_ns)) wire_->give_up();
  }
  if (wire_->dead()) return how;
  how.ran = !error || !is_cancelled(error.get());
  Until until(until_ns);
  settle(brackets, true, until);
  how.usable = !wire_->dead();
  return how;
}

void Connection::settle(const Brackets& brackets, bool cancelled, Waiter& waiter) {
  // A cancel that came too late for its statement hits one of these, which are repeated.
  constexpr int kAttempts = 4;
  for (int attempt = 0; attempt < kAttempts && !wire_->dead(); ++attempt) {
    const auto expected = in_transaction() ? PQTRANS_INTRANS : PQTRANS_IDLE;
    const auto& commands = brackets.undo.empty() ? brackets.after : brackets.undo;
    const bool undo = wire_->transaction() != expected && !commands.empty();
    if (!undo && !cancelled) return;
    bool sent = true;
    if (undo)
      for (const char* command : commands) sent = sent && wire_->send(command);
    else
      sent = static_cast<bool>(wire_->send(""));
    if (!sent || !wire_->sync()) break;
    const auto end = wire_->finish(waiter);
    if (end.ready != Ready::yes) break;
    if (!end.error) return;
    // A transaction that had failed before stays so.
    if (!is_cancelled(end.error.get()) && in_transaction()) return;
    if (!is_cancelled(end.error.get())) break;
  }
  wire_->give_up();
}

Brackets Connection::brackets_for_writing(std::string_view statement) const {
  if (!prelude_ || in_transaction() || runs_alone(statement)) return {};
  return {kBegin, kCommit, 0, &*prelude_, kEndReading};
}

Brackets Connection::brackets_for_reading(bool as_they_lie) const {
  const std::uint32_t session = read_only_ && !pooled_ ? std::uint32_t{DBMUX_BY_SESSION} : 0;
  const auto& layers = source_.options().layers;
  if (transaction_ == Transaction::none && (!layers.transaction || !layers.rollback))
    return {layers.transaction ? std::span<const char* const>(kBeginReading) : kBegin,
            layers.rollback ? std::span<const char* const>(kEndReading) : kCommit, session,
            prelude_ ? &*prelude_ : nullptr};
  if (transaction_ == Transaction::none)
    return {as_they_lie ? std::span<const char* const>(kBeginAsTheyLie) : kBeginReading, kEndReading,
            session | DBMUX_BY_TRANSACTION | DBMUX_BY_ROLLBACK, prelude_ ? &*prelude_ : nullptr};
  if (transaction_ == Transaction::reading)
    return {as_they_lie ? std::span<const char* const>(kAsTheyLie) : std::span<const char* const>(),
            {},
            session | DBMUX_BY_TRANSACTION};
  return {as_they_lie ? std::span<const char* const>(kBeginAsTheyLieInside) : kBeginReadingInside,
          kEndReadingInside, session | DBMUX_BY_TRANSACTION | DBMUX_BY_ROLLBACK};
}

kit::Result<std::vector<Oid>> Connection::types_of(std::span<const dbmux_param> params) {
  std::vector<Oid> types;
  for (const auto& p : params) {
    const auto name = kit::view(p.type);
    if (name.empty()) {
      types.push_back(0);
      continue;
    }
    auto known = built_in_type(name);
    if (!known) {
      Parameters text;
      text.add(name, oid::kText);
      auto found = look_up("SELECT pg_catalog.to_regtype($1)::oid", text);
      if (!found) return found.failure();
      if (!PQgetisnull(found->get(), 0, 0))
        known = static_cast<Oid>(std::strtoul(PQgetvalue(found->get(), 0, 0), nullptr, 10));
    }
    if (!known)
      return kit::fail(DBMUX_E_INVALID, "there is no type '" + std::string(name) + "'")
          .object(std::string(name));
    types.push_back(*known);
  }
  return types;
}

kit::CursorResult Connection::execute(kit::Call call, const dbmux_request& request) {
  const bool reading = (request.flags & DBMUX_REQ_READ_ONLY) != 0;
  if (auto open = check_transaction((request.flags & DBMUX_REQ_IN_TXN) != 0); !open) return open.failure();
  const auto text = kit::view(request.text);
  auto running = enter(call);
  if (!running) return running.failure();
  auto judged = reading ? judge(text) : judge_write(text);
  if (!judged) return judged.failure();
  const auto& outline = (*judged)->outline;
  if (auto fit = check_parameters(request, outline.parameters); !fit) return fit.failure();
  if (request.flags & DBMUX_REQ_DRY_RUN)
    return dry_run(std::move(*running), request,
                   reading && (*judged)->by_parser ? std::uint32_t{DBMUX_BY_PARSER} : 0);
  if (pooled_ && outline.dirties_session && outline.verb != "CALL" && outline.verb != "DO")
    return kit::fail(DBMUX_E_UNSUPPORTED,
                     outline.verb + " here would be left to others: behind a pooler a session is shared")
        .hint(
            "Settings per call stand in the profile (session: {…}); temporary tables need a connection "
            "without a pooler.");
  if (request.n_sets > 1 && prelude_ && !in_transaction())
    return kit::fail(
        DBMUX_E_UNSUPPORTED,
        "several sets of parameters need a transaction of their own behind a pooler, and with settings of "
        "a call");
  if (request.n_sets > 1) {
    dirty_ = dirty_ || outline.dirties_session;
    return execute_sets(*running, request, outline.changes_catalog);
  }
  std::string statement(text);
  auto parameters = bound(statement, {request.params, request.n_params});
  if (!parameters) return parameters.failure();
  if (auto limited = limit_time(); !limited) return limited.failure();
  dirty_ = dirty_ || outline.dirties_session;
  if (!reading && (outline.changes_catalog || outline.dirties_session)) source_.names().forget();
  StatementCursor::Job job{std::move(statement),
                           reading ? brackets_for_reading() : brackets_for_writing(text), reading,
                           outline.changes_catalog};
  if ((*judged)->by_parser) job.brackets.enforced_by |= DBMUX_BY_PARSER;
  auto cursor = std::make_unique<StatementCursor>(*this, std::move(*running), std::move(job),
                                                  StatementCursor::Shape::of(request));
  if (auto started = cursor->start(*parameters); !started)
    return in_words_of_parameters(started.failure(), *parameters);
  return std::unique_ptr<kit::Cursor>(std::move(cursor));
}

}  // namespace dbmux::postgres
