#include "cli/command_line.hpp"

#include <gtest/gtest.h>

#include "cli/host.hpp"

namespace dbmux {
namespace {

using Command = CommandLine::Command;

Parsed parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "dbmux");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLine, IsTakenApart) {
  struct Case {
    std::vector<const char*> arguments;
    CommandLine expected;
  };
  const auto line = [](Command command, auto&& change) {
    CommandLine l;
    l.command = command;
    change(l);
    return l;
  };
  const auto as_it_is = [](CommandLine&) {};
  const std::vector<Case> cases{
      {{}, line(Command::none, as_it_is)},
      {{"--stdio"}, line(Command::serve, [](auto& l) { l.stdio = true; })},
      {{"serve", "--stdio"}, line(Command::serve, [](auto& l) { l.stdio = true; })},
      {{"serve"}, line(Command::serve, as_it_is)},
      {{"--stdio", "-p", "prod"}, line(Command::serve, [](auto& l) { l.stdio = true, l.profile = "prod"; })},
      {{"serve", "--profile", "/etc/p.yaml"},
       line(Command::serve, [](auto& l) { l.profile = "/etc/p.yaml"; })},
      {{"--stdio", "a=sqlite:/x.db", "sqlite:y.db"},
       line(Command::serve, [](auto& l) { l.stdio = true, l.dsns = {"a=sqlite:/x.db", "sqlite:y.db"}; })},
      {{"sqlite:y.db"}, line(Command::none, [](auto& l) { l.dsns = {"sqlite:y.db"}; })},
      {{"--stdio", "--tools", "two", "--log-level", "debug", "--log-file", "f"},
       line(Command::serve,
            [](auto& l) { l.stdio = true, l.tools = "two", l.log_level = "debug", l.log_file = "f"; })},
      {{"call", "list_tables"}, line(Command::call, [](auto& l) { l.tool = "list_tables"; })},
      {{"call", "execute_query", "--arg", "query=SELECT a=1", "-a", "limit=5", "--format", "csv", "-p", "x"},
       line(Command::call,
            [](auto& l) {
              l.tool = "execute_query", l.format = "csv", l.profile = "x";
              l.arguments = {{"query", "SELECT a=1"}, {"limit", "5"}};
            })},
      {{"call", "list_tables", "n=sqlite:x.db", "--arg", "schema="},
       line(Command::call,
            [](auto& l) {
              l.tool = "list_tables", l.dsns = {"n=sqlite:x.db"}, l.arguments = {{"schema", ""}};
            })},
      {{"profile", "check"}, line(Command::profile_check, as_it_is)},
      {{"profile", "check", "prod"}, line(Command::profile_check, [](auto& l) { l.profile = "prod"; })},
      {{"profile", "show", "-p", "prod"}, line(Command::profile_show, [](auto& l) { l.profile = "prod"; })},
      {{"profile", "schema"}, line(Command::profile_schema, as_it_is)},
      {{"plugin", "list"}, line(Command::plugin_list, as_it_is)},
      {{"plugin", "list", "--json"}, line(Command::plugin_list, [](auto& l) { l.json = true; })},
      {{"plugin", "check", "./x.so", "--json"},
       line(Command::plugin_check, [](auto& l) { l.file = "./x.so", l.json = true; })},
      {{"plugin", "check", "x", "--config", "@c.json", "--statements", "{}", "--time-limit", "5"},
       line(Command::plugin_check,
            [](auto& l) { l.file = "x", l.config = "@c.json", l.statements = "{}", l.time_limit = "5"; })},
      {{"secret", "set", "erp"}, line(Command::secret_set, [](auto& l) { l.secret = "erp"; })},
      {{"secret", "list", "--json"}, line(Command::secret_list, [](auto& l) { l.json = true; })},
      {{"secret", "rm", "erp"}, line(Command::secret_rm, [](auto& l) { l.secret = "erp"; })},
      {{"secret", "rotate"}, line(Command::secret_rotate, as_it_is)},
      {{"setup"}, line(Command::setup, as_it_is)},
      {{"setup", "-", "--client", "zed", "--name", "a", "--write", "-y"},
       line(Command::setup,
            [](auto& l) { l.dsns = {"-"}, l.client = "zed", l.name = "a", l.write = l.yes = true; })},
      {{"setup", "a:b", "--print", "-p", "c"},
       line(Command::setup, [](auto& l) { l.dsns = {"a:b"}, l.print = true, l.profile = "c"; })},
      {{"doctor"}, line(Command::doctor, as_it_is)},
      {{"doctor", "sales", "--json", "-p", "prod"},
       line(Command::doctor, [](auto& l) { l.connection = "sales", l.json = true, l.profile = "prod"; })},
      {{"history", "--last", "5", "--connection", "sales"},
       line(Command::history, [](auto& l) { l.last = 5, l.connection = "sales"; })},
  };
  for (const auto& c : cases) {
    std::string shown;
    for (const auto* a : c.arguments) shown += std::string(a) + " ";
    const auto parsed = parse(c.arguments);
    ASSERT_TRUE(parsed.line) << shown << ": " << parsed.text;
    const auto& l = *parsed.line;
    EXPECT_EQ(l.command, c.expected.command) << shown;
    EXPECT_EQ(l.stdio, c.expected.stdio) << shown;
    EXPECT_EQ(l.profile, c.expected.profile) << shown;
    EXPECT_EQ(l.dsns, c.expected.dsns) << shown;
    EXPECT_EQ(l.tools, c.expected.tools) << shown;
    EXPECT_EQ(l.log_level, c.expected.log_level) << shown;
    EXPECT_EQ(l.log_file, c.expected.log_file) << shown;
    EXPECT_EQ(l.tool, c.expected.tool) << shown;
    EXPECT_EQ(l.arguments, c.expected.arguments) << shown;
    EXPECT_EQ(l.format, c.expected.format) << shown;
    EXPECT_EQ(l.json, c.expected.json) << shown;
    EXPECT_EQ(l.secret, c.expected.secret) << shown;
    EXPECT_EQ(l.client, c.expected.client) << shown;
    EXPECT_EQ(l.name, c.expected.name) << shown;
    EXPECT_EQ(l.write, c.expected.write) << shown;
    EXPECT_EQ(l.print, c.expected.print) << shown;
    EXPECT_EQ(l.yes, c.expected.yes) << shown;
    EXPECT_EQ(l.connection, c.expected.connection) << shown;
    EXPECT_EQ(l.last, c.expected.last) << shown;
    EXPECT_EQ(l.file, c.expected.file) << shown;
    EXPECT_EQ(l.config, c.expected.config) << shown;
    EXPECT_EQ(l.statements, c.expected.statements) << shown;
    EXPECT_EQ(l.time_limit, c.expected.time_limit) << shown;
  }
}

