#include "schema/tables.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"

namespace dbmux {

namespace {

constexpr std::size_t kMostMentioned = 8;  // tables of one statement whose columns are looked at for a name

std::string qualified(std::string schema, const std::string& name) {
  return schema.empty() ? name : std::move(schema) + "." + name;
}

// Reads entry after entry; where the columns stand is found out once.
class TableEntries {
 public:
  explicit TableEntries(const MetaRows& rows) : rows_(rows) {}

  TableEntry at(std::size_t i) const {
    TableEntry t{text(i, schema_), text(i, name_), text(i, kind_), text(i, comment_),
                 rows_.integer(i, row_estimate_)};
    t.keeps_estimates = rows_.flag(i, keeps_estimates_);
    if (const auto parent = rows_.get(i, parent_); parent && !parent->empty())
      t.parent = qualified(text(i, parent_schema_), std::string(*parent));
    t.partition_key = text(i, partition_key_);
    t.partition_bound = text(i, partition_bound_);
    return t;
  }

 private:
  std::string text(std::size_t i, std::size_t column) const { return rows_.text(i, column); }

  const MetaRows& rows_;
  const std::size_t schema_ = rows_.column("schema"), name_ = rows_.column("name"),
                    kind_ = rows_.column("type"), comment_ = rows_.column("comment"),
                    row_estimate_ = rows_.column("row_estimate"),
                    keeps_estimates_ = rows_.column("keeps_estimates"),
                    parent_schema_ = rows_.column("parent_schema"), parent_ = rows_.column("parent"),
                    partition_key_ = rows_.column("partition_key"),
                    partition_bound_ = rows_.column("partition_bound");
};

// Introspection gives lists of columns as a JSON array, or as names joined by commas.
std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  if (list.starts_with('[')) {
    if (auto json = parse_json(list); json && json->IsArray()) {
      for (const auto& item : json->GetArray())
        names.emplace_back(item.IsString() ? std::string(view(item)) : std::string("(expression)"));
      return names;
    }
  }
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto name = list.substr(0, comma);
    while (name.starts_with(' ')) name.remove_prefix(1);
    names.emplace_back(name);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return names;
}

ColumnEntry column_entry(const MetaRows& rows, std::size_t i) {
  ColumnEntry c;
  c.schema = rows.text(i, "schema");
  c.table = rows.text(i, "object");
  c.name = rows.text(i, "name");
  c.type = rows.text(i, "native_type");
  c.comment = rows.text(i, "comment");
  c.nullable = rows.flag(i, "nullable");
  c.primary_key = rows.flag(i, "is_primary_key");
  c.default_value = rows.get(i, "default_value");
  if (const auto generated = rows.get(i, "generated"); generated && !generated->empty() && *generated != "0")
    c.generated = *generated;
  c.inferred = rows.flag(i, "inferred");
  c.values = names_in(rows.text(i, "values"));
  c.expression = rows.text(i, "expression");
  c.base_type = rows.text(i, "base_type");
  return c;
}

char closing(char quote) { return quote == '[' ? ']' : quote; }

// "a""b" is a"b.
std::string unquoted(std::string_view name) {
  const bool quoted = name.size() >= 2 &&
                      (name.front() == '"' || name.front() == '`' || name.front() == '[') &&
                      name.back() == closing(name.front());
  if (!quoted) return std::string(name);
  const char quote = name.back();
  name = name.substr(1, name.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    out += name[i];
    if (name[i] == quote && i + 1 < name.size() && name[i + 1] == quote) ++i;
  }
  return out;
}

// What some engines do not offer is left out of a description, not an error.
Result<MetaRows> read_if_offered(Call& call, Conn& conn, Meta kind, const ObjectName& name) {
  auto rows = MetaRows::read(call, conn, kind, name);
  if (!rows && rows.error().category == Category::unsupported) return MetaRows();
  return rows;
}

// Keys of one column stand with the column, foreign keys on their own.
bool told_elsewhere(const MetaRows& constraints, std::size_t i) {
  const auto type = constraints.text(i, "type");
  return equal_ignoring_case(type, "foreign key") ||
         (equal_ignoring_case(type, "primary key") && names_in(constraints.text(i, "columns")).size() == 1);
}

ForeignKey foreign_key(const MetaRows& rows, std::size_t i) {
  ForeignKey k;
  k.name = rows.text(i, "name");
  k.table = qualified(rows.text(i, "schema"), rows.text(i, "object"));
  k.columns = names_in(rows.text(i, "columns"));
  k.references = qualified(rows.text(i, "ref_schema"), rows.text(i, "ref_object"));
  k.reference_columns = names_in(rows.text(i, "ref_columns"));
  k.on_update = rows.text(i, "on_update");
  k.on_delete = rows.text(i, "on_delete");
  return k;
}

}  // namespace

std::string shown(const ObjectName& name) { return qualified(name.schema, name.name); }

ObjectName object_named(std::string_view table_name, std::string_view schema) {
  ObjectName object;
  object.schema = schema;
  std::size_t dot = std::string_view::npos;
  char quote = 0;
  for (std::size_t i = 0; i < table_name.size(); ++i) {
    const char c = table_name[i];
    if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '`' || c == '[') {
      quote = closing(c);
    } else if (c == '.') {
      dot = i;
      break;
    }
  }
  if (dot != std::string_view::npos && dot > 0 && dot + 1 < table_name.size()) {
    object.schema = unquoted(table_name.substr(0, dot));
    table_name.remove_prefix(dot + 1);
  }
  object.name = unquoted(table_name);
  return object;
}

