#pragma once
// What a login may do beyond what its connection is for.
#include <optional>
#include <string>

#include "driver/plugin.hpp"

namespace dbmux {

struct Excess {
  std::string what;  // "'app' is a superuser"
  std::string remedy;
  bool known = true;  // false: nobody can tell what the login may do
};

// Nothing for a login that has just the rights that are needed.
std::optional<Excess> excess_of(const ConnInfo&, bool writable);

}  // namespace dbmux
