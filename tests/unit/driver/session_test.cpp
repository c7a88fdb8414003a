// How calls, connections and secrets pass through the room.
#include <atomic>
#include <map>
#include <thread>

#include "scripted_session.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

TEST_F(Session, ADeadConnectionIsKnownAsSuch) {
  EXPECT_FALSE(conn().dead());
  const Error e = error_of("die maybe");
  EXPECT_EQ(e.category, Category::connection);
  EXPECT_TRUE(e.connection_dead && e.may_have_run && e.retryable);
  EXPECT_TRUE(conn().dead());
}

TEST_F(Session, AConnectionThatDiesWhileRowsComeIsKnownToo) {
  const Error e = error_of(R"({"columns":["a"],"rows":[[1]],"repeat":600,"then":"die"})");
  EXPECT_TRUE(e.connection_dead);
  EXPECT_TRUE(conn().dead());
}

TEST_F(Session, AServerThatGoesAwayTakesTheOtherConnections) {
  auto other = connect();
  ASSERT_TRUE(other);
  fact("kill-others\nstats", "executes");
  Call call;
  const auto ping = (*other)->ping(call);
  ASSERT_FALSE(ping);
  EXPECT_TRUE((*other)->dead());
  EXPECT_FALSE(conn().dead());
}

TEST_F(Session, CancelReachesTheRunningCallOnly) {
  std::atomic<bool> over{false};
  Call call;
  conn();
  std::thread client([&] {
    while (!over) {
      conn_->cancel(call.id());
      std::this_thread::sleep_for(1ms);
    }
  });
  EXPECT_EQ(error_of("block", call).category, Category::cancelled);
  over = true;
  client.join();
  conn_->cancel(call.id());
  EXPECT_EQ(fact("request", "conn"), "1");
}

TEST_F(Session, APluginMayAskWhetherItsCallWasCancelled) {
  Call call;
  conn();
  std::thread client([&] {
    std::this_thread::sleep_for(5ms);
    call.cancel(Call::Stop::client);
  });
  const Error e = error_of("poll", call);
  client.join();
  EXPECT_EQ(e.category, Category::cancelled);
}

TEST_F(Session, TheDeadlineOfTheCallIsThePlugins) {
  Call call({}, Clock::now() + 20ms);
  EXPECT_EQ(error_of("block", call).category, Category::timeout);
  EXPECT_EQ(fact("request", "ms_left"), "none");
}

TEST_F(Session, NoticesReachTheSinkOfTheirCall) {
  Recorder sink;
  Call call({}, kNever, &sink);
  ASSERT_TRUE(execute(call, "notice 2 5701 two\nnotice 0 0 none"));
  EXPECT_EQ(sink.notices, (std::vector<std::string>{"2 5701 two", "0 0 none"}));
}

TEST_F(Session, ParametersArriveInOrderAndKind) {
  Param named = text_param("b", std::string("x\0y", 3));
  named.type = "citext";
  const std::vector<Param> given{int_param("", -7), named};
  Call call;
  auto cursor = execute(call, "params", given);
  ASSERT_TRUE(cursor);
  const auto batch = (*cursor)->next_batch();
  ASSERT_EQ(batch->rows, 2u);
  EXPECT_EQ(batch->cells[2].view(), "2");
  EXPECT_EQ(batch->cells[3].view(), "-7");
  EXPECT_EQ(batch->cells[4].view(), "b");
  EXPECT_EQ(batch->cells[5].view(), "citext");
  EXPECT_EQ(batch->cells[7].view(), std::string_view("x\0y", 3));
}

