#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "suite.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

// A sanitizer makes a driver many times slower: it may miss the second in which a cancelled call has to end.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSlowed = true;
#else
constexpr bool kSlowed = false;
#endif

class Cancel : public DriverTest {
 protected:
  Result<Table> run_long(Conn& conn, Call& call) {
    const std::string text = quirks().long_statement();
    database_->hold(true);
    auto cursor = conn.execute(call, Statement{.language = {}, .text = text, .params = {}});
    auto result = cursor ? fetch(**cursor) : Result<Table>(fail(cursor.error()));
    if (cursor) cursor->reset();
    database_->hold(false);
    return result;
  }
  // A connection that a cancel has killed says so, and another takes its place.
  void expect_usable(std::unique_ptr<Conn>& conn) {
    if ((kSlowed || !quirks().survives_cancel()) && conn->dead()) conn = connect();
    EXPECT_FALSE(conn->dead());
    EXPECT_EQ(rows_of(run(*conn, quirks().echo(1), {"usable"})), Rows{quirks().echoed({"usable"})});
  }
  std::string many_numbers() const {
    return quirks().numbers(std::min(quirks().most_numbers(), std::int64_t{100'000'000}));
  }
};

// Does something again and again on another thread until the test is through.
class Meanwhile {
 public:
  explicit Meanwhile(std::function<void()> what)
      : thread_([this, what = std::move(what)] {
          while (!over_) {
            what();
            std::this_thread::sleep_for(1ms);
          }
        }) {}
  ~Meanwhile() {
    over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};

TEST_P(Cancel, EndsALongStatementFromAnotherThread) {
  auto conn = connect();
  Call call;
  {
    const Meanwhile cancels([&] { conn->cancel(call.id()); });
    const auto result = run_long(*conn, call);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().category, Category::cancelled) << result.error().message;
  }
  expect_usable(conn);
}

TEST_P(Cancel, OfTheHostsCallEndsALongStatement) {
  auto conn = connect();
  Call call;
  const Call::Hook hook(call, [&] { conn->cancel(call.id()); });
  std::thread client([&] {
    std::this_thread::sleep_for(20ms);
    call.cancel(Call::Stop::client);
  });
  const auto result = run_long(*conn, call);
  client.join();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::cancelled) << result.error().message;
  expect_usable(conn);
}

TEST_P(Cancel, BetweenTwoBatchesEndsTheCursor) {
  auto conn = connect();
  Call call;
  const std::string text = many_numbers();
  auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = {}});
  ASSERT_TRUE(cursor);
  ASSERT_TRUE((*cursor)->next_batch());
  conn->cancel(call.id());
  Result<Batch> batch;
  do batch = (*cursor)->next_batch();
  while (batch && batch->rows > 0);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().category, Category::cancelled);
  cursor->reset();
  expect_usable(conn);
}

TEST_P(Cancel, OfACallThatDoesNotRunDoesNothing) {
  auto conn = connect();
  Call early, late;
  conn->cancel(early.id());
  conn->cancel(early.id() + 1'000'000);
  conn->cancel(0);
  expect_usable(conn);
  const std::string text = quirks().numbers(10);
  {
    auto cursor = conn->execute(late, Statement{.language = {}, .text = text, .params = {}});
    ASSERT_TRUE(cursor);
    conn->cancel(early.id());
    const auto table = fetch(**cursor);
    EXPECT_EQ(rows_of(table).size(), 10u);
  }
  conn->cancel(late.id());
  expect_usable(conn);
}

TEST_P(Cancel, OfAStatementThatHasEndedDoesNotHitTheNext) {
  auto conn = connect();
  for (int i = 0; i < 50; ++i) {
    Call call;
    const std::string nonce = "answer " + std::to_string(i);
    const auto given = params({nonce});
    const std::string text = quirks().echo(1);
    {
      auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = given});
      ASSERT_TRUE(cursor);
      EXPECT_EQ(rows_of(fetch(**cursor)), Rows{quirks().echoed({nonce})});
    }
    conn->cancel(call.id());
    EXPECT_EQ(rows_of(run(*conn, quirks().echo(1), {nonce})), Rows{quirks().echoed({nonce})});
  }
}

