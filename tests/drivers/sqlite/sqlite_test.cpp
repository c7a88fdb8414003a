// What only SQLite has: files, their journals, locks and pragmas.
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "../../temporary_folder.hpp"
#include "suite.hpp"

namespace dbmux::test {
namespace {

namespace fs = std::filesystem;

class SqliteFiles : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  static Param flag(const char* name, bool on) {
    Param p;
    p.name = name;
    p.kind = Kind::boolean;
    p.i64 = on ? 1 : 0;
    return p;
  }
  static Result<std::unique_ptr<Conn>> connect(const std::vector<Param>& options, bool read_only) {
    Call call;
    auto source = loaded("sqlite")->open(call, options, {});
    if (!source) return fail(source.error());
    return (*source)->connect(call, read_only);
  }
  Result<std::unique_ptr<Conn>> open(const std::string& name, bool read_only = true, bool create = false) {
    return connect(
        {param(path(name), "filename"), flag("createIfNotExists", create), param(50, "busyTimeout")},
        read_only);
  }
  // With the library itself, as another program would.
  static void run_outside(const std::string& file, const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  std::vector<std::string> listing() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  const TemporaryFolder folder_;
};

TEST_F(SqliteFiles, AMissingFileIsNotCreatedAndItsNeighbourIsNamed) {
  run_outside(path("notes.db"), "CREATE TABLE t (a)");
  for (const bool read_only : {true, false}) {
    const auto conn = open("note.db", read_only);
    ASSERT_FALSE(conn);
    const Error& e = conn.error();
    const std::string all = e.message + " " + e.hint + " " + e.detail;
    EXPECT_NE(all.find(path("note.db") + " does not exist"), std::string::npos) << all;
    EXPECT_NE(all.find("notes.db"), std::string::npos) << all;
    EXPECT_NE(all.find("createIfNotExists"), std::string::npos) << all;
    EXPECT_NE(e.category, Category::internal);
  }
  EXPECT_EQ(listing(), std::vector<std::string>{"notes.db"});
}

TEST_F(SqliteFiles, AMissingFileIsCreatedWhenTheOptionSaysSo) {
  const auto conn = open("new.db", false, true);
  ASSERT_TRUE(conn) << conn.error().message;
  EXPECT_TRUE(write(**conn, "CREATE TABLE t (a)"));
  EXPECT_TRUE(fs::exists(path("new.db")));
}

TEST_F(SqliteFiles, WhatIsNoDatabaseIsRefused) {
  std::ofstream(path("letter.db")) << std::string(4096, 'x');
  fs::create_directory(path("folder.db"));
  for (const char* name : {"letter.db", "folder.db"}) {
    const auto conn = open(name);
    const auto result = conn ? run(**conn, "SELECT * FROM sqlite_schema") : Result<Table>(fail(conn.error()));
    ASSERT_FALSE(result) << name;
    EXPECT_NE(result.error().category, Category::internal) << name << ": " << result.error().message;
  }
}

TEST_F(SqliteFiles, UriNamesAreNotFollowed) {
  const auto conn = connect({param("file:" + path("x.db") + "?mode=rwc", "filename")}, false);
  EXPECT_FALSE(conn);
  EXPECT_TRUE(listing().empty());
}

TEST_F(SqliteFiles, TheOptionReadOnlyHoldsAlsoForWritingConnections) {
  run_outside(path("a.db"), "CREATE TABLE t (a)");
  const auto conn = connect({param(path("a.db"), "filename"), flag("readOnly", true)}, false);
  ASSERT_TRUE(conn) << conn.error().message;
  const auto result = write(**conn, "INSERT INTO t VALUES (1)");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::read_only) << result.error().message;
}

TEST_F(SqliteFiles, ReadingLeavesNoFileBehind) {
  run_outside(path("a.db"), "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  {
    const auto conn = open("a.db");
    ASSERT_TRUE(conn) << conn.error().message;
    EXPECT_EQ(rows_of(run(**conn, "SELECT a FROM t")), Rows{{1}});
  }
  EXPECT_EQ(listing(), std::vector<std::string>{"a.db"});
}

TEST_F(SqliteFiles, ARowWrittenByAnotherProgramIsSeen) {
  run_outside(path("a.db"), "CREATE TABLE t (a)");
  const auto conn = open("a.db");
  ASSERT_TRUE(conn) << conn.error().message;
  EXPECT_EQ(rows_of(run(**conn, "SELECT a FROM t")), Rows{});
  run_outside(path("a.db"), "INSERT INTO t VALUES (7)");
  EXPECT_EQ(rows_of(run(**conn, "SELECT a FROM t")), Rows{{7}});
}

TEST_F(SqliteFiles, AWaitForALockEndsAfterTheBusyTimeout) {
  run_outside(path("a.db"), "CREATE TABLE t (a)");
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path("a.db").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto conn = open("a.db", false);
  const auto result = conn ? write(**conn, "INSERT INTO t VALUES (1)") : Result<Table>(fail(conn.error()));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::timeout) << result.error().message;
  EXPECT_EQ(result.error().waited_for, WaitedFor::lock);
  sqlite3_close(other);
}

