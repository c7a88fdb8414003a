/* SPDX-License-Identifier: MIT-0 */
/* A whole driver in one file of C, for a database that only knows how to greet, and a tool that does. Its
 * language has two statements: hello N, which gives N rows of a number and a greeting, and echo, which gives
 * one row, the statement's one parameter. */
#include <dbmux/plugin.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const dbmux_host* host;

static dbmux_str text(const char* s) {
  dbmux_str t = {s, strlen(s)};
  return t;
}

static int is(dbmux_str s, const char* word) {
  return s.len == strlen(word) && (s.len == 0 || memcmp(s.ptr, word, s.len) == 0);
}

/* The host gives the error zeroed, so that a text that is cut still ends in NUL. */
static dbmux_status fail(dbmux_error* error, dbmux_status category, const char* message, const char* hint) {
  error->category = category;
  snprintf(error->message, sizeof error->message, "%s", message);
  snprintf(error->hint, sizeof error->hint, "%s", hint);
  return category;
}

/* ---- source and connection ---- */

struct dbmux_source {
  char greeting[64];
};

struct dbmux_conn {
  dbmux_source* source;
  _Atomic uint64_t cancelled; /* the id of the call that cancel() named last */
};

static dbmux_status source_open(const dbmux_call* call, const dbmux_param* options, size_t n,
                                dbmux_source** out, dbmux_error* error) {
  (void)call;
  dbmux_source* source = calloc(1, sizeof *source);
  if (!source) return fail(error, DBMUX_E_RESOURCE, "out of memory", "");
  strcpy(source->greeting, "hello");
  for (size_t i = 0; i < n; ++i)
    if (is(options[i].name, "greeting")) { /* of 15 characters at most, says the schema */
      memcpy(source->greeting, options[i].value.u.ptr, options[i].value.len);
      source->greeting[options[i].value.len] = 0;
    }
  *out = source;
  return DBMUX_OK;
}

static void source_close(dbmux_source* source, const dbmux_call* call) {
  (void)call;
  free(source);
}

static dbmux_status connect_to(dbmux_source* source, const dbmux_call* call, uint32_t flags, dbmux_conn** out,
                               dbmux_error* error) {
  (void)call, (void)flags;
  dbmux_conn* conn = calloc(1, sizeof *conn);
  if (!conn) return fail(error, DBMUX_E_RESOURCE, "out of memory", "");
  conn->source = source;
  *out = conn;
  return DBMUX_OK;
}

static void close_conn(dbmux_conn* conn, const dbmux_call* call) {
  (void)call;
  free(conn);
}

static dbmux_status info(dbmux_conn* conn, const dbmux_call* call, dbmux_info* out, dbmux_error* error) {
  (void)conn, (void)call, (void)error;
  out->capabilities = DBMUX_CAP_SERVER_CANCEL | DBMUX_CAP_READ_ONLY;
  out->product = text("Hello");
  out->version = text("1.0");
  out->dialect = text("hello");
  out->role = DBMUX_ROLE_PRIMARY;
  out->lag_ns = -1;
  return DBMUX_OK;
}

static dbmux_status nothing_to_do(dbmux_conn* conn, const dbmux_call* call, dbmux_error* error) {
  (void)conn, (void)call, (void)error;
  return DBMUX_OK;
}

/* From any thread. An id that belongs to no running call is compared with nothing, and so does nothing. */
static void cancel(dbmux_conn* conn, uint64_t id) { atomic_store(&conn->cancelled, id); }

/* What every wait asks. */
static dbmux_status stopped(dbmux_conn* conn /* or NULL */, const dbmux_call* call, dbmux_error* error) {
  if (host->now_ns(host) >= call->deadline_ns)
    return fail(error, DBMUX_E_TIMEOUT, "the statement ran longer than it may", "");
  if ((conn && atomic_load(&conn->cancelled) == call->id) || host->is_cancelled(host, call))
    return fail(error, DBMUX_E_CANCELLED, "the statement was cancelled", "");
  return DBMUX_OK;
}

/* ---- statements ---- */

enum { MOST_ROWS = 256 };

struct dbmux_cursor {
  dbmux_conn* conn;
  int echo;
  long long next, last;
  uint32_t batch_rows;
  size_t n_columns;
  dbmux_column columns[2];
  dbmux_value cells[MOST_ROWS * 2];
  char echoed[]; /* the parameter is the host's: what is kept is copied */
};

static const dbmux_column number_column = {
    .name = {"n", 1}, .native_type = {"int", 3}, .kind = DBMUX_I64, .nullable = 0};
static const dbmux_column text_column = {
    .name = {"greeting", 8}, .native_type = {"text", 4}, .kind = DBMUX_TEXT, .nullable = 0};
static const dbmux_column echo_column = {.name = {"echo", 4}, .kind = DBMUX_TEXT, .nullable = -1};

