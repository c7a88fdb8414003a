// Names for what is being typed.
#include "operations/completion.hpp"

#include "shop.hpp"

namespace dbmux {
namespace {

using Names = std::vector<std::string>;

TEST(Completed, BeginsWithThePrefixesAndIgnoresCase) {
  const Names names{"reorder", "Orders", "customers", "order_items"};
  EXPECT_EQ(completed(names, "order").values, (Names{"Orders", "order_items", "reorder"}));
  EXPECT_EQ(completed(names, "").values, names);
  EXPECT_EQ(completed(names, "x").values, Names());
  EXPECT_EQ(completed(names, "x").total, 0);
}

TEST(Completed, GivesAHundredAndSaysHowManyThereAre) {
  Names names;
  for (int i = 0; i < 100; ++i) names.push_back("n" + std::to_string(i));
  EXPECT_FALSE(completed(names, "n").has_more);
  names.push_back("an");
  const auto c = completed(names, "n");
  EXPECT_EQ(c.values.size(), 100U);
  EXPECT_EQ(c.values.back(), "n99");
  EXPECT_EQ(c.total, 101);
  EXPECT_TRUE(c.has_more);
}

class Completing : public Shop {
 protected:
  Outcome complete(bool prompt, std::string_view of, std::string_view argument, std::string_view value,
                   std::string_view context = "{}") {
    auto json = parse_json(context);
    EXPECT_TRUE(json);
    Call call;
    completion_ = {};
    return catalogue().complete(call, {prompt, of, argument, value, &*json}, completion_);
  }
  Names of_prompt(std::string_view argument, std::string_view value, std::string_view context = "{}") {
    EXPECT_EQ(complete(true, "explore_database", argument, value, context), Outcome::ok);
    return completion_.values;
  }
  Names of_template(std::string_view argument, std::string_view value, std::string_view context = "{}") {
    EXPECT_EQ(complete(false, "database://{connectionId}/tables/{tableName}", argument, value, context),
              Outcome::ok);
    return completion_.values;
  }

  Completion completion_;
};

TEST_F(Completing, KnowsConnectionsSchemasTablesAndColumns) {
  profile_.connections.push_back(sqlite_profile("notes", folder_.path() / "notes.db"));
  make_database(folder_.path() / "notes.db", {"CREATE TABLE memos (id, text)"});
  EXPECT_EQ(of_prompt("connection", "s"), (Names{"shop", "notes"}));
  EXPECT_EQ(of_prompt("schema", "ma"), Names{"main"});
  EXPECT_EQ(of_prompt("table", "orders"), (Names{"orders", "open_orders"}));
  EXPECT_EQ(of_prompt("table", "", R"({"connection":"notes"})"), Names{"memos"});
  EXPECT_EQ(of_prompt("column", "id", R"({"table":"orders"})"), (Names{"id", "customer_id"}));
  EXPECT_EQ(of_prompt("column", "id"), Names()) << "of no table";
}

TEST_F(Completing, KnowsTheVariablesOfTheTemplates) {
  EXPECT_EQ(of_template("connectionId", ""), Names{"shop"});
  EXPECT_EQ(of_template("tableName", "cust", R"({"connectionId":"shop"})"), Names{"customers"});
}

TEST_F(Completing, HasNothingForFreeText) {
  EXPECT_EQ(complete(true, "explain_slow_query", "query", "SELECT"), Outcome::ok);
  EXPECT_TRUE(completion_.values.empty());
}

TEST_F(Completing, GivesNothingWhereTheEngineCannotBeReached) {
  profile_.connections = {sqlite_profile("gone", folder_.path() / "not-there.db")};
  EXPECT_EQ(of_prompt("table", "o"), Names());
  EXPECT_EQ(of_prompt("table", "o", R"({"connection":"unknown"})"), Names());
  broken_ = fail(Category::profile, "broken").value();
  restart();
  EXPECT_EQ(of_prompt("connection", ""), Names());
}

TEST_F(Completing, DoesNotKnowOtherPromptsTemplatesAndArguments) {
  EXPECT_EQ(complete(true, "explore", "table", ""), Outcome::unknown);
  EXPECT_EQ(complete(true, "explore_database", "query", ""), Outcome::unknown);
  EXPECT_EQ(complete(false, "database://{connectionId}/tables/{tableName}", "table", ""), Outcome::unknown);
  EXPECT_EQ(complete(false, "other://{connectionId}", "connectionId", ""), Outcome::unknown);
}

}  // namespace
}  // namespace dbmux
