/* A program for the WASI before preview 1, without a C library: its imports, some of which had other numbers and
   layouts. With an argument it makes a file of that name in the directory 3, and removes it. It exits with 7. */
#include <stddef.h>
#include <stdint.h>

#define WASI(name) __attribute__((import_module("wasi_unstable"), import_name(name)))

typedef struct buffer {
  const char *text;
  size_t len;
} buffer;

/* Preview 1 has links of 64 bits, and so everything after them elsewhere. */
typedef struct filestat {
  uint64_t dev, ino;
  uint8_t filetype;
  uint32_t nlink;
  uint64_t size, atim, mtim, ctim;
} filestat;

_Static_assert(sizeof(filestat) == 56 && offsetof(filestat, size) == 24, "the filestat of wasi_unstable");

/* Preview 1 begins with SET. */
enum { CUR = 0, END = 1, SET = 2 };

enum { REALTIME = 0, CREAT = 1, FD_READ = 1 << 1, FD_SEEK = 1 << 2, FD_WRITE = 1 << 6, FD_FILESTAT_GET = 1 << 21 };

WASI("args_sizes_get") int32_t args_sizes_get(size_t *argc, size_t *len);
WASI("args_get") int32_t args_get(char **argv, char *text);
WASI("clock_time_get") int32_t clock_time_get(uint32_t id, uint64_t precision, uint64_t *time);
WASI("fd_close") int32_t fd_close(int32_t fd);
WASI("fd_filestat_get") int32_t fd_filestat_get(int32_t fd, filestat *stat);
WASI("fd_seek") int32_t fd_seek(int32_t fd, int64_t offset, int32_t whence, uint64_t *at);
WASI("fd_write") int32_t fd_write(int32_t fd, const buffer *buffers, size_t len, size_t *done);
WASI("path_open") int32_t path_open(int32_t dir, int32_t lookup, const char *path, size_t len, int32_t oflags,
                                    uint64_t rights, uint64_t inheriting, int32_t fdflags, int32_t *fd);
WASI("path_unlink_file") int32_t path_unlink_file(int32_t dir, const char *path, size_t len);
WASI("proc_exit") _Noreturn void proc_exit(int32_t status);

static char *argv[8];
static char text[1024];

static size_t length(const char *line) {
  size_t len = 0;
  while (line[len] != 0) {
    len++;
  }
  return len;
}

static void say(const char *line) {
  const buffer whole = {line, length(line)};
  size_t done;
  fd_write(1, &whole, 1, &done);
}

static void say_number(const char *what, uint64_t value) {
  char digits[24] = "\n";
  size_t at = sizeof digits - 2;
  digits[at] = '\n';
  digits[at + 1] = 0;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  say(what);
  say(digits + at);
}

/* The result of a call that must go well. */
static void need(const char *what, int32_t code) {
  if (code != 0) {
    say_number(what, (uint64_t)code);
    proc_exit(1);
  }
}

static void seek(const char *what, int32_t fd, int64_t offset, int32_t whence) {
  uint64_t at = 0;
  need("fd_seek: ", fd_seek(fd, offset, whence, &at));
  say_number(what, at);
}

static void file(const char *name) {
  const buffer hello = {"hello", 5};
  const uint64_t rights = FD_READ | FD_SEEK | FD_WRITE | FD_FILESTAT_GET;
  filestat stat;
  size_t done = 0;
  int32_t fd = -1;
  need("path_open: ", path_open(3, 0, name, length(name), CREAT, rights, rights, 0, &fd));
  need("fd_write: ", fd_write(fd, &hello, 1, &done));
  say_number("written ", done);
  seek("two back ", fd, -2, CUR);
  seek("the end ", fd, 0, END);
  seek("the second ", fd, 1, SET);
  need("fd_filestat_get: ", fd_filestat_get(fd, &stat));
  say_number("type ", stat.filetype);
  say_number("links ", stat.nlink);
  say_number("size ", stat.size);
  need("fd_close: ", fd_close(fd));
  need("path_unlink_file: ", path_unlink_file(3, name, length(name)));
}

__attribute__((export_name("_start"))) void start(void) {
  uint64_t time = 0;
  size_t argc = 0, len = 0, i;
  need("args_sizes_get: ", args_sizes_get(&argc, &len));
  if (argc > sizeof argv / sizeof argv[0] || len > sizeof text) {
    say("too many arguments\n");
    proc_exit(1);
  }
  need("args_get: ", args_get(argv, text));
  for (i = 0; i < argc; i++) {
    say(argv[i]);
    say("\n");
  }
  need("clock_time_get: ", clock_time_get(REALTIME, 1, &time));
  say(time > 0 ? "the time is known\n" : "there is no time\n");
  if (argc > 1) {
    file(argv[1]);
  }
  proc_exit(7);
}
