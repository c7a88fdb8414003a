#include "profile/load.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "../../temporary_folder.hpp"
#include "base/text.hpp"

namespace dbmux {
namespace {

namespace fs = std::filesystem;

Environment variables(std::map<std::string, std::string, std::less<>> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

Profile loaded(std::string_view yaml, const Environment& environment = variables({})) {
  ProfileReport report = parse_profile(yaml, "local.yaml", environment);
  for (const Problem& problem : report.problems)
    if (problem.severity == Problem::Severity::error) ADD_FAILURE() << problem.text();
  return report.profile.value_or(Profile{});
}

class ProfileFolder : public testing::Test {
 protected:
  fs::path write(const std::string& name, std::string_view text) { return write_file(folder_ / name, text); }

  const TemporaryFolder folder_;
};

TEST(Profile, ReadsWhatAConnectionSays) {
  const Profile profile = loaded(R"(dbmux: 1
default_connection: b
connections:
  a: {plugin: sqlite, filename: /a.db}
  b:
    type: postgres
    description: 2024
    host: ${HOST:-localhost}
    port: ${PORT:-5432}
    password: {secret: [env:PW, pgpass]}
    options: {maxPoolSize: 5, tags: [x, "1"]}
    access: read-write
    unknown_sql: engine
    timeout: 45s
    statementTimeout: 2min
    pool_size: {min: 2, max: 15}
    idle_timeout: 1min
    max_lifetime: 2h
    retry: {attempts: 5, backoff: 100ms..2s, on: transient}
    limits: {rows: none, tokens: 500, bytes: 2MiB, cell: none}
    required: true
    replicas: [{host: c, port: 5433, max_lag: 5s}, {host: d}]
)");
  EXPECT_EQ(profile.name, "local");
  EXPECT_EQ(profile.default_connection, "b");
  ASSERT_EQ(profile.connections.size(), 2U);
  const ConnectionProfile& b = profile.connections[1];
  EXPECT_EQ(b.plugin, "postgres");
  EXPECT_EQ(b.description, "2024");
  EXPECT_EQ(b.origin.text(), "local.yaml:5");
  EXPECT_EQ(b.access, Access::read_write);
  EXPECT_TRUE(b.unknown_sql_to_engine);
  EXPECT_EQ(b.timeout.count(), 45'000);
  EXPECT_EQ(b.statement_timeout.count(), 120'000);
  EXPECT_EQ(b.pool_min, 2);
  EXPECT_EQ(b.pool_max, 15);
  EXPECT_EQ(b.pool_idle.count(), 60'000);
  EXPECT_EQ(b.pool_life.count(), 7'200'000);
  EXPECT_EQ(b.retry.attempts, 5);
  ASSERT_EQ(b.replicas.size(), 2U);
  EXPECT_EQ(b.replicas[0].host, "c");
  EXPECT_EQ(b.replicas[0].port, 5433);
  EXPECT_EQ(b.replicas[0].max_lag.count(), 5000);
  EXPECT_EQ(b.replicas[1].max_lag.count(), 30'000);
  EXPECT_EQ(b.retry.base.count(), 100);
  EXPECT_EQ(b.retry.cap.count(), 2000);
  EXPECT_EQ(b.limits.rows, 0);
  EXPECT_EQ(b.limits.tokens, 500);
  EXPECT_EQ(b.limits.bytes, 2 << 20);
  EXPECT_EQ(b.limits.cell, 0U);
  EXPECT_TRUE(b.required);
  EXPECT_FALSE(b.disabled);
  ASSERT_EQ(b.options.size(), 5U);
  EXPECT_EQ(std::get<std::string>(b.options[0].value.data), "localhost");
  EXPECT_EQ(std::get<std::int64_t>(b.options[1].value.data), 5432);
  EXPECT_EQ(b.options[1].value.mark.text(), "local.yaml:9:11");
  EXPECT_EQ(b.options[1].key.text(), "local.yaml:9:5");
  EXPECT_EQ(b.options[2].secret->sources, (std::vector<std::string>{"env:PW", "pgpass"}));
  EXPECT_EQ(b.options[3].path, "options.maxPoolSize");
  const auto& tags = std::get<Value::List>(b.options[4].value.data);
  EXPECT_EQ(std::get<std::string>(tags.at(1).data), "1");
}

TEST(Profile, TypesPlainScalarsAfterExpansionAndKeepsTheirText) {
  const Profile profile = loaded(
      "dbmux: 1\nconnections:\n  a:\n    plugin: p\n    b: ${T}\n    i: ${N}\n    f: 1.5\n    s: ${Z}\n    "
      "q: '5'\n",
      variables({{"T", "true"}, {"N", "7"}, {"Z", "0123"}}));
  const auto& options = profile.connections.at(0).options;
  EXPECT_EQ(std::get<bool>(options[0].value.data), true);
  EXPECT_EQ(std::get<std::int64_t>(options[1].value.data), 7);
  EXPECT_EQ(options[1].value.scalar, "7");
  EXPECT_EQ(std::get<double>(options[2].value.data), 1.5);
  EXPECT_EQ(std::get<std::string>(options[3].value.data), "0123");
  EXPECT_EQ(std::get<std::string>(options[4].value.data), "5");
}

TEST(Profile, AVariablesValueIsNeverReadAsYaml) {
  const Profile profile = loaded("dbmux: 1\nconnections:\n  a:\n    plugin: p\n    x: ${EVIL}\n",
                                 variables({{"EVIL", "y\n    access: read-write # {a: b}"}}));
  EXPECT_EQ(profile.connections.at(0).access, Access::read_only);
  EXPECT_EQ(std::get<std::string>(profile.connections[0].options.at(0).value.data),
            "y\n    access: read-write # {a: b}");
}

TEST(Profile, DefaultsHoldForEveryConnectionThatDoesNotSayOtherwise) {
  const Profile profile = loaded(R"(dbmux: 1
defaults: {access: read-write, timeout: 10s, limits: {rows: 5}}
connections:
  a: {plugin: p}
  b: {plugin: p, access: read-only, limits: {tokens: 7}}
)");
  EXPECT_EQ(profile.connections[0].access, Access::read_write);
  EXPECT_EQ(profile.connections[0].timeout.count(), 10'000);
  EXPECT_EQ(profile.connections[1].access, Access::read_only);
  EXPECT_EQ(profile.connections[1].limits.rows, 5);
  EXPECT_EQ(profile.connections[1].limits.tokens, 7);
  EXPECT_EQ(profile.connection_defaults.access, Access::read_write);
}

TEST(Profile, IsReadOnlyAndBoundedWhenItSaysNothing) {
  const Profile profile = loaded("dbmux: 1\nconnections:\n  a: {plugin: p}\n");
  const ConnectionProfile& a = profile.connections.at(0);
  EXPECT_EQ(a.access, Access::read_only);
  EXPECT_EQ(a.timeout.count(), 30'000);
  EXPECT_EQ(a.statement_timeout.count(), 60'000);
  EXPECT_EQ(a.limits.rows, 1000);
  EXPECT_EQ(a.limits.tokens, 10'000);
  EXPECT_TRUE(profile.runtime_connections.empty());
  EXPECT_TRUE(profile.export_dir.empty());
}

TEST(Profile, ALongTimeoutRaisesTheCeilingThatIsNotGiven) {
  const Profile profile = loaded(
      "dbmux: 1\nconnections:\n  a: {plugin: p, timeout: 5min}\n  b: {plugin: p, statement_timeout: 10s}\n");
  EXPECT_EQ(profile.connections[0].statement_timeout.count(), 300'000);
  EXPECT_EQ(profile.connections[1].timeout.count(), 10'000);
}

TEST(Profile, AMissingVariableDisablesOnlyItsOwnConnection) {
  const Profile profile = loaded(R"(dbmux: 1
connections:
  erp:
    plugin: postgres
    host: ${AZURE_SERVER_NAME}.postgres.database.azure.com
  b: {plugin: p}
  c: {plugin: p}
)");
  ASSERT_EQ(profile.connections.size(), 3U);
  ASSERT_TRUE(profile.connections[0].disabled);
  EXPECT_EQ(profile.connections[0].disabled->message,
            "local.yaml:5:11: connections.erp.host: AZURE_SERVER_NAME is not set, so 'erp' is disabled; the "
            "other 2 "
            "connections work. Desktop clients pass only the variables in their entry's \"env\".");
  EXPECT_EQ(profile.connections[0].disabled->category, Category::profile);
  EXPECT_EQ(profile.connections[0].disabled->object, "host");
  EXPECT_FALSE(profile.connections[1].disabled);
}

TEST(Profile, ADisabledConnectionNamesAllItsMissingVariables) {
  const Profile profile = loaded(
      "dbmux: 1\nconnections:\n  a:\n    plugin: p\n    host: ${X}\n    user: ${Y}${X}\n    access: ${Z}\n");
  EXPECT_EQ(profile.connections.at(0).disabled->message,
            "local.yaml:5:11: connections.a.host: X, Y, Z are not set, so 'a' is disabled. Desktop clients "
            "pass only "
            "the variables in their entry's \"env\".");
  EXPECT_EQ(profile.connections[0].access, Access::read_only);
}

constexpr std::string_view kEnabledBy = R"(dbmux: 1
connections:
  a: {plugin: p}
  b: {plugin: q, enabled_by: [URL, HOST], host: "${HOST}"}
)";

TEST(Profile, OffersAConnectionOnlyWhenAVariableOfEnabledByIsSet) {
  EXPECT_EQ(loaded(kEnabledBy).connections.size(), 1U);
  EXPECT_EQ(loaded(kEnabledBy, variables({{"HOST", ""}})).connections.size(), 1U);
  const Profile profile = loaded(kEnabledBy, variables({{"HOST", "h"}}));
  ASSERT_EQ(profile.connections.size(), 2U);
  EXPECT_FALSE(profile.connections[1].disabled);
}

TEST(Profile, ADefaultThatIsNotOfferedStaysTheDefaultAndSaysWhy) {
  const Profile profile = loaded(std::string(kEnabledBy) + "default_connection: b\n");
  ASSERT_EQ(profile.connections.size(), 2U);
  ASSERT_TRUE(profile.connections[1].disabled);
  EXPECT_NE(profile.connections[1].disabled->message.find("none of URL, HOST is set"), std::string::npos);
}

TEST(Profile, ReadsTheBoundsOfRuntimeConnections) {
  const Profile profile = loaded(R"(dbmux: 1
runtime_connections:
  sqlite: {access: read-write, paths: ["${HOME}/data/..", /tmp], hidden: true}
  postgres: {hosts: [loopback]}
tools: {list: [list_tables], names: both}
export_dir: ${HOME}/out
plugins: {pin: {sqlite: sha256:AAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}
)",
                                 variables({{"HOME", "/no/such/home"}}));
  const RuntimeBounds& sqlite = profile.runtime_connections.at("sqlite");
  EXPECT_EQ(sqlite.access, Access::read_write);
  EXPECT_TRUE(sqlite.hidden);
  EXPECT_EQ(fs::path(sqlite.paths.at(0)) / "", fs::path("/no/such/home/"));
  EXPECT_EQ(sqlite.paths.at(1), "/tmp");
  EXPECT_EQ(profile.runtime_connections.at("postgres").hosts, std::vector<std::string>{"loopback"});
  EXPECT_EQ(profile.runtime_connections.at("postgres").access, Access::read_only);
  EXPECT_EQ(profile.tools.kind, ToolList::Kind::named);
  EXPECT_EQ(profile.tools.style, NameStyle::both);
  EXPECT_EQ(profile.export_dir, "/no/such/home/out");
  EXPECT_EQ(profile.plugin_pins.at("sqlite"), std::string(64, 'a'));
}

TEST(Profile, SectionsWhoseLinesAreAllCommentedOutAreEmpty) {
  const Profile profile = loaded("dbmux: 1\nconnections:\n#  a: {plugin: p}\ndefaults:\n");
  EXPECT_TRUE(profile.connections.empty());
}

TEST(Environment, HomesAlwaysExist) {
  EXPECT_EQ(with_homes(variables({{"HOME", "/h"}}))("DBMUX_HOME"), "/h/.local/share/dbmux");
  EXPECT_EQ(with_homes(variables({{"HOME", "/h"}, {"XDG_DATA_HOME", "/d"}}))("DBMUX_HOME"), "/d/dbmux");
  EXPECT_EQ(with_homes(variables({{"DBMUX_HOME", "/x"}}))("DBMUX_HOME"), "/x");
  EXPECT_TRUE(with_homes(variables({}))("HOME")->starts_with('/'));
  EXPECT_EQ(with_homes(variables({{"A", "1"}}))("A"), "1");
  EXPECT_FALSE(with_homes(variables({}))("A"));
}

TEST(ProfileName, ComesFromTheFlagThenTheEnvironmentThenIsLocal) {
  EXPECT_EQ(chosen_profile("x", variables({{"DB_PROFILE", "y"}})), "x");
  EXPECT_EQ(chosen_profile({}, variables({{"DB_PROFILE", "y"}})), "y");
  EXPECT_EQ(chosen_profile({}, variables({{"DB_PROFILE", ""}})), "local");
}

TEST_F(ProfileFolder, IsSearchedInTheOrderOfTheHandbook) {
  const auto paths =
      search_paths(variables({{"HOME", "/h"}, {"DBMUX_CONFIG_DIR", "/own"}}), write("dist/bin/dbmux", ""));
  ASSERT_EQ(paths.folders.size(), 4U);
  EXPECT_EQ(paths.folders[0], "/own");
  EXPECT_EQ(paths.folders[1], "/h/.config/dbmux");
  EXPECT_EQ(paths.folders[2], "/etc/dbmux");
  EXPECT_EQ(paths.folders[3], folder_ / "dist/share/dbmux/profiles");
  EXPECT_EQ(search_paths(variables({{"XDG_CONFIG_HOME", "/c"}})).folders[0], "/c/dbmux");
}

TEST_F(ProfileFolder, FindsTheFirstOfAName) {
  const fs::path first = write("a/x.yaml", ""), second = write("b/x.yaml", ""), other = write("b/y.yaml", "");
  const SearchPaths paths{{folder_ / "a", folder_ / "b"}, {}};
  EXPECT_EQ(find_profile("x", paths).value(), first);
  EXPECT_EQ(find_profile("y", paths).value(), other);
  EXPECT_EQ(find_profile(second.string(), paths).value(), second);
}

TEST_F(ProfileFolder, TellsWhereItLookedWhatThereIsAndTheNearestName) {
  write(".config/dbmux/local.yaml", "");
  write(".config/dbmux/notes.txt", "");
  write("share/azure_dev.yaml", "");
  write("share/azure_prod.yaml", "");
  const SearchPaths paths{{folder_ / ".config/dbmux", folder_ / "absent", folder_ / "share"},
                          folder_.path().string()};
  EXPECT_EQ(find_profile("azure-prod", paths).error().message,
            "profile 'azure-prod' not found in ~/.config/dbmux, ~/absent, ~/share; there are: azure_dev, "
            "azure_prod, "
            "local. Did you mean azure_prod?");
  EXPECT_EQ(find_profile("./no.yaml", paths).error().message, "profile file './no.yaml' does not exist");
  EXPECT_EQ(find_profile("x", {{folder_ / "absent"}, {}}).error().message,
            "profile 'x' not found in " + (folder_ / "absent").string() + "; there is none");
}

TEST_F(ProfileFolder, ServingGetsTheFirstErrorAndHowManyMore) {
  const auto result = load_profile(write("bad.yaml", "dbmux: 1\na: 1\nb: 2\n"), variables({}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::profile);
  EXPECT_TRUE(result.error().message.starts_with("bad.yaml:2:1: a: unknown key")) << result.error().message;
  EXPECT_TRUE(result.error().hint.starts_with("There are 1 more")) << result.error().hint;
}

TEST_F(ProfileFolder, AFileThatCannotBeReadIsAnError) {
  EXPECT_EQ(load_profile(folder_ / "no.yaml", variables({})).error().message,
            (folder_ / "no.yaml").string() + ": there is no such file");
  EXPECT_EQ(load_profile(folder_.path(), variables({})).error().message,
            folder_.path().string() + ": a folder, not a file");
}

TEST_F(ProfileFolder, WarnsOfAFileThatEverybodyCanWrite) {
  const fs::path file = write("open.yaml", "dbmux: 1\n");
  ASSERT_EQ(chmod(file.c_str(), 0666), 0);
  const auto profile = load_profile(file, variables({}));
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->warnings,
            std::vector<std::string>{"open.yaml: everybody can write to this file; chmod o-w"});
}

TEST_F(ProfileFolder, RelativePathsBeginWhereTheProfileLies) {
  const auto profile =
      load_profile(write("x.yaml", "dbmux: 1\nconnections:\n  a: {plugin: p}\n"), variables({}));
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->connections.at(0).folder, folder_.path());
}

TEST(ShippedProfile, LocalLoadsWithoutAProblem) {
  const auto report =
      read_profile(DBMUX_SOURCE_DIR "/profiles/local.yaml", with_homes(variables({{"HOME", "/home/me"}})));
  for (const Problem& problem : report.problems) ADD_FAILURE() << problem.text();
  ASSERT_TRUE(report.profile);
  EXPECT_EQ(report.profile->connections.at(0).name, "sample");
  EXPECT_EQ(report.profile->connections[0].options.at(0).value.scalar,
            "/home/me/.local/share/dbmux/sample.db");
  EXPECT_EQ(report.profile->connections[0].access, Access::read_only);
  EXPECT_FALSE(report.profile->runtime_connections.at("sqlite").hidden);
  EXPECT_EQ(report.profile->runtime_connections.at("sqlite").access, Access::read_only);
}

}  // namespace
}  // namespace dbmux
