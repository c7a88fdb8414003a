#include "secret/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <random>
#include <thread>

#include "../../temporary_folder.hpp"
#include "base/text.hpp"
#include "secret/secret.hpp"

namespace dbmux {
namespace {

namespace fs = std::filesystem;

class Store : public testing::Test {
 protected:
  Store() { variables_["DBMUX_HOME"] = home().string(); }

  Environment environment() const {
    return [variables = variables_](std::string_view name) -> std::optional<std::string> {
      const auto at = variables.find(std::string(name));
      return at == variables.end() ? std::nullopt : std::optional(at->second);
    };
  }
  SecretStore store() const { return SecretStore(environment()); }
  fs::path home() const { return folder_ / "home"; }
  static void write(const fs::path& file, std::string_view text) { write_file(file, text, 0600); }
  static std::string new_key() { return SealKey::random().base64(); }
  std::string value(std::string_view name) const {
    auto found = store().find(name);
    if (!found) return "error: " + found.error().message;
    return found->value_or("nothing");
  }

  const TemporaryFolder folder_;
  std::map<std::string, std::string> variables_;
};

TEST_F(Store, KeepsSecretsAcrossProcessesInFilesThatOnlyWeCanRead) {
  EXPECT_EQ(value("erp"), "nothing");
  EXPECT_FALSE(fs::exists(home())) << "looking makes nothing";
  ASSERT_TRUE(store().set("erp", "hunter2"));
  ASSERT_TRUE(store().set("crm/reader", "p\nw\0"));
  ASSERT_TRUE(store().set("erp", "swordfish"));
  EXPECT_EQ(value("erp"), "swordfish");
  EXPECT_EQ(value("crm/reader"), "p\nw");
  const auto all = store().list().value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "crm/reader");
  EXPECT_LT(Wall::now() - all[1].set, std::chrono::minutes(5));
  EXPECT_EQ(mode_of(home()), 0700U);
  for (const char* file : {"secrets", "secrets.key", "secrets.lock"})
    EXPECT_EQ(mode_of(home() / file), 0600U) << file;
}

TEST_F(Store, RemovesWhatItHas) {
  ASSERT_TRUE(store().set("erp", "hunter2"));
  EXPECT_EQ(store().remove("erq").value(), false);
  EXPECT_EQ(store().remove("erp").value(), true);
  EXPECT_EQ(value("erp"), "nothing");
  EXPECT_EQ(store().list().value().size(), 0U);
}

TEST_F(Store, RefusesNamesAndValuesThatCannotBe) {
  for (const char* name : {"", "-a", ".a", "a b", "a:b", "ä"}) {
    const auto set = store().set(name, "x");
    ASSERT_FALSE(set) << name;
    EXPECT_EQ(set.error().category, Category::invalid);
  }
  EXPECT_EQ(store().set("a", "").error().category, Category::invalid);
  EXPECT_EQ(store().set("a", std::string(kMostSecretBytes + 1, 'x')).error().category, Category::invalid);
  EXPECT_TRUE(store().set("a", std::string(kMostSecretBytes, 'x')));
  EXPECT_EQ(value("a").size(), kMostSecretBytes);
}

TEST_F(Store, IsASourceOfSecrets) {
  const SecretSources from{{"env:NOPE", "store:erp"}, {"local.yaml", 9, 15}};
  const auto none = find_secret(from, environment());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().category, Category::auth);
  EXPECT_EQ(none.error().message, "local.yaml:9:15: there is no secret in env:NOPE, store:erp");
  EXPECT_EQ(none.error().hint, "Set it with: dbmux secret set erp");
  ASSERT_TRUE(store().set("erp", "hunter2"));
  EXPECT_EQ(find_secret(from, environment())->value, "hunter2");
  EXPECT_EQ(find_secret(from, environment())->source, "store:erp");
  chmod((home() / "secrets").c_str(), 0640);
  const auto refused = find_secret(from, environment());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with("local.yaml:9:15: the store of secrets "))
      << refused.error().message;
}

