#include "profile/keys.hpp"

#include "base/text.hpp"

namespace dbmux {
namespace {

using T = KeyType;
using Words = std::string_view[];

constexpr Words kAccess = {"read-only", "confirm", "read-write"};
constexpr Words kUnknownSql = {"refuse", "engine"};
constexpr Words kRetryOn = {"transient"};
constexpr Words kServerTypes = {"single", "flexible"};
constexpr Words kIdentities = {"workload", "managed", "azure-cli"};
constexpr Words kToolLists = {"two", "default", "all"};
constexpr Words kToolNames = {"underscore", "hyphen", "both"};
constexpr Words kProxy = {"proxy"};
constexpr Words kAuditTo = {"stdout", "store"};
constexpr Words kStatements = {"normalized", "full", "none"};
constexpr Words kChain = {"sha256", "none"};
constexpr Words kOnFailure = {"refuse", "continue"};
constexpr Words kParameterTypes = {"string", "integer", "number", "boolean"};

constexpr Key kLimits[] = {
    {.name = "rows", .type = T::count, .description = "Rows of one answer"},
    {.name = "tokens", .type = T::count, .description = "Estimated tokens of one answer"},
    {.name = "bytes", .type = T::size, .description = "Bytes of one answer"},
    {.name = "cell", .type = T::size, .description = "Bytes of one cell; longer ones are cut"},
};

constexpr Key kPool[] = {
    {.name = "min",
     .type = T::integer,
     .description = "Sessions kept open from the first use on",
     .lowest = 0,
     .highest = 1000},
    {.name = "max", .type = T::integer, .description = "Most sessions at a time", .highest = 1000},
};

constexpr Key kRetry[] = {
    {.name = "attempts", .type = T::integer, .description = "Attempts in all; 1 = no retry", .highest = 20},
    {.name = "backoff", .type = T::duration_range, .description = "First and longest wait between attempts"},
    {.name = "on", .type = T::one_of, .description = "Which failures are tried again", .allowed = kRetryOn},
};

constexpr Key kGuard[] = {
    {.name = "max_cost",
     .type = T::bound,
     .description = "Refuse plans that cost more, by the engine's own figure"},
    {.name = "full_scan_rows",
     .type = T::count,
     .description = "Refuse to read whole tables of more rows than this",
     .highest = 1'000'000'000'000},
};

constexpr Key kReplica[] = {
    {.name = "host", .type = T::text, .description = "Name of the replica"},
    {.name = "port", .type = T::integer, .description = "Its port", .highest = 65535},
    {.name = "max_lag", .type = T::duration, .description = "Not used while it is further behind (30s)"},
};

constexpr Key kAccessKey = {.name = "access",
                            .type = T::one_of,
                            .description =
                                "What may be done: read-only (default), confirm (a person allows "
                                "each write), or read-write",
                            .allowed = kAccess};

constexpr Key kConnection[] = {
    {.name = "plugin",
     .type = T::text,
     .description = "The driver: the name of a plugin, such as sqlite",
     .alias = "type"},
    {.name = "description", .type = T::text, .description = "What is inside; assistants read this"},
    {.name = "enabled_by",
     .type = T::texts,
     .description = "Offered only when one of these variables is set"},
    kAccessKey,
    {.name = "unknown_sql",
     .type = T::one_of,
     .description = "Text that no parser can vouch for: refuse it (default), or rely on the engine's own "
                    "read-only layers",
     .allowed = kUnknownSql},
    {.name = "timeout",
     .type = T::duration,
     .description = "What a caller waits (30s); a call may ask for more, up to statement_timeout"},
    {.name = "statement_timeout", .type = T::duration, .description = "The ceiling of timeout (60s)"},
    {.name = "pool_size", .type = T::section, .description = "Sessions held open", .keys = kPool},
    {.name = "idle_timeout",
     .type = T::duration,
     .description = "Idle sessions are closed after this (5min)"},
    {.name = "max_lifetime",
     .type = T::duration,
     .description = "A session older than this is replaced when it is free (1h)"},
    {.name = "retry",
     .type = T::section,
     .description = "Reads that failed because the connection was lost",
     .keys = kRetry},
    {.name = "limits", .type = T::section, .description = "Bounds of one answer", .keys = kLimits},
    {.name = "required",
     .type = T::boolean,
     .description = "Whether readiness depends on this connection (false)"},
    {.name = "guard",
     .type = T::section,
     .description = "Refuse expensive plans before they run",
     .keys = kGuard},
    {.name = "schemas", .type = T::texts, .description = "Only these schemas can be reached", .built = false},
    {.name = "collections",
     .type = T::texts,
     .description = "Only these collections can be reached",
     .built = false},
    {.name = "set_role", .type = T::text, .description = "The database role to act in", .built = false},
    {.name = "session",
     .type = T::named_texts,
     .description = "Settings of each call at the server; ${user.name} is who calls"},
    {.name = "replicas",
     .type = T::sections,
     .description = "Servers that reads may go to while they are not too far behind",
     .keys = kReplica},
    {.name = "require_least_privilege",
     .type = T::boolean,
     .description = "Refuse logins that may do more than needed"},
    {.name = "identity",
     .type = T::texts,
     .description = "Where Entra tokens come from",
     .allowed = kIdentities,
     .built = false},
    {.name = "use_azure_ad", .type = T::boolean, .description = "Log in with an Entra token", .built = false},
    {.name = "azure_server_type",
     .type = T::one_of,
     .description = "Kind of Azure server",
     .allowed = kServerTypes,
     .built = false},
};

constexpr Key of_connection(std::string_view name) {
  for (const Key& key : kConnection)
    if (key.name == name) return key;
  throw "no such key";
}

constexpr Key kDefaults[] = {
    of_connection("access"),       of_connection("unknown_sql"),
    of_connection("timeout"),      of_connection("statement_timeout"),
    of_connection("pool_size"),    of_connection("idle_timeout"),
    of_connection("max_lifetime"), of_connection("retry"),
    of_connection("limits"),       of_connection("required"),
    of_connection("guard"),
};

constexpr Key kParameter[] = {
    {.name = "name", .type = T::text, .description = "Name of the argument"},
    {.name = "type", .type = T::one_of, .description = "Its type", .allowed = kParameterTypes},
    {.name = "description", .type = T::text, .description = "What it is for"},
    {.name = "required", .type = T::boolean, .description = "Whether it must be given"},
    {.name = "enum", .type = T::texts, .description = "The values it may have"},
    {.name = "default", .type = T::value, .description = "Its value when it is not given"},
    {.name = "min", .type = T::number, .description = "Lowest number, or fewest characters"},
    {.name = "max", .type = T::number, .description = "Highest number, or most characters"},
    {.name = "pattern", .type = T::text, .description = "What a text looks like", .built = false},
};

constexpr Key kTool[] = {
    {.name = "name", .type = T::text, .description = "Name of the tool"},
    {.name = "description", .type = T::text, .description = "What it does; assistants read this"},
    {.name = "connection", .type = T::text, .description = "The connection it runs on"},
    {.name = "statement", .type = T::text, .description = "The statement, with placeholders"},
    {.name = "parameters",
     .type = T::sections,
     .description = "Its arguments, in the order of the placeholders",
     .keys = kParameter},
    {.name = "limits", .type = T::section, .description = "Bounds of its answer", .keys = kLimits},
    {.name = "access",
     .type = T::one_of,
     .description =
         "What it does: read-only (default), or read-write or confirm where the connection allows it",
     .allowed = kAccess},
};

constexpr Key kTools[] = {
    {.name = "list",
     .type = T::tools,
     .description = "Which tools are listed: two, default, all, or names",
     .allowed = kToolLists},
    {.name = "names", .type = T::one_of, .description = "How they are spelt", .allowed = kToolNames},
    {.name = "prefix",
     .type = T::boolean,
     .description = "Whether a plugin's own tools and prompts are named PLUGIN_NAME (true)"},
    {.name = "add", .type = T::sections, .description = "Tools of your own", .keys = kTool},
    {.name = "add_from",
     .type = T::texts,
     .description = "Files with tools of your own, each a list as in add: tools.d/*.yaml"},
};

constexpr Key kRuntime[] = {
    kAccessKey,
    {.name = "paths", .type = T::texts, .description = "Folders whose files may be opened"},
    {.name = "hidden",
     .type = T::boolean,
     .description = "Whether names that begin with a dot may be opened (false)"},
    {.name = "hosts",
     .type = T::texts,
     .description = "Hosts that may be connected to; loopback = this machine"},
};

constexpr Key kTls[] = {
    {.name = "cert", .type = T::text, .description = "Certificate chain"},
    {.name = "key", .type = T::text, .description = "Private key"},
};

constexpr Key kListen[] = {
    {.name = "http", .type = T::text, .description = "Address and port of MCP, REST and SSE"},
    {.name = "tls",
     .type = T::tls,
     .description = "Certificate and key, or proxy",
     .allowed = kProxy,
     .keys = kTls},
    {.name = "trusted_proxies", .type = T::texts, .description = "Networks of the proxies in front"},
    {.name = "admin", .type = T::text, .description = "Address and port of health and metrics"},
};

constexpr Key kJwt[] = {
    {.name = "issuer", .type = T::text, .description = "Who signs"},
    {.name = "audience", .type = T::text, .description = "For whom"},
    {.name = "user", .type = T::text, .description = "The claim with the user's name"},
    {.name = "groups", .type = T::text, .description = "The claim with the groups"},
};

constexpr Key kToken[] = {
    {.name = "name", .type = T::text, .description = "Name of the token"},
    {.name = "sha256", .type = T::text, .description = "Hash of the token"},
    {.name = "role", .type = T::text, .description = "Role of its bearer"},
    {.name = "expires", .type = T::text, .description = "Date"},
};

constexpr Key kAuth[] = {
    {.name = "jwt", .type = T::sections, .description = "Issuers that are trusted", .keys = kJwt},
    {.name = "tokens", .type = T::sections, .description = "API keys", .keys = kToken},
};

constexpr Key kRoleConnection[] = {
    {.name = "schemas", .type = T::texts, .description = "Only these schemas"},
    {.name = "collections", .type = T::texts, .description = "Only these collections"},
    {.name = "set_role", .type = T::text, .description = "The database role to act in"},
    {.name = "access", .type = T::one_of, .description = "What may be done", .allowed = kAccess},
};

constexpr Key kRoleLimits[] = {
    {.name = "calls_per_minute", .type = T::count, .description = "Calls a minute"},
    {.name = "concurrent", .type = T::count, .description = "Calls at a time"},
};

constexpr Key kRole[] = {
    {.name = "groups", .type = T::texts, .description = "Groups whose members have the role"},
    {.name = "tools", .type = T::texts, .description = "Tools or families: read explain write admin"},
    {.name = "connections",
     .type = T::named,
     .description = "Connections and what can be reached there",
     .keys = kRoleConnection},
    {.name = "limits", .type = T::section, .description = "Bounds of each caller", .keys = kRoleLimits},
    {.name = "deny", .type = T::texts, .description = "Tools that are refused in any case"},
};

constexpr Key kAudit[] = {
    {.name = "to", .type = T::texts, .description = "Where records go", .allowed = kAuditTo},
    {.name = "statements",
     .type = T::one_of,
     .description = "What is kept of statements",
     .allowed = kStatements},
    {.name = "chain", .type = T::one_of, .description = "How records are linked", .allowed = kChain},
    {.name = "on_failure",
     .type = T::one_of,
     .description = "When a record cannot be written",
     .allowed = kOnFailure},
};

constexpr Key kStore[] = {
    {.name = "url", .type = T::text, .description = "Where the control store is"},
};

constexpr Key kHistory[] = {
    {.name = "enabled", .type = T::boolean, .description = "Whether calls are kept for dbmux history (true)"},
    {.name = "days",
     .type = T::count,
     .description = "Older ones are removed (30), or none",
     .highest = 36500},
    {.name = "size", .type = T::size, .description = "The oldest are removed beyond this (64MiB), or none"},
};

constexpr Key kPlugins[] = {
    {.name = "pin", .type = T::named_texts, .description = "sha256:HEX of the shared object, by plugin"},
};

constexpr Key kProfile[] = {
    {.name = "dbmux", .type = T::integer, .description = "Version of this format: 1"},
    {.name = "default_connection",
     .type = T::text,
     .description = "What a call without connectionId talks to; without it the first"},
    {.name = "connections",
     .type = T::named,
     .description = "The databases, by name",
     .keys = kConnection,
     .open = true},
    {.name = "defaults",
     .type = T::section,
     .description = "For every connection that does not say otherwise",
     .keys = kDefaults},
    {.name = "tools", .type = T::section, .description = "The tools that clients see", .keys = kTools},
    {.name = "export_dir", .type = T::text, .description = "Folder that results may be saved to"},
    {.name = "runtime_connections",
     .type = T::named,
     .description = "What connect_database may open, by plugin; absent = nothing",
     .keys = kRuntime},
    {.name = "history",
     .type = T::section,
     .description = "What is kept of calls, for dbmux history",
     .keys = kHistory},
    {.name = "plugins", .type = T::section, .description = "The shared objects", .keys = kPlugins},
    {.name = "environment",
     .type = T::texts,
     .description = "Which variables change the default connection: all",
     .built = false,
     .harmless = "all"},
    {.name = "listen",
     .type = T::section,
     .description = "Addresses to serve on",
     .keys = kListen,
     .built = false},
    {.name = "auth", .type = T::section, .description = "Who may call", .keys = kAuth, .built = false},
    {.name = "roles", .type = T::named, .description = "What callers may do", .keys = kRole, .built = false},
    {.name = "audit",
     .type = T::section,
     .description = "The record of what was done",
     .keys = kAudit,
     .built = false},
    {.name = "store", .type = T::section, .description = "The control store", .keys = kStore, .built = false},
};

bool upper(char c) { return c >= 'A' && c <= 'Z'; }

std::string words(std::span<const std::string_view> allowed) {
  std::string text;
  for (std::string_view word : allowed) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

}  // namespace

std::span<const Key> profile_keys() { return kProfile; }
std::span<const Key> connection_keys() { return kConnection; }
std::span<const Key> tool_keys() { return kTool; }

std::string snake_case(std::string_view name) {
  std::string snake;
  snake.reserve(name.size() + 4);
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (upper(name[i]) && i > 0 && !upper(name[i - 1]) && name[i - 1] != '_') snake += '_';
    snake += upper(name[i]) ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
  }
  return snake;
}

std::string camel_case(std::string_view name) {
  std::string camel;
  bool raise = false;
  for (char c : name) {
    if (c == '_') {
      raise = true;
      continue;
    }
    camel += raise && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    raise = false;
  }
  return camel;
}

const Key* find_key(std::span<const Key> keys, std::string_view written) {
  const std::string name = snake_case(written);
  for (const Key& key : keys)
    if (key.name == name || (!key.alias.empty() && key.alias == name)) return &key;
  return nullptr;
}

std::vector<Candidate> candidates(std::span<const Key> keys) {
  std::vector<Candidate> list;
  for (const Key& key : keys) list.push_back({std::string(key.name), words(key.allowed)});
  return list;
}

std::string unknown_key(std::string_view written, std::span<const Candidate> there) {
  std::vector<std::string> names;
  for (const Candidate& candidate : there) names.push_back(candidate.name);
  std::vector<std::string> near = nearest(written, names, 1);
  if (near.empty()) near = nearest(snake_case(written), names, 1);
  if (near.empty()) return "unknown key; there are: " + joined(names, ", ");
  std::string text = "unknown key; did you mean '" + near.front() + "'?";
  for (const Candidate& candidate : there)
    if (candidate.name == near.front() && !candidate.allowed.empty()) text += " (" + candidate.allowed + ")";
  return text;
}

}  // namespace dbmux
