#include "driver/items.hpp"
#include "host_test.hpp"
#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

class PostgresIndexAdvice : public PostgresTest {
 protected:
  void SetUp() override {
    auto options = database_.options();
    Param wanted;
    wanted.name = "indexAdvice";
    wanted.kind = Kind::boolean;
    wanted.i64 = 1;
    options.push_back(wanted);
    source_ = open_source(options);
    Call call({}, Clock::now() + std::chrono::seconds(30));
    conn_ = std::move(*source_->connect(call, true));
    admin("CREATE SCHEMA shop");
    admin("CREATE TABLE shop.orders (id int PRIMARY KEY, \"Customer; id\" int, note text)");
    admin("INSERT INTO shop.orders SELECT g, g % 5000, repeat('x', 100) FROM generate_series(1, 50000) g");
    admin("ANALYZE shop.orders");
  }
  std::string admin(const std::string& statement) { return ask(admin_.get(), statement); }
  Result<std::string> advise(const std::string& arguments) {
    Call call({}, Clock::now() + std::chrono::seconds(30));
    auto made = source_->invoke(call, conn_.get(), Item::tool, "index_advice", arguments);
    if (!made) return fail(made.error());
    auto rows = read_content(*made->cursor, 1 << 20);
    if (!rows) return fail(rows.error());
    return rows->at(0).text;
  }
  std::string plan() {
    std::string text;
    for (const auto& row :
         rows_of(run(*conn_, R"(EXPLAIN SELECT note FROM shop.orders WHERE "Customer; id" = 77)")))
      text += row[0].bytes + "\n";
    return text;
  }

  std::shared_ptr<Source> source_;
  std::unique_ptr<Conn> conn_;
  Session admin_ = admin_session(database_.name());
};

constexpr const char* kAsked =
    R"({"query":"SELECT note FROM shop.orders WHERE \"Customer; id\" = 77","indexes":[)"
    R"({"table":"shop.orders","columns":["Customer; id"]},{"table":"shop.orders","columns":["note","id"]}]})";

TEST_F(PostgresIndexAdvice, SaysHowToGetTheExtension) {
  const auto advice = advise(kAsked);
  ASSERT_FALSE(advice);
  EXPECT_EQ(advice.error().category, Category::unsupported);
  EXPECT_NE(advice.error().hint.find("CREATE EXTENSION hypopg"), std::string::npos) << advice.error().hint;
}

TEST_F(PostgresIndexAdvice, ShowsCostAndPlanWithIndexesThatAreNotMade) {
  if (admin("SELECT count(*) FROM pg_available_extensions WHERE name = 'hypopg'") == "0") {
    EXPECT_FALSE(advise(kAsked)) << "this build of the server has no hypopg";
    return;
  }
  admin("CREATE SCHEMA tools");
  admin("CREATE EXTENSION hypopg SCHEMA tools");
  const auto advice = advise(kAsked);
  ASSERT_TRUE(advice) << advice.error().message;
  const auto cost = [&](const std::string& key) {
    const auto at = advice->find("\"" + key + "\":");
    return at == std::string::npos ? -1.0 : std::stod(advice->substr(at + key.size() + 3));
  };
  EXPECT_GT(cost("cost_before"), 10 * cost("cost_after")) << *advice;
  EXPECT_GT(cost("cost_after"), 0) << *advice;
  const std::string making = R"("definition":"CREATE INDEX ON shop.orders USING btree )";
  const auto used = advice->find(making + R"((\"Customer; id\"))");
  const auto unused = advice->find(making + "(note, id)");
  ASSERT_LT(used, unused) << *advice;
  ASSERT_LT(unused, advice->size()) << *advice;
  EXPECT_LT(advice->find(R"("used":true)", used), unused);
  EXPECT_NE(advice->find(R"("used":false)", unused), std::string::npos);
  EXPECT_EQ(admin("SELECT count(*) FROM pg_indexes WHERE schemaname = 'shop'"), "1");
  EXPECT_NE(plan().find("Seq Scan"), std::string::npos) << "the session keeps none";

  for (
      const auto& [arguments, category] :
      {std::pair{R"({"query":"SELECT 1","indexes":[{"table":"nowhere","columns":["a"]}]})",
                 Category::not_found},
       {R"({"query":"SELECT 1","indexes":[{"table":"shop.orders","columns":["id); DROP TABLE shop.orders; --"]}]})",
        Category::invalid},
       {R"({"query":"DELETE FROM shop.orders; SELECT 1","indexes":[{"table":"shop.orders","columns":["id"]}]})",
        Category::invalid}}) {
    const auto refused = advise(arguments);
    ASSERT_FALSE(refused) << arguments;
    EXPECT_EQ(refused.error().category, category) << arguments << ": " << refused.error().message;
  }
  EXPECT_NE(plan().find("Seq Scan"), std::string::npos) << "nor after a failure";
  EXPECT_EQ(cell(*conn_, "SELECT count(*) FROM shop.orders"), "50000");
}

TEST_F(PostgresIndexAdvice, IsListedOnlyWhereTheOptionsWantIt) {
  Call call;
  EXPECT_NE(source_->describe(call)->find("index_advice"), std::string::npos);
  EXPECT_EQ(*open_source(database_.options())->describe(call), R"({"tools":[]})");
}

class PostgresItems : public ThroughHost {};

TEST_F(PostgresItems, AreLookedForOnlyWhereTheOptionsWantThem) {
  const auto offers = [&](const std::string& name, std::vector<Option> options) {
    auto profile = profile_of("127.0.0.1:1", std::move(options));
    profile.name = name;
    return add(profile)->offers_items();
  };
  EXPECT_FALSE(offers("silent", {}));
  EXPECT_FALSE(offers("off", {option("indexAdvice", false)}));
  EXPECT_TRUE(offers("on", {option("index_advice", true)}));
}

}  // namespace
}  // namespace dbmux::test
