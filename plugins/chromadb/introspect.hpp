#pragma once
// The kinds of introspection. Each runs within the running call; columns as dbmux.introspect/1 fixes them.
// A schema is a database of the tenant; without one: the connection's.
#include "connection.hpp"

namespace dbmux::chromadb {

kit::CursorResult schemas_meta(Connection&, kit::Result<rapidjson::Document> databases,
                               std::string_view like);
kit::CursorResult objects_meta(Connection&, const dbmux_object&, std::string_view like);
kit::CursorResult columns_meta(Connection&, const dbmux_object&, std::string_view like);

}  // namespace dbmux::chromadb
