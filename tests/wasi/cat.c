/* Copies stdin to stdout, or with -e to stderr. */
#include "guest.h"

static char buffer[64 * 1024];

int main(int argc, char **argv) {
  const int out = argc > 1 && strcmp(argv[1], "-e") == 0 ? 2 : 1;
  ssize_t len;
  while ((len = read(0, buffer, sizeof buffer)) > 0) {
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
    fail("read", error_name(errno));
  }
  return 0;
}
