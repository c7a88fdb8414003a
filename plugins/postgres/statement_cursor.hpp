#pragma once
// The rows of one statement as they come, copied batch by batch.
#include <string>
#include <vector>

#include "cells.hpp"
#include "connection.hpp"
#include "dbmux/kit.hpp"

namespace dbmux::postgres {

class StatementCursor final : public kit::Cursor {
 public:
  struct Shape {
    std::uint32_t batch_rows = 256;
    std::uint32_t max_cell_bytes = 0;  // 0 none
    static Shape of(const dbmux_request&);
  };
  struct Job {
    std::string text;
    Brackets brackets;
    bool reading = true;
    bool changes_catalog = false;
    bool own = false;  // a text of ours: its errors say nothing about places in it
  };

  // Of a scan: its last columns are hidden ones of the key, and it gives one row more than wanted where there
  // is one.
  struct Page {
    std::vector<int> key;  // columns; empty: the next page is told by offset
    int hidden = 0;
    std::int64_t limit = 0;  // 0 none
    std::int64_t offset = 0;
  };

  StatementCursor(Connection&, RunningCall, Job, const Shape&);
  void set_page(Page page) { page_ = std::move(page); }  // before start()

  // Once, before anything is read: sends the flight and waits for the first row or the end. A write that
  // gives no rows has then been committed.
  kit::Status start(const Parameters&);
  // Instead: nothing is sent. described: its columns.
  void skip(const PGresult* described);
  bool empty() const { return done_ && !pending_; }  // after start(): there was no row

  kit::Result<std::span<const dbmux_column>> columns() override;
  kit::Result<kit::Batch> next_batch(kit::Call) override;
  kit::Result<kit::Summary> summary() override;
  kit::Status close(kit::Call) override;

 private:
  kit::Status send(const Parameters&);
  kit::Status read_brackets();
  kit::Status take(ResultHandle);
  void plan_columns(const PGresult*);
  std::string_view type_name(Oid type, int modifier);  // kept with the names
  void read_row(const PGresult*, dbmux_value* cells);
  // Behind the last row: the rest of the flight, and with it the end of the transaction.
  kit::Status complete(const PGresult* last);
  kit::Failure failed(const PGresult* error);
  kit::Failure ended(Ready why);  // why the flight did not go on, which is then over
  kit::Status end_page(const PGresult* last_row);
  bool skip_what_is_here();

  Connection& connection_;
  RunningCall running_;
  Job job_;
  Shape shape_;
  std::vector<Reading> readings_;  // a column
  std::uint32_t rows_per_batch_ = 0;
  ResultHandle pending_;  // a row that was read, not yet given away
  bool done_ = false;
  std::int64_t rows_affected_ = -1;
  Page page_;
  std::int64_t delivered_ = 0;
  std::string next_;  // where the next page begins
};

}  // namespace dbmux::postgres
