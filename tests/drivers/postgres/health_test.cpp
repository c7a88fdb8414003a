#include <cstdlib>
#include <map>

#include "own_server.hpp"
#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

struct Finding {
  std::string status, value, advice;
};

// Each check is seen to be quiet, then its condition is made real.
class PostgresHealth : public PostgresTest {
 protected:
  std::map<std::string, Finding> findings(Conn& conn) {
    Call call({}, Clock::now() + std::chrono::seconds(25));
    std::map<std::string, Finding> found;
    auto cursor = conn.introspect(call, Meta::health, {});
    if (!cursor) {
      ADD_FAILURE() << cursor.error().message;
      return found;
    }
    const auto table = fetch(**cursor);
    if (!table) {
      ADD_FAILURE() << table.error().message;
      return found;
    }
    for (std::size_t r = 0; r < table->rows.size(); ++r)
      found[table->at(r, "check").bytes] = {table->at(r, "status").bytes, table->at(r, "value").bytes,
                                            table->at(r, "advice").bytes};
    return found;
  }
  Finding check(const std::string& name) { return findings(*conn_)[name]; }
  std::string admin(const std::string& statement) { return ask(admin_.get(), statement); }
  void expect_quiet(const std::string& name) {
    const auto f = check(name);
    EXPECT_EQ(f.status, "ok") << name << ": " << f.value;
    EXPECT_EQ(f.advice, "") << name;
  }
  // Statistics come a moment after what they count.
  void expect_found(const std::string& name, const std::string& status, const std::string& object,
                    const std::string& advice) {
    Finding f;
    for (int tries = 0; tries < 100; ++tries) {
      f = check(name);
      if (f.status == status && f.value.find(object) != std::string::npos) break;
      admin("SELECT pg_sleep(0.1)");
    }
    EXPECT_EQ(f.status, status) << name << ": " << f.value;
    EXPECT_NE(f.value.find(object), std::string::npos) << name << ": " << f.value;
    EXPECT_NE(f.advice.find(advice), std::string::npos) << name << ": " << f.advice;
  }

  // Until the question has this answer: what is counted, and what a replica has, comes a moment later.
  static void wait_for(PGconn* session, const std::string& question, const std::string& answer) {
    for (int tries = 0; tries < 200 && ask(session, question) != answer; ++tries)
      ask(session, "SELECT pg_sleep(0.1)");
    ASSERT_EQ(ask(session, question), answer) << question;
  }

  std::unique_ptr<Conn> conn_ = connect(true);
  Session admin_ = admin_session(database_.name());
};

TEST_F(PostgresHealth, AnIndexWhoseConcurrentBuildFailed) {
  expect_quiet("invalid indexes");
  admin("CREATE TABLE t (a int)");
  admin("INSERT INTO t VALUES (1), (1)");
  EXPECT_THROW(admin("CREATE UNIQUE INDEX CONCURRENTLY \"Half made\" ON t (a)"), std::runtime_error);
  expect_found("invalid indexes", "warn", "public.\"Half made\" on t",
               "REINDEX INDEX CONCURRENTLY public.\"Half made\"");
  admin("DROP INDEX \"Half made\"");
  expect_quiet("invalid indexes");
}

TEST_F(PostgresHealth, AnIndexLikeAnother) {
  admin("CREATE TABLE t (a int PRIMARY KEY, b int, c text)");
  admin("CREATE INDEX one ON t (b, lower(c)) WHERE b > 0");
  admin("CREATE INDEX other_order ON t (b DESC, lower(c)) WHERE b > 0");
  admin("CREATE INDEX other_rows ON t (b, lower(c)) WHERE b > 1");
  admin("CREATE INDEX other_method ON t USING hash (b)");
  expect_quiet("duplicate indexes");
  admin("CREATE INDEX two ON t (b, lower(c)) WHERE b > 0");
  expect_found("duplicate indexes", "warn", "public.two is like one", "DROP INDEX CONCURRENTLY public.two;");
  EXPECT_EQ(check("duplicate indexes").value, "public.two is like one");
  admin("DROP INDEX two");
  admin("CREATE UNIQUE INDEX like_the_key ON t (a)");
  expect_found("duplicate indexes", "warn", "public.like_the_key is like t_pkey", "public.like_the_key");
}

