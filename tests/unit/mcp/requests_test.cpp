// What is a request and what is not.
#include "pipe_client.hpp"

namespace dbmux {
namespace {

struct Case {
  const char* what;
  std::string line;
  const char* id;
  int code;
};

TEST(Requests, AnswersWhatIsNotARequestWithItsErrorAndLivesOn) {
  PipeClient client;
  const std::string deep = R"({"jsonrpc":"2.0","id":1,"method":"ping","params":)" + std::string(64, '[') +
                           std::string(64, ']') + "}";
  const std::vector<Case> cases{
      {"no JSON", "hello", "null", -32700},
      {"half an object", R"({"jsonrpc":"2.0","id":1,)", "null", -32700},
      {"two objects", R"({"jsonrpc":"2.0","id":1,"method":"ping"}{})", "null", -32700},
      {"too deep", deep, "null", -32700},
      {"not UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", "null", -32700},
      {"a NUL", std::string("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\0ng\"}", 40), "null", -32700},
      {"a call that is no JSON", R"({"method":"tools/call",)", "null", -32700},
      {"a number", "5", "null", -32600},
      {"a string", R"("ping")", "null", -32600},
      {"an empty object", "{}", "null", -32600},
      {"no method", R"({"jsonrpc":"2.0","id":5})", "5", -32600},
      {"no version", R"({"id":5,"method":"ping"})", "5", -32600},
      {"version 1", R"({"jsonrpc":"1.0","id":5,"method":"ping"})", "5", -32600},
      {"method is a number", R"({"jsonrpc":"2.0","id":"a","method":7})", R"("a")", -32600},
      {"id null", R"({"jsonrpc":"2.0","id":null,"method":"ping"})", "null", -32600},
      {"id a fraction", R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", "null", -32600},
      {"id an object", R"({"jsonrpc":"2.0","id":{},"method":"tools/call"})", "null", -32600},
      {"a batch", R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", "null", -32600},
      {"params an array", R"({"jsonrpc":"2.0","id":5,"method":"ping","params":[]})", "5", -32602},
      {"a method of the other era", PipeClient::request("5", "server/discover"), "5", -32602},
      {"unknown method", PipeClient::request("5", "tools/list/all"), "5", -32601},
      {"a notification with an id", PipeClient::request("5", "notifications/initialized"), "5", -32601},
  };
  for (const auto& c : cases) {
    EXPECT_TRUE(is_error(client.ask(c.line), c.id, c.code)) << c.what;
  }
  EXPECT_EQ(client.ask("1", "ping"), R"({"jsonrpc":"2.0","id":1,"result":{}})");
}

TEST(Requests, EchoesIdsWithTheirType) {
  PipeClient client;
  for (const auto* id : {"0", "1", "-7", "\"0\"", "\"\"", "\"a \\\"b\\\" \xc3\xa4\"", "9007199254740993",
                         "18446744073709551615", "-9223372036854775808"}) {
    EXPECT_EQ(client.ask(id, "ping"), R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":{}})");
    EXPECT_EQ(client.ask(PipeClient::tool(id, "echo")), text_result(id, "{}"));
  }
}

TEST(Requests, AnswersNeitherNotificationsNorResponses) {
  PipeClient client;
  client.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  client.send(R"({"jsonrpc":"2.0","method":"notifications/unheard-of","params":{}})");
  client.send(R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo"}})");
  client.send(R"({"jsonrpc":"2.0","id":3,"result":{}})");
  client.send(R"({"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":""}})");
  client.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":[]})");
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
  EXPECT_EQ(client.catalogue.runs, 0);
}

TEST(Requests, AnswersAMessageThatIsTooLongAndLivesOn) {
  PipeClient client({}, 0, std::size_t{16} << 20);
  client.send(std::string((std::size_t{16} << 20) + 1, 'x'));
  EXPECT_EQ(client.receive(),
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Message longer than 16 MiB"}})");
  EXPECT_EQ(client.ask(PipeClient::tool("1", "echo")), text_result("1", "{}"));
}

TEST(Requests, AcceptsCarriageReturnsAndSpace) {
  PipeClient client;
  client.send_bytes(
      " { \"params\" : {\"name\":\"echo\"}, \"method\"\t: \"tools/call\", \"id\":1, \"jsonrpc\":\"2.0\" } "
      "\r\n");
  EXPECT_EQ(client.receive(), text_result("1", "{}"));
}

TEST(Requests, UnderstandsAMethodSpeltWithEscapes) {
  PipeClient client;
  EXPECT_EQ(client.ask(R"({"jsonrpc":"2.0","id":1,"method":"tools\/call","params":{"name":"echo"}})"),
            text_result("1", "{}"));
}

TEST(Requests, AnswersALongPingThatLooksLikeACall) {
  PipeClient client;
  const auto params = R"({"nested":{"method":"tools/call"},"long":")" + std::string(200'000, 'x') + "\"}";
  EXPECT_EQ(client.ask("1", "ping", params), R"({"jsonrpc":"2.0","id":1,"result":{}})");
}

// Batches

std::string batch_of(std::initializer_list<std::string> elements) {
  std::string batch = "[";
  for (const auto& element : elements) batch += (batch.size() > 1 ? "," : "") + element;
  return batch + "]";
}

TEST(Batches, BelongToOneVersionOnly) {
  const auto batch = batch_of({PipeClient::request("1", "ping")});
  for (const auto* version : {"2024-11-05", "2025-06-18", "2025-11-25"}) {
    PipeClient client;
    client.initialize(version);
    EXPECT_TRUE(is_error(client.ask(batch), "null", -32600)) << version;
  }
  PipeClient client;
  client.initialize("2025-03-26");
  EXPECT_EQ(client.ask(batch), R"([{"jsonrpc":"2.0","id":1,"result":{}}])");
}

TEST(Batches, AreAnsweredTogetherInTheirOrder) {
  PipeClient client;
  client.initialize("2025-03-26");
  const auto line = client.ask(batch_of({PipeClient::tool("1", "echo", R"(,"arguments":{"a":1})"),
                                         R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
                                         PipeClient::request("\"2\"", "ping"), "7",
                                         PipeClient::request("3", "nope"), PipeClient::tool("4", "fail")}));
  EXPECT_EQ(
      line,
      "[" + text_result("1", R"({\"a\":1})") + R"(,{"jsonrpc":"2.0","id":"2","result":{}})" +
          R"(,{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid request: not an object"}})" +
          R"(,{"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"Method not found: nope"}})" +
          R"(,{"jsonrpc":"2.0","id":4,"result":{"content":[{"type":"text","text":")" +
          R"({\"error\":{\"category\":\"syntax\",\"message\":\"near \\\"x\\\"\"}}"}],"isError":true}}])");
}

