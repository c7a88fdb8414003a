#include "options.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

namespace dbmux::chromadb {

const char* const kConfigSchema = R"({
"type":"object",
"additionalProperties":false,
"x-dbmux-query":"a chroma.query document",
"x-dbmux-params":"{\"$param\":1}",
"x-dbmux-check":{"echo":null,"slow":null,"rows":null,
"wrong":"{\"count\":\"dbmux-check-nowhere\"}",
"write":"{\"create\":\"dbmux-check-wrote\"}"},
"properties":{
"url":{"type":"string","minLength":1,"description":"http:// or https:// with host and port; instead of host, port and ssl.",
"x-dbmux-env":["MCP_CHROMADB_URL"],"x-dbmux-dsn":"uri","x-dbmux-host":true},
"host":{"type":"string","minLength":1,"default":"localhost","x-dbmux-env":["MCP_CHROMADB_HOST"],"x-dbmux-host":true},
"port":{"type":"integer","minimum":1,"maximum":65535,"default":8000,"x-dbmux-env":["MCP_CHROMADB_PORT"]},
"ssl":{"type":"boolean","default":false,"description":"TLS to host and port; a url says so itself.","x-dbmux-env":["MCP_CHROMADB_SSL"]},
"tenant":{"type":"string","minLength":3,"default":"default_tenant","x-dbmux-env":["MCP_CHROMADB_TENANT"]},
"database":{"type":"string","minLength":3,"default":"default_database","x-dbmux-env":["MCP_CHROMADB_DATABASE"]},
"token":{"type":"string","description":"Sent with every request.","x-dbmux-secret":true,"x-dbmux-env":["MCP_CHROMADB_TOKEN"]},
"tokenHeader":{"type":"string","enum":["X-Chroma-Token","Authorization"],"default":"X-Chroma-Token",
"description":"The header that carries the token; Authorization sends it as Bearer.","x-dbmux-alias":["token_header"]},
"caFile":{"type":"string","minLength":1,"description":"PEM file of the authorities that are trusted.","x-dbmux-path":"file","x-dbmux-alias":["ca_file"]},
"proxy":{"type":"string","minLength":1,"description":"The address of an HTTP proxy; none unless named here."}
}})";

namespace {

// chroma:// and chroma+https:// are http:// and https://.
kit::Result<std::string> base_of(std::string_view url) {
  constexpr std::pair<std::string_view, std::string_view> kSchemes[] = {{"http://", "http://"},
                                                                        {"https://", "https://"},
                                                                        {"chroma://", "http://"},
                                                                        {"chroma+https://", "https://"}};
  for (const auto& [scheme, becomes] : kSchemes) {
    if (!url.starts_with(scheme)) continue;
    auto rest = url.substr(scheme.size());
    while (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.empty() || rest[0] == '/') return kit::fail(DBMUX_E_INVALID, "url names no host");
    for (const char c : rest)
      if (static_cast<unsigned char>(c) <= 0x20 || c == '@' || c == '?' || c == '#')
        return kit::fail(DBMUX_E_INVALID, "url is host, port and path only")
            .hint("a token goes into the option token");
    return std::string(becomes) + std::string(rest);
  }
  return kit::fail(DBMUX_E_INVALID, "url starts with http:// or https://");
}

}  // namespace

kit::Result<Options> Options::from(std::span<const dbmux_param> params) {
  Options o;
  std::string url, host = "localhost";
  std::int64_t port = 8000;
  bool ssl = false;
  for (const auto& p : params) {
    const auto name = kit::view(p.name);
    const auto& v = p.value;
    if (kit::has_text(v.kind)) {
      const std::string text(kit::view(v));
      if (text.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos)
        return kit::fail(DBMUX_E_INVALID, std::string(name) + " holds a character that it may not");
      if (name == "url") url = text;
      if (name == "host") host = text;
      if (name == "tenant") o.tenant = text;
      if (name == "database") o.database = text;
      if (name == "token") o.token_secret = text;
      if (name == "tokenHeader") o.token_header = text;
      if (name == "caFile") o.ca_file = text;
      if (name == "proxy") o.proxy = text;
    }
    if (name == "port" && v.kind == DBMUX_I64) port = v.u.i64;
    if (name == "ssl" && v.kind == DBMUX_BOOL) ssl = v.u.i64 != 0;
  }
  if (url.empty()) {
    const bool bare_ipv6 = host.find(':') != std::string::npos && host[0] != '[';
    url = (ssl ? "https://" : "http://") + (bare_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  }
  auto base = base_of(url);
  if (!base) return base.failure();
  o.base = std::move(*base);
  return o;
}

}  // namespace dbmux::chromadb
