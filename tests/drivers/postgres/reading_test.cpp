// What may run on a reading session, and what holds it.
#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

class PostgresReading : public PostgresTest {};

TEST_F(PostgresReading, HonestReadsPass) {
  const auto conn = connect(true);
  for (const char* text : {
           "select 1",
           "  -- a comment\n /* and /* a nested */ one */ SELECT 1;",
           "(SELECT 1) UNION (SELECT 2)",
           "WITH a AS (SELECT 1 AS x), b AS MATERIALIZED (SELECT x FROM a) SELECT * FROM b",
           "VALUES (1, 'a'), (2, 'b')",
           "TABLE pg_am",
           "SHOW server_version",
           "EXPLAIN SELECT 1",
           "EXPLAIN (ANALYZE, FORMAT json) SELECT 1",
           "EXPLAIN ANALYZE SELECT 1",
           "EXPLAIN DELETE FROM pg_class",
           "SELECT 'INSERT INTO x; DROP TABLE y' AS \"delete\", $$ ; UPDATE $$, $a$ $$ ; $a$, E'it\\'s; "
           "\\\\'",
           "SELECT '{\"a\":1}'::jsonb ? 'a', '{\"a\":1}'::jsonb -> 'a', 1 AS update",
           "SELECT row_number() OVER w, percentile_cont(0.5) WITHIN GROUP (ORDER BY 1) FROM pg_am GROUP BY "
           "amname"
           " WINDOW w AS (ORDER BY amname)",
           "SELECT e'a'\n'b\\'; DROP TABLE x; --' AS two_lines",
           "SELECT 1 FROM generate_series(1, 2) AS update(i) LIMIT 1",
           "SELECT (update), count(delete) FROM (VALUES (1, 2)) AS t(update, delete) GROUP BY 1",
           "SELECT clock_timestamp(), random(), gen_random_uuid(), pg_database_size(current_database())",
           "SELECT U&\"c\\006funt\"(*) FROM pg_am",
           "EXPLAIN (ANALYZE false, VERBOSE) DELETE FROM pg_class",
           "SELECT * FROM pg_class TABLESAMPLE BERNOULLI (1)",
           "SELECT CASE a WHEN 1 THEN 'x' END FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY[1])) AS "
           "t(a, b)",
           "SELECT * FROM XMLTABLE('/a/b' PASSING ('<a><b>1</b></a>'::xml) COLUMNS b int PATH '.')",
       }) {
    const auto result = run(*conn, text);
    EXPECT_TRUE(result) << text << "\n" << result.error().message;
  }
}

// Verdicts are kept, and shared by texts that differ in their numbers only.
TEST_F(PostgresReading, AVerdictIsNotThatOfAnotherStatementThatLooksAlike) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int)"));
  for (const char* name : {"f1", "\"f 1\""})
    ASSERT_TRUE(write(
        *conn, std::string("CREATE FUNCTION ") + name + "() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1'"));
  for (const char* name : {"f2", "\"f 2\""})
    ASSERT_TRUE(write(*conn, std::string("CREATE FUNCTION ") + name +
                                 "() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (2) RETURNING a'"));
  const std::pair<const char*, const char*> pairs[] = {
      {"SELECT f1()", "SELECT f2()"},
      {"SELECT \"f 1\"()", "SELECT \"f 2\"()"},
      {"SELECT U&\"f\\0031\"()", "SELECT U&\"f\\0032\"()"},
      {"EXPLAIN (ANALYZE 0) DELETE FROM t", "EXPLAIN (ANALYZE 1) DELETE FROM t"},
      {"SELECT 1 AS f2", "SELECT f2() AS f2"}};
  for (const auto& [reads, writes] : pairs) {
    const auto first = run(*conn, reads);
    EXPECT_TRUE(first) << reads << "\n" << first.error().message;
    EXPECT_FALSE(run(*conn, writes)) << writes;
    EXPECT_TRUE(run(*conn, reads)) << reads;
  }
  EXPECT_EQ(rows_of(run(*conn, "SELECT 7, '7', 70 AS a7")), (Rows{{7, "7", 70}}));
  EXPECT_EQ(rows_of(run(*conn, "SELECT 8, '9', 80 AS a7")), (Rows{{8, "9", 80}}));
}

