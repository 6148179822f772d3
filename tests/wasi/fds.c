/* The descriptors themselves: what they are, their flags, rights and numbers. 3 is a directory, where there is one. */
#include "guest.h"

static void describe(__wasi_fd_t fd) {
  __wasi_fdstat_t stat;
  const int code = __wasi_fd_fdstat_get(fd, &stat);
  printf("%d: ", fd);
  if (code != 0) {
    printf("%s\n", error_name(code));
  } else {
    printf("%s, flags %d, rights %llx, inheriting %llx\n", file_type(stat.fs_filetype), stat.fs_flags,
           (unsigned long long)stat.fs_rights_base, (unsigned long long)stat.fs_rights_inheriting);
  }
}

/* Prints the name of a preopened directory, and returns whether there was one. */
static int preopened(__wasi_fd_t fd) {
  __wasi_prestat_t stat;
  uint8_t name[256];
  int code = __wasi_fd_prestat_get(fd, &stat);
  printf("prestat of ");
  if (code == 0 && stat.u.dir.pr_name_len <= sizeof name) {
    const __wasi_size_t len = stat.u.dir.pr_name_len;
    code = __wasi_fd_prestat_dir_name(fd, name, len);
    printf("%d: %.*s\n", fd, code == 0 ? (int)len : 0, (const char *)name);
    if (len > 0) {
      step("  a buffer too short", __wasi_fd_prestat_dir_name(fd, name, len - 1));
    }
  } else {
    printf("%d: %s\n", fd, error_name(code));
  }
  return code == 0;
}

static __wasi_fd_t opened(const char *what) {
  __wasi_fd_t fd = -1;
  step(what, open_at(3, ".", __WASI_OFLAGS_DIRECTORY, TO_LIST, 0, &fd));
  return fd;
}

static void numbers(void) {
  const __wasi_fd_t first = opened("open"), second = opened("open again");
  uint8_t buffer[64];
  __wasi_size_t used;
  printf("two numbers: %s\n", first == second ? "no" : "yes");
  step("renumber", __wasi_fd_renumber(first, second));
  step("readdir of the new number", __wasi_fd_readdir(second, buffer, sizeof buffer, 0, &used));
  step("readdir of the old number", __wasi_fd_readdir(first, buffer, sizeof buffer, 0, &used));
  step("renumber to itself", __wasi_fd_renumber(second, second));
  step("renumber what is closed", __wasi_fd_renumber(first, second));
  step("renumber to what is closed", __wasi_fd_renumber(second, 99));
  step("close", __wasi_fd_close(second));
  step("close again", __wasi_fd_close(second));
  step("fdstat of what is closed", __wasi_fd_fdstat_get(second, &(__wasi_fdstat_t){0}));
  printf("the number again: %s\n", opened("open") == first ? "yes" : "no");
}

static void flags_and_rights(void) {
  __wasi_fdstat_t stat = {0};
  __wasi_fd_t fd = -1;
  __wasi_size_t done;
  step("create", open_at(3, "fds", __WASI_OFLAGS_CREAT, TO_READ | TO_WRITE, 0, &fd));
  step("set_flags append", __wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_APPEND));
  step_number("flags", __wasi_fd_fdstat_get(fd, &stat), stat.fs_flags);
  step("set_flags nonblock", __wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_NONBLOCK));
  step("set_flags sync", __wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_SYNC));
  step("set_rights fewer", __wasi_fd_fdstat_set_rights(fd, TO_READ, 0));
  step("write", write_text(fd, "x", &done));
  step("set_rights more", __wasi_fd_fdstat_set_rights(fd, stat.fs_rights_base | __WASI_RIGHTS_SOCK_ACCEPT, 0));
  step("close", __wasi_fd_close(fd));
  step("unlink", __wasi_path_unlink_file(3, "fds"));
  step("set_flags of stdout", __wasi_fd_fdstat_set_flags(1, 0));
  step("set_rights of stdout", __wasi_fd_fdstat_set_rights(1, 0, 0));
}

static void streams(void) {
  __wasi_filesize_t at;
  __wasi_filestat_t stat;
  __wasi_size_t done;
  __wasi_fd_t fd = -1;
  step("seek in stdout", __wasi_fd_seek(1, 0, __WASI_WHENCE_CUR, &at));
  step("tell of stdin", __wasi_fd_tell(0, &at));
  if (step("filestat of stdout", __wasi_fd_filestat_get(1, &stat))) {
    printf("  %s\n", file_type(stat.filetype));
  }
  step("write to stdin", write_text(0, "x", &done));
  step("write to a directory", write_text(3, "x", &done));
  step("read of stdout", __wasi_fd_read(1, &(__wasi_iovec_t){(uint8_t *)&at, 1}, 1, &done));
  step("open in stdout", open_at(1, ".", 0, TO_READ, 0, &fd));
  step("close stdin", __wasi_fd_close(0));
  step("read of what was stdin", __wasi_fd_read(0, &(__wasi_iovec_t){(uint8_t *)&at, 1}, 1, &done));
}

int main(void) {
  __wasi_fd_t fd;
  for (fd = 0; fd < 5; fd++) {
    describe(fd);
  }
  for (fd = 3; preopened(fd); fd++) {
  }
  numbers();
  flags_and_rights();
  streams();
  return 0;
}
