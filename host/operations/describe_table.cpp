#include <algorithm>

#include "base/text.hpp"
#include "operations/context.hpp"
#include "operations/table_json.hpp"
#include "schema/tables.hpp"

namespace dbmux {

std::string column_json(const ColumnEntry& c) {
  std::string json = "{";
  add_member(json, "name", json_quote(c.name));
  add_member(json, "type", json_quote(c.type));
  add_member(json, "nullable", c.nullable ? "true" : "false");
  add_member(json, "isPrimaryKey", c.primary_key ? "true" : "false");
  if (c.default_value) add_member(json, "defaultValue", json_quote(*c.default_value));
  if (c.generated) add_member(json, "generated", json_quote(*c.generated));
  add_text_member(json, "expression", c.expression);
  add_text_member(json, "baseType", c.base_type);
  if (!c.values.empty()) add_member(json, "values", json_list(c.values));
  add_text_member(json, "comment", c.comment);
  if (c.inferred) add_member(json, "inferred", "true");
  return json + "}";
}

namespace {

std::string with_columns(const std::string& table, const std::vector<std::string>& columns) {
  return table + "(" + joined(columns, ", ") + ")";
}

std::string foreign_keys_json(const std::vector<ForeignKey>& keys) {
  std::string json;
  for (const auto& k : keys) {
    std::string item = "{";
    add_member(item, "columns", json_list(k.columns));
    add_member(item, "references", json_quote(with_columns(k.references, k.reference_columns)));
    if (!k.on_update.empty() && k.on_update != "NO ACTION")
      add_member(item, "onUpdate", json_quote(k.on_update));
    if (!k.on_delete.empty() && k.on_delete != "NO ACTION")
      add_member(item, "onDelete", json_quote(k.on_delete));
    json += (json.empty() ? "" : ",") + item + "}";
  }
  return "[" + json + "]";
}

std::string indexes_json(const std::vector<IndexEntry>& indexes) {
  std::string json;
  for (const auto& i : indexes) {
    std::string item = "{";
    add_member(item, "name", json_quote(i.name));
    add_member(item, "columns", json_list(i.columns));
    add_member(item, "unique", i.unique ? "true" : "false");
    add_text_member(item, "where", i.predicate);
    if (!i.valid) add_member(item, "valid", "false");
    json += (json.empty() ? "" : ",") + item + "}";
  }
  return "[" + json + "]";
}

std::string triggers_json(const std::vector<TriggerEntry>& triggers) {
  std::vector<std::string> texts;
  for (const auto& t : triggers) texts.push_back(t.name + ": " + t.timing + " " + t.event);
  return json_list(texts);
}

}  // namespace

std::string table_json(const TableDescription& d, const RowCount& count) {
  std::string json = "{";
  add_member(json, "table", json_quote(shown({{}, d.table.schema, d.table.name})));
  add_member(json, "kind", json_quote(d.table.kind));
  add_text_member(json, "partitionOf", d.table.parent);
  add_text_member(json, "partitionBound", d.table.partition_bound);
  add_text_member(json, "partitionedBy", d.table.partition_key);
  add_text_member(json, "comment", d.table.comment);
  add_member(json, "row_count", count.rows ? std::to_string(*count.rows) : "null");
  add_member(json, "row_count_is", json_quote(count.is));
  std::string columns;
  for (const auto& c : d.columns) columns += (columns.empty() ? "" : ",") + column_json(c);
  add_member(json, "columns", "[" + columns + "]");
  if (!d.foreign_keys.empty()) add_member(json, "foreignKeys", foreign_keys_json(d.foreign_keys));
  if (!d.referenced_by.empty()) {
    std::vector<std::string> texts;
    for (const auto& k : d.referenced_by) texts.push_back(with_columns(k.table, k.columns));
    add_member(json, "referencedBy", json_list(texts));
  }
  if (!d.indexes.empty()) add_member(json, "indexes", indexes_json(d.indexes));
  if (!d.constraints.empty()) add_member(json, "constraints", json_list(d.constraints));
  if (!d.triggers.empty()) add_member(json, "triggers", triggers_json(d.triggers));
  add_text_member(json, "definition", d.view_text);
  return json + "}";
}

Result<void> describe_table(Request& request) {
  constexpr std::chrono::milliseconds kCountBudget{50};
  const auto name = table_argument(request);
  request.record.statement = "describe " + shown(name);
  std::string json;
  auto done = with_session(request.call, *request.connection, true, [&](Lease& lease) -> Result<void> {
    auto d = dbmux::describe_table(request.call, lease.conn(), name);
    if (!d) return fail(d.error());
    json = table_json(
        *d, count_rows(request.call, lease.conn(), {{}, d->table.schema, d->table.name}, kCountBudget));
    return {};
  });
  if (!done) return fail(explained(std::move(done.error()), request));
  request.answer.text(json);
  return {};
}

}  // namespace dbmux
