/* Copies the files that it is given, or stdin, to stdout; with -e first to stderr. */
#include "guest.h"

static char buffer[64 * 1024];

static void copy(int in, int out, const char *name) {
  ssize_t len;
  while ((len = read(in, buffer, sizeof buffer)) > 0) {
    ssize_t at = 0;
    while (at < len) {
      const ssize_t done = write(out, buffer + at, (size_t)(len - at));
      if (done < 0) {
        fail("write", error_name(errno));
      }
      at += done;
    }
  }
  if (len < 0) {
    fail(name, error_name(errno));
  }
}

int main(int argc, char **argv) {
  const int to_stderr = argc > 1 && strcmp(argv[1], "-e") == 0;
  const int out = to_stderr ? 2 : 1;
  if (argc == 1 + to_stderr) {
    copy(0, out, "stdin");
  }
  for (int i = 1 + to_stderr; i < argc; i++) {
    const int in = open(argv[i], O_RDONLY);
    if (in < 0) {
      fail(argv[i], error_name(errno));
    }
    copy(in, out, argv[i]);
    close(in);
  }
  return 0;
}
