#include "command.hpp"

#include <algorithm>
#include <iterator>

#include "bson_to_json.hpp"
#include "guard.hpp"

namespace dbmux::mongodb {

namespace {

template <std::size_t N>
bool one_of(const std::string_view (&list)[N], std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

constexpr std::string_view kOnAdmin[] = {"listDatabases", "renameCollection", "replSetGetStatus",
                                         "currentOp",     "killOp",           "getParameter",
                                         "setParameter",  "listShards"};
constexpr std::string_view kWithCursor[] = {"aggregate", "listCollections", "listIndexes"};
// That run long enough to be ended, and take maxTimeMS and a comment.
constexpr std::string_view kEndable[] = {"find",          "aggregate",       "count",         "distinct",
                                         "insert",        "update",          "delete",        "findAndModify",
                                         "createIndexes", "mapReduce",       "collStats",     "dbStats",
                                         "listIndexes",   "listCollections", "listDatabases", "explain"};
constexpr std::string_view kWithWriteConcern[] = {"insert", "update", "delete",        "findAndModify",
                                                  "create", "drop",   "createIndexes", "dropIndexes"};
constexpr std::string_view kWithReadConcern[] = {"find", "aggregate", "count", "distinct"};

bool has(const bson_t* document, const char* key) { return bson_has_field(document, key); }

void append_batch_size(const bson_iter_t* given, std::uint32_t rows, bson_t* to) {
  bson_t cursor;
  BSON_APPEND_DOCUMENT_BEGIN(to, "cursor", &cursor);
  bool own = false;
  bson_iter_t inside;
  if (given && enter(*given, inside))
    while (bson_iter_next(&inside)) {
      own = own || key_of(inside) == "batchSize";
      bson_append_iter(&cursor, nullptr, 0, &inside);
    }
  if (!own && rows > 0) BSON_APPEND_INT32(&cursor, "batchSize", static_cast<std::int32_t>(rows));
  bson_append_document_end(to, &cursor);
}

// The documents of an insert, each with an _id: the server would make one too, but would not tell.
void append_documents(const bson_iter_t& given, Command& command) {
  bson_t array;
  BSON_APPEND_ARRAY_BEGIN(command.document.get(), "documents", &array);
  bson_iter_t at;
  std::size_t count = 0;
  enter(given, at);
  for (; bson_iter_next(&at); ++count) {
    const auto key = key_of(at);
    bson_iter_t member, id;
    if (!BSON_ITER_HOLDS_DOCUMENT(&at) || !bson_iter_recurse(&at, &member) ||
        (bson_iter_recurse(&at, &id) && bson_iter_find(&id, "_id"))) {
      bson_append_iter(&array, nullptr, 0, &at);
      if (BSON_ITER_HOLDS_DOCUMENT(&at)) {
        command.inserted.clear();
        append_json(id, command.inserted);
      }
      continue;
    }
    bson_t document;
    bson_append_document_begin(&array, key.data(), length(key), &document);
    bson_oid_t oid;
    bson_oid_init(&oid, nullptr);
    BSON_APPEND_OID(&document, "_id", &oid);
    while (bson_iter_next(&member)) bson_append_iter(&document, nullptr, 0, &member);
    bson_append_document_end(&array, &document);
    char hex[25];
    bson_oid_to_string(&oid, hex);
    command.inserted = "{\"$oid\":\"" + std::string(hex) + "\"}";
  }
  bson_append_array_end(command.document.get(), &array);
  if (count != 1) command.inserted.clear();
}

void append_concern(Command& command, const Sending& sending) {
  auto* to = command.document.get();
  if (!command.reads && one_of(kWithWriteConcern, command.name) && !has(to, "writeConcern")) {
    const auto* concern = mongoc_uri_get_write_concern(sending.uri);
    if (concern && !mongoc_write_concern_is_default(concern))
      mongoc_write_concern_append(const_cast<mongoc_write_concern_t*>(concern), to);
  }
  if (command.reads && one_of(kWithReadConcern, command.name) && !has(to, "readConcern")) {
    const auto* concern = mongoc_uri_get_read_concern(sending.uri);
    if (concern && !mongoc_read_concern_is_default(concern))
      mongoc_read_concern_append(const_cast<mongoc_read_concern_t*>(concern), to);
  }
}

// The caller's own limit may be the tighter one.
void append_limits(const Bson& given, Command& command, const Sending& sending) {
  auto* to = command.document.get();
  std::int64_t limit = sending.max_time_ms;
  bson_iter_t at;
  if (find(given.get(), "maxTimeMS", at) && bson_iter_as_int64(&at) > 0)
    limit = limit > 0 ? std::min(limit, bson_iter_as_int64(&at)) : bson_iter_as_int64(&at);
  if (limit > 0 && (one_of(kEndable, command.name) || has(given.get(), "maxTimeMS")))
    BSON_APPEND_INT64(to, "maxTimeMS", std::min<std::int64_t>(limit, INT32_MAX));
  command.own_comment = has(given.get(), "comment");
  if (!command.own_comment && !sending.comment.empty() && one_of(kEndable, command.name))
    append_utf8(to, "comment", sending.comment);
}

}  // namespace

kit::Result<Command> ready(const Bson& given, bool read_only, const Sending& sending) {
  if (auto allowed = check_allowed(given.get()); !allowed) return allowed.failure();
  auto reading = check_reading(given.get());
  if (read_only && !reading) return reading.failure();
  bson_iter_t at;
  bson_iter_init(&at, given.get());
  bson_iter_next(&at);
  Command command;
  command.name = key_of(at);
  command.reads = static_cast<bool>(reading);
  command.database = one_of(kOnAdmin, command.name) ? "admin" : std::string(sending.default_database);
  const bool with_cursor = one_of(kWithCursor, command.name) && !has(given.get(), "explain");
  bool cursor_seen = false;
  auto* to = command.document.get();
  bson_iter_init(&at, given.get());
  while (bson_iter_next(&at)) {
    const auto key = key_of(at);
    if (key == "$db") {
      if (!BSON_ITER_HOLDS_UTF8(&at)) return kit::fail(DBMUX_E_INVALID, "$db is the name of a database");
      command.database = utf8_of(at);
    } else if (key == "cursor" && with_cursor) {
      append_batch_size(&at, sending.batch_rows, to);
      cursor_seen = true;
    } else if (key == "documents" && command.name == "insert" && BSON_ITER_HOLDS_ARRAY(&at)) {
      append_documents(at, command);
    } else if (key != "maxTimeMS") {
      bson_append_iter(to, nullptr, 0, &at);
    }
  }
  if (with_cursor && !cursor_seen) append_batch_size(nullptr, sending.batch_rows, to);
  if (command.name == "find" && sending.batch_rows > 0 && !has(to, "batchSize") && !has(to, "singleBatch"))
    BSON_APPEND_INT32(to, "batchSize", static_cast<std::int32_t>(sending.batch_rows));
  append_limits(given, command, sending);
  append_concern(command, sending);
  return command;
}

}  // namespace dbmux::mongodb
