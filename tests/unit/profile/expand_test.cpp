#include "profile/expand.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace dbmux {
namespace {

std::optional<std::string> environment(std::string_view name) {
  if (name == "HOST") return "db.example";
  if (name == "PORT") return "5433";
  if (name == "EMPTY") return "";
  if (name == "SLY") return "${HOST}";
  return std::nullopt;
}

struct Case {
  const char* text;
  const char* expanded;
  const char* missing = "";
};

TEST(Expand, FillsInVariablesAndDefaults) {
  const Case cases[] = {
      {"plain", "plain"},
      {"${HOST}:${PORT}", "db.example:5433"},
      {"${NOPE:-localhost}", "localhost"},
      {"${EMPTY:-localhost}", "localhost"},
      {"${EMPTY}", ""},
      {"${NOPE:-${ALSO:-${PORT}}}", "5433"},
      {"${HOST:-${NOPE}}", "db.example"},
      {"${NOPE:-}", ""},
      {"a$b$", "a$b$"},
      {"$${HOST}", "${HOST}"},
      {"}", "}"},
      {"${SLY}", "${HOST}"},
      {"${NOPE}/${ALSO}", "/", "NOPE,ALSO"},
      {"${NOPE:-${ALSO}}", "", "ALSO"},
  };
  for (const Case& c : cases) {
    const Expansion expansion = expand(c.text, environment);
    EXPECT_EQ(expansion.error, "") << c.text;
    EXPECT_EQ(expansion.text, c.expanded) << c.text;
    EXPECT_EQ(joined(expansion.missing, ","), c.missing) << c.text;
  }
}

TEST(Expand, RefusesWrongSpellings) {
  for (const char* text : {"${}", "${HOST", "${1X}", "${HOST:-x", "${HOST-x}", "${A B}", "${", "${HOST:=x}"})
    EXPECT_NE(expand(text, environment).error, "") << text;
}

TEST(Expand, RefusesWhatIsFilledInPerCall) {
  EXPECT_EQ(expand("dbmux/${user.name}", environment).error,
            "${user.name} is filled in per call, and only in `session` of a connection");
}

TEST(Expand, LeavesWhatIsFilledInPerCallAndNothingElseThatLooksLikeIt) {
  const Environment sly = [](std::string_view name) -> std::optional<std::string> {
    return name == "SLY" ? std::optional<std::string>("${user.name}") : std::nullopt;
  };
  EXPECT_EQ(expand_but_for_calls("a/${user.name}/${X:-b}", sly).text, "a/${user.name}/b");
  EXPECT_EQ(expand_but_for_calls("${SLY} $${user.name}", sly).text, "$${user.name} $${user.name}");
  EXPECT_NE(expand_but_for_calls("${user.mail}", sly).error, "");
  EXPECT_NE(expand_but_for_calls("${user.name:-x}", sly).error, "");
}

TEST(Expand, BoundsTheNestingOfDefaults) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "${A:-";
  EXPECT_NE(expand(text, environment).error.find("nested"), std::string::npos);
}

}  // namespace
}  // namespace dbmux
