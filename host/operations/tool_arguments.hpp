#pragma once
// The arguments of an operator's tool: the schema that a model is told, and the check by the same table.
#include <string>

#include "base/json.hpp"
#include "profile/profile.hpp"

namespace dbmux {

std::string input_schema(const OperatorTool&);

// The values in the order of the tool's parameters, with its defaults; null where an optional one has none.
// They refer to what was given, and to the memory. invalid: an unknown name (with the nearest), a wrong type,
// a missing one, one that is out of its bounds.
Result<JsonValue> bound_arguments(const OperatorTool&, const JsonValue& given, JsonPool& memory);

}  // namespace dbmux
