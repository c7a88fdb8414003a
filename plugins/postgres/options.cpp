#include "options.hpp"

#include <rapidjson/document.h>

#include <array>
#include <charconv>
#include <filesystem>

namespace dbmux::postgres {

const char* const kConfigSchema = R"({
"type":"object",
"additionalProperties":false,
"required":["host"],
"x-dbmux-env-hide":["PG*"],
"x-dbmux-query":"SQL",
"x-dbmux-params":"$1",
"x-dbmux-check":{"read":"SELECT 1","write":"UPDATE pg_catalog.pg_description SET objoid = objoid WHERE false"},
"x-dbmux-default-schema":"public",
"x-dbmux-folds":"lower",
"x-dbmux-engine-decides":"engineDecides","x-dbmux-items-if":"indexAdvice",
"properties":{
"host":{"type":"string","minLength":1,"description":"Name or address of the server, or the folder of its socket; several, with or without a port, behind commas: the first that serves.",
"x-dbmux-host":true,"x-dbmux-dsn":"host","x-dbmux-env":["MCP_POSTGRES_HOST","PGHOST"],"x-dbmux-alias":["server"]},
"port":{"type":"integer","minimum":1,"maximum":65535,"default":5432,
"x-dbmux-dsn":"port","x-dbmux-env":["MCP_POSTGRES_PORT","PGPORT"]},
"database":{"type":"string","minLength":1,"description":"Without it, the one named like the user.",
"x-dbmux-dsn":"database","x-dbmux-env":["MCP_POSTGRES_DATABASE","PGDATABASE"],"x-dbmux-alias":["dbname"]},
"user":{"type":"string","minLength":1,"description":"Without it, the one named like the process's user.",
"x-dbmux-dsn":"user","x-dbmux-env":["MCP_POSTGRES_USER","PGUSER"],"x-dbmux-alias":["username"]},
"password":{"type":"string","x-dbmux-secret":true,
"x-dbmux-dsn":"password","x-dbmux-env":["MCP_POSTGRES_PASSWORD","PGPASSWORD"]},
"ssl":{"type":["string","boolean"],"enum":["disable","prefer","require","verify-ca","verify-full","true","false",true,false],
"default":"prefer","description":"TLS: require encrypts, verify-full also makes sure who the server is; true is require, false is disable.",
"x-dbmux-env":["MCP_POSTGRES_SSL","SSL_MODE"],"x-dbmux-alias":["sslMode","sslmode"]},
"sslCa":{"type":"string","minLength":1,"description":"File of the certificates that verify-ca and verify-full trust; without it, the system's.",
"x-dbmux-path":"file","x-dbmux-env":["SSL_CERT_PATH"],"x-dbmux-alias":["sslrootcert"]},
"connectTimeout":{"type":"integer","minimum":1,"maximum":3600,"default":10,
"description":"Seconds that a session may take to open.","x-dbmux-alias":["connect_timeout"]},
"keepalives":{"type":"boolean","default":true},
"keepalivesIdle":{"type":"integer","minimum":1,"maximum":86400,"default":600,"x-dbmux-alias":["keepalives_idle"]},
"keepalivesInterval":{"type":"integer","minimum":1,"maximum":86400,"default":30,"x-dbmux-alias":["keepalives_interval"]},
"keepalivesCount":{"type":"integer","minimum":1,"maximum":100,"default":3,"x-dbmux-alias":["keepalives_count"]},
"tcpUserTimeout":{"type":"integer","minimum":0,"maximum":3600000,"default":0,
"description":"Milliseconds that sent data may stay unacknowledged; 0 is the system's.","x-dbmux-alias":["tcp_user_timeout"]},
"targetSessionAttrs":{"type":"string","enum":["any","primary","standby","prefer-standby"],
"description":"With several hosts, which of them is read from; writes always go to the primary. Without it the primary.","x-dbmux-alias":["target_session_attrs"]},
"indexAdvice":{"type":"boolean","default":false,"description":"Lists the tool postgres_index_advice, which needs the extension hypopg.",
"x-dbmux-alias":["index_advice"]},
"pooler":{"type":"string","enum":["auto","transaction","none"],"default":"auto",
"description":"What stands between dbmux and the server: a pooler that gives each transaction another session, or nothing; auto finds out."},
"session":{"type":"object","description":"Settings of each call's transaction, by name; values may hold ${user.name}."},
"applicationName":{"type":"string","maxLength":63,"default":"dbmux","description":"How the server's activity view names the sessions.",
"x-dbmux-alias":["application_name"]},
"allowedFunctions":{"type":"array","items":{"type":"string","minLength":1},"x-dbmux-alias":["allowed_functions"],
"description":"Own functions, as name or schema.name, that may be called while reading though they are VOLATILE."})"
#ifdef DBMUX_SWITCHABLE_LAYERS
                                  R"(,"layersOff":{"type":"array","items":{"type":"string"}})"
#endif
                                  R"(
}})";

