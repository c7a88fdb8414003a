// Tools of the operator's own: in the profile, and in files beside it.
#include "profile/tools.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "../../temporary_folder.hpp"
#include "profile/load.hpp"
#include "profile/report.hpp"

namespace dbmux {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> environment(std::string_view name) {
  if (name == "LEVEL") return "7";
  return std::nullopt;
}

constexpr std::string_view kHead = R"(dbmux: 1
default_connection: app
connections:
  app: {plugin: p, limits: {rows: 300, cell: none}}
  books: {plugin: p, access: read-write}
  asks: {plugin: p, access: confirm}
  hidden: {plugin: p, enabled_by: [NOT_SET]}
tools:
  add:
)";

std::string problems_of(std::string_view tools) {
  std::string text;
  for (const auto& p :
       parse_profile(std::string(kHead) + std::string(tools), "prod.yaml", environment).problems)
    text += p.text() + '\n';
  return text;
}

TEST(OperatorTools, AreReadAsTheyAreWritten) {
  const auto text = std::string(kHead) + R"(
    - name: orders_of_customer
      description: Orders
      connection: app
      statement: S
      parameters:
        - {name: customer_id, type: integer, required: true, min: 1, description: who}
        - {name: status, enum: [open, paid, "5"], max: 10}
        - name: level
          type: number
          default: ${LEVEL}
        - {name: quick, type: boolean, default: true}
      limits: {rows: 50, bytes: none}
    - {name: close-order, description: Close it, connection: books, statement: x, access: confirm}
    - {name: of_default, description: d, statement: x}
    - {name: of_hidden, description: d, connection: hidden, statement: x}
)";
  const auto report = parse_profile(text, "prod.yaml", environment);
  for (const auto& p : report.problems) ADD_FAILURE() << p.text();
  const auto& tools = report.profile.value().operator_tools;
  ASSERT_EQ(tools.size(), 3U);
  EXPECT_EQ(tools[0].mark.text(), "prod.yaml:11:7");
  EXPECT_EQ(tools[0].limits.rows, 50);
  EXPECT_EQ(tools[0].limits.bytes, 0);
  EXPECT_EQ(tools[0].limits.cell, 0U) << "the connection's";
  EXPECT_EQ(tools[0].access, Access::read_only);
  const auto& parameters = tools[0].parameters;
  ASSERT_EQ(parameters.size(), 4U);
  EXPECT_TRUE(parameters[0].required);
  EXPECT_EQ(parameters[0].min, 1.0);
  EXPECT_EQ(parameters[1].one_of.at(2).scalar, "5");
  EXPECT_EQ(std::get<std::int64_t>(parameters[2].initial->data), 7);
  EXPECT_EQ(std::get<bool>(parameters[3].initial->data), true);
  EXPECT_EQ(tools[1].name, "close-order");
  EXPECT_EQ(tools[1].access, Access::confirm);
  EXPECT_EQ(tools[2].connection, "app");
}

struct Case {
  const char* tool;
  const char* problem;
};

class WrongTool : public testing::TestWithParam<Case> {};

TEST_P(WrongTool, IsToldWithItsPlaceAndTheRemedy) {
  EXPECT_EQ(problems_of(GetParam().tool), GetParam().problem);
}

#define TOOL "    - {name: a, description: d, statement: s, "

