// Servers that go away and come back, and others that take their place.
#include <thread>

#include "host_test.hpp"
#include "own_server.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

std::string at(const OwnServer& server) { return "127.0.0.1:" + std::to_string(server.port()); }

class PostgresRestarts : public ThroughHost {
 protected:
  // So many sessions lie idle in the pool for reads.
  void fill(Connection& connection, int sessions) {
    std::vector<std::thread> callers;
    for (int i = 0; i < sessions; ++i)
      callers.emplace_back([&] { EXPECT_EQ(read(connection, "SELECT 1 FROM pg_sleep(0.3)"), "1"); });
    for (auto& caller : callers) caller.join();
  }
  static int backends(const OwnServer& server) {
    return std::stoi(ask(server.session().get(),
                         "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dbmux'"));
  }

  OwnServer server_;
};

TEST_F(PostgresRestarts, ReadsDoNotNoticeThatAllIdleSessionsDiedInARestart) {
  auto profile = profile_of(server_.port());
  profile.retry = {.attempts = 2, .base = 10ms, .cap = 10ms};
  const auto connection = add(profile);
  for (const auto how : {OwnServer::How::politely, OwnServer::How::like_a_crash}) {
    fill(*connection, 6);
    ASSERT_EQ(backends(server_), 6);
    server_.restart(how);
    for (int i = 0; i < 6; ++i) {
      const auto nonce = "answer " + std::to_string(i);
      EXPECT_EQ(read(*connection, "SELECT '" + nonce + "'"), nonce);
    }
    fill(*connection, 6);
    EXPECT_LE(backends(server_), 10);
  }
}

TEST_F(PostgresRestarts, AReadInMidQueryIsRepeatedOnceTheServerIsBack) {
  auto profile = profile_of(server_.port());
  profile.retry = {.attempts = 20, .base = 100ms, .cap = 500ms};
  const auto connection = add(profile);
  ask(server_.session().get(), "CREATE SEQUENCE runs");
  std::thread restarter([&] {
    EXPECT_TRUE(comes_true([&] {
      return ask(server_.session().get(),
                 "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1";
    }));
    server_.restart(OwnServer::How::like_a_crash);
  });
  EXPECT_EQ(answer(*connection, {.text = "SELECT 'whole' FROM pg_sleep(2)", .time = 60s}), "whole");
  restarter.join();
}

TEST_F(PostgresRestarts, AWriteInMidQueryIsNotRepeatedAndMayHaveRun) {
  const auto connection = add(profile_of(server_.port()));
  ask(server_.session().get(), "CREATE TABLE t (a int)");
  Output out;
  std::thread killer([&] {
    EXPECT_TRUE(comes_true([&] {
      return ask(server_.session().get(),
                 "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1";
    }));
    server_.restart(OwnServer::How::like_a_crash);
  });
  const auto ran = run_call(
      *connection, {.text = "INSERT INTO t SELECT 1 FROM pg_sleep(5)", .read_only = false, .time = 60s}, out);
  killer.join();
  ASSERT_FALSE(ran);
  EXPECT_TRUE(ran.error().connection_dead);
  EXPECT_TRUE(ran.error().may_have_run);
  EXPECT_EQ(read(*connection, "SELECT count(*) FROM t"), "0");
}

class PostgresFailover : public ThroughHost {
 protected:
  ConnectionProfile profile() const {
    auto made = profile_of(at(*standby_) + "," + at(primary_));
    made.retry = {.attempts = 20, .base = 100ms, .cap = 500ms};
    return made;
  }

  OwnServer primary_;
  std::unique_ptr<OwnServer> standby_ = primary_.with_standby();
};

TEST_F(PostgresFailover, OfSeveralHostsThePrimaryServesAndTheOneThatIsPromotedTakesItsPlace) {
  const auto connection = add(profile());
  EXPECT_EQ(read(*connection, "SELECT pg_is_in_recovery()"), "false") << "though the standby is named first";
  EXPECT_EQ(answer(*connection, {.text = "CREATE TABLE t AS SELECT 'kept' AS a", .read_only = false}),
            "not one cell");
  ASSERT_TRUE(comes_true(
      [&] { return ask(standby_->session().get(), "SELECT to_regclass('t') IS NOT NULL") == "t"; }));
  primary_.stop(OwnServer::How::like_a_crash);
  standby_->promote();
  EXPECT_EQ(read(*connection, "SELECT a FROM t"), "kept");
  const Asked write{.text = "INSERT INTO t VALUES ('new') RETURNING inet_server_port()", .read_only = false};
  EXPECT_TRUE(answer(*connection, write).starts_with("connection: ")) << "a write is not repeated";
  EXPECT_EQ(answer(*connection, write), std::to_string(standby_->port()));
}

TEST_F(PostgresFailover, ReadsWaitForAPromotionThatIsUnderWay) {
  const auto connection = add(profile());
  EXPECT_EQ(read(*connection, "SELECT 1"), "1");
  primary_.stop(OwnServer::How::like_a_crash);
  std::thread promoter([&] {
    std::this_thread::sleep_for(1s);
    standby_->promote();
  });
  EXPECT_EQ(answer(*connection, {.text = "SELECT inet_server_port()", .time = 60s}),
            std::to_string(standby_->port()));
  promoter.join();
}

}  // namespace
}  // namespace dbmux::test