// A connection that is cancelled from other threads while it is replaced.
class Shared {
 public:
  explicit Shared(std::shared_ptr<Conn> conn) : conn_(std::move(conn)) {}
  std::shared_ptr<Conn> get() const {
    const std::lock_guard lock(mutex_);
    return conn_;
  }
  void set(std::shared_ptr<Conn> conn) {
    const std::lock_guard lock(mutex_);
    conn_.swap(conn);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Conn> conn_;
};

TEST_P(Cancel, AStormNeverHitsTheNeighbour) {
  Shared victim(connect());
  auto neighbour = connect();
  std::atomic<std::uint64_t> victims_call{0}, neighbours_call{0};
  std::thread other([&] {
    const Meanwhile right([&] { victim.get()->cancel(victims_call); });
    const Meanwhile wrong([&] {
      victim.get()->cancel(neighbours_call);
      neighbour->cancel(victims_call);
    });
    for (int i = 0; i < 30; ++i) {
      Call call;
      victims_call = call.id();
      const auto result = run_long(*victim.get(), call);
      ASSERT_FALSE(result);
      EXPECT_EQ(to_string(result.error().category), to_string(Category::cancelled)) << result.error().message;
      if (victim.get()->dead()) victim.set(connect());
    }
  });
  for (int i = 0; i < 500; ++i) {
    Call call;
    neighbours_call = call.id();
    const std::string nonce = "neighbour " + std::to_string(i);
    const auto given = params({nonce});
    const std::string text = quirks().echo(1);
    auto cursor = neighbour->execute(call, Statement{.language = {}, .text = text, .params = given});
    if (!cursor) {
      ADD_FAILURE() << cursor.error().message;
      break;
    }
    EXPECT_EQ(rows_of(fetch(**cursor)), Rows{quirks().echoed({nonce})});
  }
  other.join();
  expect_usable(neighbour);
}

FOR_EVERY_ENGINE(Cancel);

class Deadline : public Cancel {};

TEST_P(Deadline, InThePastRunsNothing) {
  auto conn = connect();
  set_up_shop(*conn);
  Call call({}, Clock::now() - 1s);
  const std::string text = quirks().insert_item();
  const auto given = params({1, "too late"});
  auto cursor =
      conn->execute(call, Statement{.language = {}, .text = text, .params = given, .read_only = false});
  const auto result = cursor ? fetch(**cursor) : Result<Table>(fail(cursor.error()));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::timeout) << result.error().message;
  if (cursor) cursor->reset();
  EXPECT_EQ(rows_of(run(*conn, quirks().select_items())), Rows{});
}

TEST_P(Deadline, EndsALongStatementAndSaysWhatItWaitedFor) {
  auto conn = connect();
  Call call({}, Clock::now() + 50ms);
  const auto result = run_long(*conn, call);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::timeout) << result.error().message;
  EXPECT_EQ(result.error().waited_for, WaitedFor::execution);
  expect_usable(conn);
}

TEST_P(Deadline, CountsWhileRowsAreFetched) {
  auto conn = connect();
  Call call({}, Clock::now() + 50ms);
  const std::string text = quirks().numbers(quirks().most_numbers());
  auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = {}});
  ASSERT_TRUE(cursor) << cursor.error().message;
  auto batch = (*cursor)->next_batch();
  std::this_thread::sleep_for(60ms);
  while (batch && batch->rows > 0) batch = (*cursor)->next_batch();
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().category, Category::timeout);
  cursor->reset();
  expect_usable(conn);
}

FOR_EVERY_ENGINE(Deadline);

}  // namespace
}  // namespace dbmux::test
