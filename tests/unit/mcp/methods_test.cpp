// Lifecycle, lists, calls and reads, in their exact spelling.
#include <set>

#include "../../temporary_folder.hpp"
#include "pipe_client.hpp"

namespace dbmux {
namespace {

TEST(Initialize, AgreesOnEveryVersionOfTheHandshakeEra) {
  for (const auto* version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    PipeClient client;
    EXPECT_TRUE(client.initialize(version).starts_with(
        R"({"jsonrpc":"2.0","id":"init","result":{"protocolVersion":")" + std::string(version) + "\""));
  }
}

TEST(Initialize, OffersTheNewestVersionForAnyOther) {
  for (const auto* version : {"2026-07-28", "2024-10-07", "", "x"}) {
    PipeClient client;
    EXPECT_EQ(client.initialize(version),
              R"({"jsonrpc":"2.0","id":"init","result":{"protocolVersion":"2025-11-25",)"
              R"("capabilities":{"tools":{"listChanged":true},)"
              R"("resources":{"subscribe":true,"listChanged":true},"prompts":{"listChanged":true},)"
              R"("completions":{},"logging":{}},)"
              R"("serverInfo":{"name":"dbmux","title":"dbmux","version":"1.2.3"},)"
              R"("instructions":"Look before you query."}})");
  }
}

TEST(Initialize, SendsNothingNewerToAnOldClient) {
  PipeClient client;
  client.catalogue.instructions_text.clear();
  client.catalogue.with_prompts = false;
  EXPECT_EQ(
      client.initialize("2024-11-05"),
      R"({"jsonrpc":"2.0","id":"init","result":{"protocolVersion":"2024-11-05",)"
      R"("capabilities":{"tools":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true},)"
      R"("logging":{}},)"
      R"("serverInfo":{"name":"dbmux","version":"1.2.3"}}})");
}

TEST(Initialize, RefusesWrongParameters) {
  PipeClient client;
  for (const auto* params :
       {"{}", R"({"protocolVersion":1})", R"({"protocolVersion":"2025-06-18","capabilities":[]})",
        R"({"protocolVersion":"2025-06-18","clientInfo":"me"})"}) {
    EXPECT_TRUE(is_error(client.ask("1", "initialize", params), "1", -32602)) << params;
  }
}

TEST(ToolsList, ShowsListedToolsInOrderWithWhatTheVersionKnows) {
  const std::string start = R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"echo",)";
  const std::string schema = R"("description":"Does echo.","inputSchema":{"type":"object"})";
  const std::string output = R"(,"outputSchema":{"type":"object"})";
  const std::string meta = R"(,"_meta":{"a/b":1})";
  const std::string icons = R"(,"icons":[{"src":"data:,"}])";
  const std::string next = R"(},{"name":"block",)";
  const std::string title = R"("title":"Title of echo",)";
  const std::string annotations = R"(,"annotations":{"readOnlyHint":true})";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"2024-11-05", start + schema + next},
      {"2025-03-26", start + schema + annotations + next},
      {"2025-06-18", start + title + schema + output + annotations + meta + next},
      {"2025-11-25", start + title + schema + output + annotations + icons + meta + next},
  };
  for (const auto& [version, expected] : cases) {
    PipeClient client;
    client.initialize(version);
    const auto line = client.ask("1", "tools/list");
    EXPECT_TRUE(line.starts_with(expected)) << line;
    EXPECT_EQ(line.find("hidden"), std::string::npos);
    EXPECT_EQ(line.find(R"("outputSchema":{"type":"array"})"), std::string::npos);
    EXPECT_EQ(line.find("nextCursor"), std::string::npos);
  }
}

TEST(ToolsList, TurnsPagesWithACursor) {
  mcp::ServerOptions options;
  options.page_size = 10;
  PipeClient client(options, 25);
  std::multiset<std::string> names;
  std::string params = R"({"cursor":""})";
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = parse_json(client.ask("1", "tools/list", params));
    ASSERT_TRUE(page);
    const auto& result = *member(*page, "result");
    for (const auto& tool : member(result, "tools")->GetArray()) names.emplace(view(*member(tool, "name")));
    const auto* next = member(result, "nextCursor");
    more = next != nullptr;
    if (more) params = R"({"cursor":)" + json_quote(view(*next)) + "}";
  }
  EXPECT_EQ(pages, 5);
  EXPECT_EQ(names.size(), 42U);
  EXPECT_EQ(names.count("tool_24"), 1U);
}

