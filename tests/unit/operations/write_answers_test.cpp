// What execute_update and execute-update answer, to the word.
#include "shop.hpp"

namespace dbmux {
namespace {

class WritableShop : public Shop {
 protected:
  void SetUp() override {
    Shop::SetUp();
    shop().access = Access::read_write;
  }
};

TEST_F(WritableShop, ATableIsListedOnceItWasCreatedHereOrARefreshIsAskedFor) {
  const auto listed = [&](const char* table, const char* arguments = "{}") {
    return text("list_tables", arguments).find(table) != std::string::npos;
  };
  EXPECT_FALSE(listed("made_here"));
  text("execute_update", R"J({"query":"CREATE TABLE made_here (a)"})J");
  EXPECT_TRUE(listed("made_here"));
  make_database(folder_.path() / "shop.db", {"CREATE TABLE made_elsewhere (a)"});
  EXPECT_TRUE(listed("made_elsewhere", R"({"refresh":true})"));
  EXPECT_TRUE(listed("made_elsewhere"));
  EXPECT_NE(text("search_tables", R"({"search_term":"ELSEWHERE","refresh":true})").find("made_elsewhere"),
            std::string::npos);
}

TEST_F(WritableShop, ExecuteUpdateAnswersHowManyRowsChanged) {
  const auto reply =
      ask("execute_update", R"({"query":"UPDATE orders SET status = ? WHERE id <= ?","params":["paid",3]})");
  EXPECT_EQ(reply.text, R"({"rows_affected":3})");
  EXPECT_EQ(reply.meta.at("dbmux/access"), R"({"verdict":"write","by":[]})");
  EXPECT_EQ(text("execute_query",
                 R"({"query":"SELECT count(*) AS n FROM orders WHERE id <= 3 AND status = 'paid'"})"),
            R"({"columns":["n"],"rows":[[3]],"row_count":1,"truncated":false})");
}

TEST_F(WritableShop, ExecuteUpdateAnswersTheIdOfAnInsertedRow) {
  EXPECT_EQ(text("execute_update", R"J({"query":"INSERT INTO customers (name) VALUES ('Dana')"})J"),
            R"({"rows_affected":1,"insert_id":4})");
}

TEST_F(WritableShop, ExecuteUpdateAnswersTheRowsThatAStatementReturns) {
  EXPECT_EQ(text("execute_update", R"({"query":"DELETE FROM orders WHERE id < 3 RETURNING id"})"),
            R"({"rows_affected":2,"columns":["id"],"rows":[[1],[2]],"row_count":2,"truncated":false})");
}

TEST_F(WritableShop, ExecuteUpdateChangesTheSchema) {
  EXPECT_EQ(at(text("execute_update", R"J({"query":"CREATE TABLE extra (a)"})J"), {"rows_affected"}), "0");
  EXPECT_EQ(at(text("describe_table", R"({"table_name":"extra"})"), {"table"}), "main.extra");
}

TEST_F(WritableShop, TellsOfAChangedSchemaAndOfNothingElse) {
  std::vector<std::string> told;
  catalogue().on_change([&](Change change, std::string_view uri) {
    EXPECT_EQ(change, Change::resource);
    told.emplace_back(uri);
  });
  text("execute_update", R"J({"query":"INSERT INTO customers (name) VALUES ('Dana')"})J");
  error("execute_update", R"J({"query":"CREATE TABLE customers (a)"})J");
  EXPECT_EQ(told, std::vector<std::string>{});
  for (const auto* statement :
       {"CREATE TABLE extra (a)", "ALTER TABLE extra ADD COLUMN b", "DROP TABLE extra"})
    text("execute_update", R"({"query":")" + std::string(statement) + "\"}");
  EXPECT_EQ(told, std::vector<std::string>(3, "database://shop/"));
}

TEST_F(WritableShop, AnErrorOfAnUpdateIsADocumentOrASentence) {
  const auto e =
      error("execute_update", R"J({"query":"INSERT INTO customers (id, name) VALUES (1, 'again')"})J");
  EXPECT_EQ(at(e, {"error", "category"}), "constraint");
  EXPECT_EQ(at(e, {"error", "message"}), "UNIQUE constraint failed: customers.id");
  EXPECT_EQ(error("execute-update", R"J({"query":"INSERT INTO customers (id, name) VALUES (1, 'again')"})J"),
            "Error executing update: UNIQUE constraint failed: customers.id");
}

TEST_F(WritableShop, TheHyphenatedFaceAnswersASentence) {
  EXPECT_EQ(text("execute-update", R"({"connectionId":"shop","query":"DELETE FROM orders"})"),
            "Operation completed successfully");
  EXPECT_EQ(text("execute-query", R"({"connectionId":"shop","query":"SELECT count(*) AS n FROM orders"})"),
            R"([{"n":0}])");
}

TEST_F(Shop, AnUpdateOfAReadOnlyConnectionIsRefusedByTheProfileBeforeItRuns) {
  const auto reply = ask("execute_update", R"({"query":"  delete from orders"})");
  EXPECT_EQ(reply.outcome, Outcome::error);
  EXPECT_EQ(
      reply.text,
      R"({"error":{"category":"read_only","message":"Refused: DELETE would change data, and the connection 'shop' )"
      R"(is read-only. Nothing was run.","by":["profile"],"hint":"This cannot be changed from here. Tell the person )"
      R"(that a write was needed; the operator decides."}})");
  EXPECT_EQ(reply.meta.at("dbmux/access"), R"({"verdict":"refused","by":["profile"]})");
  EXPECT_EQ(at(text("execute_query", R"({"query":"SELECT id FROM orders LIMIT 1"})"), {"row_count"}), "1");
}

}  // namespace
}  // namespace dbmux
