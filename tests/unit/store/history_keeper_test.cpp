#include "store/history_keeper.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "../../temporary_folder.hpp"

using namespace dbmux;
namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

class Keeper : public testing::Test {
 protected:
  fs::path folder() const { return home_ / "history"; }
  static CallRecord record(int n) {
    CallRecord r;
    r.at = Wall::now();
    r.operation = "execute_query";
    r.connection = "shop";
    r.statement = "statement " + std::to_string(n);
    r.rows = n;
    return r;
  }
  History read() const {
    auto history = read_history(folder(), 100'000, {});
    EXPECT_TRUE(history);
    return history ? *history : History{};
  }
  bool within(std::chrono::seconds limit, const std::function<bool()>& reached) const {
    for (const auto until = Clock::now() + limit; Clock::now() < until; std::this_thread::sleep_for(5ms))
      if (reached()) return true;
    return false;
  }

  const TemporaryFolder home_;
  RingJournal journal_;
};

}  // namespace

TEST_F(Keeper, TouchesNothingBeforeTheFirstCall) {
  {
    HistoryKeeper keeper(journal_, folder(), {});
  }
  EXPECT_FALSE(fs::exists(folder()));
}

TEST_F(Keeper, KeepsACallSoonAfterItWasMade) {
  HistoryKeeper keeper(journal_, folder(), {}, 10ms);
  journal_.add(record(1));
  ASSERT_TRUE(within(10s, [&] { return read().calls.size() == 1; }));
  journal_.add(record(2));
  ASSERT_TRUE(within(10s, [&] { return read().calls.size() == 2; }));
  EXPECT_EQ(read().calls[1].statement, "statement 2");
}

TEST_F(Keeper, KeepsWhatIsLeftWhenItEnds) {
  {
    HistoryKeeper keeper(journal_, folder(), {}, 1h);
    for (int i = 0; i < 300; ++i) journal_.add(record(i));
  }
  const auto calls = read().calls;
  ASSERT_EQ(calls.size(), 300U);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(calls[static_cast<std::size_t>(i)].rows, i);
}

TEST_F(Keeper, CountsTheCallsItWasTooSlowFor) {
  {
    HistoryKeeper keeper(journal_, folder(), {}, 1h);
    for (int i = 0; i < 2500; ++i) journal_.add(record(i));
    keeper.finish();
    EXPECT_EQ(keeper.not_kept(), 1500U);
  }
  const auto history = read();
  EXPECT_EQ(history.calls.size(), 1000U);
  EXPECT_EQ(history.not_kept, 1500);
}

TEST_F(Keeper, LosesNothingOfManyThreads) {
  {
    HistoryKeeper keeper(journal_, folder(), {}, 1ms);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          journal_.add(record(i));
          std::this_thread::sleep_for(100us);
        }
      });
    threads.clear();
  }
  const auto history = read();
  EXPECT_EQ(static_cast<std::int64_t>(history.calls.size()) + history.not_kept, 800);
  EXPECT_EQ(history.damaged, 0);
}

TEST_F(Keeper, GoesOnWhenTheFolderCanBeWrittenAgain) {
  std::ofstream(folder()) << "in the way";
  HistoryKeeper keeper(journal_, folder(), {}, 1ms);
  journal_.add(record(1));
  std::this_thread::sleep_for(50ms);
  fs::remove(folder());
  ASSERT_TRUE(within(10s, [&] {
    journal_.add(record(2));
    return fs::exists(folder());
  }));
  keeper.finish();
  const auto history = read();
  EXPECT_GE(history.calls.size(), 1U);
  EXPECT_EQ(static_cast<std::uint64_t>(history.not_kept), keeper.not_kept());
}
