#include "results/spool.hpp"

#include <gtest/gtest.h>

#include "../../temporary_folder.hpp"

namespace dbmux {
namespace {

Cell number(std::int64_t value) {
  Cell c;
  c.kind = Kind::i64;
  c.i64 = value;
  return c;
}

Cell text(const std::string& value) {
  Cell c;
  c.kind = Kind::text;
  c.ptr = value.data();
  c.len = static_cast<std::uint32_t>(value.size());
  return c;
}

std::string row_text(std::int64_t i, std::size_t length) {
  return std::to_string(i) + std::string(length, static_cast<char>('a' + i % 26));
}

// Puts n rows of (i, text) into the spool; returns how many it took.
std::int64_t fill(Spool& spool, std::int64_t n, std::size_t length) {
  spool.begin(2);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto t = row_text(i, length);
    const Cell row[] = {number(i), text(t)};
    if (!spool.take(row, 1)) break;
  }
  return spool.rows();
}

std::int64_t check_from(const Spool& spool, std::int64_t first, std::size_t length) {
  const auto rows = spool.from(first);
  std::int64_t i = first;
  while (true) {
    const auto batch = rows->next();
    EXPECT_TRUE(batch);
    if (!batch || batch->rows == 0) return i;
    for (std::uint32_t r = 0; r < batch->rows; ++r, ++i) {
      EXPECT_EQ(batch->cells[r * 2].i64, i);
      EXPECT_EQ(batch->cells[r * 2 + 1].view(), row_text(i, length));
    }
  }
}

TEST(Spool, GivesBackTheRowsFromAnyRowOnInTheirOrder) {
  Spool spool;
  ASSERT_EQ(fill(spool, 1000, 20), 1000);
  for (const std::int64_t first : {0, 1, 255, 256, 257, 999, 1000})
    EXPECT_EQ(check_from(spool, first, 20), 1000);
}

TEST(Spool, ReadsRowsThatWentToTheFileAndThoseStillInMemory) {
  Spool spool;
  ASSERT_EQ(fill(spool, 3000, 1500), 3000);  // 4.5 MB, of which 512 KiB at most is in memory
  EXPECT_EQ(check_from(spool, 0, 1500), 3000);
  EXPECT_EQ(check_from(spool, 2990, 1500), 3000);
}

TEST(Spool, StopsAtItsRowLimitAndSaysSo) {
  Spool spool({.rows = 10});
  EXPECT_EQ(fill(spool, 100, 5), 10);
  EXPECT_TRUE(spool.full());
  EXPECT_EQ(check_from(spool, 0, 5), 10);
}

TEST(Spool, StopsAtItsByteLimitAndSaysSo) {
  Spool spool({.bytes = 10'000});
  EXPECT_LT(fill(spool, 100, 1000), 10);
  EXPECT_TRUE(spool.full());
}

TEST(Spool, ForgetsWhatItHeldWhenItBeginsAnew) {
  Spool spool;
  fill(spool, 3000, 1500);
  ASSERT_EQ(fill(spool, 5, 7), 5);
  EXPECT_EQ(check_from(spool, 0, 7), 5);
}

std::int64_t deliver(Spool& spool, std::int64_t n, std::size_t length) {
  for (std::int64_t i = 0; i < n; ++i) {
    const auto t = row_text(i, length);
    const Cell row[] = {number(i), text(t)};
    spool.delivered(row, 1);
  }
  return spool.first();
}

bool take_one(Spool& spool, std::int64_t i, std::size_t length) {
  const auto t = row_text(i, length);
  const Cell row[] = {number(i), text(t)};
  return spool.take(row, 1);
}

TEST(Spool, HasTheRowsBeforeTheCutTooSoThatItIsWhole) {
  Spool spool;
  spool.begin(2);
  EXPECT_EQ(deliver(spool, 300, 20), 0);
  EXPECT_TRUE(take_one(spool, 300, 20));
  EXPECT_EQ(spool.rows(), 301);
  EXPECT_EQ(check_from(spool, 0, 20), 301);
}

TEST(Spool, ForgetsTheRowsBeforeTheCutWhereMemoryIsNotEnough) {
  Spool spool;
  spool.begin(2);
  EXPECT_EQ(deliver(spool, 3000, 1500), 3000);
  EXPECT_TRUE(take_one(spool, 3000, 20));
  EXPECT_EQ(spool.first(), 3000);
  EXPECT_EQ(spool.rows(), 1);
  EXPECT_EQ(spool.end(), 3001);
  EXPECT_EQ((*spool.from(0)->next()).cells[0].i64, 3000);
}

TEST(Spool, KeepsTheRowsBeforeTheCutInTheFileWhereAllIsWanted) {
  Spool spool({.time = {}, .whole = true});
  spool.begin(2);
  EXPECT_EQ(deliver(spool, 3000, 1500), 0);
  EXPECT_TRUE(take_one(spool, 3000, 1500));
  EXPECT_EQ(check_from(spool, 0, 1500), 3001);
}

TEST(Spool, CountsItsRowLimitBehindTheCut) {
  Spool spool({.rows = 2});
  spool.begin(2);
  deliver(spool, 5, 5);
  EXPECT_TRUE(take_one(spool, 5, 5));
  EXPECT_TRUE(take_one(spool, 6, 5));
  EXPECT_FALSE(take_one(spool, 7, 5));
  EXPECT_EQ(spool.rows(), 7);
}

TEST(Spool, CountsTheCellsOfWhichOnlyAPrefixCame) {
  Spool spool;
  spool.begin(1);
  const std::string whole = "whole";
  Cell cells[] = {text(whole), text(whole), text(whole)};
  cells[1].flags = Cell::kTruncated;
  spool.take(cells, 3);
  EXPECT_EQ(spool.truncated_cells(), 1);
}

TEST(Spool, KeepsTheRowsInMemoryReadableWhenNoFileCanBeMade) {
  const TmpdirSet nowhere("/nonexistent");
  Spool spool;
  const auto kept = fill(spool, 3000, 1500);
  EXPECT_TRUE(spool.full());
  EXPECT_FALSE(spool.status());
  EXPECT_GT(kept, 300) << "what had come before the disk was needed";
  EXPECT_EQ(check_from(spool, 0, 1500), kept);
}

}  // namespace
}  // namespace dbmux
