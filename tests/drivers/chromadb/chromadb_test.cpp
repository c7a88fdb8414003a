#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "../server.hpp"
#include "database.hpp"
#include "suite.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

class Chromadb : public DriverTest {
 protected:
  Proxy& proxy() { return dynamic_cast<ChromaDatabase&>(*database_).proxy(); }
};

Value floats(std::initializer_list<float> numbers) {
  std::string packed;
  for (const float f : numbers) {
    char bytes[4];
    std::memcpy(bytes, &f, 4);
    packed.append(bytes, 4);
  }
  Value v(packed);
  v.kind = Kind::f32s;
  return v;
}

TEST_P(Chromadb, ARequestWhoseAnswerNeverComesIsBrokenOffByClosingItsSocket) {
  for (const bool cancelled : {true, false}) {
    const auto conn = connect();
    ASSERT_EQ(proxy().open(), 1);
    proxy().hold(true);
    Call call({}, cancelled ? Clock::now() + 1min : Clock::now() + 200ms);
    std::thread client([&] {
      std::this_thread::sleep_for(50ms);
      if (cancelled) conn->cancel(call.id());
    });
    const auto started = Clock::now();
    const std::string text = quirks().numbers(1);
    const auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = {}});
    client.join();
    ASSERT_FALSE(cursor);
    EXPECT_EQ(to_string(cursor.error().category),
              to_string(cancelled ? Category::cancelled : Category::timeout));
    EXPECT_LT(Clock::now() - started, 5s);
    EXPECT_TRUE(comes_true([&] { return proxy().open() == 0; })) << proxy().open();
    proxy().hold(false);
    EXPECT_FALSE(conn->dead());
    EXPECT_EQ(rows_of(run(*conn, text)).size(), 1u) << "the session goes on over a new connection";
  }
}

TEST_P(Chromadb, AStormOfCancelsOnOneConnectionNeverHitsTheNextRequest) {
  const auto conn = connect();
  std::atomic<std::uint64_t> before{0};
  std::atomic<bool> over{false};
  std::thread storm([&] {
    while (!over) conn->cancel(before);
  });
  for (int i = 0; i < 300; ++i) {
    Call call;
    const std::string nonce = "neighbour " + std::to_string(i);
    const auto given = params({nonce});
    const std::string text = quirks().echo(1);
    {
      auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = given});
      if (!cursor) {
        ADD_FAILURE() << cursor.error().message;
        break;
      }
      EXPECT_EQ(rows_of(fetch(**cursor)), Rows{{nonce}});
    }
    before = call.id();
  }
  over = true;
  storm.join();
}

TEST_P(Chromadb, ASessionIsOneConnectionAndAResetCostsNothing) {
  EXPECT_EQ(proxy().connections(), 0) << "a source opens none";
  const auto conn = connect();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rows_of(run(*conn, quirks().numbers(1))).size(), 1u);
  const int flights = proxy().flights();
  Call call;
  EXPECT_TRUE(conn->reset(call));
  EXPECT_EQ(proxy().flights(), flights);
  EXPECT_EQ(proxy().connections(), 1);
}

TEST_P(Chromadb, ACursorClosedEarlyCostsNothingEvenWhenTheServerIsSilent) {
  const auto conn = connect();
  const std::string text = quirks().numbers(1000);
  Call call({}, Clock::now() + 1min);
  auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = {}, .batch_rows = 10});
  ASSERT_TRUE(cursor);
  ASSERT_EQ((*cursor)->next_batch()->rows, 10u);
  proxy().hold(true);
  const int flights = proxy().flights();
  const auto started = Clock::now();
  EXPECT_TRUE((*cursor)->close());
  EXPECT_LT(Clock::now() - started, 5s);
  EXPECT_EQ(proxy().flights(), flights);
  EXPECT_FALSE(conn->dead());
}

