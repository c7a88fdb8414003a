// What is answered about the server itself: connections, health, history, resources.
#include "shop.hpp"

namespace dbmux {
namespace {

TEST_F(Shop, ListConnectionsAnswersAccessStateAndOrigin) {
  auto notes = sqlite_profile("notes", folder_.path() / "missing.db", Access::read_write);
  notes.description = "What was noted";
  auto big = sqlite_profile("big", shop_);
  big.plugin = "oracle";
  profile_.connections.push_back(notes);
  profile_.connections.push_back(big);
  profile_.default_connection = "notes";
  EXPECT_EQ(
      text("list_connections"),
      R"({"connections":[{"id":"shop","plugin":"sqlite","access":"read-only","state":"not connected yet",)"
      R"("origin":"local.yaml:4:3"},{"id":"notes","plugin":"sqlite","description":"What was noted",)"
      R"("access":"read-write","state":"not connected yet","origin":"local.yaml:4:3","default":true},)"
      R"({"id":"big","plugin":"oracle","access":"read-only","state":"not installed","origin":"local.yaml:4:3"}]})");
  text("list_tables", R"({"connectionId":"shop"})");
  error("list_tables");
  const auto list = text("list_connections");
  EXPECT_NE(list.find(R"("id":"shop","plugin":"sqlite","access":"read-only","state":"ready")"),
            std::string::npos)
      << list;
  EXPECT_NE(list.find(R"("state":"failed: )"), std::string::npos) << list;
}

TEST_F(Shop, HealthCheckAnswersChecksAndTheWorstStatus) {
  const auto well = text("health_check");
  EXPECT_TRUE(
      well.starts_with(R"({"connection":"shop","status":"ok","checks":[{"check":"server","status":"ok",)"
                       R"("value":"SQLite 3.)"))
      << well;
  restart();
  shop() = sqlite_profile("shop", folder_.path() / "missing.db");
  const auto ill = text("health_check");
  EXPECT_EQ(at(ill, {"status"}), "fail");
  EXPECT_TRUE(at(ill, {"checks"}).starts_with(R"([{"check":"connect","status":"fail","value":")")) << ill;
}

TEST_F(Shop, TopQueriesSaysThatAnEngineCountsNone) {
  EXPECT_EQ(at(ask("top_queries").text, {"error", "category"}), "unsupported");
  EXPECT_EQ(at(ask("top_queries", R"({"limit":0})").text, {"error", "category"}), "invalid");
}

TEST_F(Shop, QueryHistoryAnswersTheLastCallsWithoutParameterValues) {
  text("execute_query", R"({"query":"SELECT name FROM customers WHERE name <> ?","params":["secret"]})");
  error("execute_query", R"({"query":"SELEC"})");
  const auto history = text("query_history");
  EXPECT_EQ(history.find("secret"), std::string::npos);
  auto document = parse_json(history);
  const auto* calls = member(*document, "calls");
  ASSERT_TRUE(calls && calls->IsArray());
  ASSERT_EQ(calls->Size(), 2u);
  const auto newest = to_json((*calls)[0]), oldest = to_json((*calls)[1]);
  EXPECT_EQ(at(newest, {"error"}), "syntax");
  EXPECT_EQ(at(newest, {"rows"}), "null");
  EXPECT_EQ(at(oldest, {"statement"}), "SELECT name FROM customers WHERE name <> ?");
  EXPECT_EQ(at(oldest, {"operation"}), "execute_query");
  EXPECT_EQ(at(oldest, {"connection"}), "shop");
  EXPECT_EQ(at(oldest, {"rows"}), "3");
  EXPECT_EQ(at(oldest, {"error"}), "null");
  EXPECT_EQ(at(oldest, {"at"}).size(), std::string_view("2026-11-21T10:00:00.123Z").size());
}

TEST_F(Shop, QueryHistoryIsLimitedAndOfOneConnection) {
  for (int i = 0; i < 3; ++i) text("list_tables");
  text("list_connections");
  const auto count = [&](std::string_view arguments) {
    auto document = parse_json(text("query_history", arguments));
    return member(*document, "calls")->Size();
  };
  EXPECT_EQ(count(R"({"limit":2})"), 2u);
  EXPECT_EQ(count(R"({"connectionId":"shop"})"), 3u);
  EXPECT_EQ(at(error("query_history", R"({"limit":0})"), {"error", "message"}), "limit must be at least 1");
}

TEST_F(Shop, QueryHistoryShowsNobodyTheCallsOfOthers) {
  text("list_tables");
  EXPECT_EQ(ask("query_history", "{}", {"somebody else"}).text, R"({"calls":[]})");
}

TEST_F(Shop, ResourcesAreTheSchemaAndTheTablesOfEachConnection) {
  profile_.connections.push_back(sqlite_profile("my notes", shop_));
  Call call;
  std::vector<std::string> uris;
  for (const auto& r : catalogue().resources(call)) {
    uris.push_back(r.uri);
    EXPECT_EQ(r.mime_type, "application/json");
    EXPECT_EQ(read(r.uri).outcome, Outcome::ok) << r.uri;
  }
  EXPECT_EQ(uris, (std::vector<std::string>{"database://shop/schema", "database://shop/tables",
                                            "database://my%20notes/schema", "database://my%20notes/tables"}));
  uris.clear();
  for (const auto& t : catalogue().templates()) uris.push_back(t.uri);
  EXPECT_EQ(uris,
            (std::vector<std::string>{"database://{connectionId}/schema", "database://{connectionId}/tables",
                                      "database://{connectionId}/tables/{tableName}",
                                      "dbmux://result/{name}{?format,offset,limit}"}));
}

TEST_F(Shop, AResourceIsReadAsJson) {
  const std::string customers =
      R"({"tableName":"customers","columns":[{"name":"id","type":"INTEGER","nullable":false,"isPrimaryKey":true},)"
      R"({"name":"name","type":"TEXT","nullable":false,"isPrimaryKey":false}]})";
  EXPECT_EQ(read("database://shop/tables").text, R"({"tables":["customers","open_orders","orders"]})");
  EXPECT_EQ(read("database://shop/tables/customers").text, customers);
  EXPECT_EQ(read("database://shop/tables/%63ustomers").text, customers);
  const auto schema = read("database://shop/schema").text;
  EXPECT_TRUE(schema.starts_with(R"({"databaseName":"shop","tables":[)" + customers +
                                 R"(,{"tableName":"open_orders",)"))
      << schema;
  EXPECT_NE(schema.find(R"("defaultValue":"'open'")"), std::string::npos);
}

TEST_F(Shop, AnUnknownResourceIsUnknown) {
  for (const auto* uri :
       {"database://shop/tables/none", "database://prod/schema", "database://shop", "database://shop/",
        "database://shop/views", "database:///schema", "database://shop/tables/", "file:///etc/passwd", ""})
    EXPECT_EQ(read(uri).outcome, Outcome::unknown) << uri;
}

}  // namespace
}  // namespace dbmux
