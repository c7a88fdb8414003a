#include "options.hpp"

#include <algorithm>

namespace dbmux::mssql {

const char* const kConfigSchema = R"json({
"type":"object",
"additionalProperties":false,
"required":["server"],
"x-dbmux-query":"T-SQL",
"x-dbmux-params":"@p1",
"x-dbmux-default-schema":"dbo",
"x-dbmux-env-hide":["TDS*","FREETDS*","DSQUERY"],
"x-dbmux-check":{"echo":"SELECT @p1 AS v","wrong":"SELECT 1 +","read":"SELECT 1 AS n","write":"UPDATE dbmux_check_wrote SET n = 1 WHERE 1 = 0",
"rows":"WITH c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 5000) SELECT n, N'row' AS t FROM c OPTION (MAXRECURSION 0)",
"slow":"WITH c AS (SELECT CAST(1 AS bigint) AS n UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000000) SELECT COUNT_BIG(*) AS n FROM c OPTION (MAXRECURSION 0)"},
"properties":{
"server":{"type":"string","minLength":1,"description":"Host name or address.","x-dbmux-host":true,"x-dbmux-dsn":"host",
"x-dbmux-env":["MCP_MSSQL_SERVER"],"x-dbmux-alias":["host"]},
"port":{"type":"integer","minimum":1,"maximum":65535,"default":1433,"x-dbmux-dsn":"port","x-dbmux-env":["MCP_MSSQL_PORT"]},
"database":{"type":"string","description":"Without it, the login's default database.","x-dbmux-dsn":"database",
"x-dbmux-env":["MCP_MSSQL_DATABASE"]},
"user":{"type":"string","description":"A SQL Server login.","x-dbmux-dsn":"user","x-dbmux-env":["MCP_MSSQL_USER"],
"x-dbmux-alias":["username"]},
"password":{"type":"string","x-dbmux-secret":true,"x-dbmux-dsn":"password","x-dbmux-env":["MCP_MSSQL_PASSWORD"]},
"encrypt":{"type":"boolean","default":true,
"description":"Refuse a session that is not encrypted. Without it only the login is, where the server can.",
"x-dbmux-env":["MCP_MSSQL_ENCRYPT"]},
"trustServerCertificate":{"type":"boolean","default":false,"description":"Do not check the server's certificate and its name.",
"x-dbmux-env":["MCP_MSSQL_TRUST_SERVER_CERTIFICATE"],"x-dbmux-alias":["trust_server_certificate"]},
"caFile":{"type":"string","minLength":1,"description":"PEM file of the authorities to trust; without it, the system's.",
"x-dbmux-path":"file","x-dbmux-alias":["ca_file"]}
}})json";

namespace {

// Room for one line of the client library's configuration file, whose lines end at 255 bytes.
constexpr std::size_t kLongestValue = 200;

bool flag(const dbmux_value& v) { return (v.kind == DBMUX_BOOL || v.kind == DBMUX_I64) && v.u.i64 != 0; }

// The configuration has no quotes: these would end a value or be joined.
bool fits_configuration(const std::string& value) {
  const auto breaks = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == ';' || c == '#'; };
  return value.size() <= kLongestValue && std::none_of(value.begin(), value.end(), breaks) &&
         value.find("  ") == std::string::npos && !value.starts_with(' ') && !value.ends_with(' ');
}

}  // namespace

kit::Result<Options> Options::from(std::span<const dbmux_param> params) {
  Options o;
  for (const auto& p : params) {
    const auto name = kit::view(p.name);
    const auto text = [&](std::string& to) {
      if (kit::has_text(p.value.kind)) to = kit::view(p.value);
    };
    if (name == "server") text(o.server);
    if (name == "database") text(o.database);
    if (name == "user") text(o.user);
    if (name == "password") text(o.password_secret);
    if (name == "caFile") text(o.ca_file);
    if (name == "encrypt") o.encrypt = flag(p.value);
    if (name == "trustServerCertificate") o.trust_server_certificate = flag(p.value);
    if (name == "port" && p.value.kind == DBMUX_I64 && p.value.u.i64 > 0 && p.value.u.i64 <= 65535)
      o.port = static_cast<std::uint16_t>(p.value.u.i64);
  }
  if (o.server.empty()) return kit::fail(DBMUX_E_INVALID, "server is missing");
  if (!fits_configuration(o.server) || o.server.find_first_of(" \\,/") != std::string::npos)
    return kit::fail(DBMUX_E_INVALID, "server is not a host name or an address")
        .hint("named instances (server\\instance) are not offered: give the instance's port");
  if (!fits_configuration(o.ca_file))
    return kit::fail(DBMUX_E_INVALID,
                     "caFile has characters that FreeTDS cannot take, or is longer than 200 bytes")
        .hint("FreeTDS cuts paths at ; and # and joins double spaces");
  return o;
}

}  // namespace dbmux::mssql
