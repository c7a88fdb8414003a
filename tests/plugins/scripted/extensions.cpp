// Transactions, a table, a catalogue, analysis and plans: as the options and the statement say.
#include <algorithm>
#include <array>
#include "dbmux/kit/introspection.hpp"

#include "cursor.hpp"
#include "items.hpp"

namespace scripted {
namespace {

// ---- transactions

dbmux_status begin(dbmux_conn* conn, const dbmux_call* call, std::int32_t read_only, dbmux_str isolation,
                   dbmux_error* error) noexcept {
  if (const auto status = enter(conn, "begin", error); status != DBMUX_OK) return status;
  if (conn->in_transaction) return fail(error, DBMUX_E_INVALID, "there is a transaction already");
  conn->in_transaction = true;
  conn->source->record("begin", read_only ? "read only" : std::string(view(isolation)), call->id);
  return DBMUX_OK;
}

dbmux_status end(dbmux_conn* conn, const dbmux_call* call, const char* how, dbmux_error* error) {
  if (const auto status = enter(conn, how, error); status != DBMUX_OK) return status;
  if (!conn->in_transaction) return fail(error, DBMUX_E_INVALID, "there is no transaction");
  conn->in_transaction = false;
  conn->source->record(how, std::to_string(conn->serial), call->id);
  return DBMUX_OK;
}

dbmux_status commit(dbmux_conn* c, const dbmux_call* call, dbmux_error* e) noexcept {
  return end(c, call, "commit", e);
}
dbmux_status rollback(dbmux_conn* c, const dbmux_call* call, dbmux_error* e) noexcept {
  return end(c, call, "rollback", e);
}

constexpr dbmux_ext_txn kTransactions{sizeof(dbmux_ext_txn), 0, begin, commit, rollback};

// ---- the table `numbers`: n from 1, name "number n"

dbmux_status find_table(const dbmux_object& object, dbmux_error* error) {
  if (view(object.name) == "numbers") return DBMUX_OK;
  ScriptError missing{.status = DBMUX_E_NOT_FOUND, .object = std::string(view(object.name))};
  missing.message = "no such table: " + missing.object;
  return missing.raise(error);
}

dbmux_status scan(dbmux_conn* conn, const dbmux_call* call, const dbmux_scan* s, dbmux_cursor** out,
                  dbmux_error* error) noexcept {
  conn->source->count("scans");
  if (const auto status = enter(conn, "scan", error); status != DBMUX_OK) return status;
  if (const auto status = find_table(s->table, error); status != DBMUX_OK) return status;
  const std::int64_t all = conn->source->options.numbers_rows;
  const std::int64_t skip = std::clamp<std::int64_t>(number(view(s->after), s->offset), 0, all);
  std::vector<bool> wanted;  // a column each: is it n?
  Result r;
  for (std::size_t i = 0; i < std::max<std::size_t>(s->n_columns, 2); ++i) {
    const std::string_view name =
        s->n_columns == 0 ? (i == 0 ? "n" : "name") : view(s->columns[std::min(i, s->n_columns - 1)]);
    if (i >= s->n_columns && s->n_columns != 0) break;
    if (name != "n" && name != "name") return fail(error, DBMUX_E_NOT_FOUND, "no such column");
    wanted.push_back(name == "n");
    r.columns.push_back({.name = std::string(name),
                         .type = name == "n" ? "integer" : "text",
                         .origin = "main.numbers." + std::string(name),
                         .kind = name == "n" ? DBMUX_I64 : DBMUX_TEXT,
                         .nullable = 0});
  }
  r.rows = s->limit > 0 ? std::min(s->limit, all - skip) : all - skip;
  r.fill = [skip, wanted](std::int64_t row, Cells& cells) {
    const std::int64_t n = skip + row + 1;
    for (const bool is_n : wanted)
      is_n ? cells.i64(n) : cells.text(DBMUX_TEXT, "number " + std::to_string(n));
  };
  if (skip + r.rows < all) r.next = std::to_string(skip + r.rows);
  *out = cursor_of(conn, call, std::move(r), s->max_cell_bytes, s->batch_rows);
  return DBMUX_OK;
}

dbmux_status count(dbmux_conn* conn, const dbmux_call*, const dbmux_object* table, std::int32_t exact,
                   std::int64_t* rows, dbmux_error* error) noexcept {
  conn->source->count("counts");
  if (const auto status = enter(conn, "count", error); status != DBMUX_OK) return status;
  if (const auto status = find_table(*table, error); status != DBMUX_OK) return status;
  const std::int64_t all = conn->source->options.numbers_rows;
  *rows = exact ? all : all / 100 * 100;
  return DBMUX_OK;
}

constexpr dbmux_ext_table kTable{sizeof(dbmux_ext_table), 0, scan, count};

// ---- the catalogue: the option `catalog`, {"objects":[[cell,…],…],"columns":…}

struct Kind {
  std::int32_t kind;
  const char* name;
  std::vector<std::string> columns;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> table{
      {DBMUX_META_CATALOGS, "catalogs", {"name", "comment"}},
      {DBMUX_META_SCHEMAS, "schemas", {"catalog", "name", "comment"}},
      {DBMUX_META_OBJECTS, "objects", {"schema", "name", "type", "comment", "row_estimate", "bytes"}},
      {DBMUX_META_COLUMNS,
       "columns",
       {"schema", "object", "position", "name", "native_type", "nullable", "is_primary_key", "default_value",
        "generated", "comment", "inferred"}},
      {DBMUX_META_CONSTRAINTS, "constraints", {"schema", "object", "name", "type", "columns", "definition"}},
      {DBMUX_META_INDEXES,
       "indexes",
       {"schema", "object", "name", "unique", "primary", "columns", "definition", "bytes", "valid"}},
      {DBMUX_META_FOREIGN_KEYS,
       "foreign_keys",
       {"schema", "object", "name", "columns", "ref_schema", "ref_object", "ref_columns", "on_update",
        "on_delete"}},
      {DBMUX_META_REFERENCED_BY,
       "referenced_by",
       {"schema", "object", "name", "columns", "ref_schema", "ref_object", "ref_columns", "on_update",
        "on_delete"}},
      {DBMUX_META_TRIGGERS, "triggers", {"schema", "object", "name", "timing", "event", "text"}},
      {DBMUX_META_VIEW_TEXT, "view_text", {"schema", "object", "text"}},
      {DBMUX_META_STATS, "stats", {"name", "value", "unit"}},
      {DBMUX_META_ROUTINES, "routines", {"schema", "name", "arguments", "returns", "volatility"}},
      {DBMUX_META_HEALTH, "health", {"check", "status", "value", "advice"}},
      {DBMUX_META_TOP_QUERIES, "top_queries", {"text", "calls", "total_ms", "mean_ms", "rows"}},
      {DBMUX_META_ACTIVITY, "activity", {"id", "user", "state", "text", "ms", "waits_for"}}};
  return table;
}

constexpr const char* kDefaultCatalog =
    R"({"schemas":[["","main",""]],
"objects":[["main","numbers","table","counts up",1000,null]],
"columns":[["main","numbers",1,"n","integer",false,true,null,null,"",false],
           ["main","numbers",2,"name","text",false,false,null,null,"",false]],
"health":[["server","ok","up",""]]})";

