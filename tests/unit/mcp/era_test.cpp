// Stateless requests beside a session, on one pipe.
#include "mcp/era.hpp"

#include "pipe_client.hpp"

namespace dbmux {
namespace {

const std::string kIdentity =
    R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"dbmux","title":"dbmux","version":"1.2.3"}})";
const std::string kEnd = R"(,"resultType":"complete",)" + kIdentity;

std::string stateless_tool(std::string_view id, std::string_view name, std::string_view further = "") {
  return PipeClient::stateless(id, "tools/call", R"(,"name":")" + std::string(name) + '"', "{}", further);
}

std::string stateless_text(std::string_view id, std::string_view text) {
  auto line = text_result(id, text);
  line.insert(line.size() - 2, kEnd);
  return line;
}

TEST(Stateless, RequestsSayWhatIsMissing) {
  const std::string prefix = R"("io.modelcontextprotocol/)";
  const auto version = prefix + R"(protocolVersion":"2026-07-28")";
  const auto can = prefix + R"(clientCapabilities":{})";
  struct Case {
    const char* what;
    std::string method, meta;
    int code;
  };
  const std::vector<Case> cases{
      {"no capabilities", "tools/list", version, -32602},
      {"capabilities are a list", "tools/list", version + ',' + prefix + R"(clientCapabilities":[])", -32602},
      {"no version", "tools/list", can, -32602},
      {"no version for a method of this era", "server/discover", "", -32602},
      {"no version for a subscription", "subscriptions/listen", "", -32602},
      {"version is a number", "tools/list", prefix + R"(protocolVersion":2026,)" + can, -32602},
      {"an unknown level", "tools/list", version + ',' + can + ',' + prefix + R"(logLevel":"loud")", -32602},
      {"level is a number", "tools/list", version + ',' + can + ',' + prefix + R"(logLevel":1)", -32602},
      {"an unknown version", "tools/list", prefix + R"(protocolVersion":"2099-01-01",)" + can, -32022},
      {"a version with a handshake", "tools/call", prefix + R"(protocolVersion":"2025-11-25",)" + can,
       -32022},
  };
  PipeClient client;
  for (const auto& c : cases) {
    EXPECT_TRUE(is_error(client.ask("5", c.method, R"({"_meta":{)" + c.meta + "}}"), "5", c.code)) << c.what;
  }
}

TEST(Stateless, AnUnsupportedVersionIsToldTheOthers) {
  PipeClient client;
  const auto line = client.ask("1", "server/discover",
                               R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2030-01-01"}})");
  EXPECT_TRUE(line.ends_with(
      R"("data":{"supported":["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],)"
      R"("requested":"2030-01-01"}}})"))
      << line;
}

TEST(Stateless, MethodsOfSessionsDoNotExist) {
  PipeClient client;
  for (const auto* method : {"initialize", "ping", "logging/setLevel", "resources/subscribe",
                             "resources/unsubscribe", "notifications/initialized", "roots/list", "x"}) {
    EXPECT_TRUE(is_error(client.ask(PipeClient::stateless("1", method)), "1", -32601)) << method;
  }
}

TEST(Stateless, DiscoveryTellsWhatThereIs) {
  PipeClient client;
  EXPECT_EQ(client.ask(PipeClient::stateless("\"d\"", "server/discover")),
            R"({"jsonrpc":"2.0","id":"d","result":{"supportedVersions":["2026-07-28","2025-11-25",)"
            R"("2025-06-18","2025-03-26","2024-11-05"],"capabilities":{"tools":{"listChanged":true},)"
            R"("resources":{"subscribe":true,"listChanged":true},"prompts":{"listChanged":true},)"
            R"("completions":{},"logging":{}},"instructions":"Look before you query.")"
            R"(,"resultType":"complete","ttlMs":60000,"cacheScope":"private",)" +
                kIdentity + "}}");
}