TEST_F(SqliteFiles, AnotherFileCannotBeAttached) {
  run_outside(path("a.db"), "CREATE TABLE t (a)");
  run_outside(path("secret.db"), "CREATE TABLE s (a); INSERT INTO s VALUES ('secret')");
  for (const bool read_only : {true, false}) {
    const auto conn = open("a.db", read_only);
    ASSERT_TRUE(conn) << conn.error().message;
    for (const std::string& text :
         {"ATTACH '" + path("secret.db") + "' AS s", "ATTACH '" + path("new.db") + "' AS s",
          std::string("ATTACH ':memory:' AS s"), "VACUUM INTO '" + path("new.db") + "'",
          std::string("SELECT load_extension('libm.so.6')")}) {
      const auto result = read_only ? run(**conn, text) : write(**conn, text);
      EXPECT_FALSE(result) << text;
      if (!result) {
        EXPECT_NE(result.error().category, Category::internal) << text << ": " << result.error().message;
      }
    }
    EXPECT_FALSE(run(**conn, "SELECT * FROM s.s"));
  }
  EXPECT_EQ(listing(), (std::vector<std::string>{"a.db", "secret.db"}));
}

TEST_F(SqliteFiles, PragmasThatOnlyTellPass) {
  run_outside(path("a.db"),
              "CREATE TABLE t (a INTEGER PRIMARY KEY, b REFERENCES t (a)); PRAGMA user_version = 3");
  const auto conn = open("a.db");
  ASSERT_TRUE(conn) << conn.error().message;
  EXPECT_EQ(rows_of(run(**conn, "PRAGMA table_info(t)")).size(), 2u);
  EXPECT_EQ(rows_of(run(**conn, "PRAGMA user_version")), Rows{{3}});
  EXPECT_EQ(rows_of(run(**conn, "SELECT name FROM pragma_table_info('t')")), (Rows{{"a"}, {"b"}}));
  for (const char* text :
       {"PRAGMA table_xinfo(t)", "PRAGMA table_list", "PRAGMA index_list(t)", "PRAGMA foreign_key_list(t)",
        "PRAGMA database_list", "PRAGMA compile_options", "PRAGMA encoding", "PRAGMA page_count",
        "PRAGMA journal_mode", "PRAGMA integrity_check"}) {
    const auto result = run(**conn, text);
    EXPECT_TRUE(result) << text << ": " << (result ? "" : result.error().message);
  }
}

TEST_F(SqliteFiles, TableFunctionsAndFullTextSearchWorkReadOnly) {
  run_outside(path("a.db"),
              "CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('green tea'), ('black coffee');"
              "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1); INSERT INTO r VALUES (1, 0, 2)");
  const auto conn = open("a.db");
  ASSERT_TRUE(conn) << conn.error().message;
  EXPECT_EQ(rows_of(run(**conn, "SELECT a FROM f WHERE f MATCH 'tea'")), Rows{{"green tea"}});
  EXPECT_EQ(rows_of(run(**conn, "SELECT id FROM r WHERE x0 < 1")), Rows{{1}});
  EXPECT_EQ(rows_of(run(**conn, "SELECT value FROM json_each('[1,\"b\"]')")), (Rows{{1}, {"b"}}));
}