TEST_F(PostgresHealth, AnIndexThatNobodyUses) {
  admin("CREATE TABLE t (a int PRIMARY KEY, b int)");
  admin("INSERT INTO t SELECT g, g FROM generate_series(1, 60000) g");
  admin("CREATE INDEX idle ON t (b)");
  expect_quiet("unused indexes");
  for (int i = 0; i < 120; ++i) admin("SELECT a FROM t WHERE a = 7");
  expect_found("unused indexes", "warn", "public.idle on t (1", "DROP INDEX CONCURRENTLY public.idle;");
  admin("SET enable_seqscan = off");
  admin("SELECT a FROM t WHERE b = 7");
  for (int tries = 0; tries < 100 && check("unused indexes").status != "ok"; ++tries)
    admin("SELECT pg_sleep(0.1)");
  expect_quiet("unused indexes");
}

TEST_F(PostgresHealth, AnIndexThatIsMostlyEmptyAndATableFullOfDeadRows) {
  admin("CREATE TABLE t (a bigint PRIMARY KEY) WITH (autovacuum_enabled = off)");
  admin("INSERT INTO t SELECT g FROM generate_series(1, 300000) g");
  wait_for(admin_.get(), "SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 't'", "300000");
  admin("VACUUM ANALYZE t");
  expect_quiet("bloated indexes");
  expect_quiet("vacuum");
  admin("DELETE FROM t WHERE a % 20 <> 0");
  expect_found("vacuum", "warn", "public.t: 285000 dead rows beside 15000, last vacuumed 20",
               "VACUUM (ANALYZE) public.t;");
  admin("VACUUM ANALYZE t");
  expect_found("bloated indexes", "warn", "public.t_pkey: about ",
               "REINDEX INDEX CONCURRENTLY public.t_pkey;");
  admin("REINDEX INDEX t_pkey");
  for (int tries = 0; tries < 100 && check("vacuum").status != "ok"; ++tries) admin("SELECT pg_sleep(0.1)");
  expect_quiet("bloated indexes");
  expect_quiet("vacuum");
}

TEST_F(PostgresHealth, ASequenceNearItsEndOrNearThatOfItsColumn) {
  admin("CREATE SCHEMA shop");
  admin("CREATE SEQUENCE shop.short AS smallint");
  admin("CREATE TABLE shop.bills (id int, note text)");
  admin("CREATE SEQUENCE shop.bills_id OWNED BY shop.bills.id");
  admin("CREATE SEQUENCE round_and_round MAXVALUE 10 CYCLE");
  admin("SELECT setval('round_and_round', 10)");
  admin("SELECT setval('shop.short', 20000)");
  expect_quiet("sequences");
  admin("SELECT setval('shop.short', 27000)");
  expect_found("sequences", "warn", "shop.short: 82.4 % used (27000 of 32767)",
               "ALTER SEQUENCE shop.short AS bigint");
  admin("SELECT setval('shop.short', 1)");
  admin("SELECT setval('shop.bills_id', 2061584302)");
  expect_found("sequences", "fail", "shop.bills_id: 96.0 % used (2061584302 of 2147483647)",
               "ALTER TABLE shop.bills ALTER COLUMN id TYPE bigint");
}

