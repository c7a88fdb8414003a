#include "catalogue.hpp"

#include "dbmux/plugin.h"
#include "objects.hpp"

namespace dbmux::postgres {

namespace {

// Descriptions are joined and not asked of obj_description(), which is a statement of its own a row.
constexpr const char* kCatalogs =
    "SELECT d.datname AS name, s.description AS comment FROM pg_catalog.pg_database d"
    " LEFT JOIN pg_catalog.pg_shdescription s ON s.objoid = d.oid AND s.classoid ="
    " 'pg_catalog.pg_database'::regclass"
    " WHERE d.datallowconn AND NOT d.datistemplate AND $1::text IS NOT NULL AND $2::text IS NOT NULL"
    " AND ($3::text = '' OR d.datname ILIKE $3 ESCAPE '') ORDER BY d.datname <> current_database(), "
    "d.datname";

constexpr const char* kSchemas =
    "SELECT current_database() AS catalog, n.nspname AS name, d.description AS comment"
    " FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_description d ON d.objoid = n.oid"
    " AND d.classoid = 'pg_catalog.pg_namespace'::regclass AND d.objsubid = 0"
    " WHERE CASE WHEN $1::text <> '' THEN n.nspname = $1"
    " ELSE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' END"
    " AND has_schema_privilege(n.oid, 'USAGE') AND $2::text IS NOT NULL"
    " AND ($3::text = '' OR n.nspname ILIKE $3 ESCAPE '') ORDER BY n.nspname";

// The relations that are asked for: alias c, their schema n.
constexpr const char* kFrom =
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
// Views that extensions brought are told where they are asked for by name.
constexpr const char* kOwn =
    " AND ($2::text <> '' OR c.relkind <> 'v' OR NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE "
    "e.classid ="
    " 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'))";
constexpr const char* kTables = " WHERE c.relkind IN ('r','p','v','m','f') AND";

// Of enums, their arrays and domains over them the values; of domains what they stand for.
constexpr const char* kColumns =
    "SELECT n.nspname AS schema, c.relname AS object, a.attnum::int AS position, a.attname AS name,"
    " format_type(a.atttypid, a.atttypmod) AS native_type,"
    " NOT (a.attnotnull AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint u WHERE u.conrelid = c.oid AND "
    "u.contype ="
    " 'n' AND NOT u.convalidated AND u.conkey[1] = a.attnum) OR t.typtype = 'd' AND t.typnotnull) AS "
    "nullable,"
    " coalesce(a.attnum = ANY ((k.indkey::int2[])[0:k.indnkeyatts - 1]), false) AS is_primary_key,"
    " CASE WHEN $3::text = '' AND a.attgenerated = '' THEN pg_get_expr(v.adbin, v.adrelid) END AS "
    "default_value,"
    " CASE a.attgenerated WHEN 's' THEN 'stored' WHEN '' THEN CASE a.attidentity WHEN 'a' THEN 'identity "
    "always'"
    " WHEN 'd' THEN 'identity by default' END ELSE 'virtual' END AS generated,"
    " d.description AS comment, false AS inferred,"
    " CASE WHEN t.typtype IN ('e','d') OR t.typelem <> 0 AND t.typlen = -1 THEN"
    " (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid ="
    " CASE t.typtype WHEN 'e' THEN t.oid WHEN 'd' THEN t.typbasetype ELSE t.typelem END) END AS values,"
    " CASE WHEN $3::text = '' AND a.attgenerated <> '' THEN pg_get_expr(v.adbin, v.adrelid) END AS "
    "expression,"
    " CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) || coalesce((SELECT ' ' ||"
    " string_agg(pg_get_constraintdef(r.oid), ' ' ORDER BY r.conname) FROM pg_catalog.pg_constraint r"
    " WHERE r.contypid = t.oid AND r.contype = 'c'), '') END AS base_type";
constexpr const char* kColumnsFrom =
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
    " LEFT JOIN pg_catalog.pg_index k ON k.indrelid = c.oid AND k.indisprimary"
    " LEFT JOIN pg_catalog.pg_attrdef v ON v.adrelid = c.oid AND v.adnum = a.attnum"
    " LEFT JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.classoid = "
    "'pg_catalog.pg_class'::regclass"
    " AND d.objsubid = a.attnum WHERE (c.relkind IN ('r','p','v','m','f') OR c.relkind = 'S' AND $2::text <> "
    "'') AND";
constexpr const char* kColumnsEnd =
    " AND ($3::text = '' OR a.attname ILIKE $3 ESCAPE '' OR d.description ILIKE $3 ESCAPE '')"
    " ORDER BY n.nspname, c.relname, a.attnum";

constexpr const char* kConstraints =
    "SELECT n.nspname AS schema, c.relname AS object, r.conname AS name, CASE r.contype WHEN 'c' THEN 'CHECK'"
    " WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'f' THEN 'FOREIGN KEY' ELSE 'EXCLUDE' END AS "
    "type,"
    " coalesce((SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(r.conkey) WITH ORDINALITY u (attnum, "
    "place)"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum), '[]') AS columns,"
    " pg_get_constraintdef(r.oid) AS definition, r.convalidated AS valid";
