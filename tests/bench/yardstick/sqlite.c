// yardstick_sqlite FILE objects|columns   MCP on stdin and stdout with nothing between the pipe and SQLite
// yardstick_sqlite FILE loop N            N one-row reads in this process: no pipe, no JSON
#define _GNU_SOURCE
#include <sqlite3.h>

#include "program.h"
#include "shortest.h"

static const char* database_file;
static sqlite3* database;
static Rows rows;

static void connect_once(void) {
  if (database) return;
  if (sqlite3_open_v2(database_file, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL)) {
    fprintf(stderr, "%s: %s\n", database_file, sqlite3_errmsg(database));
    exit(1);
  }
}

static void put_error(Output* out) {
  const char* message = sqlite3_errmsg(database);
  put(out, "error: ");
  put_escaped(out, &level1, message, strlen(message));
}

static inline void put_cell(Output* out, sqlite3_stmt* statement, int column) {
  char number[48];
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      put_bytes(out, number,
                (size_t)sprintf(number, "%lld", (long long)sqlite3_column_int64(statement, column)));
      break;
    case SQLITE_FLOAT:
      put_bytes(out, number, (size_t)shortest_double(number, sqlite3_column_double(statement, column)));
      break;
    case SQLITE_NULL:
      put_bytes(out, "null", 4);
      break;
    default: {
      const char* text = (const char*)sqlite3_column_text(statement, column);
      put_string_cell(out, text, (size_t)sqlite3_column_bytes(statement, column));
    }
  }
}

static void run_sql(Output* out, const char* sql) {
  connect_once();
  sqlite3_stmt* statement;
  if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL)) {
    put_error(out);
    return;
  }
  int columns = sqlite3_column_count(statement);
  const char* names[kMostColumns];
  for (int i = 0; i < columns && i < kMostColumns; i++) names[i] = sqlite3_column_name(statement, i);
  begin_rows(&rows, out, columns, names);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    begin_row(&rows, out);
    for (int i = 0; i < columns; i++) {
      begin_cell(&rows, out, i);
      put_cell(out, statement, i);
    }
    end_row(&rows, out);
  }
  sqlite3_finalize(statement);
  end_rows(&rows, out);
}

static void loop(size_t calls) {
  connect_once();
  sqlite3_stmt* statement;
  double* seconds = malloc(calls * sizeof *seconds);
  if (sqlite3_prepare_v2(database, "SELECT * FROM orders WHERE id=?", -1, &statement, NULL)) exit(1);
  for (size_t i = 0; i < calls; i++) {
    double begin = now();
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)(1 + i * 7919 % 1000000));
    while (sqlite3_step(statement) == SQLITE_ROW) sqlite3_column_text(statement, 5);
    sqlite3_reset(statement);
    seconds[i] = now() - begin;
  }
  sqlite3_finalize(statement);
  print_median(seconds, calls);
  free(seconds);
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  database_file = argv[1];
  int status = run_program(argc, argv, &rows, loop);
  sqlite3_close(database);
  return status;
}
