#include <sybdb.h>
#include <sybfront.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>

#include "../proxy.hpp"
#include "fresh_database.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

constexpr RETCODE kSucceeded = 1;  // the library's SUCCEED; the name is GoogleTest's
constexpr const char* kForever = "WAITFOR DELAY '00:10:00'";

class MssqlStopping : public MssqlTest {
 protected:
  static Result<std::unique_ptr<Cursor>> start(Conn& conn, Call& call, std::string_view text) {
    return conn.execute(call, Statement{.language = {}, .text = text, .params = {}, .read_only = false});
  }
  static Result<Table> run_to_end(Conn& conn, Call& call, std::string_view text) {
    auto cursor = start(conn, call, text);
    if (!cursor) return fail(cursor.error());
    return fetch(**cursor);
  }
  static void expect_usable(Conn& conn, const std::string& nonce) {
    EXPECT_FALSE(conn.dead());
    EXPECT_EQ(rows_of(run(conn, "SELECT @p1", {nonce})), (Rows{{nonce}}));
  }
};

TEST_F(MssqlStopping, AStormOfCancelsNeverHitsTheNextStatementOrTheNeighbour) {
  const auto victim = connect(), neighbour = connect();
  std::atomic<std::uint64_t> current{0}, past{0};
  std::atomic<bool> over{false};
  std::thread storm([&] {
    while (!over) {
      victim->cancel(past);
      neighbour->cancel(current);
      victim->cancel(current);
    }
  });
  std::thread other([&] {
    for (int i = 0; !over; ++i) expect_usable(*neighbour, "neighbour " + std::to_string(i));
  });
  for (int i = 0; i < 60; ++i) {
    {
      Call call;
      current = call.id();
      const auto ended = run_to_end(*victim, call, kForever);
      EXPECT_FALSE(ended);
      if (!ended) {
        EXPECT_EQ(to_string(ended.error().category), to_string(Category::cancelled)) << ended.error().message;
      }
      past = call.id();
      current = 0;
    }
    expect_usable(*victim, "victim " + std::to_string(i));  // while its past call is still being cancelled
  }
  over = true;
  storm.join();
  other.join();
}

TEST_F(MssqlStopping, ACursorIsClosedEarlyWithinItsDeadlineInTheMiddleOfRows) {
  const auto conn = connect(true);
  const std::string text = "SELECT value FROM GENERATE_SERIES(1, 100000000)";
  for (int i = 0; i < 5; ++i) {
    Call call({}, Clock::now() + 5s);
    auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = {}});
    ASSERT_TRUE(cursor) << cursor.error().message;
    ASSERT_GT((*cursor)->next_batch()->rows, 0u);
    const auto closed = (*cursor)->close();
    EXPECT_TRUE(closed) << closed.error().message;
    EXPECT_LT(Clock::now(), call.deadline());
    expect_usable(*conn, std::to_string(i));
  }
}

TEST_F(MssqlStopping, ACursorIsClosedEarlyByItsDeadlineInTheMiddleOfADelay) {
  const auto conn = connect();
  Call call({}, Clock::now() + 1s);
  auto cursor = start(*conn, call, std::string("SELECT 1 AS one ") + kForever);
  ASSERT_TRUE(cursor) << cursor.error().message;
  const auto closed = (*cursor)->close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(to_string(closed.error().category), to_string(Category::timeout)) << closed.error().message;
  EXPECT_LT(Clock::now(), call.deadline() + 3s);
  expect_usable(*conn, "after the delay");
}

TEST_F(MssqlStopping, ACancelIsSeenWhileTheRestOfAnAnswerIsLate) {
  const auto conn = connect();
  Call call;
  auto cursor = start(*conn, call, std::string("SELECT 1 AS one ") + kForever);
  ASSERT_TRUE(cursor) << cursor.error().message;
  std::thread canceller([&] {
    std::this_thread::sleep_for(200ms);
    conn->cancel(call.id());
  });
  const auto begun = Clock::now();
  const auto table = fetch(**cursor);
  canceller.join();
  ASSERT_FALSE(table);
  EXPECT_EQ(to_string(table.error().category), to_string(Category::cancelled)) << table.error().message;
  EXPECT_LT(Clock::now() - begun, 4s);
  cursor->reset();
  expect_usable(*conn, "after the cancel");
}

