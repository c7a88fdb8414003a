#include "operations/context.hpp"
#include "operations/table_json.hpp"
#include "schema/tables.hpp"

namespace dbmux {

namespace {

std::string match_json(const Match& match) {
  std::string json = "{";
  add_member(json, "table", json_quote(shown({{}, match.table.schema, match.table.name})));
  add_member(json, "kind", json_quote(match.table.kind));
  add_text_member(json, "partitionOf", match.table.parent);
  add_text_member(json, "comment", match.table.comment);
  std::string columns;
  for (const auto& c : match.columns) {
    std::string column = "{";
    add_member(column, "name", json_quote(c.name));
    add_member(column, "type", json_quote(c.type));
    add_text_member(column, "comment", c.comment);
    columns += (columns.empty() ? "" : ",") + column + "}";
  }
  if (!columns.empty()) add_member(json, "columns", "[" + columns + "]");
  return json + "}";
}

std::string routine_json(const RoutineEntry& routine) {
  std::string json = "{";
  add_member(json, "routine", json_quote(shown({{}, routine.schema, routine.name})));
  add_text_member(json, "kind", routine.kind);
  add_member(json, "arguments", json_quote(routine.arguments));
  add_text_member(json, "returns", routine.returns);
  add_text_member(json, "volatility", routine.volatility);
  add_text_member(json, "comment", routine.comment);
  return json + "}";
}

}  // namespace

Result<void> search_tables(Request& request) {
  const auto term = request.arguments.text("search_term");
  const bool full = request.arguments.text("detail") == "full";
  const auto schema = schema_argument(request);
  request.record.statement = "search tables for " + std::string(term);
  auto tables = tables_of(request, schema);
  if (!tables) return fail(explained(std::move(tables.error()), request));
  ListAnswer list(limits_of(request));
  auto done = with_session(request.call, *request.connection, true, [&](Lease& lease) -> Result<void> {
    list = ListAnswer(limits_of(request));
    auto matches = search(request.call, lease.conn(), **tables, schema, term);
    if (!matches) return fail(matches.error());
    for (auto& match : *matches) {
      std::string item;
      if (full) {
        const ObjectName name{{}, match.table.schema, match.table.name};
        auto d = dbmux::describe_table(request.call, lease.conn(), name);
        if (!d) return fail(d.error());
        item = table_json(*d, count_rows(request.call, lease.conn(), name, std::chrono::milliseconds(0)));
      } else {
        item = match_json(match);
      }
      if (!list.add(item)) return {};
    }
    if (term.empty()) return {};
    auto routines = search_routines(request.call, lease.conn(), schema, term);
    if (!routines) return fail(routines.error());
    for (const auto& routine : *routines)
      if (!list.add(routine_json(routine))) break;
    return {};
  });
  if (!done) return fail(explained(std::move(done.error()), request));
  request.record.rows = list.size();
  request.answer.text("{\"matches\":[" + list.items() + "]" + list.facts("use a longer search_term") + "}");
  return {};
}

}  // namespace dbmux
