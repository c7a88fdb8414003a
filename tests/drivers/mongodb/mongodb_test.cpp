#include <atomic>
#include <chrono>
#include <thread>

#include "../server.hpp"
#include "database.hpp"
#include "suite.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

class Mongodb : public DriverTest {
 protected:
  Proxy& proxy() { return dynamic_cast<MongoDatabase&>(*database_).proxy(); }
  std::unique_ptr<Conn> connect_as(const std::string& user) {
    const auto options = dynamic_cast<MongoDatabase&>(*database_).options_of(user);
    other_ = open_source(options, "correct-horse").value();
    Call call;
    return std::move(other_->connect(call, false).value());
  }
  static std::string answer(Conn& conn) {
    const auto rows = rows_of(run(conn, R"({"ping":1})"));
    return rows.size() == 1 ? rows[0][0].bytes : "";
  }
  void fill(Conn& conn, int documents) {
    std::string all;
    for (int i = 1; i <= documents; ++i) all += (i > 1 ? "," : "") + (R"({"_id":)" + std::to_string(i) + "}");
    ASSERT_TRUE(write(conn, R"({"insert":"many","documents":[)" + all + "]}"));
  }
  std::shared_ptr<Source> other_;
};

// Each document is compared with all others: seconds, if nobody ends it.
constexpr const char* kSlow = R"({"aggregate":"many","maxTimeMS":20000,"pipeline":[
  {"$lookup":{"from":"many","let":{"a":"$_id"},"as":"j","pipeline":[{"$match":{"$expr":{"$gt":["$_id","$$a"]}}}]}},
  {"$group":{"_id":null,"n":{"$sum":{"$size":"$j"}}}}]})";

TEST_P(Mongodb, ACancelIsAKillOpOfThisVeryCommand) {
  const auto victim = connect(), neighbour = connect();
  fill(*neighbour, 3000);
  Call call;
  std::thread client([&] {
    ASSERT_TRUE(comes_true([&] { return proxy().sent().find("$lookup") != std::string::npos; }));
    std::this_thread::sleep_for(100ms);
    victim->cancel(call.id());
  });
  const auto started = Clock::now();
  auto cursor = victim->execute(call, Statement{.language = {}, .text = kSlow, .params = {}});
  const auto result = cursor ? fetch(**cursor) : Result<Table>(fail(cursor.error()));
  client.join();
  ASSERT_FALSE(result);
  EXPECT_EQ(to_string(result.error().category), to_string(Category::cancelled)) << result.error().message;
  EXPECT_LT(Clock::now() - started, 10s);
  EXPECT_NE(proxy().sent().find("killOp"), std::string::npos);
  EXPECT_FALSE(neighbour->dead());
  EXPECT_NE(answer(*neighbour), "");
}

TEST_P(Mongodb, ACommandWhoseAnswerNeverComesIsBrokenOffByClosingItsSocket) {
  for (const bool cancelled : {true, false}) {
    auto conn = connect();
    ASSERT_EQ(proxy().open(), 1);
    proxy().hold(true);
    Call call({}, cancelled ? Clock::now() + 1min : Clock::now() + 200ms);
    std::thread client([&] {
      std::this_thread::sleep_for(50ms);
      if (cancelled) conn->cancel(call.id());
    });
    const auto started = Clock::now();
    const std::string text = R"({"ping":1})";
    const auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = {}});
    client.join();
    ASSERT_FALSE(cursor);
    const auto expected = cancelled ? Category::cancelled : Category::timeout;
    EXPECT_EQ(to_string(cursor.error().category), to_string(expected));
    EXPECT_LT(Clock::now() - started, 5s);
    EXPECT_TRUE(conn->dead());
    conn.reset();
    EXPECT_TRUE(comes_true([&] { return proxy().open() == 0; })) << proxy().open();
    proxy().hold(false);
  }
}

TEST_P(Mongodb, AStormOfCancelsOnOneConnectionNeverHitsTheNextCommand) {
  auto conn = connect();
  std::atomic<std::uint64_t> before{0};
  std::atomic<bool> over{false};
  std::thread storm([&] {
    while (!over) conn->cancel(before);
  });
  for (int i = 0; i < 500; ++i) {
    Call call;
    const auto given = params({"nonce " + std::to_string(i)});
    const std::string text = quirks().echo(1);
    {
      auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = given});
      if (!cursor) {
        ADD_FAILURE() << cursor.error().message;
        break;
      }
      EXPECT_EQ(rows_of(fetch(**cursor)), Rows{quirks().echoed({"nonce " + std::to_string(i)})});
    }
    before = call.id();
  }
  over = true;
  storm.join();
  EXPECT_FALSE(conn->dead());
  EXPECT_EQ(proxy().sent().find("killOp"), std::string::npos);
}

