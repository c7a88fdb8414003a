#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"
#include "schema/tables.hpp"

namespace dbmux {

namespace {

void append_text(std::string& to, const Cell& cell) {
  std::array<char, 40> digits;
  const auto number = [&](auto value) {
    to.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
  };
  switch (cell.kind) {
    case Kind::boolean:
      to += cell.i64 != 0 ? '1' : '0';
      return;
    case Kind::i64:
      return number(cell.i64);
    case Kind::u64:
      return number(cell.u64);
    case Kind::f64:
      return number(cell.f64);
    case Kind::bytes:
    case Kind::f32s:
      to += utf8_replaced(cell.view());
      return;
    default:
      to += cell.view();
  }
}

}  // namespace

Result<MetaRows> MetaRows::read(Call& call, Conn& conn, Meta kind, const ObjectName& name,
                                std::string_view like) {
  auto cursor = conn.introspect(call, kind, name, like);
  if (!cursor) return fail(cursor.error());
  auto columns = (*cursor)->columns();
  if (!columns) return fail(columns.error());
  MetaRows rows;
  for (const auto& c : *columns) rows.columns_.emplace_back(c.name);
  rows.n_columns_ = rows.columns_.size();
  while (true) {
    auto batch = (*cursor)->next_batch();
    if (!batch) return fail(batch.error());
    if (batch->rows == 0) break;
    for (const auto& cell : batch->cells) rows.add(cell);
  }
  if (auto closed = (*cursor)->close(); !closed) return fail(closed.error());
  return rows;
}

void MetaRows::add(const Cell& cell) {
  const auto at = text_.size();
  if (cell.kind != Kind::null) append_text(text_, cell);
  cells_.push_back({at, text_.size() - at, cell.kind == Kind::null});
}

std::size_t MetaRows::column(std::string_view name) const {
  return static_cast<std::size_t>(std::find(columns_.begin(), columns_.end(), name) - columns_.begin());
}

std::optional<std::string_view> MetaRows::get(std::size_t row, std::size_t column) const {
  if (column >= n_columns_) return std::nullopt;
  const auto& cell = cells_[row * n_columns_ + column];
  if (cell.null) return std::nullopt;
  return std::string_view(text_).substr(cell.at, cell.size);
}

bool MetaRows::flag(std::size_t row, std::size_t column) const {
  const auto value = get(row, column);
  return value && *value != "0" && !value->empty() && !equal_ignoring_case(*value, "false");
}

std::optional<std::int64_t> MetaRows::integer(std::size_t row, std::size_t column) const {
  const auto value = get(row, column);
  std::int64_t number = 0;
  if (!value || std::from_chars(value->data(), value->data() + value->size(), number).ec != std::errc())
    return std::nullopt;
  return number;
}

}  // namespace dbmux
