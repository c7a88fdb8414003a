// What is said of a wrong profile: its text, and every problem in it.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "profile/load.hpp"

namespace dbmux {
namespace {

std::optional<std::string> environment(std::string_view name) {
  if (name == "WORD") return "thirty";
  if (name == "HOME") return "/home/me";
  return std::nullopt;
}

std::vector<std::string> problems(std::string_view yaml) {
  std::vector<std::string> texts;
  const ProfileReport report = parse_profile(yaml, "prod.yaml", environment);
  EXPECT_EQ(report.profile.has_value(), !any_error(report.problems));
  for (const Problem& problem : report.problems) texts.push_back(problem.text());
  return texts;
}

struct Case {
  const char* yaml;
  const char* problem;
};

class WrongProfile : public testing::TestWithParam<Case> {};

TEST_P(WrongProfile, IsToldWithItsPlaceAndARemedy) {
  EXPECT_EQ(joined(problems(GetParam().yaml), "\n"), GetParam().problem) << GetParam().yaml;
}

INSTANTIATE_TEST_SUITE_P(
    Keys, WrongProfile,
    testing::Values(
        Case{"dbmux: 1\nconections: {}\n",
             "prod.yaml:2:1: conections: unknown key; did you mean 'connections'?"},
        Case{"dbmux: 1\ndefaults:\n  acces: read-only\n",
             "prod.yaml:3:3: defaults.acces: unknown key; did you mean 'access'? (read-only, confirm, "
             "read-write)"},
        Case{"dbmux: 1\ndefaults: {limits: {zzz: 1}}\n",
             "prod.yaml:2:21: defaults.limits.zzz: unknown key; there are: rows, tokens, bytes, cell"},
        Case{"dbmux: 1\ndefaults:\n  access: read-only\n  access: read-write\n",
             "prod.yaml:4:3: defaults.access: given twice, first in line 3"},
        Case{"dbmux: 1\ndefaults:\n  statement_timeout: 60s\n  statementTimeout: 60s\n",
             "prod.yaml:4:3: defaults.statementTimeout: the same key as 'statement_timeout' in line 3"},
        Case{"dbmux: 1\nconnections:\n  a:\n    plugin: sqlite\n    type: sqlite\n",
             "prod.yaml:5:5: connections.a.type: the same key as 'plugin' in line 4"},
        Case{"dbmux: 1\nconnections:\n  a:\n    plugin: sqlite\n    createIfNotExists: true\n    "
             "create_if_not_exists: false\n",
             "prod.yaml:6:5: connections.a.create_if_not_exists: the same key as 'createIfNotExists' in line "
             "5"},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: sqlite}\n  a: {plugin: sqlite}\n",
             "prod.yaml:4:3: connections.a: given twice, first in line 3"},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: m, options: {maxPoolSize: 1, max_pool_size: 2}}\n",
             "prod.yaml:3:44: connections.a.options.max_pool_size: the same key as 'maxPoolSize' in line 3"},
        Case{"dbmux: 1\nconnections:\n  a:\n    description: no driver\n",
             "prod.yaml:3:3: connections.a: 'plugin' is missing: which driver it needs, such as 'plugin: "
             "sqlite'"},
        Case{"dbmux: 1\nconnections:\n  a b: {plugin: sqlite}\n",
             "prod.yaml:3:3: connections.a b: a name is made of letters, digits, '_', '.' and '-', at most "
             "64"},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: ../evil}\n",
             "prod.yaml:3:15: connections.a.plugin: the name of a plugin is made of small letters, digits "
             "and '_'"},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: sqlite, filename: }\n",
             "prod.yaml:3:23: connections.a.filename: empty; give it a value, or delete the line"},
        Case{"dbmux: 1\ndefault_connection: erb\nconnections:\n  erp: {plugin: sqlite}\n",
             "prod.yaml:2:21: default_connection: there is no connection 'erb'; did you mean 'erp'?"},
        Case{"default_connection: a\nconnections: {a: {plugin: sqlite}}\n",
             "prod.yaml:1:1: 'dbmux: 1' is missing, the version of the format"},
        Case{"dbmux: 2\n", "prod.yaml:1:8: dbmux: this dbmux reads version 1 of the format, not 2"}));