TEST_P(Mongodb, ACursorThatIsClosedEarlyIsKilledOnTheServerInOneFlight) {
  const auto conn = connect();
  const std::string text = quirks().numbers(1000);
  Call call;
  auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = {}, .batch_rows = 10});
  ASSERT_TRUE(cursor);
  ASSERT_EQ((*cursor)->next_batch()->rows, 10u);
  const int flights = proxy().flights();
  ASSERT_TRUE((*cursor)->close());
  EXPECT_EQ(proxy().flights(), flights + 1);
  EXPECT_NE(proxy().sent().find("killCursors"), std::string::npos);
}

TEST_P(Mongodb, ACursorIsClosedByItsDeadlineThoughTheServerDoesNotAnswer) {
  const auto conn = connect();
  const std::string text = quirks().numbers(1000);
  Call call({}, Clock::now() + 500ms);
  auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = {}, .batch_rows = 10});
  ASSERT_TRUE(cursor) << cursor.error().message;
  ASSERT_EQ((*cursor)->next_batch()->rows, 10u);
  proxy().hold(true);
  const auto started = Clock::now();
  const auto closed = (*cursor)->close();
  EXPECT_LT(Clock::now() - started, 5s);
  ASSERT_FALSE(closed);
  EXPECT_TRUE(conn->dead());
  proxy().hold(false);
}

TEST_P(Mongodb, AResetCostsNothingUnlessACursorWasLeftOpen) {
  const auto conn = connect();
  const std::string text = quirks().numbers(1000);
  const int before = proxy().flights();
  Call first;
  ASSERT_TRUE(conn->reset(first));
  EXPECT_EQ(proxy().flights(), before);
  {
    Call call;
    auto cursor =
        conn->execute(call, Statement{.language = {}, .text = text, .params = {}, .batch_rows = 10});
    ASSERT_TRUE(cursor);
    conn->cancel(call.id());
    ASSERT_TRUE((*cursor)->close());
  }
  const int after_close = proxy().flights();
  EXPECT_EQ(proxy().sent().find("killCursors"), std::string::npos);
  Call second;
  ASSERT_TRUE(conn->reset(second));
  EXPECT_EQ(proxy().flights(), after_close + 1);
  EXPECT_NE(proxy().sent().find("killCursors"), std::string::npos);
}

TEST_P(Mongodb, ASourceOpensNoConnectionAndASessionOne) {
  EXPECT_EQ(proxy().connections(), 0);
  {
    const auto conn = connect();
    EXPECT_EQ(proxy().connections(), 1);
  }
  EXPECT_TRUE(comes_true([&] { return proxy().open() == 0; }));
}

TEST_P(Mongodb, ALostConnectionSaysSoAndWhetherAWriteMayHaveHappened) {
  for (const bool writing : {false, true}) {
    const auto conn = connect();
    proxy().hold(true);
    std::thread cut([&] {
      std::this_thread::sleep_for(100ms);
      proxy().cut();
    });
    const auto result =
        writing ? write(*conn, R"({"insert":"t","documents":[{"a":1}]})") : run(*conn, R"({"ping":1})");
    cut.join();
    proxy().hold(false);
    ASSERT_FALSE(result);
    EXPECT_EQ(to_string(result.error().category), to_string(Category::connection)) << result.error().message;
    EXPECT_TRUE(result.error().connection_dead);
    EXPECT_EQ(result.error().may_have_run, writing);
    EXPECT_EQ(result.error().retryable, !writing);
  }
}

