// database://{connectionId}/schema, /tables and /tables/{tableName}; kept results are in result_handles.
#include <iterator>

#include <map>
#include <utility>
#include "base/text.hpp"

#include "operations/builtin.hpp"
#include "operations/result_handles.hpp"
#include "operations/table_json.hpp"

namespace dbmux {

namespace {

constexpr std::string_view kScheme = "database://";
constexpr std::string_view kJsonType = "application/json";

std::string decoded(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

struct Address {
  std::string connection, what, table;  // what: schema | tables
};

std::optional<Address> parse(std::string_view uri) {
  if (!uri.starts_with(kScheme)) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  const auto slash = uri.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  Address a{decoded(uri.substr(0, slash)), {}, {}};
  uri.remove_prefix(slash + 1);
  if (uri == "schema" || uri == "tables") {
    a.what = uri;
    return a;
  }
  if (!uri.starts_with("tables/") || uri.size() == 7) return std::nullopt;
  a.what = "table";
  a.table = decoded(uri.substr(7));
  return a;
}

std::string columns_json(std::span<const ColumnEntry> columns) {
  std::string json;
  for (const auto& c : columns) json += (json.empty() ? "" : ",") + column_json(c);
  return "[" + json + "]";
}

// Of each table, the columns of all tables.
std::string table_resources(const std::vector<TableEntry>& tables, std::vector<ColumnEntry> columns) {
  std::map<std::pair<std::string, std::string>, std::vector<ColumnEntry>> by_table;
  for (auto& c : columns) by_table[{c.schema, c.table}].push_back(std::move(c));
  std::string items;
  for (const auto& t : tables)
    items += (items.empty() ? "" : ",") + ("{\"tableName\":" + json_quote(t.name)) +
             ",\"columns\":" + columns_json(by_table[{t.schema, t.name}]) + "}";
  return items;
}

// Of an engine that has no schema to look at.
std::string no_tables(const Connection& connection, const Address& a) {
  const auto name = a.what == "tables" ? "" : "\"databaseName\":" + json_quote(connection.name()) + ",";
  return "{" + name + "\"tables\":[]}";
}

Result<std::string> read_database(Call& call, Conn& conn, Connection& connection, const Address& a) {
  if (a.what == "table") {
    auto columns = list_columns(call, conn, object_named(a.table, {}));
    if (!columns && columns.error().category != Category::unsupported) return fail(columns.error());
    if (!columns || columns->empty()) return fail(Category::not_found, "there is no table " + a.table);
    return "{\"tableName\":" + json_quote(a.table) + ",\"columns\":" + columns_json(*columns) + "}";
  }
  auto tables = list_tables(call, conn, {});
  if (!tables && tables.error().category == Category::unsupported)
    return no_tables(connection, a);  // what is listed can be read
  if (!tables) return fail(tables.error());
  std::string items;
  if (a.what == "tables") {
    for (const auto& t : *tables) items += (items.empty() ? "" : ",") + json_quote(t.name);
    return "{\"tables\":[" + items + "]}";
  }
  auto columns = list_columns(call, conn, {});
  if (!columns) return fail(columns.error());
  items = table_resources(*tables, std::move(*columns));
  auto catalogs = MetaRows::read(call, conn, Meta::catalogs);
  const auto name = catalogs && catalogs->size() > 0 ? catalogs->text(0, "name") : connection.name();
  return "{\"databaseName\":" + json_quote(name) + ",\"tables\":[" + items + "]}";
}

}  // namespace

void tell_schema_changed(Context& context, const Connection& connection) {
  context.tables.drop(connection);
  if (context.changed)
    context.changed(Change::resource, std::string(kScheme) + encoded(connection.name()) + '/');
}

void tell_resources_changed(const Context& context) {
  if (context.changed) context.changed(Change::resources, {});
}

std::vector<ResourceEntry> BuiltinCatalogue::resources(Call& call) {
  std::vector<ResourceEntry> entries;
  for (const auto& c : context_.registry.all()) {
    const auto base = std::string(kScheme) + encoded(c->name());
    entries.push_back(
        {base + "/schema", c->name() + " schema", c->profile().description, std::string(kJsonType)});
    entries.push_back(
        {base + "/tables", c->name() + " tables", "Names of the tables", std::string(kJsonType)});
  }
  auto kept = kept_results(context_, call.principal());
  std::move(kept.begin(), kept.end(), std::back_inserter(entries));
  return entries;
}

std::vector<ResourceEntry> BuiltinCatalogue::templates() const {
  const std::string base = std::string(kScheme) + "{connectionId}/";
  return {{base + "schema", "database-schema", "All tables of a database with their columns",
           std::string(kJsonType)},
          {base + "tables", "tables-list", "Names of the tables of a database", std::string(kJsonType)},
          {base + "tables/{tableName}", "table-schema", "Columns of one table", std::string(kJsonType)},
          result_template()};
}

Outcome BuiltinCatalogue::read(Call& call, std::string_view uri, Answer& answer) {
  if (is_result_uri(uri)) return read_result(context_, call, uri, answer);
  const auto address = parse(uri);
  if (!address) return Outcome::unknown;
  const auto fails = [&](const Error& e) {
    if (e.category == Category::not_found) return Outcome::unknown;
    answer.take_back();
    answer.text(e.message);
    return Outcome::error;
  };
  if (context_.broken_profile) return fails(*context_.broken_profile);
  auto connection = context_.registry.find(address->connection);
  if (!connection) return Outcome::unknown;
  call.set_deadline(std::min(call.deadline(), call.started() + (*connection)->profile().timeout));
  std::string text;
  auto done = with_session(call, **connection, true, [&](Lease& lease) -> Result<void> {
    auto json = read_database(call, lease.conn(), **connection, *address);
    if (!json) return fail(json.error());
    text = std::move(*json);
    return {};
  });
  if (!done) return fails(done.error());
  answer.text(text);
  return Outcome::ok;
}

}  // namespace dbmux
