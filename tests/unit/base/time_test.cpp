#include "base/time.hpp"

#include <gtest/gtest.h>

using namespace dbmux;
using namespace std::chrono_literals;

TEST(Iso8601, IsUtcWithMilliseconds) {
  EXPECT_EQ(iso8601(Wall::time_point{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(iso8601(Wall::time_point{1795255200123ms}), "2026-11-21T10:00:00.123Z");
  EXPECT_EQ(iso8601(Wall::time_point{951782399999ms}), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(iso8601(Wall::time_point{951782400000ms}), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(iso8601(Wall::time_point{-1ms}), "1969-12-31T23:59:59.999Z");
}

TEST(MsBetween, CountsWholeMilliseconds) {
  const auto now = Clock::now();
  EXPECT_EQ(ms_between(now, now + 1500us), 1);
  EXPECT_EQ(ms_between(now + 2ms, now), -2);
}