namespace {

// An array of texts as JSON, as a schema has vouched for it.
std::vector<std::string> texts_of(std::string_view json) {
  rapidjson::Document list;
  list.Parse(json.data(), json.size());
  std::vector<std::string> texts;
  if (list.HasParseError() || !list.IsArray()) return texts;
  for (const auto& one : list.GetArray())
    if (one.IsString()) texts.emplace_back(one.GetString(), one.GetStringLength());
  return texts;
}

#ifdef DBMUX_SWITCHABLE_LAYERS
void switch_off(Layers& layers, const std::vector<std::string>& names) {
  const std::pair<std::string_view, bool Layers::*> known[] = {
      {"words", &Layers::words},       {"parser", &Layers::parser},
      {"names", &Layers::names},       {"transaction", &Layers::transaction},
      {"rollback", &Layers::rollback}, {"session", &Layers::session}};
  for (const auto& name : names)
    for (const auto& [word, layer] : known)
      if (name == word || name == "all") layers.*layer = false;
}
#endif

struct TextOption {
  std::string_view name;
  std::string Options::* member;
};
constexpr std::array kTexts{
    TextOption{"host", &Options::host},
    TextOption{"database", &Options::database},
    TextOption{"user", &Options::user},
    TextOption{"password", &Options::password_name},
    TextOption{"ssl", &Options::ssl},
    TextOption{"sslCa", &Options::ssl_ca},
    TextOption{"applicationName", &Options::application_name},
    TextOption{"pooler", &Options::pooler},
    TextOption{"targetSessionAttrs", &Options::session_attributes},
};
struct NumberOption {
  std::string_view name;
  std::int64_t Options::* member;
};
constexpr std::array kNumbers{
    NumberOption{"port", &Options::port},
    NumberOption{"connectTimeout", &Options::connect_timeout_s},
    NumberOption{"keepalivesIdle", &Options::keepalives_idle_s},
    NumberOption{"keepalivesInterval", &Options::keepalives_interval_s},
    NumberOption{"keepalivesCount", &Options::keepalives_count},
    NumberOption{"tcpUserTimeout", &Options::tcp_user_timeout_ms},
};

// libpq 15 knows no word for the certificates that the system trusts.
constexpr std::array kSystemCertificates{"/etc/ssl/certs/ca-certificates.crt",
                                         "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string system_certificates() {
  std::error_code none;
  for (const char* file : kSystemCertificates)
    if (std::filesystem::exists(file, none)) return file;
  return {};
}

}  // namespace

