// Calls that ask their client: as a result in stateless requests, by requests of ours in sessions.
#include "mcp/asking.hpp"

#include "pipe_client.hpp"

namespace dbmux {
namespace {

using std::chrono::milliseconds;

const std::string kCan = R"({"elicitation":{},"roots":{}})";

JsonDocument parsed(const std::string& line) {
  auto document = parse_json(line);
  EXPECT_TRUE(document) << line;
  return document ? *std::move(document) : JsonDocument();
}

std::string text_of(const JsonValue& value) {
  return value.IsString() ? std::string(view(value)) : to_json(value);
}

std::string at(const JsonValue& from, std::initializer_list<const char*> path) {
  const auto* value = &from;
  for (const auto* name : path) {
    value = member(*value, name);
    if (value == nullptr) return "absent";
  }
  return text_of(*value);
}

// ---- stateless

std::string ask(std::string_view tool, std::string_view further = "", std::string_view can = kCan) {
  return PipeClient::stateless("1", "tools/call",
                               R"(,"name":")" + std::string(tool) + '"' + std::string(further), can);
}

std::string with(std::string_view state, std::string_view responses) {
  return R"(,"requestState":)" + json_quote(state) + R"(,"inputResponses":)" + std::string(responses);
}

std::string state_of(const std::string& line) { return at(parsed(line), {"result", "requestState"}); }

TEST(InputRequired, AsksAndAnswersTheRepeatedRequest) {
  PipeClient client;
  const auto asked = parsed(client.ask(ask("ask")));
  EXPECT_EQ(at(asked, {"result", "resultType"}), "input_required");
  EXPECT_EQ(at(asked, {"result", "inputRequests"}),
            R"({"name":{"method":"elicitation/create","params":{"message":"Who?"}}})");
  EXPECT_EQ(at(asked, {"result", "_meta", "io.modelcontextprotocol/serverInfo", "name"}), "dbmux");
  const auto state = at(asked, {"result", "requestState"});
  const auto line =
      client.ask(ask("ask", with(state, R"({"name":{"action":"accept","content":{"n":"Ada"}},"x":1})")));
  EXPECT_NE(line.find(R"({\"action\":\"accept\",\"content\":{\"n\":\"Ada\"}})"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("resultType":"complete")"), std::string::npos) << line;
}

TEST(InputRequired, KeepsAnswersAndStateOverSeveralRounds) {
  PipeClient client;
  const auto first = client.ask(ask("ask_twice"));
  EXPECT_NE(first.find(R"("a":{"method")"), std::string::npos);
  EXPECT_NE(first.find(R"("b":{"method")"), std::string::npos);
  const auto second = client.ask(
      ask("ask_twice", with(state_of(first), R"({"a":{"action":"decline"},"b":{"action":"cancel"}})")));
  EXPECT_EQ(at(parsed(second), {"result", "inputRequests"}),
            R"({"c":{"method":"elicitation/create","params":{"message":"Who?"}}})");
  const auto third = client.ask(ask("ask_twice", with(state_of(second), R"({"c":{"action":"accept"}})")));
  EXPECT_NE(third.find(R"({\"action\":\"decline\"}{\"action\":\"cancel\"}{\"action\":\"accept\"}12)"),
            std::string::npos)
      << third;
}

TEST(InputRequired, AsksAgainForWhatIsMissingOrMalformed) {
  PipeClient client;
  const auto state = state_of(client.ask(ask("ask")));
  for (const auto* responses :
       {"{}", R"({"other":{"action":"accept"}})", R"({"name":1})", R"({"name":{}})",
        R"({"name":{"action":"maybe"}})", R"({"name":{"action":"accept","content":[]}})"}) {
    const auto again = parsed(client.ask(ask("ask", with(state, responses))));
    EXPECT_EQ(at(again, {"result", "resultType"}), "input_required") << responses;
  }
}

TEST(InputRequired, AnswersWithoutOurStateCountForNothing) {
  PipeClient client;
  const auto line = client.ask(ask("ask", R"(,"inputResponses":{"name":{"action":"accept"}})"));
  EXPECT_EQ(at(parsed(line), {"result", "resultType"}), "input_required");
}

TEST(InputRequired, RefusesAStateThatIsNotForThisRequest) {
  PipeClient client;
  const auto state = state_of(client.ask(ask("ask", R"(,"arguments":{"a":1,"b":2})")));
  const auto answer = R"({"name":{"action":"accept"}})";
  const auto same_again = client.ask(ask("ask", R"(,"arguments":{"b":2,"a":1})" + with(state, answer)));
  EXPECT_EQ(at(parsed(same_again), {"result", "resultType"}), "complete") << same_again;
  auto forged = state;
  forged[5] = forged[5] == 'A' ? 'B' : 'A';
  const std::vector<std::string> wrong{
      ask("ask", R"(,"arguments":{"a":1,"b":3})" + with(state, answer)),
      ask("ask_twice", R"(,"arguments":{"a":1,"b":2})" + with(state, answer)),
      ask("ask", R"(,"arguments":{"a":1,"b":2})" + with(forged, answer)),
      ask("ask", R"(,"arguments":{"a":1,"b":2})" + with("", answer)),
      ask("ask", R"(,"arguments":{"a":1,"b":2},"requestState":7)"),
      ask("ask", R"(,"arguments":{"a":1,"b":2},"inputResponses":7)"),
  };
  for (const auto& line : wrong) EXPECT_TRUE(is_error(client.ask(line), "1", -32602)) << line;
  PipeClient other;
  EXPECT_TRUE(
      is_error(other.ask(ask("ask", R"(,"arguments":{"a":1,"b":2})" + with(state, answer))), "1", -32602));
}

TEST(InputRequired, RefusesAStateThatHasExpired) {
  mcp::ServerOptions options;
  options.answer_within = milliseconds(-1);
  PipeClient client(options);
  const auto state = state_of(client.ask(ask("ask")));
  EXPECT_TRUE(is_error(client.ask(ask("ask", with(state, R"({"name":{"action":"accept"}})"))), "1", -32602));
}

TEST(InputRequired, AsksOnlyForWhatThisRequestSaysTheClientCan) {
  PipeClient client;
  client.initialize("2025-11-25", kCan);
  EXPECT_NE(client.ask(ask("ask", "", "{}")).find("\"text\":\"impossible\""), std::string::npos);
  EXPECT_NE(client.ask(ask("ask_roots", "", R"({"elicitation":{}})")).find("impossible"), std::string::npos);
  EXPECT_NE(client.ask(ask("ask_roots")).find(R"({"roots":{"method":"roots/list","params":)"),
            std::string::npos);
}

TEST(InputRequired, ComesFromPromptsAndResourcesToo) {
  PipeClient client;
  for (const auto& [method, params] :
       {std::pair<std::string, std::string>{"prompts/get", R"(,"name":"plain")"},
        {"resources/read", R"(,"uri":"database://main/asked")"}}) {
    const auto first = client.ask(PipeClient::stateless("1", method, params, kCan));
    EXPECT_EQ(at(parsed(first), {"result", "resultType"}), "input_required") << first;
    const auto answers = R"({"p":{"action":"accept"},"uri":{"action":"accept"}})";
    const auto second =
        client.ask(PipeClient::stateless("1", method, params + with(state_of(first), answers), kCan));
    EXPECT_EQ(at(parsed(second), {"result", "resultType"}), "complete") << second;
  }
}

TEST(InputRequired, IsAnErrorWhereNothingWasAsked) {
  PipeClient client;
  client.initialize("2025-11-25", kCan);
  EXPECT_TRUE(is_error(client.ask(PipeClient::tool("1", "ask_nothing")), "1", -32603));
}

// ---- sessions

std::string respond(std::string_view id, std::string_view result) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":)" + std::string(result) + "}";
}

std::string asked_as(std::string_view id) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) +
         R"(,"method":"elicitation/create","params":{"message":"Who?"}})";
}

TEST(AskingASession, SendsARequestAndRunsTheCallAgain) {
  mcp::ServerOptions options;
  options.workers = 1;
  PipeClient client(options);
  client.initialize("2025-06-18", kCan);
  EXPECT_EQ(client.ask(PipeClient::tool("1", "ask")), asked_as(R"("ask-1")"));
  // Its worker is free meanwhile.
  EXPECT_EQ(client.ask(PipeClient::tool("2", "echo")), text_result("2", "{}"));
  EXPECT_TRUE(is_error(client.ask(PipeClient::tool("1", "echo")), "1", -32600));
  EXPECT_EQ(client.ask(respond(R"("ask-1")", R"({"action":"accept"})")),
            text_result("1", R"({\"action\":\"accept\"})"));
  client.send(respond(R"("ask-1")", R"({"action":"accept"})"));
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

TEST(AskingASession, WaitsForAllAnswersAndAsksFurther) {
  PipeClient client;
  client.initialize("2025-11-25", kCan);
  EXPECT_EQ(client.ask(PipeClient::tool("1", "ask_twice")), asked_as(R"("ask-1")"));
  EXPECT_EQ(client.receive(), asked_as(R"("ask-2")"));
  client.send(respond(R"("ask-2")", R"({"action":"cancel"})"));
  client.send(respond("\"ask-9\"", "{}"));
  EXPECT_EQ(client.ask(respond(R"("ask-1")", R"({"action":"decline"})")), asked_as(R"("ask-3")"));
  EXPECT_EQ(client.ask(respond(R"("ask-3")", R"({"action":"accept"})")),
            text_result("1", R"({\"action\":\"decline\"}{\"action\":\"cancel\"}{\"action\":\"accept\"}12)"));
}

TEST(AskingASession, AnErrorOrNonsenseCountsAsDeclined) {
  PipeClient client;
  client.initialize("2025-11-25", kCan);
  client.ask(PipeClient::tool("1", "ask"));
  EXPECT_EQ(client.ask(R"({"jsonrpc":"2.0","id":"ask-1","error":{"code":-1,"message":"no"}})"),
            text_result("1", R"({\"action\":\"decline\"})"));
  client.ask(PipeClient::tool("1", "ask"));
  EXPECT_EQ(client.ask(respond(R"("ask-2")", "7")), text_result("1", R"({\"action\":\"decline\"})"));
  client.ask(PipeClient::tool("1", "ask_roots"));
  EXPECT_EQ(client.ask(R"({"jsonrpc":"2.0","id":"ask-3","error":{"code":-1,"message":"no"}})"),
            text_result("1", "impossible"));
}

TEST(AskingASession, IsImpossibleForAClientThatCannot) {
  const auto impossible = text_result("1", "impossible");
  PipeClient client;
  EXPECT_EQ(client.ask(PipeClient::tool("1", "ask")), impossible);
  client.initialize("2025-03-26", kCan);
  EXPECT_EQ(client.ask(PipeClient::tool("1", "ask")), impossible);
  client.initialize("2025-11-25", R"({"elicitation":{"url":{}}})");
  EXPECT_EQ(client.ask(PipeClient::tool("1", "ask")), impossible);
}

TEST(AskingASession, ACancelledCallWithdrawsItsQuestions) {
  PipeClient client;
  client.initialize("2025-11-25", kCan);
  client.ask(PipeClient::tool("1", "ask"));
  EXPECT_EQ(client.ask(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})"),
            R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"ask-1"}})");
  client.send(respond(R"("ask-1")", R"({"action":"accept"})"));
  EXPECT_EQ(client.ask(PipeClient::tool("1", "echo")), text_result("1", "{}"));
}

TEST(AskingASession, WhatNobodyAnswersIsDismissed) {
  mcp::ServerOptions options;
  options.look = milliseconds(5);
  options.answer_within = milliseconds(30);
  PipeClient client(options);
  client.initialize("2025-11-25", kCan);
  client.ask(PipeClient::tool("1", "ask"));
  EXPECT_EQ(client.receive(),
            R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"ask-1"}})");
  EXPECT_EQ(client.receive(), text_result("1", R"({\"action\":\"cancel\"})"));
}

