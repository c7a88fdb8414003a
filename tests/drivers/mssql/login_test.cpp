#include <sys/socket.h>

#include <thread>

#include "../proxy.hpp"
#include "fresh_database.hpp"

namespace dbmux::test {
namespace {

using namespace std::chrono_literals;

class MssqlLogin : public MssqlTest {};

TEST_F(MssqlLogin, IsEncryptedCheckedAndRefusedAsTheOptionsSay) {
  struct Case {
    const char* what;
    Tls tls;
    const char* listener;  // "" encrypts as the client wishes
    const char* host;
    bool lets_in;
  };
  const Case cases[] = {
      {"the login only", Tls::login_only, "", "127.0.0.1", true},
      {"all, by a trusted authority", Tls::checked, "", "localhost", true},
      {"all, by the server's address", Tls::checked, "", "127.0.0.1", true},
      {"all, by whoever it is", Tls::trusting, "", "127.0.0.1", true},
      {"all, by another authority", Tls::other_authority, "", "localhost", false},
      {"all, where it is required", Tls::checked, "required", "localhost", true},
      {"the login only, where all is required", Tls::login_only, "required", "localhost", true},
      {"all, where none can be had", Tls::checked, "none", "localhost", false},
      {"all by whoever, where none can be had", Tls::trusting, "none", "localhost", false},
      {"the login only, where none can be had", Tls::login_only, "none", "localhost", true}};
  for (const auto& c : cases) {
    const auto port = *c.listener ? database_.port(c.listener) : database_.server().port;
    const auto conn = try_connect(database_.options_with(c.tls, port, c.host));
    EXPECT_EQ(static_cast<bool>(conn), c.lets_in) << c.what << ": " << (conn ? "" : conn.error().message);
    if (!conn && !c.lets_in) {
      EXPECT_EQ(to_string(conn.error().category), to_string(Category::connection)) << c.what;
      EXPECT_FALSE(conn.error().hint.empty()) << c.what;
    }
  }
}

TEST_F(MssqlLogin, FailuresOnManyThreadsAtOnceAreEachToldToTheirOwn) {
  auto unknown = database_.options();
  for (auto& p : unknown)
    if (p.name == "database") p.text = "nowhere_at_all";
  const auto right = database_.options(), dead = *database_.dead_options();
  struct Kind {
    const std::vector<Param>& options;
    const char* secret;
    std::optional<Category> category;  // none: lets in
    const char* code;
  };
  const Kind kinds[] = {{right, "wrong", Category::auth, "18456"},
                        {unknown, kPassword, Category::not_found, "4060"},
                        {dead, kPassword, Category::connection, nullptr},
                        {right, kPassword, {}, nullptr}};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 15; ++i) {
        const auto& kind = kinds[(t + i) % std::size(kinds)];
        const auto conn = try_connect(kind.options, kind.secret);
        ASSERT_EQ(static_cast<bool>(conn), !kind.category) << (conn ? "" : conn.error().message);
        if (conn) continue;
        EXPECT_EQ(to_string(conn.error().category), to_string(*kind.category)) << conn.error().message;
        if (kind.code) {
          EXPECT_EQ(conn.error().code, kind.code);
        }
      }
    });
  for (auto& thread : threads) thread.join();
}

TEST_F(MssqlLogin, ToAServerThatNeverAnswersEndsByItsDeadline) {
  Proxy proxy(database_.server().port);
  proxy.hold(true);
  const auto begun = Clock::now();
  const auto conn = try_connect(database_.options_with(Tls::login_only, proxy.port()), kPassword, 2s);
  ASSERT_FALSE(conn);
  EXPECT_EQ(to_string(conn.error().category), to_string(Category::connection)) << conn.error().message;
  EXPECT_LT(Clock::now() - begun, 6s);
}

TEST_F(MssqlLogin, NeverSendsThePasswordInTheClear) {
  Proxy proxy(database_.server().port);
  ASSERT_TRUE(try_connect(database_.options_with(Tls::login_only, proxy.port())));
  std::string scrambled;  // as LOGIN7 has it
  for (const char* c = kPassword; *c; ++c)
    for (const unsigned char byte : {static_cast<unsigned char>(*c), static_cast<unsigned char>(0)})
      scrambled += static_cast<char>(((byte << 4 | byte >> 4) & 0xFF) ^ 0xA5);
  const auto sent = proxy.sent();
  EXPECT_GT(sent.size(), 200u);
  EXPECT_EQ(sent.find(scrambled), std::string::npos);
}

TEST_F(MssqlLogin, ServerNamesThatAreNoHostAreRefused) {
  for (const char* host : {"db\\instance", "db,1433", "db;x", "db\nhost = evil", "a  b", "#"}) {
    const auto conn = try_connect(database_.options_with(Tls::login_only, 1433, host));
    ASSERT_FALSE(conn) << host;
    EXPECT_EQ(to_string(conn.error().category), to_string(Category::invalid)) << host;
  }
}

}  // namespace
}  // namespace dbmux::test
