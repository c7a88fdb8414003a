#pragma once
// Pages of lists, with what a version of the protocol knows of their entries.
#include <string>
#include <string_view>
#include <vector>

#include "mcp/message.hpp"
#include "mcp/version.hpp"
#include "operations/catalogue.hpp"

namespace dbmux::mcp {

// One page each, as the JSON of the result. kInvalidParams: a cursor that is not ours.
RpcResult<std::string> tool_page(const std::vector<Face>&, const JsonValue* params, std::size_t page_size,
                                 Version);
// resources/list or resources/templates/list; key is the name of the list and uri_key that of the URI.
RpcResult<std::string> resource_page(const std::vector<ResourceEntry>&, std::string_view key,
                                     std::string_view uri_key, const JsonValue* params, std::size_t page_size,
                                     Version);
RpcResult<std::string> prompt_page(const std::vector<PromptEntry>&, const JsonValue* params,
                                   std::size_t page_size, Version);

}  // namespace dbmux::mcp
