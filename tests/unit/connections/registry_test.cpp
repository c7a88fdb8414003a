#include "connections/registry.hpp"

#include "scripted_session.hpp"

namespace dbmux {
namespace {

class RegistryTest : public testing::Test {
 protected:
  std::shared_ptr<Connection> add(ConnectionProfile profile) {
    auto added = registry_.add(std::move(profile));
    EXPECT_TRUE(added) << added.error().message;
    return *added;
  }
  std::string not_found(std::string_view name) {
    const auto found = registry_.find(name);
    return found ? "found" : found.error().message;
  }

  Environment environment_ = [](std::string_view name) -> std::optional<std::string> {
    if (name == "GOOD_PASSWORD") return "sesame-open-up";
    if (name == "BAD_PASSWORD") return "wrong";
    return std::nullopt;
  };
  Registry registry_{scripted_plugins(), environment_};
  Call call_;
};

TEST_F(RegistryTest, FindsByNameAndTheDefaultByNone) {
  add(scripted_profile("sales"));
  add(scripted_profile("notes"));
  EXPECT_EQ((*registry_.find("notes"))->name(), "notes");
  EXPECT_EQ((*registry_.find(""))->name(), "sales");
  registry_.set_default("notes");
  EXPECT_EQ((*registry_.find(""))->name(), "notes");
  EXPECT_EQ(registry_.default_name(), "notes");
}

TEST_F(RegistryTest, ListsItsConnectionsInTheOrderOfTheProfile) {
  for (const auto* name : {"b", "c", "a"}) add(scripted_profile(name));
  std::string names;
  for (const auto& c : registry_.all()) names += c->name();
  EXPECT_EQ(names, "bca");
}

TEST_F(RegistryTest, NamesWhatThereIsForAnUnknownName) {
  EXPECT_EQ(not_found(""), "no connection is configured");
  EXPECT_EQ(not_found("prod"), "connectionId 'prod' unknown; there is none");
  add(scripted_profile("sales"));
  add(scripted_profile("notes"));
  EXPECT_EQ(not_found("prod"), "connectionId 'prod' unknown; there are: sales, notes.");
  const auto found = registry_.find("note");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().category, Category::not_found);
  EXPECT_EQ(found.error().did_you_mean, std::vector<std::string>{"notes"});
}

TEST_F(RegistryTest, RefusesANameThatIsTaken) {
  add(scripted_profile("sales"));
  const auto again = registry_.add(scripted_profile("sales"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().category, Category::exists);
  EXPECT_EQ(again.error().message, "connectionId 'sales' is taken");
}

TEST_F(RegistryTest, LetsALeaseEndAfterItsConnectionWasRemoved) {
  auto lease = add(scripted_profile("sales"))->lease(call_, true);
  ASSERT_TRUE(registry_.remove("sales"));
  EXPECT_EQ(not_found("sales"), "connectionId 'sales' unknown; there is none");
  EXPECT_TRUE(run_script(call_, lease->conn(), "series 1"));
  const auto again = registry_.remove("sales");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().category, Category::not_found);
}

TEST_F(RegistryTest, OpensReadingAndWritingSessionsApart) {
  auto profile = scripted_profile("sales");
  profile.access = Access::read_write;
  const auto c = add(profile);
  auto reading = c->lease(call_, true);
  auto writing = c->lease(call_, false);
  ASSERT_TRUE(reading && writing);
  EXPECT_EQ(report(reading->conn(), "request")["conn_read_only"], "1");
  EXPECT_EQ(report(writing->conn(), "request")["conn_read_only"], "0");
}

TEST_F(RegistryTest, LendsNoWritingSessionOfAReadOnlyConnection) {
  const auto lease = add(scripted_profile("sales"))->lease(call_, false);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().category, Category::denied);
  EXPECT_EQ(lease.error().message, "the connection 'sales' is read-only");
}

TEST_F(RegistryTest, HoldsThePoolSizeOfTheProfile) {
  auto profile = scripted_profile("sales");
  profile.pool_max = 1;
  const auto c = add(profile);
  const auto held = c->lease(call_, true);
  Call late({}, Clock::now() + std::chrono::milliseconds(5));
  const auto refused = c->lease(late, true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().limit, "pool_size max 1 of connection 'sales'");
  EXPECT_EQ(c->state(), "ready") << "a full pool is no failure of the connection";
}

TEST_F(RegistryTest, TellsTheStateOfAConnection) {
  const auto c = add(scripted_profile("sales", {option("fail_connects", std::int64_t{1})}));
  EXPECT_EQ(c->state(), "not connected yet");
  EXPECT_FALSE(c->lease(call_, true));
  EXPECT_EQ(c->state(), "failed: sales: nothing listens here yet");
  EXPECT_TRUE(c->lease(call_, true));
  EXPECT_EQ(c->state(), "ready");
}

TEST_F(RegistryTest, AnswersADisabledConnectionWithTheReason) {
  auto profile = scripted_profile("erp");
  profile.disabled =
      fail(Category::profile, "prod.yaml:9:11: connections.erp.host: SERVER is not set").value();
  const auto c = add(profile);
  const auto lease = c->lease(call_, true);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().category, Category::profile);
  EXPECT_EQ(lease.error().message, profile.disabled->message);
  EXPECT_EQ(c->state(), "disabled: " + profile.disabled->message);
}

TEST_F(RegistryTest, ListsAConnectionWhosePluginIsNotInstalledAndFailsWhenItIsUsed) {
  auto profile = scripted_profile("big");
  profile.plugin = "scriptd";
  const auto c = add(profile);
  EXPECT_EQ(c->state(), "not installed");
  const auto lease = c->lease(call_, true);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().category, Category::plugin);
  EXPECT_EQ(lease.error().message, "plugin 'scriptd' is not installed; there are: scripted");
  EXPECT_EQ(lease.error().did_you_mean, std::vector<std::string>{"scripted"});
}

TEST_F(RegistryTest, RefusesOptionsThatThePluginDoesNotKnow) {
  const auto lease = add(scripted_profile("sales", {option("prot", std::int64_t{5})}))->lease(call_, true);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().category, Category::profile);
  EXPECT_NE(lease.error().message.find("'port'"), std::string::npos) << lease.error().message;
}

Option password_from(std::string source) {
  Option o;
  o.path = "password";
  o.secret = SecretSources{{std::move(source)}, {}};
  return o;
}

TEST_F(RegistryTest, GivesThePluginTheSecretThatTheProfileNames) {
  EXPECT_TRUE(add(scripted_profile("sales", {password_from("env:GOOD_PASSWORD")}))->lease(call_, true));
  const auto none = add(scripted_profile("notes", {password_from("env:NOT_SET")}))->lease(call_, true);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().category, Category::auth);
}

TEST_F(RegistryTest, ShowsNoSecretThatAPluginPutIntoItsError) {
  const auto c = add(scripted_profile("sales", {password_from("env:BAD_PASSWORD")}));
  const auto lease = c->lease(call_, true);
  ASSERT_FALSE(lease);
  constexpr auto kShown = "sales: Scripted refused the password. It came from env:BAD_PASSWORD.";
  EXPECT_EQ(lease.error().message, kShown);
  EXPECT_EQ(lease.error().detail, "The server says: login refused, password was: ***.");
  EXPECT_EQ(c->state(), std::string("failed: ") + kShown);
}

}  // namespace
}  // namespace dbmux
