#pragma once
// The methods that may take their time, because they ask a database: calls of tools, reads of resources,
// prompts, completion, and lists of what stands in one.
#include <string_view>

#include "base/output.hpp"
#include "mcp/flight.hpp"
#include "mcp/frames.hpp"
#include "mcp/message.hpp"
#include "mcp/service.hpp"

namespace dbmux::mcp {

bool is_call(std::string_view method);
Flight::Kind kind_of_call(std::string_view method);

enum class Ran {
  answered,
  asks,  // the session's client has to answer flight.questions().asked() first; the output is empty
};

// Runs the call and writes the line that answers it. Blocks until the call ended.
Ran run_call(const Service&, Flight&, std::string_view method, const JsonValue* params, Output&);

// The answer for a call that was called off before its turn came, or while it waited for its client.
void write_not_begun(const Service&, Flight&, Output&);
void write_unanswered(const Service&, Flight&, Output&);

// The answer for a call whose engine does not come back.
void write_given_up(const Service&, Flight&, Clock::time_point now, Output&);

}  // namespace dbmux::mcp
