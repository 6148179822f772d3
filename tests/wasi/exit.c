/* The ways to end: `exit N`, `exit return N`, `exit raw N` (without the C library), `exit abort` and `exit trap`. */
#include "guest.h"

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "0";
  printf("leaving\n");
  fflush(stdout);
  if (strcmp(how, "trap") == 0) {
    __builtin_trap();
  }
  if (strcmp(how, "abort") == 0) {
    abort();
  }
  if (argc < 3) {
    exit((int)number(how));
  }
  if (strcmp(how, "raw") == 0) {
    __wasi_proc_exit((__wasi_exitcode_t)number(argv[2]));
  }
  if (strcmp(how, "return") != 0) {
    fail(how, "no way to end");
  }
  return (int)number(argv[2]);
}