INSTANTIATE_TEST_SUITE_P(
    All, WrongTool,
    testing::Values(
        Case{"    - {description: d, statement: s}\n", "prod.yaml:10:7: tools.add[0]: 'name' is missing\n"},
        Case{"    - {name: a b, description: d, statement: s}\n",
             "prod.yaml:10:14: tools.add[0].name: a name is made of letters, digits, '_' and '-', at most "
             "64\n"},
        Case{"    - {name: a, statement: s}\n",
             "prod.yaml:10:7: tools.add[0]: 'description' is missing: what the tool does; assistants read "
             "it\n"},
        Case{"    - {name: a, description: d, statement: \" \"}\n",
             "prod.yaml:10:44: tools.add[0].statement: 'statement' is missing\n"},
        Case{"    - {name: a, description: d, statement: s}\n    - {name: a, description: d, statement: s}\n",
             "prod.yaml:11:14: tools.add[1].name: there is a tool 'a' already, in prod.yaml:10:7\n"},
        Case{
            TOOL "connection: appp}\n",
            "prod.yaml:10:59: tools.add[0].connection: there is no connection 'appp'; did you mean 'app'?\n"},
        Case{TOOL "acces: confirm}\n",
             "prod.yaml:10:47: tools.add[0].acces: unknown key; did you mean 'access'? (read-only, confirm, "
             "read-write)\n"},
        Case{TOOL "access: read-write}\n",
             "prod.yaml:10:55: tools.add[0].access: more than its connection 'app' allows, which is "
             "read-only\n"},
        Case{TOOL "connection: asks, access: read-write}\n",
             "prod.yaml:10:73: tools.add[0].access: more than its connection 'asks' allows, which is "
             "confirm\n"},
        Case{TOOL "parameters: [{type: integer}]}\n",
             "prod.yaml:10:60: tools.add[0].parameters[0]: 'name' is missing\n"},
        Case{TOOL "parameters: [{name: x}, {name: x}]}\n",
             "prod.yaml:10:71: tools.add[0].parameters[1]: there is a parameter 'x' already\n"},
        Case{TOOL "parameters: [{name: x, type: int}]}\n",
             "prod.yaml:10:76: tools.add[0].parameters[0].type: 'int' is unknown; did you mean 'integer'? "
             "(string, integer, number, boolean)\n"},
        Case{TOOL "parameters: [{name: x, type: integer, enum: [1, two]}]}\n",
             "prod.yaml:10:95: tools.add[0].parameters[0].enum: expected an integer, the type of the "
             "parameter, "
             "not 'two'\n"},
        Case{TOOL "parameters: [{name: x, required: true, default: y}]}\n",
             "prod.yaml:10:95: tools.add[0].parameters[0].default: a parameter that is required needs no "
             "default\n"},
        Case{TOOL "parameters: [{name: x, enum: [a, b], default: c}]}\n",
             "prod.yaml:10:93: tools.add[0].parameters[0].default: 'c' is not in enum\n"},
        Case{TOOL "parameters: [{name: x, type: integer, min: 5, max: 2}]}\n",
             "prod.yaml:10:90: tools.add[0].parameters[0].min: more than max, 2\n"},
        Case{TOOL "parameters: [{name: x, type: integer, max: 2, default: 3}]}\n",
             "prod.yaml:10:102: tools.add[0].parameters[0].default: '3' is not within min and max\n"},
        Case{TOOL "parameters: [{name: x, type: boolean, min: 1}]}\n",
             "prod.yaml:10:90: tools.add[0].parameters[0].min: a boolean has no bounds\n"},
        Case{TOOL "parameters: [{name: x, pattern: a+}]}\n",
             "prod.yaml:10:70: tools.add[0].parameters[0].pattern: not built yet, so a profile that asks for "
             "it is refused\n"},
        Case{"    - 5\n", "prod.yaml:10:7: tools.add[0]: expected keys with values, not '5'\n"}));

class ToolFiles : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) { write_file(folder_ / name, text); }
  ProfileReport read(const std::string& add_from) {
    write("prod.yaml", "dbmux: 1\nconnections: {app: {plugin: p}}\ntools: {add_from: " + add_from + "}\n");
    return read_profile(folder_ / "prod.yaml", environment);
  }
  std::string problems(const std::string& add_from) {
    std::string text;
    for (const auto& p : read(add_from).problems) text += p.text() + '\n';
    return text;
  }

  const TemporaryFolder folder_;
};

constexpr std::string_view kTool = "- {name: NAME, description: d, statement: s}\n";

std::string tool(std::string_view name) {
  std::string text(kTool);
  return text.replace(text.find("NAME"), 4, name);
}