TEST(AskingASession, AWaitingCallIsAnsweredWhenTheInputEnds) {
  PipeClient client;
  client.initialize("2025-11-25", kCan);
  client.ask(PipeClient::tool("1", "ask"));
  const auto lines = client.rest();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("while it waited for an answer"), std::string::npos) << lines[0];
  EXPECT_FALSE(client.stuck());
}

TEST(AskingASession, WorksInABatch) {
  PipeClient client;
  client.initialize("2025-03-26", R"({"roots":{}})");
  client.send("[" + PipeClient::tool("1", "ask_roots") + "," + PipeClient::request("2", "ping") + "]");
  EXPECT_EQ(client.receive(),
            R"({"jsonrpc":"2.0","id":"ask-1","method":"roots/list","params":{"message":"Who?"}})");
  EXPECT_EQ(client.ask(respond(R"("ask-1")", R"({"roots":[]})")),
            "[" + text_result("1", R"({\"roots\":[]})") + R"(,{"jsonrpc":"2.0","id":2,"result":{}}])");
}

TEST(AskingASession, ManyCallsAtOnceEachGetTheirOwnAnswers) {
  PipeClient client;
  client.initialize("2025-11-25", kCan);
  constexpr int kMany = 200;
  for (int i = 0; i < kMany; ++i) client.send(PipeClient::tool(std::to_string(i), "ask"));
  std::set<std::string> answers;
  for (int answered = 0; answered < kMany;) {
    const auto line = client.receive();
    const auto message = parsed(line);
    if (member(message, "method") != nullptr) {
      client.send(respond(json_quote(at(message, {"id"})), R"({"action":"accept"})"));
    } else {
      answers.insert(line);
      ++answered;
    }
  }
  for (int i = 0; i < kMany; ++i)
    EXPECT_EQ(answers.count(text_result(std::to_string(i), R"({\"action\":\"accept\"})")), 1U);
}

}  // namespace
}  // namespace dbmux
