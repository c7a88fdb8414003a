#include <thread>

#include "fresh_database.hpp"

namespace dbmux::test {
namespace {

class Notes final : public Sink {
 public:
  void progress(double, double, std::string_view) override {}
  void notice(Notice, std::int64_t code, std::string_view text) override {
    all.push_back(std::to_string(code) + " " + std::string(text));
  }
  std::vector<std::string> all;
};

class MssqlResults : public MssqlTest {
 protected:
  const std::unique_ptr<Conn> conn_ = connect();
};

TEST_F(MssqlResults, ComeOneBehindAnother) {
  Call call;
  const std::string text =
      "SELECT 1 AS a; SELECT N'x' AS b, 2 AS c WHERE 1 = 0; PRINT 'between'; SELECT value FROM "
      "GENERATE_SERIES(1, 1000)";
  auto cursor =
      conn_->execute(call, Statement{.language = {}, .text = text, .params = {}, .read_only = false});
  ASSERT_TRUE(cursor) << cursor.error().message;
  EXPECT_EQ(rows_of(fetch(**cursor)), (Rows{{1}}));
  ASSERT_TRUE((*cursor)->next_result().value());
  const auto second = fetch(**cursor);
  EXPECT_EQ(rows_of(second), Rows{});
  ASSERT_EQ(second->columns.size(), 2u);
  EXPECT_EQ(second->columns[0].name, "b");
  ASSERT_TRUE((*cursor)->next_result().value());
  EXPECT_EQ(rows_of(fetch(**cursor)).size(), 1000u);
  EXPECT_FALSE((*cursor)->next_result().value());
}

TEST_F(MssqlResults, CanBeSkippedHalfRead) {
  Call call;
  const std::string text = "SELECT value FROM GENERATE_SERIES(1, 5000); SELECT N'second'";
  auto cursor = conn_->execute(
      call, Statement{.language = {}, .text = text, .params = {}, .read_only = false, .batch_rows = 10});
  ASSERT_TRUE(cursor) << cursor.error().message;
  ASSERT_EQ((*cursor)->next_batch()->rows, 10u);
  ASSERT_TRUE((*cursor)->next_result().value());
  EXPECT_EQ(rows_of(fetch(**cursor)), (Rows{{"second"}}));
}

TEST_F(MssqlResults, CountWhatChanged) {
  ASSERT_TRUE(write(*conn_, "CREATE TABLE t (id int PRIMARY KEY, name nvarchar(20))"));
  EXPECT_EQ(write(*conn_, "INSERT INTO t VALUES (1, N'a'), (2, N'b'), (3, N'c')")->summary.rows_affected, 3);
  EXPECT_EQ(write(*conn_, "UPDATE t SET name = @p1 WHERE id > @p2", {"z", 1})->summary.rows_affected, 2);
  EXPECT_EQ(write(*conn_, "DELETE FROM t WHERE id = @p1", {99})->summary.rows_affected, 0);
  const auto shown = write(*conn_, "INSERT INTO t OUTPUT inserted.id, inserted.name VALUES (7, N'seven')");
  EXPECT_EQ(rows_of(shown), (Rows{{7, "seven"}}));
}

TEST_F(MssqlResults, BringTheServersMessages) {
  Notes notes;
  Call call({}, kNever, &notes);
  const std::string text =
      "PRINT 'two\nlines' SELECT 1 RAISERROR('number %d of %s', 5, 1, 7, 'x') RAISERROR('ten', 10, 1)";
  auto cursor =
      conn_->execute(call, Statement{.language = {}, .text = text, .params = {}, .read_only = false});
  ASSERT_TRUE(cursor) << cursor.error().message;
  EXPECT_EQ(rows_of(fetch(**cursor)), (Rows{{1}}));
  EXPECT_EQ(notes.all, (std::vector<std::string>{"0 two\nlines", "50000 number 7 of x", "50000 ten"}));
}

TEST_F(MssqlResults, AnErrorHasItsNumberAndLineAndTheSecondMessage) {
  ASSERT_TRUE(write(*conn_, "CREATE TABLE t (id int PRIMARY KEY)"));
  ASSERT_TRUE(write(*conn_, "INSERT INTO t VALUES (1)"));
  const auto missing = run(*conn_, "SELECT id\nFROM t\nJOIN nowhere ON 1 = 1");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "208");
  EXPECT_EQ(missing.error().object, "nowhere");
  const auto raised = write(*conn_, "SELECT 1\n\nTHROW 51234, N'on the third line', 2");
  ASSERT_FALSE(raised);
  EXPECT_EQ(raised.error().code, "51234");
  EXPECT_EQ(raised.error().line, 3);
  EXPECT_EQ(raised.error().message, "on the third line");
}

TEST_F(MssqlResults, AnErrorBehindRowsIsNotLost) {
  Call call;
  const std::string text = "SELECT value FROM GENERATE_SERIES(1, 300) RAISERROR('behind the rows', 16, 1)";
  auto cursor = conn_->execute(
      call, Statement{.language = {}, .text = text, .params = {}, .read_only = false, .batch_rows = 100});
  ASSERT_TRUE(cursor) << cursor.error().message;
  std::size_t rows = 0;
  auto batch = (*cursor)->next_batch();
  for (; batch && batch->rows > 0; batch = (*cursor)->next_batch()) rows += batch->rows;
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().message, "behind the rows");
  EXPECT_EQ(rows, 300u);
}

TEST_F(MssqlResults, ErrorsOfTwoConnectionsOnTwoThreadsReachTheirOwn) {
  const auto other = connect();
  const auto raise = [](Conn& conn, const std::string& who) {
    for (int i = 0; i < 200; ++i) {
      const auto text = who + " " + std::to_string(i);
      const auto result = write(conn, "RAISERROR(N'" + text + "', 16, 1)");
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().message, text);
      EXPECT_EQ(result.error().detail, "");
    }
  };
  std::thread one([&] { raise(*conn_, "one"); });
  raise(*other, "other");
  one.join();
}

}  // namespace
}  // namespace dbmux::test
