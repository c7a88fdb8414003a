#pragma once
// What every method of a server can reach.
#include <string>

#include "mcp/options.hpp"
#include "mcp/state_token.hpp"
#include "mcp/subscriptions.hpp"
#include "operations/catalogue.hpp"

namespace dbmux::mcp {

struct Service {
  Catalogue& catalogue;
  const ServerOptions& options;
  Subscriptions& subscriptions;
  const StateTokens& states;
  std::string identity;  // serverInfo, as JSON
};

}  // namespace dbmux::mcp
