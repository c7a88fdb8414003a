#include "base/text.hpp"
#include "operations/context.hpp"
#include "operations/result_handles.hpp"
#include "operations/save.hpp"
#include "operations/table_page.hpp"
#include "schema/plan_guard.hpp"

namespace dbmux {

namespace {

Format wanted_format(const Request& request) {
  if (request.shape == Shape::array) return Format::objects;
  const auto name = request.arguments.text("format");
  return name.empty() || name == "json" ? Format::columnar : format_named(name).value_or(Format::columnar);
}

// Rows up to `next_row` of a result have been given; those of the spool that follow can be had by the name.
void say_what_follows(Request& request, CutFacts& facts, const KeptRows& kept, std::int64_t next_row,
                      const std::string& name) {
  const auto end = std::max(kept.spool->end(), next_row);
  if (kept.complete) facts.total = end;
  if (next_row < end && !request.context.one_shot) {
    facts.next = name + "-" + std::to_string(next_row);
    facts.hint = next_hint(request, facts.next) + ", or narrow the query";
  } else if (request.context.one_shot) {
    facts.hint = "ask for more rows with limit, or narrow the query";
  } else {
    facts.hint =
        "only " + thousands(end) + " rows were kept; narrow the query, or sort it and ask for a later part";
  }
}

constexpr Spool::Limits kKeepAll{
    .rows = 5'000'000, .bytes = std::int64_t{512} << 20, .time = {}, .whole = true};
constexpr std::uint32_t kKeptCell = 16u << 20;

std::string why_not_all(const Request& request, const Spool& spool) {
  if (!spool.status()) return spool.status().error().message;
  if (spool.full())
    return "limit: " + thousands(kKeepAll.rows) + " rows, " + thousands(kKeepAll.bytes) + " bytes";
  return request.call.expired() ? "the call's time was over" : "the rows could not be read to their end";
}

std::string kept_json(const Request& request, const KeptRows& kept, const std::string& name) {
  std::string json = "{";
  add_text_member(json, "result", result_uri(name));
  add_text_member(json, "connectionId", kResultsName);
  add_text_member(json, "table", name);
  add_member(json, "rows", std::to_string(kept.spool->rows()));
  add_member(json, "complete", kept.complete ? "true" : "false");
  if (!kept.complete) add_text_member(json, "why", why_not_all(request, *kept.spool));
  if (kept.spool->truncated_cells() > 0)
    add_member(json, "cells_cut", std::to_string(kept.spool->truncated_cells()));
  add_member(json, "minutes", std::to_string(Continuations::kLife.count()));
  return json + "}";
}

// What stands before and after the rows, by format.
void open_document(Answer& answer, Format format) {
  if (format == Format::columnar) answer.text("{");
}

void close_document(Request& request, Format format, const CutFacts& facts) {
  std::string json;
  append_facts(json, facts);
  if (format == Format::columnar) {
    request.answer.text(json + "}");
  } else if (facts.truncated || !facts.kept.empty() || !facts.written->clipped.empty() ||
             facts.written->broken_cells > 0) {
    request.answer.block("{" + json.substr(1) + "}");  // no room for it in the first block
  }
}

CutFacts facts_of(const Written& written, const RowLimits& limits) {
  CutFacts facts;
  facts.row_count = written.rows;
  facts.truncated = written.cut != RowWriter::Cut::none;
  facts.why = why_cut(written.cut, limits);
  facts.written = &written;
  return facts;
}

Result<void> next_of_kept(Request& request, const Continuation& continuation, const RowLimits& limits,
                          std::string_view next) {
  const auto& kept = std::get<KeptRows>(continuation.what);
  const auto [name, asked] = Continuations::split(next);
  const auto first = std::max(asked, kept.spool->first());
  if (first > kept.spool->end())
    return fail(Category::invalid, "next '" + std::string(next) + "' lies behind the last row that was kept");
  open_document(request.answer, continuation.format);
  const auto rows = kept.spool->from(first - kept.spool->first());
  auto written = write_rows(request.call, *rows, request.answer.out(),
                            {continuation.format, request.answer.depth(), limits}, nullptr);
  if (!written) return fail(written.error());
  request.record.rows = written->rows;
  auto facts = facts_of(*written, limits);
  const auto next_row = first + written->rows;
  if (!facts.truncated && !kept.complete) {
    facts.truncated = true;
    facts.why = "the kept rows end here";
  }
  if (facts.truncated) say_what_follows(request, facts, kept, next_row, std::string(name));
  close_document(request, continuation.format, facts);
  return {};
}

Result<void> go_on(Request& request, std::string_view next) {
  auto continuation = request.context.continuations.find(request.call.principal(), next);
  if (!continuation) return fail(continuation.error());
  auto limits = (*continuation)->limits;
  if (const auto rows = request.arguments.integer("limit")) {
    const auto most = (*continuation)->most_rows;
    limits.rows = most > 0 ? std::min(*rows, most) : *rows;
  }
  if (const auto* page = std::get_if<TablePage>(&(*continuation)->what))
    return write_table_page(request, *page, limits, (*continuation)->most_rows);
  return next_of_kept(request, **continuation, limits, next);
}

// What of the result stays behind the answer, and what the answer says of it.
void keep(Request& request, const Ran& ran, const std::shared_ptr<Spool>& spool, Format format,
          const RowLimits& limits, bool on_request, CutFacts& facts) {
  if (!facts.truncated && !on_request) return;
  const KeptRows kept{spool, ran.written.ended && !spool->full(), on_request, request.connection->name()};
  std::string name;
  if (on_request || spool->end() > ran.written.rows) {
    spool->name_columns(ran.written.columns);
    name = request.context.continuations.keep(request.call.principal(),
                                              {kept, format, limits, limits_of(request).rows});
    if (spool->first() == 0) request.answer.meta("dbmux/result", json_quote(result_uri(name)));
  }
  if (facts.truncated) say_what_follows(request, facts, kept, ran.written.rows, name);
  if (!on_request) return;
  facts.kept = kept_json(request, kept, name);
  tell_resources_changed(request.context);
}

Result<void> check_keeping(const Request& request) {
  const bool keeps = request.arguments.boolean("keep");
  const bool saves = request.arguments.get("save") != nullptr;
  if (keeps && saves) return fail(Category::invalid, "give either keep or save");
  if ((keeps || saves) && request.arguments.get("next"))
    return fail(Category::invalid, "keep and save go with query, not with next");
  if (keeps && request.context.one_shot)
    return fail(Category::invalid, "keep is of no use here: the process ends with this call",
                "Ask for more rows with limit.");
  return {};
}

}  // namespace

Result<std::unique_ptr<Cursor>> execute_guarded(Request& request, Conn& conn, const Statement& statement) {
  if (auto allowed = check_plan(request.call, conn, statement, request.connection->profile()); !allowed)
    return fail(std::move(allowed.error()));
  return conn.execute(request.call, statement);
}

Result<void> execute_query(Request& request) {
  if (const auto rows = request.arguments.integer("limit"); rows && *rows < 1)
    return fail(Category::invalid, "limit must be at least 1");
  if (auto fits = check_keeping(request); !fits) return fits;
  if (const auto next = request.arguments.text("next"); !next.empty()) return go_on(request, next);
  const auto query = request.arguments.text("query");
  request.record.statement = query;
  if (query.empty()) return fail(Category::invalid, "execute_query needs the argument 'query', or 'next'.");
  auto params = params_from(request.arguments.get("params"));
  if (!params) return fail(params.error());

  const bool keeps = request.arguments.boolean("keep");
  const auto format = wanted_format(request);
  const auto limits = answer_limits(request);
  Statement statement;
  statement.text = query;
  statement.params = *params;
  statement.read_only = true;
  statement.max_cell_bytes = keeps ? std::max(kKeptCell, max_cell_bytes(limits)) : max_cell_bytes(limits);
  if (const auto save = request.arguments.text("save"); !save.empty())
    return save_result(request, statement, save);

  auto spool = std::make_shared<Spool>(keeps ? kKeepAll : Spool::Limits{});
  open_document(request.answer, format);
  auto ran = run(
      request.call, *request.connection, true,
      [&](Conn& conn) { return execute_guarded(request, conn, statement); }, request.answer.out(),
      {format, request.answer.depth(), limits, keeps ? "rows kept" : ""},
      request.context.one_shot ? nullptr : spool.get());
  if (!ran) return fail(explained(std::move(ran.error()), request));
  if (keeps && ran->written.columns.empty())
    return fail(Category::invalid, "the statement gives no rows to keep");

  request.record.rows = ran->written.rows;
  auto facts = facts_of(ran->written, limits);
  keep(request, *ran, spool, format, limits, keeps, facts);
  close_document(request, format, facts);
  request.answer.meta("dbmux/access", access_json("read", ran->summary.enforced_by));
  if (!ran->served_by.empty()) request.answer.meta("dbmux/served_by", json_quote(ran->served_by));
  return {};
}

}  // namespace dbmux
