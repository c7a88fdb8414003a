// Round trips, resets, transactions, and sessions that end.
#include <thread>

#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

class PostgresSession : public PostgresTest {
 protected:
  // How many round trips something takes on a connection through the proxy.
  template <class F>
  int flights_of(F&& f) {
    proxy_.answer_after(100ms);
    const int before = proxy_.flights();
    f();
    proxy_.answer_after(0ms);
    return proxy_.flights() - before;
  }
  std::unique_ptr<Conn> connect_through_proxy(bool read_only = false) {
    return connect(database_.options_with(proxy_.port()), read_only);
  }
  static Result<Table> run_in_time(Conn& conn, std::string_view text) {
    Call call({}, Clock::now() + 30s);
    auto cursor = start(conn, call, text);
    if (!cursor) return fail(cursor.error());
    return fetch(**cursor);
  }
  static Result<Table> run_inside(Conn& conn, std::string_view text, bool read_only) {
    return run(
        conn,
        Statement{
            .language = {}, .text = text, .params = {}, .read_only = read_only, .in_transaction = true});
  }

  Proxy proxy_{database_.server().port};
};

TEST_F(PostgresSession, ASourceOpensNoConnection) {
  const auto source = open_source(database_.options_with(proxy_.port()));
  EXPECT_EQ(proxy_.connections(), 0);
}

TEST_F(PostgresSession, AReadingStatementTakesOneRoundTripWithItsTransaction) {
  for (const bool read_only : {true, false}) {
    const auto conn = connect_through_proxy(read_only);
    // A function that was not heard of is looked up first.
    constexpr std::string_view kAsk = "SELECT current_setting('transaction_read_only')";
    EXPECT_EQ(flights_of([&] { EXPECT_TRUE(run_in_time(*conn, kAsk)); }), 2);
    for (int i = 0; i < 10; ++i) {
      Result<Table> table;
      EXPECT_EQ(flights_of([&] { table = run_in_time(*conn, kAsk); }), 1);
      EXPECT_EQ(rows_of(table), Rows{{"on"}});
      const std::vector<std::string> by =
          read_only ? std::vector<std::string>{"parser", "session", "transaction", "rollback"}
                    : std::vector<std::string>{"parser", "transaction", "rollback"};
      EXPECT_EQ(table->summary.enforced_by, by);
    }
  }
  EXPECT_NE(proxy_.sent().find("BEGIN READ ONLY"), std::string::npos);
}

TEST_F(PostgresSession, AWriteAndAPingTakeOneRoundTrip) {
  const auto conn = connect_through_proxy();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int)"));
  EXPECT_EQ(flights_of([&] { EXPECT_TRUE(write(*conn, "INSERT INTO t VALUES (1)")); }), 1);
  EXPECT_EQ(flights_of([&] {
              Call call;
              EXPECT_TRUE(conn->ping(call));
            }),
            1);
}

TEST_F(PostgresSession, OpensInFourRoundTrips) {
  // Start-up, two of SCRAM, and the facts of the session.
  std::unique_ptr<Conn> conn;
  EXPECT_EQ(flights_of([&] { conn = connect_through_proxy(); }), 4);
}

TEST_F(PostgresSession, AResetCostsOneRoundTripAndNoneWhenNothingWasLeftBehind) {
  const auto conn = connect_through_proxy();
  const auto reset = [&] {
    Call call;
    EXPECT_TRUE(conn->reset(call));
  };
  EXPECT_EQ(flights_of(reset), 0);
  ASSERT_TRUE(run(*conn, "SELECT 1"));
  EXPECT_EQ(flights_of(reset), 0);
  const auto original = cell(*conn, "SHOW work_mem");
  const auto set = write(*conn, "SET work_mem = '77MB'");
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->summary.session_dirty);
  ASSERT_TRUE(write(*conn, "CREATE TEMP TABLE left_behind (a int)"));
  EXPECT_EQ(cell(*conn, "SHOW work_mem"), "77MB");
  EXPECT_EQ(flights_of(reset), 1);
  EXPECT_EQ(cell(*conn, "SHOW work_mem"), original);
  EXPECT_EQ(cell(*conn, "SHOW DateStyle"), "ISO, MDY") << "what cells are read by";
  EXPECT_FALSE(run(*conn, "SELECT * FROM left_behind"));
}

