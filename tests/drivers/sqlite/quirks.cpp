#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "../../temporary_folder.hpp"
#include "describe/sha256.hpp"
#include "quirks.hpp"

namespace dbmux::test {
namespace {

namespace fs = std::filesystem;

class FileDatabase : public Database {
 public:
  FileDatabase() { std::ofstream(folder_ / "test.db"); }  // a reading session makes no file
  std::vector<Param> options() const override {
    Param create;
    create.name = "createIfNotExists";
    create.kind = Kind::boolean;
    create.i64 = 1;
    return {param((folder_ / "test.db").string(), "filename"), create, param(2000, "busyTimeout")};
  }
  std::string fingerprint() const override {
    auto all = text_of(folder_ / "test.db");
    for (const auto& entry : fs::directory_iterator(folder_.path())) all += entry.path().filename();
    return sha256_hex(all);
  }

 private:
  const TemporaryFolder folder_;
};

class MemoryDatabase : public Database {
 public:
  std::vector<Param> options() const override {
    return {param(":memory:", "filename"), param(100, "busyTimeout")};
  }
};

std::string counting(std::int64_t n) {
  return "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < " + std::to_string(n) +
         ") ";
}

class Sqlite : public SqlQuirks {
 public:
  std::string plugin() const override { return "sqlite"; }

  std::string numbers(std::int64_t n) const override { return counting(n) + "SELECT n FROM c"; }
  std::string long_statement() const override {
    return counting(1'000'000'000'000) + "SELECT count(*) FROM c";
  }
  std::string echo(std::size_t n) const override {
    std::string text = "SELECT ";
    for (std::size_t i = 0; i < n; ++i) text += i == 0 ? "?" : ", ?";
    return text;
  }
  std::vector<std::string> named_echoes() const override {
    return {"SELECT :a, :b", "SELECT @a, @b", "SELECT $a, $b", "SELECT :a, @b"};
  }
  std::string wide_row(std::size_t n) const override {
    std::string text = "SELECT 1";
    for (std::size_t i = 2; i <= n; ++i) text += ", " + std::to_string(i);
    return text;
  }
  std::string duplicate_names() const override { return "SELECT 1 AS a, 2 AS a"; }
  std::string mixed_kinds() const override { return "VALUES (1), ('text'), (0.5), (NULL)"; }

  std::vector<ValueCase> values() const override {
    using Limits = std::numeric_limits<double>;
    using std::string;
    return {{"null", "SELECT NULL", nullptr},
            {"zero", "SELECT 0", 0},
            {"biggest integer", "SELECT 9223372036854775807", std::numeric_limits<std::int64_t>::max()},
            {"smallest integer", "SELECT -9223372036854775808", std::numeric_limits<std::int64_t>::min()},
            {"integer beyond a double", "SELECT 9007199254740993", std::int64_t{9007199254740993}},
            {"real", "SELECT 0.1", 0.1},
            {"whole real", "SELECT 1.0", 1.0},
            {"biggest real", "SELECT 1.7976931348623157e308", Limits::max()},
            {"smallest normal real", "SELECT 2.2250738585072014e-308", Limits::min()},
            {"infinity", "SELECT 9e999", Limits::infinity()},
            {"minus infinity", "SELECT -9e999", -Limits::infinity()},
            {"not a number is NULL", "SELECT 9e999 - 9e999", nullptr},
            {"text", "SELECT 'text'", "text"},
            {"empty text", "SELECT ''", ""},
            {"text with NUL", "SELECT 'a' || char(0) || 'b'", string("a\0b", 3)},
            {"text beyond the BMP", "SELECT '👩‍👩‍👧 Żółw 山田'",
             "👩‍👩‍👧 Żółw 山田"},
            {"noncharacter", "SELECT char(65535)", "\xEF\xBF\xBF"},
            {"invalid UTF-8", "SELECT CAST(x'61C328' AS TEXT)", blob("a\xC3(")},
            {"UTF-8 of a surrogate", "SELECT CAST(x'EDA080' AS TEXT)", blob("\xED\xA0\x80")},
            {"blob", "SELECT x'00FF10'", blob(string("\0\xFF\x10", 3))},
            {"empty blob", "SELECT x''", blob("")},
            {"zeroblob", "SELECT zeroblob(3)", blob(string(3, '\0'))},
            {"boolean is an integer", "SELECT 1 = 1", 1}};
  }

