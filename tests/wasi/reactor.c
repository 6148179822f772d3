/* A library instead of a program: it is initialized once, then its functions are called. */
#include <time.h>

#include "guest.h"

/* Volatile, or else the compiler knows the outcome of the constructor, and leaves nothing to initialize. */
static volatile int32_t count;

__attribute__((constructor)) static void initialize(void) {
  count = 100;
}

/* How often it was asked, from 100 on: from 0 on where nobody called `_initialize`. */
__attribute__((export_name("counter"))) int32_t counter(void) {
  return count++;
}

__attribute__((export_name("alloc"))) void *alloc(size_t len) {
  return malloc(len);
}

/* Greets on stdout, and returns the bytes of the line. */
__attribute__((export_name("greet"))) int32_t greet(const char *name, int32_t len) {
  const int32_t printed = printf("Hello, %.*s!\n", (int)len, name);
  return fflush(stdout) == 0 ? printed : -errno;
}

/* The next byte, -1 at the end. */
__attribute__((export_name("read_stdin_byte"))) int32_t read_stdin_byte(void) {
  unsigned char byte;
  return read(0, &byte, 1) == 1 ? byte : -1;
}

__attribute__((export_name("sleep_ms"))) int32_t sleep_ms(int32_t ms) {
  const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  return nanosleep(&time, NULL) == 0 ? 0 : errno;
}

__attribute__((export_name("bye"))) void bye(int32_t status) {
  exit(status);
}
