/* The clocks: `clock` reads them all, `clock id N` one, `clock sleep N` sleeps for N milliseconds. */
#include <time.h>

#include "guest.h"

static void read_clock(const char *name, __wasi_clockid_t id) {
  __wasi_timestamp_t time = 0, resolution = 0;
  const __wasi_errno_t code = __wasi_clock_time_get(id, 1, &time);
  const __wasi_errno_t other = __wasi_clock_res_get(id, &resolution);
  step_number(name, code, time);
  printf("%s ", name);
  step_number("resolution", other, resolution);
}

static void sleep_for(uint64_t ms) {
  const struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000 * 1000000)};
  if (nanosleep(&time, NULL) != 0) {
    fail("sleep", error_name(errno));
  }
  printf("slept\n");
}

int main(int argc, char **argv) {
  if (argc > 2 && strcmp(argv[1], "sleep") == 0) {
    sleep_for(number(argv[2]));
  } else if (argc > 2 && strcmp(argv[1], "id") == 0) {
    read_clock(argv[2], (__wasi_clockid_t)number(argv[2]));
  } else {
    read_clock("realtime", __WASI_CLOCKID_REALTIME);
    read_clock("monotonic", __WASI_CLOCKID_MONOTONIC);
  }
  return 0;
}
