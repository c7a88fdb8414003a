// What the answers of several operations have in common.
#include "base/text.hpp"
#include "operations/context.hpp"
#include "operations/words.hpp"
#include "schema/tables.hpp"

namespace dbmux {

Words words_of(Context& context, Connection& connection) {
  const std::lock_guard lock(context.words_mutex);
  const auto& plugin = connection.profile().plugin;
  if (const auto at = context.words.find(plugin); at != context.words.end()) return at->second;
  auto descriptor = connection.descriptor();
  return context.words.emplace(plugin, descriptor ? words_of(*descriptor) : Words{}).first->second;
}

namespace {

std::string schema_of(Request& request, std::string_view written) {
  if (written == "public" && words_of(request.context, *request.connection).default_schema != "public")
    return {};
  return std::string(written);
}

}  // namespace

std::string schema_argument(Request& request) { return schema_of(request, request.arguments.text("schema")); }

ObjectName table_argument(Request& request) {
  auto name = object_named(request.arguments.text("table_name"), request.arguments.text("schema"));
  name.schema = schema_of(request, name.schema);
  return name;
}

const Limits& limits_of(const Request& request) {
  return request.limits ? *request.limits : request.connection->profile().limits;
}

RowLimits answer_limits(const Request& request) {
  constexpr std::int64_t kUnlessAsked = 100;
  const auto& limits = limits_of(request);
  RowLimits out;
  const auto wanted = request.arguments.integer("limit").value_or(kUnlessAsked);
  out.rows = limits.rows > 0 ? std::min(wanted, limits.rows) : wanted;
  out.tokens = request.context.one_shot ? 0 : limits.tokens;
  out.bytes = limits.bytes;
  out.cell = limits.cell;
  return out;
}

std::uint32_t max_cell_bytes(const RowLimits& limits) {
  constexpr std::uint32_t kAtLeast = 1u << 20;
  return limits.cell == 0 ? 0 : std::max(limits.cell, kAtLeast);
}

void append_facts(std::string& json, const CutFacts& facts) {
  json += ",\"row_count\":" + std::to_string(facts.row_count);
  json += facts.truncated ? ",\"truncated\":true" : ",\"truncated\":false";
  if (facts.truncated) {
    json += ",\"why\":" + json_quote(facts.why);
    json += facts.total ? ",\"total\":" + std::to_string(*facts.total) : std::string(",\"more\":true");
    if (!facts.next.empty()) json += ",\"next\":" + json_quote(facts.next);
    if (!facts.hint.empty()) json += ",\"hint\":" + json_quote(facts.hint);
  }
  if (!facts.kept.empty()) json += ",\"kept\":" + facts.kept;
  if (facts.written && !facts.written->clipped.empty()) {
    json += ",\"clipped\":[";
    bool first = true;
    for (const auto& [row, column] : facts.written->clipped) {
      if (!first) json += ',';
      first = false;
      json += "[" + std::to_string(row) + "," + json_quote(facts.written->columns[column]) + "]";
    }
    json += ']';
  }
  if (facts.written && facts.written->broken_cells > 0)
    json += ",\"notice\":" + json_quote(std::to_string(facts.written->broken_cells) +
                                        " cells were not valid text and are given as base64");
}

std::string next_hint(const Request& request, std::string_view next) {
  const bool hyphen = request.record.operation.find('-') != std::string::npos;
  return std::string(hyphen ? "call execute-query" : "call execute_query") + " with only {\"next\":\"" +
         std::string(next) + "\"} within 15 minutes";
}

ListAnswer::ListAnswer(const Limits& limits) : most_(limits.rows), most_bytes_(limits.bytes) {
  const auto tokens_as_bytes = limits.tokens * 8 / 3;
  if (limits.tokens > 0 && (most_bytes_ == 0 || tokens_as_bytes < most_bytes_)) most_bytes_ = tokens_as_bytes;
}

bool ListAnswer::add(std::string_view item) {
  if (cut()) return false;
  if (most_ > 0 && size_ >= most_) why_ = "limit: " + thousands(most_) + " entries";
  if (most_bytes_ > 0 && size_ > 0 && static_cast<std::int64_t>(items_.size() + item.size()) > most_bytes_)
    why_ = "limit: " + thousands(most_bytes_) + " bytes";
  if (cut()) return false;
  if (size_++ > 0) items_ += ',';
  items_ += item;
  return true;
}

std::string ListAnswer::facts(std::string_view hint) const {
  if (!cut()) return ",\"truncated\":false";
  return ",\"truncated\":true,\"why\":" + json_quote(why_) + ",\"hint\":" + json_quote(hint);
}

void add_member(std::string& object, std::string_view key, std::string_view json_value) {
  object += object.ends_with('{') ? "\"" : ",\"";
  object += key;
  object += "\":";
  object += json_value;
}

void add_text_member(std::string& object, std::string_view key, std::string_view text) {
  if (!text.empty()) add_member(object, key, json_quote(text));
}

std::string json_list(std::span<const std::string> texts) {
  std::string list = "[";
  for (std::size_t i = 0; i < texts.size(); ++i) list += (i ? "," : "") + json_quote(texts[i]);
  return list + "]";
}

}  // namespace dbmux
