#include "suite.hpp"

namespace dbmux::test {
namespace {

class ReadOnly : public SqlTest {
 protected:
  // Everything that the shop holds, as a reader sees it.
  Rows content(Conn& conn) {
    Rows all;
    Call call;
    for (const char* table : {"customers", "orders", "order_lines", "tags", "items", "open_orders"}) {
      Scan scan;
      scan.table.name = table;
      scan.limit = 1000;
      auto cursor = conn.scan(call, scan);
      if (!cursor) {
        all.push_back({table, cursor.error().message});
        continue;
      }
      const Rows rows = rows_of(fetch(**cursor));
      all.insert(all.end(), rows.begin(), rows.end());
    }
    for (const auto kind : {Meta::objects, Meta::columns, Meta::indexes, Meta::triggers}) {
      auto cursor = conn.introspect(call, kind, {});
      if (!cursor) continue;
      const Rows rows = rows_of(fetch(**cursor));
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  }

  static bool is_refusal(Category c) {
    return c == Category::read_only || c == Category::not_understood || c == Category::denied;
  }
};

TEST_P(ReadOnly, EveryKindOfWriteIsRefusedAndChangesNothing) {
  {
    const auto conn = connect();
    set_up_shop(*conn);
  }
  const auto keeps_the_database = connect();
  const Rows before = content(*keeps_the_database);
  const std::string stored = database_->fingerprint();
  for (const bool opened_read_only : {true, false}) {
    const auto conn = connect(opened_read_only);
    for (const auto& text : quirks().writes()) {
      const auto result = run(*conn, text);
      if (result) {
        ADD_FAILURE() << "ran: " << text;
        continue;
      }
      EXPECT_TRUE(is_refusal(result.error().category))
          << text << ": " << to_string(result.error().category) << " " << result.error().message;
    }
    EXPECT_EQ(rows_of(run(*conn, quirks().echo(1), {"usable"})), Rows{{"usable"}});
  }
  EXPECT_EQ(content(*keeps_the_database), before);
  EXPECT_EQ(database_->fingerprint(), stored);
}

TEST_P(ReadOnly, AConnectionOpenedSoRefusesWritesWhateverTheRequestSays) {
  const auto writer = connect();
  set_up_shop(*writer);
  const auto reader = connect(true);
  const auto result = write(*reader, quirks().insert_item(), {1, "no"});
  EXPECT_FALSE(result);
  EXPECT_EQ(rows_of(run(*writer, quirks().select_items())), Rows{});
}

TEST_P(ReadOnly, AnAnswerSaysWhatHeldIt) {
  const auto result = run(*connect(true), quirks().numbers(1));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->summary.enforced_by.empty());
}

FOR_EVERY_ENGINE(ReadOnly);

class Writes : public SqlTest {};

TEST_P(Writes, TellHowManyRowsAndWhichId) {
  const auto conn = connect();
  set_up_shop(*conn);
  const auto first = write(*conn, quirks().insert_item(), {nullptr, "first"});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->summary.rows_affected, 1);
  ASSERT_EQ(first->summary.insert_id.has_value(), quirks().tells_insert_id());
  if (quirks().tells_insert_id()) {
    EXPECT_EQ(first->summary.insert_id->i64, 1);
  }
  ASSERT_TRUE(write(*conn, quirks().insert_item(), {nullptr, "second"}));
  const auto both = write(*conn, quirks().update_all_items());
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->summary.rows_affected, 2);
  EXPECT_FALSE(both->summary.insert_id);
  EXPECT_EQ(rows_of(run(*conn, quirks().select_items())), (Rows{{1, "first!"}, {2, "second!"}}));
}

TEST_P(Writes, AReadAffectsNoRows) {
  const auto conn = connect();
  set_up_shop(*conn);
  ASSERT_TRUE(write(*conn, quirks().insert_item(), {nullptr, "one"}));
  const auto read = write(*conn, quirks().select_items());
  ASSERT_TRUE(read);
  EXPECT_LE(read->summary.rows_affected, 0);
  EXPECT_FALSE(read->summary.insert_id);
}

TEST_P(Writes, OfAChangedCatalogueSaySo) {
  const auto conn = connect();
  for (const auto& text : quirks().setup()) {
    const auto done = write(*conn, text);
    ASSERT_TRUE(done);
    const bool ddl = text.starts_with("CREATE") || text.starts_with("create");
    EXPECT_EQ(done->summary.catalog_changed, ddl) << text;
  }
}

TEST_P(Writes, AStatementThatFailsHalfwayLeavesNothing) {
  const auto conn = connect();
  set_up_shop(*conn);
  ASSERT_TRUE(write(*conn, quirks().insert_item(), {1, "one"}));
  ASSERT_FALSE(write(*conn, quirks().insert_item(), {1, "again"}));
  ASSERT_FALSE(write(*conn, quirks().insert_item(), {2, nullptr}));
  EXPECT_EQ(rows_of(run(*conn, quirks().select_items())), (Rows{{1, "one"}}));
}

FOR_EVERY_ENGINE(Writes);

}  // namespace
}  // namespace dbmux::test
