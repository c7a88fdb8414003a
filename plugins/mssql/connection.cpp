#include "connection.hpp"

#include <algorithm>
#include <array>

#include "error.hpp"
#include "read_only.hpp"
#include "result_cursor.hpp"
#include "source.hpp"

namespace dbmux::mssql {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kPatience = kSecond;  // for the answer to an attention

// What ODBC drivers set and db-lib does not: the statement means the same whoever sends it.
constexpr const char* kSettings =
    "SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON "
    "SET NUMERIC_ROUNDABORT OFF "
    "SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)), CAST(SERVERPROPERTY('Edition') AS "
    "nvarchar(128)), "
    "CAST(SUSER_SNAME() AS nvarchar(128)), CAST(IS_SRVROLEMEMBER('sysadmin') AS int)";

class Login final : public Reception {
 public:
  explicit Login(kit::Call call) : call_(call) {}
  Patience waited_in_vain() override {
    cancelled = call_.cancelled();
    timed_out = !cancelled && call_.expired();
    return cancelled || timed_out ? Patience::close : Patience::wait;
  }
  bool cancelled = false, timed_out = false;

 private:
  kit::Call call_;
};

// Few different values, because each is a part of the library's configuration.
int connect_seconds(kit::Call call) {
  constexpr std::array kSteps{15, 8, 4, 2, 1};
  if (call.deadline_ns() == INT64_MAX) return kSteps.front();
  const auto half = (call.deadline_ns() - kit::now_ns()) / 2;
  for (const int step : kSteps)
    if (step * kSecond <= half) return step;
  return kSteps.back();
}

dbmux_request request_of(std::string_view text) {
  dbmux_request r{};
  r.size = sizeof r;
  r.text = kit::str(text);
  return r;
}

}  // namespace

kit::Result<std::unique_ptr<Connection>> Connection::open(const Source& source, kit::Call call,
                                                          bool read_only) {
  const auto& options = source.options();
  auto library = ClientLibrary::instance();
  if (!library) return library.failure();
  if (call.cancelled()) return kit::fail(DBMUX_E_CANCELLED, "the login was cancelled");
  if (call.expired()) return kit::fail(DBMUX_E_TIMEOUT, "there was no time left to connect");
  auto asked = options.password_secret.empty() ? kit::Result<kit::Secret>(kit::Secret(0))
                                               : call.secret(options.password_secret);
  if (!asked) return asked.failure();
  std::unique_ptr<Connection> connection(new Connection(source, read_only));
  auto& c = *connection;
  Login login(call);
  c.process_ = (*library)->open(options, *asked, connect_seconds(call), login, c);
  if (!c.process_) return login_failure(login, options, login.timed_out || call.expired(), login.cancelled);
  dbsetinterrupt(
      c.process(),
      [](void* process) {
        auto* self = static_cast<Connection*>(
            reinterpret_cast<Reception*>(dbgetuserdata(static_cast<DBPROCESS*>(process))));
        return self->time_to_act() ? 1 : 0;
      },
      [](void*) { return static_cast<int>(INT_CANCEL); });
  if (auto status = c.prepare_session(call); !status) return status.failure();
  return connection;
}

kit::Status Connection::prepare_session(kit::Call call) {
  auto cursor = query_own(call, request_of(kSettings));
  if (!cursor) return cursor.failure();
  auto batch = (*cursor)->next_batch(call);
  if (!batch) return batch.failure();
  if (batch->rows == 1 && batch->columns == 4) {
    version_ = kit::view(batch->cells[0]);
    product_ = "Microsoft SQL Server " + std::string(kit::view(batch->cells[1]));
    user_ = kit::view(batch->cells[2]);
    superuser_ = batch->cells[3].kind == DBMUX_I64 && batch->cells[3].u.i64 == 1;
  }
  return (*cursor)->close(call);
}

kit::Result<kit::Info> Connection::info(kit::Call) {
  kit::Info i;
  i.capabilities = DBMUX_CAP_SERVER_CANCEL | DBMUX_CAP_READ_ONLY | DBMUX_CAP_MULTI_RESULT;
  i.product = product_;
  i.version = version_;
  i.dialect = "tsql";
  i.user = user_;
  i.privileges = superuser_ ? DBMUX_PRIV_SUPERUSER | DBMUX_PRIV_WRITE : DBMUX_PRIV_UNKNOWN;
  return i;
}

kit::Status Connection::ping(kit::Call call) {
  auto cursor = query_own(call, request_of("SELECT 1"));
  if (!cursor) return cursor.failure();
  auto batch = (*cursor)->next_batch(call);
  auto closed = (*cursor)->close(call);
  if (!batch) return batch.failure();
  return closed;
}

// The library asks this once a second while it waits for the rest of an answer; the first of it is waited for
// in Interruption::wait_readable, which ends at once.
bool Connection::time_to_act() {
  return stopping_ ? kit::now_ns() >= patience_ends_ns_ : interruption_.due();
}

Reception::Patience Connection::waited_in_vain() {
  if (!time_to_act()) return Patience::wait;
  if (std::exchange(stopping_, true)) return Patience::close;
  patience_ends_ns_ = kit::now_ns() + kPatience;
  return Patience::attention;
}

