#include "operations/context.hpp"

namespace dbmux {

Result<SchemaCache::Tables> tables_of(Context& context, Call& call,
                                      const std::shared_ptr<Connection>& connection, std::string_view schema,
                                      bool fresh) {
  return context.tables.tables(call, connection, schema, fresh, [&]() -> Result<std::vector<TableEntry>> {
    std::vector<TableEntry> tables;
    auto done = with_session(call, *connection, true, [&](Lease& lease) -> Result<void> {
      auto read = list_tables(call, lease.conn(), schema);
      if (!read) return fail(read.error());
      tables = std::move(*read);
      return {};
    });
    if (!done) return fail(std::move(done.error()));
    return tables;
  });
}

Result<SchemaCache::Tables> tables_of(Request& request, std::string_view schema) {
  const auto* fresh = request.arguments.get("refresh");
  return tables_of(request.context, request.call, request.connection, schema,
                   fresh && fresh->IsBool() && fresh->GetBool());
}

}  // namespace dbmux
