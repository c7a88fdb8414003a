#pragma once
// Ends commands of other clients with killOp, over a client of its own that is made when it is first needed.
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "client.hpp"

namespace dbmux::mongodb {

// How a running command is known again.
struct Target {
  std::string server;              // host:port
  std::string comment;             // in the command, unique
  std::int64_t connection_id = 0;  // of its socket, for servers that do not show comments; 0 unknown
};

class Killer {
 public:
  // By kBudget at the latest, whatever the server does. One that cannot be reached or refuses: nothing
  // happens, and the wait for the command is broken off a moment later. [any]
  void kill(const mongoc_uri_t*, const char* tls_ca_file, const Target&) noexcept;

 private:
  void try_kill(const mongoc_uri_t*, const char* tls_ca_file, const Target&);

  std::timed_mutex mutex_;
  std::unique_ptr<Client> client_;
};

}  // namespace dbmux::mongodb
