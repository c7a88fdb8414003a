#include "driver/options.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/text.hpp"
#include "profile/load.hpp"
#include "profile/report.hpp"

namespace dbmux {
namespace {

Environment variables(std::map<std::string, std::string, std::less<>> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

// A plugin that serves files and one that serves hosts; no engine is needed to check options.
const Descriptor& files() {
  static const Descriptor descriptor{
      .id = "files",
      .name = {},
      .vendor = {},
      .version = {},
      .languages = {},
      .url_schemes = {"files"},
      .config_schema = R"({"type":"object","additionalProperties":false,"required":["filename"],"properties":{
        "filename":{"type":"string","minLength":1,"x-dbmux-path":"file","x-dbmux-env":["FILES_NAME"],"x-dbmux-alias":["file","database"]},
        "createIfNotExists":{"type":"boolean","x-dbmux-env":["FILES_CREATE"]},
        "busyTimeout":{"type":"integer","minimum":0,"maximum":1000},
        "mode":{"enum":["rollback","wal"],"type":"string"},
        "tags":{"type":"array","items":{"type":"string"}},
        "ratio":{"type":"number"},
        "key":{"type":"string","x-dbmux-secret":true}}})",
      .has_items = false,
      .experimental = false,
      .sha256 = {}};
  return descriptor;
}

const Descriptor& net() {
  static const Descriptor descriptor{
      .id = "net",
      .name = {},
      .vendor = {},
      .version = {},
      .languages = {},
      .url_schemes = {"net"},
      .config_schema = R"({"type":"object","additionalProperties":false,"properties":{
        "host":{"type":"string","x-dbmux-env":["NET_HOST","NETHOST"],"x-dbmux-alias":["server"],"x-dbmux-host":true},
        "port":{"type":"integer","minimum":1,"maximum":65535,"x-dbmux-env":["NET_PORT"]},
        "user":{"type":"string","x-dbmux-env":["NET_USER"]},
        "password":{"type":"string","x-dbmux-secret":true,"x-dbmux-env":["NET_PASSWORD"]},
        "database":{"type":"string"},
        "sslCa":{"type":"string","x-dbmux-path":"file"},
        "options":{"type":"object","properties":{"maxPoolSize":{"type":"integer"}}},
        "settings":{"type":"object"}}})",
      .has_items = false,
      .experimental = false,
      .sha256 = {}};
  return descriptor;
}

Profile profile_of(std::string_view connections, const Environment& environment = variables({})) {
  const auto report =
      parse_profile("dbmux: 1\nconnections:\n" + std::string(connections), "local.yaml", environment);
  for (const Problem& problem : report.problems) ADD_FAILURE() << problem.text();
  return report.profile.value_or(Profile{});
}

const Descriptor& plugin_of(const ConnectionProfile& connection) {
  return connection.plugin == "net" ? net() : files();
}

std::vector<std::string> problems(std::string_view connection) {
  const Profile profile = profile_of(connection);
  std::vector<std::string> texts;
  for (const Problem& problem : option_problems(profile.connections.at(0), plugin_of(profile.connections[0])))
    texts.push_back(problem.text());
  return texts;
}

struct Case {
  const char* yaml;
  const char* problem;
};

class WrongOption : public testing::TestWithParam<Case> {};

TEST_P(WrongOption, IsToldWithItsPlaceAndARemedy) {
  EXPECT_EQ(joined(problems(GetParam().yaml), "\n"), GetParam().problem) << GetParam().yaml;
}

