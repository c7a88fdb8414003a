// Rows of a driver, with any cells in them: what is written is UTF-8, JSON where it should be, and has as
// many rows as it says; kept in a spool they come back as they were.
#include <algorithm>
#include <cstring>

#include "base/json.hpp"
#include "base/rows.hpp"
#include "base/text.hpp"
#include "expect.hpp"
#include "results/spool.hpp"

using namespace dbmux;

namespace {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    const auto taken = take(1);
    return taken.empty() ? 0 : static_cast<std::uint8_t>(taken[0]);
  }
  std::uint64_t word() {
    std::uint64_t value = 0;
    const auto taken = take(sizeof value);
    if (!taken.empty()) std::memcpy(&value, taken.data(), taken.size());
    return value;
  }
  std::string_view take(std::size_t n) {
    const auto taken = rest_.substr(0, n);
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view rest_;
};

Cell cell_from(Input& in) {
  Cell cell;
  const auto kind = in.byte();
  cell.kind = static_cast<Kind>(kind % 10);
  cell.flags = kind >= 128 ? Cell::kTruncated : 0;
  if (cell.kind == Kind::null) return cell;
  if (cell.kind <= Kind::f64) {
    cell.u64 = in.word();
    if (cell.kind == Kind::boolean) cell.u64 &= 1;
    return cell;
  }
  auto text = in.take(in.byte());
  if (cell.kind == Kind::f32s) text = text.substr(0, text.size() / 4 * 4);
  cell.len = static_cast<std::uint32_t>(text.size());
  cell.ptr = text.data();
  return cell;
}

std::int64_t rows_of(std::string text, Format format, Depth depth) {
  if (depth == Depth::in_string) {
    const auto string = parse_json('"' + text + '"');
    fuzz::expect(string && string->IsString(), "not the inside of a JSON string", text);
    text = view(*string);
  }
  fuzz::expect(is_utf8(text), "rows that are not UTF-8", text);
  if (format == Format::columnar) {
    const auto document = parse_json('{' + text + '}', 1200);
    fuzz::expect(document.has_value(), "columns and rows that are no JSON", text);
    return static_cast<std::int64_t>((*document)["rows"].Size());
  }
  if (format == Format::objects) {
    const auto document = parse_json(text, 1200);
    fuzz::expect(document && document->IsArray(), "objects that are no JSON", text);
    return static_cast<std::int64_t>(document->Size());
  }
  if (format != Format::ndjson) return -1;
  std::int64_t n = 0;
  for (std::string_view rest = text; !rest.empty(); ++n) {
    const auto end = rest.find('\n');
    fuzz::expect(end != std::string_view::npos && parse_json(rest.substr(0, end), 1200),
                 "a line that is no JSON", text);
    rest.remove_prefix(end + 1);
  }
  return n;
}

struct Shape {
  Format format;
  Depth depth;
  RowLimits limits;
  std::vector<std::string_view> names;
};

// The same rows by way of a spool, some of them before its cut.
std::string kept_and_written(std::span<const Cell> cells, std::uint32_t rows, std::uint32_t before,
                             const Shape& shape) {
  Spool spool(Spool::Limits{.rows = 1'000'000, .time = {}, .whole = true});
  const std::size_t columns = shape.names.size();
  spool.begin(columns);
  spool.delivered(cells.first(before * columns), before);
  fuzz::expect(spool.take(cells.subspan(before * columns), rows - before),
               "rows that the spool does not take");
  fuzz::expect(spool.first() == 0 && spool.rows() == rows, "another number of rows in the spool");
  Output out;
  RowWriter writer(out, shape.format, shape.depth, shape.names, shape.limits);
  const auto source = spool.from(0);
  while (writer.cut() == RowWriter::Cut::none) {
    const auto batch = source->next();
    fuzz::expect(batch.has_value(), "the spool cannot be read");
    if (batch->rows == 0) break;
    writer.write(batch->cells, batch->rows);
  }
  writer.end();
  return out.take_string();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  const auto split = in.byte();
  Shape shape{static_cast<Format>(in.byte() % 5), static_cast<Depth>(in.byte() % 2), {}, {}};
  const std::uint32_t columns = in.byte() % 6u + 1;
  RowLimits& limits = shape.limits;
  limits = {.rows = in.byte() % 40, .tokens = in.byte() * 4, .bytes = in.byte() * 16};
  limits.cell = in.byte() % 64u;
  for (std::uint32_t i = 0; i < columns; ++i) shape.names.push_back(in.take(in.byte() % 12u));
  std::vector<Cell> cells;
  while (!in.empty()) cells.push_back(cell_from(in));
  cells.resize(cells.size() / columns * columns);

  const auto rows = static_cast<std::uint32_t>(cells.size() / columns);
  Output out;
  RowWriter writer(out, shape.format, shape.depth, shape.names, limits);
  const auto n = writer.write(cells, rows);
  writer.end();
  fuzz::expect(writer.rows() == n, "another number of rows than was written");
  fuzz::expect(n * columns <= cells.size(), "more rows than there are");
  fuzz::expect(limits.rows == 0 || writer.rows() <= limits.rows, "more rows than allowed");
  const auto text = out.take_string();
  fuzz::expect(kept_and_written(cells, rows, std::min<std::uint32_t>(split, rows), shape) == text,
               "other rows from the spool", text);
  const auto found = rows_of(text, shape.format, shape.depth);
  fuzz::expect(found < 0 || found == writer.rows(), "another number of rows in the text");
  return 0;
}
