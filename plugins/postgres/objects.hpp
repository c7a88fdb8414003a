#pragma once
// The question to the server's catalogue for tables, views, sequences and the like. Its parameters are those
// of catalogue.hpp.
#include <string>

namespace dbmux::postgres {

// The relations that are asked for: alias c, their schema n.
inline constexpr const char* kAsked =
    " CASE WHEN $1::text <> '' THEN n.nspname = $1 WHEN $2::text <> '' THEN pg_table_is_visible(c.oid)"
    " ELSE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' END"
    " AND ($2::text = '' OR c.relname = $2) AND has_schema_privilege(n.oid, 'USAGE')";

enum class Objects {
  named,
  list,
  plain_list,  // cheaper; right where no row says that it is a partition or has some
};
std::string objects_query(Objects);
// What the column `type` says of a partition and of a table that may have some.
inline constexpr const char* kPartition = "partition";
inline constexpr const char* kPartitioned = "partitioned table";

}  // namespace dbmux::postgres
