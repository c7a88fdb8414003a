#pragma once
// The options of one source, as config_schema names them.
#include <cstdint>
#include <span>
#include <string>

#include "dbmux/kit.hpp"

namespace dbmux::mongodb {

struct Options {
  std::string uri_secret;  // the name of a secret; "": by host and port
  std::string host = "localhost";
  std::int64_t port = 27017;
  std::string user;
  std::string password_secret;  // the name of a secret
  std::string auth_source;
  bool tls = false;
  std::string tls_ca_file;
  std::string database;  // "": the one that the uri names

  static kit::Result<Options> from(std::span<const dbmux_param>);
};

extern const char* const kConfigSchema;  // JSON Schema with x-dbmux-* keywords

}  // namespace dbmux::mongodb