TEST_F(Session, TheRequestSaysWhatTheStatementSays) {
  Call call(Principal{"ada"});
  conn_ = std::move(*connect(false));
  auto cursor = conn_->execute(call, Statement{.language = {},
                                               .text = "request",
                                               .params = {},
                                               .read_only = false,
                                               .in_transaction = true,
                                               .max_rows = 11,
                                               .max_cell_bytes = 1300,
                                               .batch_rows = 64});
  ASSERT_TRUE(cursor);
  const auto batch = (*cursor)->next_batch();
  std::map<std::string, std::string> facts;
  for (std::uint32_t r = 0; r < batch->rows; ++r)
    facts.emplace(batch->cells[r * 2].view(), batch->cells[r * 2 + 1].view());
  EXPECT_EQ(facts["call"], std::to_string(call.id()));
  EXPECT_EQ(facts["principal"], "ada");
  EXPECT_EQ(facts["language"], "script");
  EXPECT_EQ(facts["conn_read_only"], "0");
  EXPECT_EQ(facts["read_only"], "0");
  EXPECT_EQ(facts["in_transaction"], "1");
  EXPECT_EQ(facts["dry_run"], "0");
  EXPECT_EQ(facts["max_rows"], "11");
  EXPECT_EQ(facts["max_cell_bytes"], "1300");
  EXPECT_EQ(facts["batch_rows"], "64");
}

TEST_F(Session, ReadOnlyIsTheDefaultAndRefusesWrites) {
  EXPECT_EQ(fact("request", "read_only"), "1");
  EXPECT_EQ(fact("request", "conn_read_only"), "1");
  EXPECT_EQ(error_of("write").category, Category::read_only);
  EXPECT_EQ(fact("stats", "writes"), "");
}

TEST_F(Session, TheSummaryIsComplete) {
  Call call;
  auto cursor = execute(
      call, "dirty\ncatalog-changed\n{\"affected\":3,\"insert_id\":42,\"enforced_by\":34,\"next\":\"k9\"}",
      {}, false);
  ASSERT_TRUE(cursor) << cursor.error().message;
  EXPECT_EQ((*cursor)->next_batch()->rows, 0u);
  const auto s = (*cursor)->summary();
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->session_dirty && s->catalog_changed);
  EXPECT_FALSE(s->in_transaction);
  EXPECT_EQ(s->rows_affected, 3);
  ASSERT_TRUE(s->insert_id);
  EXPECT_EQ(s->insert_id->i64, 42);
  EXPECT_EQ(s->enforced_by, (std::vector<std::string>{"session", "rollback"}));
  EXPECT_EQ(s->next, "k9");
}

TEST_F(Session, TransactionsRunOnTheirConnection) {
  Call call;
  ASSERT_TRUE(conn().begin(call, true));
  ASSERT_TRUE(conn().commit(call));
  ASSERT_TRUE(conn().begin(call, false, "serializable"));
  ASSERT_TRUE(conn().rollback(call));
  EXPECT_FALSE(conn().rollback(call));
  auto cursor = execute(call, "events");
  ASSERT_TRUE(cursor);
  const auto batch = (*cursor)->next_batch();
  std::string events;
  for (std::uint32_t r = 0; r < batch->rows; ++r)
    events +=
        std::string(batch->cells[r * 3].view()) + ":" + std::string(batch->cells[r * 3 + 1].view()) + " ";
  EXPECT_EQ(events, "begin:read only commit:1 begin:serializable rollback:1 ");
}

TEST_F(Session, ConnectsFailAsTheServerSays) {
  open({int_param("fail_connects", 2)});
  for (int i = 0; i < 2; ++i) {
    const auto refused = connect();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().category, Category::connection);
    EXPECT_TRUE(refused.error().retryable);
  }
  EXPECT_TRUE(connect());
}

