// connect_database and disconnect_database, and what they may reach.
#include <fstream>

#include "shop.hpp"

namespace dbmux {
namespace {

namespace fs = std::filesystem;

class RuntimeShop : public Shop {
 protected:
  void SetUp() override {
    Shop::SetUp();
    inside_ = folder_.path() / "inside";
    outside_ = folder_.path() / "outside";
    for (const auto& folder : {inside_, outside_, inside_ / ".hidden", inside_ / ".ssh", inside_ / "sub"}) {
      fs::create_directory(folder);
      fs::copy_file(shop_, folder / "a.db");
    }
    fs::copy_file(shop_, inside_ / ".a.db");
    fs::create_symlink(outside_ / "a.db", inside_ / "link.db");
    fs::create_directory_symlink(outside_, inside_ / "linked");
    fs::create_symlink(inside_ / "a.db", outside_ / "back.db");
    bounds().paths = {inside_.string()};
  }
  RuntimeBounds& bounds() { return profile_.runtime_connections["sqlite"]; }
  Reply connect(const std::string& file, std::string_view face = "connect_database",
                const std::string& id = "notes") {
    return ask(face,
               R"({"connectionId":")" + id + R"(","type":"sqlite","config":{"filename":")" + file + R"("}})");
  }
  std::string message(const Reply& reply) { return at(reply.text, {"error", "message"}); }

  fs::path inside_, outside_;
};

TEST_F(RuntimeShop, OpensADatabaseWithinTheBoundsAndAnswersItsAccess) {
  EXPECT_EQ(connect((inside_ / "a.db").string()).text,
            R"({"connectionId":"notes","plugin":"sqlite","access":"read-only"})");
  EXPECT_EQ(at(text("list_tables", R"({"connectionId":"notes"})"), {"schema"}), "main");
  EXPECT_EQ(text("disconnect_database", R"({"connectionId":"notes"})"),
            R"({"connectionId":"notes","state":"disconnected"})");
  EXPECT_EQ(at(error("list_tables", R"({"connectionId":"notes"})"), {"error", "message"}),
            "connectionId 'notes' unknown; there are: shop.");
}

TEST_F(RuntimeShop, TellsThatTheListOfResourcesHasChanged) {
  int told = 0;
  catalogue().on_change(
      [&](Change change, std::string_view) { told += change == Change::resources ? 1 : 0; });
  connect((outside_ / "a.db").string());
  EXPECT_EQ(told, 0);
  connect((inside_ / "a.db").string());
  EXPECT_EQ(told, 1);
  text("disconnect_database", R"({"connectionId":"notes"})");
  EXPECT_EQ(told, 2);
}

TEST_F(RuntimeShop, TheHyphenatedFacesAnswerSentences) {
  EXPECT_EQ(connect((inside_ / "a.db").string(), "connect-database", "x").text,
            R"(Successfully connected to sqlite database with ID "x")");
  EXPECT_EQ(text("disconnect-database", R"({"connectionId":"x"})"),
            R"(Successfully disconnected from database with ID "x")");
  EXPECT_TRUE(error("disconnect-database", R"({"connectionId":"x"})")
                  .starts_with("Error disconnecting from database: "));
  EXPECT_TRUE(connect("/etc/x.db", "connect-database").text.starts_with("Error connecting to database: "));
}

TEST_F(RuntimeShop, ReachesWhatLiesWithinTheFoldersOfTheProfile) {
  for (const auto& file :
       {inside_ / "a.db", inside_ / "sub/a.db", inside_ / "sub/../a.db", outside_ / "back.db"}) {
    const auto reply = connect(file.string());
    EXPECT_EQ(reply.outcome, Outcome::ok) << file << ": " << reply.text;
    restart();
  }
}

TEST_F(RuntimeShop, ReachesNothingElse) {
  bounds().hidden = false;
  struct Case {
    fs::path file;
    const char* why;
  };
  for (const auto& c :
       {Case{outside_ / "a.db", "lies outside"}, Case{inside_ / "link.db", "lies outside"},
        Case{inside_ / "linked/a.db", "lies outside"}, Case{inside_ / "../outside/a.db", "lies outside"},
        Case{inside_.string() + "-not/a.db", "lies outside"}, Case{"a.db", "lies outside"},
        Case{"../../../../../../../../etc/passwd", "lies outside"},
        Case{"/dev/null", "is not a regular file"}, Case{inside_ / ".hidden/a.db", "is hidden"},
        Case{inside_ / ".a.db", "is hidden"},
        Case{inside_ / ".ssh/a.db", "where keys and passwords are kept"}}) {
    const auto reply = connect(c.file.string());
    EXPECT_EQ(reply.outcome, Outcome::error) << c.file;
    EXPECT_EQ(at(reply.text, {"error", "category"}), "denied") << reply.text;
    EXPECT_NE(message(reply).find(c.why), std::string::npos) << c.file << ": " << reply.text;
    EXPECT_EQ(at(reply.text, {"error", "hint"}), "connect_database reaches only: " + inside_.string() + ".");
    EXPECT_EQ(registry_->all().size(), 1u);
  }
}

TEST_F(RuntimeShop, ReachesHiddenFilesOnlyWhereTheProfileSaysSoAndKeysNever) {
  bounds().hidden = true;
  EXPECT_EQ(connect((inside_ / ".hidden/a.db").string()).outcome, Outcome::ok);
  EXPECT_EQ(connect((inside_ / ".ssh/a.db").string(), "connect_database", "keys").outcome, Outcome::error);
}

TEST_F(RuntimeShop, CreatesNoFileOutsideOfTheBounds) {
  const auto file = outside_ / "new.db";
  const auto reply = ask("connect_database", R"({"connectionId":"n","type":"sqlite","config":{"filename":")" +
                                                 file.string() + R"(","createIfNotExists":true}})");
  EXPECT_EQ(reply.outcome, Outcome::error);
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(RuntimeShop, OpensADatabaseInMemory) {
  bounds().access = Access::read_write;
  EXPECT_EQ(connect(":memory:").text, R"({"connectionId":"notes","plugin":"sqlite","access":"read-write"})");
  EXPECT_EQ(text("execute-update", R"J({"connectionId":"notes","query":"CREATE TABLE t (a)"})J"),
            "Operation completed successfully");
  EXPECT_EQ(text("execute-query", R"({"connectionId":"notes","query":"SELECT * FROM t"})"), "[]");
}