static int has_text(const dbmux_value* v) { return v->kind >= DBMUX_NUMBER && v->kind <= DBMUX_F32S; }

/* Cut on the edge of a character, and say so. */
static void cut(dbmux_value* v, uint32_t most) {
  if (!has_text(v) || most == 0 || v->len <= most) return;
  while (most > 0 && (v->u.ptr[most] & 0xC0) == 0x80) --most;
  v->len = most;
  v->flags = DBMUX_VALUE_TRUNCATED;
}

static dbmux_status read_echo(const dbmux_request* request, dbmux_cursor* cursor, dbmux_error* error) {
  if (request->n_params != 1 || request->n_sets > 1)
    return fail(error, DBMUX_E_INVALID, "echo takes exactly one parameter", "");
  dbmux_value v = request->params[0].value;
  if (v.kind > DBMUX_F32S) return fail(error, DBMUX_E_INVALID, "the parameter is of an unknown kind", "");
  cut(&v, request->max_cell_bytes);
  if (has_text(&v)) {
    if (v.len > 0) memcpy(cursor->echoed, v.u.ptr, v.len);
    v.u.ptr = cursor->echoed;
  }
  cursor->cells[0] = v;
  cursor->columns[0] = echo_column;
  cursor->n_columns = 1;
  cursor->echo = 1;
  cursor->last = 1;
  return DBMUX_OK;
}

static dbmux_status read_statement(const dbmux_request* request, dbmux_cursor* cursor, dbmux_error* error) {
  if (!is(request->language, "hello"))
    return fail(error, DBMUX_E_UNSUPPORTED, "the only language is 'hello'", "");
  if (is(request->text, "echo")) return read_echo(request, cursor, error);
  char copy[32] = "";
  if (request->text.len < sizeof copy && request->text.len > 0)
    memcpy(copy, request->text.ptr, request->text.len);
  char* end = copy;
  if (strncmp(copy, "hello ", 6) == 0) cursor->last = strtoll(copy + 6, &end, 10);
  if (end == copy || *end != 0 || cursor->last < 0)
    return fail(error, DBMUX_E_SYNTAX, "this is no statement", "write: hello 3");
  cursor->columns[0] = number_column;
  cursor->columns[1] = text_column;
  cursor->n_columns = 2;
  return DBMUX_OK;
}

static dbmux_status execute(dbmux_conn* conn, const dbmux_call* call, const dbmux_request* request,
                            dbmux_cursor** out, dbmux_error* error) {
  size_t room =
      request->n_params == 1 && has_text(&request->params[0].value) ? request->params[0].value.len : 0;
  dbmux_cursor* cursor = calloc(1, sizeof *cursor + room);
  if (!cursor) return fail(error, DBMUX_E_RESOURCE, "out of memory", "");
  cursor->conn = conn;
  cursor->batch_rows = request->batch_rows;
  if (cursor->batch_rows == 0 || cursor->batch_rows > MOST_ROWS) cursor->batch_rows = MOST_ROWS;
  dbmux_status status = stopped(conn, call, error);
  if (status == DBMUX_OK) status = read_statement(request, cursor, error);
  if (status != DBMUX_OK) {
    free(cursor);
    return status;
  }
  *out = cursor;
  return DBMUX_OK;
}

static dbmux_status columns(dbmux_cursor* cursor, const dbmux_column** out, size_t* n, dbmux_error* error) {
  (void)error;
  *out = cursor->columns;
  *n = cursor->n_columns;
  return DBMUX_OK;
}

static dbmux_status next_batch(dbmux_cursor* cursor, const dbmux_call* call, dbmux_batch* out,
                               dbmux_error* error) {
  dbmux_status status = stopped(cursor->conn, call, error);
  if (status != DBMUX_OK) return status;
  uint32_t rows = 0;
  for (; rows < cursor->batch_rows && cursor->next < cursor->last; ++rows) {
    ++cursor->next;
    if (cursor->echo) continue;
    const char* greeting = cursor->conn->source->greeting;
    cursor->cells[2 * rows] = (dbmux_value){.kind = DBMUX_I64, .u.i64 = cursor->next};
    cursor->cells[2 * rows + 1] =
        (dbmux_value){.kind = DBMUX_TEXT, .len = (uint32_t)strlen(greeting), .u.ptr = greeting};
  }
  out->n_cols = (uint32_t)cursor->n_columns;
  out->n_rows = rows; /* 0 ends the result */
  out->cells = cursor->cells;
  return DBMUX_OK;
}

static dbmux_status summary(dbmux_cursor* cursor, dbmux_summary* out, dbmux_error* error) {
  (void)cursor, (void)error;
  out->enforced_by = DBMUX_BY_PARSER; /* no statement of this language writes */
  out->rows_affected = -1;
  return DBMUX_OK;
}

