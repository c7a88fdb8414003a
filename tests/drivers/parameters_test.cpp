#include "suite.hpp"

namespace dbmux::test {
namespace {

class Parameters : public DriverTest {};

TEST_P(Parameters, OfEveryKindComeBackAsTheyWent) {
  const auto conn = connect();
  const auto all = quirks().parameters();
  for (const auto& v : all) EXPECT_EQ(rows_of(run(*conn, quirks().echo(1), {v})), Rows{quirks().echoed({v})});
  EXPECT_EQ(rows_of(run(*conn, quirks().echo(all.size()), all)), Rows{quirks().echoed(all)});
}

TEST_P(Parameters, AreNeverReadAsStatements) {
  const auto conn = connect();
  set_up_shop(*conn);
  const std::string attack = "x'); DELETE FROM items; --";
  ASSERT_TRUE(write(*conn, quirks().insert_item(), {1, "stays"}));
  ASSERT_TRUE(write(*conn, quirks().insert_item(), {2, attack}));
  EXPECT_EQ(rows_of(run(*conn, quirks().select_items())),
            (Rows{quirks().item(1, "stays"), quirks().item(2, attack)}));
}

TEST_P(Parameters, CanBeGivenByNameOrAreRefusedSo) {
  const auto conn = connect();
  if (quirks().named_echoes().empty()) {
    const std::vector<Param> given{param("value", "a")};
    const std::string text = quirks().echo(1);
    const auto result = run(*conn, Statement{.language = {}, .text = text, .params = given});
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().category == Category::invalid ||
                result.error().category == Category::unsupported)
        << result.error().message;
  }
  for (const auto& text : quirks().named_echoes()) {
    const std::vector<Param> given{param("second", "b"), param(1, "a")};
    EXPECT_EQ(rows_of(run(*conn, Statement{.language = {}, .text = text, .params = given})),
              (Rows{quirks().echoed({1, "second"})}))
        << text;
  }
}

TEST_P(Parameters, ThatAreMissingAreAnErrorOfTheCaller) {
  const auto conn = connect();
  const auto missing = run(*conn, quirks().echo(2), {1});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().category, Category::invalid) << missing.error().message;
  const auto none = run(*conn, quirks().echo(1));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().category, Category::invalid) << none.error().message;
}

TEST_P(Parameters, ThatNobodyAskedForAreAnErrorOfTheCaller) {
  const auto surplus = run(*connect(), quirks().echo(1), {1, 2});
  ASSERT_FALSE(surplus);
  EXPECT_EQ(surplus.error().category, Category::invalid) << surplus.error().message;
}

TEST_P(Parameters, OfAnUnknownNameAreAnErrorThatNamesIt) {
  if (quirks().named_echoes().empty()) return;
  const std::string text = quirks().named_echoes().front();
  const std::vector<Param> given{param(1, "a"), param(2, "misspelt")};
  const auto result = run(*connect(), Statement{.language = {}, .text = text, .params = given});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::invalid);
  EXPECT_NE((result.error().message + result.error().object).find("misspelt"), std::string::npos)
      << result.error().message;
}

FOR_EVERY_ENGINE(Parameters);

}  // namespace
}  // namespace dbmux::test