INSTANTIATE_TEST_SUITE_P(
    Types, WrongProfile,
    testing::Values(
        Case{"dbmux: 1\ndefaults: {timeout: ${WORD}}\n",
             "prod.yaml:2:22: not valid YAML: end of map flow not found; within { } and [ ] a text with ${…} "
             "needs quotes"},
        Case{"dbmux: 1\ndefaults: {timeout: \"${WORD}\"}\n",
             "prod.yaml:2:21: defaults.timeout: expected a duration such as 200ms, 30s or 5min, not the "
             "quoted text 'thirty'"},
        Case{
            "dbmux: 1\ndefaults:\n  timeout: ${WORD}\n",
            "prod.yaml:3:12: defaults.timeout: expected a duration such as 200ms, 30s or 5min, not 'thirty'"},
        Case{"dbmux: 1\ndefaults: {timeout: 30}\n",
             "prod.yaml:2:21: defaults.timeout: expected a duration such as 200ms, 30s or 5min, not '30'"},
        Case{"dbmux: 1\ndefaults: {timeout: none}\n",
             "prod.yaml:2:21: defaults.timeout: expected a duration such as 200ms, 30s or 5min, not 'none'"},
        Case{"dbmux: 1\ndefaults: {pool_size: {min: -1}}\n",
             "prod.yaml:2:29: defaults.pool_size.min: expected a whole number from 0 to 1,000, not '-1'"},
        Case{"dbmux: 1\ndefaults: {pool_size: {min: 5, max: 2}}\n",
             "prod.yaml:2:23: defaults.pool_size: min 5 is more than max 2"},
        Case{"dbmux: 1\ndefaults: {pool_size: 5}\n",
             "prod.yaml:2:23: defaults.pool_size: expected keys with values, not '5'"},
        Case{"dbmux: 1\ndefaults: {limits: {rows: 0}}\n",
             "prod.yaml:2:27: defaults.limits.rows: expected a whole number from 1, or none, not '0'"},
        Case{"dbmux: 1\ndefaults: {limits: {bytes: 1MB}}\n",
             "prod.yaml:2:28: defaults.limits.bytes: expected a size such as 4KiB or 1MiB, or none, not "
             "'1MB'"},
        Case{"dbmux: 1\ndefaults: {required: yes}\n",
             "prod.yaml:2:22: defaults.required: expected true or false, not 'yes'"},
        Case{"dbmux: 1\ndefaults: {access: readonly}\n",
             "prod.yaml:2:20: defaults.access: 'readonly' is unknown; did you mean 'read-only'? (read-only, "
             "confirm, read-write)"},
        Case{"dbmux: 1\ndefaults: {access: [read-only]}\n",
             "prod.yaml:2:20: defaults.access: expected one word, not a list"},
        Case{
            "dbmux: 1\ndefaults: {retry: {backoff: 5s..1s}}\n",
            "prod.yaml:2:29: defaults.retry.backoff: expected two durations such as 200ms..5s, not '5s..1s'"},
        Case{"dbmux: 1\ndefaults: {timeout: 90s, statement_timeout: 60s}\n",
             "prod.yaml:2:21: defaults.timeout: longer than statement_timeout, which is its ceiling"},
        Case{"dbmux: 1\ntools: {list: many}\n",
             "prod.yaml:2:15: tools.list: 'many' is unknown; there are: two, default, all"},
        Case{"dbmux: 1\nruntime_connections: {sqlite: {paths: [tmp]}}\n",
             "prod.yaml:2:39: runtime_connections.sqlite.paths: 'tmp' is not absolute"},
        Case{"dbmux: 1\nplugins: {pin: {sqlite: sha256:12}}\n",
             "prod.yaml:2:25: plugins.pin.sqlite: expected sha256: and 64 hexadecimal digits"},
        Case{"dbmux: 1\nexport_dir: out\n", "prod.yaml:2:13: export_dir: 'out' is not absolute"},
        Case{"dbmux: 1\nconnections: [a]\n",
             "prod.yaml:2:14: connections: expected keys with values, not a list"},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: p, password: {secret: hunter2}}\n",
             "prod.yaml:3:37: connections.a.password.secret: a secret comes from env:NAME, file:PATH, "
             "store:NAME, "
             "keyvault:URL or pgpass; a value itself is written literal:VALUE"},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: p, password: {secret: \"file:pw\"}}\n",
             "prod.yaml:3:37: connections.a.password.secret: the path after file: is not absolute"},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: p, password: {secret: []}}\n",
             "prod.yaml:3:18: connections.a.password.secret: expected a source or a list of sources, such as "
             "env:NAME"}));

