#include "fresh_database.hpp"

namespace dbmux::test {
namespace {

class Mssql final : public Quirks {
 public:
  Mssql(std::string name, Tls tls) : name_(std::move(name)), tls_(tls) {}
  std::string name() const override { return name_; }
  std::string plugin() const override { return "mssql"; }
  std::unique_ptr<Database> create() const override { return std::make_unique<FreshDatabase>(tls_); }

  std::string numbers(std::int64_t n) const override {
    return "WITH c AS (SELECT CAST(1 AS bigint) AS n UNION ALL SELECT n + 1 FROM c WHERE n < " +
           std::to_string(n) + ") SELECT n FROM c OPTION (MAXRECURSION 0)";
  }
  std::string long_statement() const override {
    return "WITH c AS (SELECT CAST(1 AS bigint) AS n UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000000) "
           "SELECT COUNT_BIG(*) AS n FROM c OPTION (MAXRECURSION 0)";
  }
  std::string echo(std::size_t n) const override {
    std::string text = "SELECT ";
    for (std::size_t i = 1; i <= n; ++i) text += (i == 1 ? "@p" : ", @p") + std::to_string(i);
    return text;
  }
  std::vector<std::string> named_echoes() const override {
    return {"SELECT @a, @b", "SELECT @A AS a, @B AS b"};
  }

  std::vector<std::string> setup() const override {
    return {
        "CREATE TABLE customers (id int PRIMARY KEY, name nvarchar(100) NOT NULL, email nvarchar(200) "
        "UNIQUE, "
        "balance decimal(12,2) DEFAULT 0, shout AS (UPPER(name)))",
        "CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers (id) ON "
        "DELETE CASCADE, "
        "status nvarchar(20) DEFAULT N'open' CONSTRAINT orders_status_known CHECK (status IN (N'open', "
        "N'paid', N'shipped')))",
        "CREATE INDEX orders_status ON orders (status)",
        "CREATE TABLE items (id bigint PRIMARY KEY, name nvarchar(200) NOT NULL, data varbinary(max))",
        "CREATE VIEW open_orders AS SELECT id, customer_id FROM orders WHERE status = N'open'",
        "INSERT INTO customers (id, name, email) VALUES (1, N'Ada', N'ada@example.org'), (2, N'Żółw', "
        "N'z@example.org'), "
        "(3, N'O''Brien', N'ob@example.org')",
        "WITH c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 53) "
        "INSERT INTO orders (id, customer_id) SELECT n, 1 + n % 3 FROM c"};
  }
  std::string insert_item() const override { return "INSERT INTO items (id, name) VALUES (@p1, @p2)"; }
  std::string select_items() const override { return "SELECT id, name FROM items ORDER BY id"; }

  std::vector<ErrorCase> errors() const override {
    return {
        {"syntax", "SELECT 1 +", Category::syntax},
        {"no table", "SELECT * FROM nowhere", Category::not_found, "nowhere"},
        {"no column", "SELECT nothing FROM customers", Category::not_found, "nothing"},
        {"no function", "SELECT nothing_of_the_kind(1)", Category::not_found, "nothing_of_the_kind"},
        {"no procedure", "EXEC nothing_of_the_kind", Category::not_found, "nothing_of_the_kind"},
        {"table exists", "CREATE TABLE items (a int)", Category::exists, "items"},
        {"duplicate key", "INSERT INTO customers (id, name) VALUES (1, N'again')", Category::constraint},
        {"NULL where none may be", "INSERT INTO customers (id) VALUES (100)", Category::constraint},
        {"failed check", "INSERT INTO orders (id, customer_id, status) VALUES (100, 1, N'lost')",
         Category::constraint},
        {"missing parent", "INSERT INTO orders (id, customer_id) VALUES (100, 100)", Category::constraint},
        {"division by zero", "SELECT 1/0", Category::invalid},
        {"bad number", "SELECT CAST(N'x' AS int)", Category::invalid},
        {"raised by the text", "THROW 50001, N'no such luck', 1", Category::invalid},
        {"no statement", " -- nothing", Category::invalid}};
  }
  std::vector<ObjectCase> objects() const override {
    return {{"customers", "table", {"id", "name", "email", "balance", "shout"}},
            {"items", "table", {"id", "name", "data"}},
            {"open_orders", "view", {"id", "customer_id"}}};
  }
  std::set<Meta> kinds() const override {
    return {Meta::schemas, Meta::objects, Meta::columns, Meta::health};
  }

 private:
  const std::string name_;
  const Tls tls_;
};

}  // namespace

const std::vector<const Quirks*>& quirks() {
  static const Mssql plain("TdsPlain", Tls::login_only), encrypted("TdsEncrypted", Tls::checked);
  static const std::vector<const Quirks*> all{&plain, &encrypted};
  return all;
}

}  // namespace dbmux::test