TEST_F(Session, SecretsAreAskedForByNameAndNeverComeBack) {
  std::vector<std::string> asked;
  const SecretLookup secrets = [&](Call&, std::string_view name) -> Result<std::string> {
    asked.emplace_back(name);
    if (name == "absent") return fail(Category::not_found, "no such secret");
    return name == "bad" ? "wrong" : "hunter22";
  };
  open({text_param("password", "main")}, secrets);
  EXPECT_EQ(fact("stats", "open_conns"), "1");
  EXPECT_EQ(asked, std::vector<std::string>{"main"});
  const Error leaked = error_of("leak main");
  EXPECT_EQ(leaked.category, Category::denied);
  EXPECT_EQ(leaked.message.find("hunter22"), std::string::npos) << leaked.message;
  open({text_param("password", "bad")}, secrets);
  const auto refused = connect();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().category, Category::auth);
  EXPECT_EQ(refused.error().message.find("wrong"), std::string::npos) << refused.error().message;
  open({text_param("password", "absent")}, secrets);
  EXPECT_FALSE(connect());
}

TEST_F(Session, NoticesAreScrubbedToo) {
  Recorder sink;
  Call call({}, kNever, &sink);
  open({text_param("password", "main")},
       [](Call&, std::string_view) -> Result<std::string> { return "hunter22"; });
  ASSERT_TRUE(execute(call, "notice 1 0 logged in with hunter22"));
  ASSERT_EQ(sink.notices.size(), 1u);
  EXPECT_EQ(sink.notices[0].find("hunter22"), std::string::npos);
}

TEST_F(Session, ASecretCutAtTheEndOfAMessageLeavesNoPart) {
  open({text_param("password", "main")},
       [](Call&, std::string_view) -> Result<std::string> { return "hunter22"; });
  conn();
  const Error e = error_of("error {\"message\":\"" + std::string(1019, 'x') + "hunter22\"}");
  EXPECT_EQ(e.message.find("hunt"), std::string::npos) << e.message.substr(1000);
}

TEST_F(Session, ScansCountsPlansAndAnalyses) {
  Call call;
  Scan scan;
  scan.table.name = "numbers";
  scan.columns = {"name"};
  scan.after = "990";
  scan.limit = 20;
  {
    auto cursor = conn().scan(call, scan);
    ASSERT_TRUE(cursor) << cursor.error().message;
    const auto batch = (*cursor)->next_batch();
    ASSERT_EQ(batch->rows, 10u);
    EXPECT_EQ(batch->cells[0].view(), "number 991");
  }
  EXPECT_EQ(conn().count(call, {"", "", "numbers"}, true).value_or(0), 1000);
  {
    auto plan =
        conn().explain(call, Statement{.language = {}, .text = "plan {\"cost\":7}", .params = {}}, false);
    ASSERT_TRUE(plan);
    EXPECT_EQ((*plan)->next_batch()->cells[0].view(), "{\"cost\":7}");
  }
  const auto analysis = conn().analyze(
      call,
      Statement{
          .language = {},
          .text = R"(uses {"class":"ddl","complete":false,"uses":[["main","t","c","rw"],["","f","","c"]]})",
          .params = {}});
  ASSERT_TRUE(analysis);
  EXPECT_EQ(analysis->statement_class, StatementClass::ddl);
  EXPECT_FALSE(analysis->complete);
  ASSERT_EQ(analysis->uses.size(), 2u);
  EXPECT_EQ(analysis->uses[0].object.schema, "main");
  EXPECT_EQ(analysis->uses[0].column, "c");
  EXPECT_TRUE(analysis->uses[0].reads && analysis->uses[0].writes && !analysis->uses[0].calls);
  EXPECT_TRUE(analysis->uses[1].calls);
  auto objects = conn().introspect(call, Meta::objects, {"", "main", ""}, "num%");
  ASSERT_TRUE(objects) << objects.error().message;
  EXPECT_EQ((*objects)->next_batch()->cells[1].view(), "numbers");
}

TEST_F(Session, ClosingGivesEverythingBack) {
  const auto open_conns = [&] { return fact("stats", "open_conns"); };
  {
    auto a = connect(), b = connect();
    EXPECT_EQ(open_conns(), "3");
  }
  EXPECT_EQ(open_conns(), "1");
  open({});
  EXPECT_EQ(fact("stats", "open_sources"), "1");
}

}  // namespace
}  // namespace dbmux::test
