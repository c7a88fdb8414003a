#include "fresh_database.hpp"

#include <unistd.h>

#include <atomic>
#include <stdexcept>

namespace dbmux::test {

namespace {

std::string next_name() {
  static std::atomic<int> next{0};
  return "dbmux_test_" + std::to_string(getpid()) + "_" + std::to_string(next.fetch_add(1));
}

}  // namespace

Session admin_session(const std::string& database) {
  const auto where =
      "host=127.0.0.1 user=postgres password=postgres-test sslmode=disable options='-c "
      "client_min_messages=warning' "
      "dbname=" +
      database + " port=" + std::to_string(server("postgres").port);
  Session session(PQconnectdb(where.c_str()));
  if (PQstatus(session.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(session.get()));
  return session;
}

std::string ask(PGconn* session, const std::string& statement) {
  const Answer answer(PQexec(session, statement.c_str()));
  const auto status = PQresultStatus(answer.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(statement + ": " + PQerrorMessage(session));
  return PQntuples(answer.get()) > 0 ? PQgetvalue(answer.get(), 0, 0) : "";
}

void end_sessions(PGconn* administrator, const std::string& which) {
  const auto pids =
      ask(administrator, "SELECT coalesce(array_agg(pid), '{}') FROM pg_stat_activity WHERE " + which);
  const auto these = " FROM pg_stat_activity WHERE pid = ANY ('" + pids + "')";
  ask(administrator, "SELECT pg_terminate_backend(pid)" + these);
  for (int tries = 0; ask(administrator, "SELECT count(*)" + these) != "0"; ++tries) {
    if (tries == 500) throw std::runtime_error("sessions do not end: " + pids);
    ask(administrator, "SELECT pg_sleep(0.01)");
  }
}

FreshDatabase::FreshDatabase() : name_(next_name()) {
  ask(admin_session().get(), "CREATE DATABASE " + name_);
}

FreshDatabase::~FreshDatabase() {
  try {
    ask(admin_session().get(), "DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& e) {
    fprintf(stderr, "%s\n", e.what());
  }
}

std::vector<Param> FreshDatabase::options_with(std::uint16_t port, const std::string& ssl,
                                               const std::string& user) const {
  std::vector<Param> options{param("127.0.0.1", "host"),    param(static_cast<int>(port), "port"),
                             param(name_, "database"),      param(user, "user"),
                             param("password", "password"), param(ssl, "ssl")};
  if (ssl.starts_with("verify"))
    options.push_back(param((server_.folder / "tls" / "ca.pem").string(), "sslCa"));
  return options;
}

void FreshDatabase::make_tls_role() {
  ask(admin_session().get(),
      "DO $$ BEGIN CREATE ROLE tls_only LOGIN PASSWORD 'postgres-test'; EXCEPTION WHEN duplicate_object THEN "
      "END "
      "$$");
}

}  // namespace dbmux::test
