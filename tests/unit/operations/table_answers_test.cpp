// What the operations on tables answer, to the word.
#include "shop.hpp"

namespace dbmux {
namespace {

constexpr const char* kOrders =
    R"({"table":"main.orders","kind":"table","row_count":250,"row_count_is":"exact","columns":[)"
    R"({"name":"id","type":"INTEGER","nullable":false,"isPrimaryKey":true},)"
    R"({"name":"customer_id","type":"INTEGER","nullable":false,"isPrimaryKey":false},)"
    R"({"name":"status","type":"TEXT","nullable":false,"isPrimaryKey":false,"defaultValue":"'open'"},)"
    R"({"name":"total","type":"NUMERIC","nullable":true,"isPrimaryKey":false}],)"
    R"J("foreignKeys":[{"columns":["customer_id"],"references":"main.customers(id)"}],)J"
    R"("indexes":[{"name":"orders_customer_idx","columns":["customer_id"],"unique":false}],)"
    R"J("constraints":["CHECK (total >= 0)"]})J";

TEST_F(Shop, ListTablesAnswersNamesKindsAndCounts) {
  const auto* expected =
      R"({"schema":"main","tables":[)"
      R"({"name":"customers","kind":"table","row_count":3,"row_count_is":"exact"},)"
      R"({"name":"open_orders","kind":"view","row_count":125,"row_count_is":"exact"},)"
      R"({"name":"orders","kind":"table","row_count":250,"row_count_is":"exact"}],"truncated":false})";
  for (const auto* arguments : {"{}", R"({"schema":"main"})", R"({"schema":"public"})", R"({"schema":""})",
                                R"({"schema":null,"connectionId":"shop"})", R"({"connection_id":"shop"})"})
    EXPECT_EQ(text("list_tables", arguments), expected) << arguments;
}

TEST_F(Shop, ListTablesOfAnEmptyDatabaseNamesTheSchema) {
  const auto empty = folder_.path() / "empty.db";
  make_database(empty, {"CREATE TABLE t (a)", "DROP TABLE t"});
  shop() = sqlite_profile("shop", empty);
  EXPECT_EQ(text("list_tables"), R"({"schema":"main","tables":[],"truncated":false})");
}

TEST_F(Shop, ListTablesIsCutLikeRows) {
  shop().limits.rows = 2;
  const auto list = text("list_tables");
  EXPECT_TRUE(list.ends_with(
      R"(}],"truncated":true,"why":"limit: 2 entries","hint":"find tables by name with search_tables"})"))
      << list;
  restart();
  shop().limits = {.rows = 0, .tokens = 60, .bytes = 0, .cell = 0};
  EXPECT_EQ(at(text("list_tables"), {"truncated"}), "true");
}

TEST_F(Shop, DescribeTableAnswersColumnsKeysIndexesAndConstraints) {
  for (const auto* arguments :
       {R"({"table_name":"orders"})", R"({"table_name":"main.orders"})", R"({"table_name":"public.orders"})",
        R"({"table_name":"\"orders\"","schema":"main"})", R"({"table":"ORDERS"})",
        R"({"collection":"orders"})"})
    EXPECT_EQ(text("describe_table", arguments), kOrders) << arguments;
}

TEST_F(Shop, DescribeTableAnswersWhoRefersToIt) {
  EXPECT_EQ(text("describe_table", R"({"table_name":"customers"})"),
            R"({"table":"main.customers","kind":"table","row_count":3,"row_count_is":"exact","columns":[)"
            R"({"name":"id","type":"INTEGER","nullable":false,"isPrimaryKey":true},)"
            R"({"name":"name","type":"TEXT","nullable":false,"isPrimaryKey":false}],)"
            R"J("referencedBy":["main.orders(customer_id)"]})J");
}

TEST_F(Shop, DescribeTableAnswersTheDefinitionOfAView) {
  EXPECT_EQ(at(text("describe_table", R"({"table_name":"open_orders"})"), {"definition"}),
            "CREATE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open'");
}

TEST_F(Shop, AnUnknownTableIsAnsweredWithTheNearestNames) {
  for (const auto* face : {"describe_table", "read_table", "get_table_stats"})
    EXPECT_EQ(
        error(face, R"({"table_name":"custmers"})"),
        R"({"error":{"category":"not_found","message":"no such table: custmers","did_you_mean":["customers"]}})")
        << face;
  const auto far = error("describe_table", R"({"table_name":"zzzzzzzzz"})");
  EXPECT_EQ(at(far, {"error", "hint"}), "list_tables shows what there is.");
}

TEST_F(Shop, GetTableStatsAnswersCountsSizesAndTypes) {
  EXPECT_EQ(text("get_table_stats", R"({"table_name":"orders"})"),
            R"({"table":"main.orders","row_count":250,"row_count_is":"exact","bytes":4096,)"
            R"("column_types":{"integer":2,"numeric":1,"text":1},"indexes_bytes":4096})");
}

TEST_F(Shop, SearchTablesAnswersTablesWithTheColumnsThatMatch) {
  EXPECT_EQ(text("search_tables", R"({"search_term":"CUSTOMER"})"),
            R"({"matches":[{"table":"main.customers","kind":"table"},{"table":"main.orders","kind":"table",)"
            R"("columns":[{"name":"customer_id","type":"INTEGER"}]}],"truncated":false})");
  EXPECT_EQ(text("search_tables", R"({"search_term":"nothing"})"), R"({"matches":[],"truncated":false})");
}

