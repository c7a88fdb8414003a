#include "observe/journal.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "observe/log.hpp"

using namespace dbmux;

namespace {

CallRecord record(int number) {
  CallRecord r;
  r.at = Wall::time_point{std::chrono::seconds{number}};
  r.operation = "execute_query";
  r.statement = "SELECT " + std::to_string(number);
  r.rows = number;
  return r;
}

}  // namespace

TEST(RingJournal, GivesTheNewestFirst) {
  RingJournal journal;
  EXPECT_TRUE(journal.newest().empty());
  for (int i = 0; i < 3; ++i) journal.add(record(i));
  const auto newest = journal.newest();
  ASSERT_EQ(newest.size(), 3U);
  EXPECT_EQ(newest[0].statement, "SELECT 2");
  EXPECT_EQ(newest[2].rows, 0);
  EXPECT_EQ(journal.newest(1).size(), 1U);
  EXPECT_EQ(journal.newest(1)[0].rows, 2);
  EXPECT_TRUE(journal.newest(0).empty());
}

TEST(RingJournal, KeepsTheLastThousand) {
  RingJournal journal;
  for (int i = 0; i < 2345; ++i) journal.add(record(i));
  const auto newest = journal.newest();
  ASSERT_EQ(newest.size(), 1000U);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(newest[static_cast<std::size_t>(i)].rows, 2344 - i);
  EXPECT_EQ(journal.newest(5000).size(), 1000U);
}

TEST(RingJournal, CutsLongStatementsOnACharacterEdge) {
  RingJournal journal;
  auto long_one = record(1);
  long_one.statement = std::string(RingJournal::kStatementBytes - 1, 'x') + "é and more";
  journal.add(long_one);
  EXPECT_EQ(journal.newest()[0].statement, std::string(RingJournal::kStatementBytes - 1, 'x') + "…");
}

TEST(RingJournal, ShowsNoSecretOfAStatementAlsoWhereItIsCut) {
  scrub("journal-secret-4711");
  RingJournal journal;
  auto r = record(1);
  r.statement = "SELECT 'journal-secret-4711'";
  journal.add(r);
  EXPECT_EQ(journal.newest()[0].statement, "SELECT '***'");
  r.statement = std::string(RingJournal::kStatementBytes - 8, 'x') + " journal-secret-4711";
  journal.add(r);
  EXPECT_EQ(journal.newest()[0].statement.find("journal"), std::string::npos);
}

TEST(RingJournal, TakesRecordsOfManyThreads) {
  RingJournal journal;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        journal.add(record(i));
        if (i % 50 == 0) {
          EXPECT_FALSE(journal.newest(10).empty());
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(journal.newest().size(), 800U);
}

TEST(RingJournal, IsReadPieceByPiece) {
  RingJournal journal;
  for (int i = 0; i < 5; ++i) journal.add(record(i));
  auto piece = journal.since(0, 3);
  ASSERT_EQ(piece.records.size(), 3U);
  EXPECT_EQ(piece.records[0].rows, 0);
  EXPECT_EQ(piece.next, 3U);
  piece = journal.since(piece.next, 3);
  ASSERT_EQ(piece.records.size(), 2U);
  EXPECT_EQ(piece.records[1].rows, 4);
  EXPECT_EQ(piece.missed, 0U);
  EXPECT_TRUE(journal.since(piece.next, 3).records.empty());
}

TEST(RingJournal, CountsWhatAReaderWasTooSlowFor) {
  RingJournal journal;
  for (int i = 0; i < 2345; ++i) journal.add(record(i));
  const auto piece = journal.since(10, 1);
  EXPECT_EQ(piece.missed, 1335U);
  ASSERT_EQ(piece.records.size(), 1U);
  EXPECT_EQ(piece.records[0].rows, 1345);
  EXPECT_EQ(piece.next, 1346U);
}

TEST(RingJournal, WakesItsReaderOnceForManyRecords) {
  RingJournal journal;
  int woken = 0;
  journal.set_reader([&] { ++woken; });
  for (int i = 0; i < 5; ++i) journal.add(record(i));
  EXPECT_EQ(woken, 1);
  const auto piece = journal.since(0, 100);
  journal.add(record(5));
  EXPECT_EQ(woken, 1) << "it has not said that there is nothing left";
  EXPECT_EQ(journal.since(piece.next, 100).records.size(), 1U);
  EXPECT_TRUE(journal.since(6, 100).records.empty());
  journal.add(record(6));
  EXPECT_EQ(woken, 2);
}

TEST(RingJournal, GivesItsReaderNoSecret) {
  scrub("reader-secret-0815");
  RingJournal journal;
  auto r = record(1);
  r.statement = "SELECT 'reader-secret-0815'";
  journal.add(r);
  EXPECT_EQ(journal.since(0, 1).records.at(0).statement, "SELECT '***'");
}