TEST(Batches, OfNotificationsHaveNoAnswer) {
  PipeClient client;
  client.initialize("2025-03-26");
  client.send(batch_of({R"({"jsonrpc":"2.0","method":"notifications/initialized"})"}));
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

TEST(Batches, MustNotBeEmptyNorTooLongNorInitialize) {
  PipeClient client;
  client.initialize("2025-03-26");
  EXPECT_TRUE(is_error(client.ask("[]"), "null", -32600));
  std::string many = "[1";
  for (int i = 0; i < 1000; ++i) many += ",1";
  EXPECT_TRUE(is_error(client.ask(many + "]"), "null", -32600));
  EXPECT_TRUE(
      client.ask(batch_of({PipeClient::request("1", "initialize", R"({"protocolVersion":"2025-06-18"})")}))
          .starts_with(R"([{"jsonrpc":"2.0","id":1,"error":{"code":-32600,)"));
}

TEST(Batches, LeaveOutWhatTheClientCancelled) {
  PipeClient client;
  client.initialize("2025-03-26");
  client.send(batch_of({PipeClient::tool("1", "block"), PipeClient::request("2", "ping")}));
  client.catalogue.wait_blocked(1);
  client.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  EXPECT_EQ(client.receive(), R"([{"jsonrpc":"2.0","id":2,"result":{}}])");
}

}  // namespace
}  // namespace dbmux