TEST_F(SqliteFiles, NothingGrowsWithoutBound) {
  run_outside(path("a.db"), "CREATE TABLE t (a)");
  const auto conn = open("a.db");
  ASSERT_TRUE(conn) << conn.error().message;
  for (const char* text :
       {"SELECT printf('%.*c', 2000000000, 'x')", "SELECT format('%.2000000000c', 'x')",
        "SELECT printf(f, 2000000000, 'x') FROM (SELECT '%.*c' AS f)", "SELECT length(zeroblob(1000000000))",
        "SELECT length(randomblob(1000000000))", "SELECT hex(zeroblob(500000000))",
        "SELECT replace(hex(zeroblob(50000)), '0', hex(zeroblob(1000)))"}) {
    Call call({}, Clock::now() + std::chrono::seconds(2));
    auto cursor = (*conn)->execute(call, Statement{.language = {}, .text = text, .params = {}});
    const auto table = cursor ? fetch(**cursor) : Result<Table>(fail(cursor.error()));
    EXPECT_FALSE(table) << text << " gave " << testing::PrintToString(table ? table->rows : Rows{});
  }
}

TEST_F(SqliteFiles, HonestFormatsPass) {
  run_outside(path("a.db"), "CREATE TABLE t (a)");
  const auto conn = open("a.db");
  ASSERT_TRUE(conn) << conn.error().message;
  EXPECT_EQ(rows_of(run(**conn, "SELECT printf('%.2f', 1.5), format('%05d', 42), printf('%-8s|', 'x')")),
            (Rows{{"1.50", "00042", "x       |"}}));
}

TEST_F(SqliteFiles, ColumnsAndKeysAreFoundHoweverTheyAreWritten) {
  run_outside(path("odd.db"), R"(
    CREATE TABLE "double" ("say ""hi"" twice" INT);
    CREATE TABLE tick (`a``b` INT);
    CREATE TABLE quote ('it''s' INT);
    CREATE TABLE later (id INTEGER PRIMARY KEY); ALTER TABLE later ADD COLUMN Added_Late TEXT;
    CREATE TABLE renamed (old INT); ALTER TABLE renamed RENAME COLUMN old TO brand_new;
    CREATE TABLE copied AS SELECT id AS "from copy" FROM later;
    CREATE VIEW seen AS SELECT id AS only_in_view FROM later;
    CREATE VIEW star AS SELECT * FROM renamed;
    CREATE TABLE child (a INT rEfErEnCeS later (id), b INT);
    CREATE TABLE other (b INT);)");
  auto conn = open("odd.db");
  ASSERT_TRUE(conn);
  const auto found = [&](Meta kind, const ObjectName& object, std::string_view like) {
    Call call;
    auto cursor = (*conn)->introspect(call, kind, object, like);
    std::vector<std::string> names;
    if (!cursor) return names;
    auto table = fetch(**cursor);
    if (!table) return names;
    for (const auto& row : table->rows) names.push_back(row[1].bytes);
    return names;
  };
  using Names = std::vector<std::string>;
  const std::pair<const char*, Names> cases[] = {
      {"%say \"hi\" twice%", {"double"}},
      {"%a`b%", {"tick"}},
      {"%it's%", {"quote"}},
      {"%ADDED_late%", {"later"}},
      {"%brand_n%", {"renamed", "star"}},
      {"%from copy%", {"copied"}},
      {"%only_in_view%", {"seen"}},
      {"%nowhere%", {}},
      {"b", {"child", "other"}},
  };
  for (const auto& [like, names] : cases) EXPECT_EQ(found(Meta::columns, {}, like), names) << like;
  EXPECT_EQ(found(Meta::referenced_by, {"", "", "later"}, ""), Names{"child"});
}

