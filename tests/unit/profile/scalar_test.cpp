#include "profile/scalar.hpp"

#include <gtest/gtest.h>

namespace dbmux {
namespace {

using std::chrono::milliseconds;

TEST(Scalar, ReadsOnlyTrueAndFalseAsBooleans) {
  EXPECT_EQ(as_boolean("true"), true);
  EXPECT_EQ(as_boolean("False"), false);
  for (const char* text : {"yes", "no", "on", "1", "0", "", "tRue"}) EXPECT_FALSE(as_boolean(text)) << text;
}

TEST(Scalar, ReadsDecimalIntegersWithoutLeadingZeros) {
  EXPECT_EQ(as_integer("0"), 0);
  EXPECT_EQ(as_integer("-17"), -17);
  EXPECT_EQ(as_integer("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", "-", "0123", "0x10", "1e3", "9223372036854775808", "12 ", "1_000"})
    EXPECT_FALSE(as_integer(text)) << text;
}

TEST(Scalar, ReadsFiniteNumbers) {
  EXPECT_EQ(as_number("5e6"), 5e6);
  EXPECT_EQ(as_number("-0.5"), -0.5);
  for (const char* text : {"", "inf", "nan", "1e999", "0123", "1.2.3", "2019-01-01"})
    EXPECT_FALSE(as_number(text)) << text;
}

TEST(Scalar, ReadsDurationsWithTheirUnit) {
  EXPECT_EQ(as_duration("200ms"), milliseconds(200));
  EXPECT_EQ(as_duration("30s"), milliseconds(30'000));
  EXPECT_EQ(as_duration("5min"), milliseconds(300'000));
  EXPECT_EQ(as_duration("2h"), milliseconds(7'200'000));
  for (const char* text : {"30", "", "s", "0s", "-1s", "1.5s", "30 s", "5m", "8d", "999999999h"})
    EXPECT_FALSE(as_duration(text)) << text;
}

TEST(Scalar, ReadsAscendingRangesOfDurations) {
  EXPECT_EQ(as_duration_range("200ms..5s"), std::pair(milliseconds(200), milliseconds(5000)));
  for (const char* text : {"5s..200ms", "5s", "5s..", "..5s", "1s...2s"})
    EXPECT_FALSE(as_duration_range(text)) << text;
}

TEST(Scalar, ReadsSizesInPowersOfTwo) {
  EXPECT_EQ(as_size("512"), 512);
  EXPECT_EQ(as_size("4KiB"), 4096);
  EXPECT_EQ(as_size("1MiB"), 1 << 20);
  for (const char* text : {"4KB", "0", "1.5MiB", "", "KiB", "-1", "9999999GiB"})
    EXPECT_FALSE(as_size(text)) << text;
}

}  // namespace
}  // namespace dbmux
