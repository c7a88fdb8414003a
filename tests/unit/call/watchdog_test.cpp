#include "call/watchdog.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <vector>

using namespace dbmux;
using namespace std::chrono_literals;

TEST(Watchdog, RunsAnEntryAtItsTimeAndNotBefore) {
  Watchdog watchdog;
  std::promise<Clock::time_point> ran;
  const auto when = Clock::now() + 20ms;
  watchdog.at(when, [&] { ran.set_value(Clock::now()); });
  EXPECT_GE(ran.get_future().get(), when);
}

TEST(Watchdog, RunsEntriesInTheOrderOfTheirTimes) {
  Watchdog watchdog;
  std::vector<int> order;
  std::latch done(3);
  const auto now = Clock::now();
  const auto add = [&](std::chrono::milliseconds after, int number) {
    watchdog.at(now + after, [&order, &done, number] {
      order.push_back(number);
      done.count_down();
    });
  };
  add(60ms, 3);
  add(30ms, 1);
  add(45ms, 2);
  done.wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(Watchdog, RunsEntriesOfTheSameTimeAll) {
  Watchdog watchdog;
  std::latch done(10);
  const auto when = Clock::now() + 5ms;
  for (int i = 0; i < 10; ++i) watchdog.at(when, [&] { done.count_down(); });
  done.wait();
}

TEST(Watchdog, RunsWhatIsAlreadyDueAtOnce) {
  Watchdog watchdog;
  std::promise<void> ran;
  watchdog.at(Clock::now() - 1h, [&] { ran.set_value(); });
  ran.get_future().get();
}

TEST(Watchdog, DoesNotRunWhatIsForgotten) {
  Watchdog watchdog;
  std::atomic<int> ran{0};
  const auto id = watchdog.at(Clock::now() + 10ms, [&] { ++ran; });
  watchdog.forget(id);
  std::promise<void> later;
  watchdog.at(Clock::now() + 30ms, [&] { later.set_value(); });
  later.get_future().get();
  EXPECT_EQ(ran, 0);
  watchdog.forget(id);  // twice is harmless
}

TEST(Watchdog, ForgetsOnlyAfterARunningEntryHasEnded) {
  Watchdog watchdog;
  std::latch inside(1);
  std::atomic<bool> ended{false};
  auto guard = std::make_shared<int>(1);
  const auto id = watchdog.at(Clock::now(), [&, guard] {
    inside.count_down();
    std::this_thread::sleep_for(20ms);
    ended = true;
  });
  inside.wait();
  watchdog.forget(id);
  EXPECT_TRUE(ended);
  EXPECT_EQ(guard.use_count(), 1);  // what the entry held is gone too
}

TEST(Watchdog, MayAddAndForgetOthersWithinAnEntry) {
  Watchdog watchdog;
  std::promise<void> chained;
  watchdog.at(Clock::now(), [&] {
    const auto other = watchdog.at(Clock::now() + 1h, [] {});
    watchdog.forget(other);
    watchdog.at(Clock::now(), [&] { chained.set_value(); });
  });
  chained.get_future().get();
}

TEST(Watchdog, EndsWithoutRunningWhatIsLeft) {
  std::atomic<int> ran{0};
  {
    Watchdog watchdog;
    watchdog.at(Clock::now() + 1h, [&] { ++ran; });
  }
  {
    const Watchdog never_used;
  }
  EXPECT_EQ(ran, 0);
}

TEST(Watchdog, RunsNothingAfterItsEndAndDropsLateEntries) {
  Watchdog watchdog;
  std::atomic<int> ran = 0;
  watchdog.at(Clock::now() + 1h, [&] { ++ran; });
  watchdog.end();
  watchdog.forget(watchdog.at(Clock::now(), [&] { ++ran; }));
  EXPECT_EQ(ran, 0);
}

TEST(Watchdog, SurvivesThreadsThatAddAndForgetAtOnce) {
  Watchdog watchdog;
  std::atomic<int> ran{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        int touched = 0;  // gone after forget(): a late run would be a use after scope
        const auto id = watchdog.at(Clock::now() + std::chrono::microseconds(i % 50), [&] {
          ++touched;
          ++ran;
        });
        if (i % 3 == 0) std::this_thread::yield();
        watchdog.forget(id);
        EXPECT_LE(touched, 1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(ran, 2000);
}
