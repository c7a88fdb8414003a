// Servers and networks that fail in every way: a call ends in time, with the right answer or with none.
#include <dlfcn.h>
#include <netdb.h>

#include <cstring>
#include <thread>

#include "host_test.hpp"
#include "own_server.hpp"
#include "postgres_test.hpp"

// In place of the C library's, for this program and the driver that it loads.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* name, const char* service,
                                                                  const addrinfo* hints, addrinfo** found) {
  static const auto real = reinterpret_cast<int (*)(const char*, const char*, const addrinfo*, addrinfo**)>(
      dlsym(RTLD_NEXT, "getaddrinfo"));
  if (name && std::strcmp(name, "slow.test") == 0) std::this_thread::sleep_for(std::chrono::seconds(8));
  return real(name, service, hints, found);
}

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

class PostgresFaults : public ThroughHost {};

TEST_F(PostgresFaults, AFrozenServerCostsACallItsTimeAndNoMore) {
  OwnServer server;
  const auto connection = add(profile_of(server.port()));
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] { EXPECT_EQ(read(*connection, "SELECT 1 FROM pg_sleep(0.3)"), "1"); });
  for (auto& caller : callers) caller.join();
  server.freeze();
  for (const bool read_only : {true, false, true, true}) {
    const auto before = Clock::now();
    const auto got = answer(*connection, {.text = "SELECT 1", .read_only = read_only, .time = 1s});
    EXPECT_LT(Clock::now() - before, 2s);
    EXPECT_TRUE(got.starts_with("timeout: ")) << got;
  }
  server.thaw();
  EXPECT_EQ(read(*connection, "SELECT 'back'"), "back");
  EXPECT_TRUE(comes_true([&] {
    return std::stoi(ask(server.session().get(),
                         "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dbmux'")) <= 6;
  }));
}

TEST_F(PostgresFaults, AServerWithoutRoomSaysSoAndWhatToDo) {
  OwnServer server("max_connections = 6\nsuperuser_reserved_connections = 2\nmax_wal_senders = 0");
  const auto admin = server.session();
  ask(admin.get(), "CREATE ROLE app LOGIN PASSWORD 'postgres-test'");
  auto profile = profile_of("127.0.0.1:" + std::to_string(server.port()), {option("user", "app")});
  profile.retry.attempts = 1;
  const auto connection = add(profile);
  std::vector<Session> others;
  for (int i = 0; i < 4; ++i) others.push_back(server.session());
  Output out;
  const auto refused = run_call(*connection, {.text = "SELECT 1"}, out);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().category, Category::resource) << refused.error().message;
  EXPECT_TRUE(refused.error().retryable);
  EXPECT_NE(refused.error().hint.find("pool_size.max"), std::string::npos) << refused.error().hint;
  others.clear();
  EXPECT_TRUE(comes_true([&] { return read(*connection, "SELECT 1") == "1"; }));
}

TEST_F(PostgresFaults, AResolverThatIsSilentIsGivenUp) {
  const auto connection = add(profile_of("slow.test"));
  for (int i = 0; i < 3; ++i) {
    const auto before = Clock::now();
    const auto got = answer(*connection, {.text = "SELECT 1", .time = 500ms});
    EXPECT_LT(Clock::now() - before, 1500ms);
    EXPECT_TRUE(got.starts_with("timeout: ")) << got;
  }
}

TEST_F(PostgresFaults, ANameThatDoesNotExistSaysSo) {
  const auto connection = add(profile_of("no-such-host.invalid"));
  const auto got = answer(*connection, {.text = "SELECT 1", .time = 20s});
  EXPECT_NE(got.find("no-such-host.invalid"), std::string::npos) << got;
}

class PostgresCuts : public PostgresTest, public testing::WithParamInterface<bool> {};

TEST_P(PostgresCuts, AConversationThatIsCutAtAnyByteGivesTheRightAnswerOrAnError) {
  const bool of_replies = GetParam();
  Proxy proxy(database_.server().port);
  const auto source = open_source(database_.options_with(proxy.port()));
  int right = 0, refused = 0;
  for (std::size_t at = 1; right < 3 && at < 20000; at += 11) {
    proxy.cut_after(at, of_replies);
    const auto nonce = "answer " + std::to_string(at);
    const auto before = Clock::now();
    Call call({}, Clock::now() + 10s);
    auto conn = source->connect(call, true);
    auto cursor = conn ? start(**conn, call, "SELECT '" + nonce + "'")
                       : Result<std::unique_ptr<Cursor>>(fail(conn.error()));
    const auto table = cursor ? fetch(**cursor) : Result<Table>(fail(cursor.error()));
    EXPECT_LT(since(before), 2s) << at;
    if (table) {
      EXPECT_EQ(table->rows, Rows{{nonce}});
      ++right;
    } else {
      EXPECT_EQ(table.error().category, Category::connection) << at << ": " << table.error().message;
      ++refused;
    }
  }
  EXPECT_EQ(right, 3) << "beyond the whole conversation nothing is cut";
  EXPECT_GT(refused, 20);
  proxy.cut_after(0, of_replies);
  EXPECT_TRUE(comes_true([&] {
    return ask(admin_session().get(),
               "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + database_.name() + "'") == "0";
  })) << "no backend is left";
}

INSTANTIATE_TEST_SUITE_P(Of, PostgresCuts, testing::Bool(),
                         [](const auto& cut) { return std::string(cut.param ? "replies" : "requests"); });

}  // namespace
}  // namespace dbmux::test
