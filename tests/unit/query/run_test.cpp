#include "query/run.hpp"

#include <unistd.h>

#include "../connections/scripted_session.hpp"

namespace dbmux {
namespace {

using namespace std::chrono_literals;

class RunTest : public testing::Test {
 protected:
  void SetUp() override { connect(scripted_profile("s")); }
  void connect(ConnectionProfile profile) {
    profile.access = Access::read_write;
    if (connection_) static_cast<void>(registry_.remove(connection_->name()));
    connection_ = *registry_.add(std::move(profile));
  }
  Result<Ran> run_on(Call& call, std::string_view script, Output& out, bool read_only = true) {
    Statement statement;
    statement.text = script;
    statement.read_only = read_only;
    return run(
        call, *connection_, read_only, [&](Conn& conn) { return conn.execute(call, statement); }, out, {},
        nullptr);
  }
  Result<Ran> run_script_on(std::string_view script, bool read_only = true) {
    Call call;
    Output out;
    auto ran = run_on(call, script, out, read_only);
    text_ = out.take_string();
    return ran;
  }
  // What the source has counted, asked over a session that nothing was told to fail on.
  int count(const std::string& counter) {
    Call call;
    auto lease = connection_->lease(call, true);
    EXPECT_TRUE(lease) << lease.error().message;
    return counted(lease->conn(), counter);
  }
  // The next calls of that operation fail, with a dead session unless an error is given.
  void fail_next(const std::string& what) {
    Call call;
    auto lease = connection_->lease(call, true);
    ASSERT_TRUE(lease) << lease.error().message;
    const auto script = "fail-next " + what;
    ASSERT_TRUE(lease->conn().execute(call, Statement{.language = {}, .text = script, .params = {}}));
  }

  PluginFolder& plugins_ = scripted_plugins();
  Registry registry_{plugins_, no_environment()};
  std::shared_ptr<Connection> connection_;
  std::string text_;
};

TEST_F(RunTest, WritesTheRowsAndReadsTheSummary) {
  const auto ran =
      run_script_on(R"({"columns":["a"],"rows":[[1]],"affected":7,"insert_id":9,"enforced_by":5})");
  ASSERT_TRUE(ran);
  EXPECT_EQ(text_, R"("columns":["a"],"rows":[[1]])");
  EXPECT_EQ(ran->written.rows, 1);
  EXPECT_EQ(ran->summary.rows_affected, 7);
  EXPECT_EQ(ran->summary.insert_id->i64, 9);
  EXPECT_EQ(ran->summary.enforced_by, (std::vector<std::string>{"parser", "transaction"}));
}

TEST_F(RunTest, RepeatsAReadWhoseSessionDiedOnANewOne) {
  const auto before = count("executes");
  fail_next("execute 2");
  const auto ran = run_script_on("series 2");
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(text_, R"("columns":["n"],"rows":[[1],[2]])");
  EXPECT_EQ(count("executes") - before, 5)
      << "what was told to fail, two that did, the one that worked, and the question itself";
}

TEST_F(RunTest, GivesUpAfterTheAttemptsOfTheProfile) {
  for (const int attempts : {1, 2, 4}) {
    auto profile = scripted_profile("s" + std::to_string(attempts));
    profile.retry.attempts = attempts;
    connect(profile);
    fail_next("execute " + std::to_string(attempts));
    const auto ran = run_script_on("series 2");
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().category, Category::connection);
    EXPECT_TRUE(run_script_on("series 2"))
        << "the source failed " << attempts << " times, so as often it was tried";
  }
}

TEST_F(RunTest, RepeatsAConnectThatMaySucceedLater) {
  connect(scripted_profile("later", {option("fail_connects", std::int64_t{2})}));
  EXPECT_TRUE(run_script_on("series 1"));
  EXPECT_EQ(count("connect_attempts"), 3);
}

TEST_F(RunTest, TakesBackTheRowsOfAnAttemptThatDied) {
  fail_next("next_batch 1");
  const auto ran = run_script_on("series 3");
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(text_, R"("columns":["n"],"rows":[[1],[2],[3]])");
}

TEST_F(RunTest, RunsOnlyOnceWhatMustNotBeRepeated) {
  struct Case {
    const char* what;
    const char* script;
    bool read_only;
  };
  for (const auto& c : {Case{"a write", "die", false}, Case{"what may have run", "die maybe", true},
                        Case{"a syntax error", R"(error {"category":"syntax"})", true},
                        Case{"a conflict", R"(error {"category":"conflict","flags":["retryable"]})", true}}) {
    const auto before = count("executes");
    EXPECT_FALSE(run_script_on(c.script, c.read_only)) << c.what;
    EXPECT_EQ(count("executes") - before, 2) << c.what << ": once, and the question itself";
  }
}

TEST_F(RunTest, LeavesNothingInTheOutputAfterAnError) {
  for (const auto* script : {"error {}", R"({"columns":["a"],"rows":[[1]],"repeat":5000,"then":"error {}"})",
                             R"({"columns":["a"],"rows":[[1]],"repeat":5000,"then":"die"})"}) {
    Call call;
    Output out;
    out.append("before");
    ASSERT_FALSE(run_on(call, script, out)) << script;
    EXPECT_EQ(out.take_string(), "before") << script;
  }
}

TEST_F(RunTest, DoesNotRepeatWhatAReaderHasSeen) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::thread reader([&] {
    char buffer[65536];
    while (::read(ends[0], buffer, sizeof buffer) > 0) {
    }
  });
  const auto before = count("executes");
  {
    Call call;
    auto out = Output::streaming(ends[1]);
    const auto ran = run_on(call, R"({"columns":["a"],"rows":[[1]],"repeat":100000,"then":"die"})", out);
    ASSERT_FALSE(ran);
    EXPECT_TRUE(ran.error().may_have_run);
    static_cast<void>(out.flush());
  }
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  EXPECT_EQ(count("executes") - before, 2) << "once, and the question itself";
}

