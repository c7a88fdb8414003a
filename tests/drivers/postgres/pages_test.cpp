// Tables without a primary key, and what is no table, page by page.
#include <algorithm>
#include <set>

#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

struct Relation {
  const char* name;
  std::vector<std::string> setup;
  std::size_t rows;
};

const std::vector<Relation>& relations() {
  static const std::vector<Relation> all{
      {"no_key",
       {"CREATE TABLE no_key (a int, b text)",
        "INSERT INTO no_key SELECT i, 'b' || i FROM generate_series(1, 1000) i"},
       1000},
      {"no_key_with_holes",
       {"CREATE TABLE no_key_with_holes (a int)",
        "INSERT INTO no_key_with_holes SELECT generate_series(1, 3000)",
        "DELETE FROM no_key_with_holes WHERE a % 3 = 0 OR a BETWEEN 500 AND 1500"},
       1333},
      {"unique_key",
       {"CREATE TABLE unique_key (a text NOT NULL UNIQUE, b int UNIQUE)",
        "INSERT INTO unique_key SELECT chr(97 + i % 26) || ' ''\"\\ü' || i, NULLIF(i, 7) FROM "
        "generate_series(1, 200) i"},
       200},
      {"moments",
       {"CREATE TABLE moments (t timestamptz, PRIMARY KEY (t))",
        "INSERT INTO moments VALUES ('-infinity'), ('0044-03-15 BC'), ('0001-01-01 BC'), ('2024-02-29 "
        "12:34:56.789012+05:30'),"
        " ('20000-01-01'), ('infinity')"},
       6},
      {"odd_keys",
       {"CREATE TABLE odd_keys (f float8, n numeric, b bytea, c char(4), PRIMARY KEY (f, n, b, c))",
        "INSERT INTO odd_keys SELECT f, n, b, c FROM unnest('{-Infinity,-0.1,1e300,Infinity,NaN}'::float8[]) "
        "f,"
        " unnest('{0.10,NaN,123456789012345678901234567890.5}'::numeric[]) n, "
        "unnest('{\"\",\"\\\\x00ff\"}'::bytea[]) b,"
        " unnest('{a,\"b \"}'::text[]) c"},
       60},
      {"parted",
       {"CREATE TABLE parted (id int PRIMARY KEY, v int) PARTITION BY RANGE (id)",
        "CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (500)",
        "CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (500) TO (10000)",
        "INSERT INTO parted SELECT i, i FROM generate_series(0, 799) i"},
       800},
      {"parted_without_key",
       {"CREATE TABLE parted_without_key (id int, v int) PARTITION BY HASH (id)",
        "CREATE TABLE parted_even PARTITION OF parted_without_key FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        "CREATE TABLE parted_odd PARTITION OF parted_without_key FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
        "INSERT INTO parted_without_key SELECT i, i FROM generate_series(1, 300) i"},
       300},
      {"parent",
       {"CREATE TABLE parent (id int PRIMARY KEY)", "CREATE TABLE child (extra text) INHERITS (parent)",
        "INSERT INTO parent SELECT generate_series(1, 100)",
        "INSERT INTO child SELECT i, 'x' FROM generate_series(50, 150) i"},
       201},
      {"sorted_view",
       {"CREATE TABLE behind (a int, b int)",
        "INSERT INTO behind SELECT i, (i * 7919) % 1009 FROM generate_series(1, 500) i",
        "CREATE VIEW sorted_view AS SELECT a, b FROM behind ORDER BY b DESC"},
       500},
      {"kept_view",
       {"CREATE MATERIALIZED VIEW kept_view AS SELECT i AS a FROM generate_series(1, 150) i"},
       150},
      {"no_columns",
       {"CREATE TABLE no_columns ()", "INSERT INTO no_columns SELECT FROM generate_series(1, 5)"},
       5},
      {"Quoted \"table\"",
       {R"(CREATE TABLE "Quoted ""table""" ("Key of ""it""" int PRIMARY KEY, "select" text))",
        R"(INSERT INTO "Quoted ""table""" SELECT i, 'x' FROM generate_series(1, 20) i)"},
       20},
  };
  return all;
}

class PostgresPages : public PostgresTest {
 protected:
  static Result<Table> page(Conn& conn, const Scan& scan) {
    Call call;
    auto cursor = conn.scan(call, scan);
    if (!cursor) return fail(cursor.error());
    return fetch(**cursor);
  }
  static Rows all_pages(Conn& conn, const std::string& table, std::int64_t size,
                        std::vector<std::string> columns = {}) {
    Rows all;
    Scan scan;
    scan.table.name = table;
    scan.limit = size;
    scan.columns = std::move(columns);
    for (int pages = 0; pages < 4000; ++pages) {
      const auto result = page(conn, scan);
      const Rows rows = rows_of(result);
      all.insert(all.end(), rows.begin(), rows.end());
      if (!result || result->summary.next.empty()) return all;
      scan.after = result->summary.next;
    }
    ADD_FAILURE() << table << " has no end";
    return all;
  }
};

TEST_F(PostgresPages, OfEveryKindOfRelationVisitEachRowOnceInOneOrder) {
  const auto conn = connect();
  for (const auto& relation : relations()) {
    for (const auto& text : relation.setup) {
      const auto done = write(*conn, text);
      ASSERT_TRUE(done) << text << ": " << done.error().message;
    }
    const auto whole = all_pages(*conn, relation.name, 100'000);
    EXPECT_EQ(whole.size(), relation.rows) << relation.name;
    for (const std::int64_t size : {std::int64_t{7}, static_cast<std::int64_t>(relation.rows)})
      EXPECT_EQ(all_pages(*conn, relation.name, size), whole) << relation.name << " in pages of " << size;
    Call call;
    EXPECT_EQ(conn->count(call, {"", "", relation.name}, true).value_or(-2),
              static_cast<std::int64_t>(relation.rows))
        << relation.name;
  }
}

TEST_F(PostgresPages, GoOnBehindAKeyThatIsNotAmongTheColumns) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (id int PRIMARY KEY, b text)"));
  ASSERT_TRUE(write(*conn, "INSERT INTO t SELECT i, 'b' || i % 3 FROM generate_series(1, 30) i"));
  const auto rows = all_pages(*conn, "t", 4, {"b"});
  ASSERT_EQ(rows.size(), 30u);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i], (Row{"b" + std::to_string((i + 1) % 3)}));
}

TEST_F(PostgresPages, OfATableWithoutAKeyAreNotShiftedByRowsThatGoAndCome) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int)"));
  ASSERT_TRUE(write(*conn, "INSERT INTO t SELECT generate_series(1, 50)"));
  Scan scan;
  scan.table.name = "t";
  scan.limit = 10;
  const auto first = page(*conn, scan);
  ASSERT_TRUE(first);
  ASSERT_TRUE(write(*conn, "DELETE FROM t WHERE a <= 5"));
  ASSERT_TRUE(write(*conn, "INSERT INTO t VALUES (51)"));
  scan.after = first->summary.next;
  EXPECT_EQ(rows_of(page(*conn, scan)).at(0), Row{11});
}

TEST_F(PostgresPages, InAViewsOwnOrder) {
  const auto conn = connect();
  for (const auto& text : relations()[8].setup) ASSERT_TRUE(write(*conn, text));
  const auto rows = all_pages(*conn, "sorted_view", 7);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(),
                             [](const Row& a, const Row& b) { return a[1].i64 > b[1].i64; }));
}

TEST_F(PostgresPages, DoNotGoByAColumnThatIsNotNullForNewRowsOnly) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int UNIQUE)"));
  ASSERT_TRUE(write(*conn, "INSERT INTO t VALUES (1), (NULL), (2), (NULL), (3)"));
  const auto altered = write(*conn, "ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID");
  ASSERT_EQ(altered.has_value(), server_major(*conn) >= 18);
  EXPECT_EQ(all_pages(*conn, "t", 2).size(), 5u);
  Call call;
  const auto columns = conn->introspect(call, Meta::columns, {"", "", "t"});
  ASSERT_TRUE(columns) << columns.error().message;
  EXPECT_EQ(fetch(**columns)->at(0, "nullable").i64, 1);
}

TEST_F(PostgresPages, WorkWithinTransactionsOfBothKinds) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int)"));
  ASSERT_TRUE(write(*conn, "INSERT INTO t VALUES (1)"));
  for (const bool read_only : {true, false}) {
    Call call;
    ASSERT_TRUE(conn->begin(call, read_only));
    EXPECT_EQ(all_pages(*conn, "t", 10).size(), 1u);
    EXPECT_EQ(conn->count(call, {"", "", "t"}, true).value_or(-2), 1);
    EXPECT_TRUE(conn->rollback(call));
  }
}

TEST_F(PostgresPages, CountsOnlyWhatCanBeCountedInTime) {
  Proxy proxy(database_.server().port);
  proxy.answer_after(std::chrono::milliseconds(100));
  const auto conn = connect(database_.options_with(proxy.port()));
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int)"));
  ASSERT_TRUE(write(*conn, "INSERT INTO t VALUES (1), (2)"));
  const auto count = [&](std::chrono::milliseconds time) {
    Call call({}, Clock::now() + time);
    return conn->count(call, {"", "", "t"}, true).value_or(-2);
  };
  EXPECT_EQ(count(std::chrono::seconds(20)), 2);
  // As if there were a thousand million.
  ask(admin_session(database_.name()).get(),
      "UPDATE pg_class SET reltuples = 1e9, relpages = 1 WHERE relname = 't'");
  const int before = proxy.flights();
  EXPECT_EQ(count(std::chrono::seconds(2)), -1);
  EXPECT_EQ(proxy.flights() - before, 1) << "the estimate alone is asked for";
  EXPECT_EQ(count(std::chrono::seconds(60)), 2);
}

TEST_F(PostgresPages, AnEstimateGrowsWithTheTableAndIsUnknownWhereNobodyHasCounted) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int) WITH (autovacuum_enabled = off)"));
  const auto estimate = [&](const char* table) {
    Call call;
    return conn->count(call, {"", "", table}, false).value_or(-2);
  };
  EXPECT_EQ(estimate("t"), 0) << "an empty file holds nothing";
  ASSERT_TRUE(write(*conn, "INSERT INTO t SELECT generate_series(1, 10000)"));
  EXPECT_EQ(estimate("t"), -1);
  ASSERT_TRUE(write(*conn, "ANALYZE t"));
  EXPECT_EQ(estimate("t"), 10000);
  ASSERT_TRUE(write(*conn, "INSERT INTO t SELECT generate_series(1, 10000)"));
  EXPECT_NEAR(static_cast<double>(estimate("t")), 20000, 500);
  ASSERT_TRUE(write(*conn, "CREATE VIEW v AS SELECT * FROM t"));
  EXPECT_EQ(estimate("v"), -1);
}

}  // namespace
}  // namespace dbmux::test
