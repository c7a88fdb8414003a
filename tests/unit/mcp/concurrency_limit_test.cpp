#include "mcp/concurrency_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace dbmux::mcp {
namespace {

using namespace std::chrono_literals;

using Rate = std::function<double(std::ptrdiff_t at_once)>;  // jobs a millisecond

// Looks for so long, a millisecond each, and says how often which limit was in force.
class World {
 public:
  explicit World(ConcurrencyLimit& limit) : limit_(limit) {}

  double share_of(std::ptrdiff_t wanted, int milliseconds, const Rate& rate) {
    int there = 0;
    for (int i = 0; i < milliseconds; ++i) {
      done_ += rate(limit_.now());
      const auto whole = std::floor(done_);
      done_ -= whole;
      limit_.looked(1ms, static_cast<std::uint64_t>(whole));
      there += limit_.now() == wanted;
    }
    return there / static_cast<double>(milliseconds);
  }

 private:
  ConcurrencyLimit& limit_;
  double done_ = 0;
};

double saturated(std::ptrdiff_t) { return 10; }  // one processor does it all
double crowded(std::ptrdiff_t n) { return 12.0 / (1 + 0.02 * static_cast<double>(n)); }
double distant(std::ptrdiff_t n) { return static_cast<double>(n); }  // each job takes a millisecond
double four_wide(std::ptrdiff_t n) { return 5.0 * static_cast<double>(std::min<std::ptrdiff_t>(n, 4)); }

TEST(ConcurrencyLimit, StaysWhereMoreAtOnceGetNoMoreDone) {
  ConcurrencyLimit limit(1, 128);
  World world(limit);
  EXPECT_GT(world.share_of(1, 5000, saturated), 0.9);
  EXPECT_GT(world.share_of(1, 5000, crowded), 0.9);
}

TEST(ConcurrencyLimit, ClimbsAsLongAsMoreGetDone) {
  ConcurrencyLimit limit(2, 64);
  World world(limit);
  world.share_of(64, 300, distant);
  EXPECT_GT(world.share_of(64, 5000, distant), 0.9);
  ConcurrencyLimit of_four(1, 64);
  World narrow(of_four);
  narrow.share_of(4, 300, four_wide);
  EXPECT_GT(narrow.share_of(4, 5000, four_wide), 0.85);
}

TEST(ConcurrencyLimit, DoublesEachTimeThatNothingIsTakenForThreeMilliseconds) {
  ConcurrencyLimit limit(2, 100);
  for (const std::ptrdiff_t expected : {4, 8, 16, 32, 64, 100, 100}) {
    limit.looked(2ms, 0);
    limit.looked(1ms, 1);
    limit.looked(2ms, 0);
    EXPECT_LT(limit.now(), expected + (expected == 100));
    limit.looked(1ms, 0);
    EXPECT_EQ(limit.now(), expected);
  }
}

TEST(ConcurrencyLimit, ComesDownAgainOnceMoreAtOnceGainNothing) {
  ConcurrencyLimit limit(1, 128);
  for (int i = 0; i < 10; ++i) limit.looked(3ms, 0);
  ASSERT_EQ(limit.now(), 128);
  World world(limit);
  world.share_of(1, 300, crowded);
  EXPECT_GT(world.share_of(1, 5000, crowded), 0.9);
}

TEST(ConcurrencyLimit, FallsToItsLeastAndKeepsWithinItsMost) {
  ConcurrencyLimit limit(2, 8);
  limit.looked(3ms, 0);
  limit.looked(3ms, 0);
  limit.change_most(-1);
  EXPECT_EQ(limit.now(), 7);
  limit.fall();
  EXPECT_EQ(limit.now(), 3);
  limit.fall();
  limit.fall();
  EXPECT_EQ(limit.now(), 2);
}

}  // namespace
}  // namespace dbmux::mcp
