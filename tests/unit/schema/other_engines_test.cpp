// What engines may answer that SQLite never does, by the scripted plugin's catalogue.
#include "../connections/scripted_session.hpp"
#include "schema/tables.hpp"

namespace dbmux {
namespace {

class OtherEngines : public testing::Test {
 protected:
  Conn& with_catalog(std::string catalog) {
    auto plugin = scripted_plugins().plugin("scripted");
    Param p;
    p.name = "catalog";
    p.kind = Kind::text;
    p.text = std::move(catalog);
    auto source = (*plugin)->open(call_, {&p, 1}, {});
    EXPECT_TRUE(source) << source.error().message;
    conn_ = std::move(*(*source)->connect(call_, true));
    return *conn_;
  }
  std::vector<TableEntry> tables(Conn& conn) {
    auto listed = list_tables(call_, conn, "");
    EXPECT_TRUE(listed) << listed.error().message;
    return listed ? *listed : std::vector<TableEntry>();
  }
  Call call_;
  std::unique_ptr<Conn> conn_;
};

constexpr const char* kOrders = R"("objects":[["public","orders","table","paid and open",48210,null]],
  "columns":[["public","orders",1,"id","bigint",false,true,null,null,"",false],
             ["public","orders",2,"note","text",true,false,null,"","free words",true]])";

TEST_F(OtherEngines, LeavesOutWhatAnEngineDoesNotOffer) {
  auto& conn = with_catalog(std::string("{") + kOrders + "}");
  const auto d = describe_table(call_, conn, {{}, "public", "orders"});
  ASSERT_TRUE(d) << d.error().message;
  EXPECT_EQ(d->table.comment, "paid and open");
  EXPECT_EQ(d->table.row_estimate, 48210);
  EXPECT_FALSE(d->columns[1].generated) << "an empty text is no generated column";
  EXPECT_TRUE(d->columns[1].inferred);
  EXPECT_TRUE(d->indexes.empty());
  EXPECT_TRUE(d->foreign_keys.empty());
  EXPECT_TRUE(d->referenced_by.empty());
  EXPECT_TRUE(d->constraints.empty());
}

TEST_F(OtherEngines, ReadsListsOfColumnsInEitherForm) {
  auto& conn = with_catalog(std::string("{") + kOrders + R"(,
    "indexes":[["public","orders","a",true,false,"id, note","",null,true],
               ["public","orders","b",false,true,"[\"with, comma\",\"note\"]","",null,true],
               ["public","orders","c",false,false,"[null,\"id\"]","",null,true],
               ["public","orders","d",false,false,"","",null,true]]})");
  const auto d = describe_table(call_, conn, {{}, "public", "orders"});
  ASSERT_TRUE(d) << d.error().message;
  using Names = std::vector<std::string>;
  ASSERT_EQ(d->indexes.size(), 4u);
  EXPECT_EQ(d->indexes[0].columns, (Names{"id", "note"}));
  EXPECT_TRUE(d->indexes[0].unique);
  EXPECT_EQ(d->indexes[1].columns, (Names{"with, comma", "note"}));
  EXPECT_TRUE(d->indexes[1].primary);
  EXPECT_EQ(d->indexes[2].columns, (Names{"(expression)", "id"}));
  EXPECT_TRUE(d->indexes[3].columns.empty());
}

TEST_F(OtherEngines, FindsTheWordInComments) {
  auto& conn = with_catalog(std::string("{") + kOrders + "}");
  const auto by_table = search(call_, conn, tables(conn), "", "OPEN");
  ASSERT_TRUE(by_table && by_table->size() == 1);
  EXPECT_TRUE((*by_table)[0].columns.empty());
  const auto by_column = search(call_, conn, tables(conn), "", "free");
  ASSERT_TRUE(by_column && by_column->size() == 1);
  EXPECT_EQ((*by_column)[0].columns[0].name, "note");
}

TEST_F(OtherEngines, TakesAllButLettersLiterallyAndKnowsTheCaseOfEveryScript) {
  auto& conn = with_catalog(R"({"objects":[["a","plain","table","",1,null],["b","plain","table","",1,null],
    ["a","50% off","table","",1,null],["a","x","table","ΟΔΥΣΣΕΎΣ und Żółw",1,null]],
    "columns":[["b","plain",1,"net_price","int",false,true,null,null,"",false],
               ["b","plain",2,"netxprice","int",false,true,null,null,"",false],
               ["a","plain",1,"Größe","int",false,true,null,null,"",false]]})");
  const auto all = tables(conn);
  const auto found = [&](std::string_view term) {
    std::string text;
    const auto matches = search(call_, conn, all, "", term);
    EXPECT_TRUE(matches) << term;
    for (std::size_t i = 0; matches && i < matches->size(); ++i) {
      const auto& m = (*matches)[i];
      text += m.table.schema + "." + m.table.name;
      for (const auto& c : m.columns) text += " " + c.name;
      text += "\n";
    }
    return text;
  };
  EXPECT_EQ(found("0%"), "a.50% off\n");
  EXPECT_EQ(found("%"), "a.50% off\n");
  EXPECT_EQ(found("NET_P"), "b.plain net_price\n");
  EXPECT_EQ(found("\\"), "");
  EXPECT_EQ(found("GRÖSSE"), "") << "letters are compared one by one";
  EXPECT_EQ(found("GRÖ"), "a.plain Größe\n");
  EXPECT_EQ(found("οδυσσεύς"), "a.x\n");
  EXPECT_EQ(found("żÓŁW"), "a.x\n");
}

TEST_F(OtherEngines, NamesTablesOfOtherSchemasWithTheirSchema) {
  auto& conn = with_catalog(
      R"({"objects":[["public","orders","table","",1,null],["sales","orders_2024","table","",1,null]]})");
  const auto names = nearest_names(call_, conn, tables(conn), "orders_2025", "public");
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0], "sales.orders_2024");
  EXPECT_EQ(names[1], "orders");
}

TEST_F(OtherEngines, ReportsAnIntrospectionThatFails) {
  auto& conn = with_catalog(std::string("{") + kOrders + "}");
  ASSERT_TRUE(
      run_script(call_, conn, R"(fail-next introspect 1 {"category":"denied","message":"not yours"})"));
  const auto tables = list_tables(call_, conn, "");
  ASSERT_FALSE(tables);
  EXPECT_EQ(tables.error().message, "not yours");
}

TEST_F(OtherEngines, FallsBackToTheEstimateWhenCountingTakesTooLong) {
  auto& conn = with_catalog(std::string("{") + kOrders + "}");
  ASSERT_TRUE(run_script(call_, conn, R"(fail-next count 1 {"category":"timeout"})"));
  const auto count = count_rows(call_, conn, {{}, "", "numbers"}, std::chrono::seconds(5));
  EXPECT_EQ(count.rows, 1000);
  EXPECT_EQ(count.is, std::string_view("estimate"));
}

}  // namespace
}  // namespace dbmux
