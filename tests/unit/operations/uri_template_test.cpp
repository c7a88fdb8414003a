// Templates of resource addresses.
#include "operations/uri_template.hpp"

#include <gtest/gtest.h>

namespace dbmux {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

struct Match {
  const char *text, *uri;
  std::optional<Values> values;
};
void PrintTo(const Match& m, std::ostream* out) { *out << m.text << " against " << m.uri; }

class ATemplate : public testing::TestWithParam<Match> {};

TEST_P(ATemplate, FindsItsVariablesInAnAddress) {
  const auto made = UriTemplate::of(GetParam().text);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->match(GetParam().uri), GetParam().values);
}

INSTANTIATE_TEST_SUITE_P(
    All, ATemplate,
    testing::Values(
        Match{"a://{x}", "a://one", Values{{"x", "one"}}}, Match{"a://{x}", "a://one/two", std::nullopt},
        Match{"a://{+x}", "a://one/two", Values{{"x", "one/two"}}}, Match{"a://{x}", "a://", std::nullopt},
        Match{"a://{x}", "b://one", std::nullopt},
        Match{"a://{x}/{y}", "a://one/two", Values{{"x", "one"}, {"y", "two"}}},
        Match{"a://{x}/{+y}", "a://1/2/3", Values{{"x", "1"}, {"y", "2/3"}}},
        Match{"a://{+x}/end", "a://1/end/end", Values{{"x", "1/end"}}},
        Match{"a://{x}/end", "a://1/end?", std::nullopt},
        Match{"a://{x}.txt", "a://a.txt.txt", Values{{"x", "a.txt"}}},
        Match{"a://fixed", "a://fixed", Values{}}, Match{"a://fixed", "a://fixed/", std::nullopt},
        Match{"a://{x}", "a://%C4%8Desk%2fo%20", Values{{"x", "česk/o "}}},
        Match{"a://{x}", "a://100%", Values{{"x", "100%"}}}, Match{"a://{x}", "a://%4", Values{{"x", "%4"}}},
        Match{"a://{x}", "a://%zz", Values{{"x", "%zz"}}}, Match{"a://{x}", "a://%ff", std::nullopt}));

TEST(ATemplate, NamesItsVariablesInOrder) {
  EXPECT_EQ(UriTemplate::of("a://{second}/{+first}")->variables(),
            (std::vector<std::string>{"second", "first"}));
}

class NoTemplate : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(NoTemplate, IsRefusedWithAReason) {
  const auto made = UriTemplate::of(GetParam().first);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().category, Category::invalid);
  EXPECT_EQ(made.error().message, GetParam().second);
}

INSTANTIATE_TEST_SUITE_P(All, NoTemplate,
                         testing::Values(std::pair{"a://{x", "'{x' is neither {name} nor {+name}"},
                                         std::pair{"a://{}", "'{}' is neither {name} nor {+name}"},
                                         std::pair{"a://{?x}", "'{?x}' is neither {name} nor {+name}"},
                                         std::pair{"a://{x*}", "'{x*}' is neither {name} nor {+name}"},
                                         std::pair{"a://{x,y}", "'{x,y}' is neither {name} nor {+name}"},
                                         std::pair{"a://{x}{y}", "two variables stand side by side"},
                                         std::pair{"a://{x}/{x}", "the variable 'x' stands in it twice"},
                                         std::pair{"a://x}", "a '}' has no '{' before it"},
                                         std::pair{"a://{x}}/", "a '}' has no '{' before it"}));

}  // namespace
}  // namespace dbmux
