#include <map>

#include "suite.hpp"

namespace dbmux::test {
namespace {

const std::map<Meta, std::vector<std::string>>& fixed_columns() {
  static const std::map<Meta, std::vector<std::string>> table{
      {Meta::catalogs, {"name", "comment"}},
      {Meta::schemas, {"catalog", "name", "comment"}},
      {Meta::objects, {"schema", "name", "type", "comment", "row_estimate", "bytes"}},
      {Meta::columns,
       {"schema", "object", "position", "name", "native_type", "nullable", "is_primary_key", "default_value",
        "generated", "comment", "inferred"}},
      {Meta::constraints, {"schema", "object", "name", "type", "columns", "definition"}},
      {Meta::indexes,
       {"schema", "object", "name", "unique", "primary", "columns", "definition", "bytes", "valid"}},
      {Meta::foreign_keys,
       {"schema", "object", "name", "columns", "ref_schema", "ref_object", "ref_columns", "on_update",
        "on_delete"}},
      {Meta::referenced_by,
       {"schema", "object", "name", "columns", "ref_schema", "ref_object", "ref_columns", "on_update",
        "on_delete"}},
      {Meta::triggers, {"schema", "object", "name", "timing", "event", "text"}},
      {Meta::view_text, {"schema", "object", "text"}},
      {Meta::stats, {"name", "value", "unit"}},
      {Meta::routines, {"schema", "name", "arguments", "returns", "volatility"}},
      {Meta::health, {"check", "status", "value", "advice"}},
      {Meta::top_queries, {"text", "calls", "total_ms", "mean_ms", "rows"}},
      {Meta::activity, {"id", "user", "state", "text", "ms", "waits_for"}}};
  return table;
}

class Introspection : public DriverTest {
 protected:
  void SetUp() override {
    DriverTest::SetUp();
    conn_ = connect();
    set_up_shop(*conn_);
  }
  Result<Table> ask(Meta kind, const ObjectName& object = {}) {
    Call call;
    auto cursor = conn_->introspect(call, kind, object);
    if (!cursor) return fail(cursor.error());
    return fetch(**cursor);
  }

  std::unique_ptr<Conn> conn_;
};

TEST_P(Introspection, EveryKindHasItsFixedColumnsOrIsDeclaredUnsupported) {
  for (const auto& [kind, names] : fixed_columns()) {
    const int number = static_cast<int>(kind);
    const auto table = ask(kind);
    if (!quirks().kinds().contains(kind)) {
      ASSERT_FALSE(table) << number;
      EXPECT_EQ(table.error().category, Category::unsupported) << number;
      continue;
    }
    ASSERT_TRUE(table) << number << ": " << table.error().message;
    ASSERT_GE(table->columns.size(), names.size()) << number;
    for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(table->columns[i].name, names[i]) << number;
  }
}

TEST_P(Introspection, ListsTheObjectsOfTheDefaultSchema) {
  const auto listed = ask(Meta::objects);
  ASSERT_TRUE(listed) << listed.error().message;
  std::map<std::string, std::string> types;
  for (std::size_t r = 0; r < listed->rows.size(); ++r)
    types[listed->at(r, "name").bytes] = listed->at(r, "type").bytes;
  for (const auto& object : quirks().objects()) EXPECT_EQ(types[object.name], object.type) << object.name;
}

TEST_P(Introspection, DescribesTheColumnsOfAnObject) {
  for (const auto& object : quirks().objects()) {
    const auto described = ask(Meta::columns, {"", "", object.name});
    ASSERT_TRUE(described) << object.name << ": " << described.error().message;
    ASSERT_GE(described->rows.size(), object.columns.size()) << object.name;
    for (std::size_t i = 0; i < object.columns.size(); ++i) {
      EXPECT_EQ(described->at(i, "name"), Value(object.columns[i])) << object.name;
      EXPECT_EQ(described->at(i, "object"), Value(object.name));
      EXPECT_FALSE(described->at(i, "native_type").bytes.empty()) << object.columns[i];
    }
  }
}

FOR_EVERY_ENGINE(Introspection);

}  // namespace
}  // namespace dbmux::test
