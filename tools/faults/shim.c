/* Breaks the file operations of a process below a folder: LD_PRELOAD it, with
 *   FAULT_FOLDER  the folder, with a slash at the end
 *   FAULT_AT      number of the operation that breaks, from 1; absent: none does
 *   FAULT_KIND    kill (before it), half (half of a write, then killed; only writes count),
 *                 enospc, enospc-on (it and all later ones), eio
 *   FAULT_COUNT   file that gets the number of operations when the process ends by itself */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_int count;

static int below(const char *path) {
  const char *folder = getenv("FAULT_FOLDER");
  return folder && path && !strncmp(path, folder, strlen(folder));
}

static int below_file(int file) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Counts an operation: 0 lets it happen, an error number fails it, -1 halves it. */
static int broken(int is_write) {
  const char *at = getenv("FAULT_AT"), *kind = getenv("FAULT_KIND");
  if (kind && !strcmp(kind, "half") && !is_write) return 0;
  int number = ++count;
  if (!at || !kind) return 0;
  int first = atoi(at);
  if (!strcmp(kind, "enospc-on")) return number >= first ? ENOSPC : 0;
  if (number != first) return 0;
  if (!strcmp(kind, "enospc")) return ENOSPC;
  if (!strcmp(kind, "eio")) return EIO;
  if (!strcmp(kind, "half")) return -1;
  die();
  return 0;
}

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("FAULT_COUNT");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%d\n", (int)count);
  fclose(file);
}

#define REAL(name)                             \
  static __typeof__(&name) real;               \
  if (!real) real = dlsym(RTLD_NEXT, #name)

#define FAIL_IF(is_below, is_write)            \
  int error = (is_below) ? broken(is_write) : 0; \
  if (error > 0) { errno = error; return -1; }

ssize_t write(int file, const void *bytes, size_t size) {
  REAL(write);
  FAIL_IF(file > 2 && below_file(file), 1)
  if (error == 0) return real(file, bytes, size);
  real(file, bytes, size / 2);
  die();
  return -1;
}

#define CHANGES(flags) ((flags) & (O_WRONLY | O_RDWR | O_CREAT))
#define OPEN(name)                                              \
  int name(const char *path, int flags, ...) {                  \
    REAL(name);                                                 \
    va_list rest;                                               \
    va_start(rest, flags);                                      \
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;   \
    va_end(rest);                                               \
    FAIL_IF(CHANGES(flags) && below(path), 0)                   \
    return real(path, flags, mode);                             \
  }
OPEN(open)
OPEN(open64)

int rename(const char *from, const char *to) {
  REAL(rename);
  FAIL_IF(below(to), 0)
  return real(from, to);
}

int link(const char *from, const char *to) {
  REAL(link);
  FAIL_IF(below(to), 0)
  return real(from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  REAL(linkat);
  FAIL_IF(below(to), 0)
  return real(from_folder, from, to_folder, to, flags);
}

int unlink(const char *path) {
  REAL(unlink);
  FAIL_IF(below(path), 0)
  return real(path);
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  FAIL_IF(below(path), 0)
  return real(path, mode);
}

int ftruncate64(int file, off64_t length) {
  REAL(ftruncate64);
  FAIL_IF(below_file(file), 0)
  return real(file, length);
}

int fsync(int file) {
  REAL(fsync);
  FAIL_IF(below_file(file), 0)
  return real(file);
}