Result<std::vector<TableEntry>> list_tables(Call& call, Conn& conn, std::string_view schema,
                                            std::string_view like) {
  auto rows = MetaRows::read(call, conn, Meta::objects, {{}, std::string(schema), {}}, like);
  if (!rows) return fail(rows.error());
  std::vector<TableEntry> tables;
  tables.reserve(rows->size());
  const TableEntries entries(*rows);
  for (std::size_t i = 0; i < rows->size(); ++i) tables.push_back(entries.at(i));
  return tables;
}

Result<std::vector<ColumnEntry>> list_columns(Call& call, Conn& conn, const ObjectName& name,
                                              std::string_view like) {
  auto rows = MetaRows::read(call, conn, Meta::columns, name, like);
  if (!rows) return fail(rows.error());
  std::vector<ColumnEntry> columns;
  columns.reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) columns.push_back(column_entry(*rows, i));
  return columns;
}

Result<TableDescription> describe_table(Call& call, Conn& conn, const ObjectName& name) {
  TableDescription d;
  auto objects = MetaRows::read(call, conn, Meta::objects, name);
  if (!objects) return fail(objects.error());
  if (objects->size() == 0) {
    Error e;
    e.category = Category::not_found;
    e.message = "there is no table or view " + shown(name);
    e.object = name.name;
    return fail(std::move(e));
  }
  d.table = TableEntries(*objects).at(0);
  auto columns = list_columns(call, conn, name);
  if (!columns) return fail(columns.error());
  d.columns = std::move(*columns);

  auto indexes = read_if_offered(call, conn, Meta::indexes, name);
  if (!indexes) return fail(indexes.error());
  for (std::size_t i = 0; i < indexes->size(); ++i)
    d.indexes.push_back({indexes->text(i, "name"), names_in(indexes->text(i, "columns")),
                         indexes->flag(i, "unique"), indexes->flag(i, "primary"), indexes->flag(i, "valid"),
                         indexes->text(i, "predicate")});

  auto keys = read_if_offered(call, conn, Meta::foreign_keys, name);
  if (!keys) return fail(keys.error());
  for (std::size_t i = 0; i < keys->size(); ++i) d.foreign_keys.push_back(foreign_key(*keys, i));
  auto referenced = read_if_offered(call, conn, Meta::referenced_by, name);
  if (!referenced) return fail(referenced.error());
  for (std::size_t i = 0; i < referenced->size(); ++i) d.referenced_by.push_back(foreign_key(*referenced, i));

  auto constraints = read_if_offered(call, conn, Meta::constraints, name);
  if (!constraints) return fail(constraints.error());
  for (std::size_t i = 0; i < constraints->size(); ++i)
    if (auto text = constraints->text(i, "definition"); !text.empty() && !told_elsewhere(*constraints, i))
      d.constraints.push_back(std::move(text));

  auto triggers = read_if_offered(call, conn, Meta::triggers, name);
  if (!triggers) return fail(triggers.error());
  for (std::size_t i = 0; i < triggers->size(); ++i)
    d.triggers.push_back(
        {triggers->text(i, "name"), triggers->text(i, "timing"), triggers->text(i, "event")});

  if (d.table.kind.find("view") != std::string::npos) {
    auto text = read_if_offered(call, conn, Meta::view_text, name);
    if (text && text->size() > 0) d.view_text = text->text(0, "text");
  }
  return d;
}

RowCount count_rows(Call& call, Conn& conn, const ObjectName& name, std::chrono::milliseconds budget) {
  if (budget.count() > 0) {
    Call part(call.principal(), std::min(call.deadline(), Clock::now() + budget));
    const Call::Hook with(call, [&part] { part.cancel(Call::Stop::client); });
    if (auto exact = conn.count(part, name, true); exact && *exact >= 0) return {*exact, "exact"};
  }
  if (auto estimate = conn.count(call, name, false); estimate && *estimate >= 0)
    return {*estimate, "estimate"};
  return {};
}

std::vector<std::string> nearest_names(Call& call, Conn& conn, std::span<const TableEntry> tables,
                                       std::string_view name, std::string_view default_schema,
                                       std::string_view statement) {
  std::vector<std::string> names;
  for (const auto& t : tables)
    names.push_back(t.schema.empty() || t.schema == default_schema ? t.name : t.schema + "." + t.name);
  const auto dot = name.rfind('.');
  const auto last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  if (auto near = nearest(last, names); !near.empty()) return near;

  std::vector<std::string> columns;
  std::size_t mentioned = 0;
  for (const auto& t : tables) {
    if (statement.find(t.name) == std::string_view::npos || ++mentioned > kMostMentioned) continue;
    const auto of_table = list_columns(call, conn, {"", t.schema, t.name});
    if (!of_table) return {};
    for (const auto& column : *of_table) columns.push_back(column.name);
  }
  return nearest(last, columns);
}

}  // namespace dbmux
