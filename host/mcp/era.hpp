#pragma once
// Which era a request belongs to, and what its client knows and can. A request whose _meta names a protocol
// version is stateless: it brings all that with it. Any other belongs to the session, which has agreed on it.
#include <optional>
#include <string>
#include <string_view>

#include "call/call.hpp"
#include "mcp/message.hpp"
#include "mcp/version.hpp"

namespace dbmux::mcp {

// The levels of RFC 5424, least severe first.
enum class LogLevel { debug, info, notice, warning, error, critical, alert, emergency };
std::optional<LogLevel> log_level_named(std::string_view);
LogLevel level_of(Notice);
std::string_view to_string(Notice);
RpcError unknown_log_level(std::string_view name);

// What a client has declared that we make use of.
struct Capabilities {
  bool elicitation : 1 = false;
  bool elicitation_url : 1 = false;
  bool sampling : 1 = false;
  bool sampling_tools : 1 = false;
  bool roots : 1 = false;
};
Capabilities capabilities_from(const JsonValue& object, Version);

struct Terms {
  Version version = kNewestHandshake;
  Capabilities capabilities = {};
  std::optional<LogLevel> log_level = {};  // of a stateless request: absent, it wants no messages
  bool stateless() const { return is_stateless(version); }
};

struct Meta {
  std::string progress_token;  // as JSON text; "" = none
  std::optional<Terms> stateless;
};

// What params._meta says. kInvalidParams: what is wrong with it; kUnsupportedVersion, with data: a version
// that has no stateless requests. params may be null.
RpcResult<Meta> read_meta(std::string_view method, const JsonValue* params);

// Everything we speak, newest first, as a JSON array.
std::string supported_versions();

inline constexpr std::string_view kServerInfoKey = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view kSubscriptionIdKey = "io.modelcontextprotocol/subscriptionId";

}  // namespace dbmux::mcp
