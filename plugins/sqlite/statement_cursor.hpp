#pragma once
// The rows of one statement, copied batch by batch.
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "dbmux/kit.hpp"

namespace dbmux::sqlite {

class StatementCursor final : public kit::Cursor {
 public:
  struct Shape {
    std::uint32_t batch_rows = 256;
    std::uint32_t max_cell_bytes = 0;  // 0 none
    std::int64_t max_rows = 0;         // a hint; 0 none
    static Shape of(const dbmux_request&);
  };

  StatementCursor(Connection&, StatementHandle, RunningCall, const Shape&);

  // Part of a table. After `limit` rows (0 none) the summary's next says where the rest begins, if there is
  // one.
  struct Page {
    std::int64_t limit = 0, offset = 0;
    std::vector<int> key;  // the columns that order the rows; none: by offset
    int hidden = 0;        // the last columns, which are only there for the key
  };
  void set_page(Page page) { page_ = std::move(page); }

  // Once, before anything is read: either a dry run, with columns and no rows,
  void skip();
  // or the first step. A write has then happened whether or not its rows are read, and the columns are those
  // of the schema as it is now: the library compiles a statement anew when it finds that another process has
  // changed it.
  kit::Status start();

  kit::Result<std::span<const dbmux_column>> columns() override;
  kit::Result<kit::Batch> next_batch(kit::Call) override;
  kit::Result<kit::Summary> summary() override;
  kit::Status close(kit::Call) override;

 private:
  void set_width();
  void read_row(dbmux_value* cells);
  dbmux_value text_cell(sqlite3_value*);
  dbmux_value blob_cell(sqlite3_value*);
  kit::Status end_page();
  void finish();
  void find_insert_id();
  kit::Failure failed(int rc);

  Connection& connection_;
  StatementHandle statement_;
  RunningCall running_;
  Shape shape_;
  int shown_columns_ = 0;
  std::uint32_t rows_per_batch_ = 0;
  bool reading_;
  bool pending_row_ = false;  // stepped to, not yet copied
  bool done_ = false;
  std::int64_t rows_affected_ = -1;
  std::int64_t rowid_before_ = 0;
  dbmux_value insert_id_{};
  Page page_;
  std::int64_t delivered_ = 0;
  std::string next_;
};

}  // namespace dbmux::sqlite