TEST_F(Store, RefusesFilesAndFoldersThatOthersCanUseAndSaysWhatMendsIt) {
  ASSERT_TRUE(store().set("erp", "hunter2"));
  struct Case {
    const char* file;
    mode_t wide, right;
    const char* remedy;
  };
  for (const Case& c : {Case{"secrets", 0644, 0600, "chmod 600 "},
                        {"secrets", 0602, 0600, "chmod 600 "},
                        {"secrets.key", 0640, 0600, "chmod 600 "},
                        {"", 0777, 0700, "chmod go-w "}}) {
    const fs::path path = *c.file == '\0' ? home() : home() / c.file;
    const std::string before = text_of(home() / "secrets");
    chmod(path.c_str(), c.wide);
    const auto set = store().set("erp", "swordfish");
    ASSERT_FALSE(set) << c.file << c.wide;
    EXPECT_EQ(set.error().category, Category::profile);
    EXPECT_NE(set.error().message.find(c.remedy + path.string()), std::string::npos) << set.error().message;
    if (*c.file != '\0') {
      EXPECT_FALSE(store().find("erp"));
      EXPECT_FALSE(store().list());
      EXPECT_FALSE(store().rotate());
    }
    EXPECT_EQ(text_of(home() / "secrets"), before);
    chmod(path.c_str(), c.right);
    EXPECT_EQ(value("erp"), "hunter2");
  }
}

TEST_F(Store, RefusesFilesOfSomebodyElse) {
  ASSERT_TRUE(store().set("erp", "hunter2"));
  const uid_t other = geteuid() == 0 ? 65534 : 0;
  if (chown((home() / "secrets").c_str(), other, static_cast<gid_t>(-1)) !=
      0) {  // only root can give a file away
    EXPECT_EQ(value("erp"), "hunter2");
    return;
  }
  EXPECT_NE(value("erp").find("belongs to another user"), std::string::npos);
}

TEST_F(Store, LosesNothingWhenItsKeyIsMissingOrWrong) {
  ASSERT_TRUE(store().set("erp", "hunter2"));
  const std::string before = text_of(home() / "secrets"), key = text_of(home() / "secrets.key");
  const auto refused = [&](const char* said) {
    for (const auto& error : {store().set("a", "x").error(), store().find("erp").error(),
                              store().remove("erp").error(), store().rotate().error()}) {
      EXPECT_NE(error.message.find(said), std::string::npos) << error.message;
      EXPECT_EQ(error.message.find(key.substr(0, 20)), std::string::npos);
    }
    EXPECT_EQ(text_of(home() / "secrets"), before);
  };
  fs::remove(home() / "secrets.key");
  refused("is missing");
  EXPECT_FALSE(fs::exists(home() / "secrets.key")) << "a new key would look as if it fitted";
  write(home() / "secrets.key", new_key() + "\n");
  refused("was sealed with another key");
  write(home() / "secrets.key", "not a key");
  refused("holds no key");
  write(home() / "secrets.key", key);
  EXPECT_EQ(value("erp"), "hunter2");
}

TEST_F(Store, RefusesADamagedFileAndLeavesItAlone) {
  ASSERT_TRUE(store().set("erp", "hunter2"));
  std::string bytes = text_of(home() / "secrets");
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  write(home() / "secrets", bytes);
  EXPECT_EQ(store().set("a", "x").error().message,
            (home() / "secrets").string() +
                " was changed or damaged, and nothing of it is used; put back a copy of it");
  EXPECT_EQ(text_of(home() / "secrets"), bytes);
}

TEST_F(Store, TakesItsKeyFromAFileOrTheEnvironment) {
  const std::string key = new_key();
  const std::string raw = from_base64(key).value();
  struct Case {
    const char* what;
    std::string file, variable;
  };
  for (const Case& c : {Case{"base64", key + "\n", ""},
                        {"without newline", key, ""},
                        {"raw", raw, ""},
                        {"several", new_key() + "\n\n" + key + "\n", ""},
                        {"environment", "", key},
                        {"several there", "", new_key() + "," + key}}) {
    fs::remove_all(home());
    variables_.erase("DBMUX_KEY");
    variables_["DBMUX_KEY_FILE"] = (folder_ / "key").string();
    write(folder_ / "key", raw);
    ASSERT_TRUE(store().set("erp", "hunter2"));
    write(folder_ / "key", c.file);
    if (!c.variable.empty()) {
      variables_.erase("DBMUX_KEY_FILE");
      variables_["DBMUX_KEY"] = c.variable;
    }
    EXPECT_EQ(value("erp"), "hunter2") << c.what;
    EXPECT_FALSE(fs::exists(home() / "secrets.key"));
  }
}

TEST_F(Store, SaysWhenTheKeyIsNotWhereTheEnvironmentSays) {
  variables_["DBMUX_KEY_FILE"] = (folder_ / "nowhere").string();
  EXPECT_NE(store().set("a", "x").error().message.find("nowhere (DBMUX_KEY_FILE) does not exist"),
            std::string::npos);
  variables_["DBMUX_KEY"] = new_key();
  EXPECT_NE(store().set("a", "x").error().message.find("both set"), std::string::npos);
  variables_.erase("DBMUX_KEY_FILE");
  variables_["DBMUX_KEY"] = "c2hvcnQ=";
  const auto error = store().set("a", "x").error();
  EXPECT_NE(error.message.find("DBMUX_KEY holds no key"), std::string::npos);
  EXPECT_EQ(error.message.find("c2hvcnQ"), std::string::npos);
}

