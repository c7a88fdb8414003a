#include "index_advice.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "connection.hpp"
#include "dbmux/kit/json.hpp"
#include "error.hpp"

namespace dbmux::postgres {

const char* const kIndexAdviceTool =
    R"({"name":"index_advice","title":"Index advice","description":"Cost and plan of a query as they are, and as they would be with further indexes, none of which is made (extension hypopg).",)"
    R"("inputSchema":{"type":"object","properties":{"query":{"type":"string"},"indexes":{"type":"array","minItems":1,"maxItems":10,"items":{"type":"object",)"
    R"("properties":{"table":{"type":"string"},"columns":{"type":"array","minItems":1,"maxItems":32,"items":{"type":"string"}},"using":{"type":"string","enum":["btree","hash","brin","bloom"]}},)"
    R"("required":["table","columns"],"additionalProperties":false}}},"required":["query","indexes"]},)"
    R"("annotations":{"readOnlyHint":true,"openWorldHint":false},"_meta":{"dbmux/lease":true}})";

namespace {

constexpr const char* kExtension =
    "SELECT quote_ident(n.nspname) FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid ="
    " e.extnamespace WHERE e.extname = 'hypopg'";
constexpr const char* kHowToGet =
    "An administrator installs the package of the server's version (Debian: postgresql-15-hypopg) and runs "
    "in this "
    "database: CREATE EXTENSION hypopg; no restart is needed.";

// $1 schema or "", $2 table, $3 columns as an array.
std::string creating(const std::string& extension, const std::string& method) {
  return "SELECT h.indexname, t.text, " + extension +
         ".hypopg_relation_size(h.indexrelid) FROM (SELECT format('CREATE INDEX ON %I.%I USING " + method +
         " (%s)', n.nspname, c.relname, (SELECT string_agg(quote_ident(u.name), ', ' ORDER BY u.place) FROM"
         " unnest($3::text[]) WITH ORDINALITY u (name, place))) AS text FROM pg_catalog.pg_class c JOIN"
         " pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','m','p') AND "
         "c.relname = $2"
         " AND CASE WHEN $1::text <> '' THEN n.nspname = $1 ELSE pg_table_is_visible(c.oid) END) t CROSS "
         "JOIN LATERAL " +
         extension + ".hypopg_create_index(t.text) h";
}

// As PostgreSQL reads an array.
std::string array_of(const std::vector<std::string>& texts) {
  std::string array = "{";
  for (const auto& text : texts) {
    array += array.size() > 1 ? ",\"" : "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') array += '\\';
      array += c;
    }
    array += '"';
  }
  return array + "}";
}

struct Made {
  std::string name, definition, bytes;
};

struct Planned {
  double cost = -1;
  std::string text;
  std::vector<std::string> indexes;  // that it uses
};

kit::Result<Planned> planned(Connection& connection, kit::Call call, const std::string& query) {
  dbmux_request request{};
  request.size = sizeof request;
  request.flags = DBMUX_REQ_READ_ONLY;
  request.language = kit::str("sql");
  request.text = kit::str(query);
  auto cursor = connection.explain(call, request, false);
  if (!cursor) return cursor.failure();
  auto batch = (*cursor)->next_batch(call);
  if (!batch) return batch.failure();
  if (batch->rows == 0) return kit::fail(DBMUX_E_INTERNAL, "there is no plan");
  auto json = kit::read_json(kit::view(batch->cells[0]));
  if (!json) return json.failure();
  Planned plan;
  const auto& root = *json;
  const auto member = [](const rapidjson::Value& v, const char* name) -> std::string {
    const auto at = v.FindMember(name);
    if (at == v.MemberEnd() || at->value.IsNull()) return "";
    return std::string(kit::json_text(at->value));
  };
  if (const auto cost = root.FindMember("cost"); cost != root.MemberEnd() && cost->value.IsNumber())
    plan.cost = cost->value.GetDouble();
  plan.text = member(root, "text");
  if (const auto nodes = root.FindMember("nodes"); nodes != root.MemberEnd() && nodes->value.IsArray())
    for (const auto& node : nodes->value.GetArray())
      if (auto index = member(node, "index"); !index.empty()) plan.indexes.push_back(std::move(index));
  return plan;
}

std::string advice(const Planned& before, const Planned& after, const std::vector<Made>& made) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> json(out);
  const auto text = [&](const std::string& t) {
    json.String(t.data(), static_cast<rapidjson::SizeType>(t.size()));
  };
  json.StartObject();
  json.Key("cost_before");
  json.Double(before.cost);
  json.Key("cost_after");
  json.Double(after.cost);
  json.Key("indexes");
  json.StartArray();
  for (const auto& index : made) {
    const bool used =
        std::find(after.indexes.begin(), after.indexes.end(), index.name) != after.indexes.end();
    json.StartObject();
    json.Key("definition");
    text(index.definition);
    json.Key("bytes");
    json.Int64(std::atoll(index.bytes.c_str()));
    json.Key("used");
    json.Bool(used);
    json.EndObject();
  }
  json.EndArray();
  json.Key("plan");
  text(after.text);
  json.EndObject();
  return {out.GetString(), out.GetSize()};
}

}  // namespace