constexpr const char* kConstraintsFrom =
    " JOIN pg_catalog.pg_constraint r ON r.conrelid = c.oid AND r.contype IN ('c','p','u','f','x')";
constexpr const char* kConstraintsEnd =
    " AND ($3::text = '' OR r.conname ILIKE $3 ESCAPE '') ORDER BY n.nspname, c.relname,"
    " array_position('{p,u,x,c,f}'::\"char\"[], r.contype), r.conname";

constexpr const char* kIndexes =
    "SELECT n.nspname AS schema, c.relname AS object, x.relname AS name, i.indisunique AS unique,"
    " i.indisprimary AS primary,"
    " (SELECT json_agg(coalesce(a.attname::text, pg_get_indexdef(x.oid, g, true)) ORDER BY g)"
    " FROM generate_series(1, i.indnkeyatts::int) g LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
    " AND a.attnum = i.indkey[g - 1]) AS columns,"
    " pg_get_indexdef(x.oid) AS definition, x.relpages * current_setting('block_size')::bigint AS bytes,"
    " i.indisvalid AND i.indisready AS valid, m.amname AS method,"
    " (SELECT json_agg(a.attname ORDER BY g) FROM generate_series(i.indnkeyatts + 1, i.indnatts::int) g"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[g - 1]) AS included,"
    " pg_get_expr(i.indpred, i.indrelid, true) AS predicate";
constexpr const char* kIndexesFrom =
    " JOIN pg_catalog.pg_index i ON i.indrelid = c.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
    " JOIN pg_catalog.pg_am m ON m.oid = x.relam";
constexpr const char* kIndexesEnd =
    " AND ($3::text = '' OR x.relname ILIKE $3 ESCAPE '') ORDER BY n.nspname, c.relname, i.indisprimary DESC,"
    " x.relname";

// The columns of the table whose numbers the key r lists.
std::string key_columns(const std::string& table, const std::string& numbers) {
  return "(SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(r." + numbers +
         ") WITH ORDINALITY u (attnum, place) JOIN pg_catalog.pg_attribute a ON a.attrelid = " + table +
         ".oid AND a.attnum = u.attnum)";
}

std::string key_action(const std::string& action) {
  return "CASE r." + action +
         " WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET "
         "NULL'"
         " ELSE 'SET DEFAULT' END";
}

// owner has the key r and target is what it points to, each with its schema: aliases.
std::string foreign_keys(const std::string& owner, const std::string& owner_schema, const std::string& target,
                         const std::string& target_schema) {
  return "SELECT " + owner_schema + ".nspname AS schema, " + owner +
         ".relname AS object, r.conname AS name, " + key_columns(owner, "conkey") + " AS columns, " +
         target_schema + ".nspname AS ref_schema, " + target + ".relname AS ref_object, " +
         key_columns(target, "confkey") + " AS ref_columns, " + key_action("confupdtype") +
         " AS on_update, " + key_action("confdeltype") + " AS on_delete";
}

