#pragma once
// prompts/list, prompts/get, completion/complete.
#include "base/output.hpp"
#include "mcp/flight.hpp"
#include "mcp/service.hpp"

namespace dbmux::mcp {

// Each writes its line, but for outcomes that the caller goes on with: needs_input, and refused with the
// error.
void list_prompts(const Service&, Flight&, const JsonValue* params, Output&);
Outcome get_prompt(const Service&, Flight&, const JsonValue* params, Output&, ProtocolError& refused);
void complete_argument(const Service&, Flight&, const JsonValue* params, Output&);

}  // namespace dbmux::mcp
