#pragma once
// A result that is here whole.
#include <libpq-fe.h>

#include <vector>

#include "cells.hpp"
#include "connection.hpp"
#include "dbmux/kit.hpp"

namespace dbmux::postgres {

class ResultCursor final : public kit::Cursor {
 public:
  ResultCursor(Connection&, ResultHandle);

  kit::Result<std::span<const dbmux_column>> columns() override {
    return std::span<const dbmux_column>(columns_);
  }
  kit::Result<kit::Batch> next_batch(kit::Call) override;
  kit::Result<kit::Summary> summary() override;

 private:
  Connection& connection_;
  const ResultHandle result_;
  std::vector<Reading> readings_;  // a column
  std::vector<dbmux_column> columns_;
  std::vector<dbmux_value> cells_;
  kit::Arena arena_;
  int row_ = 0;
};

}  // namespace dbmux::postgres