INSTANTIATE_TEST_SUITE_P(
    Yaml, WrongProfile,
    testing::Values(
        Case{"", "prod.yaml:1:1: empty; a profile begins with 'dbmux: 1'"},
        Case{"# nothing\n", "prod.yaml:1:1: empty; a profile begins with 'dbmux: 1'"},
        Case{"- a\n", "prod.yaml:1:1: expected keys with values, beginning with 'dbmux: 1'"},
        Case{"dbmux: 1\n\"connections\" [\n", "prod.yaml:2:15: not valid YAML: end of map not found"},
        Case{"dbmux: 1\nbase: &b {plugin: sqlite}\nconnections:\n  a:\n    <<: *b\n",
             "prod.yaml:5:5: merge keys (<<) are not supported; write the keys out, or put them "
             "under 'defaults'"},
        Case{"dbmux: !!int 1\n", "prod.yaml:1:8: tags (!…) are not supported"},
        Case{"dbmux: 1\n---\ndbmux: 1\n", "prod.yaml:3:1: a second YAML document; a profile is one"},
        Case{"dbmux: 1\n? [a]\n: 1\n", "prod.yaml:2:3: a key must be plain text"},
        Case{"dbmux: 1\ntools: &t {names: both, list: [*t]}\n",
             "prod.yaml:2:32: this alias stands inside what it names"},
        Case{"\xff\xfe\n", "prod.yaml: not UTF-8 text"}));

INSTANTIATE_TEST_SUITE_P(
    Variables, WrongProfile,
    testing::Values(Case{"dbmux: 1\nexport_dir: ${NOPE}/x\n",
                         "prod.yaml:2:13: export_dir: NOPE is not set. Desktop clients pass only the "
                         "variables in their entry's \"env\"."},
                    Case{"dbmux: 1\nconnections:\n  a: ${NOPE}\n",
                         "prod.yaml:3:3: connections.a: 'plugin' is missing: which driver it needs, such as "
                         "'plugin: sqlite'\n"
                         "prod.yaml:3:6: connections.a: NOPE is not set. Desktop clients pass only the "
                         "variables in their entry's \"env\"."},
                    Case{"dbmux: 1\nexport_dir: ${NOPE\n",
                         "prod.yaml:2:13: export_dir: ${ must be followed by NAME} or NAME:-default}; write "
                         "$${ for the characters themselves"},
                    Case{"dbmux: 1\nconnections:\n  a:\n    plugin: sqlite\n    filename: ${user.name}\n",
                         "prod.yaml:5:15: connections.a.filename: ${user.name} is filled in per call, and "
                         "only in `session` of a connection"}));

#define NOT_BUILT "not built yet, so a profile that asks for it is refused"
INSTANTIATE_TEST_SUITE_P(
    NotBuilt, WrongProfile,
    testing::Values(
        Case{"dbmux: 1\nlisten: {http: 0.0.0.0:8080}\n", "prod.yaml:2:1: listen: " NOT_BUILT},
        Case{"dbmux: 1\nlisten: {http: 0.0.0.0:8080, tls: {cert: /a, key: /b}, trusted_proxies: "
             "[10.0.0.0/8]}\n",
             "prod.yaml:2:1: listen: " NOT_BUILT},
        Case{"dbmux: 1\nlisten: {tls: {crt: /a}}\n",
             "prod.yaml:2:16: listen.tls.crt: unknown key; did you mean 'cert'?"},
        Case{"dbmux: 1\nauth: {jwt: [{issuer: a, audience: b, user: c, groups: d}], tokens: [{name: a, "
             "sha256: b, role: c, expires: 2027-03-31}]}\n",
             "prod.yaml:2:1: auth: " NOT_BUILT},
        Case{"dbmux: 1\nroles:\n  dba: {groups: [a], tools: [read], connections: {\"*\": {}}, limits: "
             "{calls_per_minute: 600}}\n",
             "prod.yaml:2:1: roles: " NOT_BUILT},
        Case{"dbmux: 1\naudit: {to: [stdout, store], statements: normalized, chain: sha256, on_failure: "
             "refuse}\n",
             "prod.yaml:2:1: audit: " NOT_BUILT},
        Case{"dbmux: 1\nstore: {url: x}\n", "prod.yaml:2:1: store: " NOT_BUILT},
        Case{"dbmux: 1\nenvironment: [AZURE_*, USE_*]\n", "prod.yaml:2:1: environment: " NOT_BUILT},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: p, schemas: [x]}\n",
             "prod.yaml:3:18: connections.a.schemas: " NOT_BUILT},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: p, set_role: x}\n",
             "prod.yaml:3:18: connections.a.set_role: " NOT_BUILT},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: p, session: {\"app.user\": \"${user.groups}\"}}\n",
             "prod.yaml:3:40: connections.a.session.app.user: ${user.groups} is unknown; there is "
             "${user.name}"},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: p, replicas: [{max_lag: 30s}]}\n",
             "prod.yaml:3:29: connections.a.replicas: 'host' is missing"},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: p, use_azure_ad: true}\n",
             "prod.yaml:3:18: connections.a.use_azure_ad: " NOT_BUILT},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: p, identity: [workload, managed]}\n",
             "prod.yaml:3:18: connections.a.identity: " NOT_BUILT},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: p, azure_server_type: flexible}\n",
             "prod.yaml:3:18: connections.a.azure_server_type: " NOT_BUILT}));

