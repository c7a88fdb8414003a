#include "cli/client_entry.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/json.hpp"

namespace dbmux {
namespace {

const Client& cursor() { return *client_named("cursor"); }

Launch launch() { return {"dbmux", "/usr/bin/dbmux", {"--stdio", "--profile", "/p.yaml"}, {}}; }

Environment variables(std::map<std::string, std::string> map) {
  return [map = std::move(map)](std::string_view name) -> std::optional<std::string> {
    const auto at = map.find(std::string(name));
    return at == map.end() ? std::nullopt : std::optional(at->second);
  };
}

constexpr const char* kWhole = R"({
  "mcpServers": {
    "dbmux": {
      "command": "/usr/bin/dbmux",
      "args": ["--stdio", "--profile", "/p.yaml"]
    }
  }
}
)";

struct Case {
  const char *before, *after;
};

class Merge : public testing::TestWithParam<Case> {};

TEST_P(Merge, KeepsEverythingElseToTheByte) {
  const auto merged = with_entry(GetParam().before, cursor(), launch());
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(*merged, GetParam().after);
  EXPECT_EQ(with_entry(*merged, cursor(), launch()).value(), *merged) << "a second time changes nothing";
}

INSTANTIATE_TEST_SUITE_P(
    Files, Merge,
    testing::Values(
        Case{"", kWhole}, Case{" \n\n", kWhole},
        Case{
            "{}",
            R"({"mcpServers":{"dbmux":{"command":"/usr/bin/dbmux","args":["--stdio","--profile","/p.yaml"]}}})"},
        Case{
            R"({"mcpServers":{"a":{"command":"x"}},"z":1.50})",
            R"({"mcpServers":{"a":{"command":"x"}, "dbmux":{"command":"/usr/bin/dbmux","args":["--stdio","--profile","/p.yaml"]}},"z":1.50})"},
        Case{R"({
    "theme": "dark",  // mine
    "mcpServers": {
        "a": {"command": "x"}, // the first
        /* "b": {} */
    },
    "n": 12345678901234567890.0
}
)",
             R"({
    "theme": "dark",  // mine
    "mcpServers": {
        "a": {"command": "x"}, // the first
        /* "b": {} */
        "dbmux": {
            "command": "/usr/bin/dbmux",
            "args": ["--stdio", "--profile", "/p.yaml"]
        }
    },
    "n": 12345678901234567890.0
}
)"},
        Case{"{\n\t\"a\": \"// no remark, \\\" and }\",\n\t\"b\": [1, 2,]\n}",
             "{\n\t\"a\": \"// no remark, \\\" and }\",\n\t\"b\": [1, 2,],\n\t\"mcpServers\": "
             "{\n\t\t\"dbmux\": {\n"
             "\t\t\t\"command\": \"/usr/bin/dbmux\",\n\t\t\t\"args\": [\"--stdio\", \"--profile\", "
             "\"/p.yaml\"]\n"
             "\t\t}\n\t}\n}"},
        Case{
            "\xEF\xBB\xBF{\r\n  \"mcpServers\": {}\r\n}\r\n",
            "\xEF\xBB\xBF{\r\n  \"mcpServers\": {\n    \"dbmux\": {\n      \"command\": \"/usr/bin/dbmux\",\n"
            "      \"args\": [\"--stdio\", \"--profile\", \"/p.yaml\"]\n    }\n  }\r\n}\r\n"},
        Case{R"({
  "mcpServers": {
    "dbmux": {
      "command": "/old/dbmux", // moved
      "args": ["--stdio", "notes.db"],
      "disabled": true,
      "env": {"LANG": "C"}
    }
  }
})",
             R"({
  "mcpServers": {
    "dbmux": {
      "command": "/usr/bin/dbmux", // moved
      "args": ["--stdio", "--profile", "/p.yaml"],
      "disabled": true,
      "env": {"LANG": "C"}
    }
  }
})"}));

TEST(ClientEntry, AddsVariablesToThoseOfItsEntry) {
  Launch with = launch();
  with.environment = {{"DBMUX_HOME", "/d"}};
  const auto merged =
      with_entry(R"({"mcpServers":{"dbmux":{"command":"dbmux","env":{"LANG":"C"}}}})", cursor(), with);
  ASSERT_TRUE(merged) << merged.error().message;
  const auto document = parse_json(*merged).value();
  EXPECT_EQ(to_json(document["mcpServers"]["dbmux"]["env"]), R"({"LANG":"C","DBMUX_HOME":"/d"})");
}

