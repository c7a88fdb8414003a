// Cancels, early closes and deadlines, and what they do on the wire.
#include <arpa/inet.h>
#include <signal.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

// Cancels a call again and again, whichever it is just now, until the test is through.
class Storm {
 public:
  Storm(Conn& conn, const std::atomic<std::uint64_t>& target)
      : thread_([this, &conn, &target] {
          while (!over_) {
            conn.cancel(target);
            std::this_thread::sleep_for(100us);
          }
        }) {}
  ~Storm() {
    over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};

class PostgresStopping : public PostgresTest {
 protected:
  static Result<Table> fetch_all(Conn& conn, Call& call, const std::string& text, const std::string& nonce) {
    const auto given = params({nonce});
    auto cursor = conn.execute(call, Statement{.language = {}, .text = text, .params = given});
    if (!cursor) return fail(cursor.error());
    auto table = fetch(**cursor);
    const auto closed = (*cursor)->close();
    if (table && !closed) return fail(closed.error());
    return table;
  }
};

TEST_F(PostgresStopping, AStormOfCancelsOnOneConnectionHitsOnlyTheCallsItNames) {
  const auto conn = connect();
  std::atomic<std::uint64_t> target{0};
  const Storm storm(*conn, target);
  int hit = 0;
  for (int i = 0; i < 1000; ++i) {
    const bool wanted = i % 2 == 0;
    Call call;
    if (wanted) target = call.id();  // and stays so while the next one runs
    const std::string nonce = "answer " + std::to_string(i);
    const std::string text = i % 3 == 0 ? "SELECT $1::text" : "SELECT $1::text FROM pg_sleep(0.001)";
    const auto table = fetch_all(*conn, call, text, nonce);
    if (table) {
      ASSERT_EQ(table->rows, Rows{{nonce}});
    } else {
      ASSERT_EQ(table.error().category, Category::cancelled) << i << ": " << table.error().message;
      ASSERT_TRUE(wanted) << i;
      ASSERT_FALSE(table.error().connection_dead) << i;
      ++hit;
    }
  }
  EXPECT_GT(hit, 50);
  RecordProperty("cancelled", hit);
}

TEST_F(PostgresStopping, ACancelThatComesAsTheStatementEndsNeverHitsTheNext) {
  const auto conn = connect();
  int late = 0;
  for (int i = 0; i < 300; ++i) {
    Call call({}, Clock::now() + 4ms + std::chrono::microseconds(i * 10));
    const auto first = fetch_all(*conn, call, "SELECT $1::text FROM pg_sleep(0.004)", "first");
    if (!first) {
      ASSERT_EQ(first.error().category, Category::timeout) << first.error().message;
      ++late;
    }
    Call next;
    const std::string nonce = "next " + std::to_string(i);
    const auto second = fetch_all(*conn, next, "SELECT $1::text FROM generate_series(1, 1)", nonce);
    ASSERT_TRUE(second) << i << ": " << second.error().message;
    ASSERT_EQ(second->rows, Rows{{nonce}});
  }
  RecordProperty("timed_out", late);
}

TEST_F(PostgresStopping, ACancelThatComesBeforeTheServerHasBegunIsRepeated) {
  const auto conn = connect();
  const auto pid = std::stoi(cell(*conn, "SELECT pg_backend_pid()"));
  for (int i = 0; i < 3; ++i) {
    Call warm({}, Clock::now() + 1s);  // the server knows the time limit of the next one
    ASSERT_TRUE(fetch_all(*conn, warm, "SELECT $1", "warm"));
    // Both the signal and the statement wait for it, and it sees the signal first.
    ASSERT_EQ(kill(pid, SIGSTOP), 0);
    std::thread goes_on([&] {
      std::this_thread::sleep_for(250ms);
      kill(pid, SIGCONT);
    });
    Call call({}, Clock::now() + 100ms);
    const auto before = Clock::now();
    const auto result = fetch_all(*conn, call, "SELECT $1 FROM pg_sleep(600)", "never");
    goes_on.join();
    EXPECT_LT(since(before), 3s);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().category, Category::timeout) << result.error().message;
    expect_usable(*conn);
  }
}

TEST_F(PostgresStopping, AnEarlyCloseEndsAServerThatStillSends) {
  const auto conn = connect();
  for (int i = 0; i < 20; ++i) {
    Call call({}, Clock::now() + 2s);
    auto cursor = start(*conn, call, "SELECT generate_series(1, 2000000000), repeat('x', 1000)");
    ASSERT_TRUE(cursor) << cursor.error().message;
    ASSERT_TRUE((*cursor)->next_batch());
    const auto before = Clock::now();
    const auto closed = (*cursor)->close();
    EXPECT_TRUE(closed) << closed.error().message;
    EXPECT_LT(since(before), 2s);
    RecordProperty("close_" + std::to_string(i) + "_ms", static_cast<int>(since(before).count()));
  }
  expect_usable(*conn);
}