TEST(Stateless, ResultsOfListsSayHowLongTheyHold) {
  PipeClient client;
  const std::vector<std::tuple<const char*, const char*, const char*>> cases{
      {"tools/list", "", "60000"},
      {"prompts/list", "", "60000"},
      {"resources/templates/list", "", "60000"},
      {"resources/list", "", "0"},
      {"resources/read", R"(,"uri":"database://main/tables")", "0"},
  };
  for (const auto& [method, params, ttl] : cases) {
    const auto line = client.ask(PipeClient::stateless("1", method, params));
    EXPECT_TRUE(line.ends_with(R"(,"resultType":"complete","ttlMs":)" + std::string(ttl) +
                               R"(,"cacheScope":"private",)" + kIdentity + "}}"))
        << line;
  }
}

TEST(Stateless, CallsEndWithTheirType) {
  PipeClient client;
  EXPECT_EQ(client.ask(stateless_tool("1", "echo")), stateless_text("1", "{}"));
  const auto failed = client.ask(stateless_tool("1", "fail"));
  EXPECT_TRUE(failed.ends_with(R"(}],"isError":true)" + kEnd + "}}")) << failed;
  const auto extra = client.ask(stateless_tool("1", "extra"));
  EXPECT_TRUE(extra.ends_with(R"("version":"1.2.3"},"dbmux/access":{"verdict":"read"}}}})")) << extra;
  EXPECT_TRUE(is_error(client.ask(stateless_tool("1", "nix")), "1", -32602));
}

TEST(Stateless, AResourceThatIsNotThereIsAWrongParameter) {
  PipeClient client;
  for (const auto* uri : {"database://nix", "database://main/tables/nix"}) {
    const auto params = R"(,"uri":")" + std::string(uri) + '"';
    EXPECT_TRUE(is_error(client.ask(PipeClient::stateless("1", "resources/read", params)), "1", -32602))
        << uri;
  }
}

TEST(ErrorCodes, ThatAVersionDoesNotKnowAreReplaced) {
  struct Case {
    int code, old, newest_session, stateless;
  };
  for (const auto& [code, old, newest_session, stateless] :
       {Case{-32002, -32002, -32002, -32602}, Case{-32042, -32603, -32042, -32603}, Case{7, 7, 7, 7}}) {
    const auto params = R"("name":"refuse","arguments":{"code":)" + std::to_string(code) + "}";
    for (const auto& [version, expected] :
         {std::pair{"2024-11-05", old}, {"2025-06-18", old}, {"2025-11-25", newest_session}}) {
      PipeClient client;
      client.initialize(version, "{}");
      EXPECT_EQ(client.ask("1", "tools/call", '{' + params + '}'),
                R"({"jsonrpc":"2.0","id":1,"error":{"code":)" + std::to_string(expected) +
                    R"(,"message":"refused","data":{"d":1}}})");
    }
    PipeClient client;
    EXPECT_TRUE(is_error(client.ask(PipeClient::stateless("1", "tools/call", ',' + params)), "1", stateless));
  }
}

TEST(ErrorCodes, OfACapabilityThatIsLackingAreAnErrorOfTheToolInASession) {
  const std::string params = R"("name":"refuse","arguments":{"code":-32021})";
  PipeClient client;
  EXPECT_TRUE(is_error(client.ask(PipeClient::stateless("1", "tools/call", ',' + params)), "1", -32021));
  EXPECT_EQ(
      client.ask("1", "tools/call", '{' + params + '}'),
      R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\"error\":{\"category\":\"unsupported\",\"message\":\"refused\"}}"}],"isError":true}})");
}

TEST(Stateless, MessagesComeOnlyFromTheLevelThatTheRequestNames) {
  const auto level = [](std::string_view name) {
    return R"(,"io.modelcontextprotocol/logLevel":")" + std::string(name) + '"';
  };
  PipeClient client;
  client.initialize("2025-11-25");
  client.ask("1", "logging/setLevel", R"({"level":"debug"})");
  EXPECT_EQ(client.ask(stateless_tool("1", "notify")), stateless_text("1", ""));
  for (const auto& [name, messages] : {std::pair{"debug", 4}, {"notice", 2}, {"error", 1}, {"alert", 0}}) {
    client.send(stateless_tool("1", "notify", level(name)));
    for (int i = 0; i < messages; ++i)
      EXPECT_NE(client.receive().find("notifications/message"), std::string::npos) << name;
    EXPECT_EQ(client.receive(), stateless_text("1", "")) << name;
  }
}

