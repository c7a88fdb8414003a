#include "call/call.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <thread>
#include <vector>

using namespace dbmux;
using namespace std::chrono_literals;

TEST(Call, HasANumberOfItsOwn) {
  const Call first, second;
  EXPECT_NE(first.id(), second.id());
  EXPECT_NE(first.id(), 0U);
}

TEST(Call, KeepsWhoAsksAndUntilWhen) {
  const auto deadline = Clock::now() + 1h;
  Call call({"ann"}, deadline);
  EXPECT_EQ(call.principal().name, "ann");
  EXPECT_EQ(call.deadline(), deadline);
  EXPECT_FALSE(call.expired());
  call.set_deadline(Clock::now() - 1ms);
  EXPECT_TRUE(call.expired());
  EXPECT_EQ(Call().deadline(), kNever);
}

TEST(Call, IsStoppedForTheFirstReason) {
  Call call;
  EXPECT_FALSE(call.cancelled());
  call.cancel(Call::Stop::deadline);
  call.cancel(Call::Stop::client);
  EXPECT_TRUE(call.cancelled());
  EXPECT_EQ(call.stopped(), Call::Stop::deadline);
}

TEST(CallHook, RunsOnceWhenTheCallIsCancelled) {
  Call call;
  int ran = 0;
  const Call::Hook hook(call, [&] { ++ran; });
  EXPECT_EQ(ran, 0);
  call.cancel(Call::Stop::client);
  call.cancel(Call::Stop::client);
  EXPECT_EQ(ran, 1);
}

TEST(CallHook, RunsAtOnceWhenTheCallIsAlreadyCancelled) {
  Call call;
  call.cancel(Call::Stop::client);
  int ran = 0;
  {
    const Call::Hook hook(call, [&] { ++ran; });
  }
  EXPECT_EQ(ran, 1);
}

TEST(CallHook, DoesNotRunOnceItIsGone) {
  Call call;
  int ran = 0;
  {
    const Call::Hook hook(call, [&] { ++ran; });
  }
  call.cancel(Call::Stop::client);
  EXPECT_EQ(ran, 0);
}

TEST(CallHook, RunsInTheOrderOfMakingAndMayCancelAgain) {
  Call call;
  std::vector<int> order;
  const Call::Hook first(call, [&] {
    order.push_back(1);
    call.cancel(Call::Stop::shutdown);
  });
  const Call::Hook second(call, [&] { order.push_back(2); });
  call.cancel(Call::Stop::client);
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(CallHook, IsNotDestroyedWhileItRuns) {
  Call call;
  std::latch inside(1);
  std::atomic<bool> ended{false};
  auto hook = std::make_unique<Call::Hook>(call, [&] {
    inside.count_down();
    std::this_thread::sleep_for(20ms);
    ended = true;
  });
  std::thread canceller([&] { call.cancel(Call::Stop::client); });
  inside.wait();
  hook.reset();
  EXPECT_TRUE(ended);
  canceller.join();
}

TEST(CallHook, RunsAtMostOnceHoweverThreadsMeet) {
  for (int round = 0; round < 300; ++round) {
    Call call;
    std::latch start(3);
    std::atomic<int> ran{0};
    std::thread canceller([&] {
      start.arrive_and_wait();
      call.cancel(Call::Stop::client);
    });
    std::thread other([&] {
      start.arrive_and_wait();
      call.cancel(Call::Stop::shutdown);
    });
    start.arrive_and_wait();
    {
      int touched = 0;  // lives as long as the hook: a late run would be a use after scope
      const Call::Hook hook(call, [&] {
        ++touched;
        ++ran;
      });
    }
    canceller.join();
    other.join();
    EXPECT_LE(ran, 1);
    EXPECT_TRUE(call.cancelled());
  }
}

TEST(Call, PassesWhatItSaysToItsSink) {
  struct Recorder final : Sink {
    void progress(double done, double total, std::string_view message) override {
      said += std::to_string(done) + '/' + std::to_string(total) + std::string(message);
    }
    void notice(Notice, std::int64_t code, std::string_view text) override {
      said += std::to_string(code) + std::string(text);
    }
    std::string said;
  };
  Recorder recorder;
  Call call({}, kNever, &recorder);
  call.progress(1, -1, "rows");
  call.notice(Notice::warning, 42, "slow");
  EXPECT_EQ(recorder.said, "1.000000/-1.000000rows42slow");
  Call silent;
  silent.progress(1, 2, "nobody hears");
  silent.notice(Notice::info, 0, "nobody hears");
}