TEST_F(Store, RotatesItsOwnKeyAndDropsTheOldOne) {
  EXPECT_EQ(store().rotate().error().category, Category::not_found);
  ASSERT_TRUE(store().set("a", "one"));
  ASSERT_TRUE(store().set("b", "two"));
  const std::string before = text_of(home() / "secrets"), key = text_of(home() / "secrets.key");
  const auto rotated = store().rotate();
  ASSERT_TRUE(rotated) << rotated.error().message;
  EXPECT_EQ(rotated->secrets, 2U);
  EXPECT_NE(text_of(home() / "secrets.key"), key);
  EXPECT_EQ(text_of(home() / "secrets.key").size(), key.size());
  EXPECT_EQ(value("a") + value("b"), "onetwo");
  write(home() / "secrets", before);
  EXPECT_NE(value("a").find("another key"), std::string::npos);
}

TEST_F(Store, KeepsTheOldKeyInAFileThatOtherStoresMayUse) {
  variables_["DBMUX_KEY_FILE"] = (folder_ / "key").string();
  write(folder_ / "key", new_key());
  ASSERT_TRUE(store().set("a", "one"));
  const auto first = variables_["DBMUX_HOME"];
  variables_["DBMUX_HOME"] = (folder_ / "second").string();
  ASSERT_TRUE(store().set("a", "two"));
  ASSERT_EQ(store().rotate()->keys.keys.size(), 2U);
  EXPECT_EQ(value("a"), "two");
  variables_["DBMUX_HOME"] = first;
  EXPECT_EQ(value("a"), "one");
}

TEST_F(Store, RotatesToANewKeyOfTheEnvironment) {
  const std::string old_key = new_key(), fresh = new_key();
  variables_["DBMUX_KEY"] = old_key;
  ASSERT_TRUE(store().set("a", "one"));
  EXPECT_EQ(store().rotate().error().category, Category::invalid);
  variables_["DBMUX_KEY"] = fresh + "," + old_key;
  ASSERT_TRUE(store().rotate());
  variables_["DBMUX_KEY"] = fresh;
  EXPECT_EQ(value("a"), "one");
}

TEST_F(Store, LetsOneWriteAtATime) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([this, i] {
      for (int n = 0; n < 8; ++n)
        ASSERT_TRUE(store().set("s" + std::to_string(i) + "_" + std::to_string(n), "x"));
    });
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(store().list()->size(), 32U);
}

TEST_F(Store, CanBeReadWhileItIsRotated) {
  ASSERT_TRUE(store().set("a", "one"));
  std::thread rotating([this] {
    for (int n = 0; n < 20; ++n) ASSERT_TRUE(store().rotate());
  });
  for (int n = 0; n < 500; ++n) ASSERT_EQ(value("a"), "one");
  rotating.join();
}

TEST_F(Store, SaysThatThereIsNoRoomAndKeepsWhatWasThere) {
  ASSERT_TRUE(store().set("a", "one"));
  const pid_t child = fork();
  if (child == 0) {  // a limit of the file size stands for a full disk: the write fails in the middle
    signal(SIGXFSZ, SIG_IGN);
    const rlimit tiny{300, 300};
    setrlimit(RLIMIT_FSIZE, &tiny);
    const auto set = store().set("b", std::string(2000, 'x'));
    _exit(!set && set.error().category == Category::resource ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(value("a"), "one");
  EXPECT_EQ(value("b"), "nothing");
  EXPECT_TRUE(store().set("b", "two"));
}

// A process that sets or rotates is killed at a random moment, a hundred times; the store is as it was or as
// it was to be, and can be written again.
TEST_F(Store, IsOldOrNewWhenItsWriterIsKilled) {
  ASSERT_TRUE(store().set("kept", "always"));
  ASSERT_TRUE(store().set("changed", "0"));
  std::minstd_rand random(20261121);
  std::string last = "0";
  for (int n = 1; n <= 100; ++n) {
    const std::string next = std::to_string(n);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      static_cast<void>(n % 3 == 0 ? store().rotate().has_value() : store().set("changed", next).has_value());
      _exit(0);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 4000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_EQ(value("kept"), "always") << n;
    const std::string now = value("changed");
    ASSERT_TRUE(now == last || now == next) << n << ": " << now;
    last = now;
  }
  EXPECT_TRUE(store().rotate());
  EXPECT_EQ(value("kept"), "always");
}

}  // namespace
}  // namespace dbmux
