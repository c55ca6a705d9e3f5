/* Preloaded into a process, writes down what it does to the files below a folder, a line for each call
 * that succeeds, its words parted by tabs: for what a power failure leaves, the order of these calls is
 * all that counts.
 *
 * RECORDED_FOLDER: an absolute path, as the process gives it. RECORD: the file to write to. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { MOST_FILES = 4096 };

static const char *folder;
static FILE *record;
static char is_recorded[MOST_FILES];

__attribute__((constructor)) static void start(void) {
  folder = getenv("RECORDED_FOLDER");
  record = fopen(getenv("RECORD"), "w");
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_ours(const char *path) { return record && !strncmp(path, folder, strlen(folder)); }

static int is_ours_open(int fd) { return fd >= 0 && fd < MOST_FILES && is_recorded[fd]; }

/* A line, at once: the process may be killed. */
static void say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(record, format, arguments);
  va_end(arguments);
  fflush(record);
}

static int opened(const char *path, int flags, int fd) {
  if (fd >= 0 && fd < MOST_FILES && is_ours(path)) {
    is_recorded[fd] = 1;
    say("%s\t%d\t%s\n", flags & O_CREAT ? "create" : "open", fd, path);
  }
  return fd;
}

static mode_t mode_of(int flags, va_list arguments) {
  return flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int fd = REAL(open)(path, flags, mode_of(flags, arguments));
  va_end(arguments);
  return opened(path, flags, fd);
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int fd = REAL(open64)(path, flags, mode_of(flags, arguments));
  va_end(arguments);
  return opened(path, flags, fd);
}

int close(int fd) {
  if (is_ours_open(fd)) {
    is_recorded[fd] = 0;
  }
  return REAL(close)(fd);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  ssize_t written = REAL(write)(fd, bytes, count);
  if (is_ours_open(fd)) {
    say("write\t%d\t", fd);
    for (ssize_t i = 0; i < written; i++) {
      fprintf(record, "%02x", ((const unsigned char *)bytes)[i]);
    }
    say("\n");
  }
  return written;
}

static int synced(int fd, int result) {
  if (result == 0 && is_ours_open(fd)) {
    say("sync\t%d\n", fd);
  }
  return result;
}

int fsync(int fd) { return synced(fd, REAL(fsync)(fd)); }

int fdatasync(int fd) { return synced(fd, REAL(fdatasync)(fd)); }

static int named(const char *call, const char *path, int result) {
  if (result == 0 && is_ours(path)) {
    say("%s\t%s\n", call, path);
  }
  return result;
}

int mkdir(const char *path, mode_t mode) { return named("mkdir", path, REAL(mkdir)(path, mode)); }

int unlink(const char *path) { return named("remove", path, REAL(unlink)(path)); }

int rmdir(const char *path) { return named("remove", path, REAL(rmdir)(path)); }

int rename(const char *from, const char *to) {
  int result = REAL(rename)(from, to);
  if (result == 0 && is_ours(to)) {
    say("rename\t%s\t%s\n", from, to);
  }
  return result;
}