TEST_P(Chromadb, NeighboursComeWithTheirDistanceAndTheirVectorExactly) {
  const auto conn = connect();
  set_up_shop(*conn);
  // More than one name comes in no order.
  ASSERT_TRUE(write(*conn, R"({"update":"customers","ids":["1"],"metadatas":[{"email":null}]})"));
  const std::vector<Param> given{param(floats({1, 0.25F}), "vector")};
  const std::string text =
      R"({"query":"customers","query_embeddings":[{"$param":"vector"}],"n_results":2,
        "include":["documents","metadatas","distances","embeddings"]})";
  const auto table = run(*conn, Statement{.language = {}, .text = text, .params = given});
  EXPECT_EQ(rows_of(table), (Rows{{"1", "Ada", json_value(R"({"balance":0.5})"), 0.0625, floats({1, 0.5F})},
                                  {"2", "Żółw", json_value(R"({"balance":1})"), 1.5625, floats({0, 1})}}));
  std::vector<std::string> names;
  for (const auto& c : table->columns) names.push_back(c.name);
  EXPECT_EQ(names, (std::vector<std::string>{"id", "document", "metadata", "distance", "embedding"}));
  const auto both =
      run(*conn, R"({"query":"customers","query_embeddings":[[1,0.5],[0,1]],"n_results":1,"include":[]})");
  EXPECT_EQ(rows_of(both), (Rows{{"1", 0}, {"2", 1}}));
}

TEST_P(Chromadb, ValuesOfMetadataKeepAllTheirDigits) {
  const auto conn = connect();
  set_up_shop(*conn);
  ASSERT_TRUE(write(*conn, R"({"add":"items","ids":["a"],"embeddings":[[1]],"metadatas":[
    {"n":9007199254740993,"s":"\"q\" 山","t":true,"x":0.1,"m":{"$param":1}}]})",
                    {std::numeric_limits<std::int64_t>::min()}));
  const auto rows =
      rows_of(run(*conn, R"({"get":"items","include":["metadatas"],"where":{"n":9007199254740993}})"));
  ASSERT_EQ(rows.size(), 1u);
  for (const char* part : {R"("n":9007199254740993)", R"("s":"\"q\" 山")", R"("t":true)", R"("x":0.1)",
                           R"("m":-9223372036854775808)"})
    EXPECT_NE(rows[0][1].bytes.find(part), std::string::npos) << rows[0][1].bytes;
}

