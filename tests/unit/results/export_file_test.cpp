#include "results/export_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <regex>

#include "../../temporary_folder.hpp"

namespace dbmux {
namespace {

namespace fs = std::filesystem;

class ExportFileTest : public testing::Test {
 protected:
  static void put(const ExportFile& file, std::string_view text) {
    EXPECT_EQ(::write(file.fd(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  const TemporaryFolder below_;
};

TEST_F(ExportFileTest, AppearsWholeAndForTheUserAlone) {
  auto file = ExportFile::create(below_ / "made", "a.csv");
  ASSERT_TRUE(file) << file.error().message;
  put(*file, "rows");
  EXPECT_FALSE(fs::exists(below_ / "made/a.csv"));
  const auto bytes = file->publish();
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(*bytes, 4);
  EXPECT_EQ(text_of(below_ / "made/a.csv"), "rows");
  EXPECT_EQ(mode_of(below_ / "made/a.csv"), 0600u);
}

TEST_F(ExportFileTest, LeavesNothingWhenItIsNotPublished) {
  {
    auto file = ExportFile::create(below_.path(), "a.csv");
    ASSERT_TRUE(file);
    put(*file, "rows");
  }
  EXPECT_TRUE(fs::is_empty(below_.path()));
}

TEST_F(ExportFileTest, NeverTakesThePlaceOfAnotherFileOrLink) {
  std::ofstream(below_ / "a.csv") << "mine";
  fs::create_symlink(below_ / "elsewhere", below_ / "b.csv");
  for (const auto* name : {"a.csv", "b.csv"}) {
    auto file = ExportFile::create(below_.path(), name);
    ASSERT_TRUE(file);
    put(*file, "rows");
    EXPECT_FALSE(file->publish()) << name;
  }
  EXPECT_EQ(text_of(below_ / "a.csv"), "mine");
  EXPECT_FALSE(fs::exists(below_ / "elsewhere"));
  EXPECT_EQ(std::distance(fs::directory_iterator(below_.path()), fs::directory_iterator()), 2);
}

TEST_F(ExportFileTest, RefusesALinkInThePlaceOfTheFolder) {
  fs::create_directory(below_ / "real");
  fs::create_directory_symlink(below_ / "real", below_ / "link");
  for (const auto* spelt : {"link", "link/"}) {
    const auto file = ExportFile::create(below_ / spelt, "a.csv");
    ASSERT_FALSE(file) << spelt;
    EXPECT_NE(file.error().message.find("symbolic link"), std::string::npos) << file.error().message;
  }
}

TEST_F(ExportFileTest, SaysWhichFolderCannotBeUsed) {
  std::ofstream(below_ / "file") << "x";
  for (const auto& folder : {below_ / "file", below_ / "no/such"}) {
    const auto file = ExportFile::create(folder, "a.csv");
    ASSERT_FALSE(file);
    EXPECT_NE(file.error().message.find(folder.string()), std::string::npos) << file.error().message;
  }
}

TEST(ExportName, IsAPlainFileNameWithConnectionTimeAndLetters) {
  for (const auto* connection : {"shop", "../../etc/passwd", "a b/c\\d", "", ".hidden", "käse"}) {
    const auto name = export_name(connection, "csv");
    EXPECT_TRUE(std::regex_match(name, std::regex("[A-Za-z0-9_-]*-[0-9]{8}T[0-9]{6}Z-[a-z2-7]{8}\\.csv")))
        << name;
  }
  EXPECT_NE(export_name("a", "csv"), export_name("a", "csv"));
  EXPECT_TRUE(export_name("shop", "json").starts_with("shop-2"));
}

}  // namespace
}  // namespace dbmux
