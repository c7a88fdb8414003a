#include <algorithm>
#include <set>

#include "suite.hpp"

namespace dbmux::test {
namespace {

class Scans : public SqlTest {
 protected:
  void SetUp() override {
    SqlTest::SetUp();
    conn_ = connect();
    set_up_shop(*conn_);
  }
  Result<Table> page(const Scan& scan) {
    Call call;
    auto cursor = conn_->scan(call, scan);
    if (!cursor) return fail(cursor.error());
    return fetch(**cursor);
  }
  // All rows by pages of `size`: by `after` where the engine gives one, else by offset.
  Rows all_pages(const std::string& table, std::int64_t size) {
    Rows all;
    Scan scan;
    scan.table.name = table;
    scan.limit = size;
    for (int pages = 0; pages < 1000; ++pages) {
      const auto result = page(scan);
      const Rows rows = rows_of(result);
      all.insert(all.end(), rows.begin(), rows.end());
      EXPECT_LE(rows.size(), static_cast<std::size_t>(size));
      if (!result || result->summary.next.empty()) return all;
      EXPECT_EQ(rows.size(), static_cast<std::size_t>(size)) << "only the last page is shorter";
      scan.after = result->summary.next;
    }
    ADD_FAILURE() << table << " has no end";
    return all;
  }
  std::unique_ptr<Conn> conn_;
};

struct Listed {
  const char* table;
  std::size_t rows;
};
constexpr Listed kTables[] = {{"customers", 3}, {"orders", 53}, {"order_lines", 60},
                              {"tags", 45},     {"items", 0},   {"open_orders", 26}};

TEST_P(Scans, VisitEveryRowExactlyOnce) {
  for (const auto& [table, rows] : kTables)
    for (const std::int64_t size : {1, 7, 26, 53, 1000}) {
      const Rows all = all_pages(table, size);
      EXPECT_EQ(all.size(), rows) << table << " in pages of " << size;
      std::set<std::string> seen;
      for (const auto& row : all) seen.insert(testing::PrintToString(row));
      EXPECT_EQ(seen.size(), rows) << table << " in pages of " << size;
    }
}

TEST_P(Scans, GiveTheSameOrderWhateverThePage) {
  for (const char* table : {"orders", "order_lines", "tags"})
    EXPECT_EQ(all_pages(table, 4), all_pages(table, 1000)) << table;
}

TEST_P(Scans, GoInTheOrderOfTheKey) {
  const Rows orders = all_pages("orders", 10);
  EXPECT_TRUE(std::is_sorted(orders.begin(), orders.end(),
                             [](const Row& a, const Row& b) { return a[0].i64 < b[0].i64; }));
  const Rows lines = all_pages("order_lines", 10);
  EXPECT_TRUE(std::is_sorted(lines.begin(), lines.end(), [](const Row& a, const Row& b) {
    return std::pair(a[0].i64, a[1].i64) < std::pair(b[0].i64, b[1].i64);
  }));
}

TEST_P(Scans, RowsInsertedBehindThePageDoNotShiftIt) {
  Scan scan;
  scan.table.name = "items";
  scan.limit = 2;
  for (const int id : {10, 20, 30, 40}) ASSERT_TRUE(write(*conn_, quirks().insert_item(), {id, "item"}));
  const auto first = page(scan);
  ASSERT_TRUE(first);
  ASSERT_TRUE(write(*conn_, quirks().insert_item(), {5, "late"}));
  scan.after = first->summary.next;
  const Rows second = rows_of(page(scan));
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(second[0][0], Value(30));
}

TEST_P(Scans, GiveOnlyTheColumnsAskedFor) {
  Scan scan;
  scan.table = {"", quirks().default_schema(), "orders"};
  scan.columns = {"status", "id"};
  scan.limit = 3;
  const auto table = page(scan);
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->columns.size(), 2u);
  EXPECT_EQ(table->columns[0].name, "status");
  EXPECT_EQ(rows_of(table).at(0), (Row{"paid", 9}));
  scan.after = table->summary.next;
  EXPECT_EQ(rows_of(page(scan)).at(0)[1], Value(39));
}

TEST_P(Scans, TakeAnOffset) {
  Scan scan;
  scan.table.name = "orders";
  scan.limit = 2;
  scan.offset = 51;
  const auto table = page(scan);
  ASSERT_EQ(rows_of(table).size(), 2u);
  EXPECT_EQ(table->rows[1][0], Value(529));
  EXPECT_EQ(table->summary.next, "");
  scan.offset = 100;
  EXPECT_EQ(rows_of(page(scan)), Rows{});
}

TEST_P(Scans, OfSomethingMissingNameIt) {
  Scan scan;
  scan.table.name = "nowhere";
  scan.limit = 1;
  const auto no_table = page(scan);
  ASSERT_FALSE(no_table);
  EXPECT_EQ(no_table.error().category, Category::not_found);
  EXPECT_EQ(no_table.error().object, "nowhere");
  scan.table.name = "orders";
  scan.columns = {"nothing"};
  const auto no_column = page(scan);
  ASSERT_FALSE(no_column);
  EXPECT_EQ(no_column.error().category, Category::not_found) << no_column.error().message;
}

TEST_P(Scans, RefuseAKeyThatIsNotTheirs) {
  Scan scan;
  scan.table.name = "orders";
  scan.limit = 1;
  for (const char* after : {"rubbish", "'; DROP TABLE orders; --", "\x01\xFF"}) {
    scan.after = after;
    const auto result = page(scan);
    ASSERT_FALSE(result) << after;
    EXPECT_EQ(result.error().category, Category::invalid) << result.error().message;
  }
  EXPECT_EQ(all_pages("orders", 100).size(), 53u);
}

TEST_P(Scans, QuoteNamesThatNeedIt) {
  Scan scan;
  scan.table.name = "orders\"; DROP TABLE orders; --";
  scan.limit = 1;
  const auto result = page(scan);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::not_found) << result.error().message;
  EXPECT_EQ(all_pages("orders", 100).size(), 53u);
}

FOR_EVERY_ENGINE(Scans);

class Counts : public Scans {};

TEST_P(Counts, AreExactWhenAskedSoAndNeverWrongOtherwise) {
  for (const auto& [table, rows] : kTables) {
    Call call;
    const auto exact = conn_->count(call, {"", "", table}, true);
    ASSERT_TRUE(exact) << exact.error().message;
    EXPECT_EQ(*exact, static_cast<std::int64_t>(rows)) << table;
    const auto estimate = conn_->count(call, {"", "", table}, false);
    ASSERT_TRUE(estimate) << estimate.error().message;
    EXPECT_GE(*estimate, -1) << table;
  }
}

TEST_P(Counts, OfAMissingTableNameIt) {
  Call call;
  for (const bool exact : {true, false}) {
    const auto rows = conn_->count(call, {"", "", "nowhere"}, exact);
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().category, Category::not_found);
    EXPECT_EQ(rows.error().object, "nowhere");
  }
}

FOR_EVERY_ENGINE(Counts);

}  // namespace
}  // namespace dbmux::test
