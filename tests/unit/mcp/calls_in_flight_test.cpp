// Calls beside each other, called off, given up, and at the end of the session.
#include <algorithm>
#include <future>

#include "pipe_client.hpp"

namespace dbmux {
namespace {

using std::chrono::milliseconds;

std::string cancelled(std::string_view id, std::string_view reason = "") {
  return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" + std::string(id) +
         R"(,"reason":")" + std::string(reason) + "\"}}";
}

const char* const kPong = R"({"jsonrpc":"2.0","id":"p","result":{}})";

TEST(CallsInFlight, DelayNeitherAPingNorAnotherCall) {
  PipeClient client;
  client.send(PipeClient::tool("1", "block"));
  client.catalogue.wait_blocked(1);
  EXPECT_EQ(client.ask("\"p\"", "ping"), kPong);
  EXPECT_EQ(client.ask(PipeClient::tool("2", "echo")), text_result("2", "{}"));
  client.catalogue.release();
  EXPECT_EQ(client.receive(), text_result("1", "released"));
}

TEST(CallsInFlight, RunAllAtOnceUpToTheLimit) {
  mcp::ServerOptions options;
  options.workers = 8;
  PipeClient client(options);
  for (int i = 0; i < 12; ++i) client.send(PipeClient::tool(std::to_string(i), "block"));
  client.catalogue.wait_blocked(8);
  EXPECT_EQ(client.ask("\"p\"", "ping"), kPong);
  EXPECT_EQ(client.catalogue.runs, 8);
  client.catalogue.release();
  std::set<std::string> answers;
  for (int i = 0; i < 12; ++i) answers.insert(client.receive());
  for (int i = 0; i < 12; ++i) EXPECT_EQ(answers.count(text_result(std::to_string(i), "released")), 1U);
}

TEST(CallsInFlight, AnswerEachOfManyOnce) {
  PipeClient client;
  constexpr int kMany = 2000;
  auto sender = std::async(std::launch::async, [&] {
    for (int i = 0; i < kMany; ++i) client.send(PipeClient::tool(std::to_string(i), "echo"));
  });
  std::set<std::string> answers;
  for (int i = 0; i < kMany; ++i) answers.insert(client.receive());
  sender.get();
  EXPECT_EQ(answers.size(), static_cast<std::size_t>(kMany));
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

TEST(CallsInFlight, GoOnWhenTheWorkersHadGoneIdle) {
  mcp::ServerOptions options;
  options.worker_idle = milliseconds(1);
  PipeClient client(options);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.ask(PipeClient::tool("1", "echo")), text_result("1", "{}"));
    EXPECT_EQ(client.ask("\"p\"", "ping"), kPong);
    std::this_thread::sleep_for(milliseconds(2));
  }
}

TEST(CallsInFlight, HaveIdsOfTheirOwn) {
  PipeClient client;
  client.send(PipeClient::tool("1", "block"));
  client.catalogue.wait_blocked(1);
  EXPECT_TRUE(is_error(client.ask(PipeClient::tool("1", "echo")), "1", -32600));
  EXPECT_EQ(client.ask(PipeClient::tool("\"1\"", "echo")), text_result("\"1\"", "{}"));
  client.catalogue.release();
  EXPECT_EQ(client.receive(), text_result("1", "released"));
  EXPECT_EQ(client.ask(PipeClient::tool("1", "echo")), text_result("1", "{}"));
}

TEST(Cancelling, StopsTheCallAndLeavesNothingToSay) {
  PipeClient client;
  client.send(PipeClient::tool("1", "block"));
  client.send(PipeClient::tool("\"1\"", "block"));
  client.catalogue.wait_blocked(2);
  client.send(cancelled("1", R"(see \"method\":\"tools/call\")"));
  EXPECT_EQ(client.catalogue.wait_stop(), Call::Stop::client);
  client.catalogue.release();
  EXPECT_EQ(client.receive(), text_result("\"1\"", "released"));
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

TEST(Cancelling, ReachesACallWhoseTurnHasNotCome) {
  mcp::ServerOptions options;
  options.workers = 1;
  PipeClient client(options);
  client.send(PipeClient::tool("1", "block"));
  client.catalogue.wait_blocked(1);
  client.send(PipeClient::tool("2", "echo"));
  client.send(cancelled("2"));
  client.send(PipeClient::tool("3", "echo"));
  EXPECT_EQ(client.ask("\"p\"", "ping"), kPong);
  client.catalogue.release();
  EXPECT_EQ(client.receive(), text_result("1", "released"));
  EXPECT_EQ(client.receive(), text_result("3", "{}"));
  EXPECT_EQ(client.catalogue.runs, 2);
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

TEST(Cancelling, DoesNotHitALaterCallOfTheSameId) {
  PipeClient client;
  for (int i = 0; i < 200; ++i) {  // the two travel on different threads
    client.send(cancelled("1"));
    ASSERT_EQ(client.ask(PipeClient::tool("1", "echo")), text_result("1", "{}"));
    client.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{}})");
  }
}