TEST(CommandLine, SaysWhatIsWrongWithItAndExitsWithTwo) {
  struct Case {
    std::vector<const char*> arguments;
    const char* part;
  };
  for (const auto& c : std::vector<Case>{
           {{"call"}, "call needs a tool: dbmux call list_tables"},
           {{"call", "t", "--arg", "query"}, "--arg query: write --arg name=value"},
           {{"call", "t", "--arg", "=1"}, "--arg =1: write --arg name=value"},
           {{"call", "t", "--format", "xml"}, "--format"},
           {{"--tools", "three"}, "--tools"},
           {{"--log-level", "loud"}, "--log-level"},
           {{"--wibble"}, "--wibble"},
           {{"profile"}, "profile needs one of: check, show, schema"},
           {{"plugin"}, "plugin needs one of: list, check FILE"},
           {{"plugin", "check"}, "plugin check needs a file"},
           {{"--port", "3001"}, "not built yet"},
           {{"--http", "0.0.0.0:80"}, "not built yet"},
           {{"token", "new"}, "token is not built yet"},
           {{"secret"}, "secret needs one of: set NAME, list, rm NAME, rotate"},
           {{"secret", "set"}, "need a name: dbmux secret set NAME"},
           {{"secret", "set", "erp", "hunter2"}, "never an argument"},
           {{"setup", "--client", "emacs"}, "--client"},
           {{"setup", "a:b", "c:d"}, "one DSN"},
           {{"setup", "a:b", "--write"}, "--write needs --client"},
           {{"setup", "a:b", "--write", "--print"}, "either --write or --print"},
           {{"doctor", "erp", "crm"}, "doctor takes one connection, or one DSN"},
           {{"history", "erp"}, "history takes no 'erp'; one connection: --connection NAME"},
           {{"history", "--last", "0"}, "--last"},
           {{"history", "--last", "many"}, "--last"},
       }) {
    const auto parsed = parse(c.arguments);
    EXPECT_FALSE(parsed.line) << c.part;
    EXPECT_EQ(parsed.code, 2) << c.part;
    EXPECT_TRUE(parsed.text.starts_with("dbmux: ")) << parsed.text;
    EXPECT_NE(parsed.text.find(c.part), std::string::npos) << parsed.text;
    EXPECT_TRUE(parsed.text.ends_with("\nTry dbmux --help.\n")) << parsed.text;
  }
}

