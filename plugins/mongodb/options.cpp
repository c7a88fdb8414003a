#include "options.hpp"

namespace dbmux::mongodb {

const char* const kConfigSchema = R"({
"type":"object",
"additionalProperties":false,
"x-dbmux-query":"a MongoDB command as one JSON document",
"x-dbmux-params":"{\"$param\":1}",
"x-dbmux-check":{"echo":null,"slow":null,
"rows":"{\"aggregate\":1,\"pipeline\":[{\"$documents\":[{\"z\":0}]},{\"$project\":{\"n\":{\"$range\":[0,3000]}}},{\"$unwind\":\"$n\"}]}",
"wrong":"{\"aggregate\":1,\"pipeline\":[{\"$unwind\":1}]}",
"read":"{\"count\":\"dbmux_check_nothing\"}",
"write":"{\"delete\":\"dbmux_check_wrote\",\"deletes\":[{\"q\":{},\"limit\":1}]}"},
"properties":{
"uri":{"type":"string","minLength":1,"description":"mongodb:// or mongodb+srv://, with everything that such an address may say; a secret, because it may hold a password.",
"x-dbmux-secret":true,"x-dbmux-env":["MCP_MONGODB_URI"],"x-dbmux-dsn":"uri"},
"host":{"type":"string","minLength":1,"default":"localhost","description":"Instead of uri: one server.","x-dbmux-host":true},
"port":{"type":"integer","minimum":1,"maximum":65535,"default":27017},
"user":{"type":"string","minLength":1,"description":"Also beside a uri that names none."},
"password":{"type":"string","description":"Also beside a uri that has none.","x-dbmux-secret":true},
"authSource":{"type":"string","minLength":1,"description":"The database that knows the user; admin unless the uri says otherwise.","x-dbmux-alias":["auth_source"]},
"tls":{"type":"boolean","default":false,"description":"TLS to host and port; a uri says so itself."},
"tlsCAFile":{"type":"string","minLength":1,"description":"PEM file of the authorities that are trusted.","x-dbmux-path":"file","x-dbmux-alias":["tls_ca_file"]},
"database":{"type":"string","minLength":1,"maxLength":63,"description":"The database that commands run on; that of the uri, else test.",
"x-dbmux-env":["MCP_MONGODB_DATABASE"]},
"options":{"type":"object","additionalProperties":false,"properties":{
"maxPoolSize":{"type":"integer","minimum":1,"description":"Accepted, without effect here: the profile's pool bounds the sessions.","x-dbmux-env":["MCP_MONGODB_MAX_POOL_SIZE"]},
"useUnifiedTopology":{"type":"boolean","description":"Accepted, without effect.","x-dbmux-env":["MCP_MONGODB_USE_UNIFIED_TOPOLOGY"]}
}}
}})";

kit::Result<Options> Options::from(std::span<const dbmux_param> params) {
  Options o;
  for (const auto& p : params) {
    const auto name = kit::view(p.name);
    const auto& v = p.value;
    if (kit::has_text(v.kind)) {
      const std::string text(kit::view(v));
      if (text.find('\0') != std::string::npos)
        return kit::fail(DBMUX_E_INVALID, std::string(name) + " holds a NUL character");
      if (name == "uri") o.uri_secret = text;
      if (name == "host") o.host = text;
      if (name == "user") o.user = text;
      if (name == "password") o.password_secret = text;
      if (name == "authSource") o.auth_source = text;
      if (name == "tlsCAFile") o.tls_ca_file = text;
      if (name == "database") o.database = text;
    }
    if (name == "port" && v.kind == DBMUX_I64) o.port = v.u.i64;
    if (name == "tls" && v.kind == DBMUX_BOOL) o.tls = v.u.i64 != 0;
  }
  if (o.port < 1 || o.port > 65535) return kit::fail(DBMUX_E_INVALID, "port is out of range");
  return o;
}

}  // namespace dbmux::mongodb
