// yardstick_postgres CONNINFO objects|columns   MCP on stdin and stdout with nothing between the pipe and
// libpq yardstick_postgres CONNINFO loop N            N one-row reads in this process: no pipe, no JSON
#define _GNU_SOURCE
#include <libpq-fe.h>

#include "program.h"
#include "shortest.h"

enum {
  kBool = 16,
  kInt8 = 20,
  kInt4 = 23,
  kFloat8 = 701,
  kTimestamptz = 1184,
  kJsonb = 3802
};  // pg_type.oid

static const char* address;
static PGconn* connection;
static Rows rows;

static void connect_once(void) {
  if (connection) return;
  connection = PQconnectdb(address);
  if (PQstatus(connection) != CONNECTION_OK) {
    fprintf(stderr, "%s", PQerrorMessage(connection));
    exit(1);
  }
}

static void put_error(Output* out, const char* message) {
  put(out, "error: ");
  put_escaped(out, &level1, message, strlen(message));
}

// "2021-01-01 02:11:59+00" as ISO 8601 has it.
static void put_moment(Output* out, const char* text, size_t size) {
  char* to = room_for(out, size + 16);
  char* begin = to;
  memcpy(to, "\\\"", 2);
  memcpy(to + 2, text, size);
  to[2 + 10] = 'T';
  to += 2 + size;
  if (to[-3] == '+' || to[-3] == '-') {
    memcpy(to, ":00", 3);
    to += 3;
  }
  memcpy(to, "\\\"", 2);
  out->size += (size_t)(to + 2 - begin);
}

static inline void put_cell(Output* out, const PGresult* result, int column, Oid type) {
  if (PQgetisnull(result, 0, column)) {
    put_bytes(out, "null", 4);
    return;
  }
  const char* text = PQgetvalue(result, 0, column);
  size_t size = (size_t)PQgetlength(result, 0, column);
  char number[48];
  switch (type) {
    case kBool:
      put(out, *text == 't' ? "true" : "false");
      break;
    case kInt8:
    case kInt4:
      put_bytes(out, text, size);
      break;
    case kFloat8:
      put_bytes(out, number, (size_t)shortest_double(number, strtod(text, NULL)));
      break;
    case kJsonb:
      put_escaped(out, &level1, text, size);
      break;
    case kTimestamptz:
      put_moment(out, text, size);
      break;
    default:
      put_string_cell(out, text, size);
  }
}

static void put_row(Output* out, const PGresult* row, int columns, const Oid* types) {
  begin_row(&rows, out);
  for (int i = 0; i < columns; i++) {
    begin_cell(&rows, out, i);
    put_cell(out, row, i, types[i]);
  }
  end_row(&rows, out);
}

static void run_sql(Output* out, const char* sql) {
  connect_once();
  if (!PQsendQueryParams(connection, sql, 0, NULL, NULL, NULL, NULL, 0) || !PQsetSingleRowMode(connection)) {
    put_error(out, PQerrorMessage(connection));
    return;
  }
  Oid types[kMostColumns];
  int columns = -1;
  for (PGresult* result; (result = PQgetResult(connection)); PQclear(result)) {
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK) {
      put_error(out, PQresultErrorMessage(result));
      continue;
    }
    if (columns < 0) {
      const char* names[kMostColumns];
      columns = PQnfields(result) < kMostColumns ? PQnfields(result) : kMostColumns;
      for (int i = 0; i < columns; i++) {
        names[i] = PQfname(result, i);
        types[i] = PQftype(result, i);
      }
      begin_rows(&rows, out, columns, names);
    }
    if (status == PGRES_SINGLE_TUPLE) put_row(out, result, columns, types);
  }
  if (columns >= 0) end_rows(&rows, out);
}

static void loop(size_t calls) {
  connect_once();
  double* seconds = malloc(calls * sizeof *seconds);
  PQclear(PQprepare(connection, "one", "SELECT * FROM orders WHERE id=$1", 1, NULL));
  for (size_t i = 0; i < calls; i++) {
    char id[24];
    const char* values[] = {id};
    snprintf(id, sizeof id, "%zu", 1 + i * 7919 % 1000000);
    double begin = now();
    PGresult* result = PQexecPrepared(connection, "one", 1, values, NULL, NULL, 0);
    if (PQntuples(result) != 1) exit(1);
    PQclear(result);
    seconds[i] = now() - begin;
  }
  print_median(seconds, calls);
  free(seconds);
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  address = argv[1];
  int status = run_program(argc, argv, &rows, loop);
  PQfinish(connection);
  return status;
}
