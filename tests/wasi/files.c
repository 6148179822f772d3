/* All that can be done with a file: a new one in the directory that is the first argument. */
#include "guest.h"

#define SECOND 1000000000ull

static __wasi_fd_t dir, fd;
static char bytes[64];

/* What a call read, as text; holes are dots. */
static void step_text(const char *what, int code, size_t len) {
  size_t i;
  if (code != 0) {
    step(what, code);
    return;
  }
  for (i = 0; i < len; i++) {
    bytes[i] = bytes[i] == 0 ? '.' : bytes[i];
  }
  printf("%s: \"%.*s\"\n", what, (int)len, bytes);
}

static void write_step(const char *what, const char *text) {
  __wasi_size_t done = 0;
  step_number(what, write_text(fd, text, &done), done);
}

static void read_step(const char *what, size_t len) {
  const __wasi_iovec_t buffer = {(uint8_t *)bytes, len};
  __wasi_size_t done = 0;
  step_text(what, __wasi_fd_read(fd, &buffer, 1, &done), done);
}

static void pread_step(const char *what, size_t len, uint64_t offset) {
  const __wasi_iovec_t buffer = {(uint8_t *)bytes, len};
  __wasi_size_t done = 0;
  step_text(what, __wasi_fd_pread(fd, &buffer, 1, offset, &done), done);
}

static void seek_step(const char *what, int64_t offset, __wasi_whence_t whence) {
  __wasi_filesize_t at = 0;
  step_number(what, __wasi_fd_seek(fd, offset, whence, &at), at);
}

static void tell_step(const char *what) {
  __wasi_filesize_t at = 0;
  step_number(what, __wasi_fd_tell(fd, &at), at);
}

static void stat_step(const char *what) {
  __wasi_filestat_t stat;
  const int code = __wasi_fd_filestat_get(fd, &stat);
  if (code != 0) {
    step(what, code);
  } else {
    printf("%s: %s, %llu links, %llu bytes\n", what, file_type(stat.filetype), (unsigned long long)stat.nlink,
           (unsigned long long)stat.size);
  }
}

static void times_step(const char *what) {
  __wasi_filestat_t stat;
  const int code = __wasi_path_filestat_get(dir, 0, "file", &stat);
  if (code != 0) {
    step(what, code);
  } else {
    printf("%s: read %llu, written %llu\n", what, (unsigned long long)stat.atim, (unsigned long long)stat.mtim);
  }
}

static void reopen(const char *what, int oflags, uint64_t rights, int fdflags) {
  if (!step(what, open_at(dir, "file", oflags, rights, fdflags, &fd))) {
    fd = -1;
  }
}

static void close_file(void) {
  step("close", __wasi_fd_close(fd));
}

static void reading_and_writing(void) {
  const __wasi_ciovec_t hello = {(const uint8_t *)"HELLO", 5};
  __wasi_size_t done = 0;
  write_step("write", "hello, world");
  step_number("pwrite", __wasi_fd_pwrite(fd, &hello, 1, 0, &done), done);
  tell_step("tell after pwrite");
  seek_step("seek to 7", 7, __WASI_WHENCE_SET);
  read_step("read", 5);
  read_step("read at the end", 5);
  seek_step("seek by -5", -5, __WASI_WHENCE_CUR);
  seek_step("seek to -12 from the end", -12, __WASI_WHENCE_END);
  seek_step("seek before the start", -1, __WASI_WHENCE_SET);
  pread_step("pread", 5, 7);
  pread_step("pread beyond the end", 5, 100);
  tell_step("tell after pread");
}

/* An engine may take fewer buffers than it is given. */
static void several_buffers(void) {
  const __wasi_ciovec_t out[] = {{(const uint8_t *)"", 0}, {(const uint8_t *)"one ", 4}, {(const uint8_t *)"two", 3}};
  const __wasi_iovec_t in[] = {{(uint8_t *)bytes, 0}, {(uint8_t *)bytes, 3}, {(uint8_t *)bytes + 3, 4}};
  __wasi_size_t done = 0;
  seek_step("seek to the end", 0, __WASI_WHENCE_END);
  step_number("writev", __wasi_fd_write(fd, out, 3, &done), done);
  step_number("pwritev", __wasi_fd_pwrite(fd, out, 3, 12, &done), done);
  step_number("write of no buffers", __wasi_fd_write(fd, out, 0, &done), done);
  seek_step("seek to the start", 0, __WASI_WHENCE_SET);
  step_text("readv", __wasi_fd_read(fd, in, 3, &done), done);
  step_text("preadv", __wasi_fd_pread(fd, in, 3, 0, &done), done);
  step_number("read of no buffers", __wasi_fd_read(fd, in, 0, &done), done);
}

static void sizes(void) {
  stat_step("stat");
  step("set_size 5", __wasi_fd_filestat_set_size(fd, 5));
  stat_step("stat");
  step("set_size 8", __wasi_fd_filestat_set_size(fd, 8));
  pread_step("pread of what grew", 20, 0);
  step("allocate", __wasi_fd_allocate(fd, 0, 10));
  step("advise", __wasi_fd_advise(fd, 0, 10, __WASI_ADVICE_SEQUENTIAL));
  step("datasync", __wasi_fd_datasync(fd));
  step("sync", __wasi_fd_sync(fd));
}

static void times(void) {
  const int atim = __WASI_FSTFLAGS_ATIM, mtim = __WASI_FSTFLAGS_MTIM, now = __WASI_FSTFLAGS_MTIM_NOW;
  step("set_times", __wasi_fd_filestat_set_times(fd, 1 * SECOND, 2 * SECOND, atim | mtim));
  times_step("times");
  step("set_times of the path", __wasi_path_filestat_set_times(dir, 0, "file", 3 * SECOND, 0, atim));
  times_step("times");
  step("set_times twice", __wasi_fd_filestat_set_times(fd, 1 * SECOND, 2 * SECOND, mtim | now));
}

static void ways_to_open(void) {
  reopen("open to append", 0, TO_READ | TO_WRITE, __WASI_FDFLAGS_APPEND);
  seek_step("seek to the start", 0, __WASI_WHENCE_SET);
  write_step("write", "+");
  stat_step("stat");
  pread_step("pread", 20, 0);
  close_file();
  reopen("open to read", 0, TO_READ, 0);
  write_step("write", "x");
  step("set_size 0", __wasi_fd_filestat_set_size(fd, 0));
  close_file();
  reopen("open to write", 0, TO_WRITE, 0);
  read_step("read", 1);
  close_file();
  reopen("open what exists", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, TO_WRITE, 0);
  reopen("open as a directory", __WASI_OFLAGS_DIRECTORY, TO_READ, 0);
  reopen("open and empty it", __WASI_OFLAGS_TRUNC, TO_READ | TO_WRITE, 0);
  stat_step("stat");
}

int main(int argc, char **argv) {
  dir = directory(argc, argv);
  reopen("create", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, TO_READ | TO_WRITE, 0);
  reading_and_writing();
  several_buffers();
  sizes();
  times();
  close_file();
  ways_to_open();
  write_step("write", "left");
  step("unlink", __wasi_path_unlink_file(dir, "file"));
  step("unlink again", __wasi_path_unlink_file(dir, "file"));
  pread_step("pread of what is unlinked", 20, 0);
  close_file();
  step("close again", __wasi_fd_close(fd));
  return 0;
}