INSTANTIATE_TEST_SUITE_P(
    Options, WrongOption,
    testing::Values(
        Case{"  erp:\n    plugin: files\n    filename: /x\n    acces: read-write\n",
             "local.yaml:6:5: connections.erp.acces: unknown key; did you mean 'access'? (read-only, "
             "confirm, read-write)"},
        Case{"  a: {plugin: files, filname: /x}\n",
             "local.yaml:3:22: connections.a.filname: unknown key; did you mean 'filename'?\n"
             "local.yaml:3: connections.a: 'filename' is missing"},
        Case{"  a: {plugin: files, filename: /x, mod: wal}\n",
             "local.yaml:3:36: connections.a.mod: unknown key; did you mean 'mode'? (rollback, wal)"},
        Case{"  a: {plugin: net, options: {maxPolSize: 5}}\n",
             "local.yaml:3:30: connections.a.options.maxPolSize: unknown key; did you mean "
             "'options.maxPoolSize'?"},
        Case{"  a: {plugin: files, filename: /x, database: /y}\n",
             "local.yaml:3:36: connections.a.database: the same option as 'filename' in line 3"},
        Case{"  a: {plugin: files}\n", "local.yaml:3: connections.a: 'filename' is missing"},
        Case{"  a: {plugin: files, filename: [x]}\n",
             "local.yaml:3:32: connections.a.filename: expected text"},
        Case{"  a: {plugin: files, filename: /x, createIfNotExists: 1}\n",
             "local.yaml:3:55: connections.a.createIfNotExists: expected true or false"},
        Case{"  a: {plugin: files, filename: /x, busyTimeout: \"5\"}\n",
             "local.yaml:3:49: connections.a.busyTimeout: expected a whole number"},
        Case{"  a: {plugin: files, filename: /x, busyTimeout: 1.5}\n",
             "local.yaml:3:49: connections.a.busyTimeout: expected a whole number"},
        Case{"  a: {plugin: files, filename: /x, mode: Wal}\n",
             "local.yaml:3:42: connections.a.mode: 'Wal' is unknown; did you mean 'wal'? (rollback, wal)"},
        Case{"  a: {plugin: files, filename: ~/x.db}\n",
             "local.yaml:3:32: connections.a.filename: '~' is not expanded; write ${HOME} instead"},
        Case{"  a: {plugin: files, filename: {secret: env:X}}\n", ""},
        Case{"  a: {plugin: net, port: {secret: env:X}}\n",
             "local.yaml:3:20: connections.a.port: expected a whole number, which is not secret"},
        Case{"  a: {plugin: net, password: [hunter2]}\n",
             "local.yaml:3:20: connections.a.password: expected text, or a source such as {secret: "
             "env:NAME}"}));

TEST(Options, TheRestOfTheSchemaHoldsToo) {
  const auto range = problems("  a: {plugin: files, filename: /x, busy_timeout: 5000}\n");
  ASSERT_EQ(range.size(), 1U);
  EXPECT_TRUE(range[0].starts_with("local.yaml:3:50: connections.a.busy_timeout: ")) << range[0];
  const auto empty = problems("  a: {plugin: files, filename: \"\"}\n");
  ASSERT_EQ(empty.size(), 1U);
  EXPECT_TRUE(empty[0].starts_with("local.yaml:3:32: connections.a.filename: ")) << empty[0];
}

TEST(Options, ATextIsShortEnoughForThePatternOfASchema) {
  Descriptor strict = files();
  strict.config_schema =
      R"({"type":"object","properties":{"filename":{"type":"string","pattern":"^(/|x)*$"}}})";
  const auto found = [&](const std::string& text) {
    const auto all = option_problems(
        profile_of("  a: {plugin: files, filename: " + text + "}\n").connections.at(0), strict);
    return all.empty() ? "" : all.front().text();
  };
  EXPECT_EQ(found("/xx"), "");
  EXPECT_NE(found("/y").find("pattern"), std::string::npos) << found("/y");
  EXPECT_EQ(found("/" + std::string(1'000'000, 'x')),
            "local.yaml:3:32: connections.a.filename: longer than 4,096 bytes");
}

TEST(Options, AreTypedAndNamedAsThePluginSpellsThem) {
  const Profile profile = profile_of(R"(  a:
    plugin: files
    database: /x
    create_if_not_exists: true
    busyTimeout: 7
    ratio: 0.5
    tags: [a, b]
)");
  const auto options = check_options(profile.connections.at(0), files());
  ASSERT_TRUE(options) << options.error().message;
  ASSERT_EQ(options->params.size(), 5U);
  EXPECT_EQ(options->params[0].name, "filename");
  EXPECT_EQ(options->params[0].kind, Kind::text);
  EXPECT_EQ(options->params[0].text, "/x");
  EXPECT_EQ(options->params[1].name, "createIfNotExists");
  EXPECT_EQ(options->params[1].kind, Kind::boolean);
  EXPECT_EQ(options->params[1].i64, 1);
  EXPECT_EQ(options->params[2].kind, Kind::i64);
  EXPECT_EQ(options->params[2].i64, 7);
  EXPECT_EQ(options->params[3].kind, Kind::f64);
  EXPECT_EQ(options->params[3].f64, 0.5);
  EXPECT_EQ(options->params[4].kind, Kind::json);
  EXPECT_EQ(options->params[4].text, R"(["a","b"])");
}

