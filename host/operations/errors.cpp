#include "base/text.hpp"
#include "operations/context.hpp"
#include "schema/tables.hpp"

namespace dbmux {

namespace {

void add_text(std::string& json, std::string_view key, std::string_view value) {
  if (!value.empty()) json += ",\"" + std::string(key) + "\":" + json_quote(value);
}

void add_list(std::string& json, std::string_view key, std::span<const std::string> values) {
  if (values.empty()) return;
  json += ",\"" + std::string(key) + "\":[";
  for (std::size_t i = 0; i < values.size(); ++i) json += (i ? "," : "") + json_quote(values[i]);
  json += ']';
}

void add_number(std::string& json, std::string_view key, std::int64_t value) {
  json += ",\"" + std::string(key) + "\":" + std::to_string(value);
}

// A name that differs from the one that is there by upper and lower case only.
std::string about_case(std::string_view wrong, std::string_view right, Request& request) {
  const auto dot = right.rfind('.');
  const auto before = right.substr(0, dot == std::string_view::npos ? 0 : dot + 1);
  const auto name = right.substr(before.size());
  if (wrong == right || !equal_ignoring_case(wrong.substr(wrong.rfind('.') + 1), name)) return {};
  const auto quoted = '"' + std::string(name) + '"';
  std::string text = "There is " + quoted;
  if (!before.empty()) text += " (" + std::string(before.substr(0, dot)) + ")";
  const auto folds = words_of(request.context, *request.connection).folds;
  const auto descriptor = request.connection->descriptor();
  if (folds.empty() || !descriptor)
    return text + ": upper and lower case count there, so write it in this way.";
  return text + ": " + descriptor->name + " folds unquoted names to " + folds + " case, write " +
         std::string(before) + quoted + " with its quotes.";
}

}  // namespace

std::string error_document(const Error& e) {
  std::string json = "{\"error\":{\"category\":" + json_quote(to_string(e.category));
  std::string message = e.message;
  if (!e.detail.empty()) message += (message.ends_with('.') ? " " : ". ") + e.detail;
  add_text(json, "message", message);
  add_text(json, "code", e.code);
  if (e.position > 0) add_number(json, "position", e.position);
  if (e.line > 0) add_number(json, "line", e.line);
  add_list(json, "did_you_mean", e.did_you_mean);
  add_list(json, "by", e.by);
  if (e.waited_for != WaitedFor::nothing) add_text(json, "waited_for", to_string(e.waited_for));
  if (e.elapsed_ms >= 0) add_number(json, "elapsed_ms", e.elapsed_ms);
  add_text(json, "limit", e.limit);
  add_text(json, "hint", e.hint);
  return json + "}}";
}

Error explained(Error e, Request& request) {
  auto& connection = *request.connection;
  if (e.category == Category::read_only) {
    while (e.message.ends_with('.')) e.message.pop_back();
    const bool wrong_face = connection.writable();
    e.message = "Refused: " + e.message +
                (wrong_face ? ", and " + request.record.operation + " only reads"
                            : ", and the connection '" + connection.name() + "' is read-only") +
                ". Nothing was run.";
    if (e.by.empty()) e.by.emplace_back("parser");
    e.hint = wrong_face
                 ? "If the person wants this change, call execute_update."
                 : "This cannot be changed from here. Tell the person that a write was needed; the operator "
                   "decides.";
    request.answer.meta("dbmux/access", access_json("refused", e.by));
  } else if (e.category == Category::not_found && !e.object.empty() && e.did_you_mean.empty()) {
    // What is missing may have been there a moment ago.
    auto tables = tables_of(request.context, request.call, request.connection, {}, true);
    static_cast<void>(with_session(request.call, connection, true, [&](Lease& lease) -> Result<void> {
      if (!tables) return {};
      e.did_you_mean =
          nearest_names(request.call, lease.conn(), **tables, e.object,
                        words_of(request.context, connection).default_schema, request.record.statement);
      return {};
    }));
    if (e.did_you_mean.empty() && e.hint.empty()) e.hint = "list_tables shows what there is.";
    if (e.hint.empty()) e.hint = about_case(e.object, e.did_you_mean.front(), request);
  }
  return e;
}

std::string access_json(std::string_view verdict, std::span<const std::string> by) {
  std::string json = "{\"verdict\":";
  json.reserve(96);
  append_quoted(json, verdict);
  json += ",\"by\":[";
  for (std::size_t i = 0; i < by.size(); ++i) {
    if (i > 0) json += ',';
    append_quoted(json, by[i]);
  }
  json += "]}";
  return json;
}

}  // namespace dbmux
