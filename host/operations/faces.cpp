#include "operations/faces.hpp"

#include <algorithm>
#include <array>

namespace dbmux {

namespace {

using Type = Argument::Type;

constexpr Argument kSchema{.name = "schema", .description = "default: the engine's own{schemas}"};
constexpr Argument kSchemaQuietly{.name = "schema"};
constexpr Argument kTable{.name = "table_name", .required = true};
constexpr Argument kQuery{.name = "query", .required = true};
constexpr Argument kParams{
    .name = "params", .type = Type::list_or_object, .description = "values for {params}, in order"};
constexpr Argument kParamsQuietly{.name = "params", .type = Type::list_or_object};
constexpr Argument kLimit{.name = "limit", .type = Type::integer};
constexpr Argument kFormat{.name = "format", .listed = false, .one_of = "json,objects,csv,markdown,ndjson"};

constexpr Argument kRefresh{.name = "refresh", .type = Type::boolean, .listed = false};

constexpr std::array kListTables{kSchema, kRefresh};
constexpr std::array kDescribeTable{kTable, kSchemaQuietly};
constexpr std::array kSearchTables{Argument{.name = "search_term", .required = true}, kSchemaQuietly,
                                   Argument{.name = "detail", .listed = false, .one_of = "names,full"},
                                   kRefresh};
constexpr std::array kExecuteQuery{
    Argument{.name = "query"},
    kParams,
    Argument{.name = "limit", .type = Type::integer, .description = "rows; default 100"},
    Argument{.name = "next"},
    kFormat,
    Argument{.name = "keep", .type = Type::boolean, .listed = false},
    Argument{.name = "save", .listed = false, .one_of = "csv,json,ndjson"}};
constexpr std::array kReadTable{kTable, kSchemaQuietly, kLimit,
                                Argument{.name = "offset", .type = Type::integer}};
constexpr std::array kGetTableStats{kTable, kSchemaQuietly};
constexpr std::array kExplainQuery{kQuery, kParamsQuietly,
                                   Argument{.name = "analyze", .type = Type::boolean, .listed = false}};
constexpr std::array kExecuteUpdate{kQuery, kParamsQuietly};
constexpr std::array kConnect{Argument{.name = "connectionId", .required = true},
                              Argument{.name = "type", .required = true},
                              Argument{.name = "config", .type = Type::object}};
constexpr std::array kDisconnect{Argument{.name = "connectionId", .required = true}};
constexpr std::array kTopQueries{kLimit};
constexpr std::array kHistory{kLimit, Argument{.name = "connectionId", .listed = false}};
constexpr std::span<const Argument> kNone{};

constexpr auto kDocument = Shape::document;

// In the order in which clients list them.
constexpr std::array kRows{
    FaceRow{"list_tables", "list-tables", "List tables", list_tables, kDocument,
            "List the tables, views and collections of a database schema with their row counts. Start here.",
            kListTables, true, false, true},
    FaceRow{
        "describe_table", "describe-table", "Describe a table", describe_table, kDocument,
        "Columns, types, keys, constraints, indexes and foreign keys of one table or collection. Use before "
        "writing a query against it.",
        kDescribeTable, true, false, true},
    FaceRow{
        "search_tables", "search-tables", "Search tables", search_tables, kDocument,
        "Find tables and columns whose name or comment contains a word. Use instead of list_tables when the "
        "schema is large.",
        kSearchTables, true, false, true},
    FaceRow{"execute_query", "", "Run a query", execute_query, kDocument,
            "Run one read-only database query: {query}. Bind values with params, never paste them in. An "
            "answer that "
            "was cut says so and gives `next`: call again with only that.",
            kExecuteQuery, true, false, true},
    FaceRow{"read_table", "read-table", "Read a table", read_table, kDocument,
            "Page through the rows of one table in key order. For filters, joins or sums use execute_query.",
            kReadTable, true, false, true},
    FaceRow{"get_table_stats", "get-table-stats", "Table statistics", get_table_stats, kDocument,
            "Row count, size on disk and distribution of column types of one table.", kGetTableStats, true,
            false, true},
    FaceRow{
        "explain_query", "explain-query", "Explain a query", explain_query, kDocument,
        "Show the plan and estimated cost of a query without running it. Use for slow or very large queries.",
        kExplainQuery, true, false, true},
    FaceRow{"execute_update", "", "Change data", execute_update, kDocument,
            "Change data. Shows how many rows changed.", kExecuteUpdate, true, true, false},
    FaceRow{"list_connections", "list-connections", "List connections", list_connections, kDocument,
            "The databases that can be reached here, with their state.", kNone, false, false, false},
    FaceRow{"health_check", "health-check", "Check health", health_check, kDocument,
            "Is this database well? Checks with advice.", kNone, true, false, false},
    FaceRow{"top_queries", "top-queries", "Top queries", top_queries, kDocument,
            "The statements that took this database most time.", kTopQueries, true, false, false},
    FaceRow{"query_history", "query-history", "Query history", query_history, kDocument,
            "The last calls of this process, newest first, without parameter values.", kHistory, false, false,
            false},
    FaceRow{"connect_database", "", "Connect", connect_database, kDocument,
            "Open a further database under a name, within the operator's bounds.", kConnect, false, false,
            false},
    FaceRow{"disconnect_database", "", "Disconnect", disconnect_database, kDocument,
            "Close a database that connect_database opened.", kDisconnect, false, false, false},
    FaceRow{"execute-query", "", "Run a query", execute_query, Shape::array,
            "Run one read-only database query: {query}. Bind values with params.", kExecuteQuery, true, false,
            false},
    FaceRow{"execute-update", "", "Change data", execute_update, Shape::array, "Change data.", kExecuteUpdate,
            true, true, false},
    FaceRow{"connect-database", "", "Connect", connect_database, Shape::array,
            "Open a further database under a name, within the operator's bounds.", kConnect, false, false,
            false},
    FaceRow{"disconnect-database", "", "Disconnect", disconnect_database, Shape::array,
            "Close a database that connect-database opened.", kDisconnect, false, false, false},
};

constexpr std::array kShort{
    ShortFace{"search_tables",
              "Find database tables by name, column or comment; without search_term list all. detail full "
              "adds columns, "
              "keys and indexes."},
    ShortFace{
        "execute_query",
        "Run one read-only database query: {query}. Bind values with params. An answer that was cut gives "
        "`next`: call again with only that."}};

}  // namespace

std::span<const FaceRow> face_rows() { return kRows; }
std::span<const ShortFace> short_faces() { return kShort; }

const FaceRow* find_face(std::string_view name) {
  const auto at = std::find_if(kRows.begin(), kRows.end(), [&](const auto& r) {
    return r.name == name || (!r.hyphen.empty() && r.hyphen == name);
  });
  return at == kRows.end() ? nullptr : &*at;
}

}  // namespace dbmux
