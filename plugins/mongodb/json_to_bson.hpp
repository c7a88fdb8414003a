#pragma once
// A JSON document with Extended JSON's wrappers and our parameters, as BSON. libbson's own reader takes
// {"$type": ...} for half of a wrapper and refuses it.
#include <span>
#include <string_view>

#include "dbmux/kit.hpp"
#include "handles.hpp"

namespace dbmux::mongodb {

// {"$param": 1} (from 1) and {"$param": "name"} stand for a parameter's value wherever a value may stand;
// each parameter must be used. syntax: the text is not JSON, with its place. invalid: it is no object, has a
// name twice, is nested deeper than kit::kJsonDepth, a wrapper is malformed, or the parameters do not fit.
kit::Result<Bson> bson_of(std::string_view json, std::span<const dbmux_param> params);

}  // namespace dbmux::mongodb
