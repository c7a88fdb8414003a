#include "query/rows.hpp"

#include "base/text.hpp"

namespace dbmux {

Result<std::vector<std::string>> CursorRows::columns() {
  auto columns = cursor_.columns();
  if (!columns) return fail(columns.error());
  std::vector<std::string> names;
  names.reserve(columns->size());
  for (const auto& c : *columns) names.emplace_back(c.name);
  return names;
}

namespace {

constexpr std::int64_t kTellEvery = 100'000;

// Tells of `seen` rows when it is time again.
void tell(Call& call, std::string_view telling, std::int64_t seen, std::int64_t& told) {
  if (telling.empty() || seen - told < kTellEvery) return;
  told = seen;
  call.progress(static_cast<double>(seen), -1, thousands(seen) + " " + std::string(telling));
}

}  // namespace

Result<Written> write_rows(Call& call, RowSource& source, Output& out, const WriteRequest& request,
                           Overflow* overflow) {
  auto columns = source.columns();
  if (!columns) return fail(columns.error());
  Written w;
  w.columns = std::move(*columns);
  const std::vector<std::string_view> names(w.columns.begin(), w.columns.end());
  RowWriter writer(out, request.format, request.depth, names, request.limits);
  if (names.empty()) overflow = nullptr;  // rows of nothing are not worth keeping

  w.ended = false;
  bool wanted = true;
  std::int64_t told = 0;
  if (overflow) overflow->begin(names.size());
  while (wanted) {
    auto batch = source.next();
    if (!batch && w.cut != RowWriter::Cut::none) break;  // what was asked for is there
    if (!batch) return fail(batch.error());
    if (batch->rows == 0) {
      w.ended = true;
      break;
    }
    w.seen += batch->rows;
    tell(call, request.telling, w.seen, told);
    std::uint32_t done = 0;
    if (w.cut == RowWriter::Cut::none) {
      done = writer.write(batch->cells, batch->rows);
      w.cut = writer.cut();
      if (overflow && done > 0)
        overflow->delivered(batch->cells.first(std::size_t{done} * batch->columns), done);
      if (w.cut == RowWriter::Cut::none) {
        if (const auto& ok = out.status(); !ok) return fail(ok.error());
        continue;
      }
    }
    if (!overflow) {
      w.seen -= batch->rows - done;
      break;
    }
    if (done < batch->rows)
      wanted = overflow->take(batch->cells.subspan(std::size_t{done} * batch->columns), batch->rows - done);
    if (call.cancelled()) wanted = false;
  }
  writer.end();
  if (auto ok = out.status(); !ok) return fail(ok.error());
  w.rows = writer.rows();
  w.clipped = writer.clipped();
  w.broken_cells = writer.broken_cells();
  return w;
}

std::string why_cut(RowWriter::Cut cut, const RowLimits& limits) {
  switch (cut) {
    case RowWriter::Cut::rows:
      return "limit: " + thousands(limits.rows) + (limits.rows == 1 ? " row" : " rows");
    case RowWriter::Cut::tokens:
      return "limit: about " + thousands(limits.tokens) + " tokens";
    case RowWriter::Cut::bytes:
      return "limit: " + thousands(limits.bytes) + " bytes";
    case RowWriter::Cut::none:
      break;
  }
  return {};
}

}  // namespace dbmux
