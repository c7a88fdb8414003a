#include "connection.hpp"

#include <algorithm>

#include "document_cursor.hpp"
#include "error.hpp"
#include "introspect.hpp"
#include "json_to_bson.hpp"
#include "source.hpp"

namespace dbmux::mongodb {

namespace {

constexpr std::int32_t kCommentsFrom = 9;  // wire version of MongoDB 4.4

std::string fresh_nonce() {
  bson_oid_t oid;
  bson_oid_init(&oid, nullptr);
  char hex[25];
  bson_oid_to_string(&oid, hex);
  return std::string("dbmux ") + hex + " ";
}

Bson command_of(const char* name) {
  Bson command;
  BSON_APPEND_INT32(command.get(), name, 1);
  return command;
}

std::string text_at(const bson_t* document, const char* path) {
  bson_iter_t at;
  return find(document, path, at) && BSON_ITER_HOLDS_UTF8(&at) ? std::string(utf8_of(at)) : std::string();
}

}  // namespace

Connection::Connection(Source& source, UriHandle uri, bool read_only)
    : source_(source), uri_(std::move(uri)), read_only_(read_only), nonce_(fresh_nonce()) {
  const char* named = mongoc_uri_get_database(uri_.get());
  database_ = named && *named ? named : "test";
}

Connection::~Connection() {
  if (client_) client_->abandon();
}

kit::Result<std::unique_ptr<Connection>> Connection::open(Source& source, UriHandle uri, kit::Call call,
                                                          bool read_only) {
  std::unique_ptr<Connection> connection(new Connection(source, std::move(uri), read_only));
  if (auto started = connection->start(call); !started) return started.failure();
  return connection;
}

kit::Status Connection::start(kit::Call call) {
  auto client = Client::make(uri_.get(), source_.tls_ca_file());
  if (!client) return client.failure();
  client_ = std::move(*client);
  const auto running = run(client_->interruption(), call);
  auto server = client_->select(read_only_ ? Client::Kind::read : Client::Kind::own);
  if (!server) return server.failure();
  server_ = mongoc_server_description_host(server->get())->host_and_port;
  if (auto learnt = learn(mongoc_server_description_id(server->get())); !learnt) return learnt;
  client_->start_session();
  return {};
}

kit::Status Connection::learn(std::uint32_t server) {
  Bson reply;
  const auto hello = command_of("hello");
  if (auto said = client_->run("admin", hello.get(), Client::Kind::own, server, reply); !said) return said;
  bson_iter_t at;
  if (find(reply.get(), "connectionId", at)) connection_id_ = bson_iter_as_int64(&at);
  if (find(reply.get(), "maxWireVersion", at)) comments_ = bson_iter_as_int64(&at) >= kCommentsFrom;
  if (find(reply.get(), "isWritablePrimary", at))
    role_ = bson_iter_as_bool(&at) ? DBMUX_ROLE_PRIMARY : DBMUX_ROLE_REPLICA;
  known_streams_ = client_->streams_opened();
  return {};
}

kit::Status Connection::learn_version() {
  const auto question = command_of("buildInfo");
  auto reply = ask("admin", question.get());
  if (!reply) return reply.failure();
  version_ = text_at(reply->get(), "version");
  product_ = "MongoDB";
  // Others that speak its protocol say who they are, too.
  for (const auto& [field, name] :
       {std::pair{"secantusVersion", "SecantusDB"}, {"ferretdbVersion", "FerretDB"}})
    if (const auto own = text_at(reply->get(), field); !own.empty()) {
      product_ = name;
      version_ = own + " (as MongoDB " + version_ + ")";
    }
  return {};
}

kit::Status Connection::learn_user() {
  const auto question = command_of("connectionStatus");
  auto reply = ask("admin", question.get());
  if (!reply) return reply.failure();
  user_ = text_at(reply->get(), "authInfo.authenticatedUsers.0.user");
  bson_iter_t roles, role;
  if (!find(reply->get(), "authInfo.authenticatedUserRoles", roles) || !mongodb::enter(roles, role))
    return {};
  std::uint32_t privileges = 0;
  bool any = false;
  while (bson_iter_next(&role)) {
    bson_iter_t name;
    if (!mongodb::enter(role, name) || !bson_iter_find(&name, "role")) continue;
    const auto called = utf8_of(name);
    any = true;
    if (called == "root" || called == "__system") {
      privileges |= DBMUX_PRIV_WRITE | DBMUX_PRIV_SUPERUSER;
    } else if (called == "readWrite" || called == "readWriteAnyDatabase" || called == "dbOwner") {
      privileges |= DBMUX_PRIV_WRITE;
    } else if (called != "read" && called != "readAnyDatabase" && called != "clusterMonitor") {
      privileges |= DBMUX_PRIV_UNKNOWN;
    }
  }
  privileges_ = any ? privileges : std::uint32_t{DBMUX_PRIV_UNKNOWN};
  return {};
}

kit::Result<kit::Info> Connection::info(kit::Call call) {
  auto running = enter(call);
  if (!running) return running.failure();
  if (version_.empty()) {
    if (auto learnt = learn_version(); !learnt) return learnt.failure();
    if (auto learnt = learn_user(); !learnt) return learnt.failure();
  }
  kit::Info i;
  i.capabilities = DBMUX_CAP_SERVER_CANCEL | DBMUX_CAP_READ_ONLY;
  i.product = product_;
  i.version = version_;
  i.dialect = "mongodb";
  i.user = user_;
  i.role = role_;
  i.privileges = privileges_;
  return i;
}

kit::Result<RunningCall> Connection::enter(kit::Call call) {
  auto running = run(client_->interruption(), call);
  comment_ = comments_ ? nonce_ + std::to_string(call.id()) : "";
  {
    const std::lock_guard lock(mutex_);
    const bool same = client_->streams_opened() == known_streams_;
    target_ = {server_, comment_, same ? connection_id_ : 0};
  }
  if (client_->interruption().due()) return client_->stopped();
  if (auto killed = kill_cursors(); !killed) return killed.failure();
  return running;
}

void Connection::cancel(std::uint64_t call_id) {
  auto& interruption = client_->interruption();
  if (!interruption.cancel(call_id)) return;
  const auto target = [&] {
    const std::lock_guard lock(mutex_);
    return target_;
  }();
  source_.killer().kill(uri_.get(), source_.tls_ca_file(), target);
  interruption.asked();
}

kit::Status Connection::ping(kit::Call call) {
  auto running = enter(call);
  if (!running) return running.failure();
  const auto question = command_of("ping");
  auto reply = ask("admin", question.get());
  return reply ? kit::Status() : kit::Status(reply.failure());
}

kit::Status Connection::reset(kit::Call call) {
  // A session keeps nothing but open cursors; enter() ends those.
  auto running = enter(call);
  return running ? kit::Status() : kit::Status(running.failure());
}

void Connection::close(kit::Call call) {
  auto& interruption = client_->interruption();
  interruption.begin(call);
  if (client_->dead() || interruption.due()) client_->abandon();
  interruption.end();
  // The library tells the server that the session is over; its wait ends with the call.
  interruption.begin_until(std::min(call.deadline_ns(), kit::now_ns() + 1'000'000'000));
  client_.reset();
}

std::int64_t Connection::max_time_ms() {
  const auto deadline = client_->interruption().deadline_ns();
  if (deadline == INT64_MAX) return 0;
  const auto left = (deadline - kit::now_ns()) / 1'000'000;
  // A little less, so that the server's own word still comes in time.
  return std::max<std::int64_t>(1, left - std::clamp<std::int64_t>(left / 10, 2, 100));
}

Sending Connection::sending(std::uint32_t batch_rows) {
  return {database_, batch_rows, max_time_ms(), comment_, uri_.get()};
}

kit::Result<Bson> Connection::ask(const std::string& database, const bson_t* command) {
  Bson reply;
  if (auto ran = client_->run(database, command, Client::Kind::read, 0, reply); !ran) return ran.failure();
  return reply;
}

kit::Result<Bson> Connection::more(const ServerCursor& cursor, std::uint32_t rows) {
  Bson command, reply;
  BSON_APPEND_INT64(command.get(), "getMore", cursor.id);
  append_utf8(command.get(), "collection", cursor.collection);
  if (rows > 0) BSON_APPEND_INT32(command.get(), "batchSize", static_cast<std::int32_t>(rows));
  if (!comment_.empty()) append_utf8(command.get(), "comment", comment_);
  auto ran = client_->run(cursor.database, command.get(), Client::Kind::read, cursor.server, reply);
  if (!ran) return ran.failure();
  return reply;
}

kit::Status Connection::forget(ServerCursor cursor) {
  if (cursor.id == 0 || client_->dead()) return {};
  left_open_.push_back(std::move(cursor));
  return client_->interruption().due() ? kit::Status() : kill_cursors();
}

kit::Status Connection::kill_cursors() {
  while (!left_open_.empty()) {
    const auto& cursor = left_open_.back();
    Bson command, reply;
    append_utf8(command.get(), "killCursors", cursor.collection);
    bson_t ids;
    BSON_APPEND_ARRAY_BEGIN(command.get(), "cursors", &ids);
    BSON_APPEND_INT64(&ids, "0", cursor.id);
    bson_append_array_end(command.get(), &ids);
    auto killed = client_->run(cursor.database, command.get(), Client::Kind::own, cursor.server, reply);
    if (!killed && client_->dead()) return killed;
    left_open_.pop_back();
  }
  return {};
}

kit::CursorResult Connection::execute(kit::Call call, const dbmux_request& request) {
  const auto language = kit::view(request.language);
  if (!language.empty() && language != "mongodb.command")
    return kit::fail(DBMUX_E_UNSUPPORTED, "the language '" + std::string(language) + "' is not spoken here");
  if (request.n_sets > 1) return kit::fail(DBMUX_E_UNSUPPORTED, "one set of parameters at a time");
  if ((request.flags & DBMUX_REQ_IN_TXN) != 0) return kit::fail(DBMUX_E_UNSUPPORTED, "no transactions yet");
  if ((request.flags & DBMUX_REQ_DRY_RUN) != 0)
    return kit::fail(DBMUX_E_UNSUPPORTED, "no dry runs")
        .hint(R"({"explain": {...}} shows the plan of a read)");
  auto running = enter(call);
  if (!running) return running.failure();
  auto given = bson_of(kit::view(request.text), std::span(request.params, request.n_params));
  if (!given) return given.failure();
  const bool reading = read_only_ || (request.flags & DBMUX_REQ_READ_ONLY) != 0;
  const auto shape = DocumentCursor::Shape::of(request);
  auto command = ready(*given, reading, sending(shape.rows_a_reply()));
  if (!command) return command.failure();
  if (command->own_comment) {
    // Not ours to be found by: then only the socket tells.
    const std::lock_guard lock(mutex_);
    target_.comment.clear();
  }
  const auto kind = command->reads ? Client::Kind::read : Client::Kind::write;
  auto server = client_->select(kind);
  if (!server) return server.failure();
  const auto id = mongoc_server_description_id(server->get());
  Bson reply;
  auto ran = client_->run(command->database, command->document.get(), kind, id, reply);
  if (!ran) return ran.failure();
  if (!command->reads)
    if (auto outcome = write_outcome(reply.get(), command->document.get()); !outcome)
      return outcome.failure();
  return std::make_unique<DocumentCursor>(*this, std::move(*running), std::move(*command), std::move(reply),
                                          id, shape, reading);
}

}  // namespace dbmux::mongodb
