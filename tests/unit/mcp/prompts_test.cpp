// Prompts, completion, and content as a version knows it.
#include "mcp/prompts.hpp"

#include "pipe_client.hpp"

namespace dbmux {
namespace {

std::string result(std::string_view json) {
  return R"({"jsonrpc":"2.0","id":1,"result":)" + std::string(json) + '}';
}

TEST(Prompts, AreListedWithTheirArguments) {
  PipeClient client;
  const std::string rest =
      R"("description":"Looks around.","arguments":[{"name":"schema","description":"where","required":true},)"
      R"({"name":"depth"}]},{"name":"plain"}]})";
  EXPECT_EQ(client.ask("1", "prompts/list"),
            result(R"({"prompts":[{"name":"explore","title":"Explore",)" + rest));
  client.initialize("2024-11-05");
  EXPECT_EQ(client.ask("1", "prompts/list"), result(R"({"prompts":[{"name":"explore",)" + rest));
}

TEST(Prompts, TurnPagesWithACursor) {
  mcp::ServerOptions options;
  options.page_size = 1;
  PipeClient client(options);
  EXPECT_NE(client.ask("1", "prompts/list").find(R"("nextCursor":"p1")"), std::string::npos);
  EXPECT_EQ(client.ask("1", "prompts/list", R"({"cursor":"p1"})"),
            result(R"({"prompts":[{"name":"plain"}]})"));
  EXPECT_TRUE(is_error(client.ask("1", "prompts/list", R"({"cursor":"p2"})"), "1", -32602));
}

TEST(Prompts, AnswerWithMessages) {
  PipeClient client;
  EXPECT_EQ(client.ask("1", "prompts/get", R"({"name":"explore","arguments":{"schema":"main"}})"),
            result(R"({"description":"Looks around.","messages":[{"role":"user","content":{"type":"text",)"
                   R"("text":"Look."}},{"role":"assistant","content":{"type":"resource_link","uri":"a://b",)"
                   R"("name":"n"}}]})"));
}

TEST(Prompts, RefuseWhatIsWrong) {
  PipeClient client;
  const std::vector<std::pair<std::string, int>> cases{
      {"{}", -32602},
      {R"({"name":7})", -32602},
      {R"({"name":"explore","arguments":[]})", -32602},
      {R"({"name":"explore","arguments":{"schema":1}})", -32602},
      {R"({"name":"explore"})", -32602},
      {R"({"name":"explore","arguments":{"schema":"down"}})", -32603},
  };
  for (const auto& [params, code] : cases)
    EXPECT_TRUE(is_error(client.ask("1", "prompts/get", params), "1", code)) << params;
  const auto unknown = client.ask("1", "prompts/get", R"({"name":"explroe"})");
  EXPECT_TRUE(is_error(unknown, "1", -32602));
  EXPECT_NE(unknown.find("Unknown prompt 'explroe'; did you mean explore?"), std::string::npos) << unknown;
}

std::string completion(std::string_view ref, std::string_view argument, std::string_view further = "") {
  return R"({"ref":)" + std::string(ref) + R"(,"argument":)" + std::string(argument) + std::string(further) +
         '}';
}

const char* const kPrompt = R"({"type":"ref/prompt","name":"explore"})";
const char* const kArgument = R"({"name":"schema","value":"m"})";

TEST(Completions, AreOfPromptsAndTemplates) {
  PipeClient client;
  EXPECT_EQ(client.ask("1", "completion/complete", completion(kPrompt, kArgument)),
            result(R"({"completion":{"values":["m1","schema"],"hasMore":false}})"));
  EXPECT_EQ(
      client.ask("1", "completion/complete",
                 completion(R"({"type":"ref/resource","uri":"database://{connectionId}/tables/{tableName}"})",
                            R"({"name":"tableName","value":""})",
                            R"(,"context":{"arguments":{"connectionId":"x"}})")),
      result(R"({"completion":{"values":["1","tableName","{\"connectionId\":\"x\"}"],"hasMore":false}})"));
}

TEST(Completions, HoldAHundredValues) {
  PipeClient client;
  const auto line =
      client.ask("1", "completion/complete", completion(kPrompt, R"({"name":"schema","value":"many"})"));
  EXPECT_TRUE(line.ends_with(R"("v99"],"total":150,"hasMore":true}}})")) << line;
}

TEST(Completions, RefuseWhatIsWrong) {
  PipeClient client;
  for (const auto& params :
       {std::string("{}"), completion("1", kArgument), completion(kPrompt, "1"), completion("{}", kArgument),
        completion(R"({"type":"ref/tool","name":"x"})", kArgument),
        completion(R"({"type":"ref/prompt"})", kArgument), completion(kPrompt, R"({"name":"schema"})"),
        completion(kPrompt, R"({"value":"m"})"),
        completion(R"({"type":"ref/prompt","name":"nix"})", kArgument),
        completion(kPrompt, kArgument, R"(,"context":1)"),
        completion(kPrompt, kArgument, R"(,"context":{"arguments":{"a":1}})")}) {
    EXPECT_TRUE(is_error(client.ask("1", "completion/complete", params), "1", -32602)) << params;
  }
}

std::string replaced(std::string_view what, std::string_view version) {
  return R"({"type":"text","text":"[)" + std::string(what) + "; protocol version " + std::string(version) +
         R"( has no content of this type]"})";
}

TEST(Contents, ThatAVersionDoesNotKnowBecomeText) {
  const std::string audio = R"({"type":"audio","data":"","mimeType":"audio/wav"})";
  const std::string link = R"({"type":"resource_link","uri":"a://b","name":"n"})";
  for (const auto* version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    const std::string name = version;
    PipeClient client;
    client.initialize(version);
    EXPECT_EQ(client.ask(PipeClient::tool("1", "content")),
              result(R"({"content":[)" + (name < "2025" ? replaced("audio, audio/wav", name) : audio) + ',' +
                     (name < "2025-06" ? replaced("resource_link, n, a://b", name) : link) + ',' +
                     replaced("video", name) + "]}"));
  }
}

TEST(Contents, AreStructuredWhereTheVersionKnowsIt) {
  const std::string text = R"({"content":[{"type":"text","text":"x"}])";
  const auto array = R"(,"arguments":{"value":[1]})";
  PipeClient client;
  client.initialize("2025-03-26");
  EXPECT_EQ(client.ask(PipeClient::tool("1", "structured")), result(text + "}"));
  client.initialize("2025-06-18");
  EXPECT_EQ(client.ask(PipeClient::tool("1", "structured")),
            result(text + R"(,"structuredContent":{"a":1}})"));
  EXPECT_EQ(client.ask(PipeClient::tool("1", "structured", array)), result(text + "}"));
  const auto stateless =
      client.ask(PipeClient::stateless("1", "tools/call", R"(,"name":"structured")" + std::string(array)));
  EXPECT_NE(stateless.find(R"(,"structuredContent":[1],"resultType")"), std::string::npos) << stateless;
}

TEST(Logging, SendsRecordsAsTheyAre) {
  PipeClient client;
  EXPECT_EQ(client.ask(PipeClient::tool("1", "record")),
            R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","logger":"engine",)"
            R"("data":{"rows":1}}})");
  EXPECT_EQ(client.receive(),
            R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","logger":"dbmux",)"
            R"("data":"not JSON"}})");
  EXPECT_EQ(client.receive(), text_result("1", ""));
}

}  // namespace
}  // namespace dbmux
