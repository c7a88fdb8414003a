#include "document_cursor.hpp"

#include <algorithm>

#include "bson_to_json.hpp"
#include "guard.hpp"

namespace dbmux::mongodb {

namespace {

constexpr std::size_t kBatchBytes = std::size_t{256} << 10;
constexpr std::uint32_t kBatchRows = 1u << 16;

// Of the protocol, not of the answer.
bool is_protocol(std::string_view field) {
  return field == "$clusterTime" || field == "operationTime" || field == "$configServerState" ||
         field == "$gleStats" || field == "lastCommittedOpTime";
}

std::int64_t integer_at(const bson_t* document, const char* path) {
  bson_iter_t at;
  return find(document, path, at) ? bson_iter_as_int64(&at) : 0;
}

constexpr dbmux_column kDocument{{"document", 8}, {"document", 8}, {"", 0}, DBMUX_JSON, 0, 0};

}  // namespace

DocumentCursor::Shape DocumentCursor::Shape::of(const dbmux_request& r) {
  Shape shape{r.batch_rows, r.max_cell_bytes, r.max_rows};
  shape.batch_rows = std::clamp(shape.batch_rows == 0 ? 256u : shape.batch_rows, 1u, kBatchRows);
  return shape;
}

std::uint32_t DocumentCursor::Shape::rows_a_reply() const {
  const bool few = max_rows > 0 && max_rows < batch_rows;
  return few ? static_cast<std::uint32_t>(max_rows) + 1 : batch_rows;
}

DocumentCursor::DocumentCursor(Connection& connection, RunningCall running, Command command, Bson reply,
                               std::uint32_t server, const Shape& shape, bool reading)
    : connection_(connection),
      running_(std::move(running)),
      command_(std::move(command)),
      reply_(std::move(reply)),
      shape_(shape),
      reading_(reading) {
  rest_.server = server;
  bson_iter_t cursor;
  single_ = !find(reply_.get(), "cursor.firstBatch", cursor);
  if (single_) {
    count_rows_affected();
  } else {
    read("cursor.firstBatch");
  }
}

void DocumentCursor::read(const char* batch) {
  bson_iter_t list;
  documents_ = find(reply_.get(), batch, list) && enter(list, at_);
  rest_.id = integer_at(reply_.get(), "cursor.id");
  bson_iter_t ns;
  if (!find(reply_.get(), "cursor.ns", ns) || !BSON_ITER_HOLDS_UTF8(&ns)) return;
  const std::string name(utf8_of(ns));
  const auto dot = name.find('.');
  rest_.database = name.substr(0, dot);
  rest_.collection = dot == std::string::npos ? "" : name.substr(dot + 1);
}

void DocumentCursor::count_rows_affected() {
  if (command_.name == "insert" || command_.name == "delete") rows_affected_ = integer_at(reply_.get(), "n");
  if (command_.name == "findAndModify" || command_.name == "findandmodify")
    rows_affected_ = integer_at(reply_.get(), "lastErrorObject.n");
  if (command_.name != "update") return;
  rows_affected_ = integer_at(reply_.get(), "nModified");
  bson_iter_t upserted, one;
  if (find(reply_.get(), "upserted", upserted) && enter(upserted, one))
    while (bson_iter_next(&one)) ++rows_affected_;
}

kit::Result<std::span<const dbmux_column>> DocumentCursor::columns() { return std::span(&kDocument, 1); }

kit::Status DocumentCursor::fetch() {
  auto more = connection_.more(rest_, shape_.rows_a_reply());
  if (!more) {
    rest_.id = 0;  // the server has ended it, or the connection is gone
    return more.failure();
  }
  reply_ = std::move(*more);
  read("cursor.nextBatch");
  return {};
}

void DocumentCursor::add_document(const bson_iter_t& at) {
  auto& buffers = connection_.buffers();
  if (!append_json(at, buffers.text)) warned_ = true;
  buffers.ends.push_back(buffers.text.size());
}

void DocumentCursor::add_reply() {
  Bson shown;
  bson_iter_t at;
  bson_iter_init(&at, reply_.get());
  while (bson_iter_next(&at))
    if (!is_protocol(key_of(at))) bson_append_iter(shown.get(), nullptr, 0, &at);
  auto& buffers = connection_.buffers();
  if (!append_json(shown.get(), false, buffers.text)) warned_ = true;
  buffers.ends.push_back(buffers.text.size());
  single_ = false;
}

kit::Batch DocumentCursor::finished_batch() {
  auto& buffers = connection_.buffers();
  std::size_t start = 0;
  for (const auto end : buffers.ends) {
    const std::string_view whole = std::string_view(buffers.text).substr(start, end - start);
    const bool cut = shape_.max_cell_bytes > 0 && whole.size() > shape_.max_cell_bytes;
    auto cell = cut ? kit::text(kit::utf8_prefix(whole, shape_.max_cell_bytes)) : kit::json(whole);
    if (cut) cell.flags = DBMUX_VALUE_TRUNCATED;
    buffers.cells.push_back(cell);
    start = end;
  }
  return {buffers.cells.data(), 1, static_cast<std::uint32_t>(buffers.cells.size())};
}

kit::Result<kit::Batch> DocumentCursor::next_batch(kit::Call call) {
  auto& buffers = connection_.buffers();
  buffers.text.clear();
  buffers.ends.clear();
  buffers.cells.clear();
  auto& client = connection_.client();
  const bool warned = warned_;
  // A write that was made is told, whatever came after it.
  if (single_) {
    if (command_.reads && client.interruption().due()) return client.stopped();
    add_reply();
  }
  while (buffers.ends.size() < shape_.batch_rows && buffers.text.size() < kBatchBytes) {
    if (documents_ && bson_iter_next(&at_)) {
      if (client.interruption().due()) return client.stopped();
      add_document(at_);
      continue;
    }
    documents_ = false;
    if (rest_.id == 0 || !buffers.ends.empty()) break;
    if (auto fetched = fetch(); !fetched) return fetched.failure();
  }
  if (warned_ && !warned) call.notice(DBMUX_LOG_WARN, 0, "text that is not UTF-8 is shown with U+FFFD");
  return finished_batch();
}

kit::Result<kit::Summary> DocumentCursor::summary() {
  kit::Summary s;
  if (reading_) s.enforced_by = DBMUX_BY_PARSER;
  if (is_catalog_change(command_.name)) s.flags |= DBMUX_SUM_CATALOG_CHANGED;
  s.rows_affected = rows_affected_;
  if (!command_.inserted.empty()) s.insert_id = kit::json(command_.inserted);
  return s;
}

kit::Status DocumentCursor::close(kit::Call) {
  auto forgotten = connection_.forget(std::move(rest_));
  running_.reset();
  return forgotten;
}

}  // namespace dbmux::mongodb