  std::vector<std::string> setup() const override {
    return {
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE, "
        "balance NUMERIC DEFAULT 0, shout TEXT GENERATED ALWAYS AS (upper(name)) VIRTUAL)",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) "
        "ON DELETE CASCADE, status TEXT DEFAULT 'open' CHECK (status IN ('open', 'paid', 'shipped')))",
        "CREATE INDEX orders_status ON orders (status, customer_id)",
        "CREATE TABLE order_lines (order_id INTEGER, line INTEGER, text TEXT, PRIMARY KEY (order_id, line)) "
        "WITHOUT ROWID",
        "CREATE TABLE tags (name TEXT PRIMARY KEY, weight INTEGER)",
        "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, data BLOB)",
        "CREATE VIEW open_orders AS SELECT id, customer_id FROM orders WHERE status = 'open'",
        "CREATE TRIGGER orders_touch AFTER UPDATE ON orders BEGIN "
        "UPDATE customers SET balance = balance + 1 WHERE id = new.customer_id; END",
        "INSERT INTO customers (id, name, email) VALUES (1, 'Ada', 'ada@example.org'), (2, 'Żółw', NULL), "
        "(3, 'O''Brien', 'ob@example.org')",
        counting(53) +
            "INSERT INTO orders (id, customer_id, status) SELECT n * 10 - 1, 1 + n % 3, "
            "CASE n % 2 WHEN 0 THEN 'open' ELSE 'paid' END FROM c",
        counting(60) + "INSERT INTO order_lines SELECT 1 + n % 7, n, 'line ' || n FROM c",
        counting(45) +
            "INSERT INTO tags SELECT CASE n % 3 WHEN 0 THEN 'it''s ' WHEN 1 THEN 'Ż' ELSE '' END || "
            "char(96 + n), n FROM c"};
  }
  std::string insert_item() const override { return "INSERT INTO items (id, name) VALUES (?, ?)"; }
  std::string select_items() const override { return "SELECT id, name FROM items ORDER BY id"; }
  std::string update_all_items() const override { return "UPDATE items SET name = name || '!'"; }
  std::string no_rows() const override { return "SELECT id, name FROM items WHERE 0"; }

  std::vector<std::string> writes() const override {
    return {"INSERT INTO tags VALUES ('new', 1)",
            "INSERT INTO tags VALUES ('new', 1) RETURNING name",
            "REPLACE INTO tags VALUES ('new', 1)",
            "INSERT INTO tags VALUES ('new', 1) ON CONFLICT DO NOTHING",
            "UPDATE tags SET weight = 0",
            "DELETE FROM tags",
            "WITH x AS (SELECT 1) DELETE FROM tags",
            "CREATE TABLE made (a)",
            "CREATE TABLE made AS SELECT 1 AS a",
            "CREATE TEMP TABLE made (a)",
            "CREATE VIEW made AS SELECT 1",
            "CREATE INDEX made ON tags (weight)",
            "CREATE TRIGGER made AFTER DELETE ON tags BEGIN SELECT 1; END",
            "CREATE VIRTUAL TABLE made USING fts5(a)",
            "DROP TABLE tags",
            "DROP VIEW open_orders",
            "DROP INDEX orders_status",
            "DROP TRIGGER orders_touch",
            "ALTER TABLE tags RENAME TO labels",
            "ALTER TABLE tags ADD COLUMN colour",
            "ALTER TABLE tags DROP COLUMN weight",
            "VACUUM",
            "REINDEX",
            "ANALYZE",
            "BEGIN IMMEDIATE",
            "PRAGMA user_version = 7",
            "PRAGMA journal_mode = WAL",
            "PRAGMA writable_schema = 1",
            "PRAGMA query_only = 0",
            "PRAGMA wal_checkpoint(TRUNCATE)"};
  }

