/* Tries to get out. Each path goes to the host as it is written, in the directory 3, or in another: 4:PATH.
 *
 *   sandbox PATH...             reads, lists, looks at and makes each
 *   sandbox link A B, rename A B, symlink TARGET PATH, readlink PATH
 *   sandbox open-twice PATH     two descriptors of one file
 *   sandbox open-many PATH N    descriptors that nobody closes
 *   sandbox huge-read PATH      1 GiB to where there is no memory, then 1 MiB
 *   sandbox wrong CALL          values that there are not, and addresses where there is no memory
 *   sandbox closed              descriptors that are closed
 */
#include "guest.h"

#define NOWHERE 0xfffffff0u

static __wasi_fd_t dir_of(const char **path) {
  char *end = NULL;
  const long fd = strtol(*path, &end, 10);
  if (end == *path || *end != ':') {
    return 3;
  }
  *path = end + 1;
  return (__wasi_fd_t)fd;
}

static int open_path(const char *path, int oflags, uint64_t rights, __wasi_fd_t *fd) {
  const __wasi_fd_t dir = dir_of(&path);
  return __wasi_path_open(dir, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, path, (__wasi_oflags_t)oflags, rights, rights, 0, fd);
}

static void try_open(const char *how, const char *path, int oflags, uint64_t rights) {
  __wasi_fd_t fd = -1;
  const int code = open_path(path, oflags, rights, &fd);
  printf("%s ", how);
  print_escaped(path);
  step("", code);
  if (code == 0 && __wasi_fd_close(fd) != 0) {
    fail(path, "cannot be closed");
  }
}

static void try_path(const char *path) {
  const char *rest = path;
  const __wasi_fd_t dir = dir_of(&rest);
  __wasi_filestat_t stat;
  int code;
  try_open("read", path, 0, TO_READ);
  try_open("list", path, __WASI_OFLAGS_DIRECTORY, TO_LIST);
  code = __wasi_path_filestat_get(dir, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, rest, &stat);
  printf("stat ");
  print_escaped(path);
  step("", code);
  try_open("make", path, __WASI_OFLAGS_CREAT, TO_WRITE);
}

static int link_path(const char *a, const char *b) {
  const __wasi_fd_t from = dir_of(&a), to = dir_of(&b);
  return __wasi_path_link(from, 0, a, to, b);
}

static int rename_path(const char *a, const char *b) {
  const __wasi_fd_t from = dir_of(&a), to = dir_of(&b);
  return __wasi_path_rename(from, a, to, b);
}

static int symlink_path(const char *target, const char *path) {
  const __wasi_fd_t dir = dir_of(&path);
  return __wasi_path_symlink(target, dir, path);
}

static void readlink_path(const char *path) {
  const __wasi_fd_t dir = dir_of(&path);
  uint8_t target[256];
  __wasi_size_t len = 0;
  const int code = __wasi_path_readlink(dir, path, target, sizeof target, &len);
  if (code != 0) {
    step("readlink", code);
  } else {
    printf("readlink: %.*s\n", (int)len, (const char *)target);
  }
}

static void open_twice(const char *path) {
  __wasi_fd_t fds[2] = {-1, -1};
  int i;
  step("first", open_path(path, 0, TO_READ, &fds[0]));
  step("second", open_path(path, 0, TO_READ, &fds[1]));
  for (i = 0; i < 2; i++) {
    char text[16];
    const __wasi_iovec_t buffer = {(uint8_t *)text, sizeof text};
    __wasi_size_t done = 0;
    const int code = __wasi_fd_read(fds[i], &buffer, 1, &done);
    printf("%s %.*s\n", error_name(code), (int)done, text);
    step("close", __wasi_fd_close(fds[i]));
  }
}

static void open_many(const char *path, uint64_t most) {
  uint64_t count = 0;
  __wasi_fd_t fd;
  int code = 0;
  while (count < most && (code = open_path(path, 0, TO_READ, &fd)) == 0) {
    count++;
  }
  printf("%llu ", (unsigned long long)count);
  step("opened", code);
}

static void huge_read(const char *path) {
  static uint8_t mebibyte[1 << 20];
  const __wasi_iovec_t outside = {mebibyte, 1 << 30};
  const __wasi_iovec_t inside = {mebibyte, sizeof mebibyte};
  __wasi_size_t done = 0;
  __wasi_fd_t fd = -1;
  if (step("open", open_path(path, 0, TO_READ, &fd))) {
    step_number("read 1 GiB", __wasi_fd_read(fd, &outside, 1, &done), done);
    step_number("read 1 MiB", __wasi_fd_read(fd, &inside, 1, &done), done);
  }
}

