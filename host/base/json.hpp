#pragma once
// Reading and quoting JSON. Parsing is RapidJSON with iterative, validating, full-precision flags and a depth
// cap of our own (the iterative mode has none).
#include <rapidjson/document.h>

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace dbmux {

inline constexpr std::size_t kJsonDepth = 64;

using JsonDocument = rapidjson::Document;
using JsonValue = rapidjson::Value;

using JsonPool = JsonDocument::AllocatorType;

// invalid: not JSON, not UTF-8, deeper than max_depth, or followed by more than white space. A pool outlives
// the document; without one the document has its own, of 64 KiB at least.
Result<JsonDocument> parse_json(std::string_view text, std::size_t max_depth = kJsonDepth,
                                JsonPool* pool = nullptr);

// "text" with its quotes; invalid UTF-8 becomes U+FFFD.
std::string json_quote(std::string_view text);
void append_quoted(std::string& to, std::string_view text);
std::string to_json(const JsonValue&);  // compact
inline std::string_view view(const JsonValue& string) {
  return {string.GetString(), string.GetStringLength()};
}
// The member, or nullptr when absent or when object is not an object.
const JsonValue* member(const JsonValue& object, std::string_view name);

}  // namespace dbmux