// Does the row belong to the schema, object and pattern asked for? REFERENCED_BY is asked by its target.
bool asked_for(const Kind& kind, const rapidjson::Value& row, const dbmux_object& object,
               std::string_view like) {
  const bool by_target = kind.kind == DBMUX_META_REFERENCED_BY;
  const auto differs = [&](std::string_view column, std::string_view wanted) {
    for (rapidjson::SizeType i = 0; i < kind.columns.size() && i < row.Size(); ++i)
      if (kind.columns[i] == column && !wanted.empty())
        return !row[i].IsString() || row[i].GetString() != wanted;
    return false;
  };
  const bool names_object = kind.kind == DBMUX_META_OBJECTS;
  if (differs(by_target ? "ref_schema" : "schema", view(object.schema))) return false;
  if (differs(by_target ? "ref_object" : names_object ? "name" : "object", view(object.name))) return false;
  if (like.empty()) return true;
  for (const auto& v : row.GetArray())
    if (v.IsString() && dbmux::kit::is_like(v.GetString(), like)) return true;
  return false;
}

dbmux_status introspect(dbmux_conn* conn, const dbmux_call* call, std::int32_t wanted,
                        const dbmux_object* object, dbmux_str like, dbmux_cursor** out,
                        dbmux_error* error) noexcept {
  conn->source->count("introspections");
  if (const auto status = enter(conn, "introspect", error); status != DBMUX_OK) return status;
  const auto kind =
      std::find_if(kinds().begin(), kinds().end(), [&](const Kind& k) { return k.kind == wanted; });
  const std::string& option = conn->source->options.catalog;
  rapidjson::Document catalog;
  catalog.Parse(option.empty() ? kDefaultCatalog : option.c_str());
  if (kind == kinds().end() || !catalog.IsObject() || !catalog.HasMember(kind->name))
    return fail(error, DBMUX_E_UNSUPPORTED, "the catalogue has no such kind");
  rapidjson::Document result(rapidjson::kObjectType);
  auto& memory = result.GetAllocator();
  rapidjson::Value rows(rapidjson::kArrayType);
  for (const auto& row : catalog[kind->name].GetArray())
    if (asked_for(*kind, row, *object, view(like))) rows.PushBack(rapidjson::Value(row, memory), memory);
  rapidjson::Value columns(rapidjson::kArrayType);
  for (const auto& name : kind->columns) columns.PushBack(rapidjson::Value(name.c_str(), memory), memory);
  result.AddMember("columns", columns, memory);
  result.AddMember("rows", rows, memory);
  std::string problem;
  auto parsed = parse_result(to_text(result), {}, problem);
  if (!parsed) return fail(error, DBMUX_E_INVALID, "the option catalog: " + problem);
  *out = cursor_of(conn, call, std::move(*parsed), 0, 256);
  return DBMUX_OK;
}