TEST_P(Mongodb, ReadingIsHeldByAnAllowListOfCommandsFieldsAndOperators) {
  const auto conn = connect();
  set_up_shop(*conn);
  const std::string where = R"({"$where":"true"})";
  struct Case {
    std::string command;
    Category category;
    std::string object;
  };
  const std::vector<Case> cases{
      {R"({"insert":"orders","documents":[{}]})", Category::read_only, "insert"},
      {R"({"update":"orders","updates":[]})", Category::read_only, "update"},
      {R"({"delete":"orders","deletes":[]})", Category::read_only, "delete"},
      {R"({"findAndModify":"orders","remove":true})", Category::read_only, "findAndModify"},
      {R"({"mapReduce":"orders","map":"x","reduce":"y","out":{"inline":1}})", Category::read_only,
       "mapReduce"},
      {R"({"drop":"orders"})", Category::read_only, "drop"},
      {R"({"create":"made"})", Category::read_only, "create"},
      {R"({"dropDatabase":1})", Category::read_only, "dropDatabase"},
      {R"({"aggregate":"orders","pipeline":[{"$out":"made"}]})", Category::read_only, "$out"},
      {R"({"aggregate":"orders","pipeline":[{"$merge":{"into":"made"}}]})", Category::read_only, "$merge"},
      {R"({"aggregate":"orders","pipeline":[{"$facet":{"a":[{"$match":)" + where + "}]}}]}",
       Category::read_only, "$where"},
      {R"({"aggregate":"orders","pipeline":[{"$lookup":{"from":"x","as":"y","pipeline":[{"$out":"z"}]}}]})",
       Category::read_only, "$out"},
      {R"({"aggregate":"orders","pipeline":[{"$unionWith":{"coll":"x","pipeline":[{"$merge":"z"}]}}]})",
       Category::read_only, "$merge"},
      {R"({"find":"orders","filter":{"$expr":{"$function":{"body":"x","args":[],"lang":"js"}}}})",
       Category::read_only, "$function"},
      {R"({"aggregate":"orders","pipeline":[{"$group":{"_id":null,"a":{"$accumulator":{}}}}]})",
       Category::read_only, "$accumulator"},
      {R"({"explain":{"aggregate":"orders","pipeline":[{"$out":"made"}]}})", Category::read_only, "$out"},
      {R"({"explain":{"delete":"orders","deletes":[]}})", Category::read_only, "delete"},
      {R"({"count":"orders","query":)" + where + "}", Category::read_only, "$where"},
      {R"({"find":"orders","filter":{"a":{"$code":"x"}}})", Category::read_only, "JavaScript"},
      {R"({"aggregate":"orders","pipeline":[{"$nonsense":1}]})", Category::not_understood, "$nonsense"},
      {R"({"find":"orders","nonsense":1})", Category::not_understood, "nonsense"},
      {R"({"nonsense":1})", Category::not_understood, "nonsense"},
      {R"({"explain":{"ping":1}})", Category::not_understood, "ping"},
      {R"({"find":{"drop":"orders"}})", Category::not_understood, "find"}};
  for (const auto& c : cases) {
    const auto result = run(*conn, c.command);
    if (result) {
      ADD_FAILURE() << "ran: " << c.command;
      continue;
    }
    EXPECT_EQ(to_string(result.error().category), to_string(c.category))
        << c.command << result.error().message;
    EXPECT_EQ(result.error().object, c.object) << c.command;
  }
  EXPECT_EQ(rows_of(run(*conn, R"({"count":"orders"})"))[0][0], json_value(R"({"n":2,"ok":1.0})"));
}

TEST_P(Mongodb, AParameterCannotSmuggleInWhatReadingRefuses) {
  const auto result =
      run(*connect(), R"({"find":"orders","filter":{"$param":1}})", {json_value(R"({"$where":"1"})")});
  ASSERT_FALSE(result);
  EXPECT_EQ(to_string(result.error().category), to_string(Category::read_only)) << result.error().message;
}

TEST_P(Mongodb, HonestReadsPassAndSayWhatHeldThem) {
  const auto conn = connect(true);
  for (
      const std::string command :
      {R"({"find":"orders","filter":{"$or":[{"status":{"$in":["open"]}},{"_id":{"$gte":1}}]},"sort":{"_id":-1},"limit":1})",
       R"({"aggregate":"orders","pipeline":[{"$match":{"$expr":{"$gt":["$_id",3]}}},{"$group":{"_id":"$status","n":{"$sum":1}}},{"$sort":{"n":-1}}]})",
       R"({"count":"orders","query":{"status":"open"}})", R"({"distinct":"orders","key":"status"})",
       R"({"listCollections":1})", R"({"dbStats":1})", R"({"hello":1})", R"({"buildInfo":1})",
       R"({"explain":{"find":"orders","filter":{"_id":1}}})", R"({"find":"orders","$db":"other"})"}) {
    const auto result = run(*conn, command);
    ASSERT_TRUE(result) << command << result.error().message;
    EXPECT_EQ(result->summary.enforced_by, (std::vector<std::string>{"parser"}));
  }
}

