#pragma once
// How long calls took within one process.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int ascending(const void* a, const void* b) {
  double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

// Sorts them; prints the median in microseconds.
static inline void print_median(double* seconds, size_t count) {
  qsort(seconds, count, sizeof *seconds, ascending);
  printf("%.1f\n", seconds[count / 2] * 1e6);
}
