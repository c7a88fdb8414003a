#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "../../temporary_folder.hpp"
#include "describe/sha256.hpp"
#include "driver/folder.hpp"
#include "driver/plugin.hpp"

namespace dbmux {
namespace {

namespace fs = std::filesystem;

const fs::path kWrong = fs::path(DBMUX_BUILD_DIR) / "wrong-plugins";
const fs::path kScripted = fs::path(DBMUX_BUILD_DIR) / "test-plugins" / "scripted.so";

std::string all_of(const Error& e) { return e.message + "\n" + e.hint; }

testing::AssertionResult says(const Error& e, const std::string& what) {
  if (all_of(e).find(what) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no '" << what << "' in: " << all_of(e);
}

// One row, one cell.
Result<std::string> answer_of(Plugin& plugin, std::string_view script) {
  Call call;
  auto source = plugin.open(call, {}, {});
  if (!source) return fail(source.error());
  auto conn = (*source)->connect(call, true);
  if (!conn) return fail(conn.error());
  auto cursor = (*conn)->execute(call, Statement{.language = {}, .text = script, .params = {}});
  if (!cursor) return fail(cursor.error());
  auto batch = (*cursor)->next_batch();
  if (!batch) return fail(batch.error());
  return std::string(batch->cells[0].view());
}

struct Wrong {
  const char* file;
  const char* reason;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.file; }

constexpr Wrong kFiles[] = {{"wrong_version.so", "was built for plugin ABI 2.0"},
                            {"wrong_draft.so", "draft 999"},
                            {"wrong_size.so", "too small"},
                            {"small_driver.so", "smaller than version 1.0's"},
                            {"no_entry.so", "no entry dbmux_plugin_v1"},
                            {"not_elf.so", "is not a shared object"},
                            {"missing_library.so", "libdbmux_gone.so is missing"},
                            {"init_fails.so", "its licence has run out"},
                            {"other_id.so", "calls itself 'somebody_else'"}};

class WrongFile : public testing::TestWithParam<Wrong> {};

TEST_P(WrongFile, GivesOneClearLineAndNothingElseStopsWorking) {
  const auto plugin = Plugin::load(kWrong / GetParam().file);
  ASSERT_FALSE(plugin);
  const Error& e = plugin.error();
  EXPECT_EQ(e.category, Category::plugin);
  EXPECT_TRUE(says(e, GetParam().reason));
  EXPECT_TRUE(says(e, "plugin '" + fs::path(GetParam().file).stem().string() + "' does not load: "));
  EXPECT_EQ(e.message.find('\n'), std::string::npos) << e.message;
  const auto good = Plugin::load(kScripted);
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(answer_of(**good, R"({"columns":["a"],"rows":[["works"]]})").value_or("fails"), "works");
}

INSTANTIATE_TEST_SUITE_P(Every, WrongFile, testing::ValuesIn(kFiles),
                         [](const auto& wrong) { return fs::path(wrong.param.file).stem().string(); });

TEST(PluginLoad, OfAFileThatIsNotThereNamesIt) {
  const auto plugin = Plugin::load(kWrong / "absent.so");
  ASSERT_FALSE(plugin);
  EXPECT_EQ(plugin.error().category, Category::plugin);
  EXPECT_TRUE(says(plugin.error(), (kWrong / "absent.so").string()));
}

TEST(PluginLoad, OfAFolderOrAnEmptyFileIsRefused) {
  EXPECT_FALSE(Plugin::load(kWrong));
  EXPECT_FALSE(Plugin::load("/dev/null"));
}

TEST(PluginLoad, TellsBothVersionsAndWhatToDo) {
  const auto plugin = Plugin::load(kWrong / "wrong_version.so");
  ASSERT_FALSE(plugin);
  EXPECT_TRUE(says(plugin.error(), "this dbmux has 1."));
  EXPECT_TRUE(says(plugin.error(), "Rebuild the plugin"));
}

TEST(PluginLoad, ReadsTheDescriptor) {
  const auto plugin = Plugin::load(kScripted);
  ASSERT_TRUE(plugin) << plugin.error().message;
  const Descriptor& d = (*plugin)->descriptor();
  EXPECT_EQ(d.id, "scripted");
  EXPECT_EQ(d.name, "Scripted");
  EXPECT_EQ(d.languages, std::vector<std::string>{"script"});
  EXPECT_EQ(d.url_schemes, std::vector<std::string>{"scripted"});
  EXPECT_NE(d.config_schema.find("fail_connects"), std::string::npos);
  EXPECT_TRUE(d.has_items);
}

TEST(PluginLoad, OfTheSameFileAgainIsTheSamePluginUntilItsLastUserGoes) {
  auto first = Plugin::load(kScripted);
  auto second = Plugin::load(kScripted);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  first->reset();
  EXPECT_EQ(answer_of(**second, R"({"columns":["a"],"rows":[["works"]]})").value_or("fails"), "works");
  second->reset();
  const auto third = Plugin::load(kScripted);
  ASSERT_TRUE(third);
  EXPECT_EQ(answer_of(**third, R"({"columns":["a"],"rows":[["works"]]})").value_or("fails"), "works");
}

class Folder : public testing::Test {
 protected:
  void add(const fs::path& file) {
    fs::copy(file, folder_ / file.filename(), fs::copy_options::overwrite_existing);
    fs::permissions(folder_ / file.filename(), fs::perms(0755));
  }
  void add_scripted() {
    add(kScripted);
    add(fs::path(kScripted).replace_extension(".json"));
  }
  PluginFolder look(std::map<std::string, std::string> pins = {}) const {
    return PluginFolder({folder_.path()}, pins);
  }
  static std::string sum_of(const fs::path& file) { return sha256_hex(text_of(file)); }

  const TemporaryFolder folder_;
};

TEST_F(Folder, WithWrongFilesStillGivesTheGoodOnes) {
  for (const auto& wrong : kFiles) add(kWrong / wrong.file);
  add_scripted();
  PluginFolder plugins(std::vector<fs::path>{folder_ / "absent", folder_.path()});
  EXPECT_EQ(plugins.files().size(), std::size(kFiles) + 1);
  const auto descriptors = plugins.descriptors();
  ASSERT_EQ(descriptors.size(), 1u);
  EXPECT_EQ(descriptors[0].id, "scripted");
  for (const auto& wrong : kFiles) {
    const auto plugin = plugins.plugin(fs::path(wrong.file).stem().string());
    ASSERT_FALSE(plugin) << wrong.file;
    EXPECT_TRUE(says(plugin.error(), wrong.reason));
  }
  const auto good = plugins.plugin("scripted");
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(answer_of(**good, R"({"columns":["a"],"rows":[["works"]]})").value_or("fails"), "works");
}

TEST_F(Folder, ListsFromTheDescriptionBesideAPluginWithoutLoadingIt) {
  add(fs::path(kScripted).replace_extension(".json"));
  std::ofstream(folder_ / "scripted.so") << "not even ELF";
  fs::permissions(folder_ / "scripted.so", fs::perms(0755));
  auto plugins = look();
  const auto descriptor = plugins.descriptor("scripted");
  ASSERT_TRUE(descriptor) << descriptor.error().message;
  EXPECT_EQ(descriptor->name, "Scripted");
  EXPECT_EQ(descriptor->sha256, sum_of(kScripted));
}

TEST_F(Folder, LoadsAPluginWithoutADescriptionToListIt) {
  add(kScripted);
  const auto descriptors = look().descriptors();
  ASSERT_EQ(descriptors.size(), 1u);
  EXPECT_EQ(descriptors[0].name, "Scripted");
}

TEST_F(Folder, DoesNotTakeADescriptionThatIsBrokenOrOfAnother) {
  add(kScripted);
  for (const char* text : {"{", "[]", R"({"id":"other","name":"Other","config_schema":{}})"}) {
    std::ofstream(folder_ / "scripted.json") << text;
    const auto descriptor = look().descriptor("scripted");
    ASSERT_TRUE(descriptor) << text << ": " << descriptor.error().message;
    EXPECT_EQ(descriptor->name, "Scripted") << text;
  }
}

TEST_F(Folder, NamesWhatIsInstalledWhenAPluginIsNot) {
  add_scripted();
  auto plugins = look();
  const auto plugin = plugins.plugin("scriptd");
  ASSERT_FALSE(plugin);
  EXPECT_EQ(plugin.error().category, Category::plugin);
  EXPECT_TRUE(says(plugin.error(), "plugin 'scriptd' is not installed"));
  EXPECT_TRUE(says(plugin.error(), "scripted"));
  EXPECT_EQ(plugin.error().did_you_mean, std::vector<std::string>{"scripted"});
}

TEST_F(Folder, TheFirstOfTwoFoldersWins) {
  fs::create_directories(folder_ / "second");
  add_scripted();
  fs::copy(kScripted, folder_ / "second" / "scripted.so");
  PluginFolder plugins({folder_.path(), folder_ / "second"});
  ASSERT_EQ(plugins.files().size(), 1u);
  EXPECT_EQ(plugins.files()[0].file, folder_ / "scripted.so");
}

struct Mode {
  const char* path;  // within the folder
  unsigned mode;
  const char* reason;
};

TEST_F(Folder, RefusesWhatOthersCanWrite) {
  for (const Mode& m : {Mode{"scripted.so", 0775, "group-writable (0775)"},
                        Mode{"scripted.so", 0757, "world-writable (0757)"},
                        Mode{"", 0775, "group-writable (0775)"}, Mode{"", 0777, "writable (0777)"}}) {
    add_scripted();
    fs::permissions(folder_.path(), fs::perms(0755));
    fs::permissions(folder_ / m.path, fs::perms(m.mode));
    auto plugins = look();
    const auto plugin = plugins.plugin("scripted");
    ASSERT_FALSE(plugin) << m.path << " " << m.reason;
    EXPECT_EQ(plugin.error().category, Category::plugin);
    EXPECT_TRUE(says(plugin.error(), m.reason));
    EXPECT_TRUE(says(plugin.error(), "go-w"));
    EXPECT_TRUE(says(plugin.error(), "pin its sha256"));
    EXPECT_TRUE(plugins.descriptors().empty());
  }
}

TEST_F(Folder, RefusesAFolderBelowOneThatOthersCanWrite) {
  fs::create_directories(folder_ / "inner");
  fs::copy(kScripted, folder_ / "inner" / "scripted.so");
  fs::permissions(folder_ / "inner" / "scripted.so", fs::perms(0755));
  fs::permissions(folder_.path(), fs::perms(0777));
  EXPECT_FALSE(PluginFolder({folder_ / "inner"}).plugin("scripted"));
  fs::permissions(folder_.path(), fs::perms(01777));
  const auto sticky = PluginFolder({folder_ / "inner"}).plugin("scripted");
  EXPECT_TRUE(sticky) << sticky.error().message;
}

TEST_F(Folder, LooksThroughSymbolicLinks) {
  fs::create_directories(folder_ / "shared");
  fs::copy(kScripted, folder_ / "shared" / "scripted.so");
  fs::permissions(folder_ / "shared", fs::perms(0777));
  fs::create_symlink(folder_ / "shared" / "scripted.so", folder_ / "scripted.so");
  const auto plugin = look().plugin("scripted");
  ASSERT_FALSE(plugin);
  EXPECT_TRUE(says(plugin.error(), "writable"));
}

// Only root can give a file away; for anybody else the file stays theirs and is loaded.
TEST_F(Folder, RefusesWhatAnotherUserOwns) {
  add_scripted();
  const bool given_away = chown((folder_ / "scripted.so").c_str(), 65534, 65534) == 0;
  const auto plugin = look().plugin("scripted");
  ASSERT_EQ(plugin.has_value(), !given_away);
  if (given_away) {
    EXPECT_TRUE(says(plugin.error(), "owned by another user"));
  }
}

TEST_F(Folder, APinnedFileIsLoadedWhereverItLies) {
  add_scripted();
  const std::string sum = sum_of(kScripted);
  fs::permissions(folder_.path(), fs::perms(0777));
  fs::permissions(folder_ / "scripted.so", fs::perms(0777));
  auto plugins = look({{"scripted", sum}});
  const auto plugin = plugins.plugin("scripted");
  ASSERT_TRUE(plugin) << plugin.error().message;
  std::ofstream(folder_ / "scripted.so") << "changed after it was verified";
  EXPECT_EQ(answer_of(**plugin, R"({"columns":["a"],"rows":[["works"]]})").value_or("fails"), "works");
}

TEST_F(Folder, APinnedFileThatChangedIsRefused) {
  add_scripted();
  std::ofstream(folder_ / "scripted.so", std::ios::app) << "x";
  const auto plugin = look({{"scripted", sum_of(kScripted)}}).plugin("scripted");
  ASSERT_FALSE(plugin);
  EXPECT_EQ(plugin.error().category, Category::plugin);
  EXPECT_TRUE(says(plugin.error(), "sha256"));
}

}  // namespace
}  // namespace dbmux
