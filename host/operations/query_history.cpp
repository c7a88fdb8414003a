#include "base/time.hpp"
#include "operations/context.hpp"

namespace dbmux {

Result<void> query_history(Request& request) {
  request.record.statement = "query history";
  const auto most = request.arguments.integer("limit").value_or(50);
  if (most < 1) return fail(Category::invalid, "limit must be at least 1");
  const auto only = request.arguments.text("connectionId");
  ListAnswer list(request.context.profile.connections.empty()
                      ? Limits{}
                      : request.context.profile.connections.front().limits);
  for (const auto& r : request.context.journal.newest(RingJournal::kRecords)) {
    if (list.size() >= most) break;
    if (r.principal != request.call.principal().name || (!only.empty() && r.connection != only)) continue;
    std::string item = "{";
    add_member(item, "at", json_quote(iso8601(r.at)));
    add_member(item, "operation", json_quote(r.operation));
    add_member(item, "connection", r.connection.empty() ? "null" : json_quote(r.connection));
    add_member(item, "statement", json_quote(r.statement));
    add_member(item, "ms", std::to_string(r.elapsed_ms));
    add_member(item, "rows", r.rows < 0 ? "null" : std::to_string(r.rows));
    add_member(item, "error", r.error ? json_quote(to_string(*r.error)) : "null");
    if (!list.add(item + "}")) break;
  }
  request.answer.text("{\"calls\":[" + list.items() + "]" +
                      (list.cut() ? list.facts("ask for fewer with limit") : "") + "}");
  return {};
}

}  // namespace dbmux