TEST_P(Mongodb, AWriteTellsHowManyDocumentsItChangedAndTheIdThatWasMade) {
  const auto conn = connect();
  auto made = write(*conn, R"({"insert":"t","documents":[{"a":1}]})");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->summary.rows_affected, 1);
  ASSERT_TRUE(made->summary.insert_id);
  EXPECT_EQ(
      rows_of(run(*conn, R"({"find":"t","filter":{"_id":)" + made->summary.insert_id->text + "}}")).size(),
      1u);
  EXPECT_EQ(write(*conn, R"({"insert":"t","documents":[{"_id":7},{"_id":8}]})")->summary.rows_affected, 2);
  EXPECT_EQ(write(*conn, R"({"insert":"t","documents":[{"_id":"own"}]})")->summary.insert_id->text,
            "\"own\"");
  const std::string update = R"({"update":"t","updates":[{"q":{},"u":{"$set":{"b":1}},"multi":true}]})";
  EXPECT_EQ(write(*conn, update)->summary.rows_affected, 4);
  EXPECT_EQ(write(*conn, update)->summary.rows_affected, 0);
  EXPECT_EQ(write(*conn, R"({"delete":"t","deletes":[{"q":{},"limit":0}]})")->summary.rows_affected, 4);
}

TEST_P(Mongodb, AWriteThatFailsHalfwaySaysThatSomeOfItHappened) {
  const auto result = write(*connect(), R"({"insert":"t","documents":[{"_id":1},{"_id":1}]})");
  ASSERT_FALSE(result);
  EXPECT_EQ(to_string(result.error().category), to_string(Category::constraint));
  EXPECT_EQ(result.error().code, "11000");
  EXPECT_TRUE(result.error().may_have_run);
}

TEST_P(Mongodb, ErrorsOfTheServerKeepTheirNumberAndSayWhetherToTryAgain) {
  const auto conn = connect();
  struct Case {
    int code;
    Category category;
    bool retryable;
  };
  for (const auto& c : {Case{112, Category::conflict, true}, Case{13, Category::denied, false},
                        Case{50, Category::timeout, false}, Case{11601, Category::cancelled, false},
                        Case{10107, Category::connection, true}, Case{146, Category::resource, false},
                        Case{55555, Category::invalid, false}, Case{1, Category::internal, false}}) {
    const auto set = write(*conn, R"({"configureFailPoint":"failCommand","mode":{"times":1},"$db":"admin",
      "data":{"failCommands":["distinct"],"errorCode":)" +
                                      std::to_string(c.code) + "}}");
    ASSERT_TRUE(set) << set.error().message;
    const auto result = run(*conn, R"({"distinct":"t","key":"a"})");
    ASSERT_FALSE(result) << c.code;
    EXPECT_EQ(to_string(result.error().category), to_string(c.category)) << c.code << result.error().message;
    EXPECT_EQ(result.error().code, std::to_string(c.code));
    EXPECT_EQ(result.error().retryable, c.retryable) << c.code;
    EXPECT_FALSE(result.error().connection_dead) << c.code;
  }
}

TEST_P(Mongodb, TheServersOwnTimeLimitIsTheCallsAndNotOneOfTheConnection) {
  const auto conn = connect();
  fill(*conn, 3000);
  Call call({}, Clock::now() + 1s);
  const auto cursor = conn->execute(call, Statement{.language = {}, .text = kSlow, .params = {}});
  ASSERT_FALSE(cursor);
  EXPECT_EQ(to_string(cursor.error().category), to_string(Category::timeout));
  EXPECT_NE(proxy().sent().find("maxTimeMS"), std::string::npos);
}

TEST_P(Mongodb, AUserThatMayOnlyReadIsToldWhatItMayNot) {
  set_up_shop(*connect());
  const auto conn = connect_as("reader");
  EXPECT_EQ(rows_of(run(*conn, R"({"find":"orders"})")).size(), 2u);
  const auto denied = write(*conn, R"({"insert":"orders","documents":[{}]})");
  ASSERT_FALSE(denied);
  EXPECT_EQ(to_string(denied.error().category), to_string(Category::denied)) << denied.error().message;
  EXPECT_EQ(denied.error().object, "orders");
  Call call;
  EXPECT_EQ(conn->info(call)->user, "reader");
  EXPECT_EQ(conn->info(call)->privileges, 0u);
}

