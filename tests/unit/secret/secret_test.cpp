#include "secret/secret.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../temporary_folder.hpp"

namespace dbmux {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> environment(std::string_view name) {
  if (name == "PW") return "hunter2";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

class SecretFile : public testing::Test {
 protected:
  std::string write(std::string_view text, mode_t mode) {
    return write_file(folder_ / "pw", text, mode).string();
  }

  const TemporaryFolder folder_;
};

Result<Secret> find(std::vector<std::string> sources) {
  return find_secret({std::move(sources), {"local.yaml", 9, 15}}, environment);
}

TEST(Secret, ComesFromTheFirstSourceThatIsThere) {
  EXPECT_EQ(find({"env:PW"})->value, "hunter2");
  EXPECT_EQ(find({"env:NOPE", "env:EMPTY", "file:/no/such", "env:PW"})->source, "env:PW");
  EXPECT_EQ(find({"literal:x:y"})->value, "x:y");
  EXPECT_EQ(find({"literal:x"})->source, "literal");
  EXPECT_EQ(read_secret({{"env:PW"}, {}}, environment).value(), "hunter2");
}

TEST(Secret, PassesOverSourcesThatAreNotBuiltYet) {
  EXPECT_EQ(find({"keyvault:https://v/a", "pgpass", "env:PW"})->value, "hunter2");
  EXPECT_EQ(find({"env:PW", "keyvault:https://v/x"})->value, "hunter2");
  const auto none = find({"env:NOPE", "keyvault:https://v/a", "pgpass"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().category, Category::unsupported);
  EXPECT_EQ(
      none.error().message,
      "local.yaml:9:15: there is no secret in env:NOPE, and keyvault:https://v/a, pgpass are not built yet "
      "as a source of secrets");
}

TEST(Secret, SaysWhereItLookedInVain) {
  const auto none = find({"env:NOPE", "file:/no/such"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().category, Category::auth);
  EXPECT_EQ(none.error().message, "local.yaml:9:15: there is no secret in env:NOPE, file:/no/such");
}

TEST_F(SecretFile, IsReadWithoutItsLastNewline) {
  struct Case {
    const char *text, *secret;
  };
  for (const Case& c :
       {Case{"pw\n", "pw"}, {"pw", "pw"}, {"pw\r\n", "pw"}, {"pw\n\n", "pw\n"}, {" p w ", " p w "}, {"", ""}})
    EXPECT_EQ(find({"file:" + write(c.text, 0600)}).value().value, c.secret);
}

TEST_F(SecretFile, IsReadInAnyStricterMode) {
  EXPECT_EQ(find({"file:" + write("pw", 0400)}).value().value, "pw");
}

TEST_F(SecretFile, IsRefusedWhenOthersCanUseIt) {
  for (mode_t mode : {0644, 0640, 0660, 0604, 0602, 0601}) {
    const std::string path = write("hunter2", mode);
    const auto refused = find({"file:" + path, "env:PW"});
    ASSERT_FALSE(refused) << mode;
    EXPECT_EQ(refused.error().category, Category::profile);
    EXPECT_NE(refused.error().message.find("chmod 600 " + path), std::string::npos)
        << refused.error().message;
    EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
  }
  EXPECT_NE(find({"file:" + write("x", 0640)}).error().message.find("(mode 0640)"), std::string::npos);
}

TEST_F(SecretFile, IsRefusedWhenItIsNoRegularFileOrTooLarge) {
  ASSERT_EQ(mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  EXPECT_NE(find({"file:" + (folder_ / "fifo").string()}).error().message.find("not a regular file"),
            std::string::npos);
  EXPECT_NE(find({"file:" + folder_.path().string()}).error().message.find("not a regular file"),
            std::string::npos);
  EXPECT_NE(find({"file:" + write(std::string(65 * 1024, 'x'), 0600)}).error().message.find("64 KiB"),
            std::string::npos);
}

TEST_F(SecretFile, IsRefusedWhenItBelongsToSomebodyElse) {
  const std::string path = write("hunter2", 0600);
  const uid_t other = geteuid() == 0 ? 65534 : 0;
  if (chown(path.c_str(), other, static_cast<gid_t>(-1)) != 0) {  // only root can give a file away
    EXPECT_EQ(find({"file:" + path}).value().value, "hunter2");
    return;
  }
  EXPECT_NE(find({"file:" + path}).error().message.find("belongs to another user"), std::string::npos);
}

TEST(Secret, WipingEmptiesTheText) {
  std::string text = "hunter2 and more than fits into the string itself";
  const char* bytes = text.data();
  const std::size_t size = text.size();
  wipe(text);
  EXPECT_TRUE(text.empty());
  for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(bytes[i], '\0');
}

}  // namespace
}  // namespace dbmux
