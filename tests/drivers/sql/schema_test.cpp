#include <algorithm>
#include <map>

#include "suite.hpp"

namespace dbmux::test {
namespace {

class Schema : public SqlTest {
 protected:
  void SetUp() override {
    SqlTest::SetUp();
    conn_ = connect();
    set_up_shop(*conn_);
  }
  Result<Table> ask(Meta kind, ObjectName object = {}, std::string_view like = {}) {
    Call call;
    auto cursor = conn_->introspect(call, kind, object, like);
    if (!cursor) return fail(cursor.error());
    return fetch(**cursor);
  }
  Table must(Meta kind, ObjectName object = {}, std::string_view like = {}) {
    auto table = ask(kind, object, like);
    if (table) return std::move(*table);
    ADD_FAILURE() << table.error().message;
    return {};
  }
  ObjectName shop(std::string name) const { return {"", quirks().default_schema(), std::move(name)}; }
  // The row whose column has this value.
  static std::size_t where(const Table& table, std::string_view column, const Value& value) {
    const auto all = table.all(column);
    return static_cast<std::size_t>(std::find(all.begin(), all.end(), value) - all.begin());
  }
  static bool truthy(const Value& v) {
    return (v.kind == Kind::boolean || v.kind == Kind::i64) && v.i64 != 0;
  }