/* A call that no honest program makes. */
static int wrong(const char *what) {
  uint8_t *const nowhere = (uint8_t *)NOWHERE;
  const __wasi_ciovec_t outside = {nowhere, 64}, empty = {nowhere, 0};
  __wasi_iovec_t in = {nowhere, 64};
  __wasi_timestamp_t times[2];
  __wasi_filesize_t at;
  __wasi_size_t done;
  __wasi_fd_t fd;
  if (strcmp(what, "clock") == 0) return __wasi_clock_time_get(99, 1, times);
  if (strcmp(what, "whence") == 0) return __wasi_fd_seek(1, 0, 9, &at);
  if (strcmp(what, "advice") == 0) return __wasi_fd_advise(1, 0, 10, 99);
  if (strcmp(what, "lookup") == 0) return __wasi_path_open(3, UINT32_MAX, ".", 0, TO_READ, 0, 0, &fd);
  if (strcmp(what, "oflags") == 0) return __wasi_path_open(3, 0, ".", UINT16_MAX, TO_READ, 0, 0, &fd);
  if (strcmp(what, "rights") == 0) return __wasi_path_open(3, 0, ".", 0, UINT64_MAX, UINT64_MAX, 0, &fd);
  if (strcmp(what, "fdflags") == 0) return __wasi_fd_fdstat_set_flags(1, UINT16_MAX);
  if (strcmp(what, "fstflags") == 0) return __wasi_fd_filestat_set_times(1, 0, 0, UINT16_MAX);
  if (strcmp(what, "name") == 0) return __wasi_path_unlink_file(3, "\xff\xfe");
  if (strcmp(what, "write") == 0) return __wasi_fd_write(1, &outside, 1, &done);
  if (strcmp(what, "write-nothing") == 0) return __wasi_fd_write(1, &empty, 1, &done);
  if (strcmp(what, "read") == 0) return __wasi_fd_read(0, &in, 1, &done);
  if (strcmp(what, "buffers") == 0) return __wasi_fd_write(1, (const __wasi_ciovec_t *)nowhere, 8, &done);
  if (strcmp(what, "many-buffers") == 0) return __wasi_fd_write(1, &empty, 0x30000000, &done);
  if (strcmp(what, "result") == 0) return __wasi_clock_time_get(0, 1, (__wasi_timestamp_t *)NOWHERE);
  if (strcmp(what, "odd-result") == 0) return __wasi_clock_time_get(0, 1, (__wasi_timestamp_t *)((char *)times + 1));
  if (strcmp(what, "random") == 0) return __wasi_random_get(nowhere, 64);
  if (strcmp(what, "args") == 0) return __wasi_args_get((uint8_t **)NOWHERE, nowhere);
  fail(what, "nothing wrong");
}

static void closed(void) {
  __wasi_filestat_t stat;
  __wasi_prestat_t prestat;
  uint8_t buffer[64];
  const __wasi_iovec_t in = {buffer, sizeof buffer};
  __wasi_size_t done;
  __wasi_fd_t fd = -1;
  step("close stdin", __wasi_fd_close(0));
  step("close stderr", __wasi_fd_close(2));
  step("close the directory", __wasi_fd_close(3));
  step("read", __wasi_fd_read(0, &in, 1, &done));
  step("write", write_text(2, "x", &done));
  step("open", open_at(3, ".", 0, TO_READ, 0, &fd));
  step("stat", __wasi_path_filestat_get(3, 0, ".", &stat));
  step("readdir", __wasi_fd_readdir(3, buffer, sizeof buffer, 0, &done));
  step("prestat", __wasi_fd_prestat_get(3, &prestat));
  step("rename", __wasi_path_rename(3, "a", 3, "b"));
  step("sync", __wasi_fd_sync(3));
  step("close again", __wasi_fd_close(3));
  step("close -1", __wasi_fd_close(-1));
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  int i;
  if (strcmp(what, "closed") == 0) {
    closed();
  } else if (argc == 3 && strcmp(what, "open-twice") == 0) {
    open_twice(argv[2]);
  } else if (argc == 3 && strcmp(what, "huge-read") == 0) {
    huge_read(argv[2]);
  } else if (argc == 3 && strcmp(what, "readlink") == 0) {
    readlink_path(argv[2]);
  } else if (argc == 3 && strcmp(what, "wrong") == 0) {
    step(argv[2], wrong(argv[2]));
  } else if (argc == 4 && strcmp(what, "open-many") == 0) {
    open_many(argv[2], number(argv[3]));
  } else if (argc == 4 && strcmp(what, "link") == 0) {
    step("link", link_path(argv[2], argv[3]));
  } else if (argc == 4 && strcmp(what, "rename") == 0) {
    step("rename", rename_path(argv[2], argv[3]));
  } else if (argc == 4 && strcmp(what, "symlink") == 0) {
    step("symlink", symlink_path(argv[2], argv[3]));
  } else {
    for (i = 1; i < argc; i++) {
      try_path(argv[i]);
    }
  }
  return 0;
}
