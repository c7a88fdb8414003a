#include "statement_cursor.hpp"

#include <algorithm>

#include "page_key.hpp"
#include "sql_text.hpp"

namespace dbmux::sqlite {

namespace {

constexpr std::size_t kBatchBytes = std::size_t{256} << 10;
constexpr std::uint32_t kBatchCells = 1u << 16;

constexpr std::uint32_t four(const char (&text)[5]) {
  std::uint32_t code = 0;
  for (int i = 0; i < 4; ++i) code = code << 8 | static_cast<unsigned char>(text[i]);
  return code;
}

// The rules of SQLite's column affinity, in one pass over the type's name.
std::int32_t usual_kind(std::string_view type) {
  std::int32_t kind = type.empty() ? DBMUX_TEXT : DBMUX_F64;
  bool text = false, blob = false;
  std::uint32_t last = 0;  // four characters
  for (const char c : type) {
    last = last << 8 | static_cast<unsigned char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    if ((last & 0xFFFFFF) == (four("_INT") & 0xFFFFFF)) return DBMUX_I64;
    if (last == four("CHAR") || last == four("CLOB") || last == four("TEXT")) text = true;
    if (last == four("BLOB")) blob = true;
  }
  if (text) kind = DBMUX_TEXT;
  return !text && blob ? DBMUX_BYTES : kind;
}

bool plain_name(std::string_view name) {
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
         });
}

// "schema.table.column" of a result column that is one; "" of others.
void write_origin(sqlite3_stmt* s, int column, std::string& origin) {
  origin.clear();
  const char* name = sqlite3_column_origin_name(s, column);
  if (!name) return;
  for (const char* part :
       {sqlite3_column_database_name(s, column), sqlite3_column_table_name(s, column), name}) {
    if (!origin.empty()) origin += '.';
    const std::string_view text = part ? part : "";
    if (plain_name(text)) {
      origin += text;
    } else {
      origin += quoted(text);
    }
  }
}

}  // namespace

StatementCursor::Shape StatementCursor::Shape::of(const dbmux_request& r) {
  return {r.batch_rows, r.max_cell_bytes, r.max_rows};
}

StatementCursor::StatementCursor(Connection& connection, StatementHandle statement, RunningCall running,
                                 const Shape& shape)
    : connection_(connection),
      statement_(std::move(statement)),
      running_(std::move(running)),
      shape_(shape),
      reading_(connection.guard().mode() == Guard::Mode::reading) {}

void StatementCursor::set_width() {
  const auto all = sqlite3_column_count(statement_.get());
  shown_columns_ = all - page_.hidden;
  rows_per_batch_ = shape_.batch_rows ? shape_.batch_rows : 256;
  // One more than wanted tells that there is more, without reading what nobody asked for.
  if (shape_.max_rows > 0 && shape_.max_rows < rows_per_batch_)
    rows_per_batch_ = static_cast<std::uint32_t>(shape_.max_rows) + 1;
  rows_per_batch_ =
      std::max(1u, std::min(rows_per_batch_, kBatchCells / static_cast<std::uint32_t>(std::max(1, all))));
}

void StatementCursor::skip() {
  set_width();
  done_ = true;
}

kit::Status StatementCursor::start() {
  const auto& seen = connection_.guard().seen();
  if (!reading_) {
    rowid_before_ = sqlite3_last_insert_rowid(connection_.db());
    if (seen.insert && !seen.last_insert_rowid) sqlite3_set_last_insert_rowid(connection_.db(), 0);
  }
  const int rc = sqlite3_step(statement_.get());
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return failed(rc);
  set_width();
  if (rc == SQLITE_DONE) finish();
  pending_row_ = rc == SQLITE_ROW;
  return {};
}

kit::Failure StatementCursor::failed(int rc) {
  const char* text = sqlite3_sql(statement_.get());
  return connection_.failed(rc, text ? text : "");
}

kit::Result<std::span<const dbmux_column>> StatementCursor::columns() {
  auto& buffers = connection_.buffers();
  buffers.columns.clear();
  buffers.names.clear();
  auto* s = statement_.get();
  std::string origin;
  for (int i = 0; i < shown_columns_; ++i) {
    const char* name = sqlite3_column_name(s, i);
    if (!name) return kit::fail(DBMUX_E_RESOURCE, "out of memory");
    const char* type = sqlite3_column_decltype(s, i);
    dbmux_column c{};
    c.name = kit::str(buffers.names.copy(name));
    c.native_type = kit::str(buffers.names.copy(type ? type : ""));
    write_origin(s, i, origin);
    c.origin = kit::str(buffers.names.copy(origin));
    c.kind = usual_kind(type ? type : "");
    c.nullable = -1;
    buffers.columns.push_back(c);
  }
  return std::span<const dbmux_column>(buffers.columns);
}

