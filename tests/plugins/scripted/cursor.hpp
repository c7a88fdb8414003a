#pragma once
#include <memory>

#include "source.hpp"

// One execute(), scan, introspection or plan: runs its script up to the next result, then hands out its rows.
struct dbmux_cursor {
  dbmux_cursor(dbmux_conn*, const dbmux_call*, std::uint32_t max_cell_bytes, std::uint32_t batch_rows);
  ~dbmux_cursor() {
    if (conn) conn->finish();
  }

  dbmux_conn* const conn;  // nullptr: of an item that wants none
  std::uint32_t request_flags = 0;
  std::vector<scripted::StoredParam> params;
  std::vector<std::pair<std::string, std::string>> facts;  // of `request`

  void script(std::string_view text) { steps_ = scripted::parse_script(text); }
  void set_result(scripted::Result);  // without a script
  // Runs steps until there is a result; none left: found = false.
  dbmux_status advance(const dbmux_call*, bool& found, dbmux_error*);

  void columns(const dbmux_column**, std::size_t*);
  dbmux_status next_batch(const dbmux_call*, dbmux_batch*, dbmux_error*);
  void summary(dbmux_summary*) const;

 private:
  dbmux_status run(const scripted::Step&, const dbmux_call*, bool& found, dbmux_error*);
  dbmux_status run_effect(const scripted::Step&, const dbmux_call*, dbmux_error*);
  dbmux_status run_fault(const scripted::Step&, const dbmux_call*, bool& known, dbmux_error*);
  bool run_report(const scripted::Step&);
  dbmux_status write(std::int64_t rows, const dbmux_call*, bool& found, dbmux_error*);
  dbmux_status at_end(const dbmux_call*, dbmux_error*);
  void list(std::vector<std::string> names, std::vector<std::vector<std::string>> rows);

  const std::uint32_t batch_rows_;
  std::vector<scripted::Step> steps_;
  std::size_t step_ = 0;
  scripted::Result result_;
  std::int64_t row_ = 0;
  bool catalog_changed_ = false;
  scripted::Cells cells_;
  std::vector<dbmux_column> columns_;
};

namespace scripted {

dbmux_status execute(dbmux_conn*, const dbmux_call*, const dbmux_request*, dbmux_cursor**,
                     dbmux_error*) noexcept;
// Gives a ready result out as a cursor.
dbmux_cursor* cursor_of(dbmux_conn*, const dbmux_call*, Result, std::uint32_t max_cell_bytes,
                        std::uint32_t batch_rows);
Result table_of(std::vector<std::string> names, std::vector<std::vector<std::string>> rows);

const void* extension(const char* id) noexcept;

}  // namespace scripted
