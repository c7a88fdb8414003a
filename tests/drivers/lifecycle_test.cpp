#include <filesystem>
#include <thread>

#include "suite.hpp"

namespace dbmux::test {
namespace {

class LifeCycle : public DriverTest {};

TEST_P(LifeCycle, TheDescriptorIsComplete) {
  const auto& d = loaded(quirks().plugin())->descriptor();
  EXPECT_EQ(d.id, quirks().plugin());
  EXPECT_FALSE(d.name.empty());
  EXPECT_FALSE(d.version.empty());
  EXPECT_FALSE(d.languages.empty());
  EXPECT_FALSE(d.config_schema.empty());
}

TEST_P(LifeCycle, AConnectionTellsWhoItTalksTo) {
  const auto conn = connect();
  Call call;
  const auto info = conn->info(call);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_FALSE(info->product.empty());
  EXPECT_FALSE(info->version.empty());
  EXPECT_FALSE(info->dialect.empty());
  EXPECT_TRUE(info->capabilities & ConnInfo::kReadOnly);
}

TEST_P(LifeCycle, PingAnswers) {
  const auto conn = connect();
  Call call;
  const auto pong = conn->ping(call);
  EXPECT_TRUE(pong) << pong.error().message;
}

TEST_P(LifeCycle, AClosedConnectionLeavesTheOthersAlone) {
  const auto stays = connect();
  {
    const auto goes = connect();
    EXPECT_EQ(rows_of(run(*goes, quirks().numbers(1))).size(), 1u);
  }
  EXPECT_EQ(rows_of(run(*stays, quirks().numbers(2))).size(), 2u);
}

TEST_P(LifeCycle, ASourceOpensAlthoughItsServerIsDead) {
  const auto options = database_->dead_options();
  if (!options) return;
  const auto source = open_source(*options, database_->secret().value_or(""));
  ASSERT_TRUE(source) << source.error().message;
  Call call({}, Clock::now() + std::chrono::seconds(5));
  const auto conn = (*source)->connect(call, false);
  ASSERT_FALSE(conn);
  EXPECT_EQ(to_string(conn.error().category), to_string(Category::connection)) << conn.error().message;
  EXPECT_TRUE(conn.error().retryable);
}

TEST_P(LifeCycle, ASourceCanBeOpenedAgain) {
  source_.reset();
  source_ = open_source();
  EXPECT_EQ(rows_of(run(*connect(), quirks().numbers(1))).size(), 1u);
}

TEST_P(LifeCycle, TwoSourcesDoNotDisturbEachOther) {
  const auto other_source = open_source();
  Call call;
  auto other = other_source->connect(call, true);
  ASSERT_TRUE(other) << other.error().message;
  const auto conn = connect();
  EXPECT_EQ(rows_of(run(**other, quirks().numbers(3))).size(), 3u);
  EXPECT_EQ(rows_of(run(*conn, quirks().numbers(3))).size(), 3u);
}

std::ptrdiff_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return std::distance(begin(files), end(files));
}

// A proxy in between closes its ends a moment after the driver has.
// What a test before this one left to another thread may still be closed: there may be fewer.
std::ptrdiff_t open_files_once_there_are(std::ptrdiff_t expected) {
  for (int i = 0; i < 500 && open_files() > expected; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return open_files();
}
std::ptrdiff_t settled_open_files() {
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return open_files();
}

TEST_P(LifeCycle, TwoHundredConnectionsLeaveNoFileOpen) {
  const auto keeps_the_database = connect();
  {
    connect();
  }
  const auto before = settled_open_files();
  for (int i = 0; i < 200; ++i) {
    const auto conn = connect(i % 2 == 0);
    ASSERT_EQ(rows_of(run(*conn, quirks().numbers(1))).size(), 1u);
  }
  EXPECT_LE(open_files_once_there_are(before), before);
}

TEST_P(LifeCycle, TwoHundredSourcesLeaveNoFileOpen) {
  const auto before = settled_open_files();
  for (int i = 0; i < 200; ++i) {
    const auto source = open_source();
    Call call;
    auto conn = source->connect(call, false);
    ASSERT_TRUE(conn) << conn.error().message;
    ASSERT_EQ(rows_of(run(**conn, quirks().numbers(1))).size(), 1u);
  }
  EXPECT_LE(open_files_once_there_are(before), before);
}

TEST_P(LifeCycle, AConnectionMayMoveFromThreadToThread) {
  const auto conn = connect();
  for (int i = 0; i < 8; ++i)
    std::thread([&] { EXPECT_EQ(rows_of(run(*conn, quirks().numbers(10))).size(), 10u); }).join();
}

TEST_P(LifeCycle, EightConnectionsWorkAtTheSameTime) {
  std::vector<std::unique_ptr<Conn>> conns;
  for (int i = 0; i < 8; ++i) conns.push_back(connect(i % 2 == 0));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < 50; ++n) {
        const std::string nonce = std::to_string(i) + "/" + std::to_string(n);
        EXPECT_EQ(rows_of(run(*conns[static_cast<std::size_t>(i)], quirks().echo(1), {nonce})),
                  Rows{quirks().echoed({nonce})});
      }
    });
  for (auto& thread : threads) thread.join();
}

TEST_P(LifeCycle, ConnectionsOfASourceSeeOneDatabase) {
  const auto writer = connect(), reader = connect(true);
  set_up_shop(*writer);
  ASSERT_TRUE(write(*writer, quirks().insert_item(), {1, "seen by all"}));
  EXPECT_EQ(rows_of(run(*reader, quirks().select_items())), (Rows{quirks().item(1, "seen by all")}));
  EXPECT_EQ(rows_of(run(*connect(true), quirks().select_items())), (Rows{quirks().item(1, "seen by all")}));
}

FOR_EVERY_ENGINE(LifeCycle);

}  // namespace
}  // namespace dbmux::test