TEST_F(SqliteFiles, EstimatesOfAListAreThoseOfItsTables) {
  run_outside(path("counted.db"), R"(
    CREATE TABLE "Analyzed" (a INTEGER PRIMARY KEY); INSERT INTO "Analyzed" VALUES (1), (2), (3);
    ANALYZE; INSERT INTO "Analyzed" VALUES (9);
    CREATE TABLE empty (a INT); CREATE TABLE spanned (a INTEGER PRIMARY KEY); INSERT INTO spanned VALUES (5), (9);
    CREATE TABLE holes (a INTEGER PRIMARY KEY); INSERT INTO holes VALUES (1), (9223372036854775807);
    CREATE TABLE keyed (a TEXT PRIMARY KEY) WITHOUT ROWID; CREATE VIEW seen AS SELECT 1 AS a;)");
  auto conn = open("counted.db");
  ASSERT_TRUE(conn);
  Call call;
  auto cursor = (*conn)->introspect(call, Meta::objects, {}, "");
  ASSERT_TRUE(cursor);
  auto listed = fetch(**cursor);
  ASSERT_TRUE(listed);
  std::string shown;
  for (const auto& row : listed->rows)
    shown += row[1].bytes + "=" + (row[4].kind == Kind::null ? "" : std::to_string(row[4].i64)) + " ";
  EXPECT_EQ(shown, "Analyzed=3 empty=0 holes= keyed= seen= spanned=5 ");
}

TEST_F(SqliteFiles, AMemoryDatabaseBelongsToItsSource) {
  const std::vector<Param> options{param(":memory:", "filename")};
  const auto first = connect(options, false), second = connect(options, false);
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(write(**first, "CREATE TABLE t (a)"));
  EXPECT_TRUE(run(**first, "SELECT * FROM t"));
  EXPECT_FALSE(run(**second, "SELECT * FROM t"));
}

// ---- write-ahead logs in folders that we cannot write

class SqliteWal : public SqliteFiles {
 protected:
  // Leaves a database with row 1 in the file and, if asked, row 2 in its log only, as a crash would.
  void make(bool with_log, bool with_index) {
    const std::string file = path("wal.db"), copy = path("copy");
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    const auto exec = [&](const char* sql) {
      ASSERT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    };
    exec(
        "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1); PRAGMA "
        "wal_checkpoint(TRUNCATE)");
    if (with_log) {
      exec("INSERT INTO t VALUES (2)");
      fs::copy_file(file, copy);
      fs::copy_file(file + "-wal", copy + "-wal");
      fs::copy_file(file + "-shm", copy + "-shm");
    }
    sqlite3_close(db);
    if (with_log) {
      fs::rename(copy, file);
      fs::rename(copy + "-wal", file + "-wal");
      fs::rename(copy + "-shm", file + "-shm");
      if (!with_index) fs::remove(file + "-shm");
    }
  }

  // What somebody who may only read the folder gets: the rows, or "error: …".
  std::string read_as_stranger() {
    loaded("sqlite");
    for (const auto& entry : fs::directory_iterator(folder_.path())) fs::permissions(entry, fs::perms(0444));
    fs::permissions(folder_.path(), fs::perms(0555));
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      constexpr uid_t kNobody = 65534;
      if (geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(3);
      std::string answer;
      {
        const auto conn = open("wal.db");
        const auto table =
            conn ? run(**conn, "SELECT a FROM t ORDER BY a") : Result<Table>(fail(conn.error()));
        if (!table) answer = "error: " + table.error().message;
        if (table)
          for (const auto& row : table->rows) answer += std::to_string(row[0].i64) + " ";
      }
      const bool written =
          ::write(ends[1], answer.data(), answer.size()) == static_cast<ssize_t>(answer.size());
      _exit(written ? 0 : 4);
    }
    close(ends[1]);
    std::string answer;
    char buffer[4096];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(n));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    return answer;
  }
};

TEST_F(SqliteWal, AreReadWhenTheLogIsEmpty) {
  make(false, false);
  EXPECT_EQ(read_as_stranger(), "1 ");
}

TEST_F(SqliteWal, AreReadWithWhatStandsInTheLog) {
  make(true, true);
  EXPECT_EQ(read_as_stranger(), "1 2 ");
}

TEST_F(SqliteWal, AreNeverReadWithoutWhatStandsInTheLog) {
  make(true, false);
  const std::string answer = read_as_stranger();
  EXPECT_TRUE(answer == "1 2 " || answer.starts_with("error: ")) << answer;
}

}  // namespace
}  // namespace dbmux::test