TEST_F(PostgresSession, AResetEndsATransaction) {
  const auto conn = connect();
  Call call;
  ASSERT_TRUE(conn->begin(call, false));
  ASSERT_TRUE(run_inside(*conn, "CREATE TABLE t (a int)", false));
  ASSERT_TRUE(conn->reset(call));
  EXPECT_FALSE(run(*conn, "SELECT * FROM t"));
  expect_usable(*conn);
}

TEST_F(PostgresSession, AKilledIdleSessionIsDeadAndRetryable) {
  const auto conn = connect();
  end_sessions(admin_session().get(), "pid = " + cell(*conn, "SELECT pg_backend_pid()"));
  const auto result = run(*conn, "SELECT 1");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::connection) << result.error().message;
  EXPECT_EQ(result.error().code, "57P01") << result.error().message;
  EXPECT_TRUE(result.error().connection_dead);
  EXPECT_TRUE(result.error().retryable);
  EXPECT_TRUE(conn->dead());
}

TEST_F(PostgresSession, AStatementWhoseSessionIsKilledSaysSo) {
  const auto conn = connect();
  const auto pid = cell(*conn, "SELECT pg_backend_pid()");
  std::thread killer([&] {
    std::this_thread::sleep_for(100ms);
    end_sessions(admin_session().get(), "pid = " + pid);
  });
  const auto result = run(*conn, "SELECT pg_sleep(600)");
  killer.join();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::connection) << result.error().message;
  EXPECT_EQ(result.error().code, "57P01");
  EXPECT_TRUE(result.error().connection_dead);
  EXPECT_TRUE(result.error().retryable);
}

TEST_F(PostgresSession, AConnectionThatIsCutSaysSo) {
  const auto conn = connect_through_proxy();
  proxy_.cut();
  std::this_thread::sleep_for(100ms);
  const auto result = run(*conn, "SELECT 1");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::connection) << result.error().message;
  EXPECT_TRUE(result.error().connection_dead);
  EXPECT_TRUE(result.error().retryable);
}

TEST_F(PostgresSession, CancelsGoOnAfterTheSessionForCancelsWasKilled) {
  const auto conn = connect();
  for (int i = 0; i < 3; ++i) {
    Call call({}, Clock::now() + 50ms);
    const auto slept = start(*conn, call, "SELECT pg_sleep(600)");
    ASSERT_FALSE(slept);
    EXPECT_EQ(slept.error().category, Category::timeout);
    EXPECT_FALSE(slept.error().connection_dead) << i;
    const auto pid = cell(*conn, "SELECT pg_backend_pid()");
    end_sessions(admin_session().get(), "datname = '" + database_.name() + "' AND pid <> " + pid);
  }
}

TEST_F(PostgresSession, AnErrorAtTheEndOfAWriteIsNotLost) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"));
  for (const char* text : {"INSERT INTO t VALUES (1), (1)", "INSERT INTO t VALUES (1), (1) RETURNING a"}) {
    const auto result = write(*conn, text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().category, Category::constraint) << result.error().message;
    EXPECT_EQ(result.error().object, "t_a_key");
  }
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "0");
}

TEST_F(PostgresSession, AReadInAWritingTransactionIsHeldAndUndoesNothingElse) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int); "));
  ASSERT_TRUE(write(
      *conn, "CREATE FUNCTION grow() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (2) RETURNING a'"));
  Call call;
  ASSERT_TRUE(conn->begin(call, false));
  ASSERT_TRUE(run_inside(*conn, "INSERT INTO t VALUES (1)", false));
  const auto counted = run_inside(*conn, "SELECT count(*) FROM t", true);
  EXPECT_EQ(rows_of(counted), Rows{{1}});
  EXPECT_TRUE(counted->summary.in_transaction);
  const auto refused = run_inside(*conn, "SELECT grow()", true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().category, Category::read_only) << refused.error().message;
  EXPECT_FALSE(refused.error().transaction_failed);
  EXPECT_TRUE(run_inside(*conn, "INSERT INTO t VALUES (3)", false));
  ASSERT_TRUE(conn->commit(call));
  EXPECT_EQ(cell(*conn, "SELECT string_agg(a::text, ' ' ORDER BY a) FROM t"), "1 3");
}

