#include <gtest/gtest.h>

#include "../connections/scripted_session.hpp"
#include "query/rows.hpp"

namespace dbmux {
namespace {

// Keeps what comes behind a cut; cancels the call, or wants no more, when it has `most` rows.
class Kept : public Overflow {
 public:
  explicit Kept(std::int64_t most = 1'000'000, Call* cancels = nullptr) : most_(most), cancels_(cancels) {}
  void begin(std::size_t columns) override { columns_ = columns; }
  void delivered(std::span<const Cell> cells, std::uint32_t rows) override {
    for (std::uint32_t r = 0; r < rows; ++r) before.push_back(cells[r * columns_].i64);
  }
  bool take(std::span<const Cell> cells, std::uint32_t rows) override {
    for (std::uint32_t r = 0; r < rows; ++r) numbers.push_back(cells[r * columns_].i64);
    if (static_cast<std::int64_t>(numbers.size()) < most_) return true;
    if (cancels_) cancels_->cancel(Call::Stop::deadline);
    return cancels_ != nullptr;
  }
  std::vector<std::int64_t> before, numbers;

 private:
  std::int64_t most_;
  Call* cancels_;
  std::size_t columns_ = 0;
};

class WriteRows : public testing::Test {
 protected:
  void SetUp() override {
    auto plugin = scripted_plugins().plugin("scripted");
    ASSERT_TRUE(plugin) << plugin.error().message;
    auto source = (*plugin)->open(call_, {}, {});
    conn_ = std::move(*(*source)->connect(call_, true));
  }
  Result<Written> write(std::string_view script, const WriteRequest& request = {},
                        Overflow* overflow = nullptr) {
    Statement statement;
    statement.text = script;
    statement.batch_rows = batch_rows_;
    cursor_ = std::move(*conn_->execute(call_, statement));
    CursorRows rows(*cursor_);
    Output out;
    auto written = write_rows(call_, rows, out, request, overflow);
    text_ = out.take_string();
    return written;
  }