TEST(Options, ATextMayLookLikeANumber) {
  const Profile profile =
      profile_of("  a: {plugin: net, database: 2024, user: true, settings: {a: {b: 5}}}\n");
  const auto options = check_options(profile.connections.at(0), net());
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->params[0].text, "2024");
  EXPECT_EQ(options->params[1].text, "true");
  EXPECT_EQ(options->params[2].name, "settings.a.b");
}

TEST(Options, SecretsBecomeTextThatNamesThem) {
  const Profile profile = profile_of("  a: {plugin: net, password: {secret: [env:PW, pgpass]}}\n");
  const auto options = check_options(profile.connections.at(0), net());
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->params.at(0).text, "password");
  EXPECT_EQ(options->secrets.at("password").sources, (std::vector<std::string>{"env:PW", "pgpass"}));
}

TEST(Options, ASecretInTheProfileIsWarnedOfAndNeverShown) {
  const Profile profile = profile_of("  a: {plugin: net, password: hunter2}\n");
  const OptionReport report = read_options(profile.connections.at(0), net());
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].severity, Problem::Severity::warning);
  EXPECT_EQ(report.problems[0].text().find("hunter2"), std::string::npos);
  EXPECT_EQ(report.options.params.at(0).text, "password");
  EXPECT_EQ(report.options.secrets.at("password").sources, std::vector<std::string>{"literal:hunter2"});
  EXPECT_TRUE(check_options(profile.connections[0], net()));
}

TEST(Options, ASecretFromAVariableIsNotWarnedOf) {
  const Environment environment = variables({{"PW", "hunter2"}});
  const Profile profile = profile_of("  a: {plugin: net, password: \"${PW}\"}\n", environment);
  const OptionReport report = read_options(profile.connections.at(0), net());
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(report.options.secrets.at("password").sources, std::vector<std::string>{"literal:hunter2"});
}

TEST(Options, RelativePathsBeginAtTheProfile) {
  Profile profile = profile_of(
      "  a: {plugin: files, filename: data/../x.db}\n  b: {plugin: files, filename: \":memory:\"}\n");
  profile.connections[0].folder = "/etc/dbmux";
  EXPECT_EQ(check_options(profile.connections[0], files())->params.at(0).text, "/etc/dbmux/x.db");
  EXPECT_EQ(check_options(profile.connections[1], files())->params.at(0).text, ":memory:");
  const Descriptor plugins[] = {files()};
  apply_environment(profile, plugins, variables({{"FILES_NAME", "x.db"}}));
  EXPECT_EQ(check_options(profile.connections[0], files())->params.at(0).text,
            (std::filesystem::current_path() / "x.db").string());
}

TEST(Options, ADisabledConnectionIsCheckedForItsKeysOnly) {
  const Profile profile = profile_of("  a: {plugin: files, filename: \"${NOPE}\", nope: 1}\n");
  const auto found = option_problems(profile.connections.at(0), files());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].message.starts_with("unknown key"));
}

TEST(Options, ASchemaThatIsNoneIsThePluginsFault) {
  Descriptor broken = files();
  broken.config_schema = "{";
  const auto options = check_options(profile_of("  a: {plugin: files}\n").connections.at(0), broken);
  EXPECT_NE(options.error().message.find("plugin 'files': its option schema"), std::string::npos);
  broken.config_schema = R"({"type":"object","properties":{"filename":{"$ref":"elsewhere.json"}}})";
  const auto refused =
      check_options(profile_of("  a: {plugin: files, filename: /x}\n").connections.at(0), broken);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("the option schema of plugin 'files' cannot be used"),
            std::string::npos)
      << refused.error().message;
}

TEST(Options, SecretOnesAreKnownInEverySpelling) {
  EXPECT_TRUE(is_secret_option(net(), "password"));
  EXPECT_TRUE(is_secret_option(net(), "Password"));
  EXPECT_FALSE(is_secret_option(net(), "host"));
  EXPECT_FALSE(is_secret_option(net(), "nope"));
}

