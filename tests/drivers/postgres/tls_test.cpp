// Sessions that are refused, with TLS and without: what is told is what to do.
#include <array>
#include <thread>

#include "own_server.hpp"
#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

constexpr const char* kPassword = "postgres-test";
constexpr const char* kWrongPassword = "wrong-horse-7Q";

struct Refusal {
  const char* name;
  const char* certificate;  // of tls/: what the server shows; "" it has no TLS
  const char* ssl;
  const char* ca;  // of tls/, or a path; "" the option is not given
  const char* user;
  const char* password;
  Category category;
  const char* message;  // part of it; "" the session is opened
  const char* hint;     // part of it
};

constexpr auto kAuth = Category::auth;
constexpr auto kConnection = Category::connection;
constexpr std::array kRefusals{
    Refusal{"VerifiedWithItsOwnAuthority", "srv", "verify-full", "ca.pem", "postgres", kPassword, kAuth, "",
            ""},
    Refusal{"EncryptedOnly", "other", "require", "", "postgres", kPassword, kAuth, "", ""},
    Refusal{"IssuerOnly", "other", "verify-ca", "ca.pem", "postgres", kPassword, kAuth, "", ""},
    Refusal{"TlsOnlyRoleWithTls", "srv", "require", "", "tls_only", kPassword, kAuth, "", ""},
    Refusal{"WrongPassword", "srv", "verify-full", "ca.pem", "postgres", kWrongPassword, kAuth,
            "password authentication failed", ""},
    Refusal{"WrongPasswordInTheClear", "srv", "disable", "", "postgres", kWrongPassword, kAuth,
            "password authentication failed", ""},
    Refusal{"NoPassword", "srv", "disable", "", "postgres", "", kAuth, "asks for a password", ""},
    Refusal{"UnknownRole", "srv", "disable", "", "nobody_of_that_name", kPassword, kAuth,
            "nobody_of_that_name", ""},
    Refusal{"WrongAuthority", "srv", "verify-full", "/etc/ssl/certs/ca-certificates.crt", "postgres",
            kPassword, kConnection, "not issued by a CA we know (issuer: testca)", "ssl_ca"},
    Refusal{"SystemsAuthorities", "srv", "verify-ca", "", "postgres", kPassword, kConnection,
            "not issued by a CA we know (issuer: testca)", "ssl_ca"},
    Refusal{"ExpiredCertificate", "expired", "verify-full", "ca.pem", "postgres", kPassword, kConnection,
            "certificate has expired", "new one"},
    Refusal{"ExpiredCertificateThatNobodyChecks", "expired", "require", "", "postgres", kPassword, kAuth, "",
            ""},
    Refusal{"OtherName", "other", "verify-full", "ca.pem", "postgres", kPassword, kConnection,
            "does not match host name", "verify-ca"},
    Refusal{"NoFileOfAuthorities", "srv", "verify-full", "none.pem", "postgres", kPassword, kConnection,
            "none.pem", "ssl_ca"},
    Refusal{"TlsOnlyRoleInTheClear", "srv", "disable", "", "tls_only", kPassword, kAuth, "",
            "ssl_mode: require"},
    Refusal{"ServerWithoutTls", "", "require", "", "postgres", kPassword, kConnection, "offers no TLS",
            "ssl = on"},
    Refusal{"ServerWithoutTlsPreferred", "", "prefer", "", "postgres", kPassword, kAuth, "", ""},
};

class PostgresLogin : public testing::TestWithParam<Refusal> {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<OwnServer>();
    ask(server_->session().get(), "CREATE ROLE tls_only LOGIN PASSWORD 'postgres-test'");
  }
  static void TearDownTestSuite() { server_.reset(); }

  static void show(const std::string& certificate) {
    const auto tls = (server_->folder() / "tls").string();
    if (!certificate.empty())
      shell("cp '" + tls + "/" + certificate + ".pem' '" + tls + "/shown.pem' && chmod 644 '" + tls +
            "/shown.pem'");
    const auto admin = server_->session();
    ask(admin.get(), std::string("ALTER SYSTEM SET ssl = ") + (certificate.empty() ? "off" : "on"));
    const auto before = ask(admin.get(), "SELECT pg_conf_load_time()");
    ask(admin.get(), "SELECT pg_reload_conf()");
    const auto until = Clock::now() + std::chrono::seconds(20);
    while (ask(admin.get(), "SELECT pg_conf_load_time()") == before && Clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    // The postmaster is the last that reads them.
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  static Result<std::unique_ptr<Conn>> connect(const Refusal& r) {
    std::vector<Param> options{param("localhost", "host"), param(static_cast<int>(server_->port()), "port"),
                               param("postgres", "database"), param(r.user, "user"), param(r.ssl, "ssl")};
    if (*r.password) options.push_back(param("password", "password"));
    const std::string ca = r.ca;
    if (!ca.empty())
      options.push_back(param(ca.starts_with('/') ? ca : (server_->folder() / "tls" / ca).string(), "sslCa"));
    Call call({}, Clock::now() + std::chrono::seconds(30));
    auto source =
        loaded("postgres")->open(call, options, [&](Call&, std::string_view) -> Result<std::string> {
          return std::string(r.password);
        });
    if (!source) return fail(source.error());
    return (*source)->connect(call, true);
  }

  static inline std::unique_ptr<OwnServer> server_;
};

TEST_P(PostgresLogin, IsLetInOrToldWhatToDo) {
  const auto& r = GetParam();
  show(r.certificate);
  const auto conn = connect(r);
  if (!*r.message && !*r.hint) {
    ASSERT_TRUE(conn) << conn.error().message;
    const bool encrypted = std::string_view(r.ssl) != "disable" && *r.certificate != 0;
    EXPECT_EQ(rows_of(run(**conn, "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()")),
              Rows{{encrypted ? "true" : "false"}});
    return;
  }
  ASSERT_FALSE(conn);
  const auto& e = conn.error();
  EXPECT_EQ(e.category, r.category) << e.message;
  EXPECT_NE(e.message.find(r.message), std::string::npos) << e.message;
  EXPECT_NE(e.hint.find(r.hint), std::string::npos) << e.hint;
  for (const auto& text : {e.message, e.detail, e.hint})
    for (const auto* secret : {kPassword, kWrongPassword})
      EXPECT_EQ(text.find(secret), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(Postgres, PostgresLogin, testing::ValuesIn(kRefusals),
                         [](const auto& refusal) { return std::string(refusal.param.name); });

}  // namespace
}  // namespace dbmux::test
