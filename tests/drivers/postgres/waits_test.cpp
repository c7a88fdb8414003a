// What a call waited for when its time was over, and who says so.
#include <thread>

#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

class PostgresWaits : public PostgresTest {
 protected:
  void SetUp() override { ASSERT_TRUE(write(*connect(), "CREATE TABLE t (a int PRIMARY KEY)")); }
  // Holds the table until it goes.
  Session holder() const {
    auto session = admin_session(database_.name());
    ask(session.get(), "BEGIN");
    ask(session.get(), "LOCK TABLE t");
    return session;
  }
  static Error ends(Conn& conn, std::string_view text, std::chrono::milliseconds time, bool read_only) {
    Call call({}, Clock::now() + time);
    const auto before = Clock::now();
    auto cursor = start(conn, call, text, read_only);
    const auto result = cursor ? fetch(**cursor) : Result<Table>(fail(cursor.error()));
    EXPECT_LT(since(before), time + 1s);
    if (!result) return result.error();
    ADD_FAILURE() << text << " ended by itself";
    return {};
  }
};

TEST_F(PostgresWaits, TheClientsClockTellsALockFromALongStatement) {
  const auto conn = connect();
  const auto slow = ends(*conn, "SELECT pg_sleep(600)", 200ms, true);
  EXPECT_EQ(slow.category, Category::timeout);
  EXPECT_EQ(slow.waited_for, WaitedFor::execution) << slow.message;
  const auto holding = holder();
  for (const bool read_only : {true, false}) {
    const auto locked =
        ends(*conn, read_only ? "SELECT * FROM t" : "INSERT INTO t VALUES (1)", 200ms, read_only);
    EXPECT_EQ(locked.category, Category::timeout);
    EXPECT_EQ(locked.waited_for, WaitedFor::lock) << locked.message;
    EXPECT_NE(locked.detail.find(std::to_string(PQbackendPID(holding.get()))), std::string::npos)
        << locked.detail;
    EXPECT_TRUE(locked.retryable);
    EXPECT_FALSE(locked.may_have_run);
    EXPECT_FALSE(locked.connection_dead);
  }
  expect_usable(*conn);
}

TEST_F(PostgresWaits, TheServersOwnLimitsAreToldApartToo) {
  const auto limited = connect();
  const auto holding = holder();
  ASSERT_TRUE(write(*limited, "SET lock_timeout = 50"));
  const auto locked = ends(*limited, "SELECT * FROM t", 10s, true);
  EXPECT_EQ(locked.category, Category::timeout);
  EXPECT_EQ(locked.waited_for, WaitedFor::lock) << locked.message;
  EXPECT_EQ(locked.code, "55P03");
  ASSERT_TRUE(write(*limited, "SET statement_timeout = 50"));
  const auto slow = ends(*limited, "SELECT pg_sleep(600)", 4s, true);
  EXPECT_EQ(slow.category, Category::timeout);
  EXPECT_EQ(slow.waited_for, WaitedFor::execution) << slow.message;
}

TEST_F(PostgresWaits, ACancelIsNeverCalledATimeout) {
  const auto conn = connect();
  const auto holding = holder();
  for (const char* text : {"SELECT pg_sleep(600)", "SELECT * FROM t"}) {
    Call call({}, Clock::now() + 30s);
    std::thread canceller([&] {
      std::this_thread::sleep_for(200ms);
      conn->cancel(call.id());
    });
    const auto result = start(*conn, call, text);
    canceller.join();
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().category, Category::cancelled) << result.error().message;
  }
  expect_usable(*conn);
}

TEST_F(PostgresWaits, ADeadlockIsAConflictThatMayBeTriedAgain) {
  ASSERT_TRUE(write(*connect(), "INSERT INTO t VALUES (1), (2)"));
  const auto other = admin_session(database_.name());
  ask(other.get(), "SET deadlock_timeout = '10s'");
  ask(other.get(), "BEGIN");
  ask(other.get(), "SELECT * FROM t WHERE a = 1 FOR UPDATE");
  const auto conn = connect();
  Call call({}, Clock::now() + 30s);
  ASSERT_TRUE(write(*conn, "SET deadlock_timeout = '50ms'"));
  ASSERT_TRUE(conn->begin(call, false));
  const auto inside = [&](std::string_view text) {
    return run(
        *conn,
        Statement{.language = {}, .text = text, .params = {}, .read_only = false, .in_transaction = true});
  };
  ASSERT_TRUE(inside("SELECT * FROM t WHERE a = 2 FOR UPDATE"));
  ASSERT_EQ(PQsendQuery(other.get(), "SELECT * FROM t WHERE a = 2 FOR UPDATE"), 1);
  std::this_thread::sleep_for(300ms);
  const auto dead = inside("SELECT * FROM t WHERE a = 1 FOR UPDATE");
  ASSERT_FALSE(dead);
  EXPECT_EQ(dead.error().category, Category::conflict) << dead.error().message;
  EXPECT_TRUE(dead.error().retryable);
  EXPECT_TRUE(dead.error().transaction_failed);
  EXPECT_TRUE(conn->rollback(call));
}

}  // namespace
}  // namespace dbmux::test
