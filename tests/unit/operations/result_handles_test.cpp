// Kept results as resources and as tables, and results that are saved.
#include "operations/result_handles.hpp"
#include "shop.hpp"

namespace dbmux {
namespace {

class Results : public Shop {
 protected:
  void SetUp() override {
    Shop::SetUp();
    const auto other = folder_.path() / "other.db";
    make_database(other, {"CREATE TABLE ratings (customer_id INTEGER, stars INTEGER)",
                          "INSERT INTO ratings VALUES (1, 5), (2, 3), (3, 4)"});
    profile_.connections.push_back(sqlite_profile("other", other));
  }
  static std::string json(std::string_view text) { return json_quote(text); }
  std::string keep(std::string_view sql, std::string_view more = "") {
    return text("execute_query", R"({"query":)" + json(sql) + R"(,"keep":true)" + std::string(more) + "}");
  }
  std::string table_of(const std::string& kept) { return at(kept, {"kept", "table"}); }
  Reply ask_results(std::string_view sql, Principal principal = {}) {
    return ask("execute_query", R"({"connectionId":"results","query":)" + json(sql) + "}",
               std::move(principal));
  }
  std::string rows_of(std::string_view sql) {
    const auto reply = ask_results(sql);
    EXPECT_EQ(reply.outcome, Outcome::ok) << reply.text;
    return at(reply.text, {"rows"});
  }
  // The parts of a resource as JSON, or its error.
  std::vector<std::string> parts(std::string_view uri, Principal principal = {}) {
    Output out;
    Answer answer(out, Depth::plain);
    Call call(std::move(principal));
    const auto outcome = catalogue().read(call, uri, answer);
    std::vector<std::string> parts;
    for (const auto& c : answer.contents()) parts.push_back(c.json);
    if (outcome != Outcome::ok) parts.push_back(out.take_string());
    return parts;
  }
};

// ---- kept

TEST_F(Results, AKeptResultNamesItsHandleAndTable) {
  const auto reply =
      ask("execute_query", R"({"query":"SELECT id FROM orders ORDER BY id","limit":2,"keep":true})");
  const auto name = table_of(reply.text);
  EXPECT_EQ(at(reply.text, {"kept"}), R"({"result":"dbmux://result/)" + name +
                                          R"(","connectionId":"results","table":")" + name +
                                          R"(","rows":250,"complete":true,"minutes":15})");
  EXPECT_EQ(reply.meta.at("dbmux/result"), "\"dbmux://result/" + name + "\"");
  EXPECT_EQ(at(reply.text, {"next"}), name + "-2");
}

TEST_F(Results, ACutAnswerTellsItsHandleInMetaAndNotInItsText) {
  const auto reply = ask("execute_query", R"({"query":"SELECT id FROM orders","limit":2})");
  const auto name = at(reply.text, {"next"}).substr(0, at(reply.text, {"next"}).find('-'));
  EXPECT_EQ(reply.meta.at("dbmux/result"), "\"dbmux://result/" + name + "\"");
  EXPECT_EQ(reply.text.find("dbmux://"), std::string::npos);
}

TEST_F(Results, AnAnswerThatFitsHasNoHandle) {
  const auto reply = ask("execute_query", R"({"query":"SELECT 1"})");
  EXPECT_FALSE(reply.meta.contains("dbmux/result"));
}

TEST_F(Results, AResultThatFitsIsKeptWhenThatIsAsked) {
  const auto kept = keep("SELECT 1 AS one");
  EXPECT_EQ(at(kept, {"truncated"}), "false");
  EXPECT_EQ(rows_of("SELECT one FROM " + table_of(kept)), "[[1]]");
}

TEST_F(Results, KeepAndSaveAreRefusedWhereTheyMeanNothing) {
  struct Case {
    const char* arguments;
    const char* message;
  };
  for (const auto& c : {Case{R"({"query":"SELECT 1","keep":true,"save":"csv"})", "give either keep or save"},
                        Case{R"({"next":"r-1","keep":true})", "go with query"},
                        Case{R"({"next":"r-1","save":"csv"})", "go with query"},
                        Case{R"({"query":"SELECT 1","save":"csv"})", "names no folder"},
                        Case{R"({"query":"SELECT 1","save":"xml"})", "save"}})
    EXPECT_NE(error("execute_query", c.arguments).find(c.message), std::string::npos) << c.arguments;
  one_shot_ = true;
  restart();
  EXPECT_NE(error("execute_query", R"({"query":"SELECT 1","keep":true})").find("the process ends"),
            std::string::npos);
}

// ---- as tables

TEST_F(Results, StatementsJoinResultsOfDifferentConnections) {
  const auto customers = table_of(keep("SELECT id, name FROM customers"));
  const auto ratings = table_of(keep("SELECT * FROM ratings", R"(,"connectionId":"other")"));
  EXPECT_EQ(rows_of("SELECT name, stars FROM " + customers + " JOIN " + ratings +
                    " ON customer_id = id ORDER BY id"),
            R"([["Ann",5],["Bob",3],["Česlav",4]])");
}

TEST_F(Results, EveryCellKeepsItsTypeAndValue) {
  const auto table = table_of(
      keep("SELECT 9223372036854775807 AS i, -1 AS i2, 0.1 AS r, 1.0 AS whole, '' AS empty, 'x' || char(0) "
           "|| 'é' AS t, x'00ff' AS b, NULL AS n"));
  EXPECT_EQ(
      rows_of("SELECT typeof(i), i = 9223372036854775807, typeof(i2), typeof(r), r = 0.1, "
              "typeof(whole), typeof(empty), length(empty), hex(t), typeof(b), hex(b), typeof(n) FROM " +
              table),
      R"([["integer",1,"integer","real",1,"real","text",0,"7800C3A9","blob","00FF","null"]])");
}

TEST_F(Results, ColumnsThatAreNamedAlikeOrNotAtAllCanBeAsked) {
  const auto table = table_of(keep(R"(SELECT 1 AS a, 2 AS A, 3 AS a_2, 4 AS "")"));
  EXPECT_EQ(rows_of("SELECT * FROM " + table), "[[1,2,3,4]]");
  EXPECT_EQ(rows_of("SELECT a FROM " + table), "[[1]]");
}

TEST_F(Results, ACutAnswersHandleIsATableToo) {
  const auto cut = text("execute_query", R"({"query":"SELECT id FROM orders","limit":2})");
  const auto name = at(cut, {"next"}).substr(0, at(cut, {"next"}).find('-'));
  EXPECT_EQ(rows_of("SELECT count(*), min(id), max(id) FROM " + name), "[[250,1,250]]");
}

TEST_F(Results, TheyAreReadOnlyForTheCaller) {
  const auto table = table_of(keep("SELECT 1 AS one"));
  for (const auto* sql : {"DELETE FROM ", "INSERT INTO "}) {
    const auto statement = std::string(sql) + table + (sql[0] == 'I' ? " VALUES (2)" : "");
    EXPECT_EQ(ask_results(statement).outcome, Outcome::error);
    error("execute_update", R"({"connectionId":"results","query":)" + json(statement) + "}");
  }
  EXPECT_EQ(rows_of("SELECT * FROM " + table), "[[1]]");
}

TEST_F(Results, OtherOperationsSeeThemAsTables) {
  const auto table = table_of(keep("SELECT id, name FROM customers"));
  EXPECT_NE(text("list_tables", R"({"connectionId":"results"})").find(table), std::string::npos);
  EXPECT_NE(text("describe_table", R"({"connectionId":"results","table_name":")" + table + "\"}")
                .find(R"("name":"name")"),
            std::string::npos);
  const auto page =
      text("read_table", R"({"connectionId":"results","limit":2,"table_name":")" + table + "\"}");
  EXPECT_EQ(at(text("execute_query", R"({"next":")" + at(page, {"next"}) + "\"}"), {"rows"}),
            R"([[3,"Česlav"]])");
}

