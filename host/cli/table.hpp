#pragma once
#include <string>

namespace dbmux {

// An answer for a person at a terminal: rows (or the entries of a list) as an aligned table with what was cut
// below it; anything else as indented JSON. Ends with a newline.
std::string as_table(const std::string& json);

}  // namespace dbmux
