/* Something to compute: the primes up to a number. */
#include "guest.h"

int main(int argc, char **argv) {
  const uint64_t last = argc > 1 ? number(argv[1]) : 100000;
  char *composite = last >= SIZE_MAX ? NULL : calloc((size_t)last + 1, 1);
  uint64_t count = 0, i, j;
  if (composite == NULL) {
    fail("work", "out of memory");
  }
  for (i = 2; i <= last; i++) {
    if (!composite[i]) {
      count++;
      for (j = i * i; j <= last; j += i) {
        composite[j] = 1;
      }
    }
  }
  printf("%llu primes up to %llu\n", (unsigned long long)count, (unsigned long long)last);
  return 0;
}
