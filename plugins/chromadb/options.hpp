#pragma once
// The options of one source, as config_schema names them.
#include <span>
#include <string>

#include "dbmux/kit.hpp"

namespace dbmux::chromadb {

struct Options {
  std::string base;  // "https://host:8000" and what stands before /api, without a slash at the end
  std::string tenant = "default_tenant";
  std::string database = "default_database";
  std::string token_secret;  // the name of a secret; "": none
  std::string token_header = "X-Chroma-Token";
  std::string ca_file;
  std::string proxy;  // "": none, whatever the environment says

  // invalid: a url that is none, or that names a user.
  static kit::Result<Options> from(std::span<const dbmux_param>);
};

extern const char* const kConfigSchema;  // JSON Schema with x-dbmux-* keywords

}  // namespace dbmux::chromadb
