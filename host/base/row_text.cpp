// The formats of the row writer that are not JSON: csv and markdown.
#include <cmath>

#include "base/json_scan.hpp"
#include "base/row_cells.hpp"
#include "base/rows.hpp"
#include "base/text.hpp"

namespace dbmux {
namespace {

template <class Number>
void append_number(std::string& to, Number number) {
  char digits[kNumberRoom];
  to.append(digits, put_number(digits, number));
}

void append_float(std::string& to, std::floating_point auto number) {
  if (std::isfinite(number)) return append_number(to, number);
  to += name_of_non_finite(number);
}

void append_csv(std::string& line, const Cell& cell, std::string_view text) {
  if (cell.kind == Kind::null) return;
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

void append_markdown(std::string& line, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '|':
        line += "\\|";
        break;
      case '\\':
        line += "\\\\";
        break;
      case '\r':
        if (i + 1 == text.size() || text[i + 1] != '\n') line += "<br>";
        break;
      case '\n':
        line += "<br>";
        break;
      default:
        line += text[i];
    }
  }
}

}  // namespace

// The cell as it would stand alone; valid until the next call.
std::string_view RowWriter::cell_text(const Cell& cell, std::uint32_t column) {
  cell_.clear();
  switch (cell.kind) {
    case Kind::null:
      return "NULL";
    case Kind::boolean:
      return cell.i64 != 0 ? "true" : "false";
    case Kind::i64:
      append_number(cell_, cell.i64);
      return cell_;
    case Kind::u64:
      append_number(cell_, cell.u64);
      return cell_;
    case Kind::f64:
      append_float(cell_, cell.f64);
      return cell_;
    case Kind::f32s: {
      auto n = f32_count(cell);
      if (limits_.cell != 0) n = std::min(n, limits_.cell / 4);
      const auto mark = number_mark(cell, n);
      if (!mark.empty()) note_clipped(column);
      for (std::uint32_t i = 0; i < n; ++i) {
        cell_ += i == 0 ? '[' : ',';
        append_float(cell_, f32_at(cell, i));
      }
      if (n == 0) cell_ += '[';
      cell_ += mark.empty() ? "]" : mark;
      return cell_;
    }
    case Kind::number:
    case Kind::text:
    case Kind::json:
    case Kind::bytes:
      break;
    default:
      return "NULL";
  }

  const auto [kept, mark] = clip(cell, limits_.cell);
  if (!mark.empty()) note_clipped(column);
  if (cell.kind == Kind::bytes) return cell_ = base64(kept) + mark;
  const auto scan = cell.kind == Kind::json && mark.empty() ? scan_json(kept) : JsonScan{true, false};
  if (!scan.complete || !is_utf8(kept)) {
    ++broken_;
    return cell_ = base64(kept) + (mark.empty() ? mark : byte_mark(cell, kept));
  }
  if (mark.empty() && !scan.lines) return kept;
  cell_ = kept;
  if (scan.lines) {
    for (char& c : cell_) {
      if (c == '\n' || c == '\r') c = ' ';
    }
  }
  return cell_ += mark;
}

void RowWriter::csv_row(const Cell* cells) {
  line_.clear();
  for (std::uint32_t i = 0; i < key_ends_.size(); ++i) {
    if (i != 0) line_ += ',';
    append_csv(line_, cells[i], cell_text(cells[i], i));
  }
  line_ += "\r\n";
  append_plain(line_);
}

void RowWriter::markdown_row(const Cell* cells) {
  line_ = "|";
  for (std::uint32_t i = 0; i < key_ends_.size(); ++i) {
    append_markdown(line_, cell_text(cells[i], i));
    line_ += '|';
  }
  line_ += '\n';
  append_plain(line_);
}

}  // namespace dbmux
