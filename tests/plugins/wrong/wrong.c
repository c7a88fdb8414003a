/* A plugin that is wrong in the one way that its build asks for. */
#include <dbmux/plugin.h>

#ifndef WRONG_MAJOR
#define WRONG_MAJOR DBMUX_ABI_MAJOR
#endif
#ifndef WRONG_DRAFT
#define WRONG_DRAFT DBMUX_ABI_DRAFT
#endif
#ifndef WRONG_SIZE
#define WRONG_SIZE sizeof(dbmux_plugin)
#endif
#ifdef OTHER_ID
#undef WRONG_ID
#define WRONG_ID "somebody_else"
#endif
#ifdef BROKEN_SCHEMA
#define SCHEMA "{\"type\":"
#else
#define SCHEMA "{\"type\":\"object\"}"
#endif
#ifdef SMALL_DRIVER
#define DRIVER_SIZE 16
#else
#define DRIVER_SIZE sizeof(dbmux_driver)
#endif

#ifdef NEEDS_GONE
int dbmux_gone(void);
#endif

#ifndef NO_ENTRY
static dbmux_status source_open(const dbmux_call* call, const dbmux_param* options, size_t n,
                                dbmux_source** out, dbmux_error* error) {
  (void)call, (void)options, (void)n, (void)out, (void)error;
  return DBMUX_E_UNSUPPORTED;
}

static void source_close(dbmux_source* source, const dbmux_call* call) { (void)source, (void)call; }

static dbmux_status connect_none(dbmux_source* source, const dbmux_call* call, uint32_t flags,
                                 dbmux_conn** out, dbmux_error* error) {
  (void)source, (void)call, (void)flags, (void)out, (void)error;
  return DBMUX_E_UNSUPPORTED;
}

static void close_none(dbmux_conn* conn, const dbmux_call* call) { (void)conn, (void)call; }

static dbmux_status info(dbmux_conn* conn, const dbmux_call* call, dbmux_info* out, dbmux_error* error) {
  (void)conn, (void)call, (void)out, (void)error;
  return DBMUX_E_UNSUPPORTED;
}

static dbmux_status on_conn(dbmux_conn* conn, const dbmux_call* call, dbmux_error* error) {
  (void)conn, (void)call, (void)error;
  return DBMUX_E_UNSUPPORTED;
}

static void cancel(dbmux_conn* conn, uint64_t id) { (void)conn, (void)id; }

static dbmux_status execute(dbmux_conn* conn, const dbmux_call* call, const dbmux_request* request,
                            dbmux_cursor** out, dbmux_error* error) {
  (void)conn, (void)call, (void)request, (void)out, (void)error;
  return DBMUX_E_UNSUPPORTED;
}

static dbmux_status columns(dbmux_cursor* cursor, const dbmux_column** out, size_t* n, dbmux_error* error) {
  (void)cursor, (void)out, (void)n, (void)error;
  return DBMUX_E_UNSUPPORTED;
}

static dbmux_status next_batch(dbmux_cursor* cursor, const dbmux_call* call, dbmux_batch* out,
                               dbmux_error* error) {
  (void)cursor, (void)call, (void)out, (void)error;
  return DBMUX_E_UNSUPPORTED;
}

static dbmux_status summary(dbmux_cursor* cursor, dbmux_summary* out, dbmux_error* error) {
  (void)cursor, (void)out, (void)error;
  return DBMUX_E_UNSUPPORTED;
}

static dbmux_status cursor_close(dbmux_cursor* cursor, const dbmux_call* call, dbmux_error* error) {
  (void)cursor, (void)call, (void)error;
  return DBMUX_E_UNSUPPORTED;
}

static const dbmux_driver driver = {.size = DRIVER_SIZE,
                                    .source_open = source_open,
                                    .source_close = source_close,
                                    .connect = connect_none,
                                    .close = close_none,
                                    .info = info,
                                    .ping = on_conn,
                                    .reset = on_conn,
                                    .cancel = cancel,
                                    .execute = execute,
                                    .columns = columns,
                                    .next_batch = next_batch,
                                    .summary = summary,
                                    .cursor_close = cursor_close};

static dbmux_status init(const dbmux_host* host, dbmux_error* error) {
  (void)host;
#ifdef NEEDS_GONE
  (void)error;
  return dbmux_gone();
#elif defined(INIT_FAILS)
  static const char reason[] = "its licence has run out";
  for (size_t i = 0; i < sizeof reason; ++i) error->message[i] = reason[i];
  error->category = DBMUX_E_DENIED;
  return DBMUX_E_DENIED;
#else
  (void)error;
  return DBMUX_OK;
#endif
}

static void shutdown_nothing(void) {}
static const void* no_extension(const char* id) { return id ? NULL : id; }
static const char* const languages[] = {"none", NULL};

static const dbmux_plugin plugin = {.size = WRONG_SIZE,
                                    .abi_major = WRONG_MAJOR,
                                    .abi_minor = DBMUX_ABI_MINOR,
                                    .abi_draft = WRONG_DRAFT,
                                    .id = WRONG_ID,
                                    .name = "Wrong",
                                    .vendor = "dbmux tests",
                                    .version = "1.0",
                                    .languages = languages,
                                    .config_schema = SCHEMA,
                                    .driver = &driver,
                                    .init = init,
                                    .shutdown = shutdown_nothing,
                                    .get_extension = no_extension};

const dbmux_plugin* dbmux_plugin_v1(void) { return &plugin; }
#else
DBMUX_EXPORT int some_other_function(void);
int some_other_function(void) { return 0; }
#endif