TEST_F(PostgresSession, AFailedTransactionSaysThatOnlyRollbackHelps) {
  const auto conn = connect();
  Call call;
  ASSERT_TRUE(conn->begin(call, false, "serializable"));
  const auto failed = run_inside(*conn, "SELECT 1/0", false);
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().transaction_failed);
  const auto next = run_inside(*conn, "SELECT 1", false);
  ASSERT_FALSE(next);
  EXPECT_TRUE(next.error().transaction_failed);
  EXPECT_FALSE(conn->commit(call));
  ASSERT_TRUE(conn->rollback(call));
  expect_usable(*conn);
}

TEST_F(PostgresSession, ACommitThatIsRefusedHasRolledBack) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"));
  Call call;
  ASSERT_TRUE(conn->begin(call, false));
  ASSERT_TRUE(run_inside(*conn, "INSERT INTO t VALUES (1), (1)", false));
  const auto refused = conn->commit(call);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().category, Category::constraint);
  EXPECT_FALSE(run_inside(*conn, "INSERT INTO t VALUES (2)", false)) << "that would be outside";
  ASSERT_TRUE(conn->rollback(call));
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "0");
}

class Heard : public Sink {
 public:
  void progress(double, double, std::string_view) override {}
  void notice(Notice level, std::int64_t, std::string_view text) override {
    all += (level == Notice::warning ? "warning: "
            : level == Notice::info  ? "info: "
                                     : "") +
           std::string(text) + "\n";
  }
  std::string all;
};

TEST_F(PostgresSession, WhatTheServerSaysBesidesIsHeard) {
  const auto conn = connect();
  Heard heard;
  Call call({}, kNever, &heard);
  ASSERT_TRUE(
      start(*conn, call, "DO $$ BEGIN RAISE NOTICE 'two\nlines'; RAISE WARNING 'beware'; END $$", false));
  EXPECT_EQ(heard.all, "info: two\nlines\nwarning: beware\n");
}

TEST_F(PostgresSession, TellsWhoItIsAndWhatItMayDo) {
  const auto conn = connect(true);
  Call call;
  const auto info = conn->info(call);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->product, "PostgreSQL");
  EXPECT_EQ(info->version, ask(admin_session().get(), "SHOW server_version"));
  EXPECT_EQ(info->user, "postgres");
  EXPECT_EQ(info->role, 1) << "primary";
  EXPECT_EQ(info->privileges, 3u) << "writes, superuser";
  EXPECT_TRUE(info->capabilities & ConnInfo::kServerCancel);
}

TEST_F(PostgresSession, ARoleThatMayOnlyReadIsKnownAsOne) {
  database_.make_tls_role();
  ask(admin_session(database_.name()).get(), "REVOKE ALL ON SCHEMA public FROM public");
  const auto conn = connect(database_.options_with(database_.server().port, "require", "tls_only"));
  Call call;
  const auto info = conn->info(call);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->privileges, 0u);

  const auto admin = admin_session(database_.name());
  ask(admin.get(), "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a");
  struct Right {
    const char* name;
    int since;
    std::uint32_t privileges;
  };
  for (const auto& right :
       {Right{"SELECT", 13, 0}, {"DELETE", 13, ConnInfo::kMayWrite}, {"MAINTAIN", 17, ConnInfo::kMayWrite}}) {
    if (server_major(*conn) < right.since) {
      EXPECT_THROW(ask(admin.get(), std::string("GRANT ") + right.name + " ON m TO tls_only"),
                   std::runtime_error);
      continue;
    }
    ask(admin.get(), std::string("GRANT ") + right.name + " ON m TO tls_only");
    EXPECT_EQ(conn->info(call)->privileges, right.privileges) << right.name;
    ask(admin.get(), "REVOKE ALL ON m FROM tls_only");
  }
}

}  // namespace
}  // namespace dbmux::test
