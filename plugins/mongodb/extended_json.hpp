#pragma once
// MongoDB Extended JSON v2: objects such as {"$oid": "…"} that stand for one value of another type.
#include <rapidjson/document.h>

#include <string_view>

#include "dbmux/kit.hpp"
#include "handles.hpp"

namespace dbmux::mongodb {

// Appends the value that the object stands for; false: it is an ordinary object. invalid: it is a malformed
// wrapper.
kit::Result<bool> append_wrapped(std::string_view key, const rapidjson::Value& object, bson_t* to);

// A value given by its text and MongoDB's name of its type: objectId, date, int, long, double, decimal, uuid.
kit::Status append_typed(std::string_view type, std::string_view text, std::string_view key, bson_t* to);

}  // namespace dbmux::mongodb