kit::Result<AdviceRequest> advice_request(std::string_view arguments) {
  auto json = kit::read_json(arguments);
  if (!json) return json.failure();
  AdviceRequest request;
  const auto& root = *json;
  request.query = kit::json_text(root["query"]);
  for (const auto& index : root["indexes"].GetArray()) {
    WantedIndex wanted;
    wanted.table = kit::json_text(index["table"]);
    if (const auto dot = wanted.table.find('.'); dot != std::string::npos) {
      wanted.schema = wanted.table.substr(0, dot);
      wanted.table.erase(0, dot + 1);
    }
    wanted.method = index.HasMember("using") ? std::string(kit::json_text(index["using"])) : "btree";
    for (const auto& column : index["columns"].GetArray())
      wanted.columns.emplace_back(kit::json_text(column));
    request.indexes.push_back(std::move(wanted));
  }
  return request;
}

kit::Result<ResultHandle> Connection::only_rows(kit::Call call, const std::string& text,
                                                const Parameters& parameters) {
  auto running = enter(call);
  if (!running) return running.failure();
  const std::array texts{text};
  auto replies = ask(texts, parameters);
  if (!replies) return replies.failure();
  if (replies->front().error) return failure(replies->front().error.get());
  return std::move(replies->front().rows);
}

kit::Result<std::string> Connection::with_indexes(kit::Call call, const AdviceRequest& request,
                                                  const std::string& extension) {
  auto before = planned(*this, call, request.query);
  if (!before) return before.failure();
  std::vector<Made> made;
  for (const auto& index : request.indexes) {
    Parameters names;
    for (const auto& text : {index.schema, index.table, array_of(index.columns)}) names.add(text);
    auto rows = only_rows(call, creating(extension, index.method), names);
    if (!rows) {
      auto reason = rows.failure();
      // What it thinks of the columns comes without a category.
      if (reason->category == DBMUX_E_INTERNAL) reason->category = DBMUX_E_INVALID;
      return reason;
    }
    if (PQntuples(rows->get()) == 0)
      return kit::fail(DBMUX_E_NOT_FOUND, "there is no table '" + index.table + "'").object(index.table);
    made.push_back(
        {PQgetvalue(rows->get(), 0, 0), PQgetvalue(rows->get(), 0, 1), PQgetvalue(rows->get(), 0, 2)});
  }
  auto after = planned(*this, call, request.query);
  if (!after) return after.failure();
  return advice(*before, *after, made);
}

kit::Result<std::string> Connection::advise(kit::Call call, std::string_view arguments) {
  auto request = advice_request(arguments);
  if (!request) return request.failure();
  auto known = only_rows(call, kExtension, {});
  if (!known) return known.failure();
  if (!*known || PQntuples(known->get()) == 0)
    return kit::fail(DBMUX_E_UNSUPPORTED, "the extension hypopg is not in this database").hint(kHowToGet);
  const std::string extension = PQgetvalue(known->get(), 0, 0);
  auto answer = with_indexes(call, *request, extension);
  // They are the session's, and would be in the plans of others.
  if (auto gone = only_rows(call, "SELECT " + extension + ".hypopg_reset()", {}); !gone) {
    auto reason = answer ? gone.failure() : answer.failure();
    return std::move(reason).flags(DBMUX_ERR_CONN_DEAD);
  }
  return answer;
}

}  // namespace dbmux::postgres
