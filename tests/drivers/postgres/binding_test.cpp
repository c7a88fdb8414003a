// Parameters as the statement's places want them, several sets of them, and statements that are only looked
// at.
#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

Value json(std::string text) {
  Value v(std::move(text));
  v.kind = Kind::json;
  return v;
}

class PostgresBinding : public PostgresTest {
 protected:
  static Result<Table> run_sets(Conn& conn, std::string_view text, const std::vector<Value>& values,
                                std::size_t sets, bool in_transaction = false) {
    const auto given = params(values);
    return run(conn, Statement{.language = {},
                               .text = text,
                               .params = given,
                               .sets = sets,
                               .read_only = false,
                               .in_transaction = in_transaction});
  }
  Proxy proxy_{database_.server().port};
};

TEST_F(PostgresBinding, JsonArraysBecomeArraysWhereTheStatementWantsThemAndDocumentsElsewhere) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TYPE mood AS ENUM ('sad', 'happy')"));
  ASSERT_TRUE(write(*conn, "CREATE DOMAIN few AS int[] CHECK (cardinality(VALUE) < 4)"));
  struct Case {
    const char* text;
    const char* value;
    const char* type;
    Value expected;
  };
  for (const auto& c : std::vector<Case>{
           {"SELECT $1::int[]", "[1,2,3]", "", "{1,2,3}"},
           {"SELECT $1::int[]", "[]", "", "{}"},
           {"SELECT $1::int[]", " [[1,2],[3,null]]", "", "{{1,2},{3,NULL}}"},
           {"SELECT $1::bigint[]", "[9007199254740993,-9223372036854775808]", "",
            "{9007199254740993,-9223372036854775808}"},
           {"SELECT $1::numeric[]", "[123456789012345678901234567890.10,1e3]", "",
            "{123456789012345678901234567890.10,1000}"},
           {"SELECT $1::text[]", R"(["a b","q\"u\\","","NULL",null,"{","山\ud83d\ude42"])", "",
            "{\"a b\",\"q\\\"u\\\\\",\"\",\"NULL\",NULL,\"{\",山🙂}"},
           {"SELECT $1::bool[]", "[true,false]", "", "{t,f}"},
           {"SELECT $1::mood[]", R"(["sad","happy"])", "", "{sad,happy}"},
           {"SELECT $1::few", "[1,2]", "", "{1,2}"},
           {"SELECT ($1::jsonb[])[2]", R"([1,{"a":[1.50,"x"]},[2]])", "", json(R"({"a": [1.50, "x"]})")},
           {"SELECT array_length($1::json[], 1)", R"([[1,2],[3]])", "", 2},
           {"SELECT $1::jsonb", "[1,[2]]", "", json("[1, [2]]")},
           {"SELECT $1::text", "[1,2]", "", "[1,2]"},
           {"SELECT $1", "[1,2]", "int4[]", "{1,2}"},
           {"SELECT $1", "[1,2]", "jsonb", json("[1, 2]")},
           {"SELECT 2 = ANY ($1)", "[1,2]", "bigint[]",
            [] {
              Value v(1);
              v.kind = Kind::boolean;
              return v;
            }()},
       }) {
    const std::vector<Param> given{param(json(c.value), "", c.type)};
    EXPECT_EQ(rows_of(run(*conn, Statement{.language = {}, .text = c.text, .params = given})),
              Rows{{c.expected}})
        << c.text << " " << c.value;
  }
}

TEST_F(PostgresBinding, AnErrorOfAValueNamesItsParameter) {
  const auto conn = connect();
  struct Case {
    const char* text;
    std::vector<Value> values;
    const char* words;
  };
  for (const auto& c : std::vector<Case>{
           {"SELECT $1 + 1, $2::date", {1, "no date"}, "parameter $2: invalid input syntax for type date"},
           {"SELECT $1::smallint",
            {70000},
            "parameter $1: value \"70000\" is out of range for type smallint"},
           {"SELECT $1::int, $2::int", {"x", "x"}, "invalid input syntax for type integer"},
           {"SELECT $1, $2", {1}, "the statement has 2 parameters ($1 to $2), but 1 value was given"},
           {"SELECT $1::uuid", {"no"}, "parameter $1: invalid input syntax for type uuid"}}) {
    const auto result = run(*conn, c.text, c.values);
    ASSERT_FALSE(result) << c.text;
    EXPECT_EQ(result.error().category, Category::invalid) << c.text;
    EXPECT_TRUE(result.error().message.starts_with(c.words)) << result.error().message;
  }
  expect_usable(*conn);
}

