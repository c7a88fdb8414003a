#include "operations/result_handles.hpp"
#include "operations/table_page.hpp"
#include "schema/tables.hpp"

namespace dbmux {

namespace {

constexpr std::chrono::milliseconds kCountBudget{50};

// The key behind the first n rows of a page: where the next page starts when the answer's limits cut this one
// short.
Result<std::string> key_behind(Request& request, Conn& conn, Scan scan, std::int64_t rows) {
  scan.limit = rows;
  auto cursor = conn.scan(request.call, scan);
  if (!cursor) return fail(cursor.error());
  while (true) {
    auto batch = (*cursor)->next_batch();
    if (!batch) return fail(batch.error());
    if (batch->rows == 0) break;
  }
  auto summary = (*cursor)->summary();
  if (!summary) return fail(summary.error());
  return summary->next;
}

}  // namespace

Result<void> write_table_page(Request& request, const TablePage& page, const RowLimits& limits,
                              std::int64_t most_rows) {
  auto connection = connection_named(request.context, request.call.principal(), page.connection);
  if (!connection) return fail(connection.error());
  request.connection = *connection;
  request.record.connection = (*connection)->name();
  request.record.statement = "read " + page.shown_name;

  Scan scan;
  scan.table = page.table;
  scan.after = page.after;
  scan.limit = limits.rows;
  scan.offset = page.after.empty() ? page.offset : 0;
  scan.max_cell_bytes = max_cell_bytes(limits);
  auto page_limits = limits;
  page_limits.rows = 0;  // the scan counts

  request.answer.text("{");
  auto ran = run(
      request.call, **connection, true, [&](Conn& conn) { return conn.scan(request.call, scan); },
      request.answer.out(), {Format::columnar, request.answer.depth(), page_limits}, nullptr);
  if (!ran) return fail(explained(std::move(ran.error()), request));
  const auto& written = ran->written;
  request.record.rows = written.rows;

  std::string after = ran->summary.next;
  CutFacts facts;
  facts.row_count = written.rows;
  facts.written = &written;
  std::optional<std::int64_t> total;
  auto more = with_session(request.call, **connection, true, [&](Lease& lease) -> Result<void> {
    if (written.cut != RowWriter::Cut::none) {
      auto key = key_behind(request, lease.conn(), scan, written.rows);
      if (!key) return fail(key.error());
      after = std::move(*key);
    }
    facts.truncated = !after.empty();
    if (!facts.truncated && (written.rows > 0 || page.offset == 0)) {
      total = page.offset + written.rows;
    } else if (const auto count = count_rows(request.call, lease.conn(), page.table, kCountBudget);
               count.is == std::string_view("exact")) {
      total = count.rows;
    }
    return {};
  });
  if (!more) return fail(explained(std::move(more.error()), request));

  if (facts.truncated) {
    facts.why = why_cut(written.cut == RowWriter::Cut::none ? RowWriter::Cut::rows : written.cut, limits);
    facts.total = total;
    const auto offset = page.offset + written.rows;
    const TablePage rest{page.connection, page.table, page.shown_name, after, offset};
    if (request.context.one_shot) {
      facts.hint = "ask for more rows with limit and offset";
    } else {
      facts.next = request.context.continuations.keep(request.call.principal(),
                                                      {rest, Format::columnar, limits, most_rows}) +
                   "-" + std::to_string(offset);
      facts.hint = next_hint(request, facts.next);
    }
  }
  std::string json;
  append_facts(json, facts);
  json += ",\"table\":" + json_quote(page.shown_name) + ",\"limit\":" + std::to_string(limits.rows) +
          ",\"offset\":" + std::to_string(page.offset);
  if (total && !facts.truncated) json += ",\"total\":" + std::to_string(*total);
  request.answer.text(json + "}");
  request.answer.meta("dbmux/access", access_json("read", ran->summary.enforced_by));
  if (!ran->served_by.empty()) request.answer.meta("dbmux/served_by", json_quote(ran->served_by));
  return {};
}

Result<void> read_table(Request& request) {
  const auto& a = request.arguments;
  const auto offset = a.integer("offset").value_or(0);
  if (offset < 0) return fail(Category::invalid, "offset must not be negative");
  if (const auto rows = a.integer("limit"); rows && *rows < 1)
    return fail(Category::invalid, "limit must be at least 1");
  auto name = table_argument(request);
  if (name.schema.empty()) name.schema = words_of(request.context, *request.connection).default_schema;
  TablePage page{request.connection->name(), name, shown(name), {}, offset};
  return write_table_page(request, page, answer_limits(request), request.connection->profile().limits.rows);
}

}  // namespace dbmux