kit::Result<kit::Batch> StatementCursor::next_batch(kit::Call) {
  auto& buffers = connection_.buffers();
  auto& interruption = connection_.interruption();
  buffers.batch.clear();
  if (done_) return kit::Batch{nullptr, static_cast<std::uint32_t>(shown_columns_), 0};
  if (interruption.due()) return connection_.stopped();
  interruption.start_batch();
  const auto width = static_cast<std::size_t>(shown_columns_);
  if (buffers.cells.size() < width * rows_per_batch_) buffers.cells.resize(width * rows_per_batch_);
  std::uint32_t rows = 0;
  const auto room = [&] { return buffers.batch.used() < kBatchBytes && !interruption.flush_due(); };
  while (!done_ && (rows == 0 || (rows < rows_per_batch_ && room()))) {
    const int rc = pending_row_ ? SQLITE_ROW : sqlite3_step(statement_.get());
    pending_row_ = false;
    if (rc == SQLITE_DONE) {
      finish();
    } else if (rc == SQLITE_ROW) {
      read_row(buffers.cells.data() + rows * width);
      ++rows;
      if (page_.limit > 0 && ++delivered_ == page_.limit)
        if (auto ended = end_page(); !ended) return ended.failure();
    } else {
      return failed(rc);
    }
  }
  return kit::Batch{buffers.cells.data(), static_cast<std::uint32_t>(width), rows};
}

kit::Status StatementCursor::end_page() {
  auto place = page_.key.empty() ? kit::encode_offset(page_.offset + delivered_)
                                 : encode_key(statement_.get(), page_.key);
  const int rc = sqlite3_step(statement_.get());
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return failed(rc);
  if (rc == SQLITE_ROW) next_ = std::move(place);
  finish();
  return {};
}

void StatementCursor::read_row(dbmux_value* cell) {
  auto* s = statement_.get();
  for (int i = 0; i < shown_columns_; ++i, ++cell) {
    auto* value = sqlite3_column_value(s, i);
    switch (sqlite3_value_type(value)) {
      case SQLITE_INTEGER:
        *cell = kit::integer(sqlite3_value_int64(value));
        break;
      case SQLITE_FLOAT:
        *cell = kit::real(sqlite3_value_double(value));
        break;
      case SQLITE_TEXT:
        *cell = text_cell(value);
        break;
      case SQLITE_BLOB:
        *cell = blob_cell(value);
        break;
      default:
        *cell = kit::null_value();
    }
  }
}

dbmux_value StatementCursor::text_cell(sqlite3_value* value) {
  const auto* data = reinterpret_cast<const char*>(sqlite3_value_text(value));
  std::string_view text(data ? data : "", static_cast<std::size_t>(sqlite3_value_bytes(value)));
  const bool cut = shape_.max_cell_bytes > 0 && text.size() > shape_.max_cell_bytes;
  const auto whole = text;
  if (cut) text = kit::utf8_prefix(text, shape_.max_cell_bytes);
  const bool valid = kit::valid_utf8(text);
  if (cut && !valid) text = whole.substr(0, shape_.max_cell_bytes);
  auto cell = kit::text(connection_.buffers().batch.copy(text));
  if (!valid) cell.kind = DBMUX_BYTES;
  if (cut) cell.flags = DBMUX_VALUE_TRUNCATED;
  return cell;
}

dbmux_value StatementCursor::blob_cell(sqlite3_value* value) {
  const auto* data = static_cast<const char*>(sqlite3_value_blob(value));
  std::string_view blob(data ? data : "", data ? static_cast<std::size_t>(sqlite3_value_bytes(value)) : 0);
  const bool cut = shape_.max_cell_bytes > 0 && blob.size() > shape_.max_cell_bytes;
  if (cut) blob = blob.substr(0, shape_.max_cell_bytes);
  auto cell = kit::bytes(connection_.buffers().batch.copy(blob));
  if (cut) cell.flags = DBMUX_VALUE_TRUNCATED;
  return cell;
}

void StatementCursor::finish() {
  done_ = true;
  if (reading_ || sqlite3_stmt_readonly(statement_.get())) return;
  const auto& seen = connection_.guard().seen();
  const bool changes_rows = (seen.insert || seen.update || seen.remove) && !seen.schema;
  rows_affected_ = changes_rows ? sqlite3_changes64(connection_.db()) : 0;
  if (seen.insert && changes_rows) find_insert_id();
}

void StatementCursor::find_insert_id() {
  auto* db = connection_.db();
  const auto& seen = connection_.guard().seen();
  const auto id = sqlite3_last_insert_rowid(db);
  if (!seen.last_insert_rowid && id == 0) {
    sqlite3_set_last_insert_rowid(db, rowid_before_);
  } else if (rows_affected_ > 0 && (!seen.last_insert_rowid || id != rowid_before_)) {
    insert_id_ = kit::integer(id);
  }
}

kit::Result<kit::Summary> StatementCursor::summary() {
  kit::Summary s;
  const auto& seen = connection_.guard().seen();
  if (connection_.in_transaction()) s.flags |= DBMUX_SUM_IN_TXN;
  if (seen.session) s.flags |= DBMUX_SUM_SESSION_DIRTY;
  if (seen.schema) s.flags |= DBMUX_SUM_CATALOG_CHANGED;
  if (reading_) s.enforced_by = connection_.layers();
  s.rows_affected = rows_affected_;
  s.insert_id = insert_id_;
  s.next = next_;
  return s;
}

kit::Status StatementCursor::close(kit::Call) {
  kit::Status status;
  // A write that gives rows is complete only behind its last one.
  if (!reading_ && !done_) {
    int rc = SQLITE_ROW;
    while (rc == SQLITE_ROW) rc = sqlite3_step(statement_.get());
    if (rc != SQLITE_DONE) status = failed(rc);
  }
  statement_.reset();
  running_.reset();
  return status;
}

}  // namespace dbmux::sqlite
