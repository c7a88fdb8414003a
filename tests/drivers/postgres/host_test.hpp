#pragma once
// Calls as they come from a client: through the host's registry, its pools and its rule for repeating.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "../server.hpp"
#include "fresh_database.hpp"
#include "query/run.hpp"

namespace dbmux::test {

class ThroughHost : public testing::Test {
 protected:
  std::shared_ptr<Connection> add(ConnectionProfile);
  // Logs in as the administrator unless the options say otherwise.
  static ConnectionProfile profile_of(const std::string& host, std::vector<Option> more = {});
  static ConnectionProfile profile_of(std::uint16_t port) {
    return profile_of("127.0.0.1:" + std::to_string(port));
  }
  static Option option(std::string path, std::variant<bool, std::int64_t, std::string> value);

  struct Asked {
    std::string text = {};
    std::vector<Param> params = {};
    bool read_only = true;
    std::chrono::milliseconds time = std::chrono::seconds(20);
    std::string principal = {};
  };
  static Result<Ran> run_call(Connection&, const Asked&, Output&);
  // The one cell of the answer, or "category: message".
  static std::string answer(Connection&, const Asked&);
  static std::string read(Connection& from, const std::string& text) { return answer(from, Asked{text}); }

  PluginFolder plugins_{{DBMUX_BUILD_DIR "/plugins"}};
  Registry registry_{plugins_, process_environment()};
};

}  // namespace dbmux::test