constexpr const char* kForeignKeysFrom =
    " JOIN pg_catalog.pg_constraint r ON r.conrelid = c.oid AND r.contype = 'f'"
    " AND (r.conparentid = 0 OR c.relispartition)"
    " JOIN pg_catalog.pg_class o ON o.oid = r.confrelid JOIN pg_catalog.pg_namespace s ON s.oid = "
    "o.relnamespace";
// A key of or to a partitioned table is repeated for each of the partitions.
constexpr const char* kReferencedByFrom =
    " JOIN pg_catalog.pg_constraint r ON r.confrelid = c.oid AND r.contype = 'f' AND r.conparentid = 0"
    " JOIN pg_catalog.pg_class o ON o.oid = r.conrelid JOIN pg_catalog.pg_namespace s ON s.oid = "
    "o.relnamespace";
constexpr const char* kKeysEnd =
    " AND ($3::text = '' OR r.conname ILIKE $3 ESCAPE '') ORDER BY 1, 2, r.conname";

constexpr const char* kTriggers =
    "SELECT n.nspname AS schema, c.relname AS object, t.tgname AS name, CASE WHEN t.tgtype & 64 <> 0 THEN"
    " 'INSTEAD OF' WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' ELSE 'AFTER' END AS timing,"
    " concat_ws(' OR ', CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 16 <> 0 THEN "
    "'UPDATE'"
    " END, CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END) "
    "AS event,"
    " pg_get_triggerdef(t.oid) AS text, t.tgenabled <> 'D' AS enabled";
constexpr const char* kTriggersFrom =
    " JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal";
constexpr const char* kTriggersEnd =
    " AND ($3::text = '' OR t.tgname ILIKE $3 ESCAPE '') ORDER BY n.nspname, c.relname, t.tgname";

constexpr const char* kViewTexts =
    "SELECT n.nspname AS schema, c.relname AS object, pg_get_viewdef(c.oid, true) AS text";
constexpr const char* kViews = " WHERE c.relkind IN ('v','m') AND";
constexpr const char* kViewTextsEnd =
    " AND ($3::text = '' OR c.relname ILIKE $3 ESCAPE '') ORDER BY n.nspname, c.relname";

// What extensions brought is told where it is asked for by name.
constexpr const char* kRoutines =
    "SELECT n.nspname AS schema, p.proname AS name, pg_get_function_arguments(p.oid) AS arguments,"
    " pg_get_function_result(p.oid) AS returns, CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN "
    "'stable'"
    " ELSE 'volatile' END AS volatility, CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate'"
    " WHEN 'w' THEN 'window function' ELSE 'function' END AS kind, l.lanname AS language, d.description AS "
    "comment"
    " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
    " JOIN pg_catalog.pg_language l ON l.oid = p.prolang"
    " LEFT JOIN pg_catalog.pg_description d ON d.objoid = p.oid AND d.classoid = "
    "'pg_catalog.pg_proc'::regclass"
    " WHERE CASE WHEN $1::text <> '' THEN n.nspname = $1 WHEN $2::text <> '' THEN "
    "pg_function_is_visible(p.oid)"
    " ELSE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' END"
    " AND ($2::text = '' OR p.proname = $2) AND has_schema_privilege(n.oid, 'USAGE')"
    " AND ($2::text <> '' OR NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid ="
    " 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'))"
    " AND ($3::text = '' OR p.proname ILIKE $3 ESCAPE '' OR d.description ILIKE $3 ESCAPE '')"
    " ORDER BY n.nspname, p.proname, arguments";

constexpr const char* kDatabaseStatistics =
    "SELECT v.name, v.value::bigint AS value, v.unit FROM pg_catalog.pg_database d CROSS JOIN LATERAL (VALUES"
    " ('bytes', CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) END, "
    "'bytes'),"
    " ('connections', pg_stat_get_db_numbackends(d.oid), 'sessions'),"
    " ('commits', pg_stat_get_db_xact_commit(d.oid), 'transactions'),"
    " ('rollbacks', pg_stat_get_db_xact_rollback(d.oid), 'transactions')) v (name, value, unit)"
    " WHERE d.datname = current_database() AND $1::text IS NOT NULL AND $2::text IS NOT NULL AND $3::text IS "
    "NOT NULL";

