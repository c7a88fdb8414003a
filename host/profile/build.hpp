#pragma once
// A checked tree as a Profile.
#include "profile/variables.hpp"

namespace dbmux {

// Adds the problems that take more than one key to see. The result means something only when none is an
// error.
Profile build_profile(const Node& root, const std::string& file, const std::filesystem::path& folder,
                      const std::vector<MissingVariables>&, const Environment&, std::vector<Problem>&);

// A name of a connection: letters, digits, _ . -, at most 64, not starting with a sign.
bool is_connection_name(std::string_view);
// A plain scalar's type follows from its text, a quoted one is text.
Value to_value(const Node&, const std::string& file);

}  // namespace dbmux
