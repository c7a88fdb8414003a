#include "operations/completion.hpp"

#include <algorithm>
#include <cctype>

#include "operations/builtin.hpp"
#include "operations/prompts.hpp"
#include "schema/tables.hpp"

namespace dbmux {

namespace {

constexpr std::chrono::seconds kDeadline{1};  // a person is typing

std::size_t position_ignoring_case(std::string_view text, std::string_view typed) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  const auto at = std::search(text.begin(), text.end(), typed.begin(), typed.end(), same);
  return at == text.end() && !typed.empty() ? std::string_view::npos
                                            : static_cast<std::size_t>(at - text.begin());
}

enum class Names { none, connection, schema, table, column };

Names names_for(std::string_view argument) {
  if (argument == "connection" || argument == "connectionId") return Names::connection;
  if (argument == "schema" || argument == "schemaName") return Names::schema;
  if (argument == "table" || argument == "tableName") return Names::table;
  if (argument == "column" || argument == "columnName") return Names::column;
  return Names::none;
}

std::string_view given(const CompletionRequest& request, std::string_view name, std::string_view other) {
  for (const auto key : {name, other})
    if (const auto* v = request.context ? member(*request.context, key) : nullptr; v && v->IsString())
      return view(*v);
  return {};
}

Result<std::vector<std::string>> schemas(Call& call, Conn& conn) {
  auto rows = MetaRows::read(call, conn, Meta::schemas);
  if (!rows) return fail(rows.error());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rows->size(); ++i) names.push_back(rows->text(i, "name"));
  return names;
}

std::vector<std::string> names_of(const std::vector<TableEntry>& tables, std::string_view schema,
                                  std::string_view default_schema) {
  std::vector<std::string> names;
  for (const auto& t : tables) {
    const bool bare = !schema.empty() || t.schema.empty() || t.schema == default_schema;
    names.push_back(bare ? t.name : t.schema + "." + t.name);
  }
  return names;
}

Result<std::vector<std::string>> columns(Call& call, Conn& conn, const ObjectName& table) {
  auto entries = list_columns(call, conn, table);
  if (!entries) return fail(entries.error());
  std::vector<std::string> names;
  for (const auto& c : *entries) names.push_back(c.name);
  return names;
}

}  // namespace

Completion completed(std::span<const std::string> names, std::string_view typed) {
  std::vector<const std::string*> first, later;
  for (const auto& name : names) {
    const auto at = position_ignoring_case(name, typed);
    if (at != std::string_view::npos) (at == 0 ? first : later).push_back(&name);
  }
  Completion completion;
  completion.total = static_cast<std::int64_t>(first.size() + later.size());
  first.insert(first.end(), later.begin(), later.end());
  completion.has_more = first.size() > kMostCompletions;
  first.resize(std::min(first.size(), kMostCompletions));
  for (const auto* name : first) completion.values.push_back(*name);
  return completion;
}

Outcome BuiltinCatalogue::complete(Call& call, const CompletionRequest& request, Completion& completion) {
  if (request.prompt) {
    const auto* row = find_prompt(request.of);
    if (!row || std::none_of(row->arguments.begin(), row->arguments.end(),
                             [&](const auto& a) { return a.name == request.argument; }))
      return Outcome::unknown;
  } else {
    const auto all = templates();
    const auto variable = "{" + std::string(request.argument) + "}";
    if (request.of.find(variable) == std::string_view::npos ||
        std::none_of(all.begin(), all.end(), [&](const auto& t) { return t.uri == request.of; }))
      return Outcome::unknown;
  }
  completion = {};
  const auto which = names_for(request.argument);
  if (which == Names::none || context_.broken_profile) return Outcome::ok;
  std::vector<std::string> names;
  if (which == Names::connection) {
    for (const auto& c : context_.registry.all()) names.push_back(c->name());
    completion = completed(names, request.value);
    return Outcome::ok;
  }
  auto connection = context_.registry.find(given(request, "connection", "connectionId"));
  const auto table = given(request, "table", "tableName");
  if (!connection || (which == Names::column && table.empty())) return Outcome::ok;
  call.set_deadline(std::min(call.deadline(), Clock::now() + kDeadline));
  const auto schema = given(request, "schema", "schemaName");
  if (which == Names::table) {
    const auto tables = tables_of(context_, call, *connection, schema);
    if (tables)
      completion = completed(names_of(**tables, schema, words_of(context_, **connection).default_schema),
                             request.value);
    return Outcome::ok;
  }
  const auto done = with_session(call, **connection, true, [&](Lease& lease) -> Result<void> {
    auto found = which == Names::schema ? schemas(call, lease.conn())
                                        : columns(call, lease.conn(), object_named(table, schema));
    if (!found) return fail(found.error());
    names = std::move(*found);
    return {};
  });
  if (done) completion = completed(names, request.value);
  return Outcome::ok;
}

}  // namespace dbmux
