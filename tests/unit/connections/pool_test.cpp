#include "connections/pool.hpp"

#include <atomic>

#include "scripted_session.hpp"

namespace dbmux {
namespace {

using namespace std::chrono_literals;

struct Flag : Sink {  // raised by the script line `notice`
  void progress(double, double, std::string_view) override {}
  void notice(Notice, std::int64_t, std::string_view) override { raised = true; }
  std::atomic<bool> raised{false};
};

constexpr std::string_view kBlock = "notice 1 1 running\nblock";

Param number_option(std::string name, std::int64_t value) {
  Param p;
  p.name = std::move(name);
  p.kind = Kind::i64;
  p.i64 = value;
  return p;
}

Param no_reset() {
  Param p;
  p.name = "resets";
  p.kind = Kind::boolean;
  return p;
}

class PoolTest : public testing::Test {
 protected:
  std::shared_ptr<Pool> pool(PoolLimits limits, std::vector<Param> options = {}, SecretLookup secrets = {}) {
    auto plugin = scripted_plugins().plugin("scripted");
    EXPECT_TRUE(plugin) << plugin.error().message;
    Call call;
    auto source = (*plugin)->open(call, options, std::move(secrets));
    EXPECT_TRUE(source) << source.error().message;
    source_ = *source;
    return std::make_shared<Pool>("sales", source_, true, limits, canceller_, watchdog_);
  }
  // A session outside of the pool, to ask the source what it has seen.
  Conn& observer() {
    Call call;
    if (!observer_) observer_ = std::move(*source_->connect(call, true));
    return *observer_;
  }
  static std::string session_of(Lease& lease) { return report(lease.conn(), "request")["conn"]; }

  void TearDown() override { watchdog_.end(); }

