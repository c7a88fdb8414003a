#pragma once
// A database of a test's own on the tests' TDS server.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../server.hpp"
#include "../suite.hpp"

namespace dbmux::test {

inline constexpr const char* kPassword = "tds-test-7Q";

// How a session is encrypted, and whom it trusts.
enum class Tls { login_only, trusting, checked, other_authority };

class FreshDatabase final : public Database {
 public:
  explicit FreshDatabase(Tls);
  ~FreshDatabase() override;

  std::vector<Param> options() const override { return options_with(tls_, server_.port); }
  std::optional<std::vector<Param>> dead_options() const override { return options_with(tls_, 1); }
  std::optional<std::string> secret() const override { return kPassword; }

  std::vector<Param> options_with(Tls, std::uint16_t port, const std::string& host = "127.0.0.1") const;
  // The port of the listener that always ("required") or never ("none") encrypts.
  std::uint16_t port(std::string_view mode) const;
  const Server& server() const { return server_; }

 private:
  void administrate(const std::string& statement) const;  // in the database master; throws

  const Server server_ = dbmux::test::server("mssql");
  const Tls tls_;
  const std::string name_;
};

// Of the tests that only this engine has.
class MssqlTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Conn>> try_connect(std::vector<Param> options, const std::string& secret = kPassword,
                                            std::chrono::milliseconds time = std::chrono::seconds(10));
  std::unique_ptr<Conn> connect(bool read_only = false);

  FreshDatabase database_{Tls::login_only};
};

}  // namespace dbmux::test
