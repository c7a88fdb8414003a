#pragma once
// The values of one statement, as libpq wants them.
#include <libpq-fe.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dbmux/kit.hpp"

namespace dbmux::postgres {

struct Parameters {
  std::vector<Oid> types;  // 0: the server infers it from the statement
  std::vector<const char*> values;
  std::vector<int> lengths, formats;
  std::vector<std::string> texts;  // what values point to

  void add(std::string_view text, Oid type = 0);
};

// Positional ones; types[i] is that of params[i], 0 inferred. invalid: a text with a NUL, which PostgreSQL
// cannot hold.
kit::Result<Parameters> parameters_of(std::span<const dbmux_param> params, std::span<const Oid> types);
// Names the parameter that a value's error is about, where that is plain.
kit::Failure in_words_of_parameters(kit::Failure, const Parameters&);
// Whether they fit: as many as the statement has, and none by name.
kit::Status check_parameters(const dbmux_request&, int wanted);

}  // namespace dbmux::postgres
