#include "statement_cursor.hpp"

#include <algorithm>
#include <cstdlib>

#include "error.hpp"
#include "page_key.hpp"
#include "types.hpp"

namespace dbmux::postgres {

namespace {

constexpr std::size_t kBatchBytes = std::size_t{256} << 10;
constexpr std::uint32_t kBatchCells = 1u << 16;
constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kFlushAfterNs = 50 * kMs;
// How long a statement may take to end once it is to end: the answer is late by that much at most.
constexpr std::int64_t kStopNs = 800 * kMs;
constexpr std::int64_t kShortestCloseNs = 250 * kMs, kLongestCloseNs = 2000 * kMs;
// Fewer rows than this are read to their end rather than cancelled, if they are here already.
constexpr int kSkippedRows = 2000;

}  // namespace

StatementCursor::Shape StatementCursor::Shape::of(const dbmux_request& r) {
  return {r.batch_rows, r.max_cell_bytes};
}

StatementCursor::StatementCursor(Connection& connection, RunningCall running, Job job, const Shape& shape)
    : connection_(connection), running_(std::move(running)), job_(std::move(job)), shape_(shape) {}

kit::Status StatementCursor::send(const Parameters& parameters) {
  auto& wire = connection_.wire();
  for (const char* command : job_.brackets.before)
    if (auto sent = wire.send(command); !sent) return sent;
  if (const auto* prelude = job_.brackets.prelude)
    if (auto sent = wire.send(prelude->text(), &prelude->parameters()); !sent) return sent;
  if (job_.brackets.prelude && job_.brackets.prelude->answers())
    if (auto asked = wire.ask_for_answers(); !asked) return asked;
  if (auto sent = wire.send(job_.text.c_str(), &parameters); !sent) return sent;
  for (const char* command : job_.brackets.after)
    if (auto sent = wire.send(command); !sent) return sent;
  return wire.sync();
}

kit::Status StatementCursor::read_brackets() {
  auto& wire = connection_.wire();
  const auto commands = job_.brackets.before.size() + (job_.brackets.prelude ? 1 : 0);
  for (std::size_t ended_commands = 0; ended_commands < commands;) {
    auto step = wire.next(connection_.interruption());
    if (step.ready != Ready::yes) return ended(step.ready);
    if (!step.result) {
      ++ended_commands;
    } else if (const auto status = PQresultStatus(step.result.get()); status == PGRES_TUPLES_OK) {
      connection_.learn_process(step.result.get());
    } else if (status != PGRES_COMMAND_OK) {
      return failed(step.result.get());
    }
  }
  return {};
}

kit::Status StatementCursor::start(const Parameters& parameters) {
  auto& wire = connection_.wire();
  if (auto sent = send(parameters); !sent) return sent;
  if (auto read = read_brackets(); !read) return read;
  PQsetSingleRowMode(wire.get());
  auto step = wire.next(connection_.interruption());
  if (step.ready != Ready::yes) return ended(step.ready);
  if (!step.result) return kit::fail(DBMUX_E_INTERNAL, "the server gave no answer");
  const auto status = PQresultStatus(step.result.get());
  if (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK) plan_columns(step.result.get());
  return take(std::move(step.result));
}

void StatementCursor::skip(const PGresult* described) {
  plan_columns(described);
  done_ = true;
}

// A result of the statement: a row, its end, or an error.
kit::Status StatementCursor::take(ResultHandle result) {
  switch (PQresultStatus(result.get())) {
    case PGRES_SINGLE_TUPLE:
      pending_ = std::move(result);
      return {};
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
      return complete(result.get());
    default:
      return failed(result.get());
  }
}

kit::Status StatementCursor::complete(const PGresult* last) {
  auto& wire = connection_.wire();
  const std::string_view tag = PQcmdStatus(const_cast<PGresult*>(last));
  const bool counts = tag.starts_with("INSERT") || tag.starts_with("UPDATE") || tag.starts_with("DELETE") ||
                      tag.starts_with("MERGE");
  const char* affected = PQcmdTuples(const_cast<PGresult*>(last));
  if (counts && *affected) rows_affected_ = std::atoll(affected);
  auto end = wire.finish(connection_.interruption());
  if (end.ready != Ready::yes) return ended(end.ready);
  // Constraints may be checked, and conflicts found, when the transaction ends.
  if (end.error && !job_.reading) return failed(end.error.get());
  done_ = true;
  if (job_.changes_catalog) connection_.catalog_changed();
  connection_.settle(job_.brackets, false, connection_.interruption());
  return {};
}

kit::Failure StatementCursor::failed(const PGresult* error) {
  auto& wire = connection_.wire();
  auto& interruption = connection_.interruption();
  done_ = true;
  auto reason = failure(error, job_.own ? std::string_view() : std::string_view(job_.text));
  if (is_cancelled(error)) {
    if (const auto due = interruption.due(); due != Ready::yes) {
      reason = connection_.stopped(due);
    } else if (reason->message.find("timeout") != std::string::npos) {
      reason->category = DBMUX_E_TIMEOUT;
    }
  }
  if (connection_.dirty()) reason->flags |= DBMUX_ERR_SESSION_DIRTY;
  if (reason->flags & DBMUX_ERR_CONN_DEAD) wire.give_up();
  Until until(kit::now_ns() + kStopNs);
  if (!wire.dead() && wire.finish(until).ready != Ready::yes) wire.give_up();
  if (!wire.dead()) connection_.settle(job_.brackets, false, until);
  if (wire.dead()) reason->flags |= DBMUX_ERR_CONN_DEAD;
  // Without an SQLSTATE it was libpq that saw the connection go.
  if (!job_.reading && wire.dead() && sqlstate(error).empty()) reason->flags |= DBMUX_ERR_MAY_HAVE_RUN;
  if (connection_.in_transaction() && (wire.dead() || wire.transaction() == PQTRANS_INERROR))
    reason->flags |= DBMUX_ERR_TXN_FAILED;
  return reason;
}

kit::Failure StatementCursor::ended(Ready why) {
  auto& wire = connection_.wire();
  done_ = true;
  pending_.reset();
  if (why == Ready::lost) {
    auto reason = wire.lost();
    if (!job_.reading) reason->flags |= DBMUX_ERR_MAY_HAVE_RUN;
    return reason;
  }
  const auto how = connection_.stop_flight(job_.brackets, kit::now_ns() + kStopNs);
  auto reason = connection_.stopped(why);
  if (why == Ready::deadline && !how.blockers.empty())
    reason = kit::fail(DBMUX_E_LOCK_TIMEOUT, "the statement waited for a lock until its time was over")
                 .detail("The lock is held or wanted before by the server's process " + how.blockers + ".")
                 .flags(DBMUX_ERR_RETRYABLE);
  if (!how.usable) reason->flags |= DBMUX_ERR_CONN_DEAD;
  if (!job_.reading && how.ran) reason->flags |= DBMUX_ERR_MAY_HAVE_RUN;
  if (connection_.in_transaction() && (!how.usable || wire.transaction() == PQTRANS_INERROR))
    reason->flags |= DBMUX_ERR_TXN_FAILED;
  return reason;
}

std::string_view StatementCursor::type_name(Oid type, int modifier) {
  if (const auto plain = plain_name(type); modifier < 0 && !plain.empty()) return plain;
  const auto spelt = built_in_name(type, modifier);
  return connection_.buffers().names.copy(spelt ? *spelt : connection_.type_name(type, modifier));
}

void StatementCursor::plan_columns(const PGresult* result) {
  auto& buffers = connection_.buffers();
  buffers.columns.clear();
  buffers.names.clear();
  readings_.clear();
  const int n = PQnfields(result) - page_.hidden;
  readings_.reserve(static_cast<std::size_t>(std::max(0, n)));
  for (int i = 0; i < n; ++i) {
    const Oid type = PQftype(result, i);
    readings_.push_back(reading_of(type));
    dbmux_column c{};
    c.name = kit::str(buffers.names.copy(PQfname(result, i)));
    c.native_type = kit::str(type_name(type, PQfmod(result, i)));
    c.origin = {"", 0};
    c.kind = usual_kind(readings_.back());
    c.nullable = -1;
    buffers.columns.push_back(c);
  }
  rows_per_batch_ = std::clamp(shape_.batch_rows ? shape_.batch_rows : 256u, 1u,
                               std::max(1u, kBatchCells / static_cast<std::uint32_t>(std::max(1, n))));
}

kit::Result<std::span<const dbmux_column>> StatementCursor::columns() {
  return std::span<const dbmux_column>(connection_.buffers().columns).first(readings_.size());
}

void StatementCursor::read_row(const PGresult* row, dbmux_value* cell) {
  auto& arena = connection_.buffers().batch;
  for (int i = 0; i < static_cast<int>(readings_.size()); ++i, ++cell) {
    if (PQgetisnull(row, 0, i)) {
      *cell = kit::null_value();
      continue;
    }
    const std::string_view text(PQgetvalue(row, 0, i), static_cast<std::size_t>(PQgetlength(row, 0, i)));
    *cell = read_cell(readings_[static_cast<std::size_t>(i)], text, shape_.max_cell_bytes, arena);
  }
}

kit::Result<kit::Batch> StatementCursor::next_batch(kit::Call) {
  auto& buffers = connection_.buffers();
  auto& wire = connection_.wire();
  buffers.batch.clear();
  const auto width = readings_.size();
  if (done_ && !pending_) return kit::Batch{nullptr, static_cast<std::uint32_t>(width), 0};
  if (const auto due = connection_.interruption().due(); due != Ready::yes && !done_) return ended(due);
  if (buffers.cells.size() < width * rows_per_batch_) buffers.cells.resize(width * rows_per_batch_);
  const auto flush_at = kit::now_ns() + kFlushAfterNs;
  std::uint32_t rows = 0;
  while (rows < rows_per_batch_ && buffers.batch.used() < kBatchBytes) {
    if (!pending_) {
      if (done_) break;
      auto step = wire.next(connection_.interruption(), rows == 0 ? INT64_MAX : flush_at);
      if (step.ready == Ready::later) break;
      if (step.ready != Ready::yes) return ended(step.ready);
      if (!step.result) return kit::fail(DBMUX_E_INTERNAL, "the result has no end");
      if (auto taken = take(std::move(step.result)); !taken) return taken.failure();
      if (!pending_) break;
    }
    const auto row = std::move(pending_);
    read_row(row.get(), buffers.cells.data() + rows * width);
    ++rows;
    if (page_.limit > 0 && ++delivered_ == page_.limit)
      if (auto ended = end_page(row.get()); !ended) return ended.failure();
  }
  return kit::Batch{buffers.cells.data(), static_cast<std::uint32_t>(width), rows};
}

kit::Status StatementCursor::end_page(const PGresult* last_row) {
  auto place =
      page_.key.empty() ? kit::encode_offset(page_.offset + delivered_) : encode_key(last_row, page_.key);
  while (!done_) {
    auto step = connection_.wire().next(connection_.interruption());
    if (step.ready != Ready::yes) return ended(step.ready);
    if (!step.result) return kit::fail(DBMUX_E_INTERNAL, "the result has no end");
    if (auto taken = take(std::move(step.result)); !taken) return taken;
    if (pending_) next_ = place;
    pending_.reset();
  }
  return {};
}

kit::Result<kit::Summary> StatementCursor::summary() {
  kit::Summary s;
  if (connection_.in_transaction()) s.flags |= DBMUX_SUM_IN_TXN;
  if (connection_.dirty()) s.flags |= DBMUX_SUM_SESSION_DIRTY;
  if (job_.changes_catalog) s.flags |= DBMUX_SUM_CATALOG_CHANGED;
  if (job_.reading) s.enforced_by = job_.brackets.enforced_by;
  s.rows_affected = rows_affected_;
  s.next = next_;
  return s;
}

// Reads what has arrived. True: that was all of the flight.
bool StatementCursor::skip_what_is_here() {
  auto& wire = connection_.wire();
  for (int i = 0; i < kSkippedRows && wire.busy(); ++i)
    if (wire.next(connection_.interruption(), kit::now_ns()).ready != Ready::yes) break;
  return !wire.busy();
}

kit::Status StatementCursor::close(kit::Call call) {
  pending_.reset();
  kit::Status status;
  if (!done_ && !job_.reading) {
    // A write that gives rows is committed only behind its last one.
    auto end = connection_.wire().finish(connection_.interruption());
    if (end.ready != Ready::yes) {
      status = ended(end.ready);
    } else if (end.error) {
      status = failed(end.error.get());
    }
  } else if (!done_) {
    const auto now = kit::now_ns();
    const auto until = std::clamp(call.deadline_ns(), now + kShortestCloseNs, now + kLongestCloseNs);
    Until clock(until);
    if (skip_what_is_here()) {
      connection_.settle(job_.brackets, false, clock);
    } else {
      connection_.stop_flight(job_.brackets, until);
    }
    if (connection_.wire().dead())
      status = kit::fail(DBMUX_E_CONNECTION, "the statement could not be stopped in time")
                   .flags(DBMUX_ERR_CONN_DEAD);
  }
  done_ = true;
  running_.reset();
  return status;
}

}  // namespace dbmux::postgres
