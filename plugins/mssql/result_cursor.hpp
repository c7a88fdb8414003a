#pragma once
// What a statement gives: its results with columns one behind another, the counts of its changes, the
// server's messages.
#include <optional>

#include "connection.hpp"

namespace dbmux::mssql {

class ResultCursor final : public kit::Cursor {
 public:
  struct Shape {  // what is kept of the request
    std::uint32_t batch_rows = 0, max_cell_bytes = 0;
    std::int64_t max_rows = 0;
    bool reading = false;          // in a bracket that is rolled back
    bool changes_session = false;  // perhaps
    static Shape of(const dbmux_request&, bool reading, bool changes_session);
  };

  ResultCursor(Connection&, kit::Call, RunningCall, const Shape&);
  kit::Status start();  // to the first result with columns, or to the end

  kit::Result<std::span<const dbmux_column>> columns() override;
  kit::Result<kit::Batch> next_batch(kit::Call) override;
  kit::Result<kit::Summary> summary() override;
  kit::Result<bool> next_result(kit::Call) override;
  kit::Status close(kit::Call) override;

 private:
  enum class At { rows, end_of_result, end };

  kit::Status advance();  // to the next result with columns, or to the end
  void describe();
  void read_row(dbmux_value*);
  kit::Failure failed();

  Connection& connection_;
  kit::Call call_;
  RunningCall running_;
  const Shape shape_;
  At at_ = At::end;
  bool pending_ = false;  // the library is at the next result already; its columns are not described yet
  bool broken_ = false;
  std::optional<kit::Failure> late_;  // comes with the next call
  std::uint32_t rows_per_batch_ = 1;
  std::int64_t rows_affected_ = -1;
};

}  // namespace dbmux::mssql
