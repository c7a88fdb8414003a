#include "records_cursor.hpp"

#include <algorithm>
#include <cstring>

#include "json.hpp"

namespace dbmux::chromadb {

namespace {

using rapidjson::Value;

constexpr std::size_t kBatchBytes = std::size_t{256} << 10;
constexpr std::uint32_t kBatchRows = 10'000;
const Value kNull;

dbmux_column column(std::string_view name, std::string_view type, std::int32_t kind) {
  return {kit::str(name), kit::str(type), {"", 0}, kind, name == "id" ? 0 : -1, 0};
}

bool includes(const Value& include, std::string_view what) {
  return std::any_of(include.Begin(), include.End(), [&](const Value& v) { return view(v) == what; });
}

}  // namespace

RecordsCursor::Shape RecordsCursor::Shape::of(const dbmux_request& r) {
  Shape shape{r.batch_rows, r.max_cell_bytes, r.max_rows};
  shape.batch_rows = std::clamp(shape.batch_rows == 0 ? 256u : shape.batch_rows, 1u, kBatchRows);
  return shape;
}

RecordsCursor::RecordsCursor(Connection& connection, RunningCall running, Query query, const Shape& shape,
                             std::uint32_t layers)
    : connection_(connection),
      running_(std::move(running)),
      query_(std::move(query)),
      shape_(shape),
      layers_(layers),
      nearest_(query_.verb->action == Action::query) {}

kit::Status RecordsCursor::read_limits() {
  for (const auto& [name, to] : {std::pair{"limit", &left_}, {"offset", &offset_}}) {
    const auto found = query_.body.FindMember(name);
    if (found == query_.body.MemberEnd()) continue;
    if (!found->value.IsNull()) {
      if (!found->value.IsInt64() || found->value.GetInt64() < 0)
        return kit::fail(DBMUX_E_INVALID, std::string(name) + " is a number from 0").object(name);
      *to = found->value.GetInt64();
    }
    query_.body.EraseMember(found);
  }
  return {};
}

kit::Status RecordsCursor::choose_columns() {
  auto& body = query_.body;
  auto& allocator = body.GetAllocator();
  if (!body.HasMember("include")) {
    Value usual(rapidjson::kArrayType);
    usual.PushBack("documents", allocator).PushBack("metadatas", allocator);
    if (nearest_) usual.PushBack("distances", allocator);
    body.AddMember("include", usual, allocator);
  }
  const auto& include = body["include"];
  if (!include.IsArray()) return kit::fail(DBMUX_E_INVALID, "include is a list").object("include");
  const auto add = [&](What what, std::string_view name, std::string_view type, std::int32_t kind) {
    what_.push_back(what);
    columns_.push_back(column(name, type, kind));
  };
  add(What::id, "id", "string", DBMUX_TEXT);
  if (includes(include, "documents")) add(What::document, "document", "string", DBMUX_TEXT);
  if (includes(include, "metadatas")) add(What::metadata, "metadata", "object", DBMUX_JSON);
  if (includes(include, "uris")) add(What::uri, "uri", "string", DBMUX_TEXT);
  if (includes(include, "distances") && nearest_) add(What::distance, "distance", "float", DBMUX_F64);
  if (includes(include, "embeddings")) add(What::embedding, "embedding", "float[]", DBMUX_F32S);
  const auto vectors = body.FindMember("query_embeddings");
  if (nearest_ && vectors != body.MemberEnd() && vectors->value.IsArray() && vectors->value.Size() > 1)
    add(What::query, "query", "int", DBMUX_I64);
  return {};
}

kit::Status RecordsCursor::start() {
  if (!nearest_)
    if (auto read = read_limits(); !read) return read;
  if (auto chosen = choose_columns(); !chosen) return chosen;
  return fetch();
}

kit::Status RecordsCursor::fetch() {
  std::string body;
  if (nearest_) {
    body = text_of(query_.body);
    last_ = true;
  } else {
    // One more than wanted tells that there is more.
    std::int64_t rows = shape_.batch_rows;
    if (shape_.max_rows > 0 && shape_.max_rows < rows) rows = shape_.max_rows + 1;
    asked_ = std::min(rows, left_);
    auto& allocator = query_.body.GetAllocator();
    query_.body.AddMember("limit", Value(asked_), allocator).AddMember("offset", Value(offset_), allocator);
    body = text_of(query_.body);
    query_.body.EraseMember("limit");
    query_.body.EraseMember("offset");
  }
  auto answer = connection_.ask_collection(Http::Method::post, "", query_.collection,
                                           nearest_ ? "/query" : "/get", body);
  if (!answer) return answer.failure();
  answer_ = std::move(*answer);
  if (auto checked = check_answer(); !checked) return checked;
  group_ = row_ = 0;
  groups_ = nearest_ ? answer_["ids"].Size() : 1;
  if (!nearest_) {
    const auto got = static_cast<std::int64_t>(rows_of_group());
    offset_ += got;
    left_ -= got;
    last_ = got < asked_ || left_ <= 0;
  }
  return {};
}

// So that nothing else need look whether a list is as long as the others.
kit::Status RecordsCursor::check_answer() const {
  const auto odd = [] {
    return kit::fail(DBMUX_E_INTERNAL, "the server's answer has another shape than ChromaDB's");
  };
  if (!answer_.IsObject() || !answer_.HasMember("ids") || !answer_["ids"].IsArray()) return odd();
  const auto& ids = answer_["ids"];
  for (const char* name : {"documents", "metadatas", "uris", "distances", "embeddings"}) {
    const auto found = answer_.FindMember(name);
    if (found == answer_.MemberEnd() || found->value.IsNull()) continue;
    if (!found->value.IsArray() || found->value.Size() != ids.Size()) return odd();
    for (rapidjson::SizeType i = 0; nearest_ && i < ids.Size(); ++i)
      if (!ids[i].IsArray() || !found->value[i].IsArray() || found->value[i].Size() != ids[i].Size())
        return odd();
  }
  for (rapidjson::SizeType i = 0; nearest_ && i < ids.Size(); ++i)
    if (!ids[i].IsArray()) return odd();
  return {};
}

const Value& RecordsCursor::list(const char* name) const {
  const auto found = answer_.FindMember(name);
  if (found == answer_.MemberEnd() || found->value.IsNull()) return kNull;
  return nearest_ ? found->value[static_cast<rapidjson::SizeType>(group_)] : found->value;
}

std::size_t RecordsCursor::rows_of_group() const { return list("ids").Size(); }

dbmux_value RecordsCursor::text_cell(std::uint8_t kind, std::string_view text) {
  const bool cut = shape_.max_cell_bytes > 0 && text.size() > shape_.max_cell_bytes;
  if (!cut) return kit::text_of_kind(kind, text);
  auto value = kit::text(kit::utf8_prefix(text, shape_.max_cell_bytes));
  value.flags = DBMUX_VALUE_TRUNCATED;
  return value;
}

dbmux_value RecordsCursor::floats_cell(const Value& list) {
  if (!list.IsArray()) return kit::null_value();
  std::size_t count = list.Size();
  const bool cut = shape_.max_cell_bytes > 0 && count * 4 > shape_.max_cell_bytes;
  if (cut) count = shape_.max_cell_bytes / 4;
  char* packed = connection_.buffers().batch.allocate(count * 4);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& n = list[static_cast<rapidjson::SizeType>(i)];
    const float f = n.IsNumber() ? static_cast<float>(n.GetDouble()) : 0.0F;
    std::memcpy(packed + i * 4, &f, 4);
  }
  auto value = kit::text_of_kind(DBMUX_F32S, {packed, count * 4});
  if (cut) value.flags = DBMUX_VALUE_TRUNCATED;
  return value;
}

