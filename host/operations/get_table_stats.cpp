#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "operations/context.hpp"
#include "schema/tables.hpp"

namespace dbmux {

namespace {

constexpr std::chrono::milliseconds kCountBudget{1000};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

Result<void> get_table_stats(Request& request) {
  const auto name = table_argument(request);
  request.record.statement = "statistics of " + shown(name);
  std::string json = "{";
  auto done = with_session(request.call, *request.connection, true, [&](Lease& lease) -> Result<void> {
    json = "{";
    auto d = dbmux::describe_table(request.call, lease.conn(), name);
    if (!d) return fail(d.error());
    const ObjectName found{{}, d->table.schema, d->table.name};
    const auto count = count_rows(request.call, lease.conn(), found, kCountBudget);
    add_member(json, "table", json_quote(shown(found)));
    add_member(json, "row_count", count.rows ? std::to_string(*count.rows) : "null");
    add_member(json, "row_count_is", json_quote(count.is));

    std::map<std::string, int> types;
    for (const auto& c : d->columns) ++types[c.type.empty() ? "(none)" : lower(c.type)];
    std::string type_counts = "{";
    for (const auto& [type, n] : types)
      type_counts += (type_counts.size() > 1 ? "," : "") + json_quote(type) + ":" + std::to_string(n);
    type_counts += "}";

    auto stats = MetaRows::read(request.call, lease.conn(), Meta::stats, found);
    if (!stats && stats.error().category != Category::unsupported) return fail(stats.error());
    const auto stat = [&](std::string_view which) -> std::optional<std::int64_t> {
      for (std::size_t i = 0; stats && i < stats->size(); ++i)
        if (stats->text(i, "name") == which) return stats->integer(i, "value");
      return std::nullopt;
    };
    const auto bytes = stat("bytes");
    add_member(json, "bytes", bytes ? std::to_string(*bytes) : "null");
    add_member(json, "column_types", type_counts);
    if (const auto indexes = stat("indexes_bytes"))
      add_member(json, "indexes_bytes", std::to_string(*indexes));
    return {};
  });
  if (!done) return fail(explained(std::move(done.error()), request));
  request.answer.text(json + "}");
  return {};
}

}  // namespace dbmux