TEST_F(Results, NobodyElsesResultsAreThere) {
  const auto mine =
      table_of(ask("execute_query", R"({"query":"SELECT 1 AS one","keep":true})", {"ann"}).text);
  EXPECT_EQ(ask_results("SELECT one FROM " + mine, {"ann"}).outcome, Outcome::ok);
  EXPECT_NE(ask_results("SELECT one FROM " + mine, {"bob"}).text.find("No result is kept"),
            std::string::npos);
  const auto bobs =
      table_of(ask("execute_query", R"({"query":"SELECT 2 AS two","keep":true})", {"bob"}).text);
  EXPECT_EQ(ask_results("SELECT one FROM " + mine, {"bob"}).outcome, Outcome::error);
  EXPECT_EQ(ask_results("SELECT two FROM " + bobs, {"bob"}).outcome, Outcome::ok);
  EXPECT_NE(parts("dbmux://result/" + mine, {"bob"}).front().find("unknown or has expired"),
            std::string::npos);
}

TEST_F(Results, AConnectionOfThatNameComesFirst) {
  profile_.connections.push_back(sqlite_profile("results", shop_));
  EXPECT_EQ(rows_of("SELECT count(*) FROM orders"), "[[250]]");
}

TEST_F(Results, WithoutAnyTheAnswerSaysHowToKeepOne) {
  const auto reply = ask_results("SELECT 1");
  EXPECT_EQ(reply.outcome, Outcome::error);
  EXPECT_NE(reply.text.find("keep: true"), std::string::npos) << reply.text;
}