  Call call_;
  std::uint32_t batch_rows_ = 4;
  std::unique_ptr<Conn> conn_;
  std::unique_ptr<Cursor> cursor_;
  std::string text_;
};

TEST_F(WriteRows, WritesEverythingWithinTheLimits) {
  const auto w = write("series 10", {.limits = {.rows = 10}});
  ASSERT_TRUE(w);
  EXPECT_EQ(text_, R"("columns":["n"],"rows":[[1],[2],[3],[4],[5],[6],[7],[8],[9],[10]])");
  EXPECT_EQ(w->rows, 10);
  EXPECT_EQ(w->cut, RowWriter::Cut::none);
  EXPECT_TRUE(w->ended);
  EXPECT_EQ(w->seen, 10);
}

TEST_F(WriteRows, StopsFetchingAtTheFirstRowThatDoesNotFit) {
  for (const std::uint32_t batch : {1u, 3u, 4u, 100u}) {
    batch_rows_ = batch;
    const auto w = write("series 10", {.limits = {.rows = 3}});
    ASSERT_TRUE(w);
    EXPECT_EQ(text_, R"("columns":["n"],"rows":[[1],[2],[3]])") << batch;
    EXPECT_EQ(w->cut, RowWriter::Cut::rows);
    EXPECT_FALSE(w->ended);
    EXPECT_EQ(w->seen, 3);
  }
}

TEST_F(WriteRows, HandsTheRowsBehindTheCutToTheOverflow) {
  for (const std::uint32_t batch : {1u, 3u, 4u, 100u}) {
    batch_rows_ = batch;
    Kept kept;
    const auto w = write("series 10", {.limits = {.rows = 3}}, &kept);
    ASSERT_TRUE(w);
    EXPECT_EQ(kept.before, (std::vector<std::int64_t>{1, 2, 3})) << batch;
    EXPECT_EQ(kept.numbers, (std::vector<std::int64_t>{4, 5, 6, 7, 8, 9, 10})) << batch;
    EXPECT_EQ(w->rows, 3);
    EXPECT_TRUE(w->ended);
    EXPECT_EQ(w->seen, 10);
  }
}

TEST_F(WriteRows, StopsWhenTheOverflowWantsNoMore) {
  batch_rows_ = 1;
  Kept kept(2);
  const auto w = write("series 10", {.limits = {.rows = 3}}, &kept);
  ASSERT_TRUE(w);
  EXPECT_EQ(kept.numbers, (std::vector<std::int64_t>{4, 5}));
  EXPECT_FALSE(w->ended);
}

TEST_F(WriteRows, ShowsTheOverflowWhatTheAnswerHasWhereNothingIsCut) {
  Kept kept(0);
  const auto w = write("series 3", {.limits = {.rows = 3}}, &kept);
  ASSERT_TRUE(w);
  EXPECT_TRUE(w->ended);
  EXPECT_EQ(kept.before, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_TRUE(kept.numbers.empty());
}

class Told : public Sink {
 public:
  void progress(double done, double, std::string_view message) override {
    said.emplace_back(done, std::string(message));
  }
  void notice(Notice, std::int64_t, std::string_view) override {}
  std::vector<std::pair<double, std::string>> said;
};

TEST_F(WriteRows, TellsHowFarItIsEveryHundredThousandRows) {
  Told told;
  Call call({}, kNever, &told);
  Statement statement;
  statement.text = "series 250000";
  statement.batch_rows = 1000;
  auto cursor = std::move(*conn_->execute(call, statement));
  CursorRows rows(*cursor);
  Output out;
  ASSERT_TRUE(write_rows(call, rows, out, {.limits = {}, .telling = "rows saved"}, nullptr));
  EXPECT_EQ(told.said, (std::vector<std::pair<double, std::string>>{{100'000, "100,000 rows saved"},
                                                                    {200'000, "200,000 rows saved"}}));
}

TEST_F(WriteRows, KeepsTheAnswerWhenTheCallEndsBehindTheCut) {
  batch_rows_ = 1;
  Kept kept(2, &call_);
  const auto w = write("series 10", {.limits = {.rows = 3}}, &kept);
  ASSERT_TRUE(w);
  EXPECT_EQ(w->rows, 3);
  EXPECT_FALSE(w->ended);
}

TEST_F(WriteRows, KeepsTheAnswerWhenTheRowsBehindTheCutFail) {
  Kept kept;
  const auto w =
      write(R"({"columns":["a"],"rows":[[1],[2],[3],[4],[5]],"then":"error {\"category\":\"invalid\"}"})",
            {.limits = {.rows = 2}}, &kept);
  ASSERT_TRUE(w);
  EXPECT_EQ(text_, R"("columns":["a"],"rows":[[1],[2]])");
  EXPECT_FALSE(w->ended);
}

TEST_F(WriteRows, FailsWhenARowBeforeTheCutFails) {
  const auto w = write(R"({"columns":["a"],"rows":[[1],[2]],"then":"error {\"category\":\"invalid\"}"})",
                       {.limits = {.rows = 3}});
  ASSERT_FALSE(w);
  EXPECT_EQ(w.error().category, Category::invalid);
}

TEST_F(WriteRows, ReadsAStatementWithoutRowsToItsEnd) {
  const auto w = write("dirty");
  ASSERT_TRUE(w);
  EXPECT_TRUE(w->columns.empty());
  EXPECT_EQ(w->rows, 0);
  EXPECT_TRUE(w->ended);
}

TEST_F(WriteRows, CountsRowsWithoutColumns) {
  class Nothings : public RowSource {
   public:
    Result<std::vector<std::string>> columns() override { return std::vector<std::string>(); }
    Result<Batch> next() override { return Batch{{}, 0, std::exchange(left_, 0u)}; }

   private:
    std::uint32_t left_ = 5;
  };
  for (const std::int64_t limit : {5, 3}) {
    Nothings rows;
    Output out;
    Kept kept;
    const auto w = write_rows(call_, rows, out, {.limits = {.rows = limit}}, &kept);
    ASSERT_TRUE(w);
    EXPECT_EQ(out.take_string(),
              limit == 5 ? R"("columns":[],"rows":[[],[],[],[],[]])" : R"("columns":[],"rows":[[],[],[]])");
    EXPECT_EQ(w->rows, limit);
    EXPECT_EQ(w->ended, limit == 5);
    EXPECT_TRUE(kept.numbers.empty());
  }
}

TEST_F(WriteRows, CutsByTokensAndBytes) {
  const auto by_tokens =
      write(R"({"columns":["t"],"rows":[[{"fill":"x","n":100}]],"repeat":50})", {.limits = {.tokens = 200}});
  ASSERT_TRUE(by_tokens);
  EXPECT_EQ(by_tokens->cut, RowWriter::Cut::tokens);
  EXPECT_LT(by_tokens->rows, 7);
  const auto by_bytes =
      write(R"({"columns":["t"],"rows":[[{"fill":"x","n":100}]],"repeat":50})", {.limits = {.bytes = 500}});
  ASSERT_TRUE(by_bytes);
  EXPECT_EQ(by_bytes->cut, RowWriter::Cut::bytes);
  EXPECT_LT(text_.size(), 600u);
}

TEST_F(WriteRows, ReportsClippedAndBrokenCells) {
  const auto w =
      write(R"({"columns":["a","b"],"rows":[[1,{"fill":"x","n":100}],[{"text_hex":"c328"},"ok"]]})",
            {.limits = {.cell = 10}});
  ASSERT_TRUE(w);
  EXPECT_EQ(w->clipped, (std::vector<std::pair<std::int64_t, std::uint32_t>>{{0, 1}}));
  EXPECT_EQ(w->broken_cells, 1);
  EXPECT_EQ(text_, R"("columns":["a","b"],"rows":[[1,"xxxxxxxxxx… [+90 characters]"],["wyg=","ok"]])");
}

TEST(WhyCut, IsSaidInWords) {
  using Cut = RowWriter::Cut;
  const RowLimits limits{.rows = 1000, .tokens = 10'000, .bytes = 1'048'576, .cell = 0};
  EXPECT_EQ(why_cut(Cut::rows, limits), "limit: 1,000 rows");
  EXPECT_EQ(why_cut(Cut::rows, {.rows = 1}), "limit: 1 row");
  EXPECT_EQ(why_cut(Cut::tokens, limits), "limit: about 10,000 tokens");
  EXPECT_EQ(why_cut(Cut::bytes, limits), "limit: 1,048,576 bytes");
  EXPECT_EQ(why_cut(Cut::none, limits), "");
}

}  // namespace
}  // namespace dbmux