TEST(Options, UrlPartsGoToTheOptionsOfTheirName) {
  EXPECT_EQ(dsn_plugin(files()).parts.at("file"), "filename");
  const DsnPlugin plugin = dsn_plugin(net());
  EXPECT_EQ(plugin.parts.at("host"), "host");
  EXPECT_FALSE(plugin.parts.contains("file"));
  EXPECT_FALSE(plugin.parts.contains("uri"));
}

std::string shown(const Profile& profile) {
  std::string text = "default=" + profile.default_connection;
  for (const ConnectionProfile& connection : profile.connections) {
    text += '\n' + connection.name + '|' + connection.plugin + '|' + connection.origin.text();
    for (const Option& option : connection.options)
      text += '|' + option.path + '=' +
              (option.secret ? joined(option.secret->sources, ",") : option.value.scalar);
    if (connection.disabled) text += "|disabled";
  }
  return text;
}

struct Overlay {
  const char* yaml;
  std::map<std::string, std::string, std::less<>> environment;
  const char* expected;
};

TEST(HiddenEnvironment, IsWhatTheSchemasOfPluginsName) {
  Descriptor descriptor;
  descriptor.config_schema =
      R"({"type":"object","x-dbmux-env-hide":["DBMUX_TEST_ONE","DBMUX_TEST_GROUP*","*",7]})";
  for (const char* name : {"DBMUX_TEST_ONE", "DBMUX_TEST_ONES", "DBMUX_TEST_GROUP", "DBMUX_TEST_GROUP_B"})
    ::setenv(name, "value", 1);
  const auto before = process_environment();
  hide_environment({&descriptor, 1});
  EXPECT_EQ(std::getenv("DBMUX_TEST_ONE"), nullptr);
  EXPECT_EQ(std::getenv("DBMUX_TEST_GROUP"), nullptr);
  EXPECT_EQ(std::getenv("DBMUX_TEST_GROUP_B"), nullptr);
  EXPECT_STREQ(std::getenv("DBMUX_TEST_ONES"), "value");
  EXPECT_EQ(before("DBMUX_TEST_ONE"), "value");  // options can still come from it
  ::unsetenv("DBMUX_TEST_ONES");
}

TEST(EnvironmentOverlay, ChangesExactlyOneConnection) {
  const Descriptor plugins[] = {files(), net()};
  const char* two = "  a: {plugin: files, filename: /x}\n  b: {plugin: files, filename: /y}\n";
  const char* mixed = "  a: {plugin: files, filename: /x}\n  net: {plugin: net, host: h}\n";
  const Overlay cases[] = {
      {two, {}, "default=\na|files|local.yaml:3|filename=/x\nb|files|local.yaml:4|filename=/y"},
      {two,
       {{"FILES_NAME", "/e"}},
       "default=\na|files|local.yaml:3, FILES_NAME|filename=/e\nb|files|local.yaml:4|filename=/y"},
      {two,
       {{"FILES_NAME", ""}},
       "default=\na|files|local.yaml:3|filename=/x\nb|files|local.yaml:4|filename=/y"},
      {two,
       {{"FILES_CREATE", "1"}},
       "default=\na|files|local.yaml:3, "
       "FILES_CREATE|filename=/x|createIfNotExists=1\nb|files|local.yaml:4|filename=/y"},
      {two,
       {{"NETHOST", "e"}, {"NET_PASSWORD", "hunter2"}},
       "default=net\na|files|local.yaml:3|filename=/x\nb|files|local.yaml:4|filename=/y\n"
       "net|net|NETHOST, NET_PASSWORD|host=e|password=env:NET_PASSWORD"},
      {two,
       {{"NETHOST", "e"}, {"NET_HOST", "first"}},
       "default=net\na|files|local.yaml:3|filename=/x\nb|files|local.yaml:4|filename=/"
       "y\nnet|net|NET_HOST|host=first"},
      {mixed,
       {{"NET_HOST", "e"}},
       "default=net\na|files|local.yaml:3|filename=/x\nnet|net|local.yaml:4, NET_HOST|host=e"},
      {mixed,
       {{"NET_PASSWORD", "hunter2"}},
       "default=\na|files|local.yaml:3|filename=/x\nnet|net|local.yaml:4|host=h"},
      {"  net: {plugin: files, filename: /x}\n",
       {{"NET_HOST", "e"}},
       "default=net_2\nnet|files|local.yaml:3|filename=/x\nnet_2|net|NET_HOST|host=e"},
      {"  a: {plugin: net, server: h}\n",
       {{"NET_HOST", "e"}},
       "default=\na|net|local.yaml:3, NET_HOST|host=e"},
      {"  a: {plugin: net, host: \"${NOPE}\"}\n",
       {{"NET_HOST", "e"}},
       "default=\na|net|local.yaml:3, NET_HOST|host=e"},
      {"  a: {plugin: net, host: \"${NOPE}\", user: \"${NOPE}\"}\n",
       {{"NET_HOST", "e"}},
       "default=\na|net|local.yaml:3, NET_HOST|host=e|user=|disabled"},
      {"  a: {plugin: files, filename: /x}\n",
       {{"DATABASE_URL", "files:/u"}},
       "default=\na|files|local.yaml:3, DATABASE_URL|filename=/u"},
      {"  a: {plugin: files, filename: /x}\n",
       {{"DATABASE_URL", "net://u:p@h/db"}},
       "default=net\na|files|local.yaml:3|filename=/"
       "x\nnet|net|DATABASE_URL|user=u|password=literal:p|host=h|database=db"},
      {"  a: {plugin: files, filename: /x}\n",
       {{"DATABASE_URL", "mysql://u:p@h/db"}},
       "default=mysql\na|files|local.yaml:3|filename=/x\nmysql|mysql|DATABASE_URL|disabled"},
  };
  for (const Overlay& c : cases) {
    const Environment environment = variables(c.environment);
    Profile profile = profile_of(c.yaml, environment);
    apply_environment(profile, plugins, environment);
    EXPECT_EQ(shown(profile), c.expected);
  }
}

