#include "suite.hpp"

namespace dbmux::test {
namespace {

class Secrets : public DriverTest {};

TEST_P(Secrets, AreAskedOfTheHostAndNeverTold) {
  const auto right = database_->secret();
  if (!right) {
    EXPECT_EQ(loaded(quirks().plugin())->descriptor().config_schema.find("x-dbmux-secret"), std::string::npos)
        << "the plugin has secrets, but its tests know none";
    return;
  }
  const std::string wrong = "not-the-one-7f3a";
  const auto source = open_source(database_->options(), wrong);
  ASSERT_TRUE(source) << source.error().message;
  Call call;
  const auto conn = (*source)->connect(call, false);
  ASSERT_FALSE(conn) << "a wrong secret opened a session";
  const auto& e = conn.error();
  EXPECT_EQ(to_string(e.category), to_string(Category::auth)) << e.message;
  for (const auto& text : {e.message, e.detail, e.hint, e.object}) {
    EXPECT_EQ(text.find(wrong), std::string::npos) << text;
    EXPECT_EQ(text.find(*right), std::string::npos) << text;
  }
  EXPECT_EQ(rows_of(run(*connect(), quirks().numbers(1))).size(), 1u);
}

TEST_P(Secrets, AHostThatHasNoneIsAskedInVain) {
  if (!database_->secret()) return;
  Call call;
  const auto source =
      loaded(quirks().plugin())
          ->open(call, database_->options(), [](Call&, std::string_view) -> Result<std::string> {
            return fail(Category::auth, "the host has no such secret");
          });
  ASSERT_TRUE(source) << source.error().message;
  const auto conn = (*source)->connect(call, false);
  ASSERT_FALSE(conn);
  EXPECT_NE(conn.error().message.find("no such secret"), std::string::npos) << conn.error().message;
}

FOR_EVERY_ENGINE(Secrets);

}  // namespace
}  // namespace dbmux::test
