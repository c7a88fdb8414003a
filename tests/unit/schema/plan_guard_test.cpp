// Which plans are refused, in which words, and that nothing is asked where nothing is bounded.
#include "schema/plan_guard.hpp"

#include "../connections/scripted_session.hpp"
#include "schema/plan.hpp"
#include "sqlite_file.hpp"

namespace dbmux {
namespace {

ConnectionProfile bounded(double max_cost, std::int64_t full_scan_rows) {
  ConnectionProfile p;
  p.name = "app";
  p.guard = {max_cost, full_scan_rows};
  return p;
}

PlanStep step(int depth, const char* op, const char* object, double cost,
              std::optional<double> scanned = std::nullopt) {
  return {op, object, "", cost, scanned, depth};
}

Plan plan() {
  return {1204.5,
          310.0,
          std::nullopt,
          "",
          {step(0, "Sort", "", 1204.5), step(1, "Hash Join", "", 1200),
           step(2, "Seq Scan", "items", 1000, 48210.0), step(2, "Index Scan", "orders", 20)}};
}

TEST(PlanGuard, LetsThroughWhatIsWithinTheBounds) {
  for (const auto& profile : {bounded(0, 0), bounded(1204.5, 48210), bounded(5e6, 0), bounded(0, 50'000)}) {
    const auto allowed = check_plan(plan(), profile);
    EXPECT_TRUE(allowed) << allowed.error().message;
  }
}

TEST(PlanGuard, NamesTheTableThatWouldBeReadAndHowMuchOfIt) {
  const auto refused = check_plan(plan(), bounded(0, 10'000));
  ASSERT_FALSE(refused);
  const auto& e = refused.error();
  EXPECT_EQ(e.category, Category::resource);
  EXPECT_EQ(
      e.message,
      "Not run: it would read about 48,210 rows to find its own (Seq Scan of items), and whole tables may be "
      "read here up to 10,000 rows.");
  EXPECT_EQ(e.limit, "guard full_scan_rows 10,000 of connection 'app'");
  EXPECT_EQ(e.object, "items");
  EXPECT_FALSE(e.hint.empty());
  EXPECT_FALSE(e.retryable);
}

TEST(PlanGuard, NamesTheStepThatCostsMostByItself) {
  const auto refused = check_plan(plan(), bounded(1000, 0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(
      refused.error().message,
      "Not run: its plan costs 1,205, most of it for Seq Scan of items, and plans may cost 1,000 here.");
  EXPECT_EQ(refused.error().limit, "guard max_cost 1,000 of connection 'app'");
}

TEST(PlanGuard, DoesNotGuessWhereTheEngineTellsNoFigures) {
  Plan silent;
  silent.steps.push_back({"scan", "items", "", std::nullopt, std::nullopt, 0});
  EXPECT_TRUE(check_plan(silent, bounded(1, 1)));
}

class GuardedSession : public testing::Test {
 protected:
  void SetUp() override {
    auto plugin = scripted_plugins().plugin("scripted");
    ASSERT_TRUE(plugin) << plugin.error().message;
    source_ = *(*plugin)->open(call_, {}, {});
    conn_ = std::move(*source_->connect(call_, true));
  }
  std::string explains() {
    const auto counters = run_script(call_, *conn_, "stats");
    EXPECT_TRUE(counters);
    for (const auto& row : *counters)
      if (row[0] == "explains") return row[1];
    return "0";
  }
  Result<void> checked(std::string_view text, const ConnectionProfile& profile) {
    return check_plan(call_, *conn_, Statement{.language = {}, .text = text, .params = {}}, profile);
  }
  Call call_;
  std::shared_ptr<Source> source_;
  std::unique_ptr<Conn> conn_;
};

constexpr const char* kDear =
    R"(plan {"cost":9000000,"rows":1,"ms":null,"nodes":[],"text":"one step","native":null})";

TEST_F(GuardedSession, WithoutBoundsIsNotAskedForAPlan) {
  EXPECT_TRUE(checked(kDear, bounded(0, 0)));
  EXPECT_EQ(explains(), "0");
}

TEST_F(GuardedSession, WithBoundsIsAskedOnce) {
  EXPECT_TRUE(checked(kDear, bounded(1e7, 0)));
  EXPECT_EQ(explains(), "1");
  const auto refused = checked(kDear, bounded(5e6, 0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "Not run: its plan costs 9,000,000, and plans may cost 5,000,000 here.");
}

TEST_F(GuardedSession, RunsNothingOfWhichThereIsNoPlan) {
  ASSERT_TRUE(conn_->execute(
      call_, Statement{.language = {},
                       .text = R"(fail-next explain 1 {"category":"unsupported","message":"no plans here"})",
                       .params = {}}));
  const auto refused = checked(kDear, bounded(5e6, 0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().category, Category::unsupported);
  EXPECT_EQ(refused.error().message,
            "Not run: the profile wants to see the plan first (guard), and no plans here");
}

TEST(PlanGuardOfSqlite, CountsTheRowsOfWholeTables) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "a.db";
  make_database(file, {"CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)",
                       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                       " INSERT INTO t SELECT i, i FROM n",
                       "ANALYZE"});
  Call call;
  const auto source = open_sqlite(file);
  const auto conn = std::move(*source->connect(call, true));
  const auto checked = [&](const char* text) {
    return check_plan(call, *conn, Statement{.language = {}, .text = text, .params = {}}, bounded(0, 1000));
  };
  EXPECT_TRUE(checked("SELECT * FROM t WHERE id = 5"));
  EXPECT_TRUE(checked("SELECT * FROM t LIMIT 5"));
  const auto refused = checked("SELECT * FROM t WHERE name = '5'");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().object, "t");
  EXPECT_NE(refused.error().message.find("5,000 rows"), std::string::npos) << refused.error().message;
}

}  // namespace
}  // namespace dbmux
