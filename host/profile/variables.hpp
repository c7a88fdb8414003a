#pragma once
// Expands the variables of a whole tree in place.
#include <string>
#include <vector>

#include "profile/strict.hpp"

namespace dbmux {

// A scalar under `connections` whose variables are not set: only that connection cannot be used.
struct MissingVariables {
  std::string connection;
  std::string option;  // path within the connection
  Mark mark;
  std::string path;
  std::vector<std::string> names;
};

// A variable that is missing elsewhere, and a wrong spelling anywhere, is a problem.
std::vector<MissingVariables> expand_variables(Node& root, const std::string& file, const Environment&,
                                               std::vector<Problem>&);

inline constexpr std::string_view kPassedVariables =
    "Desktop clients pass only the variables in their entry's \"env\".";

}  // namespace dbmux