TEST_F(ToolFiles, AreReadInTheOrderOfTheirNames) {
  write("tools.d/b.yaml", tool("of_b"));
  write("tools.d/a.yaml", tool("of_a") + tool("also_of_a"));
  write("tools.d/c.txt", "not yaml: [");
  const auto report = read("tools.d/*.yaml");
  for (const auto& p : report.problems) ADD_FAILURE() << p.text();
  std::vector<std::string> names;
  for (const auto& t : report.profile.value().operator_tools) names.push_back(t.name);
  EXPECT_EQ(names, (std::vector<std::string>{"of_a", "also_of_a", "of_b"}));
  EXPECT_EQ(report.profile->operator_tools[1].mark.text(), "tools.d/a.yaml:2:3");
  EXPECT_EQ(report.profile->tool_files, std::vector{(folder_ / "tools.d/*.yaml").string()});
}

TEST_F(ToolFiles, TellTheirOwnPlaces) {
  write("tools.d/a.yaml", tool("of_a"));
  write("tools.d/b.yaml", "- {name: of_a, description: d, statment: s, statement: s}\n");
  write("tools.d/c.yaml", "tools: []\n");
  write("tools.d/d.yaml", "- {name: d, <<: e}\n");
  EXPECT_EQ(problems("tools.d/*.yaml"),
            "tools.d/b.yaml:1:10: [0].name: there is a tool 'of_a' already, in tools.d/a.yaml:1:3\n"
            "tools.d/b.yaml:1:32: [0].statment: unknown key; did you mean 'statement'?\n"
            "tools.d/c.yaml:1:1: expected a list of tools, '- name: …'\n"
            "tools.d/d.yaml:1:13: merge keys (<<) are not supported; write the keys out, or put them under "
            "'defaults'\n");
}

TEST_F(ToolFiles, ThatAreNotThereAreToldAtTheKey) {
  EXPECT_EQ(problems("tools.d/a.yaml"), "prod.yaml:3:19: tools.add_from: there is no file '" +
                                            (folder_ / "tools.d/a.yaml").string() + "'\n");
  const auto report = read("[\"tools.d/*.yaml\"]");
  ASSERT_TRUE(report.profile);
  EXPECT_EQ(report.profile->warnings,
            std::vector<std::string>{"prod.yaml:3:20: tools.add_from: no file is like 'tools.d/*.yaml'"});
}

TEST_F(ToolFiles, ThatEverybodyCanWriteAreWarnedOf) {
  write("a.yaml", tool("of_a"));
  ASSERT_EQ(::chmod((folder_ / "a.yaml").c_str(), 0666), 0);
  const auto report = read("a.yaml");
  ASSERT_TRUE(report.profile);
  EXPECT_EQ(report.profile->warnings,
            std::vector<std::string>{"a.yaml: everybody can write to this file; chmod o-w"});
}

TEST_F(ToolFiles, AreCountedByTheCheckAndShownWithTheProfile) {
  write("a.yaml",
        "- {name: a, description: \"it's\", statement: \"SELECT $1\", parameters: [{name: n, type: "
        "integer, enum: [1, 2], default: 2, min: 0.5}, {name: s, default: \"5\"}]}\n");
  const auto report = read("a.yaml");
  ASSERT_TRUE(report.profile) << report.problems.front().text();
  const auto options = [](const ConnectionProfile&) { return std::vector<Problem>(); };
  EXPECT_TRUE(
      check_profile(report, "prod.yaml", options).text.ends_with("ok: 1 connection, 1 tool of your own\n"));
  const auto shown =
      show_profile(*report.profile, ShowFormat::yaml, [](const auto&, std::string_view) { return false; });
  const auto again = parse_profile(shown, "again.yaml", environment);
  for (const auto& p : again.problems) ADD_FAILURE() << p.text() << shown;
  const auto& tools = again.profile.value().operator_tools;
  ASSERT_EQ(tools.size(), 1U) << shown;
  EXPECT_EQ(tools[0].description, "it's");
  EXPECT_EQ(tools[0].statement, "SELECT $1");
  EXPECT_EQ(tools[0].parameters.at(0).min, 0.5);
  EXPECT_EQ(std::get<std::int64_t>(tools[0].parameters.at(0).initial->data), 2);
  EXPECT_EQ(std::get<std::string>(tools[0].parameters.at(1).initial->data), "5");
}

}  // namespace
}  // namespace dbmux