static dbmux_status cursor_close(dbmux_cursor* cursor, const dbmux_call* call, dbmux_error* error) {
  (void)call, (void)error;
  free(cursor);
  return DBMUX_OK;
}

/* ---- a tool of its own, for those who ask for no database ---- */

static const char items[] =
    "{\"tools\":[{\"name\":\"greet\",\"description\":\"Greet whoever asks.\","
    "\"inputSchema\":{\"type\":\"object\",\"additionalProperties\":false}}]}";

static const dbmux_column type_column = {.name = {"type", 4}, .kind = DBMUX_TEXT, .nullable = 0};
static const dbmux_column words_column = {.name = {"text", 4}, .kind = DBMUX_TEXT, .nullable = 0};

static dbmux_status describe(dbmux_source* source, const dbmux_call* call, dbmux_str* json,
                             dbmux_error* error) {
  (void)source, (void)call, (void)error;
  *json = text(items);
  return DBMUX_OK;
}

static dbmux_value text_value(const char* s) {
  return (dbmux_value){.kind = DBMUX_TEXT, .len = (uint32_t)strlen(s), .u.ptr = s};
}

/* The tool wants no session, so conn is NULL. Its arguments are none; a tool that has some gets a JSON
 * object. */
static dbmux_status invoke(dbmux_source* source, dbmux_conn* conn, const dbmux_call* call, int32_t item,
                           dbmux_str name, dbmux_str arguments, int32_t* shape, dbmux_cursor** out,
                           dbmux_error* error) {
  (void)arguments;
  dbmux_status status = stopped(conn, call, error);
  if (status != DBMUX_OK) return status;
  if (item != DBMUX_ITEM_TOOL || !is(name, "greet"))
    return fail(error, DBMUX_E_NOT_FOUND, "there is no such item", "");
  dbmux_cursor* cursor = calloc(1, sizeof *cursor);
  if (!cursor) return fail(error, DBMUX_E_RESOURCE, "out of memory", "");
  cursor->columns[0] = type_column;
  cursor->columns[1] = words_column;
  cursor->n_columns = 2;
  cursor->cells[0] = text_value("text");
  cursor->cells[1] = text_value(source->greeting);
  cursor->echo = 1; /* the cells are there already */
  cursor->last = 1;
  cursor->batch_rows = 1;
  *shape = DBMUX_SHAPE_CONTENT;
  *out = cursor;
  return DBMUX_OK;
}

static const dbmux_ext_items items_table = {
    .size = sizeof(dbmux_ext_items), .describe = describe, .invoke = invoke};

/* ---- the entry ---- */

static const dbmux_driver driver = {.size = sizeof(dbmux_driver),
                                    .source_open = source_open,
                                    .source_close = source_close,
                                    .connect = connect_to,
                                    .close = close_conn,
                                    .info = info,
                                    .ping = nothing_to_do,
                                    .reset = nothing_to_do,
                                    .cancel = cancel,
                                    .execute = execute,
                                    .columns = columns,
                                    .next_batch = next_batch,
                                    .summary = summary,
                                    .cursor_close = cursor_close};

static dbmux_status init(const dbmux_host* given, dbmux_error* error) {
  (void)error;
  host = given;
  return DBMUX_OK;
}

static void shutdown_plugin(void) { host = NULL; }

static const void* get_extension(const char* id) {
  return strcmp(id, DBMUX_EXT_ITEMS) == 0 ? &items_table : NULL;
}

static const char* const languages[] = {"hello", NULL};
static const char schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,"
    "\"properties\":{\"greeting\":{\"type\":\"string\",\"maxLength\":15,\"default\":\"hello\","
    "\"description\":\"What to say.\",\"x-dbmux-env\":[\"HELLO_GREETING\"]}},"
    "\"x-dbmux-query\":\"hello\","
    "\"x-dbmux-check\":{\"echo\":\"echo\",\"rows\":\"hello 3000\",\"slow\":\"hello 1000000000000\","
    "\"wrong\":\"goodbye\"}}";

static const dbmux_plugin plugin = {.size = sizeof(dbmux_plugin),
                                    .abi_major = DBMUX_ABI_MAJOR,
                                    .abi_minor = DBMUX_ABI_MINOR,
                                    .abi_draft = DBMUX_ABI_DRAFT,
                                    .flags = DBMUX_PLUGIN_HAS_ITEMS,
                                    .id = "hello",
                                    .name = "Hello",
                                    .vendor = "you",
                                    .version = "0.1",
                                    .languages = languages,
                                    .config_schema = schema,
                                    .driver = &driver,
                                    .init = init,
                                    .shutdown = shutdown_plugin,
                                    .get_extension = get_extension};

const dbmux_plugin* dbmux_plugin_v1(void) { return &plugin; }
