#include "base/result.hpp"

#include <gtest/gtest.h>

#include <set>

using namespace dbmux;

TEST(Category, HasADistinctNameEach) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Category::plugin); ++i)
    names.insert(to_string(static_cast<Category>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Category::plugin) + 1);
  EXPECT_EQ(to_string(Category::not_understood), "not_understood");
  EXPECT_EQ(to_string(Category::read_only), "read_only");
}

TEST(WaitedFor, HasTheNamesThatClientsSee) {
  EXPECT_EQ(to_string(WaitedFor::lease), "lease");
  EXPECT_EQ(to_string(WaitedFor::lock), "lock");
  EXPECT_EQ(to_string(WaitedFor::execution), "execution");
  EXPECT_EQ(to_string(WaitedFor::network), "network");
}

TEST(Fail, CarriesTheErrorIntoAnyResult) {
  const Result<int> result = fail(Category::denied, "no", "ask");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().category, Category::denied);
  EXPECT_EQ(result.error().message, "no");
  EXPECT_EQ(result.error().hint, "ask");
}
