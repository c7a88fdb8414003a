/* SPDX-License-Identifier: MIT-0 */
/* clang-format off */ /* a contract is read as a table: a member and what it means on one line */
/* dbmux plugin ABI, major version 1, draft. "WHY" lines say what a simpler shape could not do.
 *
 * One shared object = one database driver. Objects:  plugin 1-n source 1-n conn 1-1 cursor.
 *   source  one configured database of a profile: options, TLS context, type and name caches. No socket needed.
 *   conn    one session on it; the host pools these, per source and - if the profile says so - per principal.
 *
 * THREADS. Each function carries one tag:
 *   [load]   never concurrent with any other call into this plugin
 *   [source] at most one such call at a time per source, conns may be busy meanwhile
 *   [conn]   at most one thread at a time per conn and its cursor (any thread; no thread-local state)
 *   [any]    from any thread at any time, also during a [conn] call
 * Calls may block until call->deadline_ns; the host runs them on workers. A plugin may own threads; they end before
 * the function that closes what they serve returns, and they use the host only through [any] functions.
 *
 * STATUS. What a function returns counts; error.category repeats it. A call that is cancelled before it begins ends
 *   with E_CANCELLED, one whose deadline has passed with E_TIMEOUT, and neither does anything.
 *
 * CALLS. One dbmux_call serves execute() and every function of the cursor that it opened; it stays valid until
 *   cursor_close() returns. Everything else: until the function returns.
 *
 * MEMORY. Nobody frees the other's. Host -> plugin: valid until the call returns, copy what you keep.
 *   Plugin -> host: valid until the event at the declaration. Strings are UTF-8 with a length and may hold NUL;
 *   `const char *` descriptor fields end in NUL. TEXT that is not UTF-8 must be sent as BYTES; the host verifies
 *   TEXT and JSON cells (a broken cell must not break the frame) and writes JSON cells on one line.
 *
 * GROWTH. Structs that start with `size` grow at the end within v1: the writer sets sizeof its own version, the reader
 *   tests DBMUX_HAS. Frozen ones say so and carry spare members. The host refuses a driver table smaller than v1.0's.
 *   A plugin newer than the host loads; it sends nothing (kinds, statuses) that host->abi_minor does not know.
 *   Unknown on receipt: status or category -> E_INTERNAL; value kind -> the call fails; flag bits -> ignored.
 *   WHY: "treat as the first one" turned an unknown error into OK and an unknown cell into NULL.
 *   Until v1 is frozen, DBMUX_ABI_DRAFT is not 0 and host and plugin must agree on it exactly.
 *
 * A PLUGIN MUST NOT let an exception leave, exit, fork, install signal handlers, change locale/cwd/umask/environ, write
 *   to stdout, or read the environment: option values come from the host, which knows x-dbmux-env (see config_schema).
 */