TEST(Cancelling, ReachesAListOfResources) {
  PipeClient client;
  client.catalogue.blocking_resources = true;
  client.send(PipeClient::request("1", "resources/list"));
  client.catalogue.wait_blocked(1);
  EXPECT_EQ(client.ask("\"p\"", "ping"), kPong);
  client.send(cancelled("1"));
  EXPECT_EQ(client.catalogue.wait_stop(), Call::Stop::client);
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

std::string progress(std::string_view token, std::string_view rest) {
  return R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" +
         std::string(token) + R"(,"progress":)" + std::string(rest) + "}}";
}

TEST(Progress, IncreasesAndEchoesTheToken) {
  for (const auto* token : {"\"t\"", "0", "7"}) {
    PipeClient client;
    client.send(PipeClient::tool("1", "report", R"(,"_meta":{"progressToken":)" + std::string(token) + "}"));
    EXPECT_EQ(client.receive(), progress(token, R"(1,"total":4,"message":"rows")"));
    EXPECT_EQ(client.receive(), progress(token, R"(2.5,"total":4,"message":"rows")"));
    EXPECT_EQ(client.receive(), progress(token, R"(4,"total":4,"message":"rows")"));
    EXPECT_EQ(client.receive(), text_result("1", "reported"));
  }
}

TEST(Progress, HasNoMessageForAClientThatDoesNotKnowIt) {
  PipeClient client;
  client.initialize("2024-11-05");
  client.send(PipeClient::tool("1", "report", R"(,"_meta":{"progressToken":"t"})"));
  EXPECT_EQ(client.receive(), progress("\"t\"", R"(1,"total":4)"));
}

TEST(Progress, IsNotSentUnasked) {
  PipeClient client;
  EXPECT_EQ(client.ask(PipeClient::tool("1", "report")), text_result("1", "reported"));
}

TEST(Progress, OfALongCallIsSentByUs) {
  mcp::ServerOptions options;
  options.look = milliseconds(5);
  options.progress_after = milliseconds(10);
  options.progress_every = milliseconds(600);
  PipeClient client(options);
  client.send(PipeClient::tool("1", "block", R"(,"_meta":{"progressToken":"t"})"));
  EXPECT_EQ(client.receive(), progress("\"t\"", R"(0,"message":"still running")"));
  EXPECT_TRUE(client.receive().starts_with(
      R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":)"));
  client.catalogue.release();
}

mcp::ServerOptions impatient() {
  mcp::ServerOptions options;
  options.look = milliseconds(5);
  options.grace = milliseconds(20);
  return options;
}

TEST(GivingUp, AnswersForAnEngineThatIgnoresTheCancellation) {
  auto options = impatient();
  options.workers = 1;
  PipeClient client(options);
  const auto line = client.ask(PipeClient::tool("1", "ignore_cancel"));
  EXPECT_TRUE(line.starts_with(
      R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\"error\":{\"category\":\"timeout\",\"message\":\"Stopped after )"))
      << line;
  EXPECT_NE(
      line.find(
          R"(; the engine did not react to the cancellation, its connection was given up.\",\"waited_for\":\"execution\")"),
      std::string::npos)
      << line;
  EXPECT_TRUE(line.ends_with(R"(}}"}],"isError":true}})")) << line;

  // Its only worker is lost for now; another does its work, under the same id too.
  EXPECT_EQ(client.ask(PipeClient::tool("1", "echo")), text_result("1", "{}"));
  EXPECT_TRUE(client.stuck());
  client.catalogue.release();
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

