#include "result_cursor.hpp"

#include <algorithm>
#include <utility>

#include "error.hpp"

namespace dbmux::mssql {

namespace {

constexpr std::size_t kBatchBytes = std::size_t{256} << 10;
constexpr std::uint32_t kBatchCells = 1u << 16;
constexpr std::int64_t kFlushAfterNs = 50'000'000;

}  // namespace

ResultCursor::Shape ResultCursor::Shape::of(const dbmux_request& r, bool reading, bool changes_session) {
  return {r.batch_rows, r.max_cell_bytes, r.max_rows, reading, changes_session};
}

ResultCursor::ResultCursor(Connection& connection, kit::Call call, RunningCall running, const Shape& shape)
    : connection_(connection), call_(call), running_(std::move(running)), shape_(shape) {}

kit::Status ResultCursor::start() {
  connection_.buffers().columns.clear();
  if (auto status = advance(); !status) return status.failure();
  if (pending_) describe();
  return {};
}

kit::Status ResultCursor::advance() {
  auto* const process = connection_.process();
  at_ = At::end;
  for (;;) {
    const auto code = dbresults(process);
    if (code == FAIL || !connection_.reception().errors.empty()) return failed();
    connection_.tell_notices(call_);
    // The library still shows the last one when there are no more: of several statements the last one's count
    // stays.
    if (!shape_.reading && dbiscount(process)) rows_affected_ = dbcount(process);
    if (code == NO_MORE_RESULTS) return {};
    if (dbnumcols(process) == 0) continue;
    pending_ = true;
    at_ = At::end_of_result;
    return {};
  }
}

void ResultCursor::describe() {
  auto* const process = connection_.process();
  auto& buffers = connection_.buffers();
  buffers.columns.clear();
  buffers.types.clear();
  buffers.names.clear();
  const int n = dbnumcols(process);
  for (int i = 1; i <= n; ++i) {
    buffers.types.push_back(column_type(process, i));
    const auto& type = buffers.types.back();
    const char* name = dbcolname(process, i);
    dbmux_column c{};
    c.name = kit::str(buffers.names.copy(name ? name : ""));
    c.native_type = kit::str(buffers.names.copy(type.name));
    c.origin = {"", 0};
    c.kind = type.kind;
    c.nullable = type.nullable ? 1 : 0;
    buffers.columns.push_back(c);
  }
  rows_per_batch_ = shape_.batch_rows ? shape_.batch_rows : 256;
  // One more than wanted tells that there is more.
  if (shape_.max_rows > 0 && shape_.max_rows < rows_per_batch_)
    rows_per_batch_ = static_cast<std::uint32_t>(shape_.max_rows) + 1;
  rows_per_batch_ = std::max(1u, std::min(rows_per_batch_, kBatchCells / static_cast<std::uint32_t>(n)));
  pending_ = false;
  at_ = At::rows;
}

kit::Failure ResultCursor::failed() {
  broken_ = true;
  at_ = At::end;
  pending_ = false;
  auto reason = connection_.failed();
  if (connection_.dead() && !shape_.reading) reason->flags |= DBMUX_ERR_MAY_HAVE_RUN;
  connection_.tell_notices(call_);
  return reason;
}

kit::Result<std::span<const dbmux_column>> ResultCursor::columns() {
  return std::span<const dbmux_column>(connection_.buffers().columns);
}

kit::Result<kit::Batch> ResultCursor::next_batch(kit::Call) {
  auto& buffers = connection_.buffers();
  const auto width = buffers.columns.size();
  buffers.batch.clear();
  if (auto late = std::exchange(late_, {})) return std::move(*late);
  if (broken_) return kit::fail(DBMUX_E_INVALID, "the statement has failed before");
  kit::Batch batch{buffers.cells.data(), static_cast<std::uint32_t>(width), 0};
  if (at_ != At::rows) return batch;
  if (connection_.interruption().due()) return failed();
  if (buffers.cells.size() < width * rows_per_batch_) buffers.cells.resize(width * rows_per_batch_);
  batch.cells = buffers.cells.data();
  const auto flush_at = kit::now_ns() + kFlushAfterNs;
  while (batch.rows < rows_per_batch_ && buffers.batch.used() < kBatchBytes) {
    const auto code = dbnextrow(connection_.process());
    if (code == NO_MORE_ROWS) {
      if (auto status = advance(); !status) {
        if (batch.rows == 0) return status.failure();
        late_ = status.failure();  // behind the rows that came before it
      }
      break;
    }
    if (code != REG_ROW) return failed();
    read_row(buffers.cells.data() + batch.rows * width);
    ++batch.rows;
    if (batch.rows % 16 == 0 || rows_per_batch_ < 16) {
      if (connection_.interruption().due()) return failed();
      if (kit::now_ns() >= flush_at) break;
    }
  }
  connection_.tell_notices(call_);
  return batch;
}

void ResultCursor::read_row(dbmux_value* to) {
  auto& buffers = connection_.buffers();
  int column = 0;
  for (const auto& type : buffers.types)
    *to++ = cell(connection_.process(), ++column, type, buffers.batch, shape_.max_cell_bytes);
}

kit::Result<kit::Summary> ResultCursor::summary() {
  kit::Summary s;
  s.rows_affected = shape_.reading ? -1 : rows_affected_;
  if (shape_.reading) s.enforced_by = DBMUX_BY_PARSER | DBMUX_BY_ROLLBACK;
  if (shape_.changes_session) s.flags |= DBMUX_SUM_SESSION_DIRTY;
  if (!shape_.reading) s.flags |= DBMUX_SUM_CATALOG_CHANGED;
  return s;
}

kit::Result<bool> ResultCursor::next_result(kit::Call) {
  if (auto late = std::exchange(late_, {})) return std::move(*late);
  if (broken_) return kit::fail(DBMUX_E_INVALID, "the statement has failed before");
  if (at_ == At::rows) {
    // Not by dbcanquery(), which asks nobody whether the call is over while rows keep coming.
    auto code = dbnextrow(connection_.process());
    while (code == REG_ROW && !connection_.interruption().due()) code = dbnextrow(connection_.process());
    if (code != NO_MORE_ROWS) return failed();
    if (auto status = advance(); !status) return status.failure();
  }
  if (!pending_) return false;
  describe();
  return true;
}

kit::Status ResultCursor::close(kit::Call call) {
  kit::Status status;
  if (!shape_.reading)
    if (auto late = std::exchange(late_, {})) status = std::move(*late);
  const bool unfinished = at_ != At::end;
  // A change that gives rows is complete only behind its last one.
  while (!shape_.reading && at_ != At::end && !broken_) {
    auto more = next_result(call);
    if (!more) status = more.failure();
  }
  if (unfinished && !broken_ && shape_.reading) connection_.stop();
  const bool bracket_open = shape_.reading && (unfinished || broken_);
  if (bracket_open && !connection_.roll_back_bracket() && status)
    status = failure(connection_.reception(), true);
  running_.reset();
  return status;
}

}  // namespace dbmux::mssql