TEST_F(RuntimeShop, KeepsNothingOfADatabaseThatCouldNotBeOpened) {
  const auto reply = connect((inside_ / "none.db").string());
  EXPECT_EQ(reply.outcome, Outcome::error);
  EXPECT_EQ(registry_->all().size(), 1u);
  EXPECT_EQ(connect((inside_ / "a.db").string()).outcome, Outcome::ok);
}

TEST_F(RuntimeShop, RefusesWrongArguments) {
  struct Case {
    const char* arguments;
    const char* category;
    const char* message;
  };
  for (const auto& c :
       {Case{R"({"connectionId":"x"})", "invalid", "connect_database needs the argument 'type'."},
        Case{R"({"connectionId":"a b","type":"sqlite"})", "invalid",
             "connectionId must be 1 to 64 letters, digits, '-', '_' or '.'"},
        Case{R"({"connectionId":"","type":"sqlite"})", "invalid",
             "connectionId must be 1 to 64 letters, digits, '-', '_' or '.'"},
        Case{R"({"connectionId":"x","type":"postgres","config":{}})", "denied",
             "This profile does not open 'postgres' at run time; it opens: sqlite."},
        Case{R"({"connectionId":"shop","type":"sqlite","config":{"filename":":memory:"}})", "exists",
             "connectionId 'shop' is taken"}}) {
    const auto reply = ask("connect_database", c.arguments);
    EXPECT_EQ(at(reply.text, {"error", "category"}), c.category) << c.arguments;
    EXPECT_EQ(message(reply), c.message);
  }
  const auto missing =
      ask("connect_database", R"({"connectionId":"x","type":"sqlite","config":{"filname":"x"}})");
  EXPECT_NE(message(missing).find("'filename'"), std::string::npos) << missing.text;
}

TEST_F(Shop, OpensNothingWhereTheProfileDoesNotSaySo) {
  EXPECT_EQ(
      error("connect_database", R"({"connectionId":"x","type":"sqlite","config":{"filename":":memory:"}})"),
      R"({"error":{"category":"denied","message":"This profile opens no connections at run time.",)"
      R"("hint":"Tell the person which database was wanted; the operator decides."}})");
}

TEST_F(Shop, ConnectionsOfTheProfileCannotBeDisconnected) {
  EXPECT_EQ(at(error("disconnect_database", R"({"connectionId":"shop"})"), {"error", "message"}),
            "'shop' belongs to the profile and stays; only connections opened with connect_database can be "
            "disconnected.");
}

}  // namespace
}  // namespace dbmux
