#include "profile/dsn.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "../../temporary_folder.hpp"
#include "base/text.hpp"

namespace dbmux {
namespace {

const std::vector<DsnPlugin>& plugins() {
  static const std::vector<DsnPlugin> list = {
      {"files", {"files", "f3"}, {{"file", "filename"}}},
      {"net",
       {"net", "network"},
       {{"host", "server"},
        {"port", "port"},
        {"user", "user"},
        {"password", "password"},
        {"database", "database"}}},
      {"docs", {"docs", "docs+srv"}, {{"uri", "uri"}}},
  };
  return list;
}

// name|plugin|option=value, …; a secret's value is its source.
std::string shown(const ConnectionProfile& connection) {
  std::string text = connection.name + '|' + connection.plugin;
  for (const Option& option : connection.options)
    text += '|' + option.path + '=' +
            (option.secret ? '<' + option.secret->sources.at(0) + '>' : option.value.scalar);
  return text;
}

struct Case {
  const char* text;
  const char* expected;
};

TEST(Dsn, GoesApartIntoOptions) {
  const std::string here = std::filesystem::current_path().string();
  const std::string relative = "|files|filename=" + here + "/notes.db";
  const Case cases[] = {
      {"files:/home/me/x.db", "|files|filename=/home/me/x.db"},
      {"notes=files:/x.db", "notes|files|filename=/x.db"},
      {"files:notes.db", relative.c_str()},
      {"files:///abs/a%20b.db", "|files|filename=/abs/a b.db"},
      {"files:/a%20b.db", "|files|filename=/a%20b.db"},
      {"files::memory:", "|files|filename=:memory:"},
      {"m=files::memory:", "m|files|filename=:memory:"},
      {"F3:/x.db", "|files|filename=/x.db"},
      {"files:/x.db?createIfNotExists=true&busy=5", "|files|filename=/x.db|createIfNotExists=true|busy=5"},
      {"files:/what?.db", "|files|filename=/what?.db"},
      {"net://u:p%40ss@h:5432/db?x=y",
       "|net|user=u|password=<literal:p@ss>|server=h|port=5432|database=db|x=y"},
      {"net://h", "|net|server=h"},
      {"net://h/a/b", "|net|server=h|database=a/b"},
      {"net:///db", "|net|database=db"},
      {"net://[::1]:99/db", "|net|server=::1|port=99|database=db"},
      {"net://u@a,b:2/db", "|net|user=u|server=a,b:2|database=db"},
      {"net://[::1]:1,[::2]:2/db", "|net|server=[::1]:1,[::2]:2|database=db"},
      {"net://u@h/", "|net|user=u|server=h"},
      {"net+asyncpg://h", "|net|server=h"},
      {"net://h/?password=x", "|net|server=h|password=<literal:x>"},
      {"docs://a,b:1/db?w=1", "|docs|uri=docs://a,b:1/db?w=1"},
      {"d=docs+srv://u:p@h/db", "d|docs|uri=<literal:docs+srv://u:p@h/db>"},
  };
  for (const Case& c : cases) {
    const auto connection = parse_dsn(c.text, plugins(), {"command line"});
    ASSERT_TRUE(connection) << c.text << ": " << connection.error().message;
    EXPECT_EQ(shown(*connection), c.expected) << c.text;
    EXPECT_EQ(connection->origin.text(), "command line");
    EXPECT_EQ(connection->access, Access::read_only);
  }
}

TEST(Dsn, IsRefusedWithWhatToWriteInstead) {
  const Case cases[] = {
      {"nope://h",
       "command line: no plugin serves 'nope:'; there are: files, f3, net, network, docs, docs+srv"},
      {"/no/such.db",
       "command line: '/no/such.db' is neither a file that exists nor begins with a scheme (files, f3, net, "
       "network, docs, docs+srv)"},
      {"net//u:secret@h",
       "command line: this is neither a file that exists nor begins with a scheme (files, f3, net, network, "
       "docs, docs+srv)"},
      {"",
       "command line: '' is neither a file that exists nor begins with a scheme (files, f3, net, network, "
       "docs, docs+srv)"},
      {"files:", "command line: a file is missing behind 'files:'"},
      {"files://x.db",
       "command line: a file has no host: write files:FILE, or files:///FILE for an absolute path"},
      {"net:h", "command line: write net://user@host:port/database"},
      {"net://u:p@h:x/db", "command line: the port is not a number"},
      {"net://[::1/db", "command line: the '[' of the address is not closed"},
      {"net://u:%zz@h",
       "command line: a '%' in a URL is followed by two hexadecimal digits; write %25 for the sign itself"},
      {"a b=files:/x",
       "command line: 'a b' is not a name for a connection: letters, digits, '_', '.' and '-'"},
  };
  for (const Case& c : cases) {
    const auto connection = parse_dsn(c.text, plugins(), {"command line"});
    ASSERT_FALSE(connection) << c.text;
    EXPECT_EQ(connection.error().message, c.expected);
    EXPECT_EQ(connection.error().category, Category::invalid);
  }
}

TEST(Dsn, ABareFileThatExistsGoesToThePluginThatServesFiles) {
  const TemporaryFolder folder;
  const auto file = write_file(folder / "a.db", "x");
  const auto bare = parse_dsn(file.string(), plugins(), {"command line"});
  const auto named = parse_dsn("n=" + file.string(), plugins(), {"command line"});
  ASSERT_TRUE(bare);
  ASSERT_TRUE(named);
  EXPECT_EQ(shown(*bare), "|files|filename=" + file.string());
  EXPECT_EQ(shown(*named), "n|files|filename=" + file.string());
}

TEST(DsnProfile, NamesNamelessConnectionsAfterTheirPlugin) {
  const std::vector<std::string> arguments = {"files:/a", "files_2=net://h", "files:/b", "net://h"};
  const auto profile = profile_from_dsns(arguments, plugins());
  ASSERT_TRUE(profile);
  std::vector<std::string> names;
  for (const auto& connection : profile->connections) names.push_back(connection.name);
  EXPECT_EQ(joined(names, " "), "files files_2 files_3 net");
  EXPECT_EQ(profile->default_connection, "files");
  EXPECT_EQ(profile->name, "");
  EXPECT_TRUE(profile->warnings.empty());
}

TEST(DsnProfile, WarnsOfAPasswordWithoutShowingIt) {
  const std::vector<std::string> arguments = {"net://u:hunter2@h", "docs://u:hunter2@h"};
  const auto profile = profile_from_dsns(arguments, plugins());
  ASSERT_TRUE(profile);
  ASSERT_EQ(profile->warnings.size(), 2U);
  for (const std::string& warning : profile->warnings) {
    EXPECT_NE(warning.find("list of processes"), std::string::npos);
    EXPECT_EQ(warning.find("hunter2"), std::string::npos);
  }
}

TEST(DsnProfile, RefusesOneNameForTwo) {
  const std::vector<std::string> arguments = {"a=files:/a", "a=files:/b"};
  EXPECT_EQ(profile_from_dsns(arguments, plugins()).error().message,
            "command line: two connections are called 'a'");
}

}  // namespace
}  // namespace dbmux