TEST(ToolsList, RefusesACursorThatIsNotOurs) {
  mcp::ServerOptions options;
  options.page_size = 10;
  PipeClient client(options, 25);
  for (const auto* cursor : {R"("10")", R"("p")", R"("p0")", R"("p5")", R"("p-10")", R"("p10 ")", R"("p45")",
                             R"("p50")", R"("p99999999999999999999999")", "10", "null", "{}"}) {
    EXPECT_TRUE(
        is_error(client.ask("1", "tools/list", R"({"cursor":)" + std::string(cursor) + "}"), "1", -32602))
        << cursor;
  }
}

TEST(ToolsCall, AnswersWithOneTextBlock) {
  PipeClient client;
  EXPECT_EQ(client.ask(PipeClient::tool("1", "echo", R"(,"arguments":{"a":"x\"y"})")),
            text_result("1", R"({\"a\":\"x\\\"y\"})"));
  EXPECT_EQ(client.ask(PipeClient::tool("1", "echo")), text_result("1", "{}"));
  EXPECT_EQ(client.ask(PipeClient::tool("1", "hidden")), text_result("1", "{}"));
}

TEST(ToolsCall, MarksAnError) {
  PipeClient client;
  EXPECT_EQ(client.ask(PipeClient::tool("1", "fail")),
            R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":)"
            R"("{\"error\":{\"category\":\"syntax\",\"message\":\"near \\\"x\\\"\"}}"}],"isError":true}})");
}

TEST(ToolsCall, AddsFurtherBlocksAndMeta) {
  PipeClient client;
  EXPECT_EQ(
      client.ask(PipeClient::tool("1", "extra")),
      R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"[]"},)"
      R"({"type":"text","text":"{\"truncated\":true}"}],"_meta":{"dbmux/access":{"verdict":"read"}}}})");
}

TEST(ToolsCall, SendsAnAnswerOfAnySize) {
  PipeClient client;
  EXPECT_TRUE(client.ask(PipeClient::tool("1", "big")) == text_result("1", std::string(5'000'000, 'b')));
}

TEST(ToolsCall, SaysSoWhereThereIsNoRoomForABigAnswer) {
  const TmpdirSet nowhere("/nonexistent");
  PipeClient client;
  const auto line = client.ask(PipeClient::tool("1", "big"));
  EXPECT_TRUE(line.starts_with(R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":)"
                               R"("{\"error\":{\"category\":\"resource\",)"))
      << line.substr(0, 200);
  EXPECT_TRUE(line.ends_with(R"(}}"}],"isError":true}})")) << line.substr(0, 200);
}

TEST(ToolsCall, NamesTheNearestToolsForAnUnknownOne) {
  PipeClient client;
  const auto line = client.ask(PipeClient::tool("1", "ehco"));
  EXPECT_TRUE(is_error(line, "1", -32602));
  EXPECT_NE(line.find("Unknown tool 'ehco'; did you mean echo"), std::string::npos) << line;
}

TEST(ToolsCall, RefusesWrongParameters) {
  PipeClient client;
  for (const auto* params :
       {"{}", R"({"name":1})", R"({"name":"echo","arguments":[]})", R"({"name":"echo","arguments":"{}"})",
        R"({"name":"echo","arguments":null})", R"({"name":"echo","_meta":1})",
        R"({"name":"echo","_meta":{"progressToken":1.5}})",
        R"({"name":"echo","_meta":{"progressToken":null}})"}) {
    EXPECT_TRUE(is_error(client.ask("1", "tools/call", params), "1", -32602)) << params;
  }
  EXPECT_TRUE(is_error(client.ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})"), "1", -32602));
}

TEST(ToolsCall, TurnsAnExceptionIntoAnError) {
  PipeClient client;
  EXPECT_TRUE(is_error(client.ask(PipeClient::tool("1", "throw")), "1", -32603));
  EXPECT_EQ(client.ask(PipeClient::tool("2", "echo")), text_result("2", "{}"));
}

