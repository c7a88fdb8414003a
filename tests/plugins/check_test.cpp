#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "../temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;

const fs::path kBuild = DBMUX_BUILD_DIR;

struct Outcome {
  int exit_code = -1;
  std::string output;
};

// The arguments are words for a shell.
Outcome dbmux(const std::string& arguments) {
  FILE* pipe = popen((std::string(DBMUX) + " " + arguments + " 2>&1").c_str(), "r");
  Outcome outcome;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe))
    outcome.output.append(buffer.data(), n);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  return outcome;
}

Outcome check(const fs::path& file, const std::string& more = "") {
  return dbmux("plugin check '" + file.string() + "' --time-limit 6 " + more);
}

fs::path faulty(const std::string& fault) { return kBuild / "faulty-plugins" / (fault + ".so"); }

std::vector<std::string> lines_with(const Outcome& outcome, const std::string& verdict) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < outcome.output.size();) {
    const auto end = std::min(outcome.output.find('\n', at), outcome.output.size());
    const auto line = outcome.output.substr(at, end - at);
    if (line.starts_with(verdict + " ")) found.push_back(line);
    at = end + 1;
  }
  return found;
}

// "FAILED      statement          expected: …" -> "statement"
std::string check_of(const std::string& line) {
  const auto from = line.find_first_not_of(' ', line.find(' '));
  return line.substr(from, line.find(' ', from) - from);
}

TEST(CheckOfAPlugin, SqlitePassesWithNothingSkipped) {
  const auto outcome = check(kBuild / "plugins/sqlite.so", R"(--config '{"filename":":memory:"}')");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_TRUE(lines_with(outcome, "skipped").empty()) << outcome.output;
  EXPECT_TRUE(outcome.output.ends_with(" ok, 0 warnings, 0 failed, 0 skipped\n")) << outcome.output;
}