TEST(GivingUp, SparesACallThatEndsInTime) {
  auto options = impatient();
  options.grace = milliseconds(60'000);
  PipeClient client(options);
  client.catalogue.deadline = milliseconds(0);
  client.send(PipeClient::tool("1", "ignore_cancel"));
  client.catalogue.wait_blocked(1);
  client.catalogue.release();
  EXPECT_EQ(client.receive(), text_result("1", "much too late"));
}

TEST(GivingUp, ReplacesTheWorkerOfACancelledCallSilently) {
  auto options = impatient();
  options.workers = 1;
  PipeClient client(options);
  client.catalogue.deadline = milliseconds(60'000);
  client.send(PipeClient::tool("1", "ignore_cancel"));
  client.catalogue.wait_blocked(1);
  client.send(cancelled("1"));
  EXPECT_EQ(client.ask(PipeClient::tool("2", "echo")), text_result("2", "{}"));
  client.catalogue.release();
  EXPECT_EQ(client.rest(), std::vector<std::string>{});
}

TEST(GivingUp, AnswersInItsPlaceOfABatch) {
  PipeClient client(impatient());
  client.initialize("2025-03-26");
  const auto line =
      client.ask("[" + PipeClient::tool("1", "ignore_cancel") + "," + PipeClient::tool("2", "echo") + "]");
  EXPECT_TRUE(line.starts_with(R"([{"jsonrpc":"2.0","id":1,"result":)")) << line;
  EXPECT_TRUE(line.ends_with(R"("isError":true}},)" + text_result("2", "{}") + "]")) << line;
}

TEST(EndOfSession, LetsShortCallsEnd) {
  PipeClient client;
  client.send_bytes(PipeClient::tool("1", "echo") + "\n" + PipeClient::request("2", "ping") + "\n" +
                    PipeClient::tool("3", "big"));
  auto lines = client.rest();
  std::sort(lines.begin(), lines.end());
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], text_result("1", "{}"));
  EXPECT_EQ(lines[1], R"({"jsonrpc":"2.0","id":2,"result":{}})");
  EXPECT_TRUE(lines[2] == text_result("3", std::string(5'000'000, 'b')));
  EXPECT_FALSE(client.stuck());
}

TEST(EndOfSession, CallsOffWhatTakesLonger) {
  mcp::ServerOptions options;
  options.drain = milliseconds(20);
  options.call_off = milliseconds(60'000);
  options.workers = 1;
  PipeClient client(options);
  client.send(PipeClient::tool("1", "block"));
  client.catalogue.wait_blocked(1);
  client.send(PipeClient::tool("2", "block"));
  const auto lines = client.rest();
  ASSERT_EQ(lines.size(), 2U);
  for (const auto& line : lines) {
    EXPECT_NE(line.find(R"(\"category\":\"cancelled\")"), std::string::npos) << line;
  }
  EXPECT_EQ(client.catalogue.wait_stop(), Call::Stop::shutdown);
  EXPECT_EQ(client.catalogue.runs, 1);
  EXPECT_FALSE(client.stuck());
}

TEST(EndOfSession, CallsOffAtOnceOnASignal) {
  mcp::ServerOptions options;
  options.drain = options.call_off = milliseconds(600'000);
  PipeClient client(options);
  client.send(PipeClient::tool("1", "block"));
  client.catalogue.wait_blocked(1);
  client.stop();
  client.join();
  EXPECT_NE(client.receive().find("called off"), std::string::npos);
  EXPECT_FALSE(client.stuck());
}

TEST(EndOfSession, DoesNotWaitForAnEngineThatIgnoresTheCancellation) {
  mcp::ServerOptions options;
  options.drain = options.call_off = milliseconds(20);
  PipeClient client(options);
  client.catalogue.deadline = milliseconds(600'000);
  client.send(PipeClient::tool("1", "ignore_cancel"));
  client.catalogue.wait_blocked(1);
  client.stop();
  client.wait_ended();
  EXPECT_TRUE(client.stuck());
}

TEST(EndOfSession, ComesWhenTheClientStopsReadingForGood) {
  mcp::ServerOptions options;
  options.call_off = milliseconds(600'000);
  PipeClient client(options);
  for (int i = 0; i < 50; ++i) client.send(PipeClient::tool(std::to_string(i), "big"));
  client.close_output();
  client.join();
  EXPECT_FALSE(client.stuck());
}

TEST(CallsInFlight, AreServedAgainWhenAClientThatDidNotReadReadsOn) {
  mcp::ServerOptions options;
  options.workers = 4;
  PipeClient client(options);
  for (int i = 0; i < 10; ++i) client.send(PipeClient::tool(std::to_string(i), "big"));
  client.send(PipeClient::tool("99", "block"));
  client.send(cancelled("99"));
  int big = 0;
  for (int i = 0; i < 10; ++i) big += client.receive().size() > 5'000'000 ? 1 : 0;
  EXPECT_EQ(big, 10);
  EXPECT_EQ(client.ask("\"p\"", "ping"), kPong);
}

}  // namespace
}  // namespace dbmux