TEST(CommandLine, PrintsHelpAndVersionWhereverTheyAreAsked) {
  for (const auto& arguments : std::vector<std::vector<const char*>>{
           {"--help"}, {"-h"}, {"serve", "--help"}, {"call", "-h"}, {"profile", "--help"}, {"-h", "call"}}) {
    const auto parsed = parse(arguments);
    EXPECT_FALSE(parsed.line);
    EXPECT_EQ(parsed.code, 0);
    EXPECT_EQ(parsed.text, help_text());
  }
  const auto version = parse({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_TRUE(version.text.starts_with("dbmux ") && std::isdigit(version.text[6])) << version.text;
}

TEST(CommandLine, HelpNamesEveryCommandAndExitCode) {
  const auto help = help_text();
  for (const auto* word :
       {"--stdio", "call TOOL", "setup [DSN]", "doctor [CONNECTION|DSN]", "history [--last N]",
        "confirm [CODE]", "secret set NAME", "profile check|show|schema", "plugin list", "--tools",
        "--profile", "0 ok, 1 failed, 2 usage, 3 profile, 4 plugin, 5 unreachable, 6 refused"})
    EXPECT_NE(help.find(word), std::string::npos) << word;
}

TEST(ExitCode, TellsAScriptWhatKindOfFailureItWas) {
  struct Case {
    Category category;
    int code;
  };
  for (const auto& c : {Case{Category::invalid, 2}, Case{Category::profile, 3}, Case{Category::plugin, 4},
                        Case{Category::connection, 5}, Case{Category::auth, 5}, Case{Category::read_only, 6},
                        Case{Category::denied, 6}, Case{Category::syntax, 1}, Case{Category::timeout, 1},
                        Case{Category::not_found, 1}, Case{Category::internal, 1}})
    EXPECT_EQ(exit_code(c.category), c.code) << to_string(c.category);
}

TEST(PluginFolders, AreThoseOfTheVariableBeforeTheInstalledOne) {
  const auto folders = plugin_folders([](std::string_view name) -> std::optional<std::string> {
    if (name == "DBMUX_PLUGIN_PATH") return "/a:relative::/b";
    return std::nullopt;
  });
  ASSERT_EQ(folders.size(), 3u);
  EXPECT_EQ(folders[0], "/a");
  EXPECT_EQ(folders[1], "/b");
  EXPECT_TRUE(folders[2].string().ends_with("/lib/dbmux/plugins")) << folders[2];
}

}  // namespace
}  // namespace dbmux
