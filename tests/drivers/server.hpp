#pragma once
// The servers that tests/servers/up has started for the driver suites.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <thread>

namespace dbmux::test {

struct Server {
  std::uint16_t port = 0;        // on 127.0.0.1
  std::filesystem::path folder;  // its data; tls/ca.pem where it speaks TLS
};

// Throws where it does not run, with the command that starts it.
Server server(std::string_view name);

// Waits for what another process does; false when it has not come in 20 s.
template <class Condition>
bool comes_true(Condition&& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace dbmux::test
