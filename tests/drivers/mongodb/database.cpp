#include "database.hpp"

#include <unistd.h>

#include <atomic>

#include "server.hpp"
#include "suite.hpp"

namespace dbmux::test {
namespace {

std::string fresh_name() {
  static std::atomic<int> next{0};
  return "t_" + std::to_string(getpid()) + "_" + std::to_string(next.fetch_add(1));
}

}  // namespace

MongoDatabase::MongoDatabase(std::string user)
    : user_(std::move(user)), name_(fresh_name()), proxy_(server("mongodb").port) {}

MongoDatabase::~MongoDatabase() {
  proxy_.hold(false);
  Call call;
  const auto options = options_of("root");
  const auto source = loaded("mongodb")->open(
      call, options,
      [](Call&, std::string_view) -> Result<std::string> { return std::string("correct-horse"); });
  if (!source) return;
  const auto conn = (*source)->connect(call, false);
  if (conn) static_cast<void>(write(**conn, R"({"dropDatabase": 1})"));
}

std::vector<Param> MongoDatabase::options_of(const std::string& user) const {
  auto options = options_at(proxy_.port());
  for (auto& option : options)
    if (option.name == "user") option.text = user;
  return options;
}

std::vector<Param> MongoDatabase::options_at(std::uint16_t port) const {
  return {param("127.0.0.1", "host"),        param(port, "port"),          param(user_, "user"),
          param("the password", "password"), param("admin", "authSource"), param(name_, "database")};
}

}  // namespace dbmux::test
