/* Waiting: `poll` tries subscriptions of each kind, `poll stdin N` waits for stdin for N milliseconds. */
#include "guest.h"

#define MILLISECOND 1000000ull
#define FOREVER (1000000 * MILLISECOND)

static __wasi_subscription_t clock_at(uint64_t name, __wasi_clockid_t id, uint64_t timeout, int absolute) {
  __wasi_subscription_t s;
  memset(&s, 0, sizeof s);
  s.userdata = name;
  s.u.tag = __WASI_EVENTTYPE_CLOCK;
  s.u.u.clock.id = id;
  s.u.u.clock.timeout = timeout;
  s.u.u.clock.flags = absolute ? __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME : 0;
  return s;
}

static __wasi_subscription_t stream(uint64_t name, __wasi_eventtype_t type, __wasi_fd_t fd) {
  __wasi_subscription_t s;
  memset(&s, 0, sizeof s);
  s.userdata = name;
  s.u.tag = type;
  s.u.u.fd_read.file_descriptor = fd;
  return s;
}

/* Waits for these, and prints which of them happened. */
static void wait_for(const char *what, const __wasi_subscription_t *subscriptions, size_t len) {
  static const char *const types[] = {"clock", "read", "write"};
  __wasi_event_t events[4];
  __wasi_size_t count = 0, i;
  const __wasi_errno_t code = __wasi_poll_oneoff(subscriptions, events, len, &count);
  if (!step_number(what, code, count)) {
    return;
  }
  for (i = 0; i < count; i++) {
    printf("  %llu %s: %s\n", (unsigned long long)events[i].userdata, types[events[i].type % 3],
           error_name(events[i].error));
  }
}

static uint64_t now(__wasi_clockid_t id) {
  uint64_t time = 0;
  const __wasi_errno_t code = __wasi_clock_time_get(id, 1, &time);
  if (code != 0) {
    fail("clock_time_get", error_name(code));
  }
  return time;
}

/* Waits for one clock, which must take so many milliseconds. */
static void wait_alone(const char *what, __wasi_subscription_t subscription, uint64_t at_least) {
  const uint64_t start = now(__WASI_CLOCKID_MONOTONIC);
  wait_for(what, &subscription, 1);
  if (now(__WASI_CLOCKID_MONOTONIC) - start < at_least * MILLISECOND) {
    fail(what, "too early");
  }
}

static void all(void) {
  const __wasi_clockid_t realtime = __WASI_CLOCKID_REALTIME, monotonic = __WASI_CLOCKID_MONOTONIC;
  __wasi_subscription_t several[3];
  wait_for("nothing", several, 0);
  wait_alone("relative", clock_at(7, monotonic, 20 * MILLISECOND, 0), 20);
  wait_alone("relative realtime", clock_at(7, realtime, 20 * MILLISECOND, 0), 20);
  wait_alone("absolute", clock_at(7, monotonic, now(monotonic) + 20 * MILLISECOND, 1), 15);
  wait_alone("absolute realtime", clock_at(7, realtime, now(realtime) + 20 * MILLISECOND, 1), 15);
  wait_alone("in the past", clock_at(7, monotonic, 1, 1), 0);
  several[0] = clock_at(1, monotonic, FOREVER, 0);
  several[1] = clock_at(2, monotonic, MILLISECOND, 0);
  wait_for("the earlier one", several, 2);
  several[1] = stream(3, __WASI_EVENTTYPE_FD_READ, 0);
  wait_for("stdin or a clock", several, 2);
  several[1] = stream(4, __WASI_EVENTTYPE_FD_WRITE, 1);
  wait_for("stdout or a clock", several, 2);
  several[2] = stream(5, __WASI_EVENTTYPE_FD_WRITE, 2);
  wait_for("stdout, stderr or a clock", several, 3);
  several[1] = stream(6, __WASI_EVENTTYPE_FD_READ, 99);
  wait_for("no descriptor", several, 2);
  several[0] = clock_at(8, 99, MILLISECOND, 0);
  wait_for("no clock", several, 1);
}

static void stdin_within(uint64_t ms) {
  __wasi_subscription_t both[2];
  both[0] = clock_at(1, __WASI_CLOCKID_MONOTONIC, ms * MILLISECOND, 0);
  both[1] = stream(2, __WASI_EVENTTYPE_FD_READ, 0);
  wait_for("stdin", both, 2);
}

int main(int argc, char **argv) {
  if (argc > 2 && strcmp(argv[1], "stdin") == 0) {
    stdin_within(number(argv[2]));
  } else {
    all();
  }
  return 0;
}