#ifndef DBMUX_PLUGIN_H
#define DBMUX_PLUGIN_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define DBMUX_NOEXCEPT noexcept
extern "C" {
#else
#define DBMUX_NOEXCEPT
#endif
#if defined(__GNUC__)
#define DBMUX_EXPORT __attribute__((visibility("default")))
#else
#define DBMUX_EXPORT
#endif

#define DBMUX_ABI_MAJOR 1u
#define DBMUX_ABI_MINOR 0u
#define DBMUX_ABI_DRAFT 4u /* raised by each change; 0 once v1.0 is frozen, after five engines live on it */
#define DBMUX_HAS(p, m) ((p)->size >= offsetof(__typeof__(*(p)), m) + sizeof((p)->m))

/* ---- values ------------------------------------------------------------ */

typedef struct dbmux_str { const char *ptr; size_t len; } dbmux_str; /* frozen */

enum { /* how the host writes the cell; the column says what it means */
  DBMUX_NULL = 0, DBMUX_BOOL = 1 /* i64: 0 or 1 */, DBMUX_I64 = 2, DBMUX_U64 = 3, DBMUX_F64 = 4,
  DBMUX_NUMBER = 5, /* exact decimal text */
  DBMUX_TEXT = 6,   /* also dates and times, ISO 8601 */
  DBMUX_JSON = 7,   /* one complete JSON value */
  DBMUX_BYTES = 8,
  DBMUX_F32S = 9    /* len bytes, a multiple of 4: packed little-endian float32, a vector */
};
/* A prefix, cut at request.max_cell_bytes; text on a character edge. A cut JSON or NUMBER cell is sent as TEXT: a part of
 * either is none, or another. */
enum { DBMUX_VALUE_TRUNCATED = 1 };

typedef struct dbmux_value { /* frozen, 16 bytes */
  uint8_t kind;
  uint8_t flags;
  uint16_t reserved;
  uint32_t len; /* bytes behind u.ptr */
  union { int64_t i64; uint64_t u64; double f64; const char *ptr; } u;
} dbmux_value;

enum { DBMUX_PARAM_OUT = 1 }; /* comes back as one row of a last result named by the parameters */
typedef struct dbmux_param { /* frozen. Statement parameters and connection options alike */
  dbmux_str name; /* "" positional; options: dotted path, "options.maxPoolSize" */
  dbmux_str type; /* engine's own type name, "" = infer; a NULL may need one, where an engine has no neutral NULL.
                   * WHY: sp_executesql and PG need it; it cannot be added later */
  dbmux_value value;
  uint32_t flags;
  uint32_t reserved;
} dbmux_param;

typedef struct dbmux_column { /* frozen */
  dbmux_str name;
  dbmux_str native_type; /* as the server spells it: "numeric(12,2)" */
  dbmux_str origin;      /* "schema.table.column", parts quoted as the engine does, "" unknown. WHY: masking */
  int32_t kind;          /* usual DBMUX_ kind; a cell may differ */
  int32_t nullable;      /* 0 no, 1 yes, -1 unknown */
  uint64_t reserved;
} dbmux_column;

/* ---- errors ------------------------------------------------------------ */

enum {
  DBMUX_OK = 0, DBMUX_E_INTERNAL = 1, DBMUX_E_INVALID = 2, DBMUX_E_UNSUPPORTED = 3, DBMUX_E_SYNTAX = 4,
  DBMUX_E_NOT_FOUND = 5, DBMUX_E_EXISTS = 6, DBMUX_E_CONSTRAINT = 7, DBMUX_E_DENIED = 8, DBMUX_E_AUTH = 9,
  DBMUX_E_CONNECTION = 10, DBMUX_E_TIMEOUT = 11, DBMUX_E_CANCELLED = 12, DBMUX_E_CONFLICT = 13,
  DBMUX_E_RESOURCE = 14, DBMUX_E_READ_ONLY = 15,
  DBMUX_E_LOCK_TIMEOUT = 16,  /* WHY: "waited for a lock" and "ran too long" need opposite cures */
  DBMUX_E_NOT_UNDERSTOOD = 17,/* the plugin's parser cannot vouch for the text; the profile decides */
  DBMUX_E_NEED_INPUT = 18     /* items only: ask() said PENDING; call again with the answers */
};
enum {
  DBMUX_ERR_RETRYABLE = 1,   /* the same request may succeed later */
  DBMUX_ERR_CONN_DEAD = 2,   /* close this conn */
  DBMUX_ERR_MAY_HAVE_RUN = 4,/* outcome unknown: a write is never retried */
  DBMUX_ERR_TXN_FAILED = 8,  /* only rollback() helps, also after a commit() that was refused; it then succeeds */
  DBMUX_ERR_PROTOCOL = 16,   /* of invoke(): a JSON-RPC error with native_code, not a tool's; detail may be its data, as JSON */
  DBMUX_ERR_SESSION_DIRTY = 32 /* as DBMUX_SUM_SESSION_DIRTY: a statement that failed may leave a lock behind */
};
typedef int32_t dbmux_status;

/* Host-allocated and zeroed, inline storage. Filled only when non-zero is returned. Text is cut, NUL-terminated.
 * The host removes every secret it handed out from these texts; still, put none in. */
typedef struct dbmux_error {
  uint32_t size;
  int32_t category;
  uint32_t flags;
  int32_t position;    /* 1-based CHARACTER offset in the text, 0 unknown */
  int32_t line;        /* 1-based, 0 unknown. WHY: TDS gives lines, not offsets */
  int32_t severity;    /* engine's own, 0 none */
  int64_t native_code;
  char sqlstate[8];
  char object[256];    /* the name that is missing, denied, in conflict. WHY: "nearest names" suggestions */
  char message[1024];
  char detail[1024];   /* WHY: PostgreSQL's DETAIL and the second TDS message carry the cause */
  char hint[512];
  uint32_t refused_by; /* of E_READ_ONLY: DBMUX_BY_ bits; 0: by the plugin's own reading of the text */
  uint32_t reserved;
} dbmux_error;

/* ---- what the host offers ---------------------------------------------- */

typedef struct dbmux_source dbmux_source; /* opaque, plugin-owned */
typedef struct dbmux_conn dbmux_conn;
typedef struct dbmux_cursor dbmux_cursor;

enum { DBMUX_LOG_DEBUG = 0, DBMUX_LOG_INFO = 1, DBMUX_LOG_WARN = 2, DBMUX_LOG_ERROR = 3 };

typedef struct dbmux_call {
  uint32_t size;
  uint32_t flags;      /* reserved */
  uint64_t id;         /* unique in the process */
  int64_t deadline_ns; /* on host->now_ns's clock; INT64_MAX none */
  dbmux_str trace_id;
  dbmux_str principal; /* "" = the service itself. For session variables, comments, row policies */
  void *host_data;
} dbmux_call;

typedef struct dbmux_host { /* one per plugin; valid until shutdown() returns. All members [any] */
  uint32_t size;
  uint32_t abi_minor;
  const char *name, *version;
  void *data;
  void (*log)(const struct dbmux_host *, const dbmux_call * /*or NULL*/, int32_t level, dbmux_str) DBMUX_NOEXCEPT;
  int64_t (*now_ns)(const struct dbmux_host *) DBMUX_NOEXCEPT; /* CLOCK_MONOTONIC */
  int32_t (*is_cancelled)(const struct dbmux_host *, const dbmux_call *) DBMUX_NOEXCEPT;
  /* Copies a secret into buf. len = its length, also when cap is too small (E_RESOURCE). May block on a token service
   * until the deadline, and a moment beyond it: a session that is needed to stop another may want its secret then.
   * Wipe after use. WHY call: the host must know for which source and principal; without it every
   * plugin can read every connection's password and on-behalf-of tokens are impossible. */
  dbmux_status (*secret)(const struct dbmux_host *, const dbmux_call *, dbmux_str name, char *buf, size_t cap,
                         size_t *len, dbmux_error *) DBMUX_NOEXCEPT;
  /* Server notices, PRINT, warnings. WHY: "newline-separated" could not hold a PRINT of two lines. */
  void (*notice)(const struct dbmux_host *, const dbmux_call *, int32_t level, int64_t code, dbmux_str) DBMUX_NOEXCEPT;
  /* Counters the host cannot see: "tls_handshakes", "reconnects". */
  void (*count)(const struct dbmux_host *, const dbmux_call *, const char *metric, int64_t delta) DBMUX_NOEXCEPT;
  const void *(*get_extension)(const struct dbmux_host *, const char *id) DBMUX_NOEXCEPT;
} dbmux_host;

/* ---- requests and results ----------------------------------------------- */

enum {
  DBMUX_REQ_READ_ONLY = 1, /* enforce or refuse with E_READ_ONLY / E_NOT_UNDERSTOOD; summary says by what */
  DBMUX_REQ_DRY_RUN = 2,   /* parse and plan only */
  DBMUX_REQ_IN_TXN = 4     /* inside begin(); otherwise the plugin brackets the statement itself */
};
typedef struct dbmux_request {
  uint32_t size;
  uint32_t flags;
  dbmux_str language; /* one of the descriptor's languages; any other: E_UNSUPPORTED */
  dbmux_str text;     /* exactly one statement, or one JSON document; none: E_INVALID */
  const dbmux_param *params;
  size_t n_params;
  size_t n_sets;      /* params holds n_sets * n_params, row-major; 0 = 1. WHY: bulk insert, import, handles. More than
                       * one only where info says DBMUX_CAP_SETS; then all or nothing unless IN_TXN */
  int64_t max_rows, max_bytes; /* hints to push down; 0 none. The host cuts */
  uint32_t max_cell_bytes;     /* cut longer cells (all kinds that have bytes) and flag them; 0 none */
  uint32_t batch_rows;         /* rows per batch at most; 0: as the plugin likes */
} dbmux_request;

typedef struct dbmux_batch { /* row-major: cells[r * n_cols + c], valid until the next call on the cursor */
  uint32_t size;
  uint32_t n_cols;
  uint32_t n_rows; /* 0 = end of this result; fewer than asked is normal (slow sources flush early) */
  uint32_t reserved;
  const dbmux_value *cells;
} dbmux_batch;

enum { /* what held READ_ONLY for this very statement; the host's answer quotes it */
  DBMUX_BY_PARSER = 1, DBMUX_BY_SESSION = 2, DBMUX_BY_TRANSACTION = 4, DBMUX_BY_ROLE = 8, DBMUX_BY_FILE = 16,
  DBMUX_BY_ROLLBACK = 32
};
enum { DBMUX_SUM_IN_TXN = 1, DBMUX_SUM_SESSION_DIRTY = 2, DBMUX_SUM_CATALOG_CHANGED = 4 };
typedef struct dbmux_summary { /* of the current result, once its batch of 0 rows was returned */
  uint32_t size;
  uint32_t flags;        /* SESSION_DIRTY: reset() before the next lease; CATALOG_CHANGED: drop the schema cache */
  uint32_t enforced_by;  /* DBMUX_BY_ bits. WHY: was a flag of the plugin; it is a fact of the statement */
  uint32_t reserved;
  int64_t rows_affected; /* -1 unknown */
  dbmux_value insert_id; /* NULL none; this and next: valid until the next call on the cursor */
  dbmux_str next;        /* of a scan: opaque, for dbmux_scan.after; "" = that was the last page */
} dbmux_summary;

enum {
  DBMUX_CAP_SERVER_CANCEL = 1, DBMUX_CAP_TXN = 2, DBMUX_CAP_SETS = 4, DBMUX_CAP_MULTI_RESULT = 8,
  DBMUX_CAP_READ_ONLY = 16, DBMUX_CAP_DRY_RUN = 32
};
enum { DBMUX_ROLE_UNKNOWN = 0, DBMUX_ROLE_PRIMARY = 1, DBMUX_ROLE_REPLICA = 2 };
typedef struct dbmux_info { /* strings valid until close. WHY per conn: bridges, replica sets, server versions */
  uint32_t size;
  uint32_t capabilities;
  dbmux_str product, version, dialect; /* "Oracle Database", "19.3", "oracle": an ODBC bridge knows only now */
  dbmux_str user;                      /* as the server sees it */
  int32_t role;
  uint32_t privileges;                 /* DBMUX_PRIV_ bits: require_least_privilege */
  int64_t lag_ns;                      /* of a replica, -1 unknown */
} dbmux_info;
enum { DBMUX_PRIV_WRITE = 1, DBMUX_PRIV_SUPERUSER = 2, DBMUX_PRIV_UNKNOWN = 4 };

/* ---- the driver ---------------------------------------------------------- */

enum { DBMUX_CONN_READ_ONLY = 1 }; /* this session never gets a request without DBMUX_REQ_READ_ONLY: open it so */

typedef struct dbmux_driver {
  uint32_t size;
  uint32_t reserved;
  /* options are already valid against config_schema; a secret's value is TEXT "name" for host->secret.
   * Opens no connection and never fails for a dead server. WHY a source: mongoc_client_pool, curl share, TLS context,
   * type-OID and collection-id caches, one ":memory:" for all conns; ADBC, ODBC and JDBC all have this level. [any] */
  dbmux_status (*source_open)(const dbmux_call *, const dbmux_param *options, size_t n, dbmux_source **, dbmux_error *) DBMUX_NOEXCEPT;
  void (*source_close)(dbmux_source *, const dbmux_call *) DBMUX_NOEXCEPT; /* after its last conn, by the deadline. [source] */
  /* flags: DBMUX_CONN_. cancel() needs a conn: until there is one, ask is_cancelled. [any]
   * WHY flags: a file opened read-only, default_transaction_read_only, a secondary are chosen here. */
  dbmux_status (*connect)(dbmux_source *, const dbmux_call *, uint32_t flags, dbmux_conn **, dbmux_error *) DBMUX_NOEXCEPT;
  void (*close)(dbmux_conn *, const dbmux_call *) DBMUX_NOEXCEPT; /* by the deadline, politely or not. [conn] */
  dbmux_status (*info)(dbmux_conn *, const dbmux_call *, dbmux_info *, dbmux_error *) DBMUX_NOEXCEPT; /* [conn] */
  dbmux_status (*ping)(dbmux_conn *, const dbmux_call *, dbmux_error *) DBMUX_NOEXCEPT; /* one round trip. [conn] */
  /* Back to the state after connect(): transaction, settings, temp objects, late cancels. E_UNSUPPORTED = close me
   * (db-lib has no reset). The host calls it off the caller's path, only if the session was dirtied or cancelled. [conn] */
  dbmux_status (*reset)(dbmux_conn *, const dbmux_call *, dbmux_error *) DBMUX_NOEXCEPT;
  /* Asks the call `id` running on conn to end with E_CANCELLED; a no-op for any other id. May block on its own socket
   * (PQcancel, killOp), so the host uses a thread kept for cancels; close() and the next lease wait until it returned.
   * It may come before the call's own function has begun: a plugin asks is_cancelled() once it has noted the id. It may
   * leave the asking to the call's own thread, which then ends within a second, or the conn is dead. [any] */
  void (*cancel)(dbmux_conn *, uint64_t id) DBMUX_NOEXCEPT;
  /* One open cursor per conn. [conn] from here on */
  dbmux_status (*execute)(dbmux_conn *, const dbmux_call *, const dbmux_request *, dbmux_cursor **, dbmux_error *) DBMUX_NOEXCEPT;
  dbmux_status (*columns)(dbmux_cursor *, const dbmux_column **, size_t *n, dbmux_error *) DBMUX_NOEXCEPT; /* valid until next_result, cursor_close; never waits */
  dbmux_status (*next_batch)(dbmux_cursor *, const dbmux_call *, dbmux_batch *, dbmux_error *) DBMUX_NOEXCEPT;
  /* *more = 0: none left. WHY: returning 1 for "yes" was E_INTERNAL. NULL = single results only. */
  dbmux_status (*next_result)(dbmux_cursor *, const dbmux_call *, int32_t *more, dbmux_error *) DBMUX_NOEXCEPT;
  dbmux_status (*summary)(dbmux_cursor *, dbmux_summary *, dbmux_error *) DBMUX_NOEXCEPT; /* never waits */
  /* Also early, and by the deadline: cancel rather than drain, but a statement that is not READ_ONLY is completed as long
   * as there is time (a cancel would undo it). Says whether the conn survived. */
  dbmux_status (*cursor_close)(dbmux_cursor *, const dbmux_call *, dbmux_error *) DBMUX_NOEXCEPT;
} dbmux_driver;

/* ---- extensions (plugin->get_extension; all optional; an id never changes, not even from draft to stable) ---- */

#define DBMUX_EXT_TXN "dbmux.txn/1"
typedef struct dbmux_ext_txn { /* transactions over several calls: the host pins the lease behind a handle. [conn] */
  uint32_t size;
  uint32_t reserved;
  dbmux_status (*begin)(dbmux_conn *, const dbmux_call *, int32_t read_only, dbmux_str isolation, dbmux_error *) DBMUX_NOEXCEPT;
  dbmux_status (*commit)(dbmux_conn *, const dbmux_call *, dbmux_error *) DBMUX_NOEXCEPT;
  dbmux_status (*rollback)(dbmux_conn *, const dbmux_call *, dbmux_error *) DBMUX_NOEXCEPT;
} dbmux_ext_txn;

typedef struct dbmux_object { dbmux_str catalog, schema, name; } dbmux_object; /* frozen; "" = default or all */

/* The engine's own reading of "this table, these rows": SQL is quoted and paged by the plugin, never by the host.
 * WHY: read_table, get_table_stats and the schema resources need it, and the host must know no dialect. */
#define DBMUX_EXT_TABLE "dbmux.table/1"
typedef struct dbmux_scan {
  uint32_t size;
  uint32_t flags;
  dbmux_object table;
  const dbmux_str *columns; size_t n_columns; /* none = all */
  dbmux_str after; /* opaque, summary.next of the page before; then offset is ignored */
  int64_t limit, offset;
  uint32_t max_cell_bytes, batch_rows; /* as in dbmux_request */
} dbmux_scan;
typedef struct dbmux_ext_table { /* [conn] */
  uint32_t size;
  uint32_t reserved;
  dbmux_status (*scan)(dbmux_conn *, const dbmux_call *, const dbmux_scan *, dbmux_cursor **, dbmux_error *) DBMUX_NOEXCEPT;
  dbmux_status (*count)(dbmux_conn *, const dbmux_call *, const dbmux_object *, int32_t exact, int64_t *rows /* -1 unknown */, dbmux_error *) DBMUX_NOEXCEPT;
} dbmux_ext_table;

/* Fixed leading columns a kind, by name; extra ones may follow. They are part of this contract:
 *  CATALOGS name,comment | SCHEMAS catalog,name,comment | OBJECTS schema,name,type,comment,row_estimate,bytes
 *  COLUMNS schema,object,position,name,native_type,nullable,is_primary_key,default_value,generated,comment,inferred
 *  CONSTRAINTS schema,object,name,type,columns,definition | INDEXES schema,object,name,unique,primary,columns,definition,bytes,valid
 *  FOREIGN_KEYS schema,object,name,columns,ref_schema,ref_object,ref_columns,on_update,on_delete | REFERENCED_BY the same, asked by target
 *  TRIGGERS schema,object,name,timing,event,text
 *  VIEW_TEXT schema,object,text | STATS name,value,unit | ROUTINES schema,name,arguments,returns,volatility
 *  HEALTH check,status(ok|warn|fail|unknown),value,advice | TOP_QUERIES text,calls,total_ms,mean_ms,rows | ACTIVITY id,user,state,text,ms,waits_for
 * WHY HEALTH and TOP_QUERIES are here: one host tool for all engines instead of one tool an engine (token budget). */
#define DBMUX_EXT_INTROSPECT "dbmux.introspect/1"
enum {
  DBMUX_META_CATALOGS = 1, DBMUX_META_SCHEMAS = 2, DBMUX_META_OBJECTS = 3, DBMUX_META_COLUMNS = 4,
  DBMUX_META_INDEXES = 5, DBMUX_META_FOREIGN_KEYS = 6, DBMUX_META_VIEW_TEXT = 7, DBMUX_META_STATS = 8,
  DBMUX_META_ROUTINES = 9, DBMUX_META_CONSTRAINTS = 10, DBMUX_META_HEALTH = 11, DBMUX_META_TOP_QUERIES = 12,
  DBMUX_META_ACTIVITY = 13, DBMUX_META_TRIGGERS = 14, DBMUX_META_REFERENCED_BY = 15
};
typedef struct dbmux_ext_introspect { /* [conn] */
  uint32_t size;
  uint32_t reserved;
  /* like: a pattern of SQL for names, % any text, _ one character, without case for ASCII, no escapes; "" = all. Comments may
   * count as names. */
  dbmux_status (*open)(dbmux_conn *, const dbmux_call *, int32_t kind, const dbmux_object *, dbmux_str like,
                       dbmux_cursor **, dbmux_error *) DBMUX_NOEXCEPT;
} dbmux_ext_introspect;

/* What a statement would touch, before it runs. WHY: table and column permissions, audit, confirmation of writes,
 * the cache and write routing to the primary all need this one answer, and only the plugin has a parser. */
#define DBMUX_EXT_ANALYZE "dbmux.analyze/1"
enum { DBMUX_CLASS_UNKNOWN = 0, DBMUX_CLASS_READ = 1, DBMUX_CLASS_WRITE = 2, DBMUX_CLASS_DDL = 3, DBMUX_CLASS_SESSION = 4, DBMUX_CLASS_ADMIN = 5 };
enum { DBMUX_USE_READ = 1, DBMUX_USE_WRITE = 2, DBMUX_USE_CALL = 4 };
typedef struct dbmux_use { dbmux_object object; dbmux_str column; uint32_t how; uint32_t reserved; } dbmux_use; /* frozen */
typedef struct dbmux_analysis { /* valid until the next call on the conn */
  uint32_t size;
  int32_t statement_class;
  int32_t complete; /* 1: uses lists everything the text can reach; 0: a rule on tables must then refuse */
  uint32_t reserved;
  const dbmux_use *uses; size_t n_uses;
} dbmux_analysis;
typedef struct dbmux_ext_analyze { /* [conn] */
  uint32_t size;
  uint32_t reserved;
  dbmux_status (*analyze)(dbmux_conn *, const dbmux_call *, const dbmux_request *, dbmux_analysis *, dbmux_error *) DBMUX_NOEXCEPT;
} dbmux_ext_analyze;

/* One JSON cell: {"cost":n|null,"rows":n|null,"ms":n|null,"nodes":[{"op","object","index","cost","rows","depth","warning",
 * "scanned"}],"text":"…","native":…}. A node's cost is with that of the deeper ones behind it. scanned, which may be absent: how many
 * rows of the object a step reads that nothing narrows. With a plan that is measured the statement runs and is undone. WHY: the plan guard and three engines' tools need one shape. */
#define DBMUX_EXT_EXPLAIN "dbmux.explain/1"
typedef struct dbmux_ext_explain { /* [conn] */
  uint32_t size;
  uint32_t reserved;
  dbmux_status (*explain)(dbmux_conn *, const dbmux_call *, const dbmux_request *, int32_t analyze, dbmux_cursor **, dbmux_error *) DBMUX_NOEXCEPT;
} dbmux_ext_explain;

/* Rows from elsewhere as a new table: imports, kept results. begin(), rows() as often as wanted, end(); nothing else runs on
 * the conn between them, which is one that may write and has no transaction open. All or nothing: after a failure, a
 * reset() or a close() nothing is left of the table. A plugin whose database can be made in an empty folder says how by
 * x-dbmux-scratch (see config_schema). WHY not n_sets of execute(): the host would have to write the statements. */
#define DBMUX_EXT_LOAD "dbmux.load/1"
typedef struct dbmux_ext_load { /* [conn] */
  uint32_t size;
  uint32_t reserved;
  /* E_EXISTS: the name is taken. Of the columns only name and kind count; names that are empty or doubled are made fit.
   * Cells keep their kind and value where the engine can hold them, and are TEXT where it cannot. */
  dbmux_status (*begin)(dbmux_conn *, const dbmux_call *, const dbmux_object *table, const dbmux_column *, size_t n, dbmux_error *) DBMUX_NOEXCEPT;
  dbmux_status (*rows)(dbmux_conn *, const dbmux_call *, const dbmux_value *cells /* row-major */, uint32_t n_rows, dbmux_error *) DBMUX_NOEXCEPT;
  dbmux_status (*end)(dbmux_conn *, const dbmux_call *, dbmux_error *) DBMUX_NOEXCEPT;
  dbmux_status (*drop)(dbmux_conn *, const dbmux_call *, const dbmux_object *table, dbmux_error *) DBMUX_NOEXCEPT; /* E_NOT_FOUND: there is none */
} dbmux_ext_load;

#define DBMUX_EXT_LOB "dbmux.lob/1"
typedef struct dbmux_ext_lob { /* the rest of a TRUNCATED cell of the current batch. [conn] */
  uint32_t size;
  uint32_t reserved;
  dbmux_status (*read)(dbmux_cursor *, const dbmux_call *, uint32_t row, uint32_t column, uint64_t offset,
                       char *buf, size_t cap, size_t *got, dbmux_error *) DBMUX_NOEXCEPT;
} dbmux_ext_lob;

/* Tools, resources, templates, prompts, completion of the plugin's own.
 * WHY JSON for the descriptions: MCP grows a field a year (icons, _meta, outputSchema, x-mcp-header); a frozen struct
 * of four strings could describe neither a prompt's arguments nor a URI template. */
#define DBMUX_EXT_ITEMS "dbmux.items/1"
enum { DBMUX_ITEM_TOOL = 1, DBMUX_ITEM_RESOURCE = 2, DBMUX_ITEM_PROMPT = 3, DBMUX_ITEM_COMPLETION = 4 };
enum { /* how to read the cursor of invoke() */
  DBMUX_SHAPE_ROWS = 0,   /* of a tool: a table; the host's limits, formats and `next` apply */
  DBMUX_SHAPE_CONTENT = 1 /* a row a content block, a prompt's message, a resource's part, a completion. Columns, by name:
                           * type,role,text,data,uri,name,mime_type,extra; any but type may be left out. The host does base64.
                           *  text           text, extra          image, audio   data, mime_type, extra
                           *  resource       uri, mime_type, text or data, extra (of the block)
                           *  resource_link  uri, name, mime_type, extra (title, description, size …)
                           *  structured     extra: any JSON; once, of a tool; say it in text as well
                           *  error          text, of a tool: it has failed, in these very words
                           *  value          text, of a completion; extra of the first {"total":n,"hasMore":b}
                           * role of a message: user (when empty) or assistant. extra is a JSON object of further members. */
};
typedef struct dbmux_ext_items {
  uint32_t size;
  uint32_t reserved;
  /* {"tools":[…],"resources":[…],"resourceTemplates":[…],"prompts":[…]} in MCP's spelling, 1 MiB at most; the host puts the
   * plugin's id and _ before the names of tools and prompts. _meta["dbmux/lease"]:true of one = it wants a conn. A tool that
   * changes what is in the database says annotations.readOnlyHint false: it is offered where the profile allows writes, and
   * only it gets a conn that may. Members of _meta that begin with dbmux/ stay in the host. Soon answered: a client waits for
   * its list. Valid until the next describe() or source_close. [source]
   * WHY a call: what is there may have to be looked up, with a secret, and not for ever. */
  dbmux_status (*describe)(dbmux_source *, const dbmux_call *, dbmux_str *json, dbmux_error *) DBMUX_NOEXCEPT;
  /* name: of the tool or prompt as described, or the URI that is read. arguments: one JSON object; of a tool it fits the
   * inputSchema, but for pattern, patternProperties and format, which the plugin checks; of a URI that a template gave:
   * the template's variables; of a completion, whose name is the prompt's or the template's: {"ref":"prompt"|"resource",
   * "argument":"…","value":"what is typed","context":{arguments given so far}}.
   * conn is NULL unless wanted; without one there is no cancel(): ask is_cancelled. [conn], or [any] without one */
  dbmux_status (*invoke)(dbmux_source *, dbmux_conn *, const dbmux_call *, int32_t item, dbmux_str name, dbmux_str arguments,
                         int32_t *shape, dbmux_cursor **, dbmux_error *) DBMUX_NOEXCEPT;
} dbmux_ext_items;

typedef struct dbmux_host_items { /* host->get_extension(DBMUX_EXT_ITEMS). [any] while the call runs */
  uint32_t size;
  uint32_t reserved;
  void (*progress)(const dbmux_host *, const dbmux_call *, double done, double total /* <0 unknown */, dbmux_str) DBMUX_NOEXCEPT;
  /* A log message for the client, not for the operator; mcp_level: debug info notice warning error critical alert emergency */
  void (*emit_log)(const dbmux_host *, const dbmux_call *, const char *mcp_level, dbmux_str logger, dbmux_str json) DBMUX_NOEXCEPT;
  /* Only within invoke(), and never waits. method: elicitation/create, sampling/createMessage, roots/list. key tells the
   * questions of one call apart. OK: *answer holds the client's JSON until invoke returns. E_NEED_INPUT: remembered; ask what
   * else is needed, keep() what must survive, return E_NEED_INPUT; the host asks the client in its era's way and calls invoke
   * again, with all the answers so far. E_UNSUPPORTED: the client cannot; go on without, or return E_UNSUPPORTED: the host then
   * says what the client lacks. WHY not blocking: a person thinks for minutes; a worker and a database connection would wait
   * with him, and the two eras would need two code paths. */
  dbmux_status (*ask)(const dbmux_host *, const dbmux_call *, dbmux_str key, dbmux_str method, dbmux_str params, dbmux_str *answer) DBMUX_NOEXCEPT;
  dbmux_status (*keep)(const dbmux_host *, const dbmux_call *, dbmux_str state) DBMUX_NOEXCEPT; /* may travel by the client, who can read but not change it; E_INVALID: holds a secret */
  dbmux_str (*kept)(const dbmux_host *, const dbmux_call *) DBMUX_NOEXCEPT; /* "" the first time; valid until invoke returns */
  /* describe() has changed for this kind of item (uri empty), or this resource has. source as source_open gave it. At any
   * time until source_close is called; who has subscribed to what is the host's business. */
  void (*changed)(const dbmux_host *, dbmux_source *, int32_t item, dbmux_str uri) DBMUX_NOEXCEPT;
  void (*close_stream)(const dbmux_host *, const dbmux_call *, int32_t retry_ms) DBMUX_NOEXCEPT; /* SSE polling; else nothing */
} dbmux_host_items;

/* ---- the entry ------------------------------------------------------------ */

enum {
  DBMUX_PLUGIN_CAN_UNLOAD = 1, DBMUX_PLUGIN_HAS_ITEMS = 2,
  DBMUX_PLUGIN_EXPERIMENTAL = 4 /* works as far as its README says; lists say so */
};
typedef struct dbmux_plugin { /* static storage in the plugin */
  uint32_t size;
  uint32_t abi_major, abi_minor, abi_draft; /* of the header it was built with */
  uint32_t flags;
  uint32_t reserved;
  const char *id; /* "sqlite": [a-z0-9_]+ */
  const char *name, *vendor, *version;
  const char *const *languages;   /* NULL-terminated */
  const char *const *url_schemes; /* "postgresql", "mongodb+srv": whom DATABASE_URL means. May be NULL */
  /* JSON Schema of the options, with: x-dbmux-env ["MCP_POSTGRES_HOST","PGHOST"], x-dbmux-secret true,
   * x-dbmux-path "file|dir" (bounds of connect-database), x-dbmux-host true (same), x-dbmux-entra-scope "https://…/.default",
   * x-dbmux-alias ["server"], x-dbmux-dsn "host|port|user|password|database|file|uri" (the part of a URL that it takes;
   * without it, options of these names do); of the
   * whole: x-dbmux-env-hide ["PGOPTIONS","TDS*"] (removed before loading), x-dbmux-query "SQL", x-dbmux-params "$1",
   * x-dbmux-default-schema "public", x-dbmux-folds "lower" (words for the texts that a model reads), x-dbmux-engine-decides "engineDecides" (BOOL: profile says unknown_sql: engine), x-dbmux-items-if "reports" (BOOL option without which there are no items), x-dbmux-check {…} (how `dbmux plugin check`
   * tries the plugin: see the guide), x-dbmux-scratch {"options":{…}} (of a database in an empty private folder, which "{folder}" in
   * them stands for; with dbmux.load/1 the host can keep results there). Values arrive as BOOL, I64, F64, TEXT or JSON (arrays, objects). WHY: otherwise each new engine adds its environment names and scopes to the host. */
  const char *config_schema;
  const dbmux_driver *driver;
  dbmux_status (*init)(const dbmux_host *, dbmux_error *) DBMUX_NOEXCEPT; /* once. [load] */
  void (*shutdown)(void) DBMUX_NOEXCEPT; /* after the last source_close; never waits. [load] */
  const void *(*get_extension)(const char *id) DBMUX_NOEXCEPT; /* static storage or NULL. [any] */
} dbmux_plugin;

/* The only exported symbol. No side effects. [load] */
DBMUX_EXPORT const dbmux_plugin *dbmux_plugin_v1(void) DBMUX_NOEXCEPT;

#ifdef __cplusplus
}
static_assert(sizeof(dbmux_value) == 16, "dbmux_value is frozen");
static_assert(sizeof(dbmux_param) == 56, "dbmux_param is frozen");
static_assert(sizeof(dbmux_column) == 64, "dbmux_column is frozen");
static_assert(sizeof(dbmux_use) == 72, "dbmux_use is frozen");
#else
_Static_assert(sizeof(dbmux_value) == 16, "dbmux_value is frozen");
_Static_assert(sizeof(dbmux_param) == 56, "dbmux_param is frozen");
_Static_assert(sizeof(dbmux_column) == 64, "dbmux_column is frozen");
_Static_assert(sizeof(dbmux_use) == 72, "dbmux_use is frozen");
#endif
#endif
