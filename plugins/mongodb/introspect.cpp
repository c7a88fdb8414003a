#include "introspect.hpp"

#include <algorithm>
#include <memory>

namespace dbmux::mongodb {

namespace {

using kit::integer;
using kit::null_value;
using kit::text;

constexpr std::size_t kCounted = 100;  // collections whose rows are counted for a list

// From the collection's figures, without reading it; null when they cannot be had.
kit::Result<dbmux_value> estimated_rows(Connection& connection, const std::string& database,
                                        const Collection& collection) {
  if (collection.type != "collection") return null_value();
  Bson command;
  append_utf8(command.get(), "count", collection.name);
  auto reply = connection.ask(database, command.get());
  if (!reply) {
    auto why = reply.failure();
    if (why->category == DBMUX_E_DENIED || why->category == DBMUX_E_NOT_FOUND) return null_value();
    return why;
  }
  bson_iter_t n;
  return find(reply->get(), "n", n) ? integer(bson_iter_as_int64(&n)) : null_value();
}

void take_collections(const bson_t* reply, const char* batch, std::vector<Collection>& to) {
  bson_iter_t list, one;
  if (!find(reply, batch, list) || !enter(list, one)) return;
  while (bson_iter_next(&one)) {
    bson_iter_t at;
    Collection c;
    if (enter(one, at) && bson_iter_find(&at, "name")) c.name = utf8_of(at);
    if (enter(one, at) && bson_iter_find(&at, "type")) c.type = utf8_of(at);
    if (!c.name.empty() && !c.name.starts_with("system.")) to.push_back(std::move(c));
  }
}

kit::Result<std::vector<Collection>> all_collections(Connection& connection, const std::string& database) {
  Bson command;
  BSON_APPEND_INT32(command.get(), "listCollections", 1);
  BSON_APPEND_BOOL(command.get(), "nameOnly", true);
  BSON_APPEND_BOOL(command.get(), "authorizedCollections", true);
  auto reply = connection.ask(database, command.get());
  if (!reply) return reply.failure();
  std::vector<Collection> found;
  take_collections(reply->get(), "cursor.firstBatch", found);
  // Servers answer with all of them at once, but need not.
  bson_iter_t id;
  ServerCursor rest;
  rest.database = database;
  rest.collection = "$cmd.listCollections";
  if (find(reply->get(), "cursor.id", id)) rest.id = bson_iter_as_int64(&id);
  while (rest.id != 0) {
    auto more = connection.more(rest, 0);
    if (!more) return more.failure();
    take_collections(more->get(), "cursor.nextBatch", found);
    rest.id = find(more->get(), "cursor.id", id) ? bson_iter_as_int64(&id) : 0;
  }
  return found;
}

}  // namespace

std::string database_of(const Connection& connection, const dbmux_object& object) {
  return object.schema.len > 0 ? std::string(kit::view(object.schema)) : connection.database();
}

kit::Result<std::vector<Collection>> collections_of(Connection& connection, const std::string& database,
                                                    std::string_view name, std::string_view like) {
  auto found = all_collections(connection, database);
  if (!found) return found.failure();
  std::erase_if(*found, [&](const Collection& c) {
    return (!name.empty() && c.name != name) || !kit::is_like(c.name, like);
  });
  if (!name.empty() && like.empty() && found->empty())
    return kit::fail(DBMUX_E_NOT_FOUND,
                     "the database " + database + " has no collection '" + std::string(name) + "'")
        .object(std::string(name));
  std::sort(found->begin(), found->end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return found;
}

kit::CursorResult schemas_meta(Connection& connection, std::string_view like) {
  Bson command;
  BSON_APPEND_INT32(command.get(), "listDatabases", 1);
  BSON_APPEND_BOOL(command.get(), "nameOnly", true);
  BSON_APPEND_BOOL(command.get(), "authorizedDatabases", true);
  auto reply = connection.ask("admin", command.get());
  if (!reply) return reply.failure();
  auto rows = kit::schema_rows();
  bson_iter_t list, one, name;
  bool own = false;
  if (find(reply->get(), "databases", list) && enter(list, one))
    while (bson_iter_next(&one))
      if (enter(one, name) && bson_iter_find(&name, "name") && kit::is_like(utf8_of(name), like)) {
        own = own || utf8_of(name) == connection.database();
        rows->add({null_value(), text(utf8_of(name)), null_value()});
      }
  // A database comes into being with its first collection.
  if (!own && kit::is_like(connection.database(), like))
    rows->add({null_value(), text(connection.database()), null_value()});
  return rows;
}

kit::CursorResult objects_meta(Connection& connection, const dbmux_object& object, std::string_view like) {
  const auto database = database_of(connection, object);
  auto found = collections_of(connection, database, kit::view(object.name), like);
  if (!found) return found.failure();
  auto rows = kit::object_rows();
  for (const auto& c : *found) {
    auto estimate = null_value();
    if (found->size() <= kCounted) {
      auto counted = estimated_rows(connection, database, c);
      if (!counted) return counted.failure();
      estimate = *counted;
    }
    rows->add({text(database), text(c.name), text(c.type), null_value(), estimate, null_value()});
  }
  return rows;
}

kit::CursorResult Connection::health() {
  const auto* hosts = mongoc_uri_get_hosts(uri_.get());
  const std::string_view host = hosts ? hosts->host : "";
  const bool near = host == "localhost" || host == "::1" || host.starts_with("127.") || host.starts_with("/");
  const bool tls = mongoc_uri_get_tls(uri_.get());
  const bool unchecked =
      mongoc_uri_get_option_as_bool(uri_.get(), MONGOC_URI_TLSINSECURE, false) ||
      mongoc_uri_get_option_as_bool(uri_.get(), MONGOC_URI_TLSALLOWINVALIDCERTIFICATES, false);
  auto rows = kit::rows_of({{"check"}, {"status"}, {"value"}, {"advice"}});
  rows->add(
      {text("TLS"), text(tls || near ? "ok" : "warn"),
       text(!tls        ? near ? "none, and none is needed on this machine" : "none"
            : unchecked ? "on; who the server is is not checked"
                        : "on; issuer and name of the server are checked"),
       text(tls || near ? ""
                        : "Everybody on the way can read along: set tls: true, or tls=true in the uri.")});
  return rows;
}

kit::CursorResult Connection::introspect(kit::Call call, std::int32_t kind, const dbmux_object& object,
                                         std::string_view like) {
  auto running = enter(call);
  if (!running) return running.failure();
  switch (kind) {
    case DBMUX_META_SCHEMAS:
      return schemas_meta(*this, like);
    case DBMUX_META_OBJECTS:
      return objects_meta(*this, object, like);
    case DBMUX_META_COLUMNS:
      return columns_meta(*this, object, like);
    case DBMUX_META_HEALTH:
      return health();
    default:
      return kit::fail(DBMUX_E_UNSUPPORTED, "this kind of introspection is not offered for MongoDB yet");
  }
}

}  // namespace dbmux::mongodb
