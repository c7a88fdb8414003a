// What the room makes of a real database's introspection.
#include "base/text.hpp"
#include "schema/tables.hpp"
#include "sqlite_file.hpp"

namespace dbmux {
namespace {

using namespace std::chrono_literals;

class SqliteSchema : public testing::Test {
 protected:
  void SetUp() override {
    const auto file = folder_.path() / "shop.db";
    make_database(
        file,
        {"CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT)",
         "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES "
         "customers(id) ON DELETE CASCADE, status TEXT DEFAULT 'open', total NUMERIC CHECK (total >= 0), "
         "gross NUMERIC GENERATED ALWAYS AS (total * 1.2) VIRTUAL)",
         "CREATE INDEX orders_customer_idx ON orders (customer_id, status)",
         "CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID",
         "CREATE TABLE links (x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES pairs (a, b))",
         "CREATE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open'",
         "CREATE TRIGGER watch AFTER UPDATE ON orders BEGIN SELECT 1; END",
         "INSERT INTO customers (email) VALUES ('a@example.org'), ('b@example.org')"});
    const auto source = open_sqlite(file);
    conn_ = std::move(*source->connect(call_, true));
  }
  TableDescription describe(const std::string& name) {
    auto d = describe_table(call_, *conn_, object_named(name, ""));
    EXPECT_TRUE(d) << name << ": " << d.error().message;
    return d ? *d : TableDescription{};
  }
  std::vector<TableEntry> tables() { return *list_tables(call_, *conn_, ""); }