kit::Result<Options> Options::from(std::span<const dbmux_param> params) {
  Options options;
  for (const auto& p : params) {
    const auto name = kit::view(p.name);
    for (const auto& text : kTexts) {
      if (name != text.name || !kit::has_text(p.value.kind)) continue;
      if (kit::view(p.value).find('\0') != std::string_view::npos)
        return kit::fail(DBMUX_E_INVALID, std::string(name) + " holds a NUL character");
      options.*text.member = kit::view(p.value);
    }
    if (constexpr std::string_view kSession = "session.";
        name.starts_with(kSession) && kit::has_text(p.value.kind)) {
      auto variable = SessionVariable::from(name.substr(kSession.size()), kit::view(p.value));
      if (!variable) return variable.failure();
      options.session.push_back(std::move(*variable));
    }
    for (const auto& number : kNumbers)
      if (name == number.name && p.value.kind == DBMUX_I64) options.*number.member = p.value.u.i64;
    if (name == "allowedFunctions" && p.value.kind == DBMUX_JSON)
      options.allowed_functions = texts_of(kit::view(p.value));
    if (name == "engineDecides" && p.value.kind == DBMUX_BOOL) options.engine_decides = p.value.u.i64 != 0;
#ifdef DBMUX_SWITCHABLE_LAYERS
    if (name == "layersOff" && p.value.kind == DBMUX_JSON)
      switch_off(options.layers, texts_of(kit::view(p.value)));
#endif
    if (name == "ssl" && p.value.kind == DBMUX_BOOL) options.ssl = p.value.u.i64 != 0 ? "require" : "disable";
    if (name == "indexAdvice" && p.value.kind == DBMUX_BOOL) options.index_advice = p.value.u.i64 != 0;
    if (name == "keepalives" && p.value.kind == DBMUX_BOOL) options.keepalives = p.value.u.i64 != 0;
  }
  if (options.host.empty()) return kit::fail(DBMUX_E_INVALID, "host is missing");
  if (options.ssl == "true") options.ssl = "require";
  if (options.ssl == "false") options.ssl = "disable";
  auto hosts = hosts_of(options.host, options.port);
  if (!hosts) return hosts.failure();
  options.hosts = std::move(*hosts);
  if (options.session_attributes.empty())
    options.session_attributes = options.hosts.size() > 1 ? "primary" : "any";
  return options;
}

kit::Result<std::vector<Host>> hosts_of(std::string_view list, std::int64_t usual_port) {
  std::vector<Host> hosts;
  for (;;) {
    const auto comma = list.find(',');
    auto entry = trimmed(list.substr(0, comma));
    Host host{std::string(entry), usual_port};
    // More than one colon outside of brackets is an address.
    const auto closed = entry.starts_with('[') ? entry.find(']') : std::string_view::npos;
    const auto colon = closed == std::string_view::npos ? entry.find(':') : entry.find(':', closed);
    const bool has_port = !host.is_socket() && colon != std::string_view::npos &&
                          entry.find(':', colon + 1) == std::string_view::npos;
    if (has_port) {
      const auto port = entry.substr(colon + 1);
      const auto read = std::from_chars(port.data(), port.data() + port.size(), host.port);
      if (read.ec != std::errc() || read.ptr != port.data() + port.size() || host.port < 1 ||
          host.port > 65535)
        return kit::fail(DBMUX_E_INVALID, "host: '" + std::string(port) + "' is no port");
      host.name = entry.substr(0, colon);
    }
    if (host.name.starts_with('[') && host.name.ends_with(']'))
      host.name = host.name.substr(1, host.name.size() - 2);
    if (host.name.empty()) return kit::fail(DBMUX_E_INVALID, "host: an entry is empty");
    hosts.push_back(std::move(host));
    if (comma == std::string_view::npos) return hosts;
    list.remove_prefix(comma + 1);
  }
}

std::vector<std::pair<const char*, std::string>> Options::keywords(const Target& target,
                                                                   std::string settings) const {
  std::vector<std::pair<const char*, std::string>> list{
      {"host", target.host},
      {"port", std::to_string(target.port)},
      {"target_session_attrs", target.session_attributes},
      {"sslmode", ssl},
      {"application_name", application_name},
      {"client_encoding", "UTF8"},
      {"gssencmode", "disable"},
      // Only the host gives passwords; "" would be the user's own file.
      {"passfile", "/dev/null/none"},
      {"keepalives", keepalives ? "1" : "0"},
      {"keepalives_idle", std::to_string(keepalives_idle_s)},
      {"keepalives_interval", std::to_string(keepalives_interval_s)},
      {"keepalives_count", std::to_string(keepalives_count)},
      {"tcp_user_timeout", std::to_string(tcp_user_timeout_ms)},
      {"options", std::move(settings)},
  };
  if (!target.address.empty()) list.emplace_back("hostaddr", target.address);
  if (!database.empty()) list.emplace_back("dbname", database);
  if (!user.empty()) list.emplace_back("user", user);
  const auto ca = !ssl_ca.empty() || !ssl.starts_with("verify") ? ssl_ca : system_certificates();
  if (!ca.empty()) list.emplace_back("sslrootcert", ca);
  return list;
}

}  // namespace dbmux::postgres
