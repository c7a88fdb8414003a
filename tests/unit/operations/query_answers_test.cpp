// What execute_query and execute-query answer, to the word.
#include "shop.hpp"

namespace dbmux {
namespace {

std::string query(std::string_view sql, std::string_view more = "") {
  return R"({"query":")" + std::string(sql) + "\"" + std::string(more) + "}";
}

TEST_F(Shop, ExecuteQueryAnswersColumnsAndRows) {
  const auto reply = ask("execute_query",
                         query("SELECT id, status, NULL AS n, 1.5 AS r FROM orders WHERE id < ? ORDER BY id",
                               R"(,"params":[3])"));
  EXPECT_EQ(reply.outcome, Outcome::ok);
  EXPECT_EQ(reply.text,
            R"({"columns":["id","status","n","r"],"rows":[[1,"paid",null,1.5],[2,"open",null,1.5]],)"
            R"("row_count":2,"truncated":false})");
  EXPECT_TRUE(reply.blocks.empty());
  EXPECT_EQ(reply.meta.at("dbmux/access"), R"({"verdict":"read","by":["parser","session","file"]})");
}

TEST_F(Shop, ExecuteQueryTakesNamedParameters) {
  EXPECT_EQ(text("execute_query", query("SELECT :a + :b AS sum", R"(,"params":{"a":1,"b":2})")),
            R"({"columns":["sum"],"rows":[[3]],"row_count":1,"truncated":false})");
}

TEST_F(Shop, ExecuteQueryWithoutRowsAnswersItsColumns) {
  EXPECT_EQ(text("execute_query", query("SELECT id FROM orders WHERE id < 0")),
            R"({"columns":["id"],"rows":[],"row_count":0,"truncated":false})");
}

TEST_F(Shop, ACutAnswerSaysWhyHowManyAndHowToGoOn) {
  const auto cut = text("execute_query", query("SELECT id FROM orders ORDER BY id", R"(,"limit":2)"));
  const auto next = at(cut, {"next"});
  EXPECT_EQ(
      cut,
      R"({"columns":["id"],"rows":[[1],[2]],"row_count":2,"truncated":true,"why":"limit: 2 rows","total":250,)"
      R"("next":")" +
          next + R"(","hint":"call execute_query with only {\"next\":\")" + next +
          R"(\"} within 15 minutes, or narrow the query"})");
  EXPECT_TRUE(next.ends_with("-2")) << next;
}

TEST_F(Shop, NextGoesThroughTheRowsToTheEnd) {
  auto page = text("execute_query", query("SELECT id FROM orders ORDER BY id", R"(,"limit":100)"));
  std::string starts;
  for (auto next = at(page, {"next"}); !next.empty(); next = at(page, {"next"})) {
    page = text("execute_query", R"({"next":")" + next + R"("})");
    starts += page.substr(0, page.find(']', 10) + 14) + "\n";
  }
  EXPECT_EQ(starts, "{\"columns\":[\"id\"],\"rows\":[[101\n{\"columns\":[\"id\"],\"rows\":[[201\n");
  EXPECT_TRUE(page.ends_with(R"([250]],"row_count":50,"truncated":false})")) << page;
}

TEST_F(Shop, ANextMayBeAskedAgainAndWithAnotherLimit) {
  const auto cut = text("execute_query", query("SELECT id FROM orders ORDER BY id", R"(,"limit":2)"));
  const auto arguments = R"({"next":")" + at(cut, {"next"}) + R"(","limit":3})";
  const auto page = text("execute_query", arguments);
  EXPECT_TRUE(page.starts_with(R"({"columns":["id"],"rows":[[3],[4],[5]],"row_count":3,"truncated":true,)"))
      << page;
  EXPECT_EQ(text("execute_query", arguments), page);
}

TEST_F(Shop, ANextAsksForNoMoreRowsThanTheProfileAllows) {
  shop().limits.rows = 4;
  const auto cut = text("execute_query", query("SELECT id FROM orders", R"(,"limit":2)"));
  EXPECT_EQ(
      at(text("execute_query", R"({"next":")" + at(cut, {"next"}) + R"(","limit":200})"), {"row_count"}),
      "4");
  const auto page = text("read_table", R"({"table_name":"orders","limit":2})");
  EXPECT_EQ(
      at(text("execute_query", R"({"next":")" + at(page, {"next"}) + R"(","limit":200})"), {"row_count"}),
      "4");
}

TEST_F(Shop, ANextIsOfTheOneWhoGotIt) {
  const auto cut = text("execute_query", query("SELECT id FROM orders", R"(,"limit":2)"));
  const auto arguments = R"({"next":")" + at(cut, {"next"}) + R"("})";
  const auto other = ask("execute_query", arguments, {"somebody else"});
  EXPECT_EQ(other.outcome, Outcome::error);
  EXPECT_EQ(at(other.text, {"error", "category"}), "not_found");
  EXPECT_EQ(at(error("execute_query", R"({"next":"r0000-5"})"), {"error", "message"}),
            "next 'r0000-5' is unknown or has expired");
}

