// Behind a pooler that gives each transaction another session of the server.
#include <signal.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "../server.hpp"
#include "host_test.hpp"
#include "own_server.hpp"
#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

class Pooler {
 public:
  explicit Pooler(const std::string& settings = {}) : folder_(free_folder()), port_(free_port()) {
    shell(DBMUX_SOURCE_DIR "/tests/servers/pgbouncer/start " + std::to_string(port_) + " '" +
          folder_.string() + "' " + std::to_string(server("postgres").port) + " " + settings + " >'" +
          folder_.string() + ".log' 2>&1 </dev/null");
  }
  ~Pooler() {
    std::ifstream in(folder_ / "pid");
    int pid = 0;
    if (in >> pid && pid > 0) ::kill(pid, SIGTERM);
    std::error_code none;
    std::filesystem::remove_all(folder_, none);
    std::filesystem::remove(folder_.string() + ".log", none);
  }
  Pooler(const Pooler&) = delete;
  Pooler& operator=(const Pooler&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  const std::filesystem::path folder_;
  const std::uint16_t port_;
};

// Whether it is found by what it refuses, by the numbers of processes, or known beforehand.
struct Found {
  const char* by;
  const char* setting;
  const char* option;
};

class PostgresPooled : public PostgresTest, public testing::WithParamInterface<Found> {
 protected:
  std::vector<Param> options(std::uint16_t port) const {
    auto made = database_.options_with(port);
    made.push_back(param(GetParam().option, "pooler"));
    return made;
  }
  std::vector<Param> options() const { return options(pooler_.port()); }
  static Result<Table> run_in(Conn& conn, std::chrono::milliseconds time, const std::string& text) {
    Call call({}, Clock::now() + time);
    auto cursor = start(conn, call, text);
    if (!cursor) return fail(cursor.error());
    return fetch(**cursor);
  }
  // What stops a statement runs on a session of its own, and may be seen there for a moment.
  bool nothing_runs() const {
    return comes_true([&] {
      return ask(admin_session().get(),
                 "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND datname = '" +
                     database_.name() + "'") == "0";
    });
  }

  Pooler pooler_{GetParam().setting};
};

TEST_P(PostgresPooled, CellsAreWrittenAsWithoutOne) {
  const auto pooled = connect(options(), true), direct = connect();
  const std::string text =
      "SELECT '2024-02-29 12:34:56.5'::timestamp, '1 day 02:00'::interval, '\\x00ff'::bytea, 0.1::float8 + "
      "0.2, "
      "'0044-03-15 BC'::date, 1e-7::float4, ARRAY[1,2]";
  EXPECT_EQ(rows_of(run(*pooled, text)), rows_of(run(*direct, text)));
  EXPECT_EQ(rows_of(run(*pooled, "SELECT $1::int + 1", {41})), Rows{{42}});
}

TEST_P(PostgresPooled, ReadsAreHeldInOneRoundTrip) {
  Proxy proxy(pooler_.port());
  proxy.answer_after(std::chrono::milliseconds(100));
  const auto conn = connect(options(proxy.port()), true);
  ASSERT_TRUE(
      run_in(*conn, 30s, "SELECT current_setting('transaction_read_only')"));  // its names are known now
  for (int i = 0; i < 10; ++i) {
    const int before = proxy.flights();
    const auto table = run_in(*conn, 30s, "SELECT current_setting('transaction_read_only')");
    EXPECT_EQ(rows_of(table), Rows{{"on"}});
    EXPECT_EQ(proxy.flights() - before, 1);
    EXPECT_EQ(table->summary.enforced_by, (std::vector<std::string>{"parser", "transaction", "rollback"}));
  }
}

TEST_P(PostgresPooled, WritesAndTransactionsAreWhole) {
  const auto conn = connect(options());
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"));
  ASSERT_TRUE(write(*conn, "INSERT INTO t VALUES ($1)", {1}));
  EXPECT_FALSE(write(*conn, "INSERT INTO t VALUES (1)"));
  Call call({}, Clock::now() + 30s);
  const auto inside = [&](const char* text, bool read_only) {
    return run(
        *conn,
        Statement{
            .language = {}, .text = text, .params = {}, .read_only = read_only, .in_transaction = true});
  };
  for (const bool commits : {true, false}) {
    ASSERT_TRUE(conn->begin(call, false));
    EXPECT_TRUE(inside(commits ? "INSERT INTO t VALUES (2)" : "INSERT INTO t VALUES (3)", false));
    EXPECT_TRUE(inside("SELECT count(*) FROM t", true));
    ASSERT_TRUE(commits ? conn->commit(call) : conn->rollback(call));
  }
  EXPECT_EQ(cell(*conn, "SELECT string_agg(a::text, ',' ORDER BY a) FROM t"), "1,2");
  EXPECT_TRUE(write(*conn, "VACUUM t"));
}

// What is prepared for them must be there when they come.
TEST_P(PostgresPooled, SeveralSetsOfParametersRunInATransactionAndAreRefusedOutside) {
  const auto conn = connect(options());
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int UNIQUE, b text)"));
  Call call({}, Clock::now() + 30s);
  const std::vector<Param> values{param(1), param("x"), param(2), param("y"), param(3), param("z")};
  const auto write_sets = [&](bool in_transaction) {
    Statement s{.language = {},
                .text = "INSERT INTO t VALUES ($1, $2)",
                .params = values,
                .sets = 3,
                .read_only = false};
    s.in_transaction = in_transaction;
    return run(*conn, s);
  };
  const auto refused = write_sets(false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().category, Category::unsupported);
  EXPECT_NE(refused.error().message.find("need a transaction of their own behind a pooler"),
            std::string::npos)
      << refused.error().message;
  EXPECT_EQ(conn->info(call)->capabilities & ConnInfo::kSets, 0u);