// A partitioned table is the sum of its partitions.
constexpr const char* kTableStatistics = "WITH RECURSIVE part (relid) AS (SELECT c.oid";
constexpr const char* kTableStatisticsEnd =
    " UNION ALL SELECT i.inhrelid FROM part JOIN pg_catalog.pg_class p ON p.oid = part.relid AND p.relkind = "
    "'p'"
    " JOIN pg_catalog.pg_inherits i ON i.inhparent = part.relid),"
    " whole AS (SELECT count(*) AS relations, sum(pg_total_relation_size(k.oid)) AS total,"
    " sum(pg_indexes_size(k.oid)) AS indexes, sum(CASE WHEN k.reltoastrelid <> 0 THEN"
    " pg_total_relation_size(k.reltoastrelid) ELSE 0 END) AS toast, sum(pg_stat_get_live_tuples(k.oid)) AS "
    "live,"
    " sum(pg_stat_get_dead_tuples(k.oid)) AS dead, sum(pg_stat_get_numscans(k.oid)) AS scans,"
    " extract(epoch FROM now() - max(greatest(pg_stat_get_last_vacuum_time(k.oid),"
    " pg_stat_get_last_autovacuum_time(k.oid)))) AS vacuumed,"
    " extract(epoch FROM now() - max(greatest(pg_stat_get_last_analyze_time(k.oid),"
    " pg_stat_get_last_autoanalyze_time(k.oid)))) AS analyzed"
    " FROM part JOIN pg_catalog.pg_class k ON k.oid = part.relid)"
    " SELECT v.name, v.value::bigint AS value, v.unit FROM whole w CROSS JOIN LATERAL (VALUES"
    " ('bytes', w.total, 'bytes'), ('table_bytes', w.total - w.indexes - w.toast, 'bytes'),"
    " ('indexes_bytes', w.indexes, 'bytes'), ('toast_bytes', w.toast, 'bytes'), ('live_rows', w.live, "
    "'rows'),"
    " ('dead_rows', w.dead, 'rows'), ('full_scans', w.scans, 'scans'), ('since_vacuum', w.vacuumed, "
    "'seconds'),"
    " ('since_analyze', w.analyzed, 'seconds')) v (name, value, unit) WHERE w.relations > 0 AND $3::text IS "
    "NOT NULL";

}  // namespace

std::string catalogue_query(std::int32_t kind) {
  const std::string from = kFrom;
  switch (kind) {
    case DBMUX_META_OBJECTS:
      return objects_query(Objects::named);
    case DBMUX_META_CATALOGS:
      return kCatalogs;
    case DBMUX_META_SCHEMAS:
      return kSchemas;
    case DBMUX_META_COLUMNS:
      return kColumns + from + kColumnsFrom + kAsked + kOwn + kColumnsEnd;
    case DBMUX_META_CONSTRAINTS:
      return kConstraints + from + kConstraintsFrom + kTables + kAsked + kConstraintsEnd;
    case DBMUX_META_INDEXES:
      return kIndexes + from + kIndexesFrom + kTables + kAsked + kIndexesEnd;
    case DBMUX_META_FOREIGN_KEYS:
      return foreign_keys("c", "n", "o", "s") + from + kForeignKeysFrom + kTables + kAsked + kKeysEnd;
    case DBMUX_META_REFERENCED_BY:
      return foreign_keys("o", "s", "c", "n") + from + kReferencedByFrom + kTables + kAsked + kKeysEnd;
    case DBMUX_META_TRIGGERS:
      return kTriggers + from + kTriggersFrom + kTables + kAsked + kTriggersEnd;
    case DBMUX_META_VIEW_TEXT:
      return kViewTexts + from + kViews + kAsked + kOwn + kViewTextsEnd;
    case DBMUX_META_ROUTINES:
      return kRoutines;
    default:
      return {};
  }
}

std::string statistics_query(bool of_object) {
  if (!of_object) return kDatabaseStatistics;
  return std::string(kTableStatistics) + kFrom + kTables + kAsked + kTableStatisticsEnd;
}

}  // namespace dbmux::postgres