TEST_F(Shop, WhatWasNotReadToTheEndSaysThatThereIsMore) {
  const auto cut = text("execute_query",
                        query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) "
                              "SELECT i FROM n",
                              R"(,"limit":2)"));
  EXPECT_EQ(at(cut, {"total"}), "");
  EXPECT_EQ(at(cut, {"more"}), "true");
}

TEST_F(Shop, AOneShotCallGetsNoNext) {
  one_shot_ = true;
  EXPECT_EQ(
      text("execute_query", query("SELECT id FROM orders ORDER BY id", R"(,"limit":1)")),
      R"({"columns":["id"],"rows":[[1]],"row_count":1,"truncated":true,"why":"limit: 1 row","more":true,)"
      R"("hint":"ask for more rows with limit, or narrow the query"})");
}

TEST_F(Shop, ALongCellIsClippedAndNamed) {
  shop().limits.cell = 10;
  EXPECT_EQ(
      text("execute_query", query("SELECT 1 AS id, 'abcdefghijklmno' AS note")),
      R"({"columns":["id","note"],"rows":[[1,"abcdefghij… [+5 characters]"]],"row_count":1,"truncated":false,)"
      R"("clipped":[[0,"note"]]})");
}

TEST_F(Shop, ExecuteQueryWritesTheFormatThatWasAskedFor) {
  struct Case {
    const char* format;
    const char* text;
  };
  for (const auto& c :
       {Case{"json",
             R"({"columns":["id","name"],"rows":[[1,"Ann"],[2,"Bob"]],"row_count":2,"truncated":false})"},
        Case{"objects", R"([{"id":1,"name":"Ann"},{"id":2,"name":"Bob"}])"},
        Case{"csv", "id,name\r\n1,Ann\r\n2,Bob\r\n"},
        Case{"markdown", "|id|name|\n|---|---|\n|1|Ann|\n|2|Bob|\n"},
        Case{"ndjson", "{\"id\":1,\"name\":\"Ann\"}\n{\"id\":2,\"name\":\"Bob\"}\n"}}) {
    const auto reply = ask("execute_query", query("SELECT * FROM customers WHERE id < 3",
                                                  R"(,"format":")" + std::string(c.format) + "\""));
    EXPECT_EQ(reply.text, c.text) << c.format;
    EXPECT_TRUE(reply.blocks.empty()) << c.format;
  }
}

TEST_F(Shop, AnswersWithoutRoomForACutGetASecondBlock) {
  for (const auto* format : {"objects", "csv", "markdown", "ndjson"}) {
    const auto reply = ask("execute_query", query("SELECT id FROM orders",
                                                  R"(,"limit":1,"format":")" + std::string(format) + "\""));
    ASSERT_EQ(reply.blocks.size(), 1u) << format;
    EXPECT_TRUE(reply.blocks[0].starts_with(
        R"({"row_count":1,"truncated":true,"why":"limit: 1 row","total":250,"next":)"))
        << reply.blocks[0];
  }
}

TEST_F(Shop, TheHyphenatedFaceAnswersAnArrayOfObjects) {
  const auto whole =
      ask("execute-query", query("SELECT id, name FROM customers", R"(,"connectionId":"shop")"));
  EXPECT_EQ(whole.text, R"([{"id":1,"name":"Ann"},{"id":2,"name":"Bob"},{"id":3,"name":"Česlav"}])");
  EXPECT_TRUE(whole.blocks.empty());
  EXPECT_EQ(text("execute-query", query("SELECT id FROM customers WHERE id < 0")), "[]");
}

TEST_F(Shop, TheHyphenatedFacePutsACutIntoASecondBlockAndGoesOnUnderItsOwnName) {
  const auto cut = ask("execute-query", query("SELECT id FROM orders ORDER BY id", R"(,"limit":2)"));
  EXPECT_EQ(cut.text, R"([{"id":1},{"id":2}])");
  ASSERT_EQ(cut.blocks.size(), 1u);
  const auto next = at(cut.blocks[0], {"next"});
  EXPECT_EQ(cut.blocks[0], R"({"row_count":2,"truncated":true,"why":"limit: 2 rows","total":250,"next":")" +
                               next + R"(","hint":"call execute-query with only {\"next\":\")" + next +
                               R"(\"} within 15 minutes, or narrow the query"})");
  EXPECT_EQ(ask("execute-query", R"({"next":")" + next + R"("})").text, R"([{"id":3},{"id":4}])");
}

