#include <algorithm>

#include "driver/state.hpp"

namespace dbmux {

using abi::ErrorSlot;

namespace {

std::optional<Param> to_param(const dbmux_value& value) {
  if (value.kind == DBMUX_NULL) return std::nullopt;
  Param p;
  p.kind = static_cast<Kind>(value.kind);
  switch (p.kind) {
    case Kind::boolean:
    case Kind::i64:
    case Kind::u64:
      p.i64 = value.u.i64;
      break;
    case Kind::f64:
      p.f64 = value.u.f64;
      break;
    default:
      p.text.assign(value.u.ptr, value.len);
  }
  return p;
}

}  // namespace

Cursor::Cursor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cursor::~Cursor() { static_cast<void>(close()); }

Result<std::span<const Column>> Cursor::columns() {
  auto& s = *state_;
  if (s.columns_known) return std::span<const Column>(s.columns);
  ErrorSlot error;
  const dbmux_column* raw = nullptr;
  std::size_t n = 0;
  const auto status = s.driver.columns(s.raw, &raw, &n, &error.raw);
  if (status != DBMUX_OK) return fail(s.failed(status, error.raw));
  s.columns.clear();
  s.columns.reserve(n);
  for (const auto& c : std::span(raw, n))
    s.columns.push_back({abi::view(c.name), abi::view(c.native_type), abi::view(c.origin),
                         static_cast<Kind>(c.kind), c.nullable});
  s.columns_known = true;
  return std::span<const Column>(s.columns);
}

Result<Batch> Cursor::next_batch() {
  auto& s = *state_;
  ErrorSlot error;
  dbmux_batch raw{};
  raw.size = sizeof raw;
  const auto status = s.driver.next_batch(s.raw, &s.live.raw, &raw, &error.raw);
  if (status != DBMUX_OK) return fail(s.failed(status, error.raw));
  const std::span cells(reinterpret_cast<const Cell*>(raw.cells), std::size_t{raw.n_cols} * raw.n_rows);
  Kind highest = Kind::null;
  for (const auto& cell : cells) highest = std::max(highest, cell.kind);
  if (highest > Kind::f32s)
    return fail(Category::internal, "the driver gave a kind of value that this dbmux does not know");
  return Batch{cells, raw.n_cols, raw.n_rows};
}

Result<bool> Cursor::next_result() {
  auto& s = *state_;
  if (!s.driver.next_result) return false;
  ErrorSlot error;
  std::int32_t more = 0;
  const auto status = s.driver.next_result(s.raw, &s.live.raw, &more, &error.raw);
  if (status != DBMUX_OK) return fail(s.failed(status, error.raw));
  s.columns_known = false;
  return more != 0;
}

Result<Summary> Cursor::summary() {
  auto& s = *state_;
  ErrorSlot error;
  dbmux_summary raw{};
  raw.size = sizeof raw;
  raw.rows_affected = -1;
  const auto status = s.driver.summary(s.raw, &raw, &error.raw);
  if (status != DBMUX_OK) return fail(s.failed(status, error.raw));
  Summary summary;
  summary.in_transaction = (raw.flags & DBMUX_SUM_IN_TXN) != 0;
  summary.session_dirty = (raw.flags & DBMUX_SUM_SESSION_DIRTY) != 0;
  summary.catalog_changed = (raw.flags & DBMUX_SUM_CATALOG_CHANGED) != 0;
  summary.enforced_by = abi::layers(raw.enforced_by);
  summary.rows_affected = raw.rows_affected;
  summary.insert_id = to_param(raw.insert_id);
  summary.next = abi::view(raw.next);
  return summary;
}

Result<void> Cursor::close() {
  auto& s = *state_;
  if (!s.raw) return {};
  ErrorSlot error;
  const auto status = s.driver.cursor_close(s.raw, &s.live.raw, &error.raw);
  s.raw = nullptr;
  if (status != DBMUX_OK) return fail(s.failed(status, error.raw));
  return {};
}

}  // namespace dbmux
