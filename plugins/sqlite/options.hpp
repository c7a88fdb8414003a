#pragma once
// The options of one source, as config_schema names them.
#include <chrono>
#include <span>
#include <string>

#include "dbmux/kit.hpp"

namespace dbmux::sqlite {

struct Options {
  std::string filename;  // an absolute path, or ":memory:"
  bool create_if_not_exists = false;
  bool read_only = false;
  std::chrono::milliseconds busy_timeout{5000};

  bool in_memory() const { return filename == ":memory:"; }

  // invalid: no filename, or one that is a file: URI, empty or holds a NUL.
  static kit::Result<Options> from(std::span<const dbmux_param>);
};

extern const char* const kConfigSchema;  // JSON Schema with x-dbmux-* keywords

}  // namespace dbmux::sqlite
