#include "fresh_database.hpp"

namespace dbmux::test {
namespace {

class MssqlReading : public MssqlTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(write(*writer_, "CREATE TABLE t (id int PRIMARY KEY, name nvarchar(50))"));
    ASSERT_TRUE(write(*writer_, "INSERT INTO t VALUES (1, N'as it was')"));
  }
  const std::unique_ptr<Conn> writer_ = connect(), reader_ = connect(true);
};

TEST_F(MssqlReading, HonestReadsPass) {
  for (const char* text :
       {"SELECT * FROM t", "  -- a comment; DELETE FROM t\nSELECT 1",
        "/* outer /* nested */ DROP */ SELECT id FROM t;",
        "WITH c AS (SELECT id FROM t) SELECT id FROM c UNION ALL SELECT 2",
        "SELECT N'INSERT INTO t; EXEC x' AS [update]", "SELECT id AS \"delete\" FROM t -- the end",
        "SELECT TOP (1) name FROM dbo.t WHERE name LIKE N'%drop%' ORDER BY id",
        "SELECT id FROM t ORDER BY id OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY",
        "SELECT (SELECT COUNT(*) FROM t), 'it''s'"}) {
    const auto table = run(*reader_, text);
    ASSERT_TRUE(table) << text << ": " << table.error().message;
    EXPECT_EQ(table->summary.enforced_by, (std::vector<std::string>{"parser", "rollback"})) << text;
  }
}

TEST_F(MssqlReading, WhatWritesRunsOrReachesFurtherIsRefused) {
  for (const char* text : {"INSERT INTO t VALUES (2, N'x')",
                           "UPDATE t SET id = 2",
                           "DELETE FROM t",
                           "DROP TABLE t",
                           "TRUNCATE TABLE t",
                           "SELECT 1 DELETE FROM t",
                           "SELECT * INTO made FROM t",
                           "WITH c AS (SELECT 1 AS a) DELETE FROM t",
                           "EXEC('DELETE FROM t')",
                           "SELECT 1 EXEC sp_who",
                           "SELECT 1 COMMIT",
                           "SELECT 1;COMMIT TRAN",
                           "ROLLBACK",
                           "SELECT * FROM OPENROWSET(BULK 'c:\\x', SINGLE_CLOB) AS x",
                           "SELECT * FROM OPENQUERY(other, 'DELETE FROM t')",
                           "SELECT * FROM other.master.dbo.t",
                           "SELECT * FROM other...t",
                           "SELECT NEXT VALUE FOR dbo.s",
                           "SELECT * FROM sys.fn_xe_file_target_read_file('x', NULL, NULL, NULL)",
                           "SELECT 1 SELECT 2",
                           "SELECT 1; SELECT 2",
                           "SELECT 'x",
                           "SELECT 1 /* open",
                           "SELECT 1 WAITFOR DELAY '00:10:00'",
                           "SET NOCOUNT ON",
                           "DECLARE @x int",
                           "SELECT 1 {fn now()}",
                           "SELECT 1)",
                           "x",
                           "(SELECT 1)"}) {
    const auto table = run(*reader_, text);
    ASSERT_FALSE(table) << text;
    const auto category = table.error().category;
    EXPECT_TRUE(category == Category::read_only || category == Category::not_understood)
        << text << ": " << to_string(category) << ": " << table.error().message;
  }
  EXPECT_EQ(rows_of(run(*reader_, "SELECT id, name FROM t")), (Rows{{1, "as it was"}}));
}

TEST_F(MssqlReading, ASingleReadOnAWritingSessionIsHeldToo) {
  EXPECT_FALSE(run(*writer_, "DELETE FROM t"));
  EXPECT_EQ(rows_of(run(*writer_, "SELECT @@TRANCOUNT")), (Rows{{1}}));
  EXPECT_EQ(rows_of(write(*writer_, "SELECT @@TRANCOUNT")), (Rows{{0}}));
}

TEST_F(MssqlReading, AFailureLeavesNoTransactionOpen) {
  EXPECT_FALSE(run(*writer_, "SELECT * FROM nowhere"));
  EXPECT_FALSE(run(*writer_, "SELECT CAST(name AS int) FROM t"));
  EXPECT_EQ(rows_of(write(*writer_, "SELECT @@TRANCOUNT")), (Rows{{0}}));
}

}  // namespace
}  // namespace dbmux::test