TEST_F(PostgresReading, WhatIsNotKnownToReadIsRefused) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int)"));
  ASSERT_TRUE(write(
      *conn, "CREATE FUNCTION grow() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (2) RETURNING a'"));
  struct Case {
    std::string text;
    Category category;
  };
  const auto deep = [](const char* open, const char* close) {
    std::string text = "SELECT ";
    for (int i = 0; i < 5000; ++i) text += open;
    for (int i = 0; i < 5000; ++i) text += close;
    return text + "1";
  };
  for (const auto& c : std::vector<Case>{
           {"INSERT INTO t VALUES (1)", Category::read_only},
           {"UPDATE t SET a = 2", Category::read_only},
           {"DELETE FROM t", Category::read_only},
           {"TRUNCATE t", Category::read_only},
           {"DROP TABLE t", Category::read_only},
           {"COMMIT", Category::read_only},
           {"ROLLBACK", Category::read_only},
           {"END", Category::read_only},
           {"BEGIN READ WRITE", Category::read_only},
           {"SET TRANSACTION READ WRITE", Category::read_only},
           {"SET LOCAL statement_timeout = 0", Category::read_only},
           {"SAVEPOINT a", Category::read_only},
           {"PREPARE TRANSACTION 'x'", Category::read_only},
           {"PREPARE p AS SELECT 1", Category::read_only},
           {"COPY t TO STDOUT", Category::read_only},
           {"EXECUTE p", Category::not_understood},
           {"CALL f()", Category::read_only},
           {"DO $$ BEGIN END $$", Category::read_only},
           {"LISTEN x", Category::read_only},
           {"NOTIFY x", Category::read_only},
           {"VACUUM", Category::read_only},
           {"EXPLAIN ANALYZE INSERT INTO t VALUES (1)", Category::read_only},
           {"EXPLAIN (VERBOSE, ANALYZE) DELETE FROM t", Category::read_only},
           {"EXPLAIN EXECUTE p", Category::not_understood},
           {"EXPLAIN CREATE TABLE x AS SELECT 1", Category::not_understood},
           {"SELECT * INTO x FROM t", Category::read_only},
           {"SELECT 1INTO x", Category::read_only},
           {"SELECT e'a'\n'\\'' AS a INTO x FROM t -- '", Category::read_only},
           {"WITH x AS (INSERT INTO t VALUES (1) RETURNING a) SELECT * FROM x", Category::read_only},
           {"WITH x AS MATERIALIZED (/**/DELETE FROM t RETURNING a) SELECT * FROM x", Category::read_only},
           {"WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", Category::read_only},
           {"WITH x AS (SELECT 1) DELETE FROM t", Category::read_only},
           {"SELECT grow()", Category::read_only},
           {"SELECT a FROM t FOR UPDATE", Category::read_only},
           {"SELECT nextval('pg_catalog.x')", Category::read_only},
           {"SELECT set_config('transaction_read_only', 'off', false)", Category::read_only},
           {"SELECT pg_catalog.\"set_config\"('search_path', 'x', false)", Category::read_only},
           {"SELECT pg_advisory_lock(1)", Category::read_only},
           {"SELECT pg_read_file('/etc/passwd')", Category::read_only},
           {"SELECT lo_import('/etc/passwd')", Category::read_only},
           {"SELECT heap_force_kill('t'::regclass, ARRAY['(0,1)']::tid[])", Category::read_only},
           {"SELECT pg_buffercache_evict(1)", Category::read_only},
           {"SELECT U&\"pg_read\\005ffile\"('/etc/passwd')", Category::read_only},
           {"SELECT 1; DELETE FROM t", Category::invalid},
           {deep("/*", "*/"), Category::not_understood},
           {deep("(", ")"), Category::not_understood},
           {deep("+1", ""), Category::not_understood},
           {deep("NOT ", ""), Category::not_understood},
           {deep("1 UNION SELECT ", ""), Category::not_understood},
           {deep("CASE WHEN ", " END"), Category::not_understood},
           {"SELECT * FROM lo_creat(-1)", Category::read_only},
           {"SELECT * FROM pg_am, LATERAL (SELECT txid_current()) AS x", Category::read_only},
           {"SELECT query_to_xml('DELETE FROM t', true, true, '')", Category::read_only},
           {"VALUES (nextval('s'))", Category::read_only},
           {"SELECT 1 WHERE EXISTS (SELECT grow())", Category::read_only},
           {"SELECT 1 ORDER BY public.grow()", Category::read_only},
           {"SELECT sum(1) OVER (ORDER BY grow())", Category::read_only},
           {"EXPLAIN (ANALYZE off, ANALYZE) DELETE FROM t", Category::read_only},
           {"EXPLAIN SELECT grow()", Category::read_only},
           {"MERGE INTO t USING t AS u ON false WHEN NOT MATCHED THEN DO NOTHING RETURNING t.a",
            Category::read_only},
           {"SELEC 1", Category::not_understood},
           {"SELECT 1 FORM t", Category::syntax},
           {"SELECT '" + std::string(70'000, 'x') + "'", Category::not_understood},
       }) {
    const auto result = run(*conn, c.text);
    if (result) {
      ADD_FAILURE() << "passed: " << c.text;
      continue;
    }
    EXPECT_EQ(to_string(result.error().category), to_string(c.category)) << c.text << "\n"
                                                                         << result.error().message;
  }
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "0");
  expect_usable(*conn);
}