dbmux_value RecordsCursor::cell(What what, std::size_t row) {
  constexpr const char* kLists[] = {"ids", "documents", "metadatas", "uris", "distances", "embeddings"};
  if (what == What::query) return kit::integer(static_cast<std::int64_t>(group_));
  const auto& all = list(kLists[static_cast<int>(what)]);
  if (!all.IsArray()) return kit::null_value();
  const auto& v = all[static_cast<rapidjson::SizeType>(row)];
  if (v.IsNull()) return kit::null_value();
  if (what == What::metadata) return text_cell(DBMUX_JSON, connection_.buffers().batch.copy(text_of(v)));
  if (what == What::distance) return v.IsNumber() ? kit::real(v.GetDouble()) : kit::null_value();
  if (what == What::embedding) return floats_cell(v);
  return v.IsString() ? text_cell(DBMUX_TEXT, view(v)) : kit::null_value();
}

kit::Result<kit::Batch> RecordsCursor::next_batch(kit::Call) {
  auto& buffers = connection_.buffers();
  auto& interruption = connection_.interruption();
  buffers.batch.clear();
  buffers.cells.clear();
  std::uint32_t rows = 0;
  const auto width = static_cast<std::uint32_t>(columns_.size());
  while (rows < shape_.batch_rows && buffers.batch.used() < kBatchBytes) {
    if (group_ < groups_ && row_ < rows_of_group()) {
      if (interruption.due()) return interruption.stopped();
      for (const auto what : what_) buffers.cells.push_back(cell(what, row_));
      ++row_;
      ++rows;
      continue;
    }
    if (group_ + 1 < groups_) {
      ++group_;
      row_ = 0;
      continue;
    }
    // Texts point into the answer: the next one waits for the next batch.
    if (last_ || rows > 0) break;
    if (auto fetched = fetch(); !fetched) return fetched.failure();
  }
  return kit::Batch{buffers.cells.data(), width, rows};
}

kit::Result<kit::Summary> RecordsCursor::summary() {
  kit::Summary s;
  s.enforced_by = layers_;
  return s;
}

kit::Status RecordsCursor::close(kit::Call) {
  running_.reset();
  return {};
}

}  // namespace dbmux::chromadb