TEST(CheckOfAPlugin, SqlitePassesOnAFileToo) {
  const dbmux::TemporaryFolder folder;
  const auto file = dbmux::write_file(folder / "empty.db", "");  // an empty database
  const auto outcome =
      check(kBuild / "plugins/sqlite.so", "--config '{\"filename\":\"" + file.string() + "\"}'");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

TEST(CheckOfAPlugin, ScriptedPassesWithStatementsOfTheCallers) {
  const auto outcome =
      check(kBuild / "test-plugins/scripted.so",
            R"(--statements '{"echo":"{\"columns\":[\"v\"],\"rows\":[[{\"param\":0}]]}",)"
            R"("rows":"series 3000","slow":"poll","wrong":"no such line","write":"write 3"}')");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_TRUE(lines_with(outcome, "skipped").empty()) << outcome.output;
}

TEST(CheckOfAPlugin, ThePluginWithoutAFaultPasses) {
  const auto outcome = check(faulty("healthy"), R"(--config '{"password":"right"}')");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_EQ(lines_with(outcome, "skipped").size(), 1u) << outcome.output;  // it has no introspection
}

struct Case {
  const char* fault;
  const char* check;  // the only one that fails
  const char* part;   // of what it says
  const char* more = "";
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.fault; }

class CheckOfAFault : public testing::TestWithParam<Case> {};

TEST_P(CheckOfAFault, IsNamedByTheCheckThatBelongsToIt) {
  const auto outcome = check(faulty(GetParam().fault), GetParam().more);
  EXPECT_EQ(outcome.exit_code, 4) << outcome.output;
  const auto failed = lines_with(outcome, "FAILED");
  ASSERT_EQ(failed.size(), 1u) << outcome.output;
  EXPECT_EQ(check_of(failed[0]), GetParam().check) << outcome.output;
  EXPECT_NE(failed[0].find(GetParam().part), std::string::npos) << failed[0];
}

INSTANTIATE_TEST_SUITE_P(
    Faulty, CheckOfAFault,
    testing::Values(Case{"throws", "statement", "an exception left it in execute()"},
                    Case{"throws_at_load", "load", "a constructor at load time"},
                    Case{"exits", "statement", "exit code 3 in execute()"},
                    Case{"hangs_in_close", "close", "did not end within 6 s, in close()"},
                    Case{"ignores_cancel", "cancel_during", "E_TIMEOUT"},
                    Case{"ignores_deadline", "deadline_past", "deadline"},
                    Case{"writes_to_stdout", "stdout", "\"executing"},
                    Case{"garbage_lengths", "cells", "BYTES of 1000000 bytes cannot be"},
                    Case{"wrong_abi", "descriptor", "draft 999"},
                    Case{"several_symbols", "symbols", "a_second_symbol"},
                    Case{"leaks_memory", "steady_connections", "no memory is lost"},
                    Case{"leaks_descriptors", "steady_connections", "descriptors"},
                    Case{"leaks_threads", "steady_connections", "threads"},
                    Case{"crashes", "statement", "in execute()"},
                    Case{"keeps_request", "statement", "taken away when execute() returns"},
                    Case{"late_host_call", "host_functions", "is_cancelled() with a call that had ended"},
                    Case{"unterminated_error", "errors", "all 512 bytes of hint"},
                    Case{"rounds_numbers", "values", "I64 9007199254740993 came back as F64"},
                    Case{"broken_text", "cell_limit", "TEXT is UTF-8"},
                    Case{"changes_locale", "process_state", "the locale"},
                    Case{"items_not_json", "items", "one JSON object in UTF-8"},
                    Case{"items_that_change", "items", "another description the second time"},
                    Case{"items_without_flag", "items", "it is not set: no host will ask for them"},
                    Case{"items_named_twice", "items", "'three' twice"},
                    Case{"items_with_a_broken_schema", "items", "inputSchema of 'three'"},
                    Case{"items_that_throw", "items_called", "an exception left it in items.invoke()"},
                    Case{"items_without_cursor", "items_called", "gives a cursor when it says OK"},
                    Case{"items_without_type", "items_called", "content has a column 'type'"},
                    Case{"items_that_wait_for_nothing", "items_called", "nothing was asked"},
                    Case{"items_deaf_to_deadlines", "items_called", "ends with E_TIMEOUT"},
                    Case{"items_unterminated_error", "items_called", "all 1024 bytes of detail"},
                    Case{"tells_secret", "connection", "no secret stands in an error",
                         R"(--config '{"password":"quite secret"}')"}),
    [](const auto& c) { return std::string(c.param.fault); });

struct WrongFile {
  const char* file;
  const char* check;
  const char* part;
};
void PrintTo(const WrongFile& w, std::ostream* out) { *out << w.file; }

class CheckOfAWrongFile : public testing::TestWithParam<WrongFile> {};

TEST_P(CheckOfAWrongFile, IsNamedByTheCheckThatBelongsToIt) {
  const auto outcome = check(kBuild / "wrong-plugins" / GetParam().file);
  EXPECT_EQ(outcome.exit_code, 4) << outcome.output;
  const auto failed = lines_with(outcome, "FAILED");
  ASSERT_FALSE(failed.empty()) << outcome.output;
  EXPECT_EQ(check_of(failed.back()), GetParam().check) << outcome.output;
  EXPECT_NE(failed.back().find(GetParam().part), std::string::npos) << failed.back();
}

INSTANTIATE_TEST_SUITE_P(Wrong, CheckOfAWrongFile,
                         testing::Values(WrongFile{"wrong_version.so", "descriptor", "built for ABI 2"},
                                         WrongFile{"wrong_size.so", "descriptor", "8 bytes"},
                                         WrongFile{"no_entry.so", "load", "dbmux_plugin_v1"},
                                         WrongFile{"not_elf.so", "file", "no ELF file"},
                                         WrongFile{"missing_library.so", "load", "libdbmux_gone.so"},
                                         WrongFile{"init_fails.so", "source", "its licence has run out"},
                                         WrongFile{"other_id.so", "descriptor", "somebody_else.so"},
                                         WrongFile{"broken_schema.so", "schema", "JSON"},
                                         WrongFile{"small_driver.so", "descriptor", "16 bytes"}),
                         [](const auto& w) { return fs::path(w.param.file).stem().string(); });

TEST(CheckOfAPlugin, WithoutItsServerExitsWithFiveAndCountsWhatWasSkipped) {
  const auto outcome = check(faulty("healthy"), R"(--config '{"password":"unreachable"}')");
  EXPECT_EQ(outcome.exit_code, 5) << outcome.output;
  EXPECT_EQ(lines_with(outcome, "unreachable").size(), 1u) << outcome.output;
  const auto skipped = lines_with(outcome, "skipped");
  EXPECT_GT(skipped.size(), 15u);
  EXPECT_TRUE(
      outcome.output.ends_with(std::to_string(skipped.size()) + " skipped: the server was not reached\n"))
      << outcome.output;
}

TEST(CheckOfAPlugin, WithoutTheOptionsThatItNeedsSaysWhichAndRunsTheRest) {
  const auto outcome = check(kBuild / "plugins/sqlite.so", "--config '{}'");
  EXPECT_EQ(outcome.exit_code, 4) << outcome.output;
  ASSERT_EQ(lines_with(outcome, "FAILED").size(), 1u) << outcome.output;
  EXPECT_NE(lines_with(outcome, "FAILED")[0].find("filename"), std::string::npos) << outcome.output;
  EXPECT_GE(lines_with(outcome, "ok").size(), 5u) << outcome.output;
}

TEST(CheckOfAPlugin, NeverPrintsASecret) {
  const std::string secret = "t0p-s3cret-0f-th1s-test";
  const dbmux::TemporaryFolder folder;
  const auto file = dbmux::write_file(folder / "config.json", R"({"password":")" + secret + "\"}", 0600);
  const auto outcome = check(faulty("tells_secret"), "--config @" + file.string());
  EXPECT_EQ(outcome.exit_code, 4) << outcome.output;
  EXPECT_EQ(outcome.output.find(secret), std::string::npos) << outcome.output;
}