TEST_F(PostgresStopping, AnEarlyCloseEndsAServerThatSendsNothing) {
  const auto conn = connect();
  Call call({}, Clock::now() + 30s);
  auto cursor = start(*conn, call,
                      "SELECT repeat('x', 20000), CASE WHEN i > 3 THEN pg_sleep(600) END FROM "
                      "generate_series(1, 10) AS g(i)");
  ASSERT_TRUE(cursor) << cursor.error().message;
  const auto batch = (*cursor)->next_batch();
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_GT(batch->rows, 0u) << "what has come is not held back for what has not";
  const auto before = Clock::now();
  const auto closed = (*cursor)->close();
  EXPECT_TRUE(closed) << closed.error().message;
  EXPECT_LT(since(before), 2500ms);
  RecordProperty("close_ms", static_cast<int>(since(before).count()));
  expect_usable(*conn);
}

TEST_F(PostgresStopping, AnEarlyCloseBehindASilentNetworkEndsInTimeAndSaysThatTheConnectionIsDead) {
  Proxy proxy(database_.server().port);
  const auto conn = connect(database_.options_with(proxy.port()));
  Call call({}, Clock::now() + 30s);
  auto cursor = start(*conn, call, "SELECT generate_series(1, 2000000000), repeat('x', 1000)");
  ASSERT_TRUE(cursor) << cursor.error().message;
  ASSERT_TRUE((*cursor)->next_batch());
  proxy.hold(true);
  const auto before = Clock::now();
  const auto closed = (*cursor)->close();
  EXPECT_LT(since(before), 5s);
  ASSERT_FALSE(closed);
  EXPECT_TRUE(closed.error().connection_dead);
  EXPECT_TRUE(conn->dead());
}

TEST_F(PostgresStopping, ADeadlineBehindASilentNetworkEndsInTimeAndSaysThatTheConnectionIsDead) {
  Proxy proxy(database_.server().port);
  const auto conn = connect(database_.options_with(proxy.port()));
  expect_usable(*conn);
  proxy.hold(true);
  Call call({}, Clock::now() + 200ms);
  const auto before = Clock::now();
  const auto result = fetch_all(*conn, call, "SELECT $1", "never");
  EXPECT_LT(since(before), 3s);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::timeout);
  EXPECT_TRUE(result.error().connection_dead);
}

TEST_F(PostgresStopping, AStoppedWriteHasNotHappened) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int)"));
  Call call({}, Clock::now() + 100ms);
  const auto result = start(*conn, call, "INSERT INTO t SELECT 1 FROM pg_sleep(600)", false);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::timeout);
  EXPECT_FALSE(result.error().may_have_run) << "the server said that it was cancelled";
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "0");
}

TEST_F(PostgresStopping, AWriteWhoseAnswerIsLostMayHaveRun) {
  Proxy proxy(database_.server().port);
  const auto conn = connect(database_.options_with(proxy.port()));
  Call before({}, Clock::now() + 1s);
  ASSERT_TRUE(start(*conn, before, "CREATE TABLE t (a int)", false));
  proxy.hold(true);
  Call call({}, Clock::now() + 200ms);
  const auto result = start(*conn, call, "INSERT INTO t VALUES (1)", false);
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().may_have_run);
  EXPECT_TRUE(result.error().connection_dead);
}

TEST_F(PostgresStopping, AWriteThatIsClosedEarlyIsCompleted) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int)"));
  Call call;
  auto cursor = start(*conn, call, "INSERT INTO t SELECT generate_series(1, 50000) RETURNING a", false);
  ASSERT_TRUE(cursor) << cursor.error().message;
  ASSERT_TRUE((*cursor)->next_batch());
  EXPECT_TRUE((*cursor)->close());
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "50000");
}

TEST_F(PostgresStopping, AServersOwnTimeLimitIsATimeout) {
  const auto conn = connect();
  const auto result = write(*conn, "SET statement_timeout = 50");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->summary.session_dirty);
  Call call;
  const auto slept = start(*conn, call, "SELECT pg_sleep(600)", false);
  ASSERT_FALSE(slept);
  EXPECT_EQ(slept.error().category, Category::timeout) << slept.error().message;
}

