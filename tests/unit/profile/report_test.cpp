#include "profile/report.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "profile/load.hpp"

namespace dbmux {
namespace {

std::optional<std::string> environment(std::string_view name) {
  if (name == "PW") return "hunter2";
  return std::nullopt;
}

bool is_secret(const ConnectionProfile& connection, std::string_view option) {
  return connection.plugin != "p" || option == "password";
}

constexpr std::string_view kYaml = R"(dbmux: 1
connections:
  plain: {plugin: p, filename: /a.db, password: hunter2, options: {size: 5, tags: [x, "true"]}}
  filled: {plugin: p, password: "${PW}", url: "http://me:hunter2@host/x"}
  sourced: {plugin: p, password: {secret: [env:PW, "literal:hunter2"]}, description: "it's: 5"}
  foreign: {plugin: absent, token: hunter2}
  off: {plugin: p, host: "${NOPE}"}
runtime_connections: {sqlite: {paths: [/tmp]}}
)";

Profile profile() { return parse_profile(kYaml, "local.yaml", environment).profile.value(); }

TEST(ShowProfile, MasksSecretsHoweverTheyGotThere) {
  for (ShowFormat format : {ShowFormat::yaml, ShowFormat::json}) {
    const std::string text = show_profile(profile(), format, is_secret);
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
    EXPECT_NE(text.find("env:PW"), std::string::npos) << text;
    EXPECT_NE(text.find("http://me:********@host/x"), std::string::npos) << text;
    EXPECT_NE(text.find("local.yaml:3"), std::string::npos) << text;
  }
}

TEST(ShowProfile, PrintsYamlWithDefaultsFilledIn) {
  const std::string text = show_profile(profile(), ShowFormat::yaml, is_secret);
  EXPECT_TRUE(text.starts_with(R"(dbmux: 1
default_connection: plain
connections:
  plain:  # local.yaml:3
    plugin: p
    filename: /a.db
    password: "********"
    options:
      size: 5
      tags: [x, "true"]
    access: read-only
    unknown_sql: refuse
    timeout: 30s
    statement_timeout: 1min
    pool_size:
      min: 0
      max: 10
    idle_timeout: 5min
    max_lifetime: 1h
    retry:
      attempts: 3
      backoff: 200ms..5s
    limits:
      rows: 1000
      tokens: 10000
      bytes: 1048576
      cell: 4096
    required: false
  filled:  # local.yaml:4
)")) << text;
}

TEST(ShowProfile, PrintsJsonThatParses) {
  const auto json = parse_json(show_profile(profile(), ShowFormat::json, is_secret));
  ASSERT_TRUE(json) << json.error().message;
  const JsonValue& connections = (*json)["connections"];
  EXPECT_EQ(view(connections["sourced"]["description"]), "it's: 5");
  EXPECT_EQ(connections["plain"]["options"]["size"].GetInt(), 5);
  EXPECT_EQ(view((*json)["runtime_connections"]["sqlite"]["paths"][0]), "/tmp");
}

TEST(ShowProfile, ItsYamlReadsBack) {
  std::string text = show_profile(profile(), ShowFormat::yaml, is_secret);
  const auto report = parse_profile(text, "again.yaml", environment);
  for (const Problem& problem : report.problems) ADD_FAILURE() << problem.text();
  ASSERT_TRUE(report.profile);
  EXPECT_EQ(report.profile->connections.size(), 5U);
  EXPECT_EQ(report.profile->connections[2].description, "it's: 5");
  EXPECT_NE(text.find("off:  # local.yaml:7; disabled"), std::string::npos) << text;
}

std::optional<std::vector<Problem>> options_of(const ConnectionProfile& connection) {
  if (connection.plugin == "absent") return std::nullopt;
  if (connection.name != "plain") return std::vector<Problem>{};
  return std::vector<Problem>{
      {{"local.yaml", 3, 22}, "connections.plain.filename", "wrong", Problem::Severity::error}};
}

TEST(CheckProfile, PrintsConnectionsProblemsAndASum) {
  const auto report = parse_profile(kYaml, "local.yaml", environment);
  const CheckResult result = check_profile(report, "/etc/dbmux/local.yaml", options_of);
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.text, R"(/etc/dbmux/local.yaml
  plain    p           read-only   cannot be used
  filled   p           read-only   ready
  sourced  p           read-only   ready
  foreign  absent      read-only   plugin not installed, keys unchecked
  off      p           read-only   disabled
local.yaml:3:22: connections.plain.filename: wrong
warning: local.yaml:7:26: connections.off.host: NOPE is not set, so 'off' is disabled; the other 4 connections work. Desktop clients pass only the variables in their entry's "env".
1 error, 1 warning
)");
}

TEST(CheckProfile, PrintsEveryErrorOfABrokenProfile) {
  const CheckResult result =
      check_profile(parse_profile("a: 1\nb: 2\n", "x.yaml", environment), "x.yaml", options_of);
  EXPECT_FALSE(result.ok);
  EXPECT_TRUE(result.text.ends_with("3 errors\n")) << result.text;
}

TEST(CheckProfile, IsOkWithWarningsOnly) {
  const auto report =
      parse_profile("dbmux: 1\nconnections:\n  a: {plugin: p, x: \"${NOPE}\"}\n", "x.yaml", environment);
  const CheckResult result = check_profile(report, "x.yaml", options_of);
  EXPECT_TRUE(result.ok);
  EXPECT_TRUE(result.text.ends_with("ok: 1 connection, 1 warning\n")) << result.text;
}

}  // namespace
}  // namespace dbmux
