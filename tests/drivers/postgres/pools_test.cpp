// The pools of the host as the server sees them.
#include <atomic>
#include <thread>

#include "host_test.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

class PostgresPools : public ThroughHost {
 protected:
  ConnectionProfile profile() const {
    return profile_of("127.0.0.1:" + std::to_string(database_.server().port),
                      {option("database", database_.name())});
  }
  int backends() const {
    return std::stoi(ask(admin_.get(),
                         "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + database_.name() + "'"));
  }
  template <class Work>
  static void at_once(int callers, Work&& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < callers; ++i) threads.emplace_back([&, i] { work(i); });
    for (auto& thread : threads) thread.join();
  }

  FreshDatabase database_;
  Session admin_ = admin_session();
};

TEST_F(PostgresPools, OpenNothingBeforeTheFirstUseThenTheirMinimumAndNeverMoreThanTheirMaximum) {
  auto made = profile();
  made.pool_min = 3;
  made.pool_max = 5;
  const auto connection = add(made);
  EXPECT_EQ(backends(), 0);
  EXPECT_EQ(read(*connection, "SELECT 1"), "1");
  EXPECT_TRUE(comes_true([&] { return backends() == 3; }));
  std::atomic<int> most{0};
  at_once(20, [&](int i) {
    EXPECT_EQ(read(*connection, "SELECT '" + std::to_string(i) + "' FROM pg_sleep(0.05)"), std::to_string(i));
    const auto now = std::stoi(
        read(*connection, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"));
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
  });
  EXPECT_LE(most, 5);
  EXPECT_GE(most, 3);
}

TEST_F(PostgresPools, CloseWhatNobodyUsesAndWhatIsTooOld) {
  auto made = profile();
  made.pool_idle = 3s;
  const auto connection = add(made);
  at_once(4, [&](int) { EXPECT_EQ(read(*connection, "SELECT 1 FROM pg_sleep(1)"), "1"); });
  EXPECT_EQ(backends(), 4);
  EXPECT_TRUE(comes_true([&] { return backends() == 0; }));
  made.name = "short";
  made.pool_idle = 300s;
  made.pool_life = 100ms;
  const auto brief = add(made);
  const auto first = read(*brief, "SELECT pg_backend_pid()");
  std::this_thread::sleep_for(200ms);
  EXPECT_NE(read(*brief, "SELECT pg_backend_pid()"), first);
  EXPECT_TRUE(comes_true([&] { return backends() == 1; }));
}

TEST_F(PostgresPools, ACallThatWaitsForASessionIsToldSoInTime) {
  auto made = profile();
  made.pool_max = 1;
  const auto connection = add(made);
  std::thread holder([&] { EXPECT_EQ(read(*connection, "SELECT 1 FROM pg_sleep(2)"), "1"); });
  ASSERT_TRUE(comes_true([&] { return backends() == 1; }));
  std::this_thread::sleep_for(100ms);
  Output out;
  const auto before = Clock::now();
  const auto waited = run_call(*connection, {.text = "SELECT 1", .time = 300ms}, out);
  EXPECT_LT(Clock::now() - before, 1300ms);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().waited_for, WaitedFor::lease) << waited.error().message;
  holder.join();
}

TEST_F(PostgresPools, ResetASessionOnlyWhereSomethingWasLeftOnIt) {
  auto made = profile();
  made.pool_max = 1;
  const auto connection = add(made);
  const Asked pid{.text = "SELECT pg_backend_pid()", .read_only = false};
  const auto session = answer(*connection, pid);
  EXPECT_EQ(answer(*connection, {.text = "SET work_mem = '77MB'", .read_only = false}), "not one cell");
  EXPECT_NE(answer(*connection, {.text = "SELECT current_setting('work_mem')", .read_only = false}), "77MB");
  EXPECT_EQ(answer(*connection, pid), session) << "reset, not replaced";
}

TEST_F(PostgresPools, LeakNoBackendAfterCancelsDeathsAndTheirEnd) {
  auto made = profile();
  made.pool_max = 3;
  made.retry = {.attempts = 5, .base = 5ms, .cap = 20ms};
  {
    const auto connection = add(made);
    std::atomic<bool> over{false};
    std::thread killer([&] {
      const auto admin = admin_session();
      while (!over) {
        ask(admin.get(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
                             database_.name() + "' ORDER BY random() LIMIT 1");
        std::this_thread::sleep_for(60ms);
      }
    });
    std::atomic<int> right{0};
    at_once(6, [&](int caller) {
      for (int i = 0; i < 40; ++i) {
        const auto nonce = std::to_string(caller) + "/" + std::to_string(i);
        const bool hurries = i % 3 == 0;
        const auto time = hurries ? 10ms : 20000ms;
        const auto before = Clock::now();
        const auto got =
            answer(*connection, {.text = "SELECT '" + nonce + "' FROM pg_sleep(0.005)", .time = time});
        EXPECT_LT(Clock::now() - before, time + 1s);
        if (got == nonce)
          ++right;
        else
          EXPECT_TRUE(got.starts_with("timeout: ") || got.starts_with("connection: "))
              << nonce << ": " << got;
      }
    });
    over = true;
    killer.join();
    EXPECT_GT(right, 120);
    EXPECT_EQ(read(*connection, "SELECT 'usable'"), "usable");
    EXPECT_TRUE(comes_true([&] { return backends() <= 4; })) << "three, and the one that cancels";
    EXPECT_TRUE(registry_.remove("pg"));
  }
  EXPECT_TRUE(comes_true([&] { return backends() == 0; }));
}

TEST_F(PostgresPools, AStormOfCancelsOnOneSessionGivesNoAnswerToAnotherCall) {
  auto made = profile();
  made.pool_max = 1;
  const auto connection = add(made);
  std::atomic<int> right{0};
  at_once(8, [&](int caller) {
    for (int i = 0; i < 30; ++i) {
      const auto nonce = std::to_string(caller) + "/" + std::to_string(i);
      const auto time = caller % 2 == 0 ? std::chrono::milliseconds(5 + i) : 20000ms;
      const auto before = Clock::now();
      const auto got =
          answer(*connection, {.text = "SELECT '" + nonce + "' FROM pg_sleep(0.004)", .time = time});
      EXPECT_LT(Clock::now() - before, time + 1s);
      if (got == nonce)
        ++right;
      else
        EXPECT_TRUE(caller % 2 == 0 && got.starts_with("timeout: ")) << nonce << ": " << got;
    }
  });
  EXPECT_GE(right, 120);
  EXPECT_LE(backends(), 2);
}

}  // namespace
}  // namespace dbmux::test