constexpr dbmux_ext_introspect kIntrospect{sizeof(dbmux_ext_introspect), 0, introspect};

// ---- analysis: the line `uses {"class":"read","complete":true,"uses":[["main","t","column","rwc"],…]}`

std::int32_t class_named(std::string_view name) {
  constexpr std::array<std::string_view, 6> names{"unknown", "read", "write", "ddl", "session", "admin"};
  return static_cast<std::int32_t>(std::find(names.begin(), names.end(), name) - names.begin()) % 6;
}

dbmux_status analyze(dbmux_conn* conn, const dbmux_call*, const dbmux_request* request, dbmux_analysis* out,
                     dbmux_error* error) noexcept {
  conn->source->count("analyses");
  if (const auto status = enter(conn, "analyze", error); status != DBMUX_OK) return status;
  conn->uses.clear();
  conn->analysis = std::make_unique<rapidjson::Document>();
  out->statement_class = DBMUX_CLASS_READ;
  out->complete = 1;
  for (const Step& step : parse_script(view(request->text))) {
    if (step.word == "write") out->statement_class = DBMUX_CLASS_WRITE;
    if (step.word != "uses" || conn->analysis->Parse(step.argument.c_str()).HasParseError()) continue;
    const auto& doc = *conn->analysis;
    if (doc.HasMember("class")) out->statement_class = class_named(doc["class"].GetString());
    if (doc.HasMember("complete")) out->complete = doc["complete"].GetBool() ? 1 : 0;
    if (!doc.HasMember("uses")) continue;
    for (const auto& use : doc["uses"].GetArray()) {
      const std::string_view how = use[3].GetString();
      conn->uses.push_back({{{"", 0}, str(use[0].GetString()), str(use[1].GetString())},
                            str(use[2].GetString()),
                            when(how.find('r') < how.size(), DBMUX_USE_READ) |
                                when(how.find('w') < how.size(), DBMUX_USE_WRITE) |
                                when(how.find('c') < how.size(), DBMUX_USE_CALL),
                            0});
    }
  }
  out->uses = conn->uses.data();
  out->n_uses = conn->uses.size();
  return DBMUX_OK;
}

constexpr dbmux_ext_analyze kAnalyze{sizeof(dbmux_ext_analyze), 0, analyze};

// ---- plans: the line `plan {...}`

dbmux_status explain(dbmux_conn* conn, const dbmux_call* call, const dbmux_request* request, std::int32_t,
                     dbmux_cursor** out, dbmux_error* error) noexcept {
  conn->source->count("explains");
  if (const auto status = enter(conn, "explain", error); status != DBMUX_OK) return status;
  std::string plan = R"({"cost":1,"rows":1,"ms":null,"nodes":[],"text":"one step","native":null})";
  for (const Step& step : parse_script(view(request->text)))
    if (step.word == "plan") plan = step.argument;
  Result r;
  r.columns.push_back({.name = "plan", .type = "json", .origin = "", .kind = DBMUX_JSON, .nullable = 0});
  r.rows = 1;
  r.fill = [plan](std::int64_t, Cells& cells) { cells.text(DBMUX_JSON, plan); };
  *out = cursor_of(conn, call, std::move(r), 0, 1);
  return DBMUX_OK;
}

constexpr dbmux_ext_explain kExplain{sizeof(dbmux_ext_explain), 0, explain};

}  // namespace

const void* extension(const char* id) noexcept {
  const std::string_view wanted = id;
  if (wanted == DBMUX_EXT_TXN) return &kTransactions;
  if (wanted == DBMUX_EXT_TABLE) return &kTable;
  if (wanted == DBMUX_EXT_INTROSPECT) return &kIntrospect;
  if (wanted == DBMUX_EXT_ANALYZE) return &kAnalyze;
  if (wanted == DBMUX_EXT_EXPLAIN) return &kExplain;
  if (wanted == DBMUX_EXT_ITEMS) return items_extension();
  return nullptr;
}

}  // namespace scripted
