#pragma once
// The kinds of introspection. Each runs within the running call; columns as dbmux.introspect/1 fixes them.
// A schema is a database; without one: the connection's.
#include "connection.hpp"

namespace dbmux::mongodb {

kit::CursorResult schemas_meta(Connection&, std::string_view like);
kit::CursorResult objects_meta(Connection&, const dbmux_object&, std::string_view like);
kit::CursorResult columns_meta(Connection&, const dbmux_object&, std::string_view like);

struct Collection {
  std::string name;
  std::string type;  // collection, view, timeseries
};
// Those of a database, by name; without the server's own. name: only that one, and not_found without it.
kit::Result<std::vector<Collection>> collections_of(Connection&, const std::string& database,
                                                    std::string_view name, std::string_view like);
std::string database_of(const Connection&, const dbmux_object&);

}  // namespace dbmux::mongodb
