/* Writes so many bytes of "y\n" as fast as it can. */
#include "guest.h"

static char buffer[64 * 1024];

int main(int argc, char **argv) {
  const uint64_t len = argc > 1 ? number(argv[1]) : sizeof buffer;
  uint64_t at = 0;
  size_t i;
  for (i = 0; i < sizeof buffer; i++) {
    buffer[i] = i % 2 == 0 ? 'y' : '\n';
  }
  while (at < len) {
    /* What was taken may end in the middle of a line. */
    const size_t from = (size_t)(at % 2);
    const uint64_t left = len - at;
    const ssize_t done = write(1, buffer + from, left < sizeof buffer - from ? (size_t)left : sizeof buffer - from);
    if (done < 0) {
      fail("write", error_name(errno));
    }
    at += (uint64_t)done;
  }
  return 0;
}