TEST(EnvironmentOverlay, AnOptionAloneMakesNoConnectionButAWarning) {
  const Descriptor plugins[] = {files(), net()};
  Profile profile = profile_of("  a: {plugin: net, host: h}\n");
  apply_environment(profile, plugins, variables({{"FILES_CREATE", "true"}}));
  EXPECT_EQ(profile.connections.size(), 1U);
  EXPECT_EQ(profile.warnings, std::vector<std::string>{"FILES_CREATE: set, but no connection uses it"});
}

TEST(EnvironmentOverlay, MadeConnectionsStartFromTheDefaultsOfTheProfile) {
  const Descriptor plugins[] = {files()};
  Profile profile;
  profile.connection_defaults.limits.rows = 5;
  apply_environment(profile, plugins, variables({{"FILES_NAME", "/e"}, {"FILES_CREATE", "yes"}}));
  ASSERT_EQ(profile.connections.size(), 1U);
  EXPECT_EQ(profile.connections[0].limits.rows, 5);
  EXPECT_EQ(profile.connections[0].access, Access::read_only);
  const auto options = check_options(profile.connections[0], files());
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->params.at(1).i64, 1);
}

TEST(EnvironmentOverlay, TheCommandLineWinsAndIsFilledUp) {
  const Descriptor plugins[] = {files(), net()};
  const std::vector<std::string> arguments = {"net://u@h/db"};
  Profile profile = profile_from_dsns(arguments, dsn_plugins(plugins)).value();
  apply_environment(
      profile, plugins,
      variables(
          {{"NET_HOST", "e"}, {"NET_PASSWORD", "x"}, {"FILES_NAME", "/f"}, {"DATABASE_URL", "files:/d"}}));
  EXPECT_EQ(shown(profile),
            "default=net\nnet|net|command line|user=u|host=h|database=db|password=env:NET_PASSWORD");
}

TEST(EnvironmentOverlay, AWrongValueNamesItsVariable) {
  const Descriptor plugins[] = {files(), net()};
  Profile profile = profile_of("  a: {plugin: files, filename: /x}\n");
  apply_environment(profile, plugins, variables({{"FILES_CREATE", "maybe"}}));
  EXPECT_EQ(check_options(profile.connections[0], files()).error().message,
            "FILES_CREATE: connections.a.createIfNotExists: expected true or false");
}

}  // namespace
}  // namespace dbmux
