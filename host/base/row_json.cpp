// The JSON formats of the row writer.
#include <cmath>
#include <cstring>

#include "base/escape.hpp"
#include "base/json_scan.hpp"
#include "base/row_cells.hpp"
#include "base/rows.hpp"
#include "base/text.hpp"

namespace dbmux {
namespace {

constexpr std::size_t kPiece = 4096;
constexpr std::size_t kBase64Piece = std::size_t{3} << 14;
constexpr std::size_t kScalarRoom = kNumberRoom + 8;  // a number in escaped quotes

template <Depth depth>
constexpr Escaping kValue = depth == Depth::plain ? Escaping::value : Escaping::nested;
template <Depth depth>
constexpr Escaping kDocument = depth == Depth::plain ? Escaping::document : Escaping::nested_document;

template <Depth depth>
char* put_quote(char* to) {
  if constexpr (depth == Depth::in_string) *to++ = '\\';
  *to++ = '"';
  return to;
}

char* put_text(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

// In blocks, so that a short key costs no call. Both sides have 16 bytes to spare.
char* put_key(char* to, const char* key, std::size_t n) {
  for (std::size_t i = 0; i < n; i += 16) std::memcpy(to + i, key + i, 16);
  return to + n;
}

template <Depth depth, class Number>
char* put_exact(char* to, Number number, bool exact, std::size_t& escapes) {
  if (exact) return put_number(to, number);
  if constexpr (depth == Depth::in_string) escapes += 2;
  return put_quote<depth>(put_number(put_quote<depth>(to), number));
}

template <Depth depth, class Number>
char* put_float(char* to, Number number, std::size_t& escapes) {
  if (std::isfinite(number)) return put_number(to, number);
  if constexpr (depth == Depth::in_string) escapes += 2;
  return put_quote<depth>(put_text(put_quote<depth>(to), name_of_non_finite(number)));
}

// Room for escape_room(text.size()) + 4 is needed; nullptr if the text is not what it claims.
template <Depth depth>
char* put_string(char* to, std::string_view text, std::size_t& escapes) {
  if constexpr (depth == Depth::in_string) escapes += 2;
  to = escape<kValue<depth>>(put_quote<depth>(to), text.data(), text.data() + text.size(), escapes);
  return to == nullptr ? nullptr : put_quote<depth>(to);
}

template <Depth depth>
char* put_document(char* to, std::string_view text, std::size_t& escapes) {
  const auto scan = scan_json(text);
  if (!scan.complete || scan.huge) return nullptr;
  if (depth == Depth::plain && !scan.lines) return is_utf8(text) ? put_text(to, text) : nullptr;
  return escape<kDocument<depth>>(to, text.data(), text.data() + text.size(), escapes);
}

template <Depth depth>
char* put_scalar(char* to, const Cell& cell, std::size_t& escapes) {
  switch (cell.kind) {
    case Kind::boolean:
      return cell.i64 != 0 ? put_text(to, "true") : put_text(to, "false");
    case Kind::i64:
      return put_exact<depth>(to, cell.i64, cell.i64 >= -kExactInteger && cell.i64 <= kExactInteger, escapes);
    case Kind::u64:
      return put_exact<depth>(to, cell.u64, cell.u64 <= std::uint64_t{kExactInteger}, escapes);
    case Kind::f64:
      return put_float<depth>(to, cell.f64, escapes);
    default:
      return put_text(to, "null");
  }
}

// Escapes a text of any length; false if it is not UTF-8, and then part of it may have been written.
template <Escaping how>
bool append_pieces(Output& out, std::string_view text, std::size_t& escapes) {
  while (!text.empty()) {
    const auto piece = utf8_prefix(text, kPiece);
    auto* to = out.room(escape_room(piece.size()));
    const auto* end = escape<how>(to, piece.data(), piece.data() + piece.size(), escapes);
    if (end == nullptr) return false;
    out.used(static_cast<std::size_t>(end - to));
    text.remove_prefix(piece.size());
  }
  return true;
}

}  // namespace

template <Depth depth>
void RowWriter::json_row(const Cell* cells) {
  const bool object = format_ != Format::columnar;
  auto* open = out_.room(2);
  if (rows_ != 0 && format_ != Format::ndjson) {
    *open++ = ',';
    out_.used(1);
  }
  *open = object ? '{' : '[';
  out_.used(1);
  escapes_ += key_escapes_;

  std::uint32_t at = 0;
  const auto n_columns = static_cast<std::uint32_t>(key_ends_.size());
  for (std::uint32_t i = 0; i < n_columns; ++i) {
    const auto& cell = cells[i];
    const std::size_t key = key_ends_[i] - at;
    const bool scalar = cell.kind < Kind::number || cell.kind > Kind::f32s;
    const bool is_short =
        cell.kind >= Kind::number && cell.kind <= Kind::json && cell.len <= longest_ && !cell.truncated();
    auto* const start = out_.room(key + 16 + kScalarRoom + (is_short ? escape_room(cell.len) : 0));
    auto* to = put_key(start, key_bytes_.data() + at, key);
    at = key_ends_[i];
    if (scalar) {
      out_.used(static_cast<std::size_t>(put_scalar<depth>(to, cell, escapes_) - start));
      continue;
    }
    if (is_short) {
      auto escapes = escapes_;
      to = cell.kind == Kind::json ? put_document<depth>(to, cell.view(), escapes)
                                   : put_string<depth>(to, cell.view(), escapes);
      if (to != nullptr) {
        out_.used(static_cast<std::size_t>(to - start));
        escapes_ = escapes;
        continue;
      }
    }
    out_.used(key);
    long_cell<depth>(cell, i);
  }
  out_.append(object ? '}' : ']');
  if (format_ == Format::ndjson) append_plain("\n");
}

template <Depth depth>
void RowWriter::quote() {
  auto* to = out_.room(2);
  out_.used(static_cast<std::size_t>(put_quote<depth>(to) - to));
  if constexpr (depth == Depth::in_string) ++escapes_;
}

// Cells that are long, cut, structured or broken.
template <Depth depth>
void RowWriter::long_cell(const Cell& cell, std::uint32_t column) {
  if (cell.kind == Kind::f32s) return append_floats<depth>(cell, column);
  const auto [kept, mark] = clip(cell, limits_.cell);
  if (!mark.empty()) note_clipped(column);
  if (cell.kind == Kind::bytes) return append_base64<depth>(kept, mark);

  const auto size = out_.size();
  const auto escapes = escapes_;
  if (cell.kind == Kind::json && mark.empty()) {
    const auto scan = scan_json(kept);
    if (scan.complete && scan.huge) {
      if (append_string<depth>(kept, mark)) return;
    } else if (scan.complete) {
      if (depth == Depth::plain && !scan.lines && is_utf8(kept)) return out_.append(kept);
      if (append_pieces<kDocument<depth>>(out_, kept, escapes_)) return;
    }
  } else if (append_string<depth>(kept, mark)) {
    return;
  }
  out_.truncate(size);
  escapes_ = escapes;
  ++broken_;
  append_base64<depth>(kept, mark.empty() ? mark : byte_mark(cell, kept));
}

template <Depth depth>
bool RowWriter::append_string(std::string_view value, std::string_view mark) {
  quote<depth>();
  if (!append_pieces<kValue<depth>>(out_, value, escapes_)) return false;
  out_.append(mark);
  quote<depth>();
  return true;
}

template <Depth depth>
void RowWriter::append_base64(std::string_view bytes, std::string_view mark) {
  quote<depth>();
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kBase64Piece);
    out_.append(base64(piece));
    bytes.remove_prefix(piece.size());
  }
  out_.append(mark);
  quote<depth>();
}

// An array of numbers; a string with the beginning of the array if it is longer than a cell may be.
template <Depth depth>
void RowWriter::append_floats(const Cell& cell, std::uint32_t column) {
  auto n = f32_count(cell);
  if (limits_.cell != 0) n = std::min(n, limits_.cell / 4);
  const auto mark = number_mark(cell, n);
  if (!mark.empty()) {
    note_clipped(column);
    quote<depth>();
  }
  out_.append('[');
  for (std::uint32_t i = 0; i < n; ++i) {
    auto* const start = out_.room(kScalarRoom + 1);
    auto* to = start;
    if (i != 0) *to++ = ',';
    const auto number = f32_at(cell, i);
    // A string within the clipped one would need another level of quotes.
    to = mark.empty() || std::isfinite(number) ? put_float<depth>(to, number, escapes_)
                                               : put_text(to, name_of_non_finite(number));
    out_.used(static_cast<std::size_t>(to - start));
  }
  if (mark.empty()) return out_.append(']');
  out_.append(mark);
  quote<depth>();
}

template void RowWriter::json_row<Depth::plain>(const Cell*);
template void RowWriter::json_row<Depth::in_string>(const Cell*);

}  // namespace dbmux
