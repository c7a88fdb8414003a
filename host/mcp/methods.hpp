#pragma once
// The methods that are answered at once: everything that asks no database.
#include <memory>
#include <string>
#include <string_view>

#include "mcp/message.hpp"
#include "mcp/service.hpp"
#include "mcp/session.hpp"

namespace dbmux::mcp {

// The result as JSON; an unknown method is refused with -32601. params may be null.
// Of a session:
RpcResult<std::string> answer_session(const Service&, const std::shared_ptr<Session>&,
                                      std::string_view method, const JsonValue* params);
// Of a stateless request. subscriptions/listen is not among them: it has no answer.
RpcResult<std::string> answer_stateless(const Service&, const Terms&, std::string_view method,
                                        const JsonValue* params);

}  // namespace dbmux::mcp
