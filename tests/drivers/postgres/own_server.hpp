#pragma once
// A server of a test's own, which it may stop, freeze, restart and copy; gone with its object.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "fresh_database.hpp"

namespace dbmux::test {

std::filesystem::path free_folder();  // made, beside the servers of tests/servers/up
std::uint16_t free_port();
void shell(const std::string& command);  // throws where it fails

class OwnServer {
 public:
  // settings: lines of its postgresql.conf.
  explicit OwnServer(std::string settings = {});
  ~OwnServer();
  OwnServer(const OwnServer&) = delete;
  OwnServer& operator=(const OwnServer&) = delete;

  std::uint16_t port() const { return port_; }
  const std::filesystem::path& folder() const { return folder_; }
  Session session(const std::string& database = "postgres") const;  // the administrator's. Throws

  void start();
  enum class How { politely /* ends sessions */, like_a_crash };
  void stop(How);
  void restart(How how) {
    stop(how);
    start();
  }
  // All of its processes stand still, as on a machine that swaps; also for new sessions.
  void freeze();
  void thaw();
  // Stops, copies what there is, and starts both: the copy follows this one by streaming replication.
  std::unique_ptr<OwnServer> with_standby();
  void promote() const;

 private:
  struct Copy {};
  OwnServer(Copy, std::string settings);
  void signal_all(int) const;

  const std::filesystem::path folder_;
  const std::uint16_t port_;
  const std::string settings_;
};

}  // namespace dbmux::test
