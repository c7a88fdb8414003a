#include <gtest/gtest.h>

#include "cells.hpp"

using namespace dbmux;
using namespace dbmux::testing;

namespace {

struct Outcome {
  std::string text;
  std::int64_t rows;
  RowWriter::Cut cut;
  std::uint32_t written;
};

Outcome write_rows(Depth depth, const std::vector<Cell>& cells, RowLimits limits,
                   Format format = Format::columnar) {
  Output out;
  const std::string_view column = "c";
  RowWriter writer(out, format, depth, {&column, 1}, limits);
  const auto n = writer.write(cells, static_cast<std::uint32_t>(cells.size()));
  writer.end();
  return {out.take_string(), writer.rows(), writer.cut(), n};
}

}  // namespace

TEST(RowLimits, StopAtARowCountAndSaySoOnlyWhenMoreRowsCame) {
  const std::vector<Cell> three(3, i64(1));
  EXPECT_EQ(write_rows(Depth::plain, three, {.rows = 3}).cut, RowWriter::Cut::none);
  const auto cut = write_rows(Depth::plain, three, {.rows = 2});
  EXPECT_EQ(cut.cut, RowWriter::Cut::rows);
  EXPECT_EQ(cut.written, 2U);
  EXPECT_EQ(cut.text, R"("columns":["c"],"rows":[[1],[1]])");
}

TEST(RowLimits, CountRowsOverSeveralBatches) {
  Output out;
  const std::string_view column = "c";
  RowWriter writer(out, Format::ndjson, Depth::plain, {&column, 1}, {.rows = 3});
  const std::vector<Cell> two(2, i64(1));
  EXPECT_EQ(writer.write(two, 2), 2U);
  EXPECT_EQ(writer.cut(), RowWriter::Cut::none);
  EXPECT_EQ(writer.write(two, 2), 1U);
  EXPECT_EQ(writer.cut(), RowWriter::Cut::rows);
  EXPECT_EQ(writer.write(two, 2), 0U);
  EXPECT_EQ(writer.rows(), 3);
}

TEST(RowLimits, TakeARowBackThatDoesNotFit) {
  // "columns":["c"],"rows":[ is 24 bytes; each row of [1234567] 9 and a comma.
  const std::vector<Cell> rows(5, i64(1234567));
  const auto cut = write_rows(Depth::plain, rows, {.bytes = 24 + 9 + 10});
  EXPECT_EQ(cut.cut, RowWriter::Cut::bytes);
  EXPECT_EQ(cut.rows, 2);
  EXPECT_EQ(cut.text, R"("columns":["c"],"rows":[[1234567],[1234567]])");
  EXPECT_EQ(write_rows(Depth::plain, rows, {.bytes = 24 + 9 + 9}).rows, 1);
}

TEST(RowLimits, AlwaysWriteTheFirstRow) {
  const std::string large(1000, 'x');
  for (const auto& limits : {RowLimits{.tokens = 1}, RowLimits{.bytes = 1}}) {
    const auto outcome = write_rows(Depth::plain, {text(large), i64(1)}, limits);
    EXPECT_EQ(outcome.rows, 1);
    EXPECT_NE(outcome.cut, RowWriter::Cut::none);
    EXPECT_NE(outcome.text.find(large), std::string::npos);
  }
}

TEST(RowLimits, EstimateThreeTokensForEightBytes) {
  const std::vector<Cell> rows(100, i64(1234567));
  const auto outcome = write_rows(Depth::plain, rows, {.tokens = 99});
  EXPECT_EQ(outcome.cut, RowWriter::Cut::tokens);
  // 99 tokens are 264 to 266 bytes: 24 of the head, 9 of the first row, 10 of each other.
  EXPECT_EQ(outcome.rows, 24);
}

TEST(RowLimits, DoNotCountWhatOnlyTheSurroundingStringAdds) {
  std::vector<Cell> rows;
  const std::vector<std::string> texts{
      "plain", "a\"b", "c\\d", "e\nf", "g\x01", "é", "{\"k\": [1,\t\"x\\n\"]}"};
  for (int i = 0; i < 200; ++i) {
    const auto& value = texts[static_cast<std::size_t>(i) % texts.size()];
    rows.push_back(i % 14 == 13 ? json(value) : text(value));
    if (i % 5 == 0) rows.push_back(bytes(value));
    if (i % 7 == 0) rows.push_back(i64(9007199254740993));
    if (i % 11 == 0) rows.push_back(f64(1.0 / 0.0));
    if (i % 13 == 0) rows.push_back(text("a broken \xff one"));
  }
  for (const auto format :
       {Format::columnar, Format::objects, Format::ndjson, Format::csv, Format::markdown}) {
    for (std::int64_t limit = 100; limit < 2500; limit += 37) {
      const RowLimits limits{.bytes = limit, .cell = 16};
      EXPECT_EQ(write_rows(Depth::plain, rows, limits, format).rows,
                write_rows(Depth::in_string, rows, limits, format).rows)
          << static_cast<int>(format) << ' ' << limit;
    }
  }
}

TEST(RowLimits, ForgetWhatTheyNotedOfARowThatIsTakenBack) {
  Output out;
  const std::string_view columns[] = {"a", "b"};
  RowWriter writer(out, Format::columnar, Depth::in_string, columns, {.bytes = 100, .cell = 30});
  const std::string broken(20, '\xff'), large(100, 'x');
  writer.write(std::vector<Cell>{i64(1), i64(2), text(broken), text(large)}, 2);
  EXPECT_EQ(writer.rows(), 1);
  EXPECT_EQ(writer.broken_cells(), 0);
  EXPECT_TRUE(writer.clipped().empty());
}

TEST(RowLimits, HoldAcrossTheSpillToAFile) {
  const std::string large(100'000, 'x');
  const std::vector<Cell> rows(100, text(large));
  const auto outcome = write_rows(Depth::in_string, rows, {.bytes = 3'000'000});
  EXPECT_EQ(outcome.rows, 29);
  EXPECT_EQ(outcome.cut, RowWriter::Cut::bytes);
  EXPECT_EQ(outcome.text.substr(outcome.text.size() - 6), "xx\\\"]]");
}