  std::unique_ptr<Conn> conn_;
};

TEST_P(Schema, ListsTablesAndViews) {
  const Table objects = must(Meta::objects, {"", quirks().default_schema(), ""});
  std::map<std::string, std::string> types;
  for (std::size_t r = 0; r < objects.rows.size(); ++r)
    types[objects.at(r, "name").bytes] = objects.at(r, "type").bytes;
  EXPECT_EQ(types, (std::map<std::string, std::string>{{"customers", "table"},
                                                       {"orders", "table"},
                                                       {"order_lines", "table"},
                                                       {"tags", "table"},
                                                       {"items", "table"},
                                                       {"open_orders", "view"}}));
  for (const auto& schema : objects.all("schema")) EXPECT_EQ(schema, Value(quirks().default_schema()));
}

TEST_P(Schema, NarrowsByPattern) {
  const Table some = must(Meta::objects, {}, "%order%");
  auto names = some.all("name");
  std::sort(names.begin(), names.end(), [](const Value& a, const Value& b) { return a.bytes < b.bytes; });
  EXPECT_EQ(names, (std::vector<Value>{"open_orders", "order_lines", "orders"}));
}

TEST_P(Schema, NamesItsDefault) {
  const auto schemas = must(Meta::schemas).all("name");
  EXPECT_NE(std::find(schemas.begin(), schemas.end(), Value(quirks().default_schema())), schemas.end());
}

TEST_P(Schema, DescribesColumnsInOrder) {
  const Table columns = must(Meta::columns, shop("customers"));
  EXPECT_EQ(columns.all("name"), (std::vector<Value>{"id", "name", "email", "balance", "shout"}));
  EXPECT_EQ(columns.all("position"), (std::vector<Value>{1, 2, 3, 4, 5}));
  EXPECT_TRUE(truthy(columns.at(0, "is_primary_key")));
  EXPECT_FALSE(truthy(columns.at(1, "is_primary_key")));
  EXPECT_FALSE(truthy(columns.at(1, "nullable")));
  EXPECT_TRUE(truthy(columns.at(2, "nullable")));
  EXPECT_EQ(columns.at(3, "default_value"), Value("0"));
  EXPECT_EQ(columns.at(2, "default_value"), Value());
  EXPECT_EQ(columns.at(0, "generated"), Value());
  EXPECT_NE(columns.at(4, "generated"), Value());
  EXPECT_FALSE(truthy(columns.at(0, "inferred")));
  for (const auto& object : columns.all("object")) EXPECT_EQ(object, Value("customers"));
  EXPECT_EQ(must(Meta::columns, shop("items")).at(2, "native_type"), Value(quirks().binary_type()));
}

TEST_P(Schema, DescribesTheColumnsOfViewsAndOfAllTablesAtOnce) {
  EXPECT_EQ(must(Meta::columns, shop("open_orders")).all("name"), (std::vector<Value>{"id", "customer_id"}));
  const Table all = must(Meta::columns);
  EXPECT_EQ(all.rows.size(), 5u + 3u + 3u + 2u + 3u + 2u);
}

TEST_P(Schema, MarksEveryColumnOfACompositeKey) {
  const Table columns = must(Meta::columns, shop("order_lines"));
  ASSERT_EQ(columns.rows.size(), 3u);
  EXPECT_TRUE(truthy(columns.at(0, "is_primary_key")));
  EXPECT_TRUE(truthy(columns.at(1, "is_primary_key")));
  EXPECT_FALSE(truthy(columns.at(2, "is_primary_key")));
}

TEST_P(Schema, ListsIndexes) {
  const Table indexes = must(Meta::indexes, shop("orders"));
  const std::size_t r = where(indexes, "name", "orders_status");
  ASSERT_LT(r, indexes.rows.size());
  EXPECT_FALSE(truthy(indexes.at(r, "unique")));
  EXPECT_NE(indexes.at(r, "columns").bytes.find("status"), std::string::npos);
  EXPECT_NE(indexes.at(r, "columns").bytes.find("customer_id"), std::string::npos);
  const Table of_customers = must(Meta::indexes, shop("customers"));
  const auto unique = of_customers.all("unique");
  EXPECT_TRUE(std::any_of(unique.begin(), unique.end(), truthy)) << "email is unique";
}

TEST_P(Schema, FollowsForeignKeysBothWays) {
  for (const auto& [kind, asked] :
       {std::pair{Meta::foreign_keys, "orders"}, {Meta::referenced_by, "customers"}}) {
    const Table keys = must(kind, shop(asked));
    ASSERT_EQ(keys.rows.size(), 1u) << asked;
    EXPECT_EQ(keys.at(0, "object"), Value("orders"));
    EXPECT_EQ(keys.at(0, "ref_object"), Value("customers"));
    EXPECT_NE(keys.at(0, "columns").bytes.find("customer_id"), std::string::npos);
    EXPECT_NE(keys.at(0, "ref_columns").bytes.find("id"), std::string::npos);
    EXPECT_EQ(keys.at(0, "on_delete"), Value("CASCADE"));
  }
  EXPECT_TRUE(must(Meta::foreign_keys, shop("customers")).rows.empty());
  EXPECT_TRUE(must(Meta::referenced_by, shop("orders")).rows.empty());
}

TEST_P(Schema, ListsConstraints) {
  const Table constraints = must(Meta::constraints, shop("orders"));
  std::string definitions;
  for (const auto& v : constraints.all("definition")) definitions += v.bytes + "\n";
  EXPECT_NE(definitions.find("shipped"), std::string::npos) << definitions;
}

TEST_P(Schema, ShowsTriggersAndTheTextOfViews) {
  const Table triggers = must(Meta::triggers, shop("orders"));
  ASSERT_EQ(triggers.rows.size(), 1u);
  EXPECT_EQ(triggers.at(0, "name"), Value("orders_touch"));
  EXPECT_EQ(triggers.at(0, "timing"), Value("AFTER"));
  EXPECT_EQ(triggers.at(0, "event"), Value("UPDATE"));
  const Table view = must(Meta::view_text, shop("open_orders"));
  ASSERT_EQ(view.rows.size(), 1u);
  EXPECT_NE(view.at(0, "text").bytes.find("open"), std::string::npos);
}

TEST_P(Schema, AnObjectThatIsNotThereHasNoColumns) {
  const auto columns = ask(Meta::columns, shop("nowhere"));
  if (columns) {
    EXPECT_TRUE(columns->rows.empty());
  } else {
    EXPECT_EQ(columns.error().category, Category::not_found);
    EXPECT_EQ(columns.error().object, "nowhere");
  }
}

TEST_P(Schema, HealthIsOneOfFourWords) {
  const Table health = must(Meta::health);
  ASSERT_FALSE(health.rows.empty());
  for (const auto& status : health.all("status"))
    EXPECT_TRUE(status.bytes == "ok" || status.bytes == "warn" || status.bytes == "fail" ||
                status.bytes == "unknown")
        << status.bytes;
  EXPECT_EQ(health.at(0, "status"), Value("ok")) << health.at(0, "value").bytes;
}

TEST_P(Schema, CanBeAskedOnAReadOnlyConnection) {
  const auto expected = must(Meta::objects).all("name");  // estimates change by themselves
  conn_ = connect(true);
  EXPECT_EQ(must(Meta::objects).all("name"), expected);
  EXPECT_FALSE(must(Meta::stats).rows.empty());
}

FOR_EVERY_ENGINE(Schema);

}  // namespace
}  // namespace dbmux::test
