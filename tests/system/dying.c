/* Preloaded: kills the process at its DYING_AT-th change of a file below DYING_BELOW, a write after
   DYING_PERCENT of it. The test knows by the exit code that there was no such change any more. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long changes;

static long number_of(const char* name) {
  const char* text = getenv(name);
  return text ? atol(text) : 0;
}

static int is_below(const char* path) {
  const char* below = getenv("DYING_BELOW");
  return below && strncmp(path, below, strlen(below)) == 0;
}

static int fd_is_below(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  return is_below(path);
}

/* 1: it is time. */
static int counted(void) { return atomic_fetch_add(&changes, 1) + 1 == number_of("DYING_AT"); }

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void at_change_of(int below) {
  if (below && counted()) die();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void* bytes, size_t size) {
  if (fd > 2 && fd_is_below(fd) && counted()) {
    const size_t part = size * (size_t)number_of("DYING_PERCENT") / 100;
    if (part > 0 && REAL(write)(fd, bytes, part) < 0) abort();
    die();
  }
  return REAL(write)(fd, bytes, size);
}

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  at_change_of((flags & O_CREAT) && is_below(path));
  return REAL(open)(path, flags, mode);
}
int open64(const char* path, int flags, ...) __attribute__((alias("open")));

int openat(int folder, const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  at_change_of((flags & O_CREAT) && (path[0] == '/' ? is_below(path) : fd_is_below(folder)));
  return REAL(openat)(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) __attribute__((alias("openat")));

int fsync(int fd) {
  at_change_of(fd_is_below(fd));
  return REAL(fsync)(fd);
}
int fdatasync(int fd) {
  at_change_of(fd_is_below(fd));
  return REAL(fdatasync)(fd);
}
int fchmod(int fd, mode_t mode) {
  at_change_of(fd_is_below(fd));
  return REAL(fchmod)(fd, mode);
}
int ftruncate(int fd, off_t size) {
  at_change_of(fd_is_below(fd));
  return REAL(ftruncate)(fd, size);
}
int rename(const char* from, const char* to) {
  at_change_of(is_below(to));
  return REAL(rename)(from, to);
}
int unlink(const char* path) {
  at_change_of(is_below(path));
  return REAL(unlink)(path);
}
int unlinkat(int folder, const char* path, int flags) {
  at_change_of(fd_is_below(folder));
  return REAL(unlinkat)(folder, path, flags);
}
int mkdir(const char* path, mode_t mode) {
  at_change_of(is_below(path));
  return REAL(mkdir)(path, mode);
}
