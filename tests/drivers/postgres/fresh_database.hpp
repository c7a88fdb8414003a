#pragma once
// A database of a test's own on the tests' server, and the administrator's way to it.
#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include "../quirks.hpp"
#include "../server.hpp"

namespace dbmux::test {

struct FinishSession {
  void operator()(PGconn* session) const { PQfinish(session); }
};
struct ClearAnswer {
  void operator()(PGresult* answer) const { PQclear(answer); }
};
using Session = std::unique_ptr<PGconn, FinishSession>;
using Answer = std::unique_ptr<PGresult, ClearAnswer>;

// The administrator's, past the plugin. Throws.
Session admin_session(const std::string& database = "postgres");
// Throws at an error; the first cell, "" when there is none.
std::string ask(PGconn*, const std::string& statement);
// Ends these sessions, by a condition on pg_stat_activity, and waits until they are gone. Throws.
void end_sessions(PGconn* administrator, const std::string& which);

class FreshDatabase final : public Database {
 public:
  FreshDatabase();
  ~FreshDatabase() override;

  std::vector<Param> options() const override { return options_with(server_.port); }
  std::optional<std::vector<Param>> dead_options() const override { return options_with(1); }
  std::optional<std::string> secret() const override { return "postgres-test"; }

  std::vector<Param> options_with(std::uint16_t port, const std::string& ssl = "disable",
                                  const std::string& user = "postgres") const;
  const std::string& name() const { return name_; }
  const Server& server() const { return server_; }
  // A role that may come over TLS only, with the same password and its own rights only.
  void make_tls_role();

 private:
  const Server server_ = dbmux::test::server("postgres");
  const std::string name_;
};

}  // namespace dbmux::test