TEST_F(Shop, SearchTablesInFullAnswersWhatDescribeTableDoes) {
  auto orders = std::string(kOrders);
  orders.replace(orders.find("exact"), 5, "estimate");
  EXPECT_EQ(text("search_tables", R"({"search_term":"status","detail":"full"})"),
            R"({"matches":[)" + orders + R"(],"truncated":false})");
}

TEST_F(Shop, SearchTablesNeedsATermUnlessItStandsForListTables) {
  EXPECT_EQ(at(error("search_tables"), {"error", "message"}),
            "search_tables needs the argument 'search_term'.");
  restart();
  profile_.tools.kind = ToolList::Kind::two;
  EXPECT_EQ(
      text("search_tables"),
      R"({"matches":[{"table":"main.customers","kind":"table"},{"table":"main.open_orders","kind":"view"},)"
      R"({"table":"main.orders","kind":"table"}],"truncated":false})");
}

TEST_F(Shop, ReadTableAnswersASmallTableWhole) {
  EXPECT_EQ(
      text("read_table", R"({"table_name":"customers"})"),
      R"({"columns":["id","name"],"rows":[[1,"Ann"],[2,"Bob"],[3,"Česlav"]],"row_count":3,"truncated":false,)"
      R"("table":"main.customers","limit":100,"offset":0,"total":3})");
}

TEST_F(Shop, ReadTableGoesOnWithNextToTheEnd) {
  auto page = text("read_table", R"({"table_name":"orders","limit":100})");
  int rows = 0, pages = 0;
  while (true) {
    ++pages;
    rows += std::stoi(at(page, {"row_count"}));
    EXPECT_EQ(at(page, {"total"}), "250");
    EXPECT_EQ(at(page, {"limit"}), "100");
    EXPECT_EQ(at(page, {"offset"}), std::to_string((pages - 1) * 100));
    const auto next = at(page, {"next"});
    if (next.empty()) break;
    EXPECT_EQ(at(page, {"why"}), "limit: 100 rows");
    EXPECT_EQ(at(page, {"hint"}),
              "call execute_query with only {\"next\":\"" + next + "\"} within 15 minutes");
    ASSERT_LT(pages, 10);
    page = text("execute_query", R"({"next":")" + next + R"("})");
    EXPECT_NE(page.find("[[" + std::to_string(rows + 1) + ","), std::string::npos)
        << "the row behind the last page";
  }
  EXPECT_EQ(rows, 250);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(at(page, {"truncated"}), "false");
}

TEST_F(Shop, ReadTableGoesOnBehindTheLastRowThatFitted) {
  shop().limits.bytes = 300;
  const auto page = text("read_table", R"({"table_name":"orders"})");
  EXPECT_EQ(at(page, {"why"}), "limit: 300 bytes");
  const auto rows = std::stoi(at(page, {"row_count"}));
  ASSERT_GT(rows, 1);
  const auto rest = text("execute_query", R"({"next":")" + at(page, {"next"}) + R"("})");
  EXPECT_TRUE(rest.starts_with(R"({"columns":["id","customer_id","status","total"],"rows":[[)" +
                               std::to_string(rows + 1) + ","))
      << rest;
  EXPECT_EQ(at(rest, {"offset"}), std::to_string(rows));
}

TEST_F(Shop, ReadTableStartsAtItsOffset) {
  const auto page = text("read_table", R"({"table_name":"orders","limit":2,"offset":248})");
  EXPECT_TRUE(page.starts_with(R"({"columns":["id","customer_id","status","total"],"rows":[[249,)")) << page;
  EXPECT_TRUE(page.ends_with(R"("table":"main.orders","limit":2,"offset":248,"total":250})")) << page;
}

TEST_F(Shop, ReadTableBehindTheEndStillKnowsTheTotal) {
  const auto page = text("read_table", R"({"table_name":"customers","offset":10})");
  EXPECT_EQ(page,
            R"({"columns":["id","name"],"rows":[],"row_count":0,"truncated":false,"table":"main.customers",)"
            R"("limit":100,"offset":10,"total":3})");
}

TEST_F(Shop, LimitsAreTheProfilesAtMostAndAtLeastOne) {
  shop().limits.rows = 7;
  EXPECT_EQ(at(text("read_table", R"({"table_name":"orders","limit":5000})"), {"row_count"}), "7");
  EXPECT_EQ(at(text("execute_query", R"({"query":"SELECT 1 FROM orders","limit":5000})"), {"row_count"}),
            "7");
  for (const auto* limit : {"0", "-1"})
    for (const auto* rest : {R"("table_name":"orders")", R"("query":"SELECT 1")", R"("next":"r1-1")"}) {
      const bool table = std::string_view(rest).starts_with("\"table");
      const auto arguments = "{" + std::string(rest) + ",\"limit\":" + limit + "}";
      EXPECT_EQ(at(error(table ? "read_table" : "execute_query", arguments), {"error", "message"}),
                "limit must be at least 1")
          << arguments;
    }
  EXPECT_EQ(at(error("read_table", R"({"table_name":"orders","offset":-1})"), {"error", "message"}),
            "offset must not be negative");
}

TEST_F(Shop, ExplainQueryAnswersThePlanAndWarnings) {
  EXPECT_EQ(
      text("explain_query", R"({"query":"SELECT * FROM orders WHERE customer_id = ?","params":[1]})"),
      R"J({"cost":null,"rows":null,"text":"SEARCH orders USING INDEX orders_customer_idx (customer_id=?)",)J"
      R"("warnings":[]})");
}

}  // namespace
}  // namespace dbmux