TEST_F(PostgresHealth, ASessionThatWaitsForAnother) {
  expect_quiet("locks");
  admin("CREATE TABLE t (a int)");
  admin("BEGIN");
  admin("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
  const auto blocker = admin("SELECT pg_backend_pid()");
  const auto waiting = admin_session(database_.name());
  const auto waits = ask(waiting.get(), "SELECT pg_backend_pid()");
  ASSERT_EQ(PQsendQuery(waiting.get(), "SELECT a FROM t"), 1);
  expect_found("locks", "warn", "session " + waits + " waits for " + blocker,
               "SELECT pg_terminate_backend(" + blocker + ")");
  EXPECT_NE(check("locks").value.find("SELECT a FROM t"), std::string::npos);
  admin("ROLLBACK");
  while (const Answer rest{PQgetResult(waiting.get())}) continue;
  expect_quiet("locks");
}

TEST_F(PostgresHealth, ATransactionThatHoldsDeadRowsBack) {
  expect_quiet("long transactions");
  const auto old = admin_session(database_.name());
  ask(old.get(), "BEGIN ISOLATION LEVEL REPEATABLE READ");
  const auto pid = ask(old.get(), "SELECT pg_backend_pid() FROM pg_class LIMIT 1");
  admin("CREATE TABLE t (a int)");
  admin(
      "DO $$ BEGIN FOR i IN 1..101000 LOOP BEGIN INSERT INTO t VALUES (1); EXCEPTION WHEN division_by_zero "
      "THEN"
      " NULL; END; END LOOP; END $$");
  expect_found("long transactions", "warn", "session " + pid + " of postgres: idle in transaction",
               "SELECT pg_terminate_backend(" + pid + ")");
  ask(old.get(), "ROLLBACK");
  expect_quiet("long transactions");
}

TEST_F(PostgresHealth, ASlotThatNobodyReads) {
  expect_quiet("replication slots");
  const auto name = "idle_" + database_.name();
  admin("SELECT pg_create_physical_replication_slot('" + name + "', true)");
  expect_found("replication slots", "warn", name + " is not in use",
               "SELECT pg_drop_replication_slot('" + name + "')");
  admin("SELECT pg_drop_replication_slot('" + name + "')");
  expect_quiet("replication slots");
}

TEST_F(PostgresHealth, CountsConnectionsAgainstWhatTheServerAllows) {
  expect_quiet("connections");
  const auto most = std::stoi(admin("SELECT current_setting('max_connections')")) -
                    std::stoi(admin("SELECT current_setting('superuser_reserved_connections')"));
  std::vector<Session> many;
  for (int i = 0; i < most * 4 / 5; ++i) many.push_back(admin_session(database_.name()));
  expect_found("connections", "warn", " of " + std::to_string(most), "pg_stat_activity");
  many.clear();
}

TEST_F(PostgresHealth, SaysThatThereAreNoReplicas) { EXPECT_EQ(check("replication").value, "no replicas"); }

TEST_F(PostgresHealth, SaysWhichRightIsMissing) {
  const auto role = "plain_" + database_.name();
  admin("CREATE ROLE " + role + " LOGIN PASSWORD 'postgres-test'");
  admin("CREATE SEQUENCE secret");
  {
    const auto conn = connect(database_.options_with(database_.server().port, "disable", role), true);
    auto found = findings(*conn);
    EXPECT_EQ(found["long transactions"].status, "unknown");
    EXPECT_EQ(found["long transactions"].advice, "GRANT pg_monitor TO " + role + "; lets them be seen.");
    EXPECT_EQ(found["sequences"].status, "unknown");
    EXPECT_EQ(found["sequences"].advice, "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO " + role + ";");
    EXPECT_EQ(found["connections"].status, "ok");
    EXPECT_EQ(found["invalid indexes"].status, "ok");
  }
  admin("DROP ROLE " + role);
}

TEST_F(PostgresHealth, AsksEverythingInOneRoundTrip) {
  Proxy proxy(database_.server().port);
  proxy.answer_after(std::chrono::milliseconds(100));
  conn_ = connect(database_.options_with(proxy.port()), true);
  findings(*conn_);
  const int before = proxy.flights();
  findings(*conn_);
  EXPECT_EQ(proxy.flights() - before, 1);
}

// What concerns a whole server, on one of the test's own.
class PostgresServerHealth : public PostgresHealth {
 protected:
  void watch(const OwnServer& server) {
    ask(server.session().get(), "CREATE DATABASE " + database_.name());
    conn_ = connect(database_.options_with(server.port()), true);
    admin_ = server.session(database_.name());
  }
};

TEST_F(PostgresServerHealth, ReadsThatSeldomFindTheirBlocksInMemory) {
  OwnServer server("shared_buffers = 1MB");
  watch(server);
  expect_quiet("cache hits");
  admin("CREATE TABLE t (a text)");
  admin("ALTER TABLE t ALTER a SET STORAGE PLAIN");
  admin("INSERT INTO t SELECT repeat('x', 7000) FROM generate_series(1, 2500)");
  admin("SET max_parallel_workers_per_gather = 0");
  for (int i = 0; i < 100; ++i) admin("SELECT count(*) FROM t");
  expect_found("cache hits", "warn", " %", "shared_buffers (now 1MB");
}

TEST_F(PostgresServerHealth, AReplicaThatIsFarBehind) {
  OwnServer primary;
  const auto standby = primary.with_standby();
  watch(primary);
  for (int tries = 0; tries < 200 && check("replication").value.find(" behind") == std::string::npos; ++tries)
    admin("SELECT pg_sleep(0.1)");
  expect_quiet("replication");
  const auto on_standby = standby->session();
  wait_for(on_standby.get(), "SELECT count(*) FROM pg_database WHERE datname = '" + database_.name() + "'",
           "1");
  ask(on_standby.get(), "SELECT pg_wal_replay_pause()");
  admin(
      "SELECT count(pg_logical_emit_message(false, 'dbmux', repeat('x', 1000000))) FROM generate_series(1, "
      "80)");
  expect_found("replication", "warn", "walreceiver: 7", "Look at the replica");

  conn_ = connect(database_.options_with(standby->port()), true);
  EXPECT_NE(check("replication").value.find("this is a replica, "), std::string::npos);
}

TEST_F(PostgresServerHealth, DoesNotCountConnectionsThatAreReserved) {
  const bool for_roles = server_major(*conn_) >= 16;
  OwnServer server(std::string("max_connections = 30\nsuperuser_reserved_connections = 4") +
                   (for_roles ? "\nreserved_connections = 6" : ""));
  watch(server);
  EXPECT_NE(check("connections").value.find(for_roles ? " of 20" : " of 26"), std::string::npos)
      << check("connections").value;
}

// Since 17. It is not in use there, and is not to be dropped.
TEST_F(PostgresServerHealth, IsQuietAboutAStandbysCopyOfASlot) {
  const bool copies =
      admin("SELECT count(*) FROM pg_proc WHERE proname = 'pg_sync_replication_slots'") == "1";
  ASSERT_EQ(copies, server_major(*conn_) >= 17);
  if (!copies) return;
  OwnServer primary("wal_level = logical\nhot_standby_feedback = on\nprimary_slot_name = follower");
  ask(primary.session().get(), "SELECT pg_create_physical_replication_slot('follower')");
  const auto standby = primary.with_standby();
  const auto there = standby->session();
  ask(there.get(), "SELECT pg_drop_replication_slot('follower')");
  ask(there.get(),
      "ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=" + std::to_string(primary.port()) +
          " user=postgres password=postgres-test sslmode=disable dbname=postgres'");
  ask(there.get(), "SELECT pg_reload_conf()");
  watch(primary);
  admin("SELECT pg_create_logical_replication_slot('shop', 'pgoutput', false, false, true)");
  for (int tries = 0;
       tries < 100 &&
       ask(there.get(), "SELECT count(*) FROM pg_replication_slots WHERE NOT temporary") == "0";
       ++tries) {
    admin("SELECT pg_log_standby_snapshot()");
    ask(admin_.get(), "SELECT count(*) FROM pg_replication_slot_advance('shop', pg_current_wal_lsn())");
    try {
      ask(there.get(), "SELECT pg_sync_replication_slots()");
    } catch (const std::runtime_error&) {  // it is not that far yet
    }
    admin("SELECT pg_sleep(0.1)");
  }
  ASSERT_EQ(ask(there.get(), "SELECT synced FROM pg_replication_slots"), "t");
  expect_found("replication slots", "warn", "shop is not in use", "pg_drop_replication_slot('shop')");
  conn_ = connect(database_.options_with(standby->port()), true);
  expect_quiet("replication slots");
}

TEST_F(PostgresServerHealth, TransactionNumbersThatAreUsedUp) {
  OwnServer server("autovacuum_freeze_max_age = 2000000000");  // else a vacuum makes it right again
  watch(server);
  expect_quiet("wraparound");
  // As if 900 million transactions had come since its oldest row.
  admin(
      "UPDATE pg_database SET datfrozenxid = ((txid_current() + 4294967296 - 900000000) % "
      "4294967296)::text::xid"
      " WHERE datname = current_database()");
  expect_found("wraparound", "warn", "41.9 % of the transaction numbers are in use", "VACUUM (FREEZE)");
}

class PostgresTopQueries : public PostgresHealth {
 protected:
  Result<Table> top(Conn& conn) {
    Call call({}, Clock::now() + std::chrono::seconds(25));
    auto cursor = conn.introspect(call, Meta::top_queries, {});
    if (!cursor) return fail(cursor.error());
    return fetch(**cursor);
  }
};

TEST_F(PostgresTopQueries, SaysHowToGetTheExtension) {
  const auto missing = top(*conn_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().category, Category::unsupported);
  EXPECT_NE(missing.error().hint.find("shared_preload_libraries"), std::string::npos) << missing.error().hint;
  EXPECT_NE(missing.error().hint.find("CREATE EXTENSION pg_stat_statements"), std::string::npos);
}

TEST_F(PostgresTopQueries, NamesTheStatementsThatTookMostTime) {
  admin("CREATE SCHEMA \"Tools here\"");
  admin("CREATE EXTENSION pg_stat_statements SCHEMA \"Tools here\"");
  for (int i = 0; i < 3; ++i) admin("SELECT count(*) AS mark FROM generate_series(1, 300000)");
  const auto queries = top(*conn_);
  ASSERT_TRUE(queries) << queries.error().message;
  const auto texts = queries->all("text");
  const auto at = std::find_if(texts.begin(), texts.end(),
                               [](const Value& v) { return v.bytes.find("AS mark") != std::string::npos; });
  ASSERT_NE(at, texts.end());
  const auto row = static_cast<std::size_t>(at - texts.begin());
  EXPECT_EQ(queries->at(row, "calls"), Value(3));
  EXPECT_EQ(queries->at(row, "rows"), Value(3));
  EXPECT_GT(queries->at(row, "total_ms").f64, 1.0);
  EXPECT_NEAR(queries->at(row, "mean_ms").f64 * 3, queries->at(row, "total_ms").f64, 0.01);

  const auto role = "plain_" + database_.name();
  admin("CREATE ROLE " + role + " LOGIN PASSWORD 'postgres-test'");
  admin("GRANT USAGE ON SCHEMA \"Tools here\" TO " + role);
  {
    const auto conn = connect(database_.options_with(database_.server().port, "disable", role), true);
    const auto masked = top(*conn);
    ASSERT_TRUE(masked) << masked.error().message;
    EXPECT_EQ(masked->at(0, "text"), Value("(of another role; GRANT pg_monitor TO " + role + "; shows it)"));
  }
  admin("DROP OWNED BY " + role);
  admin("DROP ROLE " + role);
}

TEST_F(PostgresTopQueries, ActivityTellsWhoWaitsForWhom) {
  admin("CREATE TABLE t (a int)");
  admin("BEGIN");
  admin("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
  const auto blocker = admin("SELECT pg_backend_pid()");
  const auto waiting = admin_session(database_.name());
  ASSERT_EQ(PQsendQuery(waiting.get(), "SELECT a FROM t"), 1);
  Value waits_for;
  for (int tries = 0; tries < 100 && waits_for != Value("session " + blocker); ++tries) {
    admin("SELECT pg_sleep(0.05)");
    Call call({}, Clock::now() + std::chrono::seconds(25));
    auto cursor = conn_->introspect(call, Meta::activity, {});
    ASSERT_TRUE(cursor) << cursor.error().message;
    const auto table = fetch(**cursor);
    ASSERT_TRUE(table);
    for (std::size_t r = 0; r < table->rows.size(); ++r)
      if (table->at(r, "text") == Value("SELECT a FROM t")) waits_for = table->at(r, "waits_for");
  }
  EXPECT_EQ(waits_for, Value("session " + blocker));
  admin("ROLLBACK");
}

}  // namespace
}  // namespace dbmux::test
