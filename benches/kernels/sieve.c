/* How many primes there are below n, by the sieve of Eratosthenes. */
#include "kernel.h"

#define MOST (1 << 22)

static uint8_t crossed[MOST];

KERNEL int64_t kernel(int32_t n) {
    int64_t count = 0;
    for (int32_t i = 0; i < n; i++) crossed[i] = 0;
    for (int32_t i = 2; i < n; i++) {
        if (crossed[i]) continue;
        count++;
        for (int64_t k = (int64_t)i * i; k < n; k += i) crossed[k] = 1;
    }
    return count;
}