  std::vector<ErrorCase> errors() const override {
    return {
        {"syntax", "SELEC 1", Category::syntax, "", 1},
        {"syntax behind other letters", "SELECT 'ééé', FROM tags", Category::syntax, "", 15},
        {"unfinished text", "SELECT 1 +", Category::syntax},
        {"missing table", "SELECT * FROM nowhere", Category::not_found, "nowhere"},
        {"missing column", "SELECT no_such FROM tags", Category::not_found, "no_such"},
        {"missing function", "SELECT no_such_function(1)", Category::not_found, "no_such_function"},
        {"table exists", "CREATE TABLE tags (a)", Category::exists, "tags"},
        {"duplicate key", "INSERT INTO customers (id, name) VALUES (1, 'again')", Category::constraint},
        {"duplicate of a unique column",
         "INSERT INTO customers (name, email) VALUES ('x', 'ada@example.org')", Category::constraint},
        {"NULL where none may be", "INSERT INTO customers (name) VALUES (NULL)", Category::constraint},
        {"failed check", "INSERT INTO orders (customer_id, status) VALUES (1, 'lost')", Category::constraint},
        {"missing parent", "INSERT INTO orders (customer_id) VALUES (77)", Category::constraint},
        {"two statements", "SELECT 1; SELECT 2", Category::invalid},
        {"nothing", "", Category::invalid},
        {"only a comment", "-- nothing", Category::invalid}};
  }

  std::vector<ObjectCase> objects() const override {
    return {{"customers", "table", {"id", "name", "email", "balance", "shout"}},
            {"items", "table", {"id", "name", "data"}},
            {"open_orders", "view", {"id", "customer_id"}}};
  }

  std::vector<AnalysisCase> analyses() const override {
    return {{"a join",
             "SELECT upper(c.name) FROM customers c JOIN orders o ON o.customer_id = c.id",
             StatementClass::read,
             {"customers.name", "customers.id", "orders.customer_id"},
             {},
             {"upper"}},
            {"through a view", "SELECT id FROM open_orders", StatementClass::read, {"orders.status"}},
            {"insert", "INSERT INTO tags (name) VALUES ('x')", StatementClass::write, {}, {"tags"}},
            {"update", "UPDATE tags SET weight = 1", StatementClass::write, {}, {"tags.weight"}},
            {"delete", "DELETE FROM tags WHERE weight = 1", StatementClass::write, {"tags.weight"}, {"tags"}},
            {"update with a trigger",
             "UPDATE orders SET status = 'paid'",
             StatementClass::write,
             {},
             {"orders.status", "customers.balance"}},
            {"create", "CREATE TABLE made (a)", StatementClass::ddl},
            {"drop", "DROP TABLE tags", StatementClass::ddl},
            {"begin", "BEGIN", StatementClass::session}};
  }

  std::string default_schema() const override { return "main"; }
  std::string binary_type() const override { return "BLOB"; }
  std::set<Meta> kinds() const override {
    return {Meta::schemas,      Meta::objects,   Meta::columns,      Meta::indexes,
            Meta::foreign_keys, Meta::view_text, Meta::stats,        Meta::constraints,
            Meta::health,       Meta::triggers,  Meta::referenced_by};
  }
  bool resets() const override { return true; }
};

class SqliteFile : public Sqlite {
 public:
  std::string name() const override { return "sqlite_file"; }
  std::unique_ptr<Database> create() const override { return std::make_unique<FileDatabase>(); }
  bool readers_pass_writers() const override { return true; }
};

class SqliteMemory : public Sqlite {
 public:
  std::string name() const override { return "sqlite_memory"; }
  std::unique_ptr<Database> create() const override { return std::make_unique<MemoryDatabase>(); }
  bool readers_pass_writers() const override { return false; }
};

}  // namespace

const std::vector<const Quirks*>& quirks() {
  static const SqliteFile file;
  static const SqliteMemory memory;
  static const std::vector<const Quirks*> all{&file, &memory};
  return all;
}

}  // namespace dbmux::test