TEST_F(Results, AStatementThatNamesNoneIsToldWhatIsKept) {
  const auto table = table_of(keep("SELECT 1 AS one"));
  for (const auto* sql : {"SELECT * FROM rnothing", "SELECT 1"}) {
    const auto reply = ask_results(sql);
    EXPECT_EQ(reply.outcome, Outcome::error);
    EXPECT_NE(reply.text.find("Kept are " + table + " of shop."), std::string::npos) << reply.text;
    EXPECT_EQ(reply.text.find("/"), std::string::npos) << reply.text;
  }
}

TEST_F(Results, TheTableGoesWithItsResult) {
  const auto first = table_of(keep("SELECT 1 AS one"));
  EXPECT_EQ(rows_of("SELECT * FROM " + first), "[[1]]");
  std::string last;
  for (std::size_t i = 0; i < Continuations::kMost; ++i) last = table_of(keep("SELECT 2 AS two"));
  EXPECT_EQ(rows_of("SELECT * FROM " + last), "[[2]]");
  EXPECT_EQ(ask_results("SELECT * FROM " + first).outcome, Outcome::error);
}

// ---- as resources

TEST_F(Results, AreReadAsCsvJsonAndLines) {
  const auto uri =
      "dbmux://result/" +
      table_of(keep("SELECT 1 AS a, 'x,\"y\"' AS b, NULL AS c, '' AS d UNION ALL SELECT 2,'','',''"));
  struct Case {
    const char* asked;
    const char* mime_type;
    const char* text;
  };
  for (const auto& c : {Case{"", "text/csv", "a,b,c,d\r\n1,\"x,\"\"y\"\"\",,\"\"\r\n2,\"\",\"\",\"\"\r\n"},
                        Case{"?format=json", "application/json",
                             R"([{"a":1,"b":"x,\"y\"","c":null,"d":""},{"a":2,"b":"","c":"","d":""}])"},
                        Case{"?format=ndjson&offset=1", "application/x-ndjson",
                             "{\"a\":2,\"b\":\"\",\"c\":\"\",\"d\":\"\"}\n"}}) {
    const auto got = parts(uri + c.asked);
    ASSERT_EQ(got.size(), 1u) << got.back();
    EXPECT_EQ(at(got[0], {"uri"}), uri + c.asked);
    EXPECT_EQ(at(got[0], {"mimeType"}), c.mime_type);
    EXPECT_EQ(at(got[0], {"text"}), c.text);
  }
}

TEST_F(Results, AReadingIsCutAtTheLimitsAndSaysHowToGoOn) {
  shop().limits.rows = 100;
  const auto name = table_of(keep("SELECT id FROM orders ORDER BY id"));
  std::string uri = "dbmux://result/" + name, all;
  int readings = 0;
  for (; !uri.empty() && readings < 5; ++readings) {
    const auto got = parts(uri);
    const auto rows = at(got[0], {"text"});
    all += readings == 0 ? rows : rows.substr(rows.find('\n') + 1);
    uri.clear();
    if (got.size() < 2) continue;
    const auto facts = at(got[1], {"text"});
    EXPECT_EQ(at(facts, {"why"}), "limit: 100 rows");
    EXPECT_EQ(at(facts, {"total"}), "250");
    uri = at(facts, {"next"});
  }
  std::string expected = "id\r\n";
  for (int i = 1; i <= 250; ++i) expected += std::to_string(i) + "\r\n";
  EXPECT_EQ(all, expected);
  EXPECT_EQ(readings, 3);
}

TEST_F(Results, AUriThatIsNotUnderstoodSaysWhatIsTaken) {
  const auto uri = "dbmux://result/" + table_of(keep("SELECT 1 AS one"));
  for (const auto* more : {"?format=xml", "?offset=-1", "?offset=x", "?limit=0", "?rows=3", "?offset"})
    EXPECT_NE(parts(uri + more).back().find("is not understood"), std::string::npos) << more;
  EXPECT_NE(parts(uri + "?offset=2").back().find("lies behind"), std::string::npos);
  EXPECT_NE(parts("dbmux://result/rnone").back().find("unknown or has expired"), std::string::npos);
}

