#pragma once
// Rows on their way from an engine to an answer: fetched batch by batch, written once, cut at the limits;
// what follows the cut goes to an Overflow, so that paging needs no second run.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/rows.hpp"
#include "driver/plugin.hpp"

namespace dbmux {

// Rows in order: a cursor, or rows that were kept.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual Result<std::vector<std::string>> columns() = 0;
  virtual Result<Batch> next() = 0;  // 0 rows: the end
};

class CursorRows : public RowSource {
 public:
  explicit CursorRows(Cursor& cursor) : cursor_(cursor) {}
  Result<std::vector<std::string>> columns() override;
  Result<Batch> next() override { return cursor_.next_batch(); }

 private:
  Cursor& cursor_;
};

// Sees the rows before a cut, and takes those behind it. Batches are row-major.
class Overflow {
 public:
  virtual ~Overflow() = default;
  // Before the first row; what an attempt before this one has left is void.
  virtual void begin(std::size_t columns) = 0;
  virtual void delivered(std::span<const Cell> cells, std::uint32_t rows) = 0;  // the answer has them
  // false: no more are wanted.
  virtual bool take(std::span<const Cell> cells, std::uint32_t rows) = 0;
};

struct Written {
  std::vector<std::string> columns;
  std::int64_t rows = 0;
  RowWriter::Cut cut = RowWriter::Cut::none;
  bool ended = true;      // the source's last row was seen (also behind the cut)
  std::int64_t seen = 0;  // rows of the source that were fetched: written, and taken by the overflow
  std::vector<std::pair<std::int64_t, std::uint32_t>> clipped;
  std::int64_t broken_cells = 0;
};

struct WriteRequest {
  Format format = Format::columnar;
  Depth depth = Depth::plain;
  RowLimits limits;
  std::string_view telling = {};  // "rows saved": told as progress every 100,000 rows; "" = nothing is told
};

// Writes what RowWriter writes for that format. overflow may be null: then a cut ends the fetching after the
// first row that did not fit was seen. An error behind the cut only ends the fetching; any other leaves a
// part in out, which the caller takes back.
Result<Written> write_rows(Call&, RowSource&, Output&, const WriteRequest&, Overflow* overflow);

// What the cut says to a reader: "limit: 100 rows".
std::string why_cut(RowWriter::Cut, const RowLimits&);

}  // namespace dbmux
