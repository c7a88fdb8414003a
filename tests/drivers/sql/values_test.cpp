#include "base/text.hpp"
#include "suite.hpp"

namespace dbmux::test {
namespace {

class Values : public SqlTest {};

TEST_P(Values, ArriveExactlyAsTheEngineHasThem) {
  const auto conn = connect();
  for (const auto& c : quirks().values())
    EXPECT_EQ(rows_of(run(*conn, c.statement)), Rows{{c.expected}}) << c.name << ": " << c.statement;
}

TEST_P(Values, ACellMayDifferInKindFromItsColumn) {
  EXPECT_EQ(rows_of(run(*connect(), quirks().mixed_kinds())), quirks().mixed_rows());
}

TEST_P(Values, ColumnsMayShareAName) {
  const auto table = run(*connect(), quirks().duplicate_names());
  EXPECT_EQ(rows_of(table), (Rows{{1, 2}}));
  ASSERT_EQ(table->columns.size(), 2u);
  EXPECT_EQ(table->columns[0].name, table->columns[1].name);
}

TEST_P(Values, AResultWithoutRowsHasItsColumns) {
  const auto conn = connect();
  set_up_shop(*conn);
  const auto table = run(*conn, quirks().no_rows());
  EXPECT_EQ(rows_of(table), Rows{});
  ASSERT_EQ(table->columns.size(), 2u);
  EXPECT_EQ(table->columns[0].name, "id");
  EXPECT_EQ(table->columns[1].name, "name");
}

TEST_P(Values, AStatementWithoutAResultHasNoColumns) {
  const auto conn = connect();
  set_up_shop(*conn);
  const auto table = write(*conn, quirks().insert_item(), {1, "one"});
  EXPECT_EQ(rows_of(table), Rows{});
  EXPECT_TRUE(table->columns.empty());
}

TEST_P(Values, AsManyColumnsAsTheEngineHas) {
  const auto most = quirks().most_columns();
  const auto rows = rows_of(run(*connect(), quirks().wide_row(most)));
  ASSERT_EQ(rows.size(), 1u);
  ASSERT_EQ(rows[0].size(), most);
  EXPECT_EQ(rows[0].front(), Value(1));
  EXPECT_EQ(rows[0].back(), Value(static_cast<std::int64_t>(most)));
}

Statement cut_at(std::string_view text, std::span<const Param> given, std::uint32_t bytes) {
  return Statement{.language = {}, .text = text, .params = given, .max_cell_bytes = bytes};
}

TEST_P(Values, LongTextIsCutOnACharacterEdgeAndMarked) {
  const auto conn = connect();
  const std::string text = "aéz山🙂!";
  for (std::uint32_t bytes = 1; bytes <= text.size(); ++bytes) {
    const auto given = params({text});
    const auto rows = rows_of(run(*conn, cut_at(quirks().echo(1), given, bytes)));
    ASSERT_EQ(rows.size(), 1u);
    const std::string prefix(utf8_prefix(text, bytes));
    EXPECT_EQ(rows[0][0], bytes < text.size() ? cut(prefix) : Value(text)) << "at " << bytes;
  }
}

TEST_P(Values, LongBytesAreCutExactlyAndMarked) {
  const auto given = params({blob("\xFF\xC3\xA9\x01")});
  EXPECT_EQ(rows_of(run(*connect(), cut_at(quirks().echo(1), given, 2))), Rows{{cut(blob("\xFF\xC3"))}});
}

TEST_P(Values, AMebibyteArrivesWholeWhenNothingCutsIt) {
  const std::string text(1u << 20, 'x');
  EXPECT_EQ(rows_of(run(*connect(), quirks().echo(1), {text})), Rows{{text}});
}

FOR_EVERY_ENGINE(Values);

}  // namespace
}  // namespace dbmux::test
