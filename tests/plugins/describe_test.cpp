#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "../temporary_folder.hpp"
#include "describe/sha256.hpp"

namespace {

namespace fs = std::filesystem;
using dbmux::sha256_hex;

TEST(Sha256, AgreesWithThePublishedVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheBytesAreCut) {
  std::string bytes;
  for (int i = 0; i < 200; ++i) bytes += static_cast<char>(i);
  const std::string whole = sha256_hex(bytes);
  for (std::size_t step : {1u, 3u, 55u, 56u, 63u, 64u, 65u, 128u}) {
    dbmux::Sha256 hash;
    for (std::size_t at = 0; at < bytes.size(); at += step)
      hash.update(std::string_view(bytes).substr(at, step));
    EXPECT_EQ(hash.hex_digest(), whole) << "in steps of " << step;
  }
}

struct Outcome {
  int exit_code;
  std::string output;
};

Outcome describe(const fs::path& plugin, const fs::path& out) {
  const std::string command =
      std::string(DBMUX_DESCRIBE) + " '" + plugin.string() + "' '" + out.string() + "' 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), n);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

class Describe : public testing::Test {
 protected:
  const dbmux::TemporaryFolder folder_;
  const fs::path out_ = folder_ / "out.json";
};

TEST_F(Describe, WritesWhatThePluginSaysOfItself) {
  const fs::path plugin = fs::path(DBMUX_BUILD_DIR) / "test-plugins" / "scripted.so";
  const Outcome outcome = describe(plugin, out_);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  rapidjson::Document doc;
  ASSERT_FALSE(doc.Parse(dbmux::text_of(out_).c_str()).HasParseError());
  EXPECT_STREQ(doc["id"].GetString(), "scripted");
  EXPECT_STREQ(doc["languages"][0].GetString(), "script");
  EXPECT_STREQ(doc["url_schemes"][0].GetString(), "scripted");
  EXPECT_EQ(doc["abi"]["major"].GetUint(), 1u);
  EXPECT_TRUE(doc["has_items"].GetBool());
  EXPECT_FALSE(doc["experimental"].GetBool());
  EXPECT_TRUE(doc["config_schema"]["properties"].HasMember("fail_connects"));
  EXPECT_EQ(doc["sha256"].GetString(), sha256_hex(dbmux::text_of(plugin)));
}

TEST_F(Describe, TheFileBesideAPluginBelongsToIt) {
  const fs::path folder = fs::path(DBMUX_BUILD_DIR) / "test-plugins";
  rapidjson::Document doc;
  ASSERT_FALSE(doc.Parse(dbmux::text_of(folder / "scripted.json").c_str()).HasParseError());
  EXPECT_EQ(doc["sha256"].GetString(), sha256_hex(dbmux::text_of(folder / "scripted.so")));
}

struct Wrong {
  const char* file;
  const char* reason;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.file; }

class DescribeRefuses : public Describe, public testing::WithParamInterface<Wrong> {};

TEST_P(DescribeRefuses, WithItsReasonAndLeavesNoFile) {
  const Outcome outcome = describe(fs::path(DBMUX_BUILD_DIR) / "wrong-plugins" / GetParam().file, out_);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.output.find(GetParam().reason), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find(GetParam().file), std::string::npos) << outcome.output;
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

INSTANTIATE_TEST_SUITE_P(
    WrongFiles, DescribeRefuses,
    testing::Values(Wrong{"wrong_version.so", "was built for ABI 2"}, Wrong{"wrong_draft.so", "draft 999"},
                    Wrong{"wrong_size.so", "smaller than that of v1.0"},
                    Wrong{"no_entry.so", "does not export dbmux_plugin_v1"},
                    Wrong{"not_elf.so", "does not load"}, Wrong{"missing_library.so", "libdbmux_gone.so"},
                    Wrong{"other_id.so", "must be named somebody_else.so"},
                    Wrong{"broken_schema.so", "config_schema is not JSON"},
                    Wrong{"small_driver.so", "missing or incomplete"}, Wrong{"absent.so", "cannot be read"}),
    [](const auto& wrong) { return fs::path(wrong.param.file).stem().string(); });

}  // namespace
