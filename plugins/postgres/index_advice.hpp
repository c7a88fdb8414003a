#pragma once
// What indexes would do to the plan of a query, by the extension hypopg: nothing is made.
#include <string>
#include <string_view>
#include <vector>

#include "dbmux/kit.hpp"

namespace dbmux::postgres {

// The tool, in MCP's spelling; it wants a session.
extern const char* const kIndexAdviceTool;
inline constexpr std::string_view kIndexAdviceName = "index_advice";

// Names only: the statement that makes an index is built from them by the server.
struct WantedIndex {
  std::string schema, table, method;
  std::vector<std::string> columns;
};

struct AdviceRequest {
  std::string query;
  std::vector<WantedIndex> indexes;
};
// Of a call's arguments, which fit the tool's schema.
kit::Result<AdviceRequest> advice_request(std::string_view arguments);

}  // namespace dbmux::postgres