  Watchdog watchdog_;
  Canceller canceller_;
  std::shared_ptr<Source> source_;
  std::unique_ptr<Conn> observer_;
};

TEST_F(PoolTest, LendsNoMoreSessionsThanItsMaximum) {
  const auto p = pool({.max = 2});
  Call a, b, late({}, Clock::now() + 20ms);
  const auto first = p->lease(a);
  const auto second = p->lease(b);
  ASSERT_TRUE(first && second);
  const auto third = p->lease(late);
  ASSERT_FALSE(third);
  EXPECT_EQ(p->use().open, 2u);
  EXPECT_EQ(p->use().leased, 2u);
}

TEST_F(PoolTest, SaysThatAllSessionsWereBusyWhenTheTimeIsUp) {
  const auto p = pool({.max = 2});
  Call holder, late({}, Clock::now() + 20ms);
  const auto held = p->lease(holder), other = p->lease(holder);
  const auto refused = p->lease(late);
  ASSERT_FALSE(refused);
  const auto& e = refused.error();
  EXPECT_EQ(e.category, Category::timeout);
  EXPECT_EQ(e.waited_for, WaitedFor::lease);
  EXPECT_GE(e.elapsed_ms, 20);
  EXPECT_TRUE(e.message.starts_with("All 2 sessions of 'sales' were busy for ")) << e.message;
  EXPECT_EQ(e.limit, "pool_size max 2 of connection 'sales'");
  EXPECT_TRUE(e.retryable);
  EXPECT_EQ(p->use().waiting, 0u);
}

TEST_F(PoolTest, GivesAFreedSessionToACallThatWaits) {
  const auto p = pool({.max = 1});
  Call holder;
  auto held = std::make_optional(p->lease(holder));
  std::atomic<bool> served{false};
  std::thread waiter([&] {
    Call call;
    served = p->lease(call).has_value();
  });
  EXPECT_TRUE(comes_true([&] { return p->use().waiting == 1; }));
  EXPECT_FALSE(served);
  held.reset();
  waiter.join();
  EXPECT_TRUE(served);
}

TEST_F(PoolTest, NeverLendsMoreThanItsMaximumToManyThreads) {
  const auto p = pool({.max = 3});
  std::atomic<int> busy{0}, most{0}, served{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        Call call;
        const auto lease = p->lease(call);
        if (!lease) continue;
        const int now = ++busy;
        int before = most.load();
        while (now > before && !most.compare_exchange_weak(before, now)) {
        }
        ++served;
        --busy;
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(served, 400);
  EXPECT_LE(most, 3);
  EXPECT_LE(counted(observer(), "connect_attempts"), 3 + 1);
}

TEST_F(PoolTest, StopsWaitingWhenTheCallIsCancelled) {
  const auto p = pool({.max = 1});
  Call holder, waiting;
  const auto held = p->lease(holder);
  Error error;
  std::thread waiter([&] {
    if (auto lease = p->lease(waiting); !lease) error = lease.error();
  });
  EXPECT_TRUE(comes_true([&] { return p->use().waiting == 1; }));
  waiting.cancel(Call::Stop::client);
  waiter.join();
  EXPECT_EQ(error.category, Category::cancelled);
  EXPECT_EQ(error.message, "Cancelled before it ran.");
}

TEST_F(PoolTest, LendsNothingToACallThatIsCancelledAlready) {
  const auto p = pool({.max = 1});
  Call call;
  call.cancel(Call::Stop::client);
  const auto lease = p->lease(call);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().category, Category::cancelled);
  EXPECT_EQ(p->use().open, 0u);
}

TEST_F(PoolTest, AWaitThatIsCancelledPassesItsWakeOn) {
  const auto p = pool({.max = 1});
  Call holder, first, second({}, Clock::now() + 40s);
  auto held = std::make_optional(p->lease(holder));
  std::atomic<bool> cancelling{false}, served{false}, served_in_time{false};
  // The first hook of the call: until it ends, the one that would wake everybody does not run.
  const Call::Hook slow(first, [&] {
    cancelling = true;
    served_in_time = comes_true([&] { return served.load(); });
  });
  std::thread cancelled([&] { EXPECT_FALSE(p->lease(first)); });
  ASSERT_TRUE(comes_true([&] { return p->use().waiting == 1; }));
  std::thread patient([&] { served = p->lease(second).has_value(); });
  ASSERT_TRUE(comes_true([&] { return p->use().waiting == 2; }));
  std::thread canceller([&] { first.cancel(Call::Stop::client); });
  ASSERT_TRUE(comes_true([&] { return cancelling.load(); }));
  held.reset();  // wakes one of the two
  for (auto* t : {&cancelled, &patient, &canceller}) t->join();
  EXPECT_TRUE(served_in_time);
}

TEST_F(PoolTest, LendsNothingToACallThatWasCancelledWhileTheSessionWasOpened) {
  Call call;
  Param password;
  password.name = "password";
  password.kind = Kind::text;
  password.text = "the password";
  const auto p = pool({.max = 1}, {password}, [&](Call&, std::string_view) -> Result<std::string> {
    call.cancel(Call::Stop::client);
    return "sesame";
  });
  const auto lease = p->lease(call);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().message, "Cancelled before it ran.");
  EXPECT_TRUE(comes_true([&] { return p->use().leased == 0; }));
  EXPECT_EQ(p->use().open, 1u);
}

TEST_F(PoolTest, CancelsTheStatementOfACancelledCall) {
  const auto p = pool({.max = 1});
  Flag running;
  Call call({}, kNever, &running);
  Error error;
  std::thread worker([&] {
    auto lease = p->lease(call);
    auto rows = run_script(call, lease->conn(), kBlock);
    if (!rows) error = rows.error();
  });
  EXPECT_TRUE(comes_true([&] { return running.raised.load(); }));
  call.cancel(Call::Stop::client);
  worker.join();
  EXPECT_EQ(error.category, Category::cancelled);
  EXPECT_EQ(counted(observer(), "cancels"), 1);
}

TEST_F(PoolTest, CancelsWhatRunsWhenTheDeadlinePasses) {
  const auto p = pool({.max = 1});
  Call call({}, Clock::now() + 10ms);
  {
    const auto lease = p->lease(call);
    ASSERT_TRUE(lease);
    EXPECT_TRUE(comes_true([&] { return call.cancelled(); }));
  }
  EXPECT_EQ(call.stopped(), Call::Stop::deadline);
  EXPECT_TRUE(comes_true([&] { return counted(observer(), "cancels") == 1; }));
}

TEST_F(PoolTest, WaitsForACancelBeforeTheSessionIsUsedAgain) {
  const auto p = pool({.max = 1}, {number_option("cancel_delay_ms", 50)});
  Call cancelled, next;
  {
    const auto lease = p->lease(cancelled);
    cancelled.cancel(Call::Stop::client);
  }
  auto lease = p->lease(next);
  ASSERT_TRUE(lease);
  const auto events = run_script(next, lease->conn(), "events");
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ((*events)[0], (std::vector<std::string>{"cancel", "1", std::to_string(cancelled.id())}));
  EXPECT_EQ((*events)[1][0], "reset");
  EXPECT_EQ(session_of(*lease), "1");
}

TEST_F(PoolTest, ACancelNeverHitsTheNextLease) {
  const auto p = pool({.max = 1});
  for (int round = 0; round < 100; ++round) {
    Call cancelled, next;
    std::thread worker([&] {
      if (auto lease = p->lease(cancelled))
        static_cast<void>(run_script(cancelled, lease->conn(), "delay 1"));
    });
    std::thread canceller([&] { cancelled.cancel(Call::Stop::client); });
    worker.join();
    auto lease = p->lease(next);
    ASSERT_TRUE(lease);
    const auto rows = run_script(next, lease->conn(), "delay 1\nseries 2");
    canceller.join();
    ASSERT_TRUE(rows) << rows.error().message;
  }
}

TEST_F(PoolTest, DoesNotLendASessionThatDied) {
  const auto p = pool({.max = 1});
  Call call;
  {
    auto lease = p->lease(call);
    EXPECT_FALSE(run_script(call, lease->conn(), "die"));
  }
  EXPECT_TRUE(comes_true([&] { return p->use().open == 0; }));
  auto lease = p->lease(call);
  ASSERT_TRUE(lease);
  EXPECT_EQ(session_of(*lease), "2");
}

TEST_F(PoolTest, DoesNotLendADiscardedSession) {
  const auto p = pool({.max = 1});
  Call call;
  p->lease(call)->discard();
  auto lease = p->lease(call);
  EXPECT_EQ(session_of(*lease), "2");
}

TEST_F(PoolTest, LendsAnotherSessionWhileADiscardedOneIsBeingClosed) {
  const auto p = pool({.max = 2}, {number_option("close_delay_ms", 1000)});
  Call call;
  p->lease(call)->discard();
  const auto other = p->lease(call);
  ASSERT_TRUE(other);
  EXPECT_EQ(p->use().open, 2u);
  EXPECT_TRUE(comes_true([&] { return p->use().open == 1; }));
}

TEST_F(PoolTest, LendsACleanSessionAgainAsItIs) {
  const auto p = pool({.max = 2});
  Call call;
  for (int i = 0; i < 3; ++i) {
    auto lease = p->lease(call);
    EXPECT_EQ(session_of(*lease), "1");
  }
  EXPECT_EQ(counted(observer(), "resets"), 0);
}

TEST_F(PoolTest, LendsTheSessionThatWasUsedLast) {
  const auto p = pool({.max = 2});
  Call call;
  {
    auto first = std::make_optional(p->lease(call));
    const auto second = p->lease(call);
    first.reset();
  }
  auto lease = p->lease(call);
  EXPECT_EQ(session_of(*lease), "2");
}

TEST_F(PoolTest, ResetsADirtySessionBeforeItsNextLease) {
  const auto p = pool({.max = 1});
  Call call;
  p->lease(call)->dirty();
  auto lease = p->lease(call);
  EXPECT_EQ(session_of(*lease), "1");
  EXPECT_EQ(counted(observer(), "resets"), 1);
}

TEST_F(PoolTest, ClosesADirtySessionThatCannotBeReset) {
  const auto p = pool({.max = 1}, {no_reset()});
  Call call;
  p->lease(call)->dirty();
  auto lease = p->lease(call);
  EXPECT_EQ(session_of(*lease), "2");
  EXPECT_EQ(counted(observer(), "closed_conns"), 1);
}

TEST_F(PoolTest, ClosesSessionsThatNobodyUses) {
  const auto p = pool({.max = 3, .idle = 20ms});
  Call call;
  {
    const auto a = p->lease(call);
    const auto b = p->lease(call);
    EXPECT_EQ(p->use().open, 2u);
  }
  EXPECT_TRUE(comes_true([&] { return p->use().open == 0; }));
  EXPECT_TRUE(comes_true([&] { return counted(observer(), "closed_conns") == 2; }));
}

TEST_F(PoolTest, KeepsALeasedSessionHoweverLongItIsUsed) {
  const auto p = pool({.max = 2, .idle = 5ms});
  Call call;
  const auto kept = p->lease(call);
  {
    const auto other = p->lease(call);
  }
  EXPECT_TRUE(comes_true([&] { return p->use().open == 1; }));
  EXPECT_EQ(p->use().leased, 1u);
}

TEST_F(PoolTest, OpensItsMinimumAfterTheFirstLeaseAndHoldsItWhileItIsUsed) {
  const auto p = pool({.max = 5, .min = 3, .idle = 40ms});
  EXPECT_EQ(p->use().open, 0u);
  Call call;
  for (const auto until = Clock::now() + 200ms; Clock::now() < until;) EXPECT_TRUE(p->lease(call));
  EXPECT_TRUE(comes_true([&] {
    EXPECT_TRUE(p->lease(call));
    return p->use().open == 3;
  }));
}

TEST_F(PoolTest, ClosesItsMinimumTooWhenNobodyUsesIt) {
  const auto p = pool({.max = 5, .min = 3, .idle = 20ms});
  Call call;
  {
    const auto lease = p->lease(call);
  }
  EXPECT_TRUE(comes_true([&] { return counted(observer(), "connect_attempts") >= 4; }));
  EXPECT_TRUE(comes_true([&] { return p->use().open == 0; }));
}

TEST_F(PoolTest, ServesCallsThoughItsMinimumCannotBeReached) {
  const auto p = pool({.max = 5, .min = 2});
  Call call;
  EXPECT_TRUE(run_script(call, observer(), "fail-next connect 1"));
  EXPECT_FALSE(p->lease(call));
  const auto lease = p->lease(call);
  ASSERT_TRUE(lease);
  EXPECT_TRUE(comes_true([&] { return p->use().open == 2; }));
}

TEST_F(PoolTest, AsksASessionThatWasIdleForLongWhetherItLives) {
  const auto p = pool({.max = 1, .check_after = 0ms});
  Call call;
  {
    const auto first = p->lease(call);
  }
  auto second = p->lease(call);
  EXPECT_EQ(session_of(*second), "1");
  EXPECT_EQ(counted(observer(), "pings"), 1);
}

TEST_F(PoolTest, AsksNoSessionThatWasUsedAMomentAgo) {
  const auto p = pool({.max = 1});
  Call call;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(p->lease(call));
  EXPECT_EQ(counted(observer(), "pings"), 0);
}

TEST_F(PoolTest, LendsAnotherSessionInPlaceOfOneThatDoesNotAnswer) {
  const auto p = pool({.max = 1, .check_after = 0ms});
  Call call;
  {
    const auto first = p->lease(call);
  }
  EXPECT_TRUE(run_script(call, observer(), "fail-next ping 1"));
  auto second = p->lease(call);
  ASSERT_TRUE(second);
  EXPECT_NE(session_of(*second), "1");
  EXPECT_EQ(p->use().open, 1u) << "the dead one was closed before its place was taken";
}

TEST_F(PoolTest, AsksTheOthersWhetherTheyLiveOnceOneHasDied) {
  const auto p = pool({.max = 3});
  Call call;
  {
    auto first = p->lease(call);
    const auto second = p->lease(call), third = p->lease(call);
    ASSERT_TRUE(first && second && third);
    EXPECT_TRUE(run_script(call, observer(), "fail-next ping 1"));
  }
  {
    auto lease = p->lease(call);
    EXPECT_FALSE(run_script(call, lease->conn(), "die"));
  }
  auto one = p->lease(call);
  ASSERT_TRUE(one);
  EXPECT_EQ(counted(observer(), "pings"), 2) << "one was dead, one lives";
  {
    const auto again = p->lease(call);
  }
  {
    const auto again = p->lease(call);
  }
  EXPECT_EQ(counted(observer(), "pings"), 2) << "used since, it is not asked again";
}

TEST_F(PoolTest, ReplacesASessionThatIsTooOld) {
  const auto p = pool({.max = 1, .life = 1ms});
  Call call;
  {
    const auto first = p->lease(call);
  }
  std::this_thread::sleep_for(5ms);
  auto second = p->lease(call);
  ASSERT_TRUE(second);
  EXPECT_NE(session_of(*second), "1");
}

TEST_F(PoolTest, AFailedConnectLeavesItsPlaceToTheNext) {
  const auto p = pool({.max = 1}, {number_option("fail_connects", 3)});
  for (int i = 0; i < 3; ++i) {
    Call call({}, Clock::now() + 20s);
    const auto lease = p->lease(call);
    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().category, Category::connection);
    EXPECT_EQ(p->use().open, 0u);
  }
  Call call;
  EXPECT_TRUE(p->lease(call));
}

