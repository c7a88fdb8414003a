#pragma once
// What every yardstick's main does: ADDRESS objects|columns serves, ADDRESS loop N times reads in this
// process.
#include "clock.h"
#include "rpc.h"

static inline int run_program(int argc, char** argv, Rows* rows, void (*loop)(size_t calls)) {
  fill_escapes();
  if (!strcmp(argv[2], "loop")) {
    long calls = argc > 3 ? atol(argv[3]) : 0;
    if (calls <= 0) return 2;
    loop((size_t)calls);
  } else {
    rows->columnar = !strcmp(argv[2], "columns");
    serve();
  }
  return 0;
}
