#include "connection.hpp"

#include "answer_cursor.hpp"
#include "error.hpp"
#include "introspect.hpp"
#include "json.hpp"
#include "records_cursor.hpp"

namespace dbmux::chromadb {

kit::Result<std::unique_ptr<Connection>> Connection::open(const Options& options, kit::Call call,
                                                          bool read_only) {
  auto http = Http::make(options, call);
  if (!http) return http.failure();
  std::unique_ptr<Connection> connection(new Connection(options, std::move(*http), read_only));
  const auto running = run(connection->interruption(), call);
  // Is it there, does it speak v2, and may we?
  auto database = connection->ask(Http::Method::get, "", "", "", options.database);
  if (!database) return database.failure();
  return connection;
}

kit::Result<kit::Info> Connection::info(kit::Call call) {
  const auto running = run(interruption(), call);
  if (version_.empty()) {
    auto version = http_->send(Http::Method::get, "/api/v2/version", "", false);
    if (!version) return version.failure();
    if (!good(*version)) return refusal(*version, "", false);
    auto text = parsed(version->body);
    version_ = text && text->IsString() ? std::string(view(*text)) : "unknown";
    auto identity = http_->send(Http::Method::get, "/api/v2/auth/identity", "", false);
    if (!identity) return identity.failure();
    if (auto who = parsed(identity->body);
        good(*identity) && who && who->IsObject() && who->HasMember("user_id"))
      user_ = view((*who)["user_id"]);
  }
  kit::Info i;
  i.capabilities = DBMUX_CAP_READ_ONLY;
  i.product = "ChromaDB";
  i.version = version_;
  i.dialect = "chromadb";
  i.user = user_;
  i.role = DBMUX_ROLE_PRIMARY;
  i.privileges = DBMUX_PRIV_UNKNOWN;
  return i;
}

kit::Status Connection::ping(kit::Call call) {
  const auto running = run(interruption(), call);
  auto beat = http_->send(Http::Method::get, "/api/v2/heartbeat", "", false);
  if (!beat) return beat.failure();
  return good(*beat) ? kit::Status() : kit::Status(refusal(*beat, "", false));
}

kit::Result<rapidjson::Document> Connection::ask(Http::Method method, const std::string& database,
                                                 const std::string& path, std::string_view body,
                                                 std::string_view object, bool writes) {
  const auto whole = "/api/v2/tenants/" + escaped(options_.tenant) + "/databases/" +
                     escaped(database.empty() ? options_.database : database) + path;
  auto response = http_->send(method, whole, body, writes);
  if (!response) return response.failure();
  if (!good(*response)) return refusal(*response, object, writes);
  auto answer = parsed(response->body);
  if (answer) return answer;
  return kit::fail(DBMUX_E_CONNECTION, "the answer is not JSON: this may be no ChromaDB server")
      .flags(writes ? std::uint32_t{DBMUX_ERR_MAY_HAVE_RUN} : 0u);
}

kit::Result<std::string> Connection::id_of(const std::string& database, const std::string& name) {
  auto& id = ids_[{database, name}];
  if (!id.empty()) return id;
  auto collection = ask(Http::Method::get, database, "/collections/" + escaped(name), "", name);
  if (!collection) return collection.failure();
  if (!collection->IsObject() || !collection->HasMember("id") || !(*collection)["id"].IsString())
    return kit::fail(DBMUX_E_INTERNAL, "the server shows no id of the collection").object(name);
  id = view((*collection)["id"]);
  return id;
}

kit::Result<rapidjson::Document> Connection::ask_collection(Http::Method method, const std::string& database,
                                                            const std::string& name,
                                                            const std::string& operation,
                                                            std::string_view body, bool writes) {
  for (bool again = false;; again = true) {
    const bool known = !ids_[{database, name}].empty();
    auto id = id_of(database, name);
    if (!id) return id.failure();
    auto answer = ask(method, database, "/collections/" + escaped(*id) + operation, body, name, writes);
    if (answer) return answer;
    auto why = answer.failure();
    // Dropped and made again by somebody: nothing has run under the old id.
    if (why->category != DBMUX_E_NOT_FOUND || !known || again) return why;
    ids_.erase({database, name});
  }
}

kit::CursorResult Connection::execute(kit::Call call, const dbmux_request& request) {
  const auto language = kit::view(request.language);
  if (!language.empty() && language != "chroma.query")
    return kit::fail(DBMUX_E_UNSUPPORTED, "the language '" + std::string(language) + "' is not spoken here");
  if (request.n_sets > 1) return kit::fail(DBMUX_E_UNSUPPORTED, "one set of parameters at a time");
  if ((request.flags & DBMUX_REQ_IN_TXN) != 0)
    return kit::fail(DBMUX_E_UNSUPPORTED, "ChromaDB has no transactions");
  if ((request.flags & DBMUX_REQ_DRY_RUN) != 0)
    return kit::fail(DBMUX_E_UNSUPPORTED, "ChromaDB has no dry runs");
  auto running = run(interruption(), call);
  if (interruption().due()) return interruption().stopped();
  const bool reading = read_only_ || (request.flags & DBMUX_REQ_READ_ONLY) != 0;
  auto query = query_of(kit::view(request.text), std::span(request.params, request.n_params), reading);
  if (!query) return query.failure();
  const std::uint32_t layers = reading ? std::uint32_t{DBMUX_BY_PARSER} : 0u;
  if (query->verb->action == Action::get || query->verb->action == Action::query) {
    auto cursor = std::make_unique<RecordsCursor>(*this, std::move(running), std::move(*query),
                                                  RecordsCursor::Shape::of(request), layers);
    if (auto started = cursor->start(); !started) return started.failure();
    return std::unique_ptr<kit::Cursor>(std::move(cursor));
  }
  return answer_of(*this, std::move(running), std::move(*query), layers);
}

}  // namespace dbmux::chromadb
