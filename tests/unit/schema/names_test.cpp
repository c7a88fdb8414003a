#include <gtest/gtest.h>

#include "schema/tables.hpp"

namespace dbmux {
namespace {

TEST(ObjectNamed, TakesANameApartAsAModelWritesIt) {
  struct Case {
    const char* written;
    const char* schema_argument;
    const char* schema;
    const char* name;
  };
  for (const auto& c : {
           Case{"orders", "", "", "orders"},
           Case{"orders", "sales", "sales", "orders"},
           Case{"sales.orders", "", "sales", "orders"},
           Case{"sales.orders", "public", "sales", "orders"},
           Case{R"("Orders")", "", "", "Orders"},
           Case{R"("sales"."Orders")", "", "sales", "Orders"},
           Case{R"(sales."Orders")", "", "sales", "Orders"},
           Case{R"("odd.name")", "", "", "odd.name"},
           Case{R"(sales."odd.name")", "", "sales", "odd.name"},
           Case{R"("a""b")", "", "", R"(a"b)"},
           Case{"`sales`.`odd.name`", "", "sales", "odd.name"},
           Case{"[dbo].[order items]", "", "dbo", "order items"},
           Case{"[a]]b]", "", "", "a]b"},
           Case{"order items", "", "", "order items"},
           Case{".orders", "", "", ".orders"},
           Case{"orders.", "", "", "orders."},
           Case{"\"", "", "", "\""},
           Case{"", "main", "main", ""},
       }) {
    const auto object = object_named(c.written, c.schema_argument);
    EXPECT_EQ(object.schema, c.schema) << c.written;
    EXPECT_EQ(object.name, c.name) << c.written;
    EXPECT_EQ(object.catalog, "");
  }
}

TEST(Shown, PutsTheSchemaBeforeTheName) {
  EXPECT_EQ(shown({"", "sales", "orders"}), "sales.orders");
  EXPECT_EQ(shown({"", "", "orders"}), "orders");
}

}  // namespace
}  // namespace dbmux
