#include "cli/setup_profile.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../temporary_folder.hpp"

namespace dbmux {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> nothing(std::string_view) { return std::nullopt; }

Option option(std::string path, std::string text) {
  Option made;
  made.path = std::move(path);
  made.value.scalar = text;
  made.value.data = std::move(text);
  return made;
}

ConnectionProfile sales() {
  ConnectionProfile made;
  made.name = "sales";
  made.plugin = "net";
  made.options = {option("server", "db.example"), option("options.app", "x")};
  Option password;
  password.path = "password";
  password.secret = SecretSources{{"store:sales"}, {}};
  made.options.push_back(std::move(password));
  return made;
}

constexpr const char* kSales = R"(  sales:
    plugin: net
    server: db.example
    options:
      app: x
    password:
      secret: "store:sales"
    access: read-only
)";

TEST(SetupProfile, IsReadBackAsItWasMeant) {
  auto made = sales();
  made.description = "Orders: since \"2019\"";
  made.options.push_back(option("odd", "${HOME} # $${x}: 'y'"));
  const auto report = parse_profile(profile_yaml(made), "sales.yaml", nothing);
  ASSERT_TRUE(report.profile) << report.problems.front().text();
  ASSERT_EQ(report.profile->connections.size(), 1U);
  const auto& read = report.profile->connections.front();
  EXPECT_EQ(read.name, "sales");
  EXPECT_EQ(read.description, made.description);
  EXPECT_TRUE(same_connection(read, made));
  EXPECT_EQ(read.access, Access::read_only);
  EXPECT_FALSE(read.disabled);
}

struct Case {
  const char *before, *head, *tail;  // what stands before and behind the new connection
};

class Added : public testing::TestWithParam<Case> {};

TEST_P(Added, KeepsEverythingElseToTheByte) {
  const auto text = with_connection(GetParam().before, "p.yaml", sales(), nothing);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, std::string(GetParam().head) + kSales + GetParam().tail);
}

INSTANTIATE_TEST_SUITE_P(
    Profiles, Added,
    testing::Values(
        Case{"dbmux: 1\nconnections:\n  a: {plugin: files, filename: /x}  # mine\n",
             "dbmux: 1\nconnections:\n  a: {plugin: files, filename: /x}  # mine\n", ""},
        Case{"dbmux: 1\nconnections:\n  a:\n    plugin: files\n    # inside",
             "dbmux: 1\nconnections:\n  a:\n    plugin: files\n    # inside\n", ""},
        Case{"dbmux: 1\nconnections:\n  a: {plugin: files}\n\n# limits\ndefaults: {timeout: 20s}\n",
             "dbmux: 1\nconnections:\n  a: {plugin: files}\n", "\n# limits\ndefaults: {timeout: 20s}\n"},
        Case{"connections:\n  a: {plugin: files}\ndbmux: 1\n", "connections:\n  a: {plugin: files}\n",
             "dbmux: 1\n"}));

TEST(SetupProfile, FollowsTheIndentOfTheFile) {
  const auto text =
      with_connection("dbmux: 1\nconnections:\n    a:\n        plugin: files\n", "p.yaml", sales(), nothing);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_NE(text->find("\n    sales:\n      plugin: net\n"), std::string::npos) << *text;
}

TEST(SetupProfile, SaysWhatToAddWhereItCannotAddItSafely) {
  for (const char* text :
       {"dbmux: 1\nconnections: {a: {plugin: files}}\n",
        "dbmux: 1\nconnections: {\n  a: {plugin: files}\n}\n", "{dbmux: 1, connections: {}}\n"}) {
    const auto refused = with_connection(text, "p.yaml", sales(), nothing);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().category, Category::profile);
    EXPECT_NE(refused.error().hint.find(kSales), std::string::npos)
        << refused.error().message << refused.error().hint;
  }
  const auto broken = with_connection("dbmux: 1\nconnection: {}\n", "p.yaml", sales(), nothing);
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().hint.find("dbmux profile check"), std::string::npos);
}

TEST(SetupProfile, LiesInTheFirstFolderThatCanBeWrittenTo) {
  const TemporaryFolder top;
  fs::create_directory(top / "wide");
  chmod((top / "wide").c_str(), 0777);
  const SearchPaths paths{{top / "wide", "/proc/nowhere", top / "share/dbmux/profiles", top / "new/dbmux"},
                          ""};
  EXPECT_EQ(profile_to_write("sales", paths).value(), top / "new/dbmux/sales.yaml");
  EXPECT_TRUE(fs::is_directory(top / "new/dbmux"));
  EXPECT_FALSE(fs::exists(top / "share"));
  EXPECT_EQ(profile_to_write("/x/y/../p.yaml", paths).value(), "/x/p.yaml");
  const auto none = profile_to_write("sales", {{"/proc/nowhere"}, ""});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("/proc/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace dbmux
