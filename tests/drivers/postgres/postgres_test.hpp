#pragma once
// What the tests of this engine alone share.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "../proxy.hpp"
#include "../suite.hpp"
#include "fresh_database.hpp"

namespace dbmux::test {

class PostgresTest : public testing::Test {
 protected:
  std::shared_ptr<Source> open_source(const std::vector<Param>& options);
  Result<std::unique_ptr<Conn>> try_connect(const std::vector<Param>& options, bool read_only = false);
  std::unique_ptr<Conn> connect(const std::vector<Param>& options, bool read_only = false);
  std::unique_ptr<Conn> connect(bool read_only = false) { return connect(database_.options(), read_only); }

  static Result<std::unique_ptr<Cursor>> start(Conn&, Call&, std::string_view text, bool read_only = true);
  // The one cell of the only row; "" after a failure of the test.
  static std::string cell(Conn&, std::string_view text);
  static void expect_usable(Conn&);
  // 15 of "15.9".
  static int server_major(Conn& conn) { return std::stoi(cell(conn, "SHOW server_version")); }

  FreshDatabase database_;
};

inline std::chrono::milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

}  // namespace dbmux::test
