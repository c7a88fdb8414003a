#pragma once
// ${VAR}, ${VAR:-default} (default also when VAR is empty; it may hold further variables) and $${ for a
// literal ${. A variable's value is never scanned again.
#include <string>
#include <string_view>
#include <vector>

#include "profile/profile.hpp"

namespace dbmux {

struct Expansion {
  std::string text;
  std::vector<std::string> missing;  // variables that are not set and have no default
  std::string error;                 // what is wrong with the spelling; "" = nothing
};

Expansion expand(std::string_view text, const Environment&);
// The same, but ${user.name} stays, and so does $${: whoever fills it in for a call reads the text once more.
Expansion expand_but_for_calls(std::string_view text, const Environment&);

}  // namespace dbmux
