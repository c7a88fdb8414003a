#include "cli/setup_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../temporary_folder.hpp"

namespace dbmux {
namespace {

namespace fs = std::filesystem;

class SetupFile : public testing::Test {
 protected:
  fs::path write(const char* name, std::string_view text, mode_t mode) const {
    return write_file(folder_ / name, text, mode);
  }

  const TemporaryFolder folder_;
};

TEST_F(SetupFile, IsReplacedWithItsModeAndKeptAsACopy) {
  const auto file = write("mcp.json", "{}", 0640);
  const auto copy = write_edited(read_for_editing(file).value(), "{\"a\":1}").value();
  ASSERT_TRUE(copy);
  EXPECT_EQ(text_of(file), "{\"a\":1}");
  EXPECT_EQ(mode_of(file), 0640U);
  EXPECT_EQ(text_of(copy.value_or("")), "{}");
  EXPECT_TRUE(copy.value_or("").string().starts_with(file.string() + ".bak-2"));
  const auto second = write_edited(read_for_editing(file).value(), "{\"a\":2}").value();
  EXPECT_EQ(text_of(copy.value_or("")), "{}") << "a copy of the same second keeps the first";
  EXPECT_EQ(text_of(second.value_or("")), "{\"a\":1}");
}

TEST_F(SetupFile, IsNotTouchedWhenNothingChanges) {
  const auto file = write("mcp.json", "{}", 0600);
  EXPECT_EQ(write_edited(read_for_editing(file).value(), "{}").value(), std::nullopt);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 1);
}

TEST_F(SetupFile, IsMadeWithItsFolderForUsAlone) {
  const auto file = folder_ / "new/deep/mcp.json";
  const auto read = read_for_editing(file).value();
  EXPECT_FALSE(read.exists);
  EXPECT_EQ(write_edited(read, "x").value(), std::nullopt);
  EXPECT_EQ(text_of(file), "x");
  EXPECT_EQ(mode_of(file), 0600U);
}

TEST_F(SetupFile, IsFollowedWhereItIsALink) {
  const auto file = write("real.json", "{}", 0600);
  fs::create_symlink(file, folder_ / "link.json");
  ASSERT_TRUE(write_edited(read_for_editing(folder_ / "link.json").value(), "x"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "link.json"));
  EXPECT_EQ(text_of(file), "x");
}

TEST_F(SetupFile, IsLeftAloneWhenSomebodyElseChangedIt) {
  const auto file = write("mcp.json", "{}", 0600);
  const auto read = read_for_editing(file).value();
  write("mcp.json", "theirs", 0600);
  const auto refused = write_edited(read, "mine");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().category, Category::conflict);
  EXPECT_EQ(text_of(file), "theirs");
}

TEST_F(SetupFile, MustBeARegularFile) {
  EXPECT_FALSE(read_for_editing(folder_.path()));
  EXPECT_NE(read_for_editing(folder_.path()).error().message.find("not a regular file"), std::string::npos);
}

}  // namespace
}  // namespace dbmux
