#pragma once
// JSON in and out: requests with parameters in place, and the server's answers.
#include <rapidjson/document.h>

#include <span>
#include <string>
#include <string_view>

#include "dbmux/kit.hpp"
#include "dbmux/kit/json.hpp"

namespace dbmux::chromadb {

// syntax: not JSON, with its place. invalid: nested deeper than 64 levels, a name twice in one object, an
// integer beyond 64 bits.
kit::Result<rapidjson::Document> parsed(std::string_view json);

// {"$param": 1} (from 1) and {"$param": "name"} stand for a parameter's value wherever a value may stand;
// each parameter must be used.
kit::Status put_parameters(rapidjson::Document&, std::span<const dbmux_param>);

std::string text_of(const rapidjson::Value&);
inline std::string_view view(const rapidjson::Value& v) { return kit::json_text(v); }

}  // namespace dbmux::chromadb
