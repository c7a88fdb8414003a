#include <algorithm>
#include <map>

#include "operations/context.hpp"
#include "schema/tables.hpp"

namespace dbmux {

namespace {

constexpr std::chrono::milliseconds kCountingWholeList{200};

using Counts = std::map<const TableEntry*, RowCount>;

// Exactly, of engines whose estimates are not kept up by themselves, for as long as there is time.
Result<Counts> counted(Request& request, const std::vector<TableEntry>& tables) {
  Counts counts;
  const bool wanted =
      std::any_of(tables.begin(), tables.end(), [](const auto& t) { return !t.keeps_estimates; });
  if (!wanted) return counts;
  auto done = with_session(request.call, *request.connection, true, [&](Lease& lease) -> Result<void> {
    const auto counting_ends = Clock::now() + kCountingWholeList;
    for (const auto& t : tables) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(counting_ends - Clock::now());
      if (left.count() <= 0) break;
      if (!t.keeps_estimates)
        counts[&t] = count_rows(request.call, lease.conn(), {{}, t.schema, t.name}, left);
    }
    return {};
  });
  if (!done) return fail(std::move(done.error()));
  return counts;
}

// How many partitions each table has, at any depth.
std::map<std::string, int> partitions_of(const std::vector<TableEntry>& tables) {
  std::map<std::string, std::string> parents;
  for (const auto& t : tables)
    if (!t.parent.empty()) parents[shown({{}, t.schema, t.name})] = t.parent;
  std::map<std::string, int> partitions;
  for (const auto& [name, parent] : parents) {
    auto root = parent;
    for (auto at = parents.find(root); at != parents.end(); at = parents.find(root)) root = at->second;
    ++partitions[root];
  }
  return partitions;
}

int partitions_in(const std::map<std::string, int>& partitions, const TableEntry& table) {
  if (partitions.empty()) return 0;
  const auto at = partitions.find(shown({{}, table.schema, table.name}));
  return at == partitions.end() ? 0 : at->second;
}

std::string item_json(const TableEntry& table, const RowCount& count, int partitions, bool with_schema) {
  constexpr std::size_t kUsual = 256;
  std::string item;
  item.reserve(kUsual + table.comment.size());
  const auto add_text = [&item](std::string_view key, std::string_view text) {
    add_member(item, key, "");
    append_quoted(item, text);
  };
  item += '{';
  add_text("name", table.name);
  add_text("kind", table.kind);
  if (partitions > 0) add_member(item, "partitions", std::to_string(partitions));
  add_member(item, "row_count", count.rows ? std::to_string(*count.rows) : "null");
  add_text("row_count_is", count.is);
  if (!table.comment.empty()) add_text("comment", table.comment);
  if (with_schema) add_text("schema", table.schema);
  item += '}';
  return item;
}

}  // namespace

Result<void> list_tables(Request& request) {
  const auto schema = schema_argument(request);
  request.record.statement = "list tables";
  auto tables = tables_of(request, schema);
  if (!tables) return fail(explained(std::move(tables.error()), request));
  auto counts = counted(request, **tables);
  if (!counts) return fail(explained(std::move(counts.error()), request));
  const auto partitions = partitions_of(**tables);

  // What statements find without its schema comes first.
  const auto own = words_of(request.context, *request.connection).default_schema;
  std::vector<const TableEntry*> ordered;
  for (const auto& t : **tables)
    if (t.parent.empty()) ordered.push_back(&t);
  std::stable_partition(ordered.begin(), ordered.end(), [&](const auto* t) { return t->schema == own; });
  auto shown_schema = schema;
  if (shown_schema.empty()) shown_schema = ordered.empty() ? own : ordered.front()->schema;

  ListAnswer list(limits_of(request));
  for (const auto* t : ordered) {
    RowCount count;
    if (const auto at = counts->find(t); at != counts->end()) {
      count = at->second;
    } else if (t->row_estimate) {
      count = {*t->row_estimate, "estimate"};
    }
    if (!list.add(item_json(*t, count, partitions_in(partitions, *t), t->schema != shown_schema))) break;
  }
  request.record.rows = list.size();
  request.answer.text("{\"schema\":" + json_quote(shown_schema) + ",\"tables\":[" + list.items() + "]" +
                      list.facts("find tables by name with search_tables") + "}");
  return {};
}

}  // namespace dbmux
