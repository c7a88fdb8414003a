#include "field_types.hpp"
#include "introspect.hpp"

namespace dbmux::mongodb {

namespace {

using kit::boolean;
using kit::integer;
using kit::null_value;
using kit::text;

constexpr std::int32_t kSample = 100;  // documents

void append_sample_stage(bson_t* command) {
  bson_t pipeline, stage, sample, cursor;
  BSON_APPEND_ARRAY_BEGIN(command, "pipeline", &pipeline);
  BSON_APPEND_DOCUMENT_BEGIN(&pipeline, "0", &stage);
  BSON_APPEND_DOCUMENT_BEGIN(&stage, "$sample", &sample);
  BSON_APPEND_INT32(&sample, "size", kSample);
  bson_append_document_end(&stage, &sample);
  bson_append_document_end(&pipeline, &stage);
  bson_append_array_end(command, &pipeline);
  BSON_APPEND_DOCUMENT_BEGIN(command, "cursor", &cursor);
  BSON_APPEND_INT32(&cursor, "batchSize", kSample);
  bson_append_document_end(command, &cursor);
}

void add_documents(const bson_t* reply, const char* batch, FieldTypes& to) {
  bson_iter_t list, one;
  if (!find(reply, batch, list) || !enter(list, one)) return;
  while (bson_iter_next(&one)) {
    if (!BSON_ITER_HOLDS_DOCUMENT(&one)) continue;
    std::uint32_t size = 0;
    const std::uint8_t* data = nullptr;
    bson_iter_document(&one, &size, &data);
    bson_t document;
    if (bson_init_static(&document, data, size)) to.add(&document);
  }
}

kit::Result<FieldTypes> sampled(Connection& connection, const std::string& database,
                                const std::string& collection) {
  Bson command;
  append_utf8(command.get(), "aggregate", collection);
  append_sample_stage(command.get());
  auto server = connection.client().select(Client::Kind::read);
  if (!server) return server.failure();
  Bson reply;
  ServerCursor rest;
  rest.server = mongoc_server_description_id(server->get());
  rest.database = database;
  rest.collection = collection;
  auto ran = connection.client().run(database, command.get(), Client::Kind::read, rest.server, reply);
  if (!ran) return ran.failure();
  FieldTypes types;
  add_documents(reply.get(), "cursor.firstBatch", types);
  bson_iter_t id;
  if (find(reply.get(), "cursor.id", id)) rest.id = bson_iter_as_int64(&id);
  // Large documents come in several replies.
  while (rest.id != 0) {
    auto more = connection.more(rest, kSample);
    if (!more) return more.failure();
    add_documents(more->get(), "cursor.nextBatch", types);
    rest.id = find(more->get(), "cursor.id", id) ? bson_iter_as_int64(&id) : 0;
  }
  return types;
}

}  // namespace

kit::CursorResult columns_meta(Connection& connection, const dbmux_object& object, std::string_view like) {
  const auto database = database_of(connection, object);
  auto found = collections_of(connection, database, kit::view(object.name), "");
  if (!found) return found.failure();
  auto rows = kit::column_rows();
  for (const auto& c : *found) {
    auto types = sampled(connection, database, c.name);
    if (!types) {
      auto why = types.failure();
      // One that may not be read, or a view that no longer works, must not hide the others.
      if (object.name.len > 0 || (why->flags & DBMUX_ERR_CONN_DEAD) != 0 ||
          connection.client().interruption().due())
        return why;
      continue;
    }
    std::int64_t position = 0;
    for (const auto& f : types->fields()) {
      ++position;
      if (!kit::is_like(f.path, like)) continue;
      rows->add({text(database), text(c.name), integer(position), text(f.path), text(f.type),
                 boolean(f.nullable), boolean(f.path == "_id"), null_value(), null_value(), null_value(),
                 boolean(true), f.path == "_id" ? integer(1) : null_value()});
    }
  }
  return rows;
}

}  // namespace dbmux::mongodb