  TemporaryFolder folder_;
  Call call_;
  std::unique_ptr<Conn> conn_;
};

TEST_F(SqliteSchema, ListsTablesAndViews) {
  const auto tables = list_tables(call_, *conn_, "");
  ASSERT_TRUE(tables);
  std::string all;
  for (const auto& t : *tables) all += t.schema + "." + t.name + " " + t.kind + "\n";
  EXPECT_EQ(
      all,
      "main.customers table\nmain.links table\nmain.open_orders view\nmain.orders table\nmain.pairs table\n");
}

TEST_F(SqliteSchema, ListsWhatIsLikeAPattern) {
  const auto tables = list_tables(call_, *conn_, "main", "%orders");
  ASSERT_TRUE(tables);
  ASSERT_EQ(tables->size(), 2u);
  EXPECT_EQ((*tables)[1].name, "orders");
}

TEST_F(SqliteSchema, DescribesColumns) {
  const auto d = describe("orders");
  std::vector<std::string> columns;
  for (const auto& c : d.columns)
    columns.push_back(c.name + " " + c.type + (c.nullable ? "" : " not null") +
                      (c.primary_key ? " key" : "") +
                      (c.default_value ? " default " + *c.default_value : "") +
                      (c.generated ? " generated " + *c.generated : ""));
  EXPECT_EQ(columns, (std::vector<std::string>{"id INTEGER not null key", "customer_id INTEGER not null",
                                               "status TEXT default 'open'", "total NUMERIC",
                                               "gross NUMERIC generated virtual"}));
}

TEST_F(SqliteSchema, DescribesKeysOfBothSidesIndexesConstraintsAndTriggers) {
  const auto d = describe("main.orders");
  ASSERT_EQ(d.foreign_keys.size(), 1u);
  EXPECT_EQ(d.foreign_keys[0].table, "main.orders");
  EXPECT_EQ(d.foreign_keys[0].columns, std::vector<std::string>{"customer_id"});
  EXPECT_EQ(d.foreign_keys[0].references, "main.customers");
  EXPECT_EQ(d.foreign_keys[0].reference_columns, std::vector<std::string>{"id"});
  EXPECT_EQ(d.foreign_keys[0].on_delete, "CASCADE");
  ASSERT_EQ(d.indexes.size(), 1u);
  EXPECT_EQ(d.indexes[0].columns, (std::vector<std::string>{"customer_id", "status"}));
  EXPECT_FALSE(d.indexes[0].unique);
  EXPECT_EQ(joined(d.constraints, "; "), "CHECK (total >= 0)");
  ASSERT_EQ(d.triggers.size(), 1u);
  EXPECT_EQ(d.triggers[0].name + " " + d.triggers[0].timing + " " + d.triggers[0].event,
            "watch AFTER UPDATE");
  const auto customers = describe("customers");
  ASSERT_EQ(customers.referenced_by.size(), 1u);
  EXPECT_EQ(customers.referenced_by[0].table, "main.orders");
  EXPECT_EQ(customers.referenced_by[0].columns, std::vector<std::string>{"customer_id"});
}

TEST_F(SqliteSchema, DescribesKeysOfSeveralColumns) {
  const auto d = describe("links");
  ASSERT_EQ(d.foreign_keys.size(), 1u);
  EXPECT_EQ(d.foreign_keys[0].columns, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(d.foreign_keys[0].reference_columns, (std::vector<std::string>{"a", "b"}));
}

TEST_F(SqliteSchema, DescribesAViewWithItsText) {
  const auto d = describe("open_orders");
  EXPECT_EQ(d.table.kind, "view");
  EXPECT_EQ(d.view_text, "CREATE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open'");
  EXPECT_EQ(describe("orders").view_text, "");
}

TEST_F(SqliteSchema, SaysThatATableIsNotThere) {
  const auto d = describe_table(call_, *conn_, {{}, {}, "order"});
  ASSERT_FALSE(d);
  EXPECT_EQ(d.error().category, Category::not_found);
  EXPECT_EQ(d.error().object, "order");
}

TEST_F(SqliteSchema, FindsTablesAndColumnsByAPartOfTheirName) {
  const auto by_column = search(call_, *conn_, tables(), "", "CUSTOMER");
  ASSERT_TRUE(by_column);
  ASSERT_EQ(by_column->size(), 2u);
  EXPECT_EQ((*by_column)[0].table.name, "customers");
  EXPECT_TRUE((*by_column)[0].columns.empty());
  EXPECT_EQ((*by_column)[1].table.name, "orders");
  ASSERT_EQ((*by_column)[1].columns.size(), 1u);
  EXPECT_EQ((*by_column)[1].columns[0].name, "customer_id");
  const auto nothing = search(call_, *conn_, tables(), "", "invoice");
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->empty());
}

TEST_F(SqliteSchema, CountsExactlyWithinItsBudgetAndEstimatesWithoutOne) {
  const auto exact = count_rows(call_, *conn_, {{}, "main", "customers"}, 10s);
  EXPECT_EQ(exact.rows, 2);
  EXPECT_EQ(exact.is, std::string_view("exact"));
  const auto unknown = count_rows(call_, *conn_, {{}, "main", "nothing"}, 10s);
  EXPECT_FALSE(unknown.rows);
  EXPECT_EQ(unknown.is, std::string_view("unknown"));
  const auto without = count_rows(call_, *conn_, {{}, "main", "customers"}, 0ms);
  EXPECT_NE(without.is, std::string_view("exact"));
}

TEST_F(SqliteSchema, SuggestsTheNearestTables) {
  EXPECT_EQ(nearest_names(call_, *conn_, tables(), "order", "main").at(0), "orders");
  EXPECT_EQ(nearest_names(call_, *conn_, tables(), "main.custmers", "main"),
            std::vector<std::string>{"customers"});
  EXPECT_EQ(nearest_names(call_, *conn_, tables(), "custmers", "public"),
            std::vector<std::string>{"main.customers"});
  EXPECT_TRUE(nearest_names(call_, *conn_, tables(), "zzzzzzzz", "main").empty());
  EXPECT_EQ(nearest_names(call_, *conn_, tables(), "nmae", "main", "SELECT nmae FROM customers"),
            std::vector<std::string>{"name"});
  EXPECT_TRUE(nearest_names(call_, *conn_, tables(), "nmae", "main", "SELECT nmae FROM nowhere").empty());
}

}  // namespace
}  // namespace dbmux
