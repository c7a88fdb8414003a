#include "suite.hpp"

namespace dbmux::test {
namespace {

class Transactions : public SqlTest {
 protected:
  void SetUp() override {
    SqlTest::SetUp();
    conn_ = connect();
    set_up_shop(*conn_);
  }
  Result<Table> insert(Conn& conn, int id) {
    const std::string text = quirks().insert_item();
    const auto given = params({id, "in a transaction"});
    return run(
        conn,
        Statement{.language = {}, .text = text, .params = given, .read_only = false, .in_transaction = true});
  }
  Result<Table> items(Conn& conn, bool in_transaction) {
    const std::string text = quirks().select_items();
    return run(conn, Statement{.language = {}, .text = text, .params = {}, .in_transaction = in_transaction});
  }
  std::unique_ptr<Conn> conn_;
  Call call_;
};

TEST_P(Transactions, RolledBackLeaveNothing) {
  ASSERT_TRUE(conn_->begin(call_, false));
  ASSERT_TRUE(insert(*conn_, 1));
  EXPECT_EQ(rows_of(items(*conn_, true)).size(), 1u);
  ASSERT_TRUE(conn_->rollback(call_));
  EXPECT_EQ(rows_of(items(*conn_, false)).size(), 0u);
}

TEST_P(Transactions, CommittedAreSeenByOthers) {
  const auto other = connect(true);
  ASSERT_TRUE(conn_->begin(call_, false));
  const auto inserted = insert(*conn_, 1);
  ASSERT_TRUE(inserted) << inserted.error().message;
  EXPECT_TRUE(inserted->summary.in_transaction);
  const auto meanwhile = items(*other, false);
  if (quirks().readers_pass_writers()) {
    EXPECT_EQ(rows_of(meanwhile).size(), 0u);
  } else {
    ASSERT_FALSE(meanwhile) << "declared: readers wait for writers";
    EXPECT_EQ(meanwhile.error().waited_for, WaitedFor::lock) << meanwhile.error().message;
  }
  ASSERT_TRUE(conn_->commit(call_));
  EXPECT_EQ(rows_of(items(*other, false)).size(), 1u);
  EXPECT_EQ(rows_of(items(*conn_, false)).size(), 1u);
}

TEST_P(Transactions, ReadOnlyOnesRefuseWrites) {
  ASSERT_TRUE(conn_->begin(call_, true));
  const auto refused = insert(*conn_, 1);
  EXPECT_FALSE(refused);
  EXPECT_EQ(rows_of(items(*conn_, true)).size(), 0u);
  ASSERT_TRUE(conn_->rollback(call_));
  const auto afterwards = write(*conn_, quirks().insert_item(), {1, "the connection writes again"});
  EXPECT_TRUE(afterwards) << afterwards.error().message;
}

TEST_P(Transactions, AReadOnlyRequestStaysSoWithinAWritingOne) {
  ASSERT_TRUE(conn_->begin(call_, false));
  const std::string text = quirks().insert_item();
  const auto given = params({1, "no"});
  EXPECT_FALSE(run(*conn_, Statement{.language = {}, .text = text, .params = given, .in_transaction = true}));
  EXPECT_EQ(rows_of(items(*conn_, true)).size(), 0u);
  EXPECT_TRUE(conn_->rollback(call_));
}

TEST_P(Transactions, DoNotNestAndMustBeOpenToEnd) {
  EXPECT_FALSE(conn_->commit(call_));
  EXPECT_FALSE(conn_->rollback(call_));
  ASSERT_TRUE(conn_->begin(call_, false));
  EXPECT_FALSE(conn_->begin(call_, false));
  EXPECT_TRUE(conn_->rollback(call_));
}

TEST_P(Transactions, ResetEndsTheOneThatIsOpen) {
  ASSERT_TRUE(conn_->begin(call_, false));
  ASSERT_TRUE(insert(*conn_, 1));
  const auto reset = conn_->reset(call_);
  if (!quirks().resets()) {
    ASSERT_FALSE(reset);
    EXPECT_EQ(reset.error().category, Category::unsupported);
    return;
  }
  ASSERT_TRUE(reset) << reset.error().message;
  EXPECT_EQ(rows_of(items(*conn_, false)).size(), 0u);
  EXPECT_TRUE(conn_->begin(call_, false));
  EXPECT_TRUE(conn_->rollback(call_));
}

TEST_P(Transactions, ThatAreOpenWhenTheConnectionClosesAreRolledBack) {
  const auto other = connect();
  ASSERT_TRUE(conn_->begin(call_, false));
  ASSERT_TRUE(insert(*conn_, 1));
  conn_.reset();
  EXPECT_EQ(rows_of(items(*other, false)).size(), 0u);
}

FOR_EVERY_ENGINE(Transactions);

}  // namespace
}  // namespace dbmux::test