TEST(CheckOfAPlugin, CanBeReadByAProgram) {
  const auto outcome = check(faulty("leaks_descriptors"), "--json");
  EXPECT_EQ(outcome.exit_code, 4);
  rapidjson::Document doc;
  ASSERT_FALSE(doc.Parse(outcome.output.c_str()).HasParseError()) << outcome.output;
  EXPECT_EQ(doc["failed"].GetUint(), 1u);
  EXPECT_EQ(
      doc["ok"].GetUint() + doc["failed"].GetUint() + doc["skipped"].GetUint() + doc["warning"].GetUint(),
      doc["checks"].Size());
  for (const auto& c : doc["checks"].GetArray())
    if (std::string(c["verdict"].GetString()) == "failed") {
      EXPECT_STREQ(c["check"].GetString(), "steady_connections");
    }
}

TEST(CheckOfAPlugin, SaysWhatIsWrongWithItsArgumentsAndExitsWithTwo) {
  struct Usage {
    const char* arguments;
    const char* part;
  };
  for (const auto& u : {Usage{"", "needs a file"}, Usage{"/nowhere/x.so", "/nowhere/x.so does not exist"},
                        Usage{"/bin/sh --time-limit 0", "1 to 3600"},
                        Usage{"/bin/sh --config @/nowhere/x.json", "/nowhere/x.json cannot be read"}}) {
    const auto outcome = dbmux(std::string("plugin check ") + u.arguments);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    EXPECT_NE(outcome.output.find(u.part), std::string::npos) << outcome.output;
  }
}

TEST(CheckOfAPlugin, FindsAnInstalledPluginByItsId) {
  setenv("DBMUX_PLUGIN_PATH", (kBuild / "faulty-plugins").c_str(), 1);
  const auto outcome = dbmux("plugin check wrong_abi");
  unsetenv("DBMUX_PLUGIN_PATH");
  EXPECT_EQ(outcome.exit_code, 4) << outcome.output;
  EXPECT_TRUE(outcome.output.starts_with(faulty("wrong_abi").string())) << outcome.output;
}

}  // namespace
