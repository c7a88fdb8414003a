#include <algorithm>

#include "suite.hpp"

namespace dbmux::test {
namespace {

class Batches : public DriverTest {};

TEST_P(Batches, OfAnySizeGiveTheSameRows) {
  const auto conn = connect();
  Rows expected;
  for (int i = 1; i <= 1000; ++i) expected.push_back(quirks().number(i));
  const std::string text = quirks().numbers(1000);
  for (const std::uint32_t size : {1u, 2u, 256u, 1000u, 5000u}) {
    const auto table = run(*conn, Statement{.language = {}, .text = text, .params = {}, .batch_rows = size});
    EXPECT_EQ(rows_of(table), expected) << "batches of " << size;
    for (const auto rows : table->batches) EXPECT_LE(rows, size);
  }
}

TEST_P(Batches, AfterTheEndStayEmpty) {
  const auto conn = connect();
  Call call;
  const std::string text = quirks().numbers(1);
  auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = {}});
  ASSERT_TRUE(cursor);
  EXPECT_EQ((*cursor)->next_batch()->rows, 1u);
  EXPECT_EQ((*cursor)->next_batch()->rows, 0u);
  EXPECT_EQ((*cursor)->next_batch()->rows, 0u);
  EXPECT_FALSE((*cursor)->next_result().value());
}

TEST_P(Batches, ACursorClosedEarlyLeavesTheConnectionUsable) {
  const auto conn = connect();
  const std::string text = quirks().numbers(std::min(quirks().most_numbers(), std::int64_t{1'000'000}));
  for (int i = 0; i < 20; ++i) {
    Call call;
    auto cursor = conn->execute(call, Statement{.language = {}, .text = text, .params = {}});
    ASSERT_TRUE(cursor);
    if (i % 2 == 0) {
      EXPECT_GT((*cursor)->next_batch()->rows, 0u);
    }
    const auto closed = (*cursor)->close();
    EXPECT_TRUE(closed) << closed.error().message;
  }
  EXPECT_EQ(rows_of(run(*conn, quirks().echo(1), {"still here"})), Rows{quirks().echoed({"still here"})});
  EXPECT_FALSE(conn->dead());
}

FOR_EVERY_ENGINE(Batches);

}  // namespace
}  // namespace dbmux::test
