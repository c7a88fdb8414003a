#pragma once
#include <string>

namespace dbmux {

// The JSON Schema (draft 7) of a profile for editors, made from the key table; shipped as
// profile.schema.json.
std::string profile_schema();

}  // namespace dbmux