class PostgresNames : public PostgresReading {
 protected:
  static Category category_of(Conn& conn, std::string_view text) {
    const auto result = run(conn, text);
    return result ? Category::internal : result.error().category;
  }
  std::unique_ptr<Conn> connect_with(Param extra) {
    auto options = database_.options();
    options.push_back(std::move(extra));
    return connect(options, true);
  }
};

TEST_F(PostgresNames, AFunctionThatIsMadeThroughTheDriverIsSeenAtOnce) {
  const auto source = open_source(database_.options());
  Call call({}, Clock::now() + std::chrono::seconds(30));
  const auto writer = *source->connect(call, false);
  const auto reader = *source->connect(call, true);
  ASSERT_TRUE(write(*writer, "CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'"));
  EXPECT_EQ(cell(*reader, "SELECT f()"), "1");
  ASSERT_TRUE(
      write(*writer, "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 2'"));
  EXPECT_EQ(category_of(*reader, "SELECT f()"), Category::read_only);
  ASSERT_TRUE(write(*writer, "CREATE VIEW v AS SELECT 1 AS a"));
  EXPECT_EQ(cell(*reader, "SELECT a FROM v"), "1");
  ASSERT_TRUE(write(*writer, "CREATE OR REPLACE VIEW v AS SELECT f() AS a"));
  EXPECT_EQ(category_of(*reader, "SELECT a FROM v"), Category::read_only);
}

TEST_F(PostgresNames, AVolatileFunctionMayBeCalledWhereTheOptionsSaySo) {
  const auto admin = admin_session(database_.name());
  ask(admin.get(), "CREATE FUNCTION lazily() RETURNS int LANGUAGE sql AS 'SELECT 1'");
  ask(admin.get(), "CREATE FUNCTION others() RETURNS int LANGUAGE sql AS 'SELECT 1'");
  Param allowed;
  allowed.name = "allowedFunctions";
  allowed.kind = Kind::json;
  allowed.text = R"(["public.lazily"])";
  const auto conn = connect_with(allowed);
  EXPECT_EQ(cell(*conn, "SELECT lazily()"), "1");
  EXPECT_EQ(category_of(*conn, "SELECT others()"), Category::read_only);
  EXPECT_EQ(category_of(*conn, "SELECT pg_advisory_lock(1)"), Category::read_only);
}

TEST_F(PostgresNames, WhatTheGrammarDoesNotKnowIsLeftToTheEngineWhereTheProfileSaysSo) {
  Param decides;
  decides.name = "engineDecides";
  decides.kind = Kind::boolean;
  decides.i64 = 1;
  const auto trusting = connect_with(decides), strict = connect(true);
  constexpr std::string_view kNew = "SELECT '1' IS JSON SCALAR AS a";
  const bool server_knows = server_major(*strict) >= 16;
  EXPECT_EQ(category_of(*strict, kNew), server_knows ? Category::not_understood : Category::syntax);
  const auto answer = run(*trusting, kNew);
  ASSERT_EQ(answer.has_value(), server_knows);
  if (server_knows) {
    EXPECT_EQ(answer->summary.enforced_by, (std::vector<std::string>{"session", "transaction", "rollback"}));
  } else {
    EXPECT_EQ(answer.error().category, Category::syntax);
  }
  for (const char* text : {"COMMIT AND CHAINED",
                           "MERGE INTO pg_am USING pg_am AS a ON false WHEN MATCHED THEN DO "
                           "NOTHING RETURNING 1",
                           "SELECT pg_advisory_lock(1) FROM JSON_TABLE('[]', '$[*]' COLUMNS (a int))"})
    EXPECT_EQ(category_of(*trusting, text), Category::read_only) << text;
}

