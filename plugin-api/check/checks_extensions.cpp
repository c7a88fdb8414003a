// SPDX-License-Identifier: MIT-0
#include <algorithm>
#include <array>
#include <cstring>

#include "check/checks.hpp"

namespace dbmux::check::checks {
namespace {

struct Extension {
  const char* id;
  std::size_t size;
};
constexpr Extension kExtensions[] = {{DBMUX_EXT_TXN, sizeof(dbmux_ext_txn)},
                                     {DBMUX_EXT_TABLE, sizeof(dbmux_ext_table)},
                                     {DBMUX_EXT_INTROSPECT, sizeof(dbmux_ext_introspect)},
                                     {DBMUX_EXT_ANALYZE, sizeof(dbmux_ext_analyze)},
                                     {DBMUX_EXT_EXPLAIN, sizeof(dbmux_ext_explain)},
                                     {DBMUX_EXT_LOAD, sizeof(dbmux_ext_load)},
                                     {DBMUX_EXT_LOB, sizeof(dbmux_ext_lob)},
                                     {DBMUX_EXT_ITEMS, sizeof(dbmux_ext_items)}};

struct Kind {
  std::int32_t kind;
  const char* name;
  const char* columns;
};
constexpr Kind kKinds[] = {
    {DBMUX_META_CATALOGS, "CATALOGS", "name,comment"},
    {DBMUX_META_SCHEMAS, "SCHEMAS", "catalog,name,comment"},
    {DBMUX_META_OBJECTS, "OBJECTS", "schema,name,type,comment,row_estimate,bytes"},
    {DBMUX_META_COLUMNS, "COLUMNS",
     "schema,object,position,name,native_type,nullable,is_primary_key,default_value,generated,comment,"
     "inferred"},
    {DBMUX_META_INDEXES, "INDEXES", "schema,object,name,unique,primary,columns,definition,bytes,valid"},
    {DBMUX_META_FOREIGN_KEYS, "FOREIGN_KEYS",
     "schema,object,name,columns,ref_schema,ref_object,ref_columns,on_update,on_delete"},
    {DBMUX_META_VIEW_TEXT, "VIEW_TEXT", "schema,object,text"},
    {DBMUX_META_STATS, "STATS", "name,value,unit"},
    {DBMUX_META_ROUTINES, "ROUTINES", "schema,name,arguments,returns,volatility"},
    {DBMUX_META_CONSTRAINTS, "CONSTRAINTS", "schema,object,name,type,columns,definition"},
    {DBMUX_META_HEALTH, "HEALTH", "check,status,value,advice"},
    {DBMUX_META_TOP_QUERIES, "TOP_QUERIES", "text,calls,total_ms,mean_ms,rows"},
    {DBMUX_META_ACTIVITY, "ACTIVITY", "id,user,state,text,ms,waits_for"},
    {DBMUX_META_TRIGGERS, "TRIGGERS", "schema,object,name,timing,event,text"},
    {DBMUX_META_REFERENCED_BY, "REFERENCED_BY",
     "schema,object,name,columns,ref_schema,ref_object,ref_columns,on_update,on_delete"}};

const void* find(const Plugin& plugin, const char* id) {
  const Within within("get_extension");
  return plugin.descriptor().get_extension(id);
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

Answer introspect(Conn& conn, const dbmux_ext_introspect& table, const Kind& kind,
                  std::vector<std::string>* names) {
  const LiveCall call;
  const dbmux_object all{{"", 0}, {"", 0}, {"", 0}};
  dbmux_cursor* cursor = nullptr;
  Answer answer;
  answer.function = "introspect.open";
  answer.outcome = run("introspect.open", call, [&](dbmux_error* e) {
    return table.open(conn.raw(), call.raw(), kind.kind, &all, {"", 0}, &cursor, e);
  });
  if (!answer.ok()) return answer;
  expect(cursor != nullptr, "introspect.open() gives a cursor when it says OK", "NULL");
  return read(conn, call, cursor, {.language = {}, .text = {}, .inspect = true}, names);
}

bool may_refuse(dbmux_status status) {
  return status == DBMUX_E_UNSUPPORTED || status == DBMUX_E_INVALID || status == DBMUX_E_NOT_FOUND ||
         status == DBMUX_E_DENIED;
}

}  // namespace

void extensions(const Bench& bench) {
  expect(find(bench.plugin, "dbmux.check.unknown/1") == nullptr,
         "get_extension() returns NULL for an unknown id", "a table");
  for (const auto& [id, size] : kExtensions) {
    const auto* table = static_cast<const unsigned char*>(find(bench.plugin, id));
    if (!table) continue;
    const std::string name = id;
    std::uint32_t has = 0;
    std::memcpy(&has, table, sizeof has);
    expect(has >= size, "a table of an extension is of at least the size of its first version",
           name + ": " + std::to_string(has) + " bytes, not " + std::to_string(size));
    for (std::size_t at = 8; at < size; at += sizeof(void*)) {
      std::uintptr_t function = 0;
      std::memcpy(&function, table + at, sizeof function);
      expect(function != 0, "every function of an extension is there",
             name + ": function " + std::to_string(at / sizeof(void*)) + " is NULL",
             "What an engine cannot do returns E_UNSUPPORTED.");
    }
    expect(find(bench.plugin, id) == table, "get_extension() gives static storage",
           name + ": another table at the second call");
  }
  pass();
}

void introspection(const Bench& bench) {
  const auto* table = static_cast<const dbmux_ext_introspect*>(find(bench.plugin, DBMUX_EXT_INTROSPECT));
  if (!table) skip("the plugin does not offer " DBMUX_EXT_INTROSPECT);
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  for (const auto& kind : kKinds) {
    std::vector<std::string> names;
    const auto answer = introspect(conn, *table, kind, &names);
    const std::string name = kind.name;
    expect(answer.ok() || may_refuse(answer.outcome.status),
           "a kind of introspection answers, or is refused with E_UNSUPPORTED",
           name + ": " + answer.function + "() returned " + answer.outcome.said());
    if (!answer.ok()) continue;
    const std::string columns = joined(names) + ",";
    expect(columns.starts_with(std::string(kind.columns) + ","),
           name + " begins with the columns " + kind.columns, joined(names),
           "The host reads them by these names; further ones may follow.");
  }
  const Kind unknown{9999, "", ""};
  const auto answer = introspect(conn, *table, unknown, nullptr);
  expect(!answer.ok() && may_refuse(answer.outcome.status), "an unknown kind is refused with E_UNSUPPORTED",
         answer.outcome.said());
  pass();
}

}  // namespace dbmux::check::checks
