#include "server.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

namespace dbmux::test {
namespace {

std::filesystem::path servers() {
  if (const char* given = std::getenv("DBMUX_TEST_SERVERS")) return given;
  return "/tmp/dbmux-servers-" + std::to_string(::getuid());
}

}  // namespace

Server server(std::string_view name) {
  const auto folder = servers() / name;
  std::ifstream in(folder / "port");
  Server found{0, folder};
  if (!(in >> found.port))
    throw std::runtime_error("no server '" + std::string(name) + "' runs; start it by: tests/servers/up " +
                             std::string(name));
  return found;
}

}  // namespace dbmux::test