TEST_F(PostgresStopping, TheServerHasALimitOfItsOwnForEveryCall) {
  const auto conn = connect();
  Call call({}, Clock::now() + 30s);
  EXPECT_EQ(rows_of(fetch(**start(*conn, call, "SHOW statement_timeout"))), Rows{{"40s"}});
  Call quick({}, Clock::now() + 2s);
  EXPECT_EQ(rows_of(fetch(**start(*conn, quick, "SHOW statement_timeout"))), Rows{{"5s"}});
}

// ---- why not PQcancel

constexpr std::uint32_t kCancelRequest = 80877102;

std::string cancel_request_for(int pid) {
  const std::uint32_t words[] = {htonl(16), htonl(kCancelRequest), htonl(static_cast<std::uint32_t>(pid))};
  return {reinterpret_cast<const char*>(words), sizeof words};
}

class PostgresTlsOnly : public PostgresStopping {
 protected:
  void SetUp() override { database_.make_tls_role(); }
  Session raw_session(std::uint16_t port) const {
    const auto where =
        "host=127.0.0.1 user=tls_only password=" + *database_.secret() + " dbname=" + database_.name() +
        " sslmode=verify-full sslrootcert=" + (database_.server().folder / "tls/ca.pem").string() +
        " port=" + std::to_string(port);
    Session session(PQconnectdb(where.c_str()));
    EXPECT_EQ(PQstatus(session.get()), CONNECTION_OK) << PQerrorMessage(session.get());
    return session;
  }
};

TEST_F(PostgresTlsOnly, LetsNobodyInWithoutTls) {
  const auto conn = try_connect(database_.options_with(database_.server().port, "disable", "tls_only"));
  ASSERT_FALSE(conn);
  EXPECT_EQ(conn.error().category, Category::auth) << conn.error().message;
  EXPECT_EQ(conn.error().code, "28000");
}

TEST_F(PostgresTlsOnly, LibpqsOwnCancelIsSentInTheClearAndObeyed) {
  Proxy proxy(database_.server().port);
  const auto session = raw_session(proxy.port());
  ASSERT_EQ(PQsendQuery(session.get(), "SELECT pg_sleep(600)"), 1);
  std::this_thread::sleep_for(50ms);
  const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(session.get()), PQfreeCancel);
  std::array<char, 256> why{};
  EXPECT_EQ(PQcancel(cancel.get(), why.data(), static_cast<int>(why.size())), 1) << why.data();
  const Answer answer(PQgetResult(session.get()));
  EXPECT_STREQ(PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE), "57014");
  EXPECT_NE(proxy.sent().find(cancel_request_for(PQbackendPID(session.get()))), std::string::npos);
}

TEST_F(PostgresTlsOnly, LibpqsOwnCancelWaitsForASilentNetworkWithoutEnd) {
  Proxy proxy(database_.server().port);
  const auto session = raw_session(proxy.port());
  const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(session.get()), PQfreeCancel);
  proxy.hold(true);
  std::atomic<bool> returned{false};
  std::thread canceller([&] {
    std::array<char, 256> why{};
    PQcancel(cancel.get(), why.data(), static_cast<int>(why.size()));
    returned = true;
  });
  std::this_thread::sleep_for(1s);
  EXPECT_FALSE(returned);
  proxy.hold(false);
  canceller.join();
}

TEST_F(PostgresTlsOnly, ACancelOfThePluginIsEncryptedLikeItsSession) {
  Proxy proxy(database_.server().port);
  const auto conn = connect(database_.options_with(proxy.port(), "verify-full", "tls_only"));
  for (int i = 0; i < 3; ++i) {
    Call call({}, Clock::now() + 100ms);
    const auto before = Clock::now();
    const auto result = fetch_all(*conn, call, "SELECT $1 FROM pg_sleep(600)", "never");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().category, Category::timeout);
    EXPECT_LT(since(before), 2s);
    expect_usable(*conn);
  }
  EXPECT_EQ(proxy.connections(), 2) << "a session and the one that cancels";
  const std::uint32_t code = htonl(kCancelRequest);
  EXPECT_EQ(
      proxy.sent().find(std::string("\0\0\0\x10", 4) + std::string(reinterpret_cast<const char*>(&code), 4)),
      std::string::npos);
}

TEST_F(PostgresTlsOnly, AServerWithAnotherAuthorityIsRefused) {
  auto options = database_.options_with(database_.server().port, "verify-full", "tls_only");
  options.back() = param("/etc/ssl/certs/ca-certificates.crt", "sslCa");
  const auto conn = try_connect(options);
  ASSERT_FALSE(conn);
  EXPECT_EQ(conn.error().category, Category::connection) << conn.error().message;
  EXPECT_FALSE(conn.error().retryable);
}

}  // namespace
}  // namespace dbmux::test
