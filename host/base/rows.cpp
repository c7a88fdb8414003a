#include "base/rows.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "base/escape.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace dbmux {
namespace {

constexpr std::size_t kShortCell = 4096;
constexpr std::size_t kMostClipped = 100;

constexpr std::array kFormats{std::pair{std::string_view("columnar"), Format::columnar},
                              std::pair{std::string_view("json"), Format::columnar},
                              std::pair{std::string_view("objects"), Format::objects},
                              std::pair{std::string_view("csv"), Format::csv},
                              std::pair{std::string_view("markdown"), Format::markdown},
                              std::pair{std::string_view("ndjson"), Format::ndjson}};

std::vector<std::string> unique_names(std::span<const std::string_view> columns) {
  std::vector<std::string> names;
  names.reserve(columns.size());
  for (const auto column : columns) names.push_back(utf8_replaced(column));
  std::vector<std::string_view> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end()) return names;
  std::unordered_set<std::string> taken(names.begin(), names.end());
  std::unordered_map<std::string, int> seen;
  for (auto& name : names) {
    auto& times = seen[name];
    if (++times == 1) continue;
    auto numbered = name + '_' + std::to_string(times);
    while (!taken.insert(numbered).second) numbered = name + '_' + std::to_string(++times);
    name = std::move(numbered);
  }
  return names;
}

bool has_keys(Format format) { return format == Format::objects || format == Format::ndjson; }

}  // namespace

std::optional<Format> format_named(std::string_view name) {
  for (const auto& [known, format] : kFormats) {
    if (known == name) return format;
  }
  return {};
}

void append_escaped(Output& out, Depth depth, std::string_view text) {
  if (depth == Depth::plain) return out.append(text);
  std::size_t extra = 0;
  const auto start = out.size();
  for (auto rest = text; !rest.empty();) {
    const auto piece = utf8_prefix(rest, kShortCell);
    auto* to = out.room(escape_room(piece.size()));
    const auto* end = escape<Escaping::value>(to, piece.data(), piece.data() + piece.size(), extra);
    if (end == nullptr) {
      out.truncate(start);
      return append_escaped(out, depth, utf8_replaced(text));
    }
    out.used(static_cast<std::size_t>(end - to));
    rest.remove_prefix(piece.size());
  }
}

RowWriter::RowWriter(Output& out, Format format, Depth depth, std::span<const std::string_view> columns,
                     RowLimits limits)
    : out_(out), format_(format), depth_(depth), limits_(limits), start_(out.size()) {
  longest_ = kShortCell;
  if (limits.cell != 0) longest_ = std::min(longest_, limits.cell);
  choose_row_function();
  make_keys(columns);
  write_header(columns);
}

void RowWriter::choose_row_function() {
  switch (format_) {
    case Format::csv:
      write_row_ = &RowWriter::csv_row;
      break;
    case Format::markdown:
      write_row_ = &RowWriter::markdown_row;
      break;
    case Format::columnar:
    case Format::objects:
    case Format::ndjson:
      write_row_ = depth_ == Depth::plain ? &RowWriter::json_row<Depth::plain>
                                          : &RowWriter::json_row<Depth::in_string>;
  }
}

void RowWriter::make_keys(std::span<const std::string_view> columns) {
  key_ends_.reserve(columns.size());
  if (has_keys(format_)) {
    Output keys;
    std::string plain;
    for (const auto& name : unique_names(columns)) {
      append_quoted(plain, name);
      plain += ':';
      const auto before = keys.size();
      append_escaped(keys, depth_, plain);
      key_escapes_ += keys.size() - before - plain.size();
      key_ends_.push_back(static_cast<std::uint32_t>(keys.size()));
      plain = ",";
    }
    key_bytes_ = keys.take_string();
  } else if (!columns.empty()) {
    key_bytes_.assign(columns.size() - 1, ',');
    for (std::uint32_t i = 0; i < columns.size(); ++i) key_ends_.push_back(i);
  }
  key_bytes_.append(16, '\0');
}

void RowWriter::write_header(std::span<const std::string_view> columns) {
  std::string header;
  switch (format_) {
    case Format::objects:
      header = "[";
      break;
    case Format::ndjson:
      break;
    case Format::columnar:
      header.reserve(32 + 16 * columns.size());
      header = "\"columns\":[";
      for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0) header += ',';
        append_quoted(header, columns[i]);
      }
      header += "],\"rows\":[";
      break;
    case Format::csv:
    case Format::markdown: {
      std::vector<std::string> names;
      for (const auto column : columns) names.push_back(utf8_replaced(column));
      std::vector<Cell> cells(names.size());
      for (std::size_t i = 0; i < names.size(); ++i) {
        cells[i].kind = Kind::text;
        cells[i].ptr = names[i].data();
        cells[i].len = static_cast<std::uint32_t>(names[i].size());
      }
      const auto limit = std::exchange(limits_.cell, 0);
      (this->*write_row_)(cells.data());
      limits_.cell = limit;
      if (format_ == Format::markdown) {
        header = "|";
        for (std::size_t i = 0; i < columns.size(); ++i) header += "---|";
        header += '\n';
      }
      break;
    }
  }
  append_plain(header);
}

// Text that is plain at depth 0.
void RowWriter::append_plain(std::string_view text) {
  const auto before = out_.size();
  append_escaped(out_, depth_, text);
  if (depth_ == Depth::in_string) escapes_ += out_.size() - before - text.size();
}

void RowWriter::note_clipped(std::uint32_t column) {
  if (clipped_.size() < kMostClipped) clipped_.emplace_back(rows_, column);
}

bool RowWriter::over_limit() {
  const auto plain = static_cast<std::int64_t>(out_.size() - start_ - escapes_);
  if (limits_.tokens != 0 && plain / 8 * 3 + plain % 8 * 3 / 8 > limits_.tokens) {
    cut_ = Cut::tokens;
  } else if (limits_.bytes != 0 && plain > limits_.bytes) {
    cut_ = Cut::bytes;
  }
  return cut_ != Cut::none;
}

std::uint32_t RowWriter::write(std::span<const Cell> cells, std::uint32_t n_rows) {
  const auto n_columns = key_ends_.size();
  if (n_columns != 0)
    n_rows = static_cast<std::uint32_t>(std::min<std::size_t>(n_rows, cells.size() / n_columns));
  const bool bounded = limits_.tokens != 0 || limits_.bytes != 0;
  for (std::uint32_t r = 0; r < n_rows; ++r) {
    if (cut_ == Cut::none && limits_.rows != 0 && rows_ >= limits_.rows) cut_ = Cut::rows;
    if (cut_ != Cut::none) return r;
    const auto size = out_.size();
    const auto escapes = escapes_;
    const auto broken = broken_;
    (this->*write_row_)(cells.data() + r * n_columns);
    if (bounded && rows_ != 0 && over_limit()) {
      out_.truncate(size);
      escapes_ = escapes;
      broken_ = broken;
      while (!clipped_.empty() && clipped_.back().first == rows_) clipped_.pop_back();
      return r;
    }
    ++rows_;
  }
  return n_rows;
}

void RowWriter::end() {
  if (format_ == Format::columnar || format_ == Format::objects) out_.append(']');
}

}  // namespace dbmux
