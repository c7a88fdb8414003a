#pragma once
// Questions of stateless requests: they go out as a result, and come back with the same request, sent again
// with the answers and our signed state.
#include "mcp/flight.hpp"
#include "mcp/frames.hpp"
#include "mcp/service.hpp"

namespace dbmux::mcp {

// Before the call runs: gives it the answers that came with it. kInvalidParams: the state is not ours, has
// expired, or belongs to another request.
RpcResult<void> take_answers(const Service&, Flight&, std::string_view method, const JsonValue* params);

// The result that asks flight.questions().asked().
void write_input_required(const Service&, Flight&, std::string_view method, const JsonValue* params, Output&);

}  // namespace dbmux::mcp
