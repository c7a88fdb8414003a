#include <array>
#include <string>

#include "connection.hpp"
#include "error.hpp"
#include "result_cursor.hpp"

namespace dbmux::postgres {

namespace {

constexpr const char* kExtension =
    "SELECT quote_ident(n.nspname) AS schema, string_to_array(e.extversion, '.')::int[] >= '{1,8}' AS "
    "by_execution"
    " FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE "
    "e.extname ="
    " 'pg_stat_statements'";

constexpr const char* kHowToGet =
    "An administrator sets shared_preload_libraries = 'pg_stat_statements' in postgresql.conf (on Debian the "
    "package is "
    "postgresql-contrib), restarts the server, and runs in this database: CREATE EXTENSION "
    "pg_stat_statements;";

// Before version 1.8 the extension counted no planning, and its columns had other names.
std::string statements_query(const std::string& schema, bool by_execution) {
  const std::string time = by_execution ? "exec_time" : "time";
  return "SELECT CASE WHEN s.query = '<insufficient privilege>' THEN format('(of another role; GRANT "
         "pg_monitor TO"
         " %I; shows it)', current_user) ELSE left(s.query, 4000) END AS text, s.calls, round(s.total_" +
         time + "::numeric, 3)::float8 AS total_ms, round(s.mean_" + time +
         "::numeric, 3)::float8 AS mean_ms, s.rows, s.shared_blks_hit AS blocks_from_memory, "
         "s.shared_blks_read AS"
         " blocks_read FROM " +
         schema +
         ".pg_stat_statements s WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname ="
         " current_database()) ORDER BY s.total_" +
         time + " DESC LIMIT 200";
}

constexpr const char* kActivity =
    "SELECT a.pid AS id, a.usename AS user, a.state, a.query AS text, round(1000 * extract(epoch FROM"
    " clock_timestamp() - CASE WHEN a.state = 'active' THEN a.query_start ELSE a.state_change END))::bigint "
    "AS ms,"
    " coalesce((SELECT 'session ' || string_agg(b::text, ', ') FROM unnest(CASE WHEN a.wait_event_type = "
    "'Lock' THEN"
    " pg_blocking_pids(a.pid) END) b), CASE WHEN a.state = 'active' THEN a.wait_event_type || ': ' || "
    "a.wait_event"
    " END) AS waits_for, a.application_name AS application FROM pg_catalog.pg_stat_activity a"
    " WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type IS DISTINCT FROM"
    " 'autovacuum worker' ORDER BY a.state = 'active' DESC NULLS LAST, ms DESC NULLS LAST";

}  // namespace

kit::CursorResult Connection::only_answer(const std::string& text) {
  const std::array texts{text};
  auto replies = ask(texts, {});
  if (!replies) return replies.failure();
  auto& reply = replies->front();
  if (reply.error) return failure(reply.error.get());
  if (!reply.rows) return kit::fail(DBMUX_E_INTERNAL, "the server gave no answer");
  return std::make_unique<ResultCursor>(*this, std::move(reply.rows));
}

kit::CursorResult Connection::top_queries() {
  const std::array<std::string, 1> question{kExtension};
  auto known = ask(question, {});
  if (!known) return known.failure();
  const auto& [rows, error] = known->front();
  if (error) return failure(error.get());
  if (!rows || PQntuples(rows.get()) == 0)
    return kit::fail(DBMUX_E_UNSUPPORTED, "the extension pg_stat_statements is not in this database")
        .hint(kHowToGet);
  auto found =
      only_answer(statements_query(PQgetvalue(rows.get(), 0, 0), *PQgetvalue(rows.get(), 0, 1) == 't'));
  if (found) return found;
  auto reason = found.failure();
  // The extension is there and its library is not.
  if (std::string_view(reason->sqlstate) == "55000")
    return kit::fail(DBMUX_E_UNSUPPORTED, reason->message).hint(kHowToGet);
  return reason;
}

kit::CursorResult Connection::activity() { return only_answer(kActivity); }

}  // namespace dbmux::postgres