TEST(Stateless, ProgressEchoesTheToken) {
  for (const auto* token : {"\"t\"", "7"}) {
    PipeClient client;
    client.send(stateless_tool("1", "report", R"(,"progressToken":)" + std::string(token)));
    EXPECT_EQ(client.receive(),
              R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" +
                  std::string(token) + R"(,"progress":1,"total":4,"message":"rows"}})");
  }
}

TEST(Stateless, RequestsAndASessionDoNotDisturbEachOther) {
  PipeClient client;
  EXPECT_EQ(client.ask(stateless_tool("1", "echo")), stateless_text("1", "{}"));
  client.initialize("2024-11-05");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.ask(stateless_tool("\"a\"", "echo")), stateless_text("\"a\"", "{}"));
    EXPECT_EQ(client.ask(PipeClient::tool("2", "echo")), text_result("2", "{}"));
    EXPECT_EQ(client.ask("3", "ping"), R"({"jsonrpc":"2.0","id":3,"result":{}})");
    const auto modern = client.ask(PipeClient::stateless("4", "tools/list"));
    EXPECT_NE(modern.find("Title of echo"), std::string::npos);
    EXPECT_EQ(client.ask("4", "tools/list").find("Title of echo"), std::string::npos);
  }
}

TEST(Stateless, RequestsAreCancelledByTheirId) {
  PipeClient client;
  client.send(stateless_tool("\"x\"", "block"));
  client.catalogue.wait_blocked(1);
  const auto before = Clock::now();
  client.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"x"}})");
  EXPECT_EQ(client.catalogue.wait_stop(), Call::Stop::client);
  const auto took = Clock::now() - before;
  RecordProperty("cancel_us",
                 static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  EXPECT_LT(took, std::chrono::seconds(1));
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

TEST(Stateless, RequestsHaveNoBatches) {
  PipeClient client;
  client.initialize("2025-03-26");
  for (const auto* method : {"tools/list", "tools/call"}) {
    const auto line = client.ask("[" + PipeClient::stateless("1", method, R"(,"name":"echo")") + "]");
    EXPECT_TRUE(line.starts_with(R"([{"jsonrpc":"2.0","id":1,"error":{"code":-32600)")) << line;
  }
}

TEST(Capabilities, AreThoseThatTheClientNames) {
  using mcp::Version;
  struct Case {
    const char* json;
    Version version;
    const char* expected;
  };
  const std::vector<Case> cases{
      {"{}", Version::v2026_07_28, ""},
      {R"({"elicitation":{}})", Version::v2026_07_28, "form "},
      {R"({"elicitation":{}})", Version::v2025_06_18, "form "},
      {R"({"elicitation":{}})", Version::v2025_03_26, ""},
      {R"({"elicitation":{"form":{}}})", Version::v2025_11_25, "form "},
      {R"({"elicitation":{"url":{}}})", Version::v2025_11_25, "url "},
      {R"({"elicitation":{"url":{},"form":{}}})", Version::v2026_07_28, "form url "},
      {R"({"elicitation":true,"roots":1,"sampling":[]})", Version::v2026_07_28, ""},
      {R"({"roots":{"listChanged":true},"sampling":{}})", Version::v2024_11_05, "sampling roots "},
      {R"({"sampling":{"tools":{}}})", Version::v2026_07_28, "sampling tools "},
      {R"({"sampling":{"tools":{}}})", Version::v2025_06_18, "sampling "},
  };
  for (const auto& c : cases) {
    const auto can = mcp::capabilities_from(*parse_json(c.json), c.version);
    std::string names;
    if (can.elicitation) names += "form ";
    if (can.elicitation_url) names += "url ";
    if (can.sampling) names += "sampling ";
    if (can.sampling_tools) names += "tools ";
    if (can.roots) names += "roots ";
    EXPECT_EQ(names, c.expected) << c.json;
  }
}

}  // namespace
}  // namespace dbmux
