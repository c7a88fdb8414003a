#include "answer_cursor.hpp"

#include "json.hpp"

namespace dbmux::chromadb {

namespace {

using rapidjson::Value;

// Rows, or none and no columns, with what the summary has to say.
class AnswerCursor final : public kit::Cursor {
 public:
  AnswerCursor(RunningCall running, std::unique_ptr<kit::RowsCursor> rows, kit::Summary summary)
      : running_(std::move(running)), rows_(std::move(rows)), summary_(summary) {}

  kit::Result<std::span<const dbmux_column>> columns() override {
    return rows_ ? rows_->columns() : std::span<const dbmux_column>();
  }
  kit::Result<kit::Batch> next_batch(kit::Call call) override {
    return rows_ ? rows_->next_batch(call) : kit::Batch{};
  }
  kit::Result<kit::Summary> summary() override { return summary_; }
  kit::Status close(kit::Call) override {
    running_.reset();
    return {};
  }

 private:
  RunningCall running_;
  std::unique_ptr<kit::RowsCursor> rows_;
  kit::Summary summary_;
};

kit::Result<std::unique_ptr<kit::RowsCursor>> counted(Connection& connection, const Query& query) {
  auto answer = connection.ask_collection(Http::Method::get, "", query.collection, "/count", "");
  if (!answer) return answer.failure();
  if (!answer->IsInt64()) return kit::fail(DBMUX_E_INTERNAL, "the server's count is no number");
  auto rows = std::make_unique<kit::RowsCursor>(std::initializer_list<kit::ColumnSpec>{{"count", DBMUX_I64}});
  rows->add({kit::integer(answer->GetInt64())});
  return rows;
}

kit::Result<std::unique_ptr<kit::RowsCursor>> listed(Connection& connection, const Query& query) {
  std::string path = "/collections";
  for (const auto& m : query.body.GetObject()) {
    if (!m.value.IsInt64() || m.value.GetInt64() < 0)
      return kit::fail(DBMUX_E_INVALID, std::string(view(m.name)) + " is a number from 0");
    path += (path.ends_with('s') ? "?" : "&") + std::string(view(m.name)) + "=" +
            std::to_string(m.value.GetInt64());
  }
  auto answer = connection.ask(Http::Method::get, "", path, "", "");
  if (!answer) return answer.failure();
  auto rows = std::make_unique<kit::RowsCursor>(std::initializer_list<kit::ColumnSpec>{
      {"name"}, {"id"}, {"dimension", DBMUX_I64}, {"metadata", DBMUX_JSON}});
  if (!answer->IsArray()) return kit::fail(DBMUX_E_INTERNAL, "the server's list is none");
  for (const auto& c : answer->GetArray()) {
    if (!c.IsObject() || !c.HasMember("name") || !c.HasMember("id")) continue;
    const bool sized = c.HasMember("dimension") && c["dimension"].IsInt64();
    const bool described = c.HasMember("metadata") && !c["metadata"].IsNull();
    const std::string metadata = described ? text_of(c["metadata"]) : "";
    rows->add({kit::text(view(c["name"])), kit::text(view(c["id"])),
               sized ? kit::integer(c["dimension"].GetInt64()) : kit::null_value(),
               described ? kit::json(metadata) : kit::null_value()});
  }
  return rows;
}

std::int64_t number_of_ids(const Query& query) {
  const auto ids = query.body.FindMember("ids");
  return ids != query.body.MemberEnd() && ids->value.IsArray() ? static_cast<std::int64_t>(ids->value.Size())
                                                               : -1;
}

kit::Result<kit::Summary> written(Connection& connection, Query& query) {
  kit::Summary summary;
  const auto action = query.verb->action;
  if (action == Action::create) {
    auto& allocator = query.body.GetAllocator();
    query.body.AddMember("name", Value(query.collection.c_str(), allocator), allocator);
    auto made =
        connection.ask(Http::Method::post, "", "/collections", text_of(query.body), query.collection, true);
    if (!made) return made.failure();
    summary.flags = DBMUX_SUM_CATALOG_CHANGED;
    return summary;
  }
  if (action == Action::drop) {
    auto gone = connection.ask(Http::Method::remove, "", "/collections/" + escaped(query.collection), "",
                               query.collection, true);
    if (!gone) return gone.failure();
    summary.flags = DBMUX_SUM_CATALOG_CHANGED;
    return summary;
  }
  const auto operation = "/" + std::string(query.verb->name);
  auto answer = connection.ask_collection(Http::Method::post, "", query.collection, operation,
                                          text_of(query.body), true);
  if (!answer) return answer.failure();
  // Of add and update the server does not say how many ids it passed over.
  if (action == Action::upsert) summary.rows_affected = number_of_ids(query);
  if (action == Action::remove && answer->IsObject() && answer->HasMember("deleted") &&
      (*answer)["deleted"].IsInt64())
    summary.rows_affected = (*answer)["deleted"].GetInt64();
  return summary;
}

}  // namespace

kit::CursorResult answer_of(Connection& connection, RunningCall running, Query query, std::uint32_t layers) {
  kit::Summary summary;
  std::unique_ptr<kit::RowsCursor> rows;
  if (query.verb->reads) {
    auto answer =
        query.verb->action == Action::count ? counted(connection, query) : listed(connection, query);
    if (!answer) return answer.failure();
    rows = std::move(*answer);
  } else {
    auto done = written(connection, query);
    if (!done) return done.failure();
    summary = *done;
  }
  summary.enforced_by = layers;
  return std::make_unique<AnswerCursor>(std::move(running), std::move(rows), summary);
}

}  // namespace dbmux::chromadb
