/* What the guests share: errors by name, steps that say how they went, and what they are asked. */
#ifndef GUEST_H
#define GUEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wasi/api.h>

/* What a file is opened with, and what a directory is. */
#define TO_READ \
  (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_ADVISE | \
   __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_POLL_FD_READWRITE)
#define TO_WRITE \
  (__WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_ADVISE | \
   __WASI_RIGHTS_FD_ALLOCATE | __WASI_RIGHTS_FD_SYNC | __WASI_RIGHTS_FD_DATASYNC | __WASI_RIGHTS_FD_FILESTAT_GET | \
   __WASI_RIGHTS_FD_FILESTAT_SET_SIZE | __WASI_RIGHTS_FD_FILESTAT_SET_TIMES | __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS)
#define TO_LIST (__WASI_RIGHTS_FD_READDIR | __WASI_RIGHTS_PATH_OPEN | __WASI_RIGHTS_PATH_FILESTAT_GET)

/* An errno of WASI, which those of the C library are, too. */
static inline const char *error_name(int code) {
  static const char *const names[] = {
      "ok", "E2BIG", "EACCES", "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EAGAIN", "EALREADY", "EBADF",
      "EBADMSG", "EBUSY", "ECANCELED", "ECHILD", "ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EDEADLK",
      "EDESTADDRREQ", "EDOM", "EDQUOT", "EEXIST", "EFAULT", "EFBIG", "EHOSTUNREACH", "EIDRM", "EILSEQ", "EINPROGRESS",
      "EINTR", "EINVAL", "EIO", "EISCONN", "EISDIR", "ELOOP", "EMFILE", "EMLINK", "EMSGSIZE", "EMULTIHOP",
      "ENAMETOOLONG", "ENETDOWN", "ENETRESET", "ENETUNREACH", "ENFILE", "ENOBUFS", "ENODEV", "ENOENT", "ENOEXEC",
      "ENOLCK", "ENOLINK", "ENOMEM", "ENOMSG", "ENOPROTOOPT", "ENOSPC", "ENOSYS", "ENOTCONN", "ENOTDIR", "ENOTEMPTY",
      "ENOTRECOVERABLE", "ENOTSOCK", "ENOTSUP", "ENOTTY", "ENXIO", "EOVERFLOW", "EOWNERDEAD", "EPERM", "EPIPE",
      "EPROTO", "EPROTONOSUPPORT", "EPROTOTYPE", "ERANGE", "EROFS", "ESPIPE", "ESRCH", "ESTALE", "ETIMEDOUT",
      "ETXTBSY", "EXDEV", "ENOTCAPABLE",
  };
  _Static_assert(sizeof(names) / sizeof(names[0]) == 77, "the errnos of preview 1");
  return code >= 0 && code < 77 ? names[code] : "unknown";
}

/* What was said before a trap is not lost with it. */
__attribute__((constructor)) static void write_whole_lines(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
}

/* Ends the program, whose line on stderr says why. */
static inline _Noreturn void fail(const char *what, const char *why) {
  fflush(stdout);
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

/* A number that somebody wrote as an argument. */
static inline uint64_t number(const char *text) {
  char *end = NULL;
  const uint64_t value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != 0) {
    fail(text, "not a number");
  }
  return value;
}

/* Says how a step went, and whether it went well. */
static inline int step(const char *what, int code) {
  printf("%s: %s\n", what, error_name(code));
  return code == 0;
}

/* The same, of a step that comes to a number. */
static inline int step_number(const char *what, int code, uint64_t value) {
  return code == 0 ? printf("%s: %llu\n", what, (unsigned long long)value) > 0 : step(what, code);
}

/* Prints a text that stays on its line and says all its bytes: control characters and backslashes become \xNN. */
static inline void print_escaped(const char *text) {
  for (; *text != 0; text++) {
    const unsigned char byte = (unsigned char)*text;
    if (byte < 0x20 || byte == 0x7f || byte == '\\') {
      printf("\\x%02x", byte);
    } else {
      putchar(byte);
    }
  }
}

static inline const char *file_type(__wasi_filetype_t type) {
  static const char *const names[] = {
      "unknown", "block device", "character device", "directory", "file", "datagrams", "stream", "link",
  };
  return type < 8 ? names[type] : "no type";
}

/* The directory that is the first argument, wherever the C library finds it among the preopened ones. */
static inline __wasi_fd_t directory(int argc, char **argv) {
  const __wasi_fd_t fd = argc < 2 ? -1 : open(argv[1], O_RDONLY | O_DIRECTORY);
  if (fd < 0) {
    fail(argc < 2 ? "usage" : argv[1], argc < 2 ? "the first argument is a directory" : error_name(errno));
  }
  return fd;
}

/* Opens a file, or makes it, with these rights. */
static inline int open_at(__wasi_fd_t dir, const char *path, int oflags, uint64_t rights, int fdflags,
                          __wasi_fd_t *fd) {
  return __wasi_path_open(dir, 0, path, (__wasi_oflags_t)oflags, rights, rights, (__wasi_fdflags_t)fdflags, fd);
}

static inline int write_text(__wasi_fd_t fd, const char *text, __wasi_size_t *done) {
  const __wasi_ciovec_t buffer = {(const uint8_t *)text, strlen(text)};
  return __wasi_fd_write(fd, &buffer, 1, done);
}

#endif
