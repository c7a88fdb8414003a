// Changes, told to those who want to hear of them.
#include "mcp/subscriptions.hpp"

#include "pipe_client.hpp"

namespace dbmux {
namespace {

mcp::ServerOptions quick() {
  mcp::ServerOptions options;
  options.look = std::chrono::milliseconds(20);
  return options;
}

std::string note(std::string_view method, std::string_view params = "") {
  return R"({"jsonrpc":"2.0","method":"notifications/)" + std::string(method) + '"' +
         (params.empty() ? "" : R"(,"params":)" + std::string(params)) + '}';
}

std::string listen(std::string_view id, std::string_view filter) {
  return PipeClient::stateless(id, "subscriptions/listen", R"(,"notifications":)" + std::string(filter));
}

std::string meta(std::string_view id) {
  return R"("_meta":{"io.modelcontextprotocol/subscriptionId":)" + std::string(id) + '}';
}

std::string acknowledged(std::string_view id, std::string_view honoured) {
  return note("subscriptions/acknowledged",
              '{' + meta(id) + R"(,"notifications":)" + std::string(honoured) + '}');
}

void greet(PipeClient& client) {
  client.initialize("2025-11-25");
  client.send(note("initialized"));
  client.ask("0", "ping");
}

TEST(Changes, AreToldToASessionOnceForABurst) {
  PipeClient client(quick());
  greet(client);
  for (int i = 0; i < 1000; ++i) client.catalogue.changed(Change::tools, "");
  EXPECT_EQ(client.receive(), note("tools/list_changed"));
  client.catalogue.changed(Change::prompts, "");
  EXPECT_EQ(client.receive(), note("prompts/list_changed"));
  client.catalogue.changed(Change::resources, "");
  EXPECT_EQ(client.receive(), note("resources/list_changed"));
  EXPECT_LE(client.rest().size(), 1U);  // the burst may have been cut in two
}

TEST(Changes, AreNotToldBeforeTheHandshake) {
  PipeClient client(quick());
  client.catalogue.changed(Change::tools, "");
  client.initialize("2025-11-25");
  client.catalogue.changed(Change::tools, "");
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

TEST(Changes, OfAResourceAreToldToItsSubscribersOnly) {
  PipeClient client(quick());
  greet(client);
  const auto done = R"({"jsonrpc":"2.0","id":1,"result":{}})";
  EXPECT_EQ(client.ask("1", "resources/subscribe", R"({"uri":"a://x"})"), done);
  EXPECT_EQ(client.ask("1", "resources/subscribe", R"({"uri":"a://y"})"), done);
  EXPECT_EQ(client.ask("1", "resources/unsubscribe", R"({"uri":"a://y"})"), done);
  EXPECT_EQ(client.ask("1", "resources/unsubscribe", R"({"uri":"a://never"})"), done);
  EXPECT_TRUE(is_error(client.ask("1", "resources/subscribe"), "1", -32602));
  client.catalogue.changed(Change::resource, "a://y");
  client.catalogue.changed(Change::resource, "a://x");
  EXPECT_EQ(client.receive(), note("resources/updated", R"({"uri":"a://x"})"));
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

TEST(Changes, OfAllBelowAResourceAreToldToWhoSubscribedToOneOfThem) {
  PipeClient client(quick());
  greet(client);
  for (const auto* uri : {"a://x/tables/t", "a://x/schema", "a://x", "a://xy/schema"})
    client.ask("1", "resources/subscribe", R"({"uri":")" + std::string(uri) + "\"}");
  client.catalogue.changed(Change::resource, "a://x/");
  EXPECT_EQ(client.receive(), note("resources/updated", R"({"uri":"a://x/schema"})"));
  EXPECT_EQ(client.receive(), note("resources/updated", R"({"uri":"a://x/tables/t"})"));
  client.catalogue.changed(Change::resource, "a://z/");
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

TEST(Changes, OfManyResourcesCanBeSubscribedButNotOfAnyNumber) {
  PipeClient client(quick());
  greet(client);
  const auto subscribe = [&](int i) {
    return client.ask("1", "resources/subscribe", R"({"uri":"a://)" + std::to_string(i) + "\"}");
  };
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(subscribe(i), R"({"jsonrpc":"2.0","id":1,"result":{}})");
  EXPECT_TRUE(is_error(subscribe(1000), "1", -32600));
  EXPECT_EQ(subscribe(7), R"({"jsonrpc":"2.0","id":1,"result":{}})");
}

TEST(Listening, IsAcknowledgedWithWhatIsHonoured) {
  PipeClient client(quick());
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{}", "{}"},
      {R"({"toolsListChanged":true})", R"({"toolsListChanged":true})"},
      {R"({"toolsListChanged":false,"promptsListChanged":true,"unheardOf":true})",
       R"({"promptsListChanged":true})"},
      {R"({"resourcesListChanged":true,"resourceSubscriptions":["a://x","a://x","a://b"]})",
       R"({"resourcesListChanged":true,"resourceSubscriptions":["a://b","a://x"]})"},
  };
  int id = 0;
  for (const auto& [filter, honoured] : cases) {
    const auto text = std::to_string(++id);
    EXPECT_EQ(client.ask(listen(text, filter)), acknowledged(text, honoured));
  }
}

TEST(Listening, RefusesWhatIsNoFilter) {
  PipeClient client(quick());
  for (const auto* filter :
       {"1", "[]", R"({"resourceSubscriptions":"a://x"})", R"({"resourceSubscriptions":[1]})"})
    EXPECT_TRUE(is_error(client.ask(listen("1", filter)), "1", -32602)) << filter;
  EXPECT_TRUE(is_error(client.ask(PipeClient::stateless("1", "subscriptions/listen")), "1", -32602));
}

TEST(Listening, HearsOnlyOfWhatItAskedForWithItsId) {
  PipeClient client(quick());
  client.ask(listen("\"s\"", R"({"toolsListChanged":true})"));
  client.ask(listen("7", R"({"resourceSubscriptions":["a://x"]})"));
  client.catalogue.changed(Change::prompts, "");
  client.catalogue.changed(Change::tools, "");
  EXPECT_EQ(client.receive(), note("tools/list_changed", '{' + meta("\"s\"") + '}'));
  client.catalogue.changed(Change::resource, "a://x");
  EXPECT_EQ(client.receive(), note("resources/updated", '{' + meta("7") + R"(,"uri":"a://x"})"));
}

TEST(Listening, EndsWhenItIsCancelled) {
  PipeClient client(quick());
  client.ask(listen("1", R"({"toolsListChanged":true})"));
  EXPECT_TRUE(is_error(client.ask(listen("1", "{}")), "1", -32600));
  client.ask(listen("\"1\"", "{}"));
  client.send(note("cancelled", R"({"requestId":1})"));
  EXPECT_EQ(client.ask("0", "ping"), R"({"jsonrpc":"2.0","id":0,"result":{}})");
  client.catalogue.changed(Change::tools, "");
  const auto rest = client.rest();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_TRUE(rest[0].starts_with(R"({"jsonrpc":"2.0","id":"1","result":)")) << rest[0];
}

TEST(Listening, IsAnsweredAtTheEndOfTheInput) {
  PipeClient client(quick());
  client.ask(listen("\"s\"", "{}"));
  EXPECT_EQ(client.rest(),
            (std::vector<std::string>{
                R"({"jsonrpc":"2.0","id":"s","result":{"resultType":"complete","_meta":{)"
                R"("io.modelcontextprotocol/subscriptionId":"s","io.modelcontextprotocol/serverInfo":)"
                R"({"name":"dbmux","title":"dbmux","version":"1.2.3"}}}})"}));
}

TEST(Listening, IsLimitedInNumber) {
  PipeClient client(quick());
  for (int i = 0; i < 64; ++i)
    ASSERT_EQ(client.ask(listen(std::to_string(i), "{}")), acknowledged(std::to_string(i), "{}"));
  EXPECT_TRUE(is_error(client.ask(listen("99", "{}")), "99", -32600));
}

}  // namespace
}  // namespace dbmux