TEST_P(Mongodb, ABrokenAddressIsNeverQuoted) {
  const std::vector<Param> options{param("the address", "uri")};
  for (const std::string uri :
       {"mongodb://user:pa/ss@wo@rd7f3a@127.0.0.1/", "mongodb://user:p%zzrd7f3a@127.0.0.1/",
        "mongodb://127.0.0.1:rd7f3a/", "rd7f3a"}) {
    const auto source = open_source(options, uri);
    ASSERT_TRUE(source);
    Call call;
    const auto conn = (*source)->connect(call, false);
    ASSERT_FALSE(conn) << uri;
    const auto& e = conn.error();
    EXPECT_EQ(to_string(e.category), to_string(Category::invalid));
    for (const auto& text : {e.message, e.detail, e.hint, e.object})
      EXPECT_EQ(text.find("7f3a"), std::string::npos);
  }
}

TEST_P(Mongodb, AnAddressSaysEverything) {
  const std::vector<Param> options{param("the address", "uri")};
  const auto uri = "mongodb://root:correct-horse@127.0.0.1:" + std::to_string(proxy().port()) +
                   "/elsewhere?authSource=admin&readPreference=primaryPreferred&w=1&appName=theirs";
  const auto source = open_source(options, uri);
  Call call;
  const auto conn = (*source)->connect(call, false);
  ASSERT_TRUE(conn) << conn.error().message;
  EXPECT_NE(rows_of(run(**conn, R"({"dbStats":1})"))[0][0].bytes.find("\"elsewhere\""), std::string::npos);
  EXPECT_NE(proxy().sent().find("theirs"), std::string::npos);
}

TEST_P(Mongodb, ACallThatWasCancelledBeforeItBeganSendsNothing) {
  const auto conn = connect();
  const auto before = proxy().sent().size();
  Call call;
  call.cancel(Call::Stop::client);
  const std::string text = quirks().insert_item();
  const auto given = params({1, "x"});
  const auto cursor =
      conn->execute(call, Statement{.language = {}, .text = text, .params = given, .read_only = false});
  ASSERT_FALSE(cursor);
  EXPECT_EQ(to_string(cursor.error().category), to_string(Category::cancelled));
  EXPECT_EQ(proxy().sent().size(), before);
}

TEST_P(Mongodb, AColumnOfASampleNamesEveryTypeAndReachesIntoDocumentsAndArrays) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, R"({"insert":"mixed","documents":[
    {"_id":1,"a":1,"b":{"c":"x","d":[{"e":1},{"e":"y"}]},"t":["x"]},
    {"_id":2,"a":"text","b":{"c":null},"t":[]},
    {"_id":3,"a":{"$numberLong":"9"}}]})"));
  Call call;
  auto cursor = conn->introspect(call, Meta::columns, {"", "", "mixed"});
  ASSERT_TRUE(cursor) << cursor.error().message;
  const auto table = fetch(**cursor);
  const auto of = [&](const std::string& name) {
    for (std::size_t r = 0; r < table->rows.size(); ++r)
      if (table->at(r, "name").bytes == name)
        return table->at(r, "native_type").bytes + (table->at(r, "nullable").i64 ? " or none" : "");
    return std::string("no such column");
  };
  EXPECT_EQ(of("_id"), "int");
  EXPECT_EQ(of("a"), "int|long|string");
  EXPECT_EQ(of("b"), "object or none");
  EXPECT_EQ(of("b.c"), "string or none");
  EXPECT_EQ(of("b.d"), "array<object> or none");
  EXPECT_EQ(of("b.d.e"), "int|string");
  EXPECT_EQ(of("t"), "array<string> or none");
  for (const auto& inferred : table->all("inferred")) EXPECT_EQ(inferred.i64, 1);
}

TEST_P(Mongodb, WhatIsNotOfferedYetIsRefusedInPlainWords) {
  const auto conn = connect();
  Call call;
  const auto begun = conn->begin(call, true);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().category, Category::unsupported);
  for (const std::string command :
       {R"({"aggregate":"t","pipeline":[{"$changeStream":{}}]})", R"({"find":"t","tailable":true})",
        R"({"commitTransaction":1})", R"({"find":"t","startTransaction":true})"}) {
    const auto result = write(*conn, command);
    ASSERT_FALSE(result) << command;
    EXPECT_EQ(to_string(result.error().category), to_string(Category::unsupported)) << result.error().message;
  }
  const auto dry =
      run(*conn, Statement{.language = {}, .text = R"({"ping":1})", .params = {}, .dry_run = true});
  ASSERT_FALSE(dry);
  EXPECT_EQ(dry.error().category, Category::unsupported);
  const auto foreign = run(*conn, Statement{.language = "sql", .text = "SELECT 1", .params = {}});
  ASSERT_FALSE(foreign);
}

FOR_EVERY_ENGINE(Mongodb);

}  // namespace
}  // namespace dbmux::test