  ASSERT_TRUE(conn->begin(call, false));
  const auto done = write_sets(true);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->summary.rows_affected, 3);
  ASSERT_TRUE(conn->commit(call));
  EXPECT_EQ(cell(*conn, "SELECT string_agg(a || b, ',' ORDER BY a) FROM t"), "1x,2y,3z");

  ASSERT_TRUE(conn->begin(call, false));
  EXPECT_FALSE(write_sets(true)) << "they are there already";
  ASSERT_TRUE(conn->rollback(call));
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "3");
}

TEST_P(PostgresPooled, WhatWouldBeLeftToOthersIsRefused) {
  const auto conn = connect(options());
  for (const auto* text : {"SET work_mem = '77MB'", "CREATE TEMP TABLE t (a int)", "LISTEN x"}) {
    const auto refused = write(*conn, text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().category, Category::unsupported) << refused.error().message;
  }
  expect_usable(*conn);
}

TEST_P(PostgresPooled, ADeadlineStopsTheStatementAtTheServerAndKeepsTheSession) {
  const auto conn = connect(options());
  for (int i = 0; i < 5; ++i) {
    const auto before = Clock::now();
    const auto slept = run_in(*conn, 200ms, "SELECT pg_sleep(600)");
    ASSERT_FALSE(slept);
    EXPECT_EQ(slept.error().category, Category::timeout) << slept.error().message;
    EXPECT_FALSE(slept.error().connection_dead) << i;
    EXPECT_LT(since(before), 1200ms);
    EXPECT_TRUE(nothing_runs());
    expect_usable(*conn);
  }
}

TEST_P(PostgresPooled, CancelsHitNobodyElseOnTheSessionsThatAreShared) {
  const auto source = open_source(options());
  std::atomic<int> answered{0}, stopped{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 8; ++c)
    callers.emplace_back([&, c] {
      Call opening({}, Clock::now() + 30s);
      auto conn = source->connect(opening, true);
      for (int i = 0; conn && i < 40; ++i) {
        const bool hurries = c % 2 == 0;
        const auto nonce = std::to_string(c) + "/" + std::to_string(i);
        Call call({}, Clock::now() + (hurries ? 5ms : 30000ms));
        auto cursor = start(**conn, call, "SELECT '" + nonce + "' FROM pg_sleep(0.005)");
        const auto table = cursor ? fetch(**cursor) : Result<Table>(fail(cursor.error()));
        if (table) {
          EXPECT_EQ(table->rows, Rows{{nonce}});
          ++answered;
        } else {
          EXPECT_TRUE(hurries) << table.error().message;
          EXPECT_EQ(table.error().category, Category::timeout) << table.error().message;
          ++stopped;
          if (table.error().connection_dead) {
            Call again({}, Clock::now() + 30s);
            conn = source->connect(again, true);
          }
        }
      }
      EXPECT_TRUE(conn);
    });
  for (auto& caller : callers) caller.join();
  EXPECT_GE(answered, 160);
  EXPECT_GT(stopped, 20);
  EXPECT_TRUE(nothing_runs());
}

INSTANTIATE_TEST_SUITE_P(Found, PostgresPooled,
                         testing::Values(Found{"refusal", "", "auto"},
                                         Found{"process", "'ignore_startup_parameters = options'", "auto"},
                                         Found{"profile", "", "transaction"}),
                         [](const auto& found) { return std::string(found.param.by); });

class PostgresPooledCallers : public ThroughHost {
 protected:
  FreshDatabase database_;
  Pooler pooler_;
};

TEST_F(PostgresPooledCallers, AreTheirOwnOnSessionsThatTheyShare) {
  auto profile =
      profile_of("127.0.0.1:" + std::to_string(pooler_.port()),
                 {option("database", database_.name()), option("session.app.user", "${user.name}")});
  const auto connection = add(profile);
  std::vector<std::thread> callers;
  for (int c = 0; c < 6; ++c)
    callers.emplace_back([&, c] {
      const auto user = "user" + std::to_string(c);
      for (int i = 0; i < 40; ++i)
        EXPECT_EQ(answer(*connection, {.text = "SELECT current_setting('app.user')",
                                       .read_only = i % 2 == 0,
                                       .principal = user}),
                  user);
    });
  for (auto& caller : callers) caller.join();
  const auto left = PQconnectdb(
      ("host=127.0.0.1 user=postgres password=postgres-test sslmode=disable dbname=" + database_.name() +
       " port=" + std::to_string(pooler_.port()))
          .c_str());
  const Session other(left);
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(ask(other.get(), "SELECT coalesce(current_setting('app.user', true), '')"), "");
}

}  // namespace
}  // namespace dbmux::test