TEST_F(PostgresNames, TheServersOwnViewsCanBeRead) {
  const auto conn = connect(true);
  const auto views =
      rows_of(run(*conn, "SELECT viewname FROM pg_catalog.pg_views WHERE schemaname = 'pg_catalog'"));
  ASSERT_GT(views.size(), 60U);
  for (const auto& row : views) {
    const auto read = run(*conn, "SELECT * FROM pg_catalog." + row[0].bytes + " LIMIT 0");
    EXPECT_TRUE(read) << row[0].bytes << ": " << read.error().message;
  }
}

// What the server calls VOLATILE must be known to be harmless.
TEST_F(PostgresNames, WhatAVersionBroughtPassesFromThereOn) {
  struct Case {
    int since;
    const char* text;
  };
  const auto conn = connect(true);
  for (const auto& c : {Case{13, "SELECT '2024-02-29 12:34:56+00'::timestamptz AT TIME ZONE 'UTC'"},
                        {14, "SELECT '{[1,2]}'::int4multirange"},
                        {14, "SELECT ('{\"a\": 1}'::jsonb)['a']"},
                        {14,
                         "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5)"
                         " SEARCH DEPTH FIRST BY n SET o CYCLE n SET c USING p SELECT * FROM t"},
                        {16, "SELECT random_normal(), any_value(amname) FROM pg_am"},
                        {16, "SELECT array_shuffle(ARRAY[1, 2])"},
                        {16, "SELECT count(*) FROM pg_stat_get_io()"},
                        {17, "SELECT random(1, 6), to_bin(5)"},
                        {17, "SELECT count(*) FROM pg_get_wait_events()"},
                        {17, "SELECT count(*) FROM pg_available_wal_summaries()"},
                        {18, "SELECT uuidv7(), casefold('A')"},
                        {18, "SELECT count(*) FROM pg_stat_get_backend_io(pg_backend_pid())"},
                        {18, "SELECT count(*) FROM pg_get_aios()"}}) {
    const auto result = run(*conn, c.text);
    EXPECT_EQ(result.has_value(), server_major(*conn) >= c.since) << c.text << "\n"
                                                                  << (result ? "" : result.error().message);
  }
}

TEST_F(PostgresNames, HarmBehindANameIsFound) {
  const auto admin = admin_session(database_.name());
  for (const char* statement :
       {"CREATE FUNCTION acts(int) RETURNS int LANGUAGE sql AS 'SELECT $1'", "CREATE TABLE t (a int)",
        "CREATE FUNCTION of_row(t) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION acts(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1'",
        "CREATE OPERATOR <+> (LEFTARG = int, RIGHTARG = int, FUNCTION = acts)",
        "CREATE FUNCTION of_value(int) RETURNS bool LANGUAGE sql AS 'SELECT true'",
        "CREATE DOMAIN d AS int CHECK (of_value(VALUE))", "CREATE CAST (t AS int) WITH FUNCTION of_row(t)",
        "CREATE AGGREGATE total(int) (SFUNC = acts, STYPE = int)", "CREATE VIEW deep AS SELECT acts(1)",
        "CREATE VIEW deeper AS SELECT * FROM deep",
        "CREATE FUNCTION liar() RETURNS text LANGUAGE sql STABLE AS 'SELECT pg_read_file(''x'')'",
        "CREATE TABLE rows (a int)", "ALTER TABLE rows ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON rows USING (of_value(a))"})
    ask(admin.get(), statement);
  const auto conn = connect(true);
  for (const char* text :
       {"SELECT acts(1)", "SELECT t.of_row FROM t", "SELECT (t).of_row FROM t", "SELECT 1 <+> 2",
        "SELECT 1 OPERATOR(public.<+>) 2", "SELECT 1::d", "SELECT ROW(1)::t::int", "SELECT total(a) FROM t",
        "SELECT * FROM deep", "TABLE deeper", "SELECT liar()", "SELECT a FROM rows"})
    EXPECT_EQ(category_of(*conn, text), Category::read_only) << text;
  for (const char* text : {"SELECT a FROM t", "SELECT t.a + 1 FROM t", "SELECT sum(a) FROM t"})
    EXPECT_TRUE(run(*conn, text)) << text;
}

TEST_F(PostgresReading, AReadingSessionRefusesToWrite) {
  const auto conn = connect(true);
  EXPECT_EQ(cell(*conn, "SHOW default_transaction_read_only"), "on");
  const auto result = write(*conn, "CREATE TABLE t (a int)");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::read_only);
  Call call;
  EXPECT_FALSE(conn->begin(call, false));
  EXPECT_TRUE(conn->begin(call, true));
}

}  // namespace
}  // namespace dbmux::test
