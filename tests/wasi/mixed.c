/* Writes lines to stdout and stderr in turn: 3 each, or as many as it is told. */
#include "guest.h"

int main(int argc, char **argv) {
  const uint64_t lines = argc > 1 ? number(argv[1]) : 3;
  uint64_t i;
  for (i = 1; i <= lines; i++) {
    printf("out %llu\n", (unsigned long long)i);
    fflush(stdout);
    fprintf(stderr, "err %llu\n", (unsigned long long)i);
  }
  return 0;
}