TEST_F(RunTest, HasADirtySessionResetBeforeItsNextUse) {
  ASSERT_TRUE(run_script_on("dirty\nseries 1"));
  EXPECT_TRUE(comes_true([&] { return count("resets") == 1; }));
}

TEST_F(RunTest, StopsAtTheDeadlineInTheWordsOfTheConnection) {
  Call call({}, Clock::now() + 30ms);
  Output out;
  const auto ran = run_on(call, "block", out);
  ASSERT_FALSE(ran);
  const auto& e = ran.error();
  EXPECT_EQ(e.category, Category::timeout);
  EXPECT_EQ(e.waited_for, WaitedFor::execution);
  EXPECT_GE(e.elapsed_ms, 29);
  EXPECT_TRUE(e.message.ends_with("; the statement was cancelled and is no longer running.")) << e.message;
  EXPECT_TRUE(e.limit.ends_with(" of connection 's'")) << e.limit;
  EXPECT_FALSE(e.hint.empty());
}

TEST_F(RunTest, StopsWhenTheCallIsCancelled) {
  Call call;
  Output out;
  std::thread canceller([&] {
    EXPECT_TRUE(comes_true([&] { return connection_->state() == "ready"; }));
    call.cancel(Call::Stop::client);
  });
  const auto ran = run_on(call, "poll", out);
  canceller.join();
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().category, Category::cancelled);
}

TEST_F(RunTest, DoesNotWaitForTheNextAttemptOfACancelledCall) {
  auto profile = scripted_profile("slow");
  profile.retry = {.attempts = 1000, .base = 1h, .cap = 1h};
  connect(profile);
  fail_next("execute 5");
  Call call({}, Clock::now() + 30ms);
  Output out;
  const auto ran = run_on(call, "series 1", out);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().category, Category::connection);
}

// ---- in_words_of_call

Error error(Category category, WaitedFor waited_for) {
  Error e;
  e.category = category;
  e.waited_for = waited_for;
  e.message = "as the driver says";
  return e;
}

TEST(WordsOfCall, NameTheLimitThatEndedIt) {
  struct Case {
    Category category;
    WaitedFor waited_for;
    bool out_of_time;
    Category now;
    WaitedFor now_for;
    const char* message;
  };
  const ConnectionProfile profile = scripted_profile("sales");
  const char* stopped = "Stopped after 0 ms; the statement was cancelled and is no longer running.";
  const char* as_it_was = "as the driver says";
  for (const auto& c : {
           Case{Category::timeout, WaitedFor::execution, true, Category::timeout, WaitedFor::execution,
                stopped},
           Case{Category::cancelled, WaitedFor::nothing, true, Category::timeout, WaitedFor::execution,
                stopped},
           Case{Category::timeout, WaitedFor::lock, true, Category::timeout, WaitedFor::lock, as_it_was},
           Case{Category::timeout, WaitedFor::lease, true, Category::timeout, WaitedFor::lease, as_it_was},
           Case{Category::timeout, WaitedFor::network, true, Category::timeout, WaitedFor::network,
                as_it_was},
           Case{Category::timeout, WaitedFor::execution, false, Category::timeout, WaitedFor::execution,
                as_it_was},
           Case{Category::cancelled, WaitedFor::nothing, false, Category::cancelled, WaitedFor::nothing,
                "Cancelled; the statement is no longer running."},
           Case{Category::syntax, WaitedFor::nothing, true, Category::syntax, WaitedFor::nothing, as_it_was},
       }) {
    Call call;
    if (c.out_of_time) call.set_deadline(call.started());
    const auto e = in_words_of_call(error(c.category, c.waited_for), call, profile);
    EXPECT_EQ(e.category, c.now) << c.message;
    EXPECT_EQ(e.waited_for, c.now_for) << c.message;
    EXPECT_EQ(e.message, c.message);
  }
}

TEST(WordsOfCall, SpellTheLimitAsAProfileDoes) {
  struct Case {
    std::chrono::milliseconds allowed;
    const char* limit;
    const char* message;
  };
  for (const auto& c : {Case{30s, "timeout 30s of connection 'sales'", "Stopped after 30 s; "},
                        Case{30'001ms, "timeout 30s of connection 'sales'", "Stopped after 30 s; "},
                        Case{500ms, "timeout 500ms of connection 'sales'", "Stopped after 500 ms; "},
                        Case{90s, "timeout 90s of connection 'sales'", "Stopped after 1 min 30 s; "}}) {
    Call call;
    call.set_deadline(call.started() + c.allowed);
    call.cancel(Call::Stop::deadline);
    const auto e =
        in_words_of_call(error(Category::cancelled, WaitedFor::nothing), call, scripted_profile("sales"));
    EXPECT_EQ(e.limit, c.limit);
    EXPECT_TRUE(e.message.starts_with(c.message)) << e.message;
  }
}

}  // namespace
}  // namespace dbmux
