#include "relation.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "connection.hpp"
#include "sql_text.hpp"

namespace dbmux::postgres {

namespace {

// A key counts for a partitioned table as a whole; with mere heirs it holds for the parent's own rows only. A
// column that is NOT NULL for new rows only (NOT VALID, since 18) makes none.
constexpr const char* kRelation =
    "SELECT n.nspname, c.relname,"
    " c.relkind IN ('r','m') AND m.amname = 'heap' AND h.heirs = 0 AS has_places,"
    " a.attname, pg_catalog.array_position(k.parts, a.attnum) AS place_in_key"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam"
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " CROSS JOIN LATERAL (SELECT count(*) AS heirs FROM pg_catalog.pg_inherits h WHERE h.inhparent = c.oid) h"
    " LEFT JOIN LATERAL (SELECT (i.indkey::int2[])[0:i.indnkeyatts - 1] AS parts"
    "  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid"
    "  JOIN pg_catalog.pg_am im ON im.oid = ic.relam"
    "  WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND im.amname = 'btree'"
    "  AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute b"
    "   WHERE b.attrelid = c.oid AND (NOT b.attnotnull OR EXISTS (SELECT FROM pg_catalog.pg_constraint u"
    "    WHERE u.conrelid = c.oid AND u.contype = 'n' AND NOT u.convalidated AND u.conkey[1] = b.attnum))"
    "   AND b.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))"
    "  ORDER BY NOT i.indisprimary, i.indnkeyatts, i.indexrelid LIMIT 1) k ON c.relkind = 'p' OR h.heirs = 0"
    " WHERE c.relkind IN ('r','p','v','m','f') AND c.relname = $2"
    " AND CASE WHEN $1::text <> '' THEN n.nspname = $1 ELSE pg_catalog.pg_table_is_visible(c.oid) END"
    " ORDER BY a.attnum";

// A table that was never analysed is empty or unknown; one that was has grown like its file.
constexpr const char* kEstimate =
    "SELECT CASE WHEN count(*) = count(l.rows) THEN sum(l.rows)::bigint END, n.nspname, c.relname"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " CROSS JOIN LATERAL (SELECT CASE WHEN t.relkind = 'v' OR t.reltuples < 0 AND t.relkind = 'f' THEN NULL"
    "  WHEN t.relkind = 'f' THEN t.reltuples WHEN pg_catalog.pg_relation_size(t.oid) = 0 THEN 0"
    "  WHEN t.reltuples < 0 OR t.relpages = 0 THEN NULL"
    "  ELSE t.reltuples / t.relpages * (pg_catalog.pg_relation_size(t.oid)"
    "   / pg_catalog.current_setting('block_size')::float8) END AS rows"
    "  FROM pg_catalog.pg_class t WHERE CASE WHEN c.relkind = 'p' THEN t.oid IN (SELECT p.relid"
    "   FROM pg_catalog.pg_partition_tree(c.oid) p WHERE p.isleaf) ELSE t.oid = c.oid END) l"
    " WHERE c.relkind IN ('r','p','v','m','f') AND c.relname = $2"
    " AND CASE WHEN $1::text <> '' THEN n.nspname = $1 ELSE pg_catalog.pg_table_is_visible(c.oid) END"
    " GROUP BY c.oid, n.nspname, c.relname";

kit::Result<Parameters> name_of(const dbmux_object& object) {
  Parameters names;
  for (const auto text : {kit::view(object.schema), kit::view(object.name)}) {
    if (text.find('\0') != std::string_view::npos)
      return kit::fail(DBMUX_E_INVALID, "a name holds a NUL character");
    names.add(text);
  }
  return names;
}

kit::Result<ResultHandle> look_up(Connection& connection, const char* query, const dbmux_object& object) {
  auto names = name_of(object);
  if (!names) return names.failure();
  auto found = connection.look_up(query, *names);
  if (!found) return found.failure();
  if (PQntuples(found->get()) > 0) return found;
  const auto name = std::string(kit::view(object.name));
  const auto schema = std::string(kit::view(object.schema));
  return kit::fail(DBMUX_E_NOT_FOUND, "there is no table or view '" + name + "'" +
                                          (schema.empty() ? "" : " in the schema '" + schema + "'"))
      .object(name);
}

}  // namespace

std::string Relation::quoted() const { return quoted_name(schema) + '.' + quoted_name(name); }

kit::Result<Relation> find_relation(Connection& connection, const dbmux_object& object) {
  auto found = look_up(connection, kRelation, object);
  if (!found) return found.failure();
  const auto* rows = found->get();
  Relation relation;
  relation.schema = PQgetvalue(rows, 0, 0);
  relation.name = PQgetvalue(rows, 0, 1);
  relation.has_places = PQgetvalue(rows, 0, 2)[0] == 't';
  std::vector<std::pair<int, std::string>> key;
  for (int i = 0; i < PQntuples(rows); ++i) {
    if (PQgetisnull(rows, i, 3)) continue;  // a table of no columns
    relation.columns.emplace_back(PQgetvalue(rows, i, 3));
    if (!PQgetisnull(rows, i, 4))
      key.emplace_back(std::atoi(PQgetvalue(rows, i, 4)), relation.columns.back());
  }
  std::sort(key.begin(), key.end());
  for (auto& part : key) relation.key.push_back(std::move(part.second));
  return relation;
}

kit::Result<Estimate> estimate_of(Connection& connection, const dbmux_object& object) {
  auto found = look_up(connection, kEstimate, object);
  if (!found) return found.failure();
  const auto* row = found->get();
  Estimate estimate;
  if (!PQgetisnull(row, 0, 0)) estimate.rows = std::atoll(PQgetvalue(row, 0, 0));
  estimate.relation = quoted_name(PQgetvalue(row, 0, 1)) + '.' + quoted_name(PQgetvalue(row, 0, 2));
  return estimate;
}

}  // namespace dbmux::postgres