TEST_P(Chromadb, WhatIsTooLongIsAPrefixThatSaysSo) {
  const auto conn = connect();
  set_up_shop(*conn);
  const std::string text =
      R"({"get":"customers","ids":["2"],"include":["documents","metadatas","embeddings"]})";
  const auto rows =
      rows_of(run(*conn, Statement{.language = {}, .text = text, .params = {}, .max_cell_bytes = 5}));
  EXPECT_EQ(rows, (Rows{{"2", cut("Żó"), cut(R"({"bal)"), cut(floats({0}))}}));
}

TEST_P(Chromadb, ReadingLetsNoWriteThrough) {
  const auto conn = connect();
  set_up_shop(*conn);
  for (const std::string command :
       {R"({"add":"items","ids":["a"],"embeddings":[[1]]})",
        R"({"update":"customers","ids":["1"],"documents":["x"]})",
        R"({"upsert":"items","ids":["a"],"embeddings":[[1]]})", R"({"delete":"customers","ids":["1"]})",
        R"({"create":"made"})", R"({"drop":"customers"})"}) {
    const auto result = run(*conn, command);
    ASSERT_FALSE(result) << command;
    EXPECT_EQ(to_string(result.error().category), to_string(Category::read_only)) << result.error().message;
  }
  EXPECT_EQ(rows_of(run(*conn, R"({"count":"customers"})")), Rows{{2}});
  EXPECT_EQ(run(*conn, R"({"list":"collections"})")->summary.enforced_by,
            (std::vector<std::string>{"parser"}));
}

TEST_P(Chromadb, AWriteTellsHowManyRecordsItChangedWhereTheServerSays) {
  const auto conn = connect();
  set_up_shop(*conn);
  EXPECT_EQ(write(*conn, R"({"add":"items","ids":["a"],"embeddings":[[1]]})")->summary.rows_affected, -1);
  EXPECT_EQ(
      write(*conn, R"({"upsert":"items","ids":["a","b"],"embeddings":[[1],[2]]})")->summary.rows_affected, 2);
  EXPECT_EQ(write(*conn, R"({"delete":"items","ids":["a","b"]})")->summary.rows_affected, 2);
  EXPECT_TRUE(write(*conn, R"({"drop":"items"})")->summary.catalog_changed);
}

TEST_P(Chromadb, ACollectionMadeAnewUnderItsOldNameIsFound) {
  const auto conn = connect(), other = connect();
  set_up_shop(*conn);
  EXPECT_EQ(rows_of(run(*conn, R"({"count":"items"})")), Rows{{0}});
  ASSERT_TRUE(write(*other, R"({"drop":"items"})"));
  ASSERT_TRUE(write(*other, R"({"create":"items"})"));
  ASSERT_TRUE(write(*other, R"({"add":"items","ids":["a"],"embeddings":[[1]]})"));
  EXPECT_EQ(rows_of(run(*conn, R"({"count":"items"})")), Rows{{1}});
}

TEST_P(Chromadb, AWriteIsSentOnceAndWhenItsAnswerIsLostItMayHaveHappened) {
  const auto conn = connect();
  set_up_shop(*conn);
  ASSERT_TRUE(run(*conn, R"({"count":"items"})")) << "so that its id is known";
  proxy().hold(true);
  std::thread cut([&] {
    std::this_thread::sleep_for(100ms);
    proxy().cut();
  });
  const auto result = write(*conn, R"({"add":"items","ids":["sent once"],"embeddings":[[1]]})");
  cut.join();
  proxy().hold(false);
  ASSERT_FALSE(result);
  EXPECT_EQ(to_string(result.error().category), to_string(Category::connection)) << result.error().message;
  EXPECT_TRUE(result.error().may_have_run);
  EXPECT_FALSE(result.error().retryable);
  const auto sent = proxy().sent();
  const auto first = sent.find("sent once");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(sent.find("sent once", first + 1), std::string::npos)
      << "curl repeats what it sends on a used connection";
}

TEST_P(Chromadb, AReadWhoseConnectionHasDiedGoesOnOverANewOne) {
  const auto conn = connect();
  proxy().cut();
  ASSERT_TRUE(comes_true([&] { return proxy().open() == 0; }));
  EXPECT_EQ(rows_of(run(*conn, quirks().numbers(1))).size(), 1u);
  EXPECT_EQ(proxy().connections(), 2);
}

TEST_P(Chromadb, AnAddressThatCarriesAUserIsRefusedUnquoted) {
  for (const std::string url : {"http://me:7f3a@127.0.0.1/", "ftp://7f3a/", "http://"}) {
    const std::vector<Param> options{param(url, "url")};
    const auto source = open_source(options, "");
    ASSERT_FALSE(source) << url;
    EXPECT_EQ(to_string(source.error().category), to_string(Category::invalid));
    EXPECT_EQ(source.error().message.find("7f3a"), std::string::npos) << source.error().message;
  }
}

TEST_P(Chromadb, AnAddressOfOneWordReachesTheSameServer) {
  auto options = database_->options();
  std::erase_if(options, [](const Param& p) { return p.name == "host" || p.name == "port"; });
  options.push_back(param("chroma://127.0.0.1:" + std::to_string(proxy().port()) + "/", "url"));
  const auto source = open_source(options, *database_->secret());
  ASSERT_TRUE(source) << source.error().message;
  Call call;
  const auto conn = (*source)->connect(call, true);
  ASSERT_TRUE(conn) << conn.error().message;
  EXPECT_EQ(rows_of(run(**conn, R"({"count":"numbers"})")), Rows{{ChromaDatabase::kNumbers}});
}

FOR_EVERY_ENGINE(Chromadb);

}  // namespace
}  // namespace dbmux::test