TEST_F(PoolTest, SaysThatItWaitedForTheNetworkWhenAConnectTakesTooLong) {
  const auto p = pool({.max = 1}, {number_option("connect_delay_ms", 60'000)});
  Call call({}, Clock::now() + 20ms);
  const auto lease = p->lease(call);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().category, Category::timeout);
  EXPECT_EQ(lease.error().waited_for, WaitedFor::network);
  EXPECT_TRUE(lease.error().message.starts_with("No session of 'sales' could be opened within "));
  EXPECT_EQ(p->use().open, 0u);
}

TEST_F(PoolTest, ACancelEndsAConnect) {
  const auto p = pool({.max = 1}, {number_option("connect_delay_ms", 60'000)});
  Call call;
  Error error;
  std::thread worker([&] {
    if (auto lease = p->lease(call); !lease) error = lease.error();
  });
  EXPECT_TRUE(comes_true([&] { return p->use().open == 1; }));
  call.cancel(Call::Stop::client);
  worker.join();
  EXPECT_EQ(error.category, Category::cancelled);
  EXPECT_EQ(p->use().open, 0u);
}

TEST_F(PoolTest, LivesAsLongAsItsLeases) {
  auto p = pool({.max = 1});
  Call call;
  auto lease = p->lease(call);
  ASSERT_TRUE(lease);
  const std::weak_ptr<Pool> alive = p;
  p.reset();
  EXPECT_FALSE(alive.expired());
  EXPECT_TRUE(run_script(call, lease->conn(), "series 1"));
}

}  // namespace
}  // namespace dbmux
