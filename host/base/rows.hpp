#pragma once
// The row writer: rows from a driver's buffer into the text of an answer, once, without an intermediate
// value. Nothing is rounded: integers beyond +-(2^53-1) and exact decimals become strings, NaN and infinities
// strings, bytes base64, JSON cells stay verbatim on one line. A cell that is not what it claims (TEXT that
// is not UTF-8, JSON that does not parse) becomes base64 and is counted; it never breaks the frame.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cell.hpp"
#include "base/output.hpp"

namespace dbmux {

enum class Format {
  columnar,  // "columns":[…],"rows":[[…]…]   (no braces: the caller adds its own keys)
  objects,   // [{…},…]; duplicate column names get _2, _3
  csv,       // RFC 4180 with a header line; NULL is empty, the empty string is ""
  markdown,  // unpadded table
  ndjson,    // one object a line
};
std::optional<Format> format_named(std::string_view);

// How often the text is JSON-escaped on its way: 0 stands alone, 1 inside a JSON string (an MCP text block).
enum class Depth { plain = 0, in_string = 1 };

struct RowLimits {  // of one answer; 0 = none
  std::int64_t rows = 0;
  std::int64_t tokens = 0;  // an estimate: 3 tokens for 8 bytes of plain JSON
  std::int64_t bytes = 0;   // of plain text, before the escaping of Depth::in_string
  std::uint32_t cell = 0;   // bytes of one text, JSON or bytes cell; longer ones end in "… [+N characters]"
};

class RowWriter {
 public:
  enum class Cut { none, rows, tokens, bytes };

  // Writes what stands before the first row. column names are copied.
  RowWriter(Output&, Format, Depth, std::span<const std::string_view> columns, RowLimits);

  // Writes rows of a row-major batch until a limit is reached; returns how many were written. A row is
  // written whole or not at all; the first row is always written. Once cut, writes nothing.
  std::uint32_t write(std::span<const Cell> cells, std::uint32_t n_rows);
  void end();  // what stands behind the last row

  std::int64_t rows() const { return rows_; }
  Cut cut() const { return cut_; }
  std::int64_t broken_cells() const { return broken_; }
  // Clipped cells as (row from 0, column from 0), at most 100.
  const std::vector<std::pair<std::int64_t, std::uint32_t>>& clipped() const { return clipped_; }

 private:
  using WriteRow = void (RowWriter::*)(const Cell*);

  void choose_row_function();
  void make_keys(std::span<const std::string_view> columns);
  void write_header(std::span<const std::string_view> columns);
  bool over_limit();
  void append_plain(std::string_view text);
  void note_clipped(std::uint32_t column);

  template <Depth>
  void json_row(const Cell*);
  template <Depth>
  void long_cell(const Cell&, std::uint32_t column);
  template <Depth>
  bool append_string(std::string_view value, std::string_view mark);
  template <Depth>
  void append_base64(std::string_view bytes, std::string_view mark);
  template <Depth>
  void append_floats(const Cell&, std::uint32_t column);
  template <Depth>
  void quote();

  void csv_row(const Cell*);
  void markdown_row(const Cell*);
  std::string_view cell_text(const Cell&, std::uint32_t column);

  Output& out_;
  Format format_;
  Depth depth_;
  RowLimits limits_;
  std::uint32_t longest_ = 0;  // bytes of a cell that takes the short way
  std::string key_bytes_;      // what stands before each cell, escaped for depth_, and 16 bytes more
  std::vector<std::uint32_t> key_ends_;
  std::size_t key_escapes_ = 0;  // of one row
  WriteRow write_row_ = nullptr;
  std::int64_t rows_ = 0;
  std::size_t start_ = 0;    // of the answer's rows in out_
  std::size_t escapes_ = 0;  // bytes that only Depth::in_string added
  Cut cut_ = Cut::none;
  std::int64_t broken_ = 0;
  std::vector<std::pair<std::int64_t, std::uint32_t>> clipped_;
  std::string cell_;  // scratch of the text formats
  std::string line_;
};

// Appends plain JSON (or any UTF-8 text) as it must stand at that depth: unchanged, or escaped once.
void append_escaped(Output&, Depth, std::string_view text);

}  // namespace dbmux
