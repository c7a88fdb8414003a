#pragma once
// An output buffer, and JSON text written straight into a JSON string: what an MCP answer carries.
// Level 1 is JSON text inside a JSON string; level 2 is a string value inside that JSON text.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kFlushAt = 1 << 16, kCapacity = 1 << 18, kMostColumns = 256, kLongestKey = 256 };

typedef struct {
  char* bytes;
  size_t size, capacity;
  int fd;
} Output;

static inline Output output_to(int fd) {
  Output out = {malloc(kCapacity), 0, kCapacity, fd};
  return out;
}

static inline void flush(Output* out) {
  size_t done = 0;
  while (done < out->size) {
    ssize_t n = write(out->fd, out->bytes + done, out->size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) _exit(0);
    done += (size_t)n;
  }
  out->size = 0;
}

static inline void flush_when_full(Output* out) {
  if (out->size >= kFlushAt) flush(out);
}

static inline char* room_for(Output* out, size_t more) {
  if (out->size + more > out->capacity) {
    flush(out);
    if (more > out->capacity) {
      out->capacity = more * 2;
      out->bytes = realloc(out->bytes, out->capacity);
    }
  }
  return out->bytes + out->size;
}

static inline void put_bytes(Output* out, const char* bytes, size_t size) {
  memcpy(room_for(out, size), bytes, size);
  out->size += size;
}

static inline void put(Output* out, const char* text) { put_bytes(out, text, strlen(text)); }

typedef struct {
  char text[256][12];
  uint8_t size[256];
} Escapes;

static Escapes level1, level2;

static inline void fill_escapes(void) {
  static const char letters[][2] = {{'"', '"'}, {'\\', '\\'}, {'\n', 'n'}, {'\t', 't'}, {'\r', 'r'}};
  for (int c = 0; c < 256; c++) {
    char* once = level1.text[c];
    int size = c < 32 ? sprintf(once, "\\u%04x", (unsigned)c) : 1;
    if (c >= 32) once[0] = (char)c;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
      if (letters[i][0] == c) size = sprintf(once, "\\%c", letters[i][1]);
    }
    level1.size[c] = (uint8_t)size;
    char* twice = level2.text[c];
    for (int i = 0; i < size; i++) {
      if (once[i] == '"' || once[i] == '\\') *twice++ = '\\';
      *twice++ = once[i];
    }
    level2.size[c] = (uint8_t)(twice - level2.text[c]);
  }
}

static inline void put_escaped(Output* out, const Escapes* level, const char* bytes, size_t size) {
  char *begin = room_for(out, size * 12 + 16), *to = begin;
  for (size_t i = 0; i < size; i++) {
    uint8_t c = (uint8_t)bytes[i];
    if (level->size[c] == 1) {
      *to++ = (char)c;
    } else {
      memcpy(to, level->text[c], level->size[c]);
      to += level->size[c];
    }
  }
  out->size += (size_t)(to - begin);
}

static inline void put_string_cell(Output* out, const char* bytes, size_t size) {
  put_bytes(out, "\\\"", 2);
  put_escaped(out, &level2, bytes, size);
  put_bytes(out, "\\\"", 2);
}

// The rows of one answer: an array of objects, or the columns once and an array a row.
typedef struct {
  int columnar;
  long count;
  char key[kMostColumns][kLongestKey];
  size_t key_size[kMostColumns];
} Rows;

static inline void begin_rows(Rows* rows, Output* out, int columns, const char** names) {
  rows->count = 0;
  put(out, rows->columnar ? "{\\\"columns\\\":[" : "[");
  for (int i = 0; i < columns; i++) {
    if (rows->columnar) {
      rows->key_size[i] = 0;
      if (i) put(out, ",");
      put_string_cell(out, names[i], strlen(names[i]));
    } else {
      rows->key_size[i] = (size_t)snprintf(rows->key[i], kLongestKey, "\\\"%s\\\":", names[i]);
    }
  }
  if (rows->columnar) put(out, "],\\\"rows\\\":[");
}

static inline void begin_row(Rows* rows, Output* out) {
  if (rows->count++) put_bytes(out, ",", 1);
  put_bytes(out, rows->columnar ? "[" : "{", 1);
}

static inline void begin_cell(const Rows* rows, Output* out, int column) {
  if (column) put_bytes(out, ",", 1);
  if (rows->key_size[column]) put_bytes(out, rows->key[column], rows->key_size[column]);
}

static inline void end_row(const Rows* rows, Output* out) {
  put_bytes(out, rows->columnar ? "]" : "}", 1);
  flush_when_full(out);
}

static inline void end_rows(const Rows* rows, Output* out) {
  if (!rows->columnar) {
    put(out, "]");
    return;
  }
  char tail[80];
  int size = snprintf(tail, sizeof tail, "],\\\"row_count\\\":%ld,\\\"truncated\\\":false}", rows->count);
  put_bytes(out, tail, (size_t)size);
}