TEST_F(MssqlStopping, TwoConnectionsKeepTheirOwnDeadlines) {
  const auto patient = connect(), hasty = connect();
  std::thread one([&] {
    Call call({}, Clock::now() + 10s);
    const auto table = run_to_end(*patient, call, "WAITFOR DELAY '00:00:01.5' SELECT N'patient'");
    EXPECT_EQ(rows_of(table), (Rows{{"patient"}}));
  });
  for (int i = 0; i < 3; ++i) {
    Call call({}, Clock::now() + 200ms);
    const auto table = run_to_end(*hasty, call, kForever);
    ASSERT_FALSE(table);
    EXPECT_EQ(to_string(table.error().category), to_string(Category::timeout)) << table.error().message;
    expect_usable(*hasty, "again");
  }
  one.join();
  expect_usable(*patient, "patient");
}

TEST_F(MssqlStopping, AServerThatDoesNotAnswerAnAttentionCostsTheConnectionAndNoMore) {
  Proxy proxy(database_.server().port);
  auto conn = try_connect(database_.options_with(Tls::login_only, proxy.port()));
  ASSERT_TRUE(conn) << conn.error().message;
  proxy.hold(true);
  Call call({}, Clock::now() + 300ms);
  const auto table = run_to_end(**conn, call, "SELECT 1");
  ASSERT_FALSE(table);
  EXPECT_EQ(to_string(table.error().category), to_string(Category::timeout)) << table.error().message;
  EXPECT_TRUE((*conn)->dead());
  EXPECT_LT(Clock::now(), call.deadline() + 4s);
}

TEST_F(MssqlStopping, AConnectionThatIsCutSaysSo) {
  Proxy proxy(database_.server().port);
  auto conn = try_connect(database_.options_with(Tls::login_only, proxy.port()));
  ASSERT_TRUE(conn) << conn.error().message;
  std::thread cutter([&] {
    std::this_thread::sleep_for(200ms);
    proxy.cut();
  });
  Call call;
  const auto table = run_to_end(**conn, call, kForever);
  cutter.join();
  ASSERT_FALSE(table);
  EXPECT_EQ(to_string(table.error().category), to_string(Category::connection)) << table.error().message;
  EXPECT_TRUE(table.error().may_have_run);
  EXPECT_TRUE((*conn)->dead());
}

// What FreeTDS itself does, without the plugin: why its timeouts are not used for deadlines that differ from
// call to call.
class FreeTdsTimeouts : public MssqlStopping {
 protected:
  struct Close {
    void operator()(DBPROCESS* p) const { dbclose(p); }
  };
  using Process = std::unique_ptr<DBPROCESS, Close>;
  Process open() const {
    const std::unique_ptr<LOGINREC, decltype(&dbloginfree)> login(dblogin(), dbloginfree);
    DBSETLUSER(login.get(), "tester");
    DBSETLPWD(login.get(), kPassword);
    return Process(dbopen(login.get(), ("127.0.0.1:" + std::to_string(database_.server().port)).c_str()));
  }
  static bool waits_two_seconds(DBPROCESS* p) {
    dbcmd(p, "WAITFOR DELAY '00:00:02.5'");
    return dbsqlexec(p) == kSucceeded;
  }
};

TEST_F(FreeTdsTimeouts, OfDbsetoptBelongToTheirConnection) {
  const auto patient = open(), hasty = open();
  ASSERT_TRUE(patient && hasty);
  ASSERT_EQ(dbsetopt(hasty.get(), DBSETTIME, "1", 0), kSucceeded);
  std::thread one([&] { EXPECT_TRUE(waits_two_seconds(patient.get())); });
  EXPECT_FALSE(waits_two_seconds(hasty.get()));
  one.join();
}

TEST_F(FreeTdsTimeouts, OfDbsettimeHitEveryConnectionOfTheProcess) {
  const auto one = open(), other = open();
  ASSERT_TRUE(one && other);
  dbsettime(1);
  EXPECT_FALSE(waits_two_seconds(one.get()));
  EXPECT_FALSE(waits_two_seconds(other.get()));
  dbsettime(0);
}

}  // namespace
}  // namespace dbmux::test
