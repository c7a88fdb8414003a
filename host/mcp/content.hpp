#pragma once
// Content as a version of the protocol knows it.
#include "base/output.hpp"
#include "mcp/version.hpp"
#include "operations/catalogue.hpp"

namespace dbmux::mcp {

// The item, or where the version does not know its type a text that says what it was.
void append_item(Output&, Version, const Content&);

// Whether the JSON may be sent as structuredContent.
bool is_structure(Version, std::string_view json);

}  // namespace dbmux::mcp
