// The entry: descriptor, option schema and the driver's table.
#include "cursor.hpp"

namespace scripted {
namespace {

dbmux_status columns(dbmux_cursor* cursor, const dbmux_column** out, std::size_t* n, dbmux_error*) noexcept {
  cursor->columns(out, n);
  return DBMUX_OK;
}

dbmux_status next_batch(dbmux_cursor* cursor, const dbmux_call* call, dbmux_batch* out,
                        dbmux_error* error) noexcept {
  return cursor->next_batch(call, out, error);
}

dbmux_status next_result(dbmux_cursor* cursor, const dbmux_call* call, std::int32_t* more,
                         dbmux_error* error) noexcept {
  bool found = false;
  const dbmux_status status = cursor->advance(call, found, error);
  *more = found ? 1 : 0;
  return status;
}

dbmux_status summary(dbmux_cursor* cursor, dbmux_summary* out, dbmux_error*) noexcept {
  cursor->summary(out);
  return DBMUX_OK;
}

dbmux_status cursor_close(dbmux_cursor* cursor, const dbmux_call*, dbmux_error* error) noexcept {
  const dbmux_conn* conn = cursor->conn;
  delete cursor;
  return conn ? conn->check_alive(error) : DBMUX_OK;
}

constexpr dbmux_driver kDriver{sizeof(dbmux_driver),
                               0,
                               open_source,
                               close_source,
                               connect,
                               close,
                               info,
                               ping,
                               reset,
                               cancel,
                               execute,
                               columns,
                               next_batch,
                               next_result,
                               summary,
                               cursor_close};

constexpr const char* kLanguages[] = {"script", nullptr};
constexpr const char* kSchemes[] = {"scripted", nullptr};

constexpr const char* kSchema = R"({
"type":"object","additionalProperties":false,
"x-dbmux-query":"script","x-dbmux-params":"{\"param\":0}","x-dbmux-default-schema":"main",
"properties":{
"host":{"type":"string","default":"localhost","x-dbmux-host":true,"x-dbmux-env":["MCP_SCRIPTED_HOST"],
        "x-dbmux-alias":["server"]},
"port":{"type":"integer","minimum":1,"maximum":65535},
"filename":{"type":"string","x-dbmux-path":"file"},
"password":{"type":"string","x-dbmux-secret":true,"x-dbmux-env":["MCP_SCRIPTED_PASSWORD"]},
"options":{"type":"object","additionalProperties":false,
           "properties":{"max_pool_size":{"type":"integer","minimum":1}}},
"fail_connects":{"type":"integer","minimum":0},
"connect_delay_ms":{"type":"integer","minimum":0},
"close_delay_ms":{"type":"integer","minimum":0},
"cancel_delay_ms":{"type":"integer","minimum":0},
"numbers_rows":{"type":"integer","minimum":0},
"role":{"type":"integer"},
"privileges":{"type":"integer"},
"lag_ms":{"type":"integer"},
"resets":{"type":"boolean"},
"server_cancel":{"type":"boolean"},
"enforces_read_only":{"type":"boolean"},
"catalog":{"type":"string"},
"items":{"type":"string"},
"describe_delay_ms":{"type":"integer","minimum":0},
"describe_deaf":{"type":"boolean"}}})";

dbmux_status init(const dbmux_host* given, dbmux_error*) noexcept {
  host = given;
  return DBMUX_OK;
}

void shutdown() noexcept {}

constexpr dbmux_plugin kPlugin{.size = sizeof(dbmux_plugin),
                               .abi_major = DBMUX_ABI_MAJOR,
                               .abi_minor = DBMUX_ABI_MINOR,
                               .abi_draft = DBMUX_ABI_DRAFT,
                               .flags = DBMUX_PLUGIN_HAS_ITEMS,
                               .reserved = 0,
                               .id = "scripted",
                               .name = "Scripted",
                               .vendor = "dbmux tests",
                               .version = "1.0",
                               .languages = kLanguages,
                               .url_schemes = kSchemes,
                               .config_schema = kSchema,
                               .driver = &kDriver,
                               .init = init,
                               .shutdown = shutdown,
                               .get_extension = extension};

}  // namespace
}  // namespace scripted

const dbmux_plugin* dbmux_plugin_v1(void) noexcept { return &scripted::kPlugin; }
