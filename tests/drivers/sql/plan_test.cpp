#include <algorithm>

#include "base/json.hpp"
#include "suite.hpp"

namespace dbmux::test {
namespace {

class Plans : public SqlTest {
 protected:
  void SetUp() override {
    SqlTest::SetUp();
    conn_ = connect();
    set_up_shop(*conn_);
  }
  Result<Table> explain(const std::string& text, bool read_only = true) {
    Call call;
    auto cursor = conn_->explain(
        call, Statement{.language = {}, .text = text, .params = {}, .read_only = read_only}, false);
    if (!cursor) return fail(cursor.error());
    return fetch(**cursor);
  }
  Result<Analysis> analyze(const std::string& text) {
    Call call;
    return conn_->analyze(call, Statement{.language = {}, .text = text, .params = {}, .read_only = false});
  }
  std::unique_ptr<Conn> conn_;
};

bool number_or_null(const JsonValue* v) { return v && (v->IsNumber() || v->IsNull()); }

TEST_P(Plans, HaveTheCommonShape) {
  const Rows rows = rows_of(explain(quirks().select_items()));
  ASSERT_EQ(rows.size(), 1u);
  ASSERT_EQ(rows[0].size(), 1u);
  EXPECT_EQ(rows[0][0].kind, Kind::json);
  const auto plan = parse_json(rows[0][0].bytes);
  ASSERT_TRUE(plan) << rows[0][0].bytes;
  for (const char* key : {"cost", "rows", "ms"}) EXPECT_TRUE(number_or_null(member(*plan, key))) << key;
  ASSERT_TRUE(member(*plan, "text"));
  EXPECT_GT(view(*member(*plan, "text")).size(), 0u);
  const auto* nodes = member(*plan, "nodes");
  ASSERT_TRUE(nodes && nodes->IsArray());
  ASSERT_GT(nodes->Size(), 0u);
  bool names_the_table = false;
  for (const auto& node : nodes->GetArray()) {
    EXPECT_TRUE(member(node, "op"));
    EXPECT_TRUE(member(node, "depth") && member(node, "depth")->IsInt());
    const auto* object = member(node, "object");
    names_the_table = names_the_table || (object && object->IsString() && view(*object) == "items");
  }
  EXPECT_TRUE(names_the_table) << rows[0][0].bytes;
}

TEST_P(Plans, DoNotRunTheStatement) {
  ASSERT_TRUE(write(*conn_, quirks().insert_item(), {1, "one"}));
  static_cast<void>(explain(quirks().update_all_items(), false));
  EXPECT_EQ(rows_of(run(*conn_, quirks().select_items())), (Rows{{1, "one"}}));
}

TEST_P(Plans, OfABrokenStatementAreItsError) {
  const ErrorCase broken = quirks().errors().front();
  const auto plan = explain(broken.statement);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().category, broken.category);
}

FOR_EVERY_ENGINE(Plans);

class Analyses : public Plans {};

std::string name_of(const Use& use) {
  return use.column.empty() ? use.object.name : use.object.name + "." + use.column;
}

// Is "table" or "table.column" among them? A table counts when any of its columns does.
bool uses(const Analysis& analysis, const std::string& wanted, bool Use::* how) {
  return std::any_of(analysis.uses.begin(), analysis.uses.end(), [&](const Use& use) {
    return use.*how && (name_of(use) == wanted || use.object.name == wanted ||
                        (how == &Use::calls && use.column == wanted));
  });
}

TEST_P(Analyses, SayWhatAStatementWouldTouch) {
  for (const auto& c : quirks().analyses()) {
    const auto analysis = analyze(c.statement);
    ASSERT_TRUE(analysis) << c.name << ": " << analysis.error().message;
    EXPECT_EQ(static_cast<int>(analysis->statement_class), static_cast<int>(c.statement_class)) << c.name;
    std::string found;
    for (const auto& use : analysis->uses) found += name_of(use) + " ";
    for (const auto& name : c.reads)
      EXPECT_TRUE(uses(*analysis, name, &Use::reads)) << c.name << ": " << found;
    for (const auto& name : c.writes)
      EXPECT_TRUE(uses(*analysis, name, &Use::writes)) << c.name << ": " << found;
    for (const auto& name : c.calls)
      EXPECT_TRUE(uses(*analysis, name, &Use::calls)) << c.name << ": " << found;
  }
}

TEST_P(Analyses, AreOfferedWhereTheQuirksSaySo) {
  const auto analysis = analyze(quirks().select_items());
  ASSERT_EQ(analysis.has_value(), !quirks().analyses().empty());
  if (!analysis) {
    EXPECT_EQ(analysis.error().category, Category::unsupported);
  }
}

TEST_P(Analyses, AReadWritesNothing) {
  if (quirks().analyses().empty()) return;
  const auto analysis = analyze(quirks().select_items());
  ASSERT_TRUE(analysis) << analysis.error().message;
  EXPECT_EQ(analysis->statement_class, StatementClass::read);
  EXPECT_TRUE(analysis->complete);
  for (const auto& use : analysis->uses) EXPECT_FALSE(use.writes) << name_of(use);
}

TEST_P(Analyses, RunNothing) {
  for (const auto& text : quirks().writes()) static_cast<void>(analyze(text));
  Call call;
  EXPECT_EQ(conn_->count(call, {"", "", "tags"}, true).value_or(-1), 45);
}

FOR_EVERY_ENGINE(Analyses);

}  // namespace
}  // namespace dbmux::test
