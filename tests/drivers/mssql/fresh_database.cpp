#include "fresh_database.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace dbmux::test {

namespace {

std::string next_name() {
  static std::atomic<int> next{0};
  return "dbmux_test_" + std::to_string(getpid()) + "_" + std::to_string(next.fetch_add(1));
}

Param flag(bool on, std::string name) {
  Param p;
  p.name = std::move(name);
  p.kind = Kind::boolean;
  p.i64 = on ? 1 : 0;
  return p;
}

Result<std::shared_ptr<Source>> open(const std::vector<Param>& options, std::string secret) {
  Call call;
  return loaded("mssql")->open(
      call, options,
      [secret = std::move(secret)](Call&, std::string_view) -> Result<std::string> { return secret; });
}

}  // namespace

FreshDatabase::FreshDatabase(Tls tls) : tls_(tls), name_(next_name()) {
  administrate("CREATE DATABASE " + name_);
}

FreshDatabase::~FreshDatabase() {
  try {
    administrate("DROP DATABASE IF EXISTS " + name_);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
}

void FreshDatabase::administrate(const std::string& statement) const {
  const std::vector<Param> options{
      param("127.0.0.1", "server"),  param(static_cast<int>(server_.port), "port"),
      param("master", "database"),   param("tester", "user"),
      param("password", "password"), flag(false, "encrypt")};
  auto source = open(options, kPassword);
  if (!source) throw std::runtime_error(source.error().message);
  Call call;
  auto conn = (*source)->connect(call, false);
  if (!conn) throw std::runtime_error(conn.error().message);
  const auto done = write(**conn, statement);
  if (!done) throw std::runtime_error(statement + ": " + done.error().message);
}

std::vector<Param> FreshDatabase::options_with(Tls tls, std::uint16_t port, const std::string& host) const {
  std::vector<Param> options{param(host, "server"),
                             param(static_cast<int>(port), "port"),
                             param(name_, "database"),
                             param("tester", "user"),
                             param("password", "password"),
                             flag(tls != Tls::login_only, "encrypt"),
                             flag(tls == Tls::trusting, "trustServerCertificate")};
  if (tls == Tls::checked) options.push_back(param((server_.folder / "tls" / "ca.pem").string(), "caFile"));
  if (tls == Tls::other_authority) options.push_back(param("/etc/ssl/certs/ca-certificates.crt", "caFile"));
  return options;
}

std::uint16_t FreshDatabase::port(std::string_view mode) const {
  std::ifstream in(server_.folder / ("port-" + std::string(mode)));
  std::uint16_t port = 0;
  if (!(in >> port)) throw std::runtime_error("the server has no listener '" + std::string(mode) + "'");
  return port;
}

Result<std::unique_ptr<Conn>> MssqlTest::try_connect(std::vector<Param> options, const std::string& secret,
                                                     std::chrono::milliseconds time) {
  auto source = open(options, secret);
  if (!source) return fail(source.error());
  Call call({}, Clock::now() + time);
  return (*source)->connect(call, false);
}

std::unique_ptr<Conn> MssqlTest::connect(bool read_only) {
  auto source = open(database_.options(), kPassword);
  if (!source) throw std::runtime_error(source.error().message);
  Call call;
  auto conn = (*source)->connect(call, read_only);
  if (!conn) throw std::runtime_error(conn.error().message);
  return std::move(*conn);
}

}  // namespace dbmux::test
