#pragma once
// The options of one source, as config_schema names them.
#include <cstdint>
#include <span>
#include <string>

#include "dbmux/kit.hpp"

namespace dbmux::mssql {

struct Options {
  std::string server;
  std::uint16_t port = 1433;
  std::string database;  // "": the login's own
  std::string user;
  std::string password_secret;  // the name that the host knows it by; "" none
  bool encrypt = true;
  bool trust_server_certificate = false;
  std::string ca_file;  // "": the system's authorities

  // invalid: a server, or a file, that the client library's configuration cannot hold.
  static kit::Result<Options> from(std::span<const dbmux_param>);
};

extern const char* const kConfigSchema;  // JSON Schema with x-dbmux-* keywords

}  // namespace dbmux::mssql
