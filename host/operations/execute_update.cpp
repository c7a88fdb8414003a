#include <algorithm>
#include <cctype>

#include "operations/context.hpp"

namespace dbmux {

std::string first_word(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  std::string word;
  for (const char c : text) {
    if (!std::isalpha(static_cast<unsigned char>(c)) || word.size() >= 16) break;
    word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return word.empty() ? std::string(kNoWord) : word;
}

namespace {

Error refused(Request& request, std::string_view query) {
  Error e;
  e.category = Category::read_only;
  e.message = first_word(query) + " would change data";
  e.by.emplace_back("profile");
  return explained(std::move(e), request);
}

}  // namespace

Result<void> execute_update(Request& request) {
  const auto query = request.arguments.text("query");
  request.record.statement = query;
  if (!request.connection->writable()) return fail(refused(request, query));
  auto params = params_from(request.arguments.get("params"));
  if (!params) return fail(params.error());

  const auto limits = answer_limits(request);
  Statement statement;
  statement.text = query;
  statement.params = *params;
  statement.read_only = false;
  statement.max_cell_bytes = max_cell_bytes(limits);

  const bool asks = request.confirm || request.connection->profile().access == Access::confirm;
  if (asks)
    if (auto allowed = allowed_by_person(request, statement); !allowed) return fail(allowed.error());

  Output rows;
  auto ran = run(
      request.call, *request.connection, false,
      [&](Conn& conn) { return conn.execute(request.call, statement); }, rows,
      {Format::columnar, Depth::plain, limits}, nullptr);
  if (!ran && ran.error().category == Category::read_only)
    return fail(std::move(ran.error()));  // by the engine
  if (!ran) return fail(explained(std::move(ran.error()), request));
  request.record.rows = ran->summary.rows_affected;
  if (ran->summary.catalog_changed) tell_schema_changed(request.context, *request.connection);
  const std::string person[] = {"person"};
  request.answer.meta("dbmux/access", access_json("write", std::span(person, asks ? 1 : 0)));
  if (request.shape == Shape::array) {
    request.answer.text("Operation completed successfully");
    return {};
  }
  std::string json = "{";
  add_member(json, "rows_affected",
             ran->summary.rows_affected < 0 ? "null" : std::to_string(ran->summary.rows_affected));
  if (const auto& id = ran->summary.insert_id)
    add_member(json, "insert_id", id->kind == Kind::i64 ? std::to_string(id->i64) : json_quote(id->text));
  if (!ran->written.columns.empty()) {
    CutFacts facts;
    facts.row_count = ran->written.rows;
    facts.truncated = ran->written.cut != RowWriter::Cut::none;
    facts.why = why_cut(ran->written.cut, limits);
    facts.written = &ran->written;
    json += "," + rows.take_string();
    append_facts(json, facts);
  }
  request.answer.text(json + "}");
  return {};
}

}  // namespace dbmux
