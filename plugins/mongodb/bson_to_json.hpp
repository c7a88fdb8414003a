#pragma once
// BSON as one line of JSON that loses nothing: Extended JSON v2, relaxed where a reader with doubles still
// sees the exact value, canonical where it would not.
#include <bson/bson.h>

#include <string>
#include <string_view>

namespace dbmux::mongodb {

// Appends the document, or array. Text that is not UTF-8 gets U+FFFD in place of the broken bytes; false:
// that happened.
bool append_json(const bson_t* document, bool is_array, std::string& to);
// The value at an iterator.
bool append_json(const bson_iter_t&, std::string& to);
// Text with quotation marks.
bool append_quoted(std::string_view, std::string& to);

}  // namespace dbmux::mongodb
