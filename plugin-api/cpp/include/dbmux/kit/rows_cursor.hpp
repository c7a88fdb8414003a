// SPDX-License-Identifier: MIT-0
#pragma once
// A small result that is made whole before it is read: introspection, plans, messages.
#include <initializer_list>
#include <string>
#include <vector>

#include "dbmux/kit/arena.hpp"
#include "dbmux/kit/driver.hpp"
#include "dbmux/kit/text.hpp"
#include "dbmux/kit/value.hpp"

namespace dbmux::kit {

struct ColumnSpec {
  std::string_view name;  // static text
  std::int32_t kind = DBMUX_TEXT;
};

class RowsCursor final : public Cursor {
 public:
  explicit RowsCursor(std::initializer_list<ColumnSpec> columns) {
    for (const auto& c : columns) columns_.push_back({str(c.name), {"", 0}, {"", 0}, c.kind, -1, 0});
  }

  // One value a column; text is copied. TEXT that is not UTF-8 becomes BYTES.
  void add(std::initializer_list<dbmux_value> row) {
    for (auto value : row) {
      if (has_text(value.kind)) value.u.ptr = arena_.copy(view(value)).data();
      if (value.kind == DBMUX_TEXT && !valid_utf8(view(value))) value.kind = DBMUX_BYTES;
      cells_.push_back(value);
    }
  }
  Result<std::span<const dbmux_column>> columns() override { return std::span<const dbmux_column>(columns_); }

  Result<Batch> next_batch(Call) override {
    const std::size_t left = cells_.size() / columns_.size() - row_;
    const std::size_t rows = left < kBatch ? left : kBatch;
    const Batch batch{cells_.data() + row_ * columns_.size(), static_cast<std::uint32_t>(columns_.size()),
                      static_cast<std::uint32_t>(rows)};
    row_ += rows;
    return batch;
  }

 private:
  static constexpr std::size_t kBatch = 256;
  std::vector<dbmux_column> columns_;
  std::vector<dbmux_value> cells_;
  Arena arena_;
  std::size_t row_ = 0;
};

}  // namespace dbmux::kit
