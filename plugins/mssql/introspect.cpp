#include <array>
#include <string>
#include <string_view>

#include "connection.hpp"
#include "source.hpp"

namespace dbmux::mssql {

namespace {

// In the order and with the names that the contract of introspection fixes; @schema, @object and @like are ""
// for all.
constexpr const char* kSchemas =
    "SELECT CATALOG_NAME AS [catalog], SCHEMA_NAME AS [name], CAST(NULL AS nvarchar(1)) AS [comment] "
    "FROM INFORMATION_SCHEMA.SCHEMATA WHERE (@schema = N'' OR SCHEMA_NAME = @schema) AND (@like = N'' OR "
    "SCHEMA_NAME LIKE @like) "
    "AND @object = @object ORDER BY SCHEMA_NAME";

constexpr const char* kObjects =
    "SELECT TABLE_SCHEMA AS [schema], TABLE_NAME AS [name], CASE TABLE_TYPE WHEN 'VIEW' THEN N'view' ELSE "
    "N'table' END AS [type], "
    "CAST(NULL AS nvarchar(1)) AS [comment], CAST(NULL AS bigint) AS [row_estimate], CAST(NULL AS bigint) AS "
    "[bytes] "
    "FROM INFORMATION_SCHEMA.TABLES WHERE (@schema = N'' OR TABLE_SCHEMA = @schema) AND (@object = N'' OR "
    "TABLE_NAME = @object) "
    "AND (@like = N'' OR TABLE_NAME LIKE @like) ORDER BY TABLE_SCHEMA, TABLE_NAME";

constexpr const char* kColumns =
    "SELECT c.TABLE_SCHEMA AS [schema], c.TABLE_NAME AS [object], CAST(c.ORDINAL_POSITION AS int) AS "
    "[position], "
    "c.COLUMN_NAME AS [name], CASE "
    "WHEN c.DATA_TYPE IN ('xml', 'text', 'ntext', 'image', 'geography', 'geometry', 'hierarchyid', "
    "'sql_variant') THEN c.DATA_TYPE "
    "WHEN c.CHARACTER_MAXIMUM_LENGTH = -1 THEN CONCAT(c.DATA_TYPE, N'(max)') "
    "WHEN c.CHARACTER_MAXIMUM_LENGTH IS NOT NULL THEN CONCAT(c.DATA_TYPE, N'(', c.CHARACTER_MAXIMUM_LENGTH, "
    "N')') "
    "WHEN c.DATA_TYPE IN ('decimal', 'numeric') THEN CONCAT(c.DATA_TYPE, N'(', c.NUMERIC_PRECISION, N',', "
    "c.NUMERIC_SCALE, N')') "
    "WHEN c.DATA_TYPE IN ('datetime2', 'time', 'datetimeoffset') THEN CONCAT(c.DATA_TYPE, N'(', "
    "c.DATETIME_PRECISION, N')') "
    "ELSE c.DATA_TYPE END AS [native_type], "
    "CAST(CASE c.IS_NULLABLE WHEN 'YES' THEN 1 ELSE 0 END AS bit) AS [nullable], "
    "CAST(CASE WHEN EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE k JOIN "
    "INFORMATION_SCHEMA.TABLE_CONSTRAINTS t "
    "ON t.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = k.CONSTRAINT_NAME "
    "WHERE t.CONSTRAINT_TYPE = 'PRIMARY KEY' AND k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = "
    "c.TABLE_NAME "
    "AND k.COLUMN_NAME = c.COLUMN_NAME) THEN 1 ELSE 0 END AS bit) AS [is_primary_key], "
    "c.COLUMN_DEFAULT AS [default_value], CAST(NULL AS nvarchar(1)) AS [generated], CAST(NULL AS "
    "nvarchar(1)) AS [comment], "
    "CAST(0 AS bit) AS [inferred] "
    "FROM INFORMATION_SCHEMA.COLUMNS c WHERE (@schema = N'' OR c.TABLE_SCHEMA = @schema) "
    "AND (@object = N'' OR c.TABLE_NAME = @object) AND (@like = N'' OR c.COLUMN_NAME LIKE @like) "
    "ORDER BY c.TABLE_SCHEMA, c.TABLE_NAME, c.ORDINAL_POSITION";

const char* query_for(std::int32_t kind) {
  switch (kind) {
    case DBMUX_META_SCHEMAS:
      return kSchemas;
    case DBMUX_META_OBJECTS:
      return kObjects;
    case DBMUX_META_COLUMNS:
      return kColumns;
    default:
      return nullptr;
  }
}

// Nobody is on the way to this machine itself.
bool is_near(std::string_view server) {
  return server == "localhost" || server == "::1" || server.starts_with("127.");
}

// Of what the options ask for: a session that is not as they say is refused.
kit::CursorResult health(const Options& o) {
  auto rows = kit::rows_of({{"check"}, {"status"}, {"value"}, {"advice"}});
  const bool plain = !o.encrypt && !is_near(o.server);
  rows->add({kit::text("TLS"), kit::text(plain ? "warn" : "ok"),
             kit::text(!o.encrypt                   ? "asked for the login only"
                       : o.trust_server_certificate ? "required; who the server is is not checked"
                                                    : "required; issuer and name of the server are checked"),
             kit::text(plain ? "Everybody on the way can read along: set encrypt: true." : "")});
  return rows;
}

}  // namespace

kit::CursorResult Connection::introspect(kit::Call call, std::int32_t kind, const dbmux_object& object,
                                         std::string_view like) {
  if (kind == DBMUX_META_HEALTH) return health(source_.options());
  const char* text = query_for(kind);
  if (!text)
    return kit::fail(DBMUX_E_UNSUPPORTED,
                     "this kind of introspection is not offered yet: schemas, objects and columns are");
  const auto value = [](std::string_view name, std::string_view v) {
    dbmux_param p{};
    p.name = kit::str(name);
    p.value = kit::text(v);
    return p;
  };
  const std::array params{value("schema", kit::view(object.schema)), value("object", kit::view(object.name)),
                          value("like", like)};
  dbmux_request request{};
  request.size = sizeof request;
  request.text = kit::str(text);
  request.params = params.data();
  request.n_params = params.size();
  return query_own(call, request);
}

}  // namespace dbmux::mssql