TEST_F(PostgresBinding, TakesOneRoundTripUnlessTheStatementMustSayWhatAnArrayIs) {
  proxy_.answer_after(std::chrono::milliseconds(100));
  const auto conn = connect(database_.options_with(proxy_.port()));
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int, b jsonb)"));
  const auto flights = [&](std::string_view text, const std::vector<Param>& given, bool read_only) {
    int before = 0;
    for (int i = 0; i < 2; ++i) {  // the first time, what its names stand for may have to be looked up
      before = proxy_.flights();
      const auto done =
          run(*conn, Statement{.language = {}, .text = text, .params = given, .read_only = read_only});
      EXPECT_TRUE(done) << text << ": " << done.error().message;
    }
    return proxy_.flights() - before;
  };
  EXPECT_EQ(flights("SELECT $1::int, $2::text, $3", {param(1), param("x"), param(nullptr)}, true), 1);
  EXPECT_EQ(flights("SELECT $1, $2", {param(1, "", "bigint"), param("{1}", "", "int4[]")}, true), 1);
  EXPECT_EQ(flights("SELECT $1", {param(json("[1]"), "", "int4[]")}, true), 1);
  EXPECT_EQ(flights("SELECT $1::jsonb", {param(json(R"({"a":1})"))}, true), 1);
  EXPECT_EQ(flights("INSERT INTO t VALUES ($1, $2)", {param(1), param(json("{}"))}, false), 1);
  EXPECT_EQ(flights("INSERT INTO t VALUES ($1) RETURNING a", {param(2)}, false), 1);
  EXPECT_EQ(flights("SELECT $1::int[]", {param(json("[1]"))}, true), 2);
}

TEST_F(PostgresBinding, SeveralSetsRunWhateverTheTimeOfTheCall) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int)"));
  const auto values = params({1, 2});
  for (const int seconds : {30, 600, 20}) {
    Call call({}, Clock::now() + std::chrono::seconds(seconds));
    const auto done = conn->execute(call, Statement{.language = {},
                                                    .text = "INSERT INTO t VALUES ($1)",
                                                    .params = values,
                                                    .sets = 2,
                                                    .read_only = false});
    EXPECT_TRUE(done) << seconds << ": " << done.error().message;
  }
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "6");
}

TEST_F(PostgresBinding, SeveralSetsAreAllDoneOrNone) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int PRIMARY KEY, b text)"));
  std::vector<Value> many;
  for (int i = 1; i <= 2000; ++i) many.insert(many.end(), {i, "b" + std::to_string(i)});
  const auto all = run_sets(*conn, "INSERT INTO t VALUES ($1, $2)", many, 2000);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->summary.rows_affected, 2000);
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "2000");

  const auto doubled =
      run_sets(*conn, "INSERT INTO t VALUES ($1, $2)", {3001, "x", 3002, "y", 7, "z", 3003, "w"}, 4);
  ASSERT_FALSE(doubled);
  EXPECT_EQ(doubled.error().category, Category::constraint);
  EXPECT_TRUE(doubled.error().message.starts_with("set 3 of 4: ")) << doubled.error().message;
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "2000");

  const auto rows = run_sets(*conn, "DELETE FROM t WHERE a = $1 RETURNING a", {1, 2}, 2);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().category, Category::unsupported);
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "2000");
}

TEST_F(PostgresBinding, SeveralSetsWithinATransactionGoWithIt) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int PRIMARY KEY)"));
  Call call;
  ASSERT_TRUE(conn->begin(call, false));
  const auto done = run_sets(*conn, "INSERT INTO t VALUES ($1)", {1, 2, 3}, 3, true);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->summary.in_transaction);
  const auto failed = run_sets(*conn, "INSERT INTO t VALUES ($1)", {4, 4}, 2, true);
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().transaction_failed);
  ASSERT_TRUE(conn->rollback(call));
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "0");
}

TEST_F(PostgresBinding, ADryRunTellsColumnsAndErrorsAndRunsNothing) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TABLE t (a int PRIMARY KEY, b text)"));
  const auto look = [&](std::string_view text, bool read_only, const std::vector<Value>& values = {}) {
    const auto given = params(values);
    return run(
        *conn,
        Statement{.language = {}, .text = text, .params = given, .read_only = read_only, .dry_run = true});
  };
  const auto read = look("SELECT a, b AS name FROM t WHERE a = $1", true, {1});
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->columns.size(), 2u);
  EXPECT_EQ(read->columns[1].name, "name");
  EXPECT_EQ(read->columns[0].native_type, "integer");
  EXPECT_TRUE(read->rows.empty());
  ASSERT_TRUE(look("INSERT INTO t VALUES (1, 'x')", false));
  ASSERT_TRUE(look("DROP TABLE t", false));
  EXPECT_EQ(cell(*conn, "SELECT count(*) FROM t"), "0");
  const auto wrong = look("SELECT nothing FROM t", true);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().category, Category::not_found);
  EXPECT_EQ(wrong.error().position, 8);
  const auto refused = look("DROP TABLE t", true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().category, Category::read_only);
}

}  // namespace
}  // namespace dbmux::test