void Connection::stop() {
  if (dead()) return;
  if (!stopping_) patience_ends_ns_ = kit::now_ns() + kPatience;
  stopping_ = true;
  dbcancel(process());
  stopping_ = false;
}

kit::Failure Connection::failed() {
  const auto why = interruption_.due() ? interruption_.stop() : Interruption::Stop::none;
  const bool told = !errors.empty();
  stop();
  const std::uint32_t dead_flag = dead() ? std::uint32_t{DBMUX_ERR_CONN_DEAD} : 0u;
  if (why == Interruption::Stop::deadline && !told)
    return kit::fail(DBMUX_E_TIMEOUT, "the statement ran longer than it may, and was stopped")
        .flags(dead_flag);
  if (why == Interruption::Stop::cancelled && !told)
    return kit::fail(DBMUX_E_CANCELLED, "the statement was cancelled").flags(dead_flag);
  return failure(*this, dead());
}

bool Connection::roll_back_bracket() {
  if (dead()) return false;
  stopping_ = true;  // no call may hold it up: a second, then the session is given up
  patience_ends_ns_ = kit::now_ns() + kPatience;
  dbcmd(process(), "IF @@TRANCOUNT > 0 ROLLBACK TRAN");
  if (dbsqlexec(process()) == SUCCEED)
    while (dbresults(process()) == SUCCEED) dbcanquery(process());
  if (!dead()) dbcancel(process());
  stopping_ = false;
  return !dead();
}

void Connection::tell_notices(kit::Call call) {
  for (const auto& n : notices) call.notice(DBMUX_LOG_INFO, n.number, n.text);
  notices.clear();
}

kit::Status Connection::send(const std::string& text, Parameters* parameters) {
  auto* const p = process();
  forget();
  dbfreebuf(p);
  if (interruption_.due()) return failed();
  const bool sent = parameters && !parameters->empty()
                        ? parameters->send(p, text) == SUCCEED
                        : dbcmd(p, text.c_str()) == SUCCEED && dbsqlsend(p) == SUCCEED;
  if (!sent || !interruption_.wait_readable(dbiordesc(p)) || dbsqlok(p) == FAIL) {
    return failed();
  }
  return {};
}

kit::CursorResult Connection::execute(kit::Call call, const dbmux_request& request) {
  const auto text = kit::view(request.text);
  if (const auto language = kit::view(request.language); !language.empty() && language != "tsql")
    return kit::fail(DBMUX_E_UNSUPPORTED, "the language here is tsql, not " + std::string(language));
  if (request.flags & DBMUX_REQ_DRY_RUN)
    return kit::fail(DBMUX_E_UNSUPPORTED, "statements cannot be checked without running them");
  if (request.flags & DBMUX_REQ_IN_TXN)
    return kit::fail(DBMUX_E_UNSUPPORTED, "transactions over several calls are not offered");
  if (request.n_sets > 1) return kit::fail(DBMUX_E_UNSUPPORTED, "one set of parameters at a time");
  if (text.find('\0') != std::string_view::npos)
    return kit::fail(DBMUX_E_INVALID, "the statement holds a NUL character");
  if (Tokens(text).next().kind == Token::Kind::end)
    return kit::fail(DBMUX_E_INVALID, "there is no statement in the text");
  const bool reading = read_only_ || (request.flags & DBMUX_REQ_READ_ONLY);
  if (reading)
    if (auto status = check_reads_only(text); !status) return status.failure();
  auto parameters = Parameters::from(request);
  if (!parameters) return parameters.failure();
  auto running = run(interruption_, call);
  // On the statement's own first line, so that the server counts lines as its author does.
  auto whole = parameters->declarations();
  whole += reading ? "BEGIN TRAN; " + std::string(text) + "\n;ROLLBACK TRAN" : std::string(text);
  auto status = send(whole, &*parameters);
  const bool changes = !reading && may_change_session(text);
  auto cursor = std::make_unique<ResultCursor>(*this, call, std::move(running),
                                               ResultCursor::Shape::of(request, reading, changes));
  if (status) status = cursor->start();
  if (status) return kit::CursorResult(std::move(cursor));
  auto reason = status.failure();
  tell_notices(call);
  if (!reading && dead()) reason->flags |= DBMUX_ERR_MAY_HAVE_RUN;
  if (reading && !roll_back_bracket()) reason->flags |= DBMUX_ERR_CONN_DEAD;
  return reason;
}

kit::CursorResult Connection::query_own(kit::Call call, const dbmux_request& request) {
  auto parameters = Parameters::from(request);
  if (!parameters) return parameters.failure();
  auto running = run(interruption_, call);
  auto status = send(parameters->declarations() + std::string(kit::view(request.text)), &*parameters);
  auto cursor = std::make_unique<ResultCursor>(*this, call, std::move(running),
                                               ResultCursor::Shape::of(request, false, false));
  if (status) status = cursor->start();
  if (!status) return status.failure();
  return kit::CursorResult(std::move(cursor));
}

}  // namespace dbmux::mssql
