#include <gtest/gtest.h>

#include "base/text.hpp"

using namespace dbmux;

namespace {

using Names = std::vector<std::string>;

struct Question {
  std::string word;
  Names candidates;
  Names nearest;
};

const Question kQuestions[] = {
    {"acces", {"limits", "access", "timeout"}, {"access"}},
    {"orders_2025", {"customers", "orders_2024", "items"}, {"orders_2024"}},
    {"azure-prod", {"local", "azure_dev", "azure_prod"}, {"azure_prod"}},
    {"ORDERS", {"items", "orders"}, {"orders"}},
    {"Orders", {"order", "orders", "ORDERS"}, {"orders", "ORDERS", "order"}},
    {"usr", {"user", "users", "uri"}, {"user"}},
    {"tabel", {"table", "label", "view"}, {"table", "label"}},  // neighbours swapped count once
    {"conection", {"connections", "connection"}, {"connection", "connections"}},
    {"filname", {"filename", "file"}, {"filename"}},
    {"max_rows", {"rows", "max_row", "limits"}, {"max_row", "rows"}},
    {"order", {"reorders", "orders", "order_items"}, {"orders", "order_items", "reorders"}},
    {"customer", {"sales.customers", "public.orders"}, {"sales.customers"}},
    {"orders_2025", {"sales.orders_2024", "public.orders"}, {"sales.orders_2024", "public.orders"}},
    {"public.order", {"public.orders", "sales.orders"}, {"public.orders"}},
    {"readonly", {"read_only", "access"}, {"read_only"}},
    {"größe", {"grösse", "größen"}, {"größen"}},
    {"id", {"ID", "ix", "identity"}, {"ID"}},
    {"x", {"y", "z"}, {}},
    {"", {"a", "b"}, {}},
    {"entirely different", {"orders", "items"}, {}},
    {"tablename", {"table_name", "schema"}, {"table_name"}},
};

}  // namespace

TEST(Nearest, FindsWhatWasMeant) {
  for (const auto& q : kQuestions) EXPECT_EQ(nearest(q.word, q.candidates), q.nearest) << q.word;
}

TEST(Nearest, GivesAtMostWhatIsWanted) {
  const Names many{"orders_1", "orders_2", "orders_3", "orders_4"};
  EXPECT_EQ(nearest("orders_5", many).size(), 3U);
  EXPECT_EQ(nearest("orders_5", many, 1), Names{"orders_1"});
  EXPECT_TRUE(nearest("orders_5", many, 0).empty());
}

TEST(Nearest, NamesEachCandidateOnce) {
  const Names doubled{"orders", "orders"};
  EXPECT_EQ(nearest("order", doubled), Names{"orders"});
}