TEST_F(Shop, AnErrorIsADocumentOrASentence) {
  EXPECT_EQ(
      error("execute_query", query("SELECT * FROM Orders_2025")),
      R"({"error":{"category":"not_found","message":"no such table: Orders_2025","code":"1","position":15,)"
      R"("did_you_mean":["orders"]}})");
  EXPECT_EQ(
      error("execute_query", query("SELEC 1")),
      R"({"error":{"category":"syntax","message":"near \"SELEC\": syntax error","code":"1","position":1}})");
  EXPECT_EQ(error("execute-query", query("SELEC 1")), R"(Error executing query: near "SELEC": syntax error)");
}

TEST_F(Shop, AWriteIsRefusedAndSaysByWhat) {
  const auto reply = ask("execute_query", query("UPDATE orders SET total = 0"));
  EXPECT_EQ(reply.outcome, Outcome::error);
  EXPECT_EQ(
      reply.text,
      R"({"error":{"category":"read_only","message":"Refused: UPDATE would change data, and the connection 'shop' )"
      R"(is read-only. Nothing was run.","by":["parser"],"hint":"This cannot be changed from here. Tell the person )"
      R"(that a write was needed; the operator decides."}})");
  EXPECT_EQ(reply.meta.at("dbmux/access"), R"({"verdict":"refused","by":["parser"]})");
}

TEST_F(Shop, AWriteToAWritableConnectionIsSentToTheRightFace) {
  shop().access = Access::read_write;
  EXPECT_EQ(
      error("execute_query", query("UPDATE orders SET total = 0")),
      R"({"error":{"category":"read_only","message":"Refused: UPDATE would change data, and execute_query only )"
      R"(reads. Nothing was run.","by":["parser"],"hint":"If the person wants this change, call execute_update."}})");
}

TEST_F(Shop, ATimeoutIsBoundedByTheServersCeilingAndSaysItsLimit) {
  shop().statement_timeout = std::chrono::milliseconds(100);
  const auto* endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  for (const auto* timeout : {"\"100ms\"", "\"45s\"", "3600"}) {
    const auto e = error("execute_query", query(endless, std::string(",\"timeout\":") + timeout));
    EXPECT_EQ(at(e, {"error", "category"}), "timeout");
    EXPECT_EQ(at(e, {"error", "message"}),
              "Stopped after 100 ms; the statement was cancelled and is no longer running.");
    EXPECT_EQ(at(e, {"error", "waited_for"}), "execution");
    EXPECT_EQ(at(e, {"error", "limit"}), "timeout 100ms of connection 'shop'");
  }
}

TEST_F(Shop, ExecuteQueryNeedsAQueryOrANext) {
  for (const auto* arguments : {"{}", R"({"query":""})", R"({"next":""})"})
    EXPECT_EQ(at(error("execute_query", arguments), {"error", "message"}),
              "execute_query needs the argument 'query', or 'next'.");
}

TEST_F(Shop, UnknownNamesAreAnsweredWithWhatThereIs) {
  EXPECT_EQ(at(error("list_tables", R"({"connectionId":"prod"})"), {"error", "message"}),
            "connectionId 'prod' unknown; there are: shop.");
  EXPECT_EQ(
      error("read_table", R"({"table_name":"orders","where":"id = 1"})"),
      R"({"error":{"category":"invalid","message":"argument 'where' unknown for read_table; use execute_query )"
      R"(for filters."}})");
  EXPECT_EQ(at(error("describe_table", R"({"table_name":"orders","schem":"x"})"), {"error", "did_you_mean"}),
            R"(["schema"])");
  EXPECT_EQ(ask("execute_qery").outcome, Outcome::unknown);
}

TEST_F(Shop, AFailedCallLeavesNothingOfItsAnswer) {
  const auto reply =
      ask("execute_query", query("SELECT id, abs(CASE WHEN id = 200 THEN -9223372036854775808 ELSE id END) "
                                 "FROM orders ORDER BY id",
                                 R"(,"limit":250)"));
  EXPECT_EQ(reply.outcome, Outcome::error);
  EXPECT_TRUE(reply.text.starts_with(R"({"error":{)")) << reply.text;
}

TEST_F(Shop, ABrokenProfileAnswersEveryCallWithItsPlace) {
  broken_ = Error{};
  broken_->category = Category::profile;
  broken_->message = "prod.yaml:14:5: connections.erp.acces: unknown key; did you mean 'access'?";
  profile_.connections.clear();
  for (const auto& face : *catalogue().faces()) {
    const auto reply = ask(face.name, R"({"anything":1})");
    EXPECT_EQ(reply.outcome, Outcome::error);
    EXPECT_NE(reply.text.find("prod.yaml:14:5: "), std::string::npos) << face.name << ": " << reply.text;
  }
  EXPECT_NE(read("database://shop/tables").text.find("prod.yaml:14:5: "), std::string::npos);
}

}  // namespace
}  // namespace dbmux
