#include "base/text.hpp"
#include "operations/context.hpp"
#include "schema/tables.hpp"

namespace dbmux {

namespace {

constexpr std::int64_t kUsual = 10;

std::string query_json(const MetaRows& rows, std::size_t i) {
  std::string item = "{";
  add_member(item, "text", json_quote(rows.text(i, "text")));
  for (const auto* figure : {"calls", "total_ms", "mean_ms", "rows"}) {
    const auto value = rows.text(i, figure);
    add_member(item, figure, value.empty() ? "null" : value);
  }
  return item + "}";
}

}  // namespace

Result<void> top_queries(Request& request) {
  request.record.statement = "top queries";
  const auto most = request.arguments.integer("limit").value_or(kUsual);
  if (most < 1) return fail(Category::invalid, "limit must be at least 1");
  ListAnswer list(limits_of(request));
  auto done = with_session(request.call, *request.connection, true, [&](Lease& lease) -> Result<void> {
    list = ListAnswer(limits_of(request));
    auto rows = MetaRows::read(request.call, lease.conn(), Meta::top_queries);
    if (!rows) return fail(std::move(rows.error()));
    for (std::size_t i = 0; i < rows->size() && list.size() < most; ++i)
      if (!list.add(query_json(*rows, i))) break;
    return {};
  });
  if (!done) return fail(explained(std::move(done.error()), request));
  request.record.rows = list.size();
  request.answer.text("{\"connection\":" + json_quote(request.connection->name()) + ",\"queries\":[" +
                      list.items() + "]" + list.facts("ask for fewer with limit") + "}");
  return {};
}

}  // namespace dbmux
