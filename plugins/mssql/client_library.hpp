#pragma once
// FreeTDS's db-lib, whose handlers and configuration belong to the whole process: started once, and routed
// here to the session that they concern.
#include <sybdb.h>
#include <sybfront.h>

#include <cstdint>
#include <string>
#include <vector>

#include "dbmux/kit.hpp"
#include "options.hpp"

namespace dbmux::mssql {

struct ServerMessage {
  std::int32_t number = 0, state = 0, severity = 0, line = 0;
  std::string text, procedure;
};

struct LibraryError {
  int number = 0;  // SYBE…; 0 none
  int os_error = 0;
  std::string text;
};

// What the handlers report to; each session and each login is one. All functions on the thread that called
// the library.
class Reception {
 public:
  enum class Patience { wait, attention, close };  // close: the socket, at once

  Reception() = default;
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;
  virtual ~Reception() = default;

  // The library has waited in vain: for a second, or for the connect timeout of a login.
  virtual Patience waited_in_vain() = 0;

  std::vector<ServerMessage> errors;   // severity above 10
  std::vector<ServerMessage> notices;  // the others
  LibraryError library_error;          // the first one

  void forget() {
    errors.clear();
    notices.clear();
    library_error = {};
  }
};

struct CloseProcess {
  void operator()(DBPROCESS* process) const { dbclose(process); }
};
using ProcessHandle = std::unique_ptr<DBPROCESS, CloseProcess>;

class ClientLibrary {
 public:
  // Starts the library with its first caller. [any]
  static kit::Result<ClientLibrary*> instance();

  // Logs in; nullptr with the reasons in `login`. seconds: for the TCP connection, and how often
  // waited_in_vain() is asked. Afterwards what concerns the process is reported to `session`. [any]
  ProcessHandle open(const Options&, const kit::Secret& password, int seconds, Reception& login,
                     Reception& session);

 private:
  ClientLibrary() = default;
  kit::Status start();
  std::string section(const Options&, int seconds);

  int configuration_ = -1;  // a file in memory that only grows: the library reads it at each login
};

}  // namespace dbmux::mssql
