#pragma once
// The least JSON-RPC that the bench's own lines need. A yardstick, not a server: it looks for fixed text.
#include "json_text.h"

// Writes the text content of an answer, already escaped once. By each yardstick.
static void run_sql(Output* out, const char* sql);

static inline int find_id(const char* line, char* id, size_t room) {
  const char* at = strstr(line, "\"id\":");
  if (!at) return 0;
  at += strlen("\"id\":");
  size_t size = strcspn(at, ",}");
  if (size >= room) return 0;
  memcpy(id, at, size);
  id[size] = 0;
  return 1;
}

// Unescapes the statement where it stands in the line; NULL when there is none.
static inline char* find_sql(char* line) {
  char* sql = strstr(line, "\"sql\":\"");
  if (!sql) return NULL;
  sql += strlen("\"sql\":\"");
  char* to = sql;
  for (const char* from = sql; *from && *from != '"'; from++) {
    if (*from == '\\') {
      from++;
      *to++ = *from == 'n' ? '\n' : *from == 't' ? '\t' : *from;
    } else {
      *to++ = *from;
    }
  }
  *to = 0;
  return sql;
}

static inline void answer(Output* out, char* line) {
  char id[64];
  if (!find_id(line, id, sizeof id)) return;
  put(out, "{\"jsonrpc\":\"2.0\",\"id\":");
  put(out, id);
  if (strstr(line, "\"method\":\"tools/call\"")) {
    put(out, ",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"");
    const char* sql = find_sql(line);
    if (sql) run_sql(out, sql);
    put(out, "\"}]}}\n");
  } else if (strstr(line, "\"method\":\"tools/list\"")) {
    put(out,
        ",\"result\":{\"tools\":[{\"name\":\"q\",\"description\":\"Run SQL\",\"inputSchema\":{\"type\":"
        "\"object\",\"properties\":{\"sql\":{\"type\":\"string\"}},\"required\":[\"sql\"]}}]}}\n");
  } else if (strstr(line, "\"method\":\"initialize\"")) {
    put(out,
        ",\"result\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{\"tools\":{}},"
        "\"serverInfo\":{\"name\":\"yardstick\",\"version\":\"0\"}}}\n");
  } else {
    put(out, ",\"error\":{\"code\":-32601,\"message\":\"no such method\"}}\n");
  }
}

static inline void serve(void) {
  Output out = output_to(STDOUT_FILENO);
  char* line = NULL;
  size_t room = 0;
  while (getline(&line, &room, stdin) > 0) {
    answer(&out, line);
    flush(&out);
  }
  free(line);
  free(out.bytes);
}
