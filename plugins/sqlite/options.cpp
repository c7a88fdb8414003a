#include "options.hpp"

#include <filesystem>

namespace dbmux::sqlite {

const char* const kConfigSchema = R"({
"type":"object",
"additionalProperties":false,
"required":["filename"],
"x-dbmux-query":"SQL",
"x-dbmux-params":"?",
"x-dbmux-default-schema":"main",
"x-dbmux-check":{"options":{"filename":":memory:"},"read":"SELECT 1","write":"CREATE TABLE dbmux_check_wrote AS SELECT 1 AS n"},
"x-dbmux-scratch":{"options":{"filename":"{folder}/scratch.db","createIfNotExists":true,"busyTimeout":60000}},
"properties":{
"filename":{"type":"string","minLength":1,"description":"The database file, or :memory:, which all sessions of this connection share.",
"x-dbmux-path":"file","x-dbmux-env":["MCP_SQLITE_FILENAME"],"x-dbmux-alias":["file","path","database"]},
"createIfNotExists":{"type":"boolean","default":false,"description":"Let the first write create a missing file.",
"x-dbmux-env":["MCP_SQLITE_CREATE_IF_NOT_EXISTS"],"x-dbmux-alias":["create_if_not_exists"]},
"readOnly":{"type":"boolean","default":false,"description":"Never open the file for writing, whatever the profile's access says.",
"x-dbmux-alias":["read_only"]},
"busyTimeout":{"type":"integer","minimum":0,"maximum":3600000,"default":5000,
"description":"Milliseconds to wait for a lock that another process holds.","x-dbmux-alias":["busy_timeout"]}
}})";

namespace {

bool flag(const dbmux_value& v) { return (v.kind == DBMUX_BOOL || v.kind == DBMUX_I64) && v.u.i64 != 0; }

}  // namespace

kit::Result<Options> Options::from(std::span<const dbmux_param> params) {
  Options options;
  for (const auto& p : params) {
    const auto name = kit::view(p.name);
    if (name == "filename" && kit::has_text(p.value.kind)) options.filename = kit::view(p.value);
    if (name == "createIfNotExists") options.create_if_not_exists = flag(p.value);
    if (name == "readOnly") options.read_only = flag(p.value);
    if (name == "busyTimeout" && p.value.kind == DBMUX_I64)
      options.busy_timeout = std::chrono::milliseconds(p.value.u.i64 < 0 ? 0 : p.value.u.i64);
  }
  if (options.filename.empty()) return kit::fail(DBMUX_E_INVALID, "filename is missing");
  if (options.filename.find('\0') != std::string::npos)
    return kit::fail(DBMUX_E_INVALID, "filename holds a NUL character");
  if (options.filename.starts_with("file:"))
    return kit::fail(DBMUX_E_INVALID, "filename is a path, not a file: URI");
  if (!options.in_memory()) {
    std::error_code failed;
    const auto absolute = std::filesystem::absolute(options.filename, failed);
    if (!failed) options.filename = absolute.lexically_normal().string();
  }
  return options;
}

}  // namespace dbmux::sqlite