TEST(Profile, KeysThatAreNotBuiltMayAskForNothing) {
  EXPECT_TRUE(problems("dbmux: 1\nenvironment: all\nconnections:\n"
                       "  a: {plugin: p, use_azure_ad: false}\n")
                  .empty());
}

TEST(Profile, TellsEveryProblemInTheOrderOfTheFile) {
  const auto all = problems(
      "dbmux: 1\ndefault_connection: z\ndefaults:\n  acess: x\n  timeout: soon\nconnections:\n  a: {}\n");
  ASSERT_EQ(all.size(), 4U);
  EXPECT_TRUE(all[0].starts_with("prod.yaml:2:21"));
  EXPECT_TRUE(all[1].starts_with("prod.yaml:4:3"));
  EXPECT_TRUE(all[2].starts_with("prod.yaml:5:12"));
  EXPECT_TRUE(all[3].starts_with("prod.yaml:7:3"));
}

TEST(Profile, RefusesAliasesThatMultiply) {
  std::string bomb = "dbmux: 1\nx0: &x0 [a, a, a, a, a, a, a, a, a]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string n = std::to_string(i), before = "*x" + std::to_string(i - 1);
    bomb += "x" + n + ": &x" + n + " [" + before;
    for (int k = 0; k < 8; ++k) bomb += ", " + before;
    bomb += "]\n";
  }
  const auto all = problems(bomb);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_NE(all[0].find("more than 20,000 values, counting what aliases repeat"), std::string::npos)
      << all[0];
}

TEST(Profile, RefusesDeepNestingInItsOwnWords) {
  const auto flow = problems("dbmux: 1\nx: " + std::string(1000, '[') + std::string(1000, ']'));
  ASSERT_EQ(flow.size(), 1U);
  EXPECT_EQ(flow[0], "prod.yaml:2:35: nested deeper than 32 levels");
  std::string block = "dbmux: 1\n";
  for (int i = 0; i < 1000; ++i) block += std::string(static_cast<std::size_t>(i), ' ') + "x:\n";
  ASSERT_EQ(problems(block).size(), 1U);
  EXPECT_EQ(problems(block)[0], "prod.yaml:34:33: nested deeper than 32 levels");
}

TEST(Profile, RefusesBracketsWithoutEnd) {
  EXPECT_EQ(problems("dbmux: 1\nx: " + std::string(100'000, '[')).size(), 1U);
}

TEST(Profile, RefusesAFileThatNoProfileIsLargeAs) {
  EXPECT_EQ(problems("dbmux: 1\n#" + std::string(1 << 20, 'x')).at(0),
            "prod.yaml: larger than 1 MiB, which no profile is");
}

TEST(Profile, AllowsAliasesWithinBounds) {
  EXPECT_TRUE(
      problems(
          "dbmux: 1\nconnections:\n  a: {plugin: p, limits: &l {rows: 5}}\n  b: {plugin: p, limits: *l}\n")
          .empty());
}

}  // namespace
}  // namespace dbmux