TEST_F(Results, TheTemplateAndWhatWasKeptOnRequestAreListed) {
  const auto templates = catalogue().templates();
  EXPECT_EQ(templates.back().uri, "dbmux://result/{name}{?format,offset,limit}");
  text("execute_query", R"({"query":"SELECT id FROM orders","limit":2})");
  const auto name = table_of(keep("SELECT id FROM orders"));
  Call call;
  std::vector<std::string> listed;
  for (const auto& r : catalogue().resources(call))
    if (r.uri.starts_with("dbmux:")) listed.push_back(r.uri + " " + r.description);
  EXPECT_EQ(listed, std::vector<std::string>{"dbmux://result/" + name + " 250 rows of shop"});
}

// ---- saved

class Saved : public Results {
 protected:
  void SetUp() override {
    Results::SetUp();
    profile_.export_dir = folder_.path() / "out";
  }
  std::string save(std::string_view sql, std::string_view format, std::string_view more = "") {
    return text("execute_query", R"({"query":)" + json(sql) + R"(,"save":")" + std::string(format) + "\"" +
                                     std::string(more) + "}");
  }
  static std::string file_of(const std::string& answer) { return text_of(at(answer, {"saved"})); }
};

TEST_F(Saved, WritesTheWholeResultInEachFormat) {
  const auto* sql = "SELECT 1 AS a, NULL AS b, '' AS c, 'x\"y' AS d UNION ALL SELECT 2, 3.5, 'z', x'00ff'";
  struct Case {
    const char* format;
    const char* text;
  };
  for (const auto& c :
       {Case{"csv", "a,b,c,d\r\n1,,\"\",\"x\"\"y\"\r\n2,3.5,z,AP8=\r\n"},
        Case{"json", R"([{"a":1,"b":null,"c":"","d":"x\"y"},{"a":2,"b":3.5,"c":"z","d":"AP8="}])"},
        Case{"ndjson",
             "{\"a\":1,\"b\":null,\"c\":\"\",\"d\":\"x\\\"y\"}\n"
             "{\"a\":2,\"b\":3.5,\"c\":\"z\",\"d\":\"AP8=\"}\n"}}) {
    const auto answer = save(sql, c.format);
    EXPECT_EQ(file_of(answer), c.text);
    EXPECT_EQ(answer, R"({"saved":")" + at(answer, {"saved"}) + R"(","format":")" + c.format +
                          R"(","row_count":2,"truncated":false,"bytes":)" +
                          std::to_string(std::string_view(c.text).size()) + "}");
    EXPECT_TRUE(at(answer, {"saved"}).starts_with((folder_.path() / "out/shop-2").string()));
  }
}

TEST_F(Saved, IsBoundByTheLimitAlone) {
  shop().limits = {.rows = 5, .tokens = 10, .bytes = 10, .cell = 3};
  EXPECT_EQ(at(save("SELECT id FROM orders", "csv"), {"row_count"}), "250");
  EXPECT_EQ(file_of(save("SELECT 'long enough' AS t", "csv")), "t\r\nlong enough\r\n");
  const auto some = save("SELECT id FROM orders", "csv", R"(,"limit":2)");
  EXPECT_EQ(at(some, {"row_count"}), "2");
  EXPECT_EQ(at(some, {"why"}), "limit: 2 rows");
}

TEST_F(Saved, AFailedStatementLeavesNoFile) {
  error("execute_query", R"({"query":"SELECT nothing FROM nowhere","save":"csv"})");
  error(
      "execute_query",
      R"({"query":"SELECT CASE id WHEN 249 THEN abs(-9223372036854775807-1) ELSE id END FROM orders","save":"csv"})");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "out"));
}

TEST_F(Saved, SavesWhatWasKeptAndJoined) {
  const auto table = table_of(keep("SELECT id FROM orders"));
  const auto answer =
      text("execute_query",
           R"({"connectionId":"results","save":"csv","query":"SELECT count(*) AS n FROM )" + table + "\"}");
  EXPECT_EQ(file_of(answer), "n\r\n250\r\n");
  EXPECT_NE(at(answer, {"saved"}).find("/results-2"), std::string::npos);
}

TEST_F(Saved, TheArgumentIsListedOnlyWithAFolder) {
  const auto listed = [&] {
    for (const auto& face : *catalogue().faces())
      if (face.name == "execute_query") return face.input_schema.find("\"save\"") != std::string::npos;
    return false;
  };
  EXPECT_TRUE(listed());
  profile_.export_dir.clear();
  restart();
  EXPECT_FALSE(listed());
}

}  // namespace
}  // namespace dbmux
