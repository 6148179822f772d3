/* Allocates so many MiB, and touches every page of them. */
#include "guest.h"

int main(int argc, char **argv) {
  const uint64_t len = (argc > 1 ? number(argv[1]) : 1) << 20;
  volatile char *bytes = len > SIZE_MAX ? NULL : malloc((size_t)len);
  uint64_t at;
  if (bytes == NULL) {
    fail(argc > 1 ? argv[1] : "1", "out of memory");
  }
  for (at = 0; at < len; at += 4096) {
    bytes[at] = 1;
  }
  printf("ok\n");
  return 0;
}
