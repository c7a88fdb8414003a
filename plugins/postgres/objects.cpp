#include "objects.hpp"

namespace dbmux::postgres {

namespace {

// The planner's figures, or before it has any those of the statistics. PostgreSQL 13 says 0 where later ones
// say -1.
constexpr const char* kParts =
    "WITH RECURSIVE part (root, relid) AS ("
    "SELECT i.inhparent, i.inhrelid FROM pg_catalog.pg_inherits i"
    " JOIN pg_catalog.pg_class p ON p.oid = i.inhparent AND p.relkind = 'p' WHERE $2::text = '' OR p.relname "
    "= $2"
    " UNION ALL SELECT part.root, i.inhrelid FROM part JOIN pg_catalog.pg_inherits i ON i.inhparent = "
    "part.relid"
    "), whole AS (SELECT part.root, sum(CASE WHEN k.reltuples > 0 OR k.reltuples = 0 AND (k.relpages > 0 OR"
    " current_setting('server_version_num')::int >= 140000)"
    " THEN k.reltuples::bigint ELSE pg_stat_get_live_tuples(k.oid) END)::bigint AS tuples,"
    " sum(k.relpages::bigint)::bigint AS pages FROM part JOIN pg_catalog.pg_class k ON k.oid = part.relid"
    " AND k.relkind IN ('r','f') GROUP BY part.root)";
// Read once, and not looked up in an index for each of thousands of relations.
constexpr const char* kTold =
    "told AS MATERIALIZED (SELECT objoid, description FROM pg_catalog.pg_description"
    " WHERE classoid = 'pg_catalog.pg_class'::regclass AND objsubid = 0)";
constexpr const char* kParents =
    "parents AS MATERIALIZED (SELECT i.inhrelid, pn.nspname, pc.relname FROM pg_catalog.pg_inherits i"
    " JOIN pg_catalog.pg_class pc ON pc.oid = i.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid ="
    " pc.relnamespace)";

constexpr const char* kNames =
    " SELECT n.nspname AS schema, c.relname AS name, CASE WHEN c.relispartition THEN 'partition'"
    " ELSE CASE c.relkind WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized "
    "view'"
    " WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' ELSE 'table' END END AS type,"
    " d.description AS comment,";

// tuples and pages are those of all partitions.
std::string sizes(const std::string& tuples, const std::string& pages) {
  return " CASE WHEN c.relkind = 'p' THEN " + tuples +
         " WHEN c.relkind IN ('r','m','f') THEN"
         " CASE WHEN c.reltuples > 0 OR c.reltuples = 0 AND (c.relpages > 0 OR"
         " current_setting('server_version_num')::int >= 140000) THEN c.reltuples::bigint"
         " WHEN c.relkind <> 'f' THEN pg_stat_get_live_tuples(c.oid) END END AS row_estimate,"
         " CASE WHEN c.relkind = 'p' THEN " +
         pages +
         " WHEN c.relkind IN ('r','m') THEN c.relpages::bigint END"
         " * current_setting('block_size')::bigint AS bytes";
}
std::string sizes_of_all() { return sizes("coalesce(w.tuples, 0)", "coalesce(w.pages, 0)"); }

constexpr const char* kFrom =
    ", true AS keeps_estimates FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
    "c.relnamespace";

std::string named() {
  return kParts + std::string(kNames) + sizes_of_all() +
         ", pn.nspname AS parent_schema, pc.relname AS parent,"
         " CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,"
         " CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS partition_bound" +
         kFrom +
         " LEFT JOIN pg_catalog.pg_description d ON d.objoid = c.oid"
         " AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0"
         " LEFT JOIN whole w ON w.root = c.oid"
         " LEFT JOIN pg_catalog.pg_inherits i ON c.relispartition AND i.inhrelid = c.oid"
         " LEFT JOIN pg_catalog.pg_class pc ON pc.oid = i.inhparent"
         " LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace";
}

std::string plain_list() {
  return std::string("WITH ") + kTold + kNames + sizes("0", "0") + kFrom +
         " LEFT JOIN told d ON d.objoid = c.oid";
}

std::string list() {
  return std::string(kParts) + ", " + kTold + ", " + kParents + kNames + sizes_of_all() +
         ", i.nspname AS parent_schema, i.relname AS parent" + kFrom +
         " LEFT JOIN told d ON d.objoid = c.oid LEFT JOIN whole w ON w.root = c.oid"
         " LEFT JOIN parents i ON c.relispartition AND i.inhrelid = c.oid";
}

// A column's own sequence is told with the column. Views that extensions brought are told where they are
// asked for by name. One question to pg_depend for both: the planner takes it for dear, once a relation.
constexpr const char* kWhere =
    " WHERE (c.relkind IN ('r','p','m','f') OR c.relkind IN ('v','S') AND NOT EXISTS (SELECT FROM"
    " pg_catalog.pg_depend o WHERE o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = c.oid AND CASE"
    " c.relkind WHEN 'v' THEN $2::text = '' AND o.deptype = 'e' ELSE o.deptype IN ('a','i') AND o.refclassid "
    "="
    " 'pg_catalog.pg_class'::regclass END)) AND";
constexpr const char* kEnd =
    " AND ($3::text = '' OR c.relname ILIKE $3 ESCAPE '' OR d.description ILIKE $3 ESCAPE '')"
    " ORDER BY n.nspname, c.relname";

}  // namespace

std::string objects_query(Objects which) {
  const auto columns = which == Objects::named ? named() : which == Objects::list ? list() : plain_list();
  return columns + kWhere + kAsked + kEnd;
}

}  // namespace dbmux::postgres