TEST(ClientEntry, LeavesAFileAloneThatItDoesNotUnderstand) {
  struct Wrong {
    const char *text, *said;
  };
  for (const Wrong& wrong :
       {Wrong{"{\"a\": ", "cannot be read as JSON"},
        {"{\"a\": 1} /* open", "cannot be read as JSON"},
        {"[]", "holds no JSON object"},
        {"null", "holds no JSON object"},
        {R"({"mcpServers": []})", "something else than an object under 'mcpServers'"},
        {R"({"mcpServers": {}, "mcpServers": {}})", "'mcpServers' twice"},
        {R"({"mcpServers": {"dbmux": {"command": "npx"}}})", "which starts something else"},
        {R"({"mcpServers": {"dbmux": {"url": "http://x"}}})", "which starts something else"},
        {R"({"mcpServers": {"dbmux": {"command": "dbmux", "args": [], "args": []}}})", "'args' twice"}}) {
    const auto merged = with_entry(wrong.text, cursor(), launch());
    ASSERT_FALSE(merged) << wrong.text;
    EXPECT_EQ(merged.error().category, Category::profile);
    EXPECT_NE(merged.error().message.find(wrong.said), std::string::npos) << merged.error().message;
  }
}

TEST(ClientEntry, HasTheShapeOfEachClient) {
  struct Shape {
    const char *client, *json;
  };
  for (
      const Shape& shape :
      {Shape{
           "claude",
           R"({"mcpServers":{"dbmux":{"command":"/usr/bin/dbmux","args":["--stdio","--profile","/p.yaml"]}}})"},
       {"vscode",
        R"({"servers":{"dbmux":{"type":"stdio","command":"/usr/bin/dbmux","args":["--stdio","--profile","/p.yaml"]}}})"},
       {"zed",
        R"({"context_servers":{"dbmux":{"command":"/usr/bin/dbmux","args":["--stdio","--profile","/p.yaml"]}}})"}})
    EXPECT_EQ(whole_file_json(*client_named(shape.client), launch()), shape.json);
  EXPECT_EQ(client_named("emacs"), nullptr);
  Launch quoted = launch();
  quoted.arguments.back() = "/a folder/it's.yaml";
  quoted.environment = {{"DBMUX_HOME", "/d"}};
  EXPECT_EQ(
      claude_code_command(quoted),
      R"(claude mcp add dbmux -e DBMUX_HOME=/d -- /usr/bin/dbmux --stdio --profile '/a folder/it'\''s.yaml')");
  for (const Client& client : clients())
    EXPECT_NE(snippets(launch()).find(std::string(client.title)), std::string::npos);
}

TEST(ClientEntry, LiesWhereTheClientLooks) {
  const auto file = [](const char* client, std::map<std::string, std::string> more = {}) {
    more.emplace("HOME", "/h");
    return client_file(*client_named(client), variables(std::move(more))).string();
  };
  EXPECT_EQ(file("claude"), "/h/.config/Claude/claude_desktop_config.json");
  EXPECT_EQ(file("claude", {{"XDG_CONFIG_HOME", "/c"}}), "/c/Claude/claude_desktop_config.json");
  EXPECT_EQ(file("cursor"), "/h/.cursor/mcp.json");
  EXPECT_EQ(file("vscode"), "/h/.config/Code/User/mcp.json");
  EXPECT_EQ(file("zed"), "/h/.config/zed/settings.json");
  EXPECT_TRUE(file("claude-code").ends_with("/.mcp.json"));
}

TEST(ClientEntry, CarriesTheFoldersThatClientsDoNotPassOn) {
  const auto plain = launch_of("/c/sales.yaml", variables({{"HOME", "/h"}}));
  EXPECT_EQ(plain.name, "dbmux-sales");
  EXPECT_EQ(launch_of("local", variables({{"HOME", "/h"}})).name, "dbmux");
  EXPECT_TRUE(plain.environment.empty());
  EXPECT_TRUE(plain.command.starts_with('/'));
  const auto moved = launch_of(
      "local",
      variables({{"HOME", "/h"}, {"XDG_DATA_HOME", "/x"}, {"DBMUX_KEY_FILE", "/k"}, {"DBMUX_KEY", "s"}}));
  EXPECT_EQ(moved.environment, (std::vector<std::pair<std::string, std::string>>{{"DBMUX_HOME", "/x/dbmux"},
                                                                                 {"DBMUX_KEY_FILE", "/k"}}));
}

}  // namespace
}  // namespace dbmux
