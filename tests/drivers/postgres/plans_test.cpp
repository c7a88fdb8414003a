// What plans say, and that measuring one leaves nothing behind.
#include "base/json.hpp"
#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

class PostgresPlans : public PostgresTest {
 protected:
  void SetUp() override {
    conn_ = connect();
    for (const char* text :
         {"CREATE TABLE big (id int PRIMARY KEY, k int, t text) WITH (autovacuum_enabled = off)",
          "INSERT INTO big SELECT i, i % 100, repeat('x', 50) FROM generate_series(1, 50000) i",
          "CREATE TABLE parted (id int, v int) PARTITION BY RANGE (id)",
          "CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (20000)",
          "CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (20000) TO (40000)",
          "INSERT INTO parted SELECT i, i FROM generate_series(0, 39999) i", "ANALYZE"})
      ASSERT_TRUE(write(*conn_, text)) << text;
  }
  Result<JsonDocument> plan(std::string_view text, const std::vector<Value>& values = {},
                            bool measured = false, bool read_only = true) {
    const auto given = params(values);
    Call call;
    auto cursor = conn_->explain(
        call, Statement{.language = {}, .text = text, .params = given, .read_only = read_only}, measured);
    if (!cursor) return fail(cursor.error());
    auto table = fetch(**cursor);
    if (!table) return fail(table.error());
    return parse_json(table->rows.at(0).at(0).bytes);
  }
  // The first number of that name among the steps; -1 none.
  static double of_steps(const JsonDocument& plan, const char* key) {
    for (const auto& node : plan["nodes"].GetArray())
      if (const auto* v = member(node, key); v && v->IsNumber()) return v->GetDouble();
    return -1;
  }
  static std::string warnings(const JsonDocument& plan) {
    std::string all;
    for (const auto& node : plan["nodes"].GetArray())
      if (node["warning"].IsString()) all += std::string(view(node["warning"])) + "\n";
    return all;
  }
  std::unique_ptr<Conn> conn_;
};

struct Case {
  const char* statement;
  double scanned;       // -1: of no whole object
  const char* warning;  // a part; "" none at all
};

TEST_F(PostgresPlans, TellWhatReadsWholeTablesAndHowMuchOfThem) {
  for (const auto& c :
       {Case{"SELECT * FROM big WHERE id = 5", -1, ""},
        Case{"SELECT * FROM big WHERE t = 'a'", 50000, "reads the whole of big (50000 rows)"},
        Case{"SELECT * FROM big LIMIT 10", 10, ""}, Case{"SELECT * FROM big ORDER BY id LIMIT 10", 10, ""},
        Case{"SELECT * FROM big LIMIT 25000", 25000, "reads from the start of big (25000 rows)"},
        Case{"SELECT * FROM big ORDER BY k LIMIT 10", 50000, "reads the whole of big"},
        Case{"SELECT count(*) FROM big", 50000, "reads the whole of big"},
        Case{"SELECT * FROM big WHERE id < 100", -1, ""},
        Case{"SELECT sum(v) FROM parted", 40000, "reads the whole of parted (40000 rows)"},
        Case{"SELECT 1", -1, ""},
        Case{"EXPLAIN (COSTS off) SELECT * FROM big WHERE t = 'a'", 50000, "reads the whole of big"},
        Case{"SHOW work_mem", -1, ""}}) {
    const auto made = plan(c.statement);
    ASSERT_TRUE(made) << c.statement << ": " << made.error().message;
    EXPECT_NEAR(of_steps(*made, "scanned"), c.scanned, 1) << c.statement;
    if (*c.warning == '\0')
      EXPECT_EQ(warnings(*made), "") << c.statement;
    else
      EXPECT_NE(warnings(*made).find(c.warning), std::string::npos) << c.statement << ": " << warnings(*made);
  }
}

TEST_F(PostgresPlans, KnowTheValuesOfParametersAndDoWithoutThem) {
  ASSERT_TRUE(write(*conn_, "CREATE INDEX ON big (k)"));
  const auto with = plan("SELECT * FROM big WHERE id = $1 AND k = $2", {5, 5});
  ASSERT_TRUE(with) << with.error().message;
  EXPECT_NE(view((*with)["text"]).find("(big.id = 5)"), std::string::npos) << view((*with)["text"]);
  const auto without = plan("SELECT * FROM big WHERE id = $1 AND k = $2");
  ASSERT_TRUE(without) << without.error().message;
  EXPECT_NE(view((*without)["text"]).find("(big.id = $1)"), std::string::npos) << view((*without)["text"]);
  EXPECT_EQ(cell(*conn_, "SELECT count(*) FROM pg_prepared_statements"), "0");
  const auto wrong = plan("SELECT * FROM big WHERE id = $1", {5, 6});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().category, Category::invalid);
  const auto broken = plan("SELECT * FROM big WHERE nothing = $1");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().category, Category::not_found);
  EXPECT_EQ(broken.error().position, 25);
  expect_usable(*conn_);
}

TEST_F(PostgresPlans, AreMeasuredWithoutAnythingLeftBehind) {
  const auto read = plan("SELECT count(*) FROM big", {}, true);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_GT((*read)["ms"].GetDouble(), 0);
  EXPECT_NE(view((*read)["text"]).find("took"), std::string::npos);
  const auto refused = plan("DELETE FROM big", {}, true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().category, Category::read_only) << refused.error().message;
  const auto measured = plan("DELETE FROM big WHERE id <= $1", {100}, true, false);
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_EQ(cell(*conn_, "SELECT count(*) FROM big"), "50000");
  Call call;
  ASSERT_TRUE(conn_->begin(call, false));
  ASSERT_TRUE(plan("DELETE FROM big", {}, true, false));
  ASSERT_TRUE(conn_->commit(call));
  EXPECT_EQ(cell(*conn_, "SELECT count(*) FROM big"), "50000");
  conn_ = connect(true);
  const auto on_reader = plan("DELETE FROM big", {}, true, false);
  ASSERT_FALSE(on_reader);
  EXPECT_EQ(on_reader.error().category, Category::read_only);
  EXPECT_TRUE(plan("DELETE FROM big", {}, false, false)) << "a plan alone runs nothing";
}

TEST_F(PostgresPlans, WarnOfSortsThatGoToDiskAndOfEstimatesThatAreFarOff) {
  const auto sorts = plan("SELECT * FROM big a, generate_series(1, 10) ORDER BY a.t, a.k");
  ASSERT_TRUE(sorts);
  EXPECT_NE(warnings(*sorts).find("it will go to disk"), std::string::npos) << warnings(*sorts);
  const auto sorted = plan("SELECT * FROM big a, generate_series(1, 3) ORDER BY a.t, a.k", {}, true);
  ASSERT_TRUE(sorted);
  EXPECT_NE(warnings(*sorted).find("sorted on disk"), std::string::npos) << warnings(*sorted);
  const auto off = plan("SELECT * FROM big WHERE k + 0 = id % 100", {}, true);
  ASSERT_TRUE(off);
  EXPECT_NE(warnings(*off).find("were expected"), std::string::npos) << warnings(*off);
}

}  // namespace
}  // namespace dbmux::test
