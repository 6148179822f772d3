/* Yields once, or as often as it is told. */
#include "guest.h"

int main(int argc, char **argv) {
  const uint64_t times = argc > 1 ? number(argv[1]) : 1;
  __wasi_errno_t code = 0;
  uint64_t i;
  for (i = 0; i < times && code == 0; i++) {
    code = __wasi_sched_yield();
  }
  return step("sched_yield", code) ? 0 : 1;
}
