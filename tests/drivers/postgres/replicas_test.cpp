// Reads on a server that follows another by streaming replication.
#include "host_test.hpp"
#include "own_server.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

class PostgresReplicas : public ThroughHost {
 protected:
  std::shared_ptr<Connection> connect(std::chrono::milliseconds max_lag) {
    auto profile = profile_of(primary_.port());
    profile.replicas = {{.host = "127.0.0.1", .port = standby_->port(), .max_lag = max_lag}};
    return add(std::move(profile));
  }
  static std::string server_of(Connection& connection) {
    return read(connection, "SELECT inet_server_port()");
  }
  static bool served_by(Connection& connection, const OwnServer& server) {
    return comes_true([&] { return server_of(connection) == std::to_string(server.port()); });
  }
  static void write(Connection& connection, const std::string& text) {
    Output out;
    const auto ran = run_call(connection, {.text = text, .read_only = false}, out);
    ASSERT_TRUE(ran) << ran.error().message;
    EXPECT_EQ(ran->served_by, "");
  }

  OwnServer primary_;
  std::unique_ptr<OwnServer> standby_ = primary_.with_standby();
};

TEST_F(PostgresReplicas, ReadsGoToAReplicaOnceItIsKnownNotToBeBehindAndWritesDoNot) {
  const auto connection = connect(30s);
  EXPECT_EQ(server_of(*connection), std::to_string(primary_.port())) << "nothing is known yet";
  ASSERT_TRUE(served_by(*connection, *standby_));
  Output out;
  const auto ran = run_call(*connection, {.text = "SELECT 1"}, out);
  ASSERT_TRUE(ran);
  EXPECT_EQ(ran->served_by, "127.0.0.1:" + std::to_string(standby_->port()));
  write(*connection, "CREATE TABLE t AS SELECT inet_server_port() AS port");
  EXPECT_EQ(read(*connection, "SELECT port FROM t"), std::to_string(primary_.port()))
      << "what was just written is read from where it was written";
  ASSERT_TRUE(served_by(*connection, *standby_));
  EXPECT_EQ(read(*connection, "SELECT port FROM t"), std::to_string(primary_.port()));
}

TEST_F(PostgresReplicas, AReplicaThatIsTooFarBehindIsLeftAloneUntilItHasCaughtUp) {
  const auto connection = connect(2s);
  ASSERT_TRUE(served_by(*connection, *standby_));
  ask(standby_->session().get(), "SELECT pg_wal_replay_pause()");
  ask(primary_.session().get(), "CREATE TABLE t AS SELECT 'there' AS a");
  std::this_thread::sleep_for(3s);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(server_of(*connection), std::to_string(primary_.port()));
    EXPECT_EQ(read(*connection, "SELECT a FROM t"), "there");
  }
  ask(standby_->session().get(), "SELECT pg_wal_replay_resume()");
  EXPECT_TRUE(served_by(*connection, *standby_));
}

TEST_F(PostgresReplicas, WithoutItsReplicaThePrimaryServes) {
  const auto connection = connect(30s);
  ASSERT_TRUE(served_by(*connection, *standby_));
  standby_->stop(OwnServer::How::like_a_crash);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(server_of(*connection), std::to_string(primary_.port()));
  standby_->start();
  EXPECT_TRUE(served_by(*connection, *standby_));
}

TEST_F(PostgresReplicas, WhatOnlyThePrimaryHasIsReadThere) {
  const auto connection = connect(30s);
  write(*connection, "CREATE UNLOGGED TABLE t AS SELECT 'only here' AS a");
  ASSERT_TRUE(served_by(*connection, *standby_));
  EXPECT_EQ(read(*connection, "SELECT a FROM t"), "only here");
}

TEST_F(PostgresReplicas, AFigureOfTheLagIsPartOfNoCall) {
  const auto connection = connect(30s);
  ASSERT_TRUE(served_by(*connection, *standby_));
  const auto statements = [&] {
    return std::stoi(
        ask(standby_->session().get(),
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'postgres'"));
  };
  ask(standby_->session().get(), "SELECT pg_stat_clear_snapshot()");
  for (int i = 0; i < 200; ++i) EXPECT_EQ(read(*connection, "SELECT 1"), "1");
  std::this_thread::sleep_for(1500ms);
  const auto before = statements();
  for (int i = 0; i < 200; ++i) EXPECT_EQ(read(*connection, "SELECT 1"), "1");
  std::this_thread::sleep_for(1500ms);
  EXPECT_LT(statements() - before, 230);
}

}  // namespace
}  // namespace dbmux::test
