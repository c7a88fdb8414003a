#pragma once
// Values as text.
#include <string>

#include "profile/profile.hpp"

namespace dbmux {

// A map's mark becomes a comment behind its key in YAML.
std::string to_yaml(const Value&);  // block style, lists in one line; ends with a newline after a map
std::string to_indented_json(const Value&);  // without a newline at the end

}  // namespace dbmux