TEST(Resources, AreListed) {
  PipeClient client;
  EXPECT_EQ(
      client.ask("1", "resources/list"),
      R"({"jsonrpc":"2.0","id":1,"result":{"resources":[{"uri":"database://main/schema","name":"main schema",)"
      R"("description":"Everything.","mimeType":"application/json"},{"uri":"database://main/tables",)"
      R"("name":"main tables","mimeType":"application/json"}]}})");
  EXPECT_EQ(
      client.ask("1", "resources/templates/list"),
      R"({"jsonrpc":"2.0","id":1,"result":{"resourceTemplates":[)"
      R"({"uriTemplate":"database://{connectionId}/tables/{tableName}","name":"table","mimeType":"application/json"}]}})");
}

TEST(Resources, TurnPagesWithACursor) {
  mcp::ServerOptions options;
  options.page_size = 1;
  PipeClient client(options);
  const auto first = client.ask("1", "resources/list");
  EXPECT_NE(first.find(R"("nextCursor":"p1"})"), std::string::npos) << first;
  const auto second = client.ask("1", "resources/list", R"({"cursor":"p1"})");
  EXPECT_NE(second.find("main tables"), std::string::npos) << second;
  EXPECT_EQ(second.find("nextCursor"), std::string::npos) << second;
  EXPECT_TRUE(is_error(client.ask("1", "resources/list", R"({"cursor":"p2"})"), "1", -32602));
}

TEST(Resources, AreRead) {
  PipeClient client;
  EXPECT_EQ(client.ask("1", "resources/read", R"({"uri":"database://main/tables"})"),
            R"({"jsonrpc":"2.0","id":1,"result":{"contents":[{"uri":"database://main/tables",)"
            R"("mimeType":"application/json","text":"{\"tables\":[\"a\\nb\"]}"}]}})");
}

TEST(Resources, ThatCannotBeReadSayWhy) {
  PipeClient client;
  const auto unknown = client.ask("1", "resources/read", R"({"uri":"database://nix"})");
  EXPECT_EQ(
      unknown,
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"Resource not found: database://nix",)"
      R"("data":{"uri":"database://nix"}}})");
  EXPECT_TRUE(
      is_error(client.ask("1", "resources/read", R"({"uri":"database://main/tables/nix"})"), "1", -32002));
  EXPECT_EQ(client.ask("1", "resources/read", R"({"uri":"database://main/broken"})"),
            R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"it is \"down\"",)"
            R"("data":{"category":"connection","message":"it is \"down\""}}})");
  EXPECT_TRUE(is_error(client.ask("1", "resources/read"), "1", -32602));
}

std::string log_line(std::string_view level) {
  return R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":")" + std::string(level) +
         R"(","logger":"dbmux","data":{"message":"a \"notice\""}}})";
}

TEST(Logging, SendsInfoAndUpUntilTold) {
  PipeClient client;
  client.send(PipeClient::tool("1", "notify"));
  EXPECT_EQ(client.receive(), log_line("info"));
  EXPECT_EQ(client.receive(), log_line("warning"));
  EXPECT_EQ(client.receive(), log_line("error"));
  EXPECT_EQ(client.receive(), text_result("1", ""));
}

TEST(Logging, FollowsTheLevel) {
  PipeClient client;
  EXPECT_EQ(client.ask("1", "logging/setLevel", R"({"level":"error"})"),
            R"({"jsonrpc":"2.0","id":1,"result":{}})");
  client.send(PipeClient::tool("2", "notify"));
  EXPECT_EQ(client.receive(), log_line("error"));
  EXPECT_EQ(client.receive(), text_result("2", ""));
  EXPECT_EQ(client.ask("1", "logging/setLevel", R"({"level":"emergency"})"),
            R"({"jsonrpc":"2.0","id":1,"result":{}})");
  EXPECT_EQ(client.ask(PipeClient::tool("3", "notify")), text_result("3", ""));
  EXPECT_EQ(client.ask("1", "logging/setLevel", R"({"level":"debug"})"),
            R"({"jsonrpc":"2.0","id":1,"result":{}})");
  EXPECT_EQ(client.ask(PipeClient::tool("4", "notify")), log_line("debug"));
}

TEST(Logging, RefusesALevelThatDoesNotExist) {
  PipeClient client;
  EXPECT_TRUE(is_error(client.ask("1", "logging/setLevel", R"({"level":"loud"})"), "1", -32602));
  EXPECT_TRUE(is_error(client.ask("1", "logging/setLevel"), "1", -32602));
}

}  // namespace
}  // namespace dbmux
